"""Every experiment on a made-up day: it ends, and says nothing that is not a figure."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from study_rig import made_day

from tui_scalper.lab.study import (
    decay,
    impact,
    liquidity,
    micro_error,
    own_signal,
    queues,
    refills,
    sampling,
    walls,
)
from tui_scalper.lab.study.hours import STRETCHES
from tui_scalper.lab.study.page import write
from tui_scalper.lab.study.readings import all_readings
from tui_scalper.lab.study.sampled import sampled


@pytest.fixture(scope="module")
def days():
    return tuple(made_day(seed, code) for seed, code in ((1, "600001"), (2, "600002")))


def sections(days):
    books = tuple(day.books.at(day.continuous) for day in days)
    seen = tuple(sampled(one, one, 3_000) for one in books)
    read = decay.Read(seen, tuple(map(all_readings, books)))
    yield impact.study(days)
    yield sampling.study(days, books)
    yield decay.study(read, read)
    yield queues.study(books, books, STRETCHES[0][1])
    yield micro_error.study(seen, seen)
    yield liquidity.study(seen, seen)
    yield own_signal.study(seen, seen)
    yield walls.study(days)
    yield refills.study(days)


def test_every_experiment_writes_its_section_and_pictures(days, tmp_path):
    made = list(sections(days))
    write(tmp_path, "Title", "Intro.", made)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert page.count("\n## ") == len(made) == 9
    assert re.search(r"\b(nan|inf)\b", page) is None
    pictures = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert len(pictures) == sum(len(section.charts) for section in made) == 9
    for name in pictures:
        assert f"]({name})" in page
        ElementTree.fromstring((tmp_path / name).read_text(encoding="utf-8"))


def test_the_same_seed_gives_the_same_words(days):
    assert refills.study(days).blocks == refills.study(days).blocks
