"""Every key of the console, judged by the commands it puts on the queue."""

from __future__ import annotations

from typing import get_args

import pytest
from console_rig import console
from console_snapshots import NOON, SYMBOLS, killed, position, signal, snapshot, stage, stale

from tui_scalper.console_settings import ladder_look
from tui_scalper.core.commands import (
    Arm,
    AutoOff,
    AutoOn,
    AutoStockOff,
    AutoStockOn,
    BreakEven,
    CancelEntries,
    Confirm,
    Disarm,
    DropStage,
    Flatten,
    Focus,
    GiveBack,
    Kill,
    NudgePrice,
    NudgeQuantity,
    Pause,
    PriceAs,
    ResetKill,
    Resume,
    Seen,
    SetQuantity,
    SkipStock,
    Stage,
    StageBest,
    StageReverse,
    TakeOver,
    UnskipStock,
)
from tui_scalper.core.prices import Pricing
from tui_scalper.core.snapshot import Mode, OperatorState, Snapshot, TradingState
from tui_scalper.core.units import MS, Side
from tui_scalper.gaze import Gaze
from tui_scalper.hands import HandRules, Hands, Outside, Wish
from tui_scalper.keyguard import Stroke
from tui_scalper.keymap import ACTIONS, Context, Kind, default_keymap
from tui_scalper.runtime.store import CommandQueue
from tui_scalper.settings.places import Console
from tui_scalper.widgets.ladder_look import Columns
from tui_scalper.widgets.measures import Measure
from tui_scalper.widgets.rungs import View

ARMED = {"operator": OperatorState.ARMED}
INFY = 1
KEY = {"key_ns": NOON, "seq": 1}


def armed(**changes: object) -> Snapshot:
    return snapshot(**{**ARMED, **changes})


def staged(**changes: object) -> Snapshot:
    return snapshot(**{"operator": OperatorState.STAGED, "stage": stage(), **changes})


def seen(row: int, **touch: int) -> Seen:
    """What the first snapshot shows of `row`."""
    book = next(one for one in snapshot().ladders if one.row == row)
    return Seen(NOON, **{"bid": book.bids[0].price, "ask": book.asks[0].price, **touch})


