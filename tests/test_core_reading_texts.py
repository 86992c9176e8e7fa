"""Every reading has a meaning in words, and every meaning a reading."""

from __future__ import annotations

from tui_scalper.core.reading_table import READINGS
from tui_scalper.core.reading_texts import MEANINGS, key_of, meaning_of


def test_every_reading_has_a_meaning_and_no_meaning_is_left():
    assert {key_of(one.name) for one in READINGS} == set(MEANINGS)
    assert all(meaning_of(one).endswith(".") for one in READINGS)


def test_readings_of_one_idea_have_one_meaning_and_one_unit():
    by_key = {}
    for one in READINGS:
        assert by_key.setdefault(key_of(one.name), one.unit) == one.unit
    assert key_of("flow rate middle") == "flow rate"
    assert key_of("beyond five, buying") == "beyond five"
    assert key_of("wall bid size") == "wall size"
