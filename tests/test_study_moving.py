"""The experiment with thresholds that adapt, on a made-up tape: what it sees is what the
product decides by."""

from __future__ import annotations

import re

import numpy as np
import pytest
from test_explain_tape import made_tape

from tui_scalper.core.adaptive import MOVING, AdaptiveRules, Moving
from tui_scalper.core.config import SignalRules
from tui_scalper.lab.study import moving
from tui_scalper.lab.study.day import tape_books
from tui_scalper.lab.study.page import write
from tui_scalper.lab.study.readings import lean
from tui_scalper.lab.study.sampled import sampled
from tui_scalper.lab.tape import Tape


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    return Tape.open(made_tape(tmp_path_factory.mktemp("moving") / "made.tape", seconds=700))


def stocks_of(tape, step):
    return tuple(sampled(books, books, step) for books in tape_books(tape))


def test_static_thresholds_see_the_signal_the_study_defines(tape):
    stocks = stocks_of(tape, 1_000)
    seen = moving.see(tape, SignalRules(), stocks[0].at)
    for row, stock in enumerate(stocks):
        np.testing.assert_array_equal(seen.side[:, row], lean(stock.books, SignalRules()))
    assert seen.begun > 0
    assert (seen.limits == [7_000, 9_500, 150, 3_000_000, 4_000_000]).all()


def test_adaptive_thresholds_move_after_the_warm_up_and_inside_their_bounds(tape):
    at = stocks_of(tape, 1_000)[0].at
    seen = moving.see(tape, moving.MODES["adaptive"], at)
    warm = AdaptiveRules().warm_up
    static = moving.see(tape, moving.STATIC, at)
    np.testing.assert_array_equal(seen.limits[:warm], static.limits[:warm])
    assert (seen.limits[-1, :, Moving.PRESSURE_LOW] != 7_000).all()
    for one, said in MOVING.items():
        assert (seen.limits[-1, :, one] >= said.default.least).all()
        assert (seen.limits[-1, :, one] <= said.default.most).all()


def test_the_section_says_nothing_that_is_not_a_figure(tape, tmp_path):
    section = moving.study(tape, stocks_of(tape, 1_000), tape, stocks_of(tape, 3_000))
    write(tmp_path, "Title", "Intro.", [section])
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert re.search(r"\b(nan|inf)\b", page) is None
    assert page.count("\n| ALPHA |") == 2
    assert "](adaptive.svg)" in page
    assert (tmp_path / "adaptive.svg").exists()