INFY_SEEN = seen(INFY)
STAGE_SEEN = Seen(NOON, stage().bid, stage().ask)
CASES = {
    "operator.arm": (snapshot, "a", [Arm(**KEY)]),
    "operator.disarm": (armed, "d", [Disarm(**KEY)]),
    "auto.pause": (snapshot, "p", [Pause(**KEY)]),
    "auto.toggle": (lambda: snapshot(auto=True), "O", [AutoOff(**KEY)]),
    "auto.stock": (snapshot, "o", [AutoStockOff(**KEY, row=INFY)]),
    "auto.skip": (snapshot, "N", [SkipStock(**KEY, row=INFY)]),
    "exit.flatten": (snapshot, "f f", [Flatten(**KEY, row=INFY)]),
    "exit.flatten_all": (snapshot, "F F", [Flatten(**KEY)]),
    "exit.break_even": (snapshot, "e", [BreakEven(**KEY, row=INFY)]),
    "exit.take_over": (snapshot, "t t", [TakeOver(**KEY, row=INFY)]),
    "exit.cancel": (snapshot, "x", [CancelEntries(**KEY, row=INFY)]),
    "exit.cancel_all": (snapshot, "X", [CancelEntries(**KEY)]),
    "kill.latch": (snapshot, "K K", [Kill(**KEY)]),
    "kill.reset": (killed, "R R E S E T enter", [ResetKill(**KEY, word="RESET")]),
    "move.down": (snapshot, "j", [Focus(**KEY, row=4)]),
    "move.up": (snapshot, "down up", [Focus(**KEY, row=4), Focus(**KEY, row=INFY)]),
    "move.page_down": (snapshot, "pagedown", [Focus(**KEY, row=3)]),
    "move.page_up": (snapshot, "pageup", [Focus(**KEY, row=INFY)]),
    "move.first": (snapshot, "home", [Focus(**KEY, row=INFY)]),
    "move.last": (snapshot, "end", [Focus(**KEY, row=3)]),
    "move.pick": (snapshot, "3", [Focus(**KEY, row=7)]),
    "move.next": (snapshot, "]", [Focus(**KEY, row=2)]),
    "move.previous": (snapshot, "[", [Focus(**KEY, row=0)]),
    "move.find": (snapshot, "g a x i enter", [Focus(**KEY, row=11)]),
    "panel.next": (snapshot, "tab j", [Focus(**KEY, row=INFY)]),
    "panel.previous": (snapshot, "shift+tab j", []),
    "panel.positions": (snapshot, "6", []),
    "panel.signals": (snapshot, "7", []),
    "panel.log": (snapshot, "8", []),
    "panel.ladders": (snapshot, "9", []),
    "panel.risk": (snapshot, "0", []),
    "panel.chart": (snapshot, "C", []),
    "stage.buy": (armed, "b", [Stage(**KEY, row=INFY, side=Side.BUY, seen=INFY_SEEN)]),
    "stage.sell": (armed, "s", [Stage(**KEY, row=INFY, side=Side.SELL, seen=INFY_SEEN)]),
    "stage.signal": (armed, "enter", [Stage(**KEY, row=INFY, seen=INFY_SEEN)]),
    "stage.best": (armed, "space", [StageBest(**KEY)]),
    "stage.reverse": (armed, "r", [StageReverse(**KEY, row=INFY, seen=INFY_SEEN)]),
    "stage.join": (staged, "j", [PriceAs(**KEY, pricing=Pricing.JOIN)]),
    "stage.take": (staged, "t", [PriceAs(**KEY, pricing=Pricing.TAKE)]),
    "stage.send": (staged, "enter", [Confirm(**KEY, stage_id=7, seen=STAGE_SEEN)]),
    "stage.drop": (staged, "escape", [DropStage(**KEY)]),
    "stage.price_up": (staged, "up", [NudgePrice(**KEY, ticks=1)]),
    "stage.price_down": (staged, "down", [NudgePrice(**KEY, ticks=-1)]),
    "stage.more": (staged, "right =", [NudgeQuantity(**KEY, lots=1)] * 2),
    "stage.less": (staged, "left -", [NudgeQuantity(**KEY, lots=-1)] * 2),
    "stage.size": (
        staged,
        "1 3 5",
        [SetQuantity(**KEY, percent=one) for one in (10, 50, 100)],
    ),
    "replay.hold": (snapshot, "P", []),
    "replay.step": (snapshot, ".", []),
    "replay.faster": (snapshot, ">", []),
    "replay.slower": (snapshot, "<", []),
    "replay.seek": (snapshot, "@", []),
    "replay.next_signal": (snapshot, "}", []),
    "replay.last_signal": (snapshot, "{", []),
    "replay.next_trade": (snapshot, ")", []),
    "replay.last_trade": (snapshot, "(", []),
    "view.filter": (snapshot, "/", []),
    "view.explain": (snapshot, "i", []),
    "view.zoom": (snapshot, "z", []),
    "view.columns": (snapshot, "v", []),
    "view.rungs": (snapshot, "V", []),
    "view.centre": (snapshot, "c", []),
    "view.measure": (snapshot, "m", []),
    "view.acknowledge": (snapshot, "u", []),
    "view.shelve": (snapshot, "n", []),
    "app.export": (snapshot, "E", []),
    "view.theme": (snapshot, "T", []),
    "view.redraw": (snapshot, "f12", []),
    "view.screenshot": (snapshot, "w", []),
    "view.help": (snapshot, "?", []),
    "app.quit": (snapshot, "q", []),
}


def test_every_action_has_a_case():
    assert set(CASES) == {action.id for action in ACTIONS}


@pytest.mark.parametrize("group", sorted({action.group for action in ACTIONS}))
async def test_action_puts_its_commands(group, tmp_path):
    async with console(screenshots=tmp_path, exports=tmp_path) as rig:
        rig.app.hands.grip.wish = lambda wish: None
        for action in (one for one in ACTIONS if one.group == group):
            build, keys, expected = CASES[action.id]
            rig.begin(build())
            await rig.press(*keys.split())
            assert rig.commands() == expected, action.id


