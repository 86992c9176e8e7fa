"""Rows are found by instrument token, each by its own and by no other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.brokers.kite.tokens import (
    KEPT,
    MOST,
    NO_ROW,
    ask_place,
    keep,
    kept,
    place_of,
    row_of,
    tokens_of,
)

TOKENS = st.integers(0, (1 << 32) - 1)


def log2_of(tokens):
    return len(tokens.places).bit_length() - 1


def places(tokens):
    return tokens.places.astype("<i8").view("<u2").ravel()


@settings(max_examples=200)
@given(st.lists(TOKENS, max_size=80, unique=True), TOKENS)
def test_every_token_finds_its_row_and_no_other_does(known, stranger):
    tokens = tokens_of(known)
    log2 = log2_of(tokens)
    for row, token in enumerate(known):
        ask_place(tokens, log2, token)
        assert row_of(tokens, log2, token) == row
    wanted = known.index(stranger) if stranger in known else NO_ROW
    assert row_of(tokens, log2, stranger) == wanted


@settings(max_examples=100)
@given(st.lists(TOKENS, min_size=1, max_size=40, unique=True), st.data())
def test_tokens_that_belong_in_one_place_are_told_apart(known, data):
    """Strangers are drawn from those whose first place somebody else has taken."""
    tokens = tokens_of(known)
    log2 = log2_of(tokens)
    taken = {place_of(log2, token) for token in known}
    crowd = [one for one in range(20_000) if place_of(log2, one) in taken and one not in known]
    for stranger in data.draw(st.lists(st.sampled_from(crowd), max_size=20)):
        assert row_of(tokens, log2, stranger) == NO_ROW


@given(st.integers(0, 3_000))
def test_a_table_is_at_most_half_full_and_a_power_of_two(stocks):
    tokens = tokens_of(list(range(stocks)))
    assert len(tokens.places) == 1 << log2_of(tokens)
    assert np.count_nonzero(places(tokens)) == stocks
    assert 2 * stocks <= places(tokens).size


@given(st.lists(TOKENS, min_size=1, max_size=20, unique=True), st.data())
def test_what_is_kept_of_a_stock_is_told_again_and_disturbs_nothing(known, data):
    tokens = tokens_of(known)
    truth = [0] * len(known)
    for row in data.draw(st.lists(st.integers(0, len(known) - 1), max_size=20)):
        truth[row] = data.draw(st.integers(0, KEPT - 1))
        keep(tokens, row, truth[row])
        assert [kept(tokens, one) for one in range(len(known))] == truth
    log2 = log2_of(tokens)
    assert [row_of(tokens, log2, token) for token in known] == list(range(len(known)))


def test_more_stocks_than_places_can_name_are_refused():
    assert row_of(tokens_of(list(range(MOST))), 15, MOST - 1) == MOST - 1
    with pytest.raises(ValueError, match="65536 instruments are more than the 65535"):
        tokens_of(list(range(MOST + 1)))


def test_one_token_twice_finds_the_first():
    tokens = tokens_of([7, 7])
    assert row_of(tokens, log2_of(tokens), 7) == 0
