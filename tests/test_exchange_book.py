"""The order book against a slow reference, and the laws it must keep."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tui_scalper.core.units import Side
from tui_scalper.exchange.book import Book

PRICES = st.integers(95, 105)
ACTIONS = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(Side), PRICES, st.integers(1, 40)),
    st.tuples(st.just("cancel"), st.integers(1, 60)),
    st.tuples(st.just("reduce"), st.integers(1, 60), st.integers(1, 20)),
)


class SlowBook:
    """Price-time priority by sorting one list, as plainly as it can be said."""

    def __init__(self):
        self.resting = []

    def submit(self, number, side, price, quantity):
        matches = []
        facing = [one for one in self.resting if one["side"] is side.opposite]
        facing.sort(key=lambda one: (one["price"] * side, one["turn"]))
        for one in facing:
            if quantity == 0 or (one["price"] - price) * side > 0:
                break
            taken = min(quantity, one["quantity"])
            one["quantity"] -= taken
            quantity -= taken
            matches.append((one["number"], one["price"], taken))
        self.resting = [one for one in self.resting if one["quantity"]]
        if quantity:
            self.resting.append(
                {"number": number, "side": side, "price": price, "quantity": quantity,
                 "turn": number}
            )  # fmt: skip
        return matches

    def levels(self, side):
        levels = {}
        for one in self.resting:
            if one["side"] is side:
                quantity, orders = levels.get(one["price"], (0, 0))
                levels[one["price"]] = (quantity + one["quantity"], orders + 1)
        return levels


def book_levels(half):
    return {price: (level.quantity, len(level.orders)) for price, level in half.levels.items()}


def play(actions):
    """Yield after each action: both books, what each matched, quantity sent and taken out."""
    book, slow, sent, gone, traded = Book(), SlowBook(), 0, 0, 0
    for number, action in enumerate(actions, start=1):
        match action:
            case ("submit", side, price, quantity):
                fast_matches = [tuple(one) for one in book.submit(number, side, price, quantity)]
                assert fast_matches == slow.submit(number, side, price, quantity)
                sent += quantity
                traded += sum(one[2] for one in fast_matches)
            case ("cancel", which) if slow.resting:
                one = slow.resting.pop(which % len(slow.resting))
                assert book.cancel(one["number"]) == one["quantity"]
                assert book.cancel(one["number"]) == 0
                gone += one["quantity"]
            case ("reduce", which, quantity) if slow.resting:
                one = slow.resting[which % len(slow.resting)]
                if quantity < one["quantity"]:
                    book.reduce(one["number"], quantity)
                    gone += one["quantity"] - quantity
                    one["quantity"] = quantity
        yield book, slow, sent, gone, traded


@settings(max_examples=150)
@given(st.lists(ACTIONS, max_size=60))
def test_book_agrees_with_the_slow_reference(actions):
    for book, slow, *_ in play(actions):
        assert book_levels(book.bids) == slow.levels(Side.BUY)
        assert book_levels(book.asks) == slow.levels(Side.SELL)


@settings(max_examples=100)
@given(st.lists(ACTIONS, max_size=60))
def test_quantity_is_neither_made_nor_lost(actions):
    for book, _, sent, gone, traded in play(actions):
        assert sent == book.bids.total + book.asks.total + gone + 2 * traded
        for half in (book.bids, book.asks):
            assert half.total == sum(level.quantity for level in half.levels.values())


@settings(max_examples=100)
@given(st.lists(ACTIONS, max_size=60))
def test_book_is_never_crossed(actions):
    for book, *_ in play(actions):
        assert book.bids.keys == sorted(book.bids.keys)
        assert book.asks.keys == sorted(book.asks.keys)
        if book.bids.keys and book.asks.keys:
            assert book.bids.best() < book.asks.best()


def test_reducing_keeps_the_turn_and_reentering_loses_it():
    book = Book()
    book.submit(1, Side.BUY, 100, 10)
    book.submit(2, Side.BUY, 100, 10)
    book.reduce(1, 4)
    assert [tuple(one) for one in book.submit(3, Side.SELL, 100, 5)] == [(1, 100, 4), (2, 100, 1)]
    book.submit(4, Side.BUY, 100, 10)
    left = book.cancel(2)
    book.submit(2, Side.BUY, 100, left)
    assert book.submit(5, Side.SELL, 100, 1)[0].maker == 4


def test_refuses_to_reduce_to_more_or_to_nothing():
    book = Book()
    book.submit(1, Side.SELL, 100, 10)
    for quantity in (0, 10, 11):
        try:
            book.reduce(1, quantity)
        except ValueError as error:
            assert "cannot be reduced" in str(error)
        else:
            raise AssertionError(f"reduced to {quantity}")
    assert book.quantity_of(1) == 10