STATES = {
    "disarmed": snapshot,
    "armed": armed,
    "auto": lambda: armed(auto=True),
    "paused": lambda: armed(paused=True),
    "staged": staged,
    "killed": killed,
    "starting": lambda: snapshot(trading=TradingState.STARTING),
    "reducing": lambda: armed(trading=TradingState.REDUCING),
    "halted": lambda: snapshot(trading=TradingState.HALTED),
    "stale": stale,
    "live": lambda: snapshot(mode=Mode.LIVE),
    "flat": lambda: snapshot(positions=(), orders=()),
}
ALWAYS = {
    "operator.arm": [Arm],
    "operator.disarm": [Disarm],
    "auto.pause": [Pause],
    "auto.toggle": [],
    "auto.stock": [AutoStockOff],
    "auto.skip": [SkipStock],
    "exit.take_over": [TakeOver],
    "stage.buy": [Stage],
    "stage.sell": [Stage],
    "stage.signal": [Stage],
    "stage.best": [StageBest],
    "stage.reverse": [StageReverse],
    "exit.flatten": [Flatten],
    "exit.flatten_all": [Flatten],
    "exit.break_even": [BreakEven],
    "exit.cancel": [CancelEntries],
    "exit.cancel_all": [CancelEntries],
    "kill.latch": [Kill],
    "kill.reset": [],
}
"""What an action sends whatever the engine's state: the engine judges, not the screen."""
BUT = {
    ("auto", "auto.toggle"): [AutoOff],
    ("paused", "auto.pause"): [],
    ("live", "operator.arm"): [],
    **{("staged", one.id): [DropStage] for one in ACTIONS if one.context is Context.MAIN},
    ("staged", "stage.signal"): [Confirm],
    ("staged", "move.up"): [DropStage],
    ("staged", "stage.send"): [Confirm],
    ("staged", "stage.join"): [PriceAs],
    ("staged", "stage.take"): [PriceAs],
    ("staged", "move.down"): [PriceAs],
    ("staged", "exit.take_over"): [PriceAs],
    ("staged", "stage.drop"): [DropStage],
    ("staged", "stage.price_up"): [NudgePrice],
    ("staged", "stage.price_down"): [NudgePrice],
    ("staged", "stage.more"): [NudgeQuantity],
    ("staged", "stage.less"): [NudgeQuantity],
    ("staged", "stage.size"): [SetQuantity],
    ("staged", "move.pick"): [SetQuantity],
}
TWO_TAPS = {"exit.flatten", "exit.flatten_all", "exit.take_over", "kill.latch"}


def sent_by(action, state: str) -> list[type]:
    """The kinds of commands the first key of `action` sends in `state`, moves left out."""
    if action.context is Context.STAGE and state != "staged":
        return []
    return BUT.get((state, action.id), ALWAYS.get(action.id, []))


def tapped(action, state: str) -> list[str]:
    """The keys that make `action` do something."""
    twice = action.id in TWO_TAPS and (state, action.id) != ("staged", "exit.take_over")
    return [action.keys[0]] * (2 if twice else 1)


def may_be_pressed(state: str):
    """The actions whose key means them in `state`."""
    return [one for one in ACTIONS if one.context is not Context.STAGE or state == "staged"]


@pytest.mark.parametrize("state", ["disarmed", "armed", "staged", "paused", "killed", "stale"])
async def test_every_action_in_every_operator_state(state, tmp_path):
    async with console(size=(80, 24), screenshots=tmp_path, exports=tmp_path) as rig:
        rig.app.hands.grip.wish = lambda wish: None
        for action in may_be_pressed(state):
            rig.begin(STATES[state]())
            await rig.press(*tapped(action, state))
            kinds = [type(one) for one in rig.commands() if not isinstance(one, Focus)]
            assert kinds == sent_by(action, state), (state, action.id)


@pytest.mark.parametrize("state", STATES)
def test_every_action_in_every_state_of_the_engine(state):
    for action in may_be_pressed(state):
        queue = CommandQueue()
        hands = Hands(Gaze(SYMBOLS), default_keymap(), queue.put, lambda _: None, HandRules())
        hands.gaze.signal_lines = 6
        hands.see(STATES[state](), now_ns=NOON, monotonic=1.0)
        for number, key in enumerate(tapped(action, state)):
            hands.press(Stroke(key, key if len(key) == 1 else None, 1.0 + number / 2, NOON))
        kinds = [type(one) for one in queue.drain() if not isinstance(one, Focus)]
        assert kinds == sent_by(action, state), (state, action.id)


async def test_every_action_in_a_terminal_too_small(tmp_path):
    async with console(size=(70, 20), screenshots=tmp_path, exports=tmp_path) as rig:
        rig.app.hands.grip.wish = lambda wish: None
        for action in may_be_pressed("disarmed"):
            rig.begin(STATES["disarmed"]())
            await rig.press(*tapped(action, "disarmed"))
            kinds = [type(one) for one in rig.commands() if not isinstance(one, Focus)]
            expected = [] if action.id == "operator.arm" else sent_by(action, "disarmed")
            assert kinds == expected, action.id


def test_behind_an_old_screen_only_what_lowers_the_risk_is_done():
    for action in may_be_pressed("armed"):
        queue = CommandQueue()
        hands = Hands(Gaze(SYMBOLS), default_keymap(), queue.put, lambda _: None, HandRules())
        hands.see(armed(), now_ns=NOON, monotonic=1.0)
        for number, key in enumerate(tapped(action, "armed")):
            stroke = Stroke(key, key if len(key) == 1 else None, 1.0 + number / 2, NOON)
            hands.press(stroke, behind=0.3)
        kinds = [type(one) for one in queue.drain() if not isinstance(one, Focus)]
        increases = action.kind is Kind.INCREASE
        assert kinds == ([] if increases else sent_by(action, "armed")), action.id
        assert ("behind" in hands.notice.text if hands.notice else False) == increases


async def test_a_key_is_dated_when_it_was_read_not_when_it_was_handled():
    async with console(armed()) as rig:
        await rig.press("b", late=0.8)
        (command,) = rig.commands()
        assert abs(NOON - command.key_ns - 800 * MS) < MS


async def test_live_is_armed_by_the_word_typed():
    async with console(snapshot(mode=Mode.LIVE)) as rig:
        await rig.press("a")
        assert rig.commands() == []
        assert "type LIVE to arm" in rig.text()
        await rig.press(*"LIVX", "backspace", "E", "enter")
        assert rig.commands() == [Arm(**KEY, word="LIVE")]


async def test_live_is_armed_outside_a_multiplexer_only_after_a_question(monkeypatch):
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    live = snapshot(mode=Mode.LIVE)
    async with console(live, outside_tmux=Outside.REFUSE) as rig:
        await rig.press("a")
        assert rig.commands() == []
        assert "tmux or screen" in rig.line(-1)
    async with console(live, outside_tmux=Outside.ASK) as rig:
        assert "run it in tmux" in rig.line(-1)
        await rig.press("a", "j")
        assert rig.line(-1).startswith(" · left as it was")
        await rig.press("a", "enter", *"LIVE", "enter")
        assert rig.commands() == [Arm(**KEY, word="LIVE")]
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with console(live, outside_tmux=Outside.REFUSE) as rig:
        await rig.press("a", *"LIVE", "enter")
        assert rig.commands() == [Arm(**KEY, word="LIVE")]


async def test_resume_and_auto_on_ask_first():
    async with console(armed(paused=True)) as rig:
        await rig.press("p", "j")
        assert rig.commands() == []
        await rig.press("p", "enter")
        assert rig.commands() == [Resume(**KEY)]
        await rig.press("O", "O")
        assert rig.commands() == []
        await rig.press("O", "enter")
        assert rig.commands() == [AutoOn(**KEY)]


async def test_enter_sends_a_staged_entry_once():
    async with console(staged()) as rig:
        await rig.press("enter", "enter", "enter")
        assert rig.commands() == [Confirm(**KEY, stage_id=7, seen=STAGE_SEEN)]
        assert "SENT, awaiting the engine" in rig.text()
        await rig.show(staged(seq=2, stage=stage(stage_id=8)))
        await rig.press("enter")
        assert rig.commands() == [], "a second is the least between two that are sent"
        await rig.press("enter", gap=1.0)
        assert rig.commands() == [Confirm(key_ns=NOON, seq=2, stage_id=8, seen=STAGE_SEEN)]


async def test_a_held_enter_stages_but_does_not_send():
    async with console(armed()) as rig:
        await rig.press("enter")
        await rig.show(staged(seq=2))
        await rig.press("enter", gap=0.5)
        await rig.press("enter", "enter", "enter", gap=0.03)
        assert [type(one) for one in rig.commands()] == [Stage]
        await rig.press("enter", gap=1.0)
        assert [type(one) for one in rig.commands()] == [Confirm]


@pytest.mark.parametrize("gap", [0.03, 0.3])
async def test_a_held_space_stages_and_does_not_drop_what_it_staged(gap):
    async with console(armed()) as rig:
        await rig.press("space")
        await rig.show(staged(seq=2))
        await rig.press("space", gap=gap)
        await rig.press("space", "space", gap=0.03)
        assert [type(one) for one in rig.commands()] == [StageBest]
        await rig.press("space", gap=1.0)
        assert [type(one) for one in rig.commands()] == [DropStage]


async def test_a_key_that_repeats_acts_once_but_may_walk():
    async with console(armed()) as rig:
        await rig.press("b", "b", "b", gap=0.03)
        assert len(rig.commands()) == 1
        await rig.press("j", "j", "j", gap=0.03)
        assert len(rig.commands()) == 3


async def test_a_burst_adds_no_risk_but_still_lowers_it():
    async with console(armed()) as rig:
        await rig.press("j", "k", "j", "k", "b", "s", "a", "d", "X", gap=0.004)
        kinds = [type(one) for one in rig.commands()]
        assert Stage not in kinds and Arm not in kinds
        assert kinds[-2:] == [Disarm, CancelEntries]
        assert "burst" in rig.line(-1)
        await rig.press("b", gap=1.0)
        assert [type(one) for one in rig.commands()] == [Stage]


async def test_a_burst_drops_what_is_staged_and_answers_no_question():
    async with console(staged()) as rig:
        await rig.press("x", "X", "x", "enter", gap=0.004)
        kinds = [type(one) for one in rig.commands()]
        assert Confirm not in kinds
        assert DropStage in kinds
    async with console(snapshot(mode=Mode.LIVE)) as rig:
        await rig.press("a")
        await rig.press(*"LIVE", "enter", gap=0.004)
        assert rig.commands() == []


async def test_pasted_text_never_acts():
    from textual import events

    async with console(armed()) as rig:
        rig.app.post_message(events.Paste("a b enter KK ff"))
        await rig.pilot.pause()
        assert [type(one) for one in rig.commands()] == [Disarm]
        assert "pasted text is ignored" in rig.line(-1)


async def test_any_unlisted_key_drops_the_staged_entry():
    for key in ("k", "y", "space", "tab", "/", "?"):
        async with console(staged()) as rig:
            await rig.press(key)
            assert [type(one) for one in rig.commands()] == [DropStage], key


async def test_kill_burns_a_fuse_and_works_inside_questions():
    async with console(snapshot(mode=Mode.LIVE)) as rig:
        await rig.press("f9")
        assert "KILL: block entries" in rig.text()
        await rig.press("f9", gap=1.6)
        assert rig.commands() == []
        await rig.press("f9", gap=1.0)
        assert rig.commands() == [Kill(**KEY)]
        await rig.press("a", "L", "K", "f9", "f9")
        assert rig.commands() == [Kill(**KEY)]
        await rig.press("?", "K", "K")
        assert rig.commands() == [Kill(**KEY)]
        await rig.press("q", "K", "K")
        assert rig.commands() == [Kill(**KEY)]


async def test_a_fuse_is_forgotten_by_another_key_and_by_another_stock():
    async with console() as rig:
        await rig.press("f", "x", "f")
        assert [type(one) for one in rig.commands()] == [CancelEntries]
        await rig.press("escape", "f", "j", "f")
        assert [type(one) for one in rig.commands()] == [Focus]


async def test_a_burning_fuse_hides_the_stage_so_enter_only_forgets_it():
    async with console(staged()) as rig:
        await rig.press("f", "enter")
        assert rig.commands() == []
        await rig.press("enter")
        assert [type(one) for one in rig.commands()] == [Confirm]


async def test_a_flatten_of_what_is_not_held_says_what_is():
    held = position(1)
    async with console(snapshot(positions=(held,), focus=1)) as rig:
        await rig.press("f")
        assert f"FLATTEN {held.symbol}?\n" in rig.text()
        await rig.press("escape", "]", "f")
        assert f"none of it is held; held: {held.symbol}" in rig.text()
        await rig.press("f")
        assert Flatten in [type(one) for one in rig.commands()]


@pytest.mark.parametrize("mode", list(Mode))
async def test_quitting_says_where_what_is_open_stays(mode):
    async with console(snapshot(mode=mode)) as rig:
        await rig.press("q")
        here, broker = "the simulated account waits", "stops stay at the broker"
        left = {Mode.SIM: here, Mode.PAPER: here, Mode.REPLAY: "the replay ends"}
        assert f"quit: {left.get(mode, broker)}" in rig.text()


async def test_quitting_at_risk_asks_and_stays_by_default():
    async with console() as rig:
        await rig.press("ctrl+q")
        assert "1 open position, 1 working order" in rig.text()
        assert "position  ▲ BUY 120 INFY" in rig.text()
        assert "order     ▼ SELL 120 INFY" in rig.text()
        assert "the simulated account waits for the next start" in rig.text()
        await rig.press("enter")
        await rig.press("ctrl+c", "escape")
        await rig.press("q", "j")
        assert rig.app.return_value is None
        await rig.press("q", "f")
        assert rig.commands() == [Flatten(**KEY)]
        await rig.press("q", "y")
        assert rig.app.return_value is Wish.QUIT


async def test_quitting_when_flat_is_immediate():
    async with console(snapshot(positions=(), orders=())) as rig:
        await rig.press("q")
        assert rig.app.return_value is Wish.QUIT


async def test_a_full_queue_refuses_and_says_so():
    async with console(armed(), capacity=1) as rig:
        await rig.press("b", "s")
        assert len(rig.commands()) == 1
        assert "queue full" in rig.line(-1)


@pytest.mark.parametrize("page", ["9", "0", "C", "i i", "8 8 z C"])
async def test_the_cursor_walks_the_ranking_while_another_page_has_its_place(page):
    async with console(snapshot()) as rig:
        ranked = [one.row for one in snapshot().signals]
        rig.app.hands.gaze.selected = ranked[0]
        await rig.press(*page.split(), "j")
        assert rig.app.hands.gaze.selected == ranked[1]
        await rig.press("3")
        assert rig.app.hands.gaze.selected == ranked[2]


async def test_the_help_page_swallows_what_would_add_risk():
    async with console(armed()) as rig:
        await rig.press("?")
        assert "KEYS" in rig.line(4)
        await rig.press("b")
        assert rig.commands() == []
        assert "KEYS" not in rig.line(4)
        await rig.press("?", "d")
        assert [type(one) for one in rig.commands()] == [Disarm]


async def test_selection_stays_on_its_stock_and_the_order_keeps_still():
    async with console() as rig:
        await rig.press("3")
        rows = (7, 4, 1, 0)
        moved = tuple(signal(at + 1, row) for at, row in enumerate(rows))
        shown = rig.app.hands.gaze.signal_rows()
        await rig.show(snapshot(2, focus=7, signals=moved + snapshot().signals[4:]))
        assert rig.app.hands.gaze.signal_rows() == shown
        rig.now_ns += 3_000 * MS
        await rig.show(snapshot(3, focus=7, signals=moved + snapshot().signals[4:]))
        assert rig.app.hands.gaze.signal_rows()[:4] == rows
        assert rig.app.hands.gaze.selected == 7


async def test_the_engine_may_move_the_focus_but_its_echo_moves_nothing():
    async with console() as rig:
        await rig.press("]", "]")
        assert rig.app.hands.gaze.selected == 3
        await rig.show(snapshot(2, focus=2))
        assert rig.app.hands.gaze.selected == 3
        await rig.show(snapshot(3, focus=9))
        assert rig.app.hands.gaze.selected == 9


async def test_what_is_staged_is_looked_at():
    async with console(armed()) as rig:
        await rig.show(staged(seq=2, stage=stage(4)))
        assert rig.commands() == [Focus(key_ns=NOON, seq=2, row=4)]
        await rig.show(staged(seq=3, stage=stage(4)))
        assert rig.commands() == []
        assert rig.app.hands.gaze.selected == 4


async def test_too_small_disarms_and_cannot_arm_but_can_flatten():
    async with console(armed()) as rig:
        await rig.resize(70, 20)
        assert [type(one) for one in rig.commands()] == [Disarm]
        await rig.press("a")
        assert rig.commands() == []
        assert "80x24" in rig.line(-1) and "tmux's own line" in rig.line(-1)
        assert "INFY" in rig.text() and "+156.00" in rig.text()
        await rig.press("F", "F")
        assert rig.commands() == [Flatten(**KEY)]


LATE_PIECES = ("[A", "[B", "[C", "[D", "[H", "[F", "OP", "OQ", "OR", "OS", "[15~", "[20~", "[24~")


@pytest.mark.parametrize("pieces", LATE_PIECES)
async def test_a_key_torn_apart_by_the_link_adds_no_risk(pieces):
    """What comes too late to belong to its Esc is read as letters."""
    async with console(staged()) as rig:
        await rig.press("escape")
        assert [type(one) for one in rig.commands()] == [DropStage]
        await rig.show(armed(seq=2))
        await rig.press(*pieces, gap=0.07)
        assert {type(one) for one in rig.commands()} <= {AutoOff, Disarm, Focus}


async def test_losing_the_keyboard_disarms_unless_auto_runs():
    from textual import events

    async with console(armed()) as rig:
        rig.app.post_message(events.AppBlur())
        await rig.pilot.pause()
        assert [type(one) for one in rig.commands()] == [Disarm]
        await rig.show(armed(seq=2, auto=True))
        rig.app.post_message(events.AppBlur())
        await rig.pilot.pause()
        assert rig.commands() == []


async def test_ladders_and_profit_begin_as_the_settings_say():
    chosen = ladder_look("ticks", "sum")
    async with console(look=chosen, measure=Measure.PERCENT) as rig:
        for key, words in (("V", "ladder 5 levels"), ("v", "change in"), ("m", "profit in money")):
            await rig.press(key)
            assert words in rig.line(-1)


def test_every_look_of_a_setting_is_one_of_a_ladder():
    fields = Console.model_fields
    looks = [
        ladder_look(lines, columns)
        for lines in get_args(fields["ladder_lines"].annotation)
        for columns in get_args(fields["ladder_columns"].annotation)
    ]
    assert len(set(looks)) == len(View) * len(Columns)
    assert [Measure(one) for one in get_args(fields["profit_in"].annotation)] == list(Measure)


async def test_auto_is_not_asked_about_before_arming():
    async with console(snapshot(operator=OperatorState.DISARMED)) as rig:
        await rig.press("O")
        assert "auto needs arming first: a" in rig.text()
        await rig.press("enter")
        assert AutoOn not in map(type, rig.commands())


async def test_positions_are_walked_after_tab():
    async with console(snapshot(positions=(position(1), position(9)))) as rig:
        await rig.press("tab", "j", "f", "f")
        assert rig.commands() == [Focus(**KEY, row=9), Flatten(**KEY, row=9)]


async def test_unknown_and_foreign_keys_get_a_quiet_answer():
    async with console() as rig:
        await rig.press("Q")
        assert "not bound" in rig.line(-1)
        await rig.press("ф")
        assert "layout" in rig.line(-1)
        assert rig.commands() == []


async def test_a_screenshot_is_written_and_a_failure_told(tmp_path):
    async with console(screenshots=tmp_path / "pictures") as rig:
        await rig.press("w")
        (picture,) = (tmp_path / "pictures").glob("*.svg")
        drawn = picture.read_text(encoding="utf-8")
        assert drawn.count("<text ") == drawn.count('<text xml:space="preserve" ')
        assert "INFY" in picture.read_text(encoding="utf-8")
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    async with console(screenshots=blocked) as rig:
        await rig.press("w")
        assert rig.line(-1).startswith(" ! no picture written")


async def test_with_something_open_the_ways_out_stand_before_entries_at_80_columns():
    async with console(armed(), size=(80, 24)) as rig:
        assert rig.line(-1).startswith(" f f flatten  F F flatten all  K K kill  d disarm  b buy")
    async with console(armed(positions=(), orders=()), size=(80, 24)) as rig:
        assert rig.line(-1).startswith(" d disarm  b buy  s sell  K K kill")


STRIP_KEYS = ("t", "j", "enter", "escape", "up", "down", "left", "right", "=", "-", *"12345")


@pytest.mark.parametrize("key", STRIP_KEYS)
async def test_the_keys_of_a_strip_that_ended_by_itself_rest_for_a_moment(key):
    async with console(staged()) as rig:
        await rig.press("j")
        await rig.show(armed())
        assert "its keys rest a moment" in rig.text()
        rig.commands()
        await rig.press(key, key)
        assert rig.commands() == []
        assert "the strip is gone" in rig.line(-1)
        assert rig.app.hands.gaze.selected == INFY


async def test_after_the_moment_the_keys_mean_what_they_mean_without_a_strip():
    async with console(staged()) as rig:
        await rig.press("j")
        await rig.show(armed())
        rig.commands()
        await rig.press("t", gap=2.5)
        assert rig.commands() == [] and "TAKE OVER INFY?" in rig.text()
        await rig.press("t")
        assert rig.commands() == [TakeOver(**KEY, row=INFY)]


async def test_a_new_strip_and_what_lowers_the_risk_need_not_wait():
    async with console(staged()) as rig:
        await rig.show(armed())
        await rig.press("b", "F", "F")
        assert [type(one) for one in rig.commands()] == [Stage, Flatten]
        await rig.show(staged(stage=stage(stage_id=8)))
        await rig.press("t")
        assert [type(one) for one in rig.commands()] == [PriceAs]


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_a_strip_that_a_hand_ended_leaves_its_keys_awake(key):
    async with console(staged()) as rig:
        await rig.press(key)
        await rig.show(armed())
        rig.commands()
        await rig.press("j")
        assert [type(one) for one in rig.commands()] == [Focus]


async def test_what_lowers_the_risk_works_in_every_question():
    for build, keys in ((snapshot, "q"), (armed, "O"), (killed, "R"), (armed, "g"), (armed, "/")):
        async with console(build()) as rig:
            await rig.press(keys, "f6", "f7", "f8", "f8", "f4", "f4", "f9", "f9")
            kinds = [type(one) for one in rig.commands()]
            assert kinds == [Disarm, CancelEntries, Flatten, Flatten, Kill], keys


async def test_while_letters_are_typed_the_footer_names_the_keys_that_still_act():
    async with console(armed()) as rig:
        await rig.press("g")
        assert "F9 F9 kill  F8 F8 flatten all  F4 F4 flatten  F7 cancel" in rig.line(-1)
        assert "K K" not in rig.line(-1)
        await rig.press("escape")
        assert "K K kill" in rig.line(-1)


async def test_letters_lower_the_risk_where_none_is_typed():
    async with console(armed(paused=True)) as rig:
        for key, kind in (("d", Disarm), ("x", CancelEntries), ("X", CancelEntries)):
            await rig.press("p")
            assert "resume entries?" in rig.text()
            await rig.press(key, gap=1.0)
            assert [type(one) for one in rig.commands()] == [kind]
            assert "resume entries?" not in rig.text()


async def test_caps_lock_lowers_the_risk_and_never_raises_it():
    async with console(armed()) as rig:
        await rig.press("D")
        assert [type(one) for one in rig.commands()] == [Disarm]
        await rig.press("B", "A", "S")
        assert rig.commands() == []
        assert "Caps Lock" in rig.line(-1)


async def test_one_press_that_comes_twice_acts_once():
    async with console(snapshot(positions=(position(1), position(4)))) as rig:
        await rig.press("X", "X", "X", gap=0.1)
        assert [type(one) for one in rig.commands()] == [CancelEntries]
        await rig.press("x")
        await rig.press("j", "x", gap=0.1)
        assert [one.row for one in rig.commands() if isinstance(one, CancelEntries)] == [INFY, 4]


async def test_letters_pasted_without_brackets_flatten_and_kill_nothing(tmp_path):
    async with console(armed(), screenshots=tmp_path, exports=tmp_path) as rig:
        await rig.press(*"we KKeep ff and FF", gap=0.002)
        kinds = {type(one) for one in rig.commands()}
        assert not kinds & {Kill, Flatten, Stage, Arm, Confirm}
        assert Disarm in kinds


async def test_a_stock_is_given_back_to_the_engine_after_a_question():
    async with console(snapshot(by_hand_only=(INFY,), skipped=(INFY,))) as rig:
        await rig.press("o", "j")
        await rig.press("o", "enter")
        assert rig.commands() == [AutoStockOn(**KEY, row=INFY)]
        await rig.press("N", "enter", gap=1.0)
        assert rig.commands() == [UnskipStock(**KEY, row=INFY)]


async def test_a_position_taken_over_is_given_back_by_the_same_key():
    async with console(snapshot(positions=(position(1, manual=True),))) as rig:
        await rig.press("t")
        assert rig.commands() == [] and "GIVE BACK INFY?" in rig.text()
        await rig.press("t")
        assert rig.commands() == [GiveBack(**KEY, row=INFY)]


async def test_a_reset_says_what_it_releases_and_what_stands_in_its_way():
    async with console(killed()) as rig:
        await rig.press("R")
        assert "type RESET to release the kill latch" in rig.text()
        assert "1 not flat yet" in rig.text()
    latched = armed(
        trading=TradingState.REDUCING, trading_text="daily loss", positions=(), orders=()
    )
    async with console(latched) as rig:
        await rig.press("R")
        assert "release reducing (daily loss):" in rig.text()
        assert "every stock" in rig.text()
    async with console(snapshot()) as rig:
        await rig.press("R")
        assert "nothing is latched" in rig.line(-1)


async def test_what_disarmed_by_itself_stands_at_the_strip_until_somebody_arms():
    why = "market data stalled"
    async with console(snapshot(disarmed_why=why)) as rig:
        assert f"! DISARMED: {why}" in rig.text()
        await rig.show(armed(seq=2, disarmed_why=""))
        assert "! DISARMED" not in rig.text()
