"""Writes docs/reference: pages made of the enums, tables, settings and keys of the program.

    python -m tui_scalper.reference docs/reference

Nothing in these pages is written by hand; a test fails when they are not current.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from tui_scalper.core.checks import CHECKS
from tui_scalper.core.controls import CONTROLS, Built, Control, Entry, Reason
from tui_scalper.core.events import Link
from tui_scalper.core.feed_table import FEED_TABLE, FeedInput
from tui_scalper.core.gates import GATE_TEXT, Gate
from tui_scalper.core.goal_table import GOAL_TABLE, Goal, GoalInput
from tui_scalper.core.operator_table import OPERATOR_TABLE, OperatorInput
from tui_scalper.core.order_table import ORDER_TABLE, OrderInput, OrderState
from tui_scalper.core.path_table import PATH_TABLE, PathInput
from tui_scalper.core.path_table import Path as OrderPath
from tui_scalper.core.phase_table import PHASE_TABLE, PhaseInput
from tui_scalper.core.reading_table import READINGS, Reading, Speaks
from tui_scalper.core.reading_texts import key_of, meaning_of
from tui_scalper.core.refusals import REFUSAL_TEXT, Refusal
from tui_scalper.core.snapshot import OperatorState, TradingState
from tui_scalper.core.tables import IGNORED, Outcome, Table, step
from tui_scalper.core.trading_table import TRADING_TABLE, TradingInput
from tui_scalper.core.venues import Phase
from tui_scalper.keymap import ACTIONS, Context, key_label
from tui_scalper.lab.faultsim.kinds import FaultKind
from tui_scalper.lab.faultsim.menu import EVERY, MENU
from tui_scalper.settings import ENV_PREFIX, Section, Settings

MADE: Final = "<!-- Made by `make docs`; do not edit. -->"
NONE: Final = "-"


def page(title: str, intro: str, *parts: str) -> str:
    """A whole page of Markdown."""
    return "\n\n".join((MADE, f"# {title}", intro, *parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def code(text: str) -> str:
    """`text` as code."""
    return f"`{text}`"


def listed(words: Iterable[str]) -> str:
    """Words as code with commas, a dash for none."""
    return ", ".join(map(code, words)) or NONE


# -- readings --------------------------------------------------------------------------------

SPEAKS: Final[dict[Speaks, str]] = {
    Speaks.NOBODY: NONE,
    Speaks.SIGN: "buyers above 0, sellers below",
    Speaks.HALF: "buyers above one half, sellers below",
    Speaks.ONE: "buyers above 1, sellers below",
    Speaks.LEAN: "the side the book leans to",
    Speaks.BUYERS: "buyers",
    Speaks.SELLERS: "sellers",
}


def readings_page() -> str:
    """What every reading of a stock means, those of one idea in one line."""
    together: dict[str, list[Reading]] = {}
    for one in READINGS:
        together.setdefault(key_of(one.name), []).append(one)
    rows = [
        (
            "<br>".join(one.name for one in alike),
            alike[0].unit,
            ", ".join(dict.fromkeys(str(one.window) for one in alike)),
            "<br>".join(dict.fromkeys(SPEAKS[one.speaks] for one in alike)),
            meaning_of(alike[0]),
        )
        for alike in together.values()
    ]
    intro = (
        "What the console (`i`) and `scalper-tui explain` show of a stock. The windows `short`, "
        "`middle` and `long` are `signals.flow_short`, `signals.flow_middle` and "
        "`signals.flow_long`; `trend` and `slow` are `signals.trend` and `signals.slow`; "
        "`update` is from the update before to this one. Of what a witness makes of a reading, "
        "and what it takes to confirm or block, see [settings](settings.md)."
    )
    return page(
        "Readings", intro, table(("reading", "unit", "window", "speaks for", "it is"), rows)
    )


# -- controls, gates, refusals ---------------------------------------------------------------

KINDS: Final[dict[type, str]] = {
    Refusal: "refusal",
    Gate: "gate",
    TradingInput: "trading state",
    GoalInput: "exit reason",
}


def reason_name(reason: Reason) -> str:
    """A reason as the program counts or shows it, its kind in front."""
    word = reason.name.lower() if isinstance(reason, Gate) and reason.name else str(reason.value)
    return f"{KINDS[type(reason)]} {code(word)}"


def controls_page() -> str:
    """Every control, with its state first and then one by one."""
    overview = table(
        ("control", "title", "state", "what is missing"),
        (
            (f"[{name}](#{name.lower()})", entry.title, entry.state.value, entry.missing or NONE)
            for name, entry in CONTROLS.items()
        ),
    )
    counts = {built: sum(one.state is built for one in CONTROLS.values()) for built in Built}
    summary = ", ".join(f"{count} {built.value}" for built, count in counts.items())
    return page(
        "Controls",
        "What stands between a signal and a loss. PT: before an order leaves. AT: while orders "
        f"and positions live. PO: afterwards. Of {len(CONTROLS)} controls: {summary}.",
        overview,
        *(control_part(name, entry) for name, entry in CONTROLS.items()),
    )


def control_part(name: Control, entry: Entry) -> str:
    """The section of one control."""
    shown = ", ".join(map(reason_name, entry.shows)) or NONE
    lines = [
        f'## <a id="{name.lower()}"></a>{name}: {entry.title}',
        "",
        entry.does,
        "",
        f"- State: {entry.state.value}",
        f"- Shows as: {shown}",
        f"- Settings: {listed(entry.settings)}",
        f"- Proved by: {listed(entry.tests)}",
    ]
    if entry.missing:
        lines.append(f"- Missing: {entry.missing}")
    return "\n".join(lines)


def controls_of(reason: Reason) -> str:
    """Names of the controls that show `reason`."""
    return ", ".join(name for name, one in CONTROLS.items() if reason in one.shows) or NONE


def gates_page() -> str:
    """Every gate of the market table."""
    rows = (
        (str(gate.value.bit_length() - 1), code((gate.name or "").lower()), GATE_TEXT[gate])
        for gate in Gate
    )
    return page(
        "Gates",
        "Why a stock is no signal. Each is a bit of the stock's row in the market table; a row "
        "without any is a signal. Counts by name are in reports and on the DAY panel.",
        table(("bit", "name", "on the screen"), rows),
    )


def refusals_page() -> str:
    """Every refusal, those of the checks in the order they are asked."""
    order = {reason: str(number) for number, (reason, _) in enumerate(CHECKS, 1)}
    rows = (
        (code(one.value), REFUSAL_TEXT[one], order.get(one, NONE), controls_of(one))
        for one in Refusal
    )
    return page(
        "Refusals",
        "Why something asked for was not done. The number says when a check is asked of an "
        "entry; the first that refuses is shown. Then the visible book is walked. A dash is a "
        "refusal of a command, or the broker's.",
        table(("name", "on the screen", "asked", "controls"), rows),
    )


# -- settings --------------------------------------------------------------------------------

BOUNDS: Final = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))
KIND_WORDS: Final[dict[Any, str]] = {
    Decimal: "number",
    int: "whole number",
    bool: "true or false",
    str: "text",
    tuple: "list",
    Path: "path",
    SecretStr: "secret",
}


def allowed(field: FieldInfo) -> str:
    """What a setting may be: its bounds, its choices, or the kind of value it is."""
    kind = field.annotation
    if get_origin(kind) is Literal:
        return " or ".join(map(code, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(map(code, kind))
    words = [
        f"{sign} {bound}"
        for one in field.metadata
        for name, sign in BOUNDS
        if (bound := getattr(one, name, None)) is not None
    ]
    return f"{kind_of(field)} {', '.join(words)}" if words else kind_of(field)


def kind_of(field: FieldInfo) -> str:
    """The kind of a value in words."""
    return KIND_WORDS.get(get_origin(field.annotation) or field.annotation, str(field.annotation))


def default_of(field: FieldInfo) -> str:
    """The default as it would be written in a settings file."""
    value = field.default
    if kind_of(field) == "secret" or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(str(value))


def settings_rows(model: type[BaseModel], prefix: str) -> Iterable[Sequence[str]]:
    """A row for every plain value of `model`."""
    for name, field in model.model_fields.items():
        if is_section(field):
            continue
        meaning = " ".join((field.description or "").split())
        yield code(f"{prefix}{name}"), default_of(field), allowed(field), meaning


def is_section(field: FieldInfo) -> bool:
    """Whether a field is a section of settings rather than a value."""
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def settings_page() -> str:
    """Every setting by section."""
    head = ("key", "default", "allowed", "meaning")
    parts = ["## General\n\n" + table(head, settings_rows(Settings, ""))]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            about = " ".join((section.__doc__ or "").split())
            rows = table(head, settings_rows(section, f"{name}."))
            parts.append(f"## {name}\n\n{about}\n\n{rows}")
    return page(
        "Settings",
        "A key `a.b` is `b` in the table `[a]` of the settings file, "
        f"`{ENV_PREFIX}A__B` in the environment and `--set a.b=value` on the command line; the "
        "later beats the earlier. Prices are rupees, times seconds, rates percent unless said "
        "otherwise.",
        *parts,
    )


# -- states ----------------------------------------------------------------------------------

MACHINES: Final[tuple[tuple[str, str, Table[Any, Any], type[Enum], type[Enum], Enum], ...]] = (
    (
        "Order",
        "What we believe of one order.",
        ORDER_TABLE,
        OrderState,
        OrderInput,
        OrderState.SENT,
    ),
    ("Goal", "What a position wants of its exit order.", GOAL_TABLE, Goal, GoalInput, Goal.PROTECT),
    (
        "Operator",
        "May entries leave, and who decides.",
        OPERATOR_TABLE,
        OperatorState,
        OperatorInput,
        OperatorState.DISARMED,
    ),
    (
        "Trading",
        "May entries leave at all. A run that has a journal begins in the first state.",
        TRADING_TABLE,
        TradingState,
        TradingInput,
        TradingState.STARTING,
    ),
    ("Feed", "The market data connection.", FEED_TABLE, Link, FeedInput, Link.DOWN),
    (
        "Order path",
        "Whether the broker answers, and knows us.",
        PATH_TABLE,
        OrderPath,
        PathInput,
        OrderPath.OPEN,
    ),
    (
        "Session",
        "What the hours of a group of stocks allow now, by the calendar; a day begins closed.",
        PHASE_TABLE,
        Phase,
        PhaseInput,
        Phase.CLOSED,
    ),
)


def diagram(states: Mapping[Any, Mapping[Any, Any]], start: Enum) -> str:
    """A state diagram: the changes of state, inputs of one arrow together."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, inputs in states.items():
        for given, outcome in inputs.items():
            if not isinstance(outcome, Outcome) and outcome is not state:
                arrows.setdefault((state.name, outcome.name), []).append(given.value)
    lines = [f"    {a} --> {b}: {', '.join(words)}" for (a, b), words in arrows.items()]
    return "\n".join(("```mermaid", "stateDiagram-v2", f"    [*] --> {start.name}", *lines, "```"))


def outcome_word(states: Table[Any, Any], state: Enum, given: Enum) -> str:
    """What a pair does: the next state, `stays`, ignored or an error."""
    outcome = step(states, state, given)
    if isinstance(outcome, Outcome):
        return "ignored" if outcome is IGNORED else "**error**"
    return "stays" if outcome is state else code(str(outcome.value))


def machine_part(
    name: str,
    about: str,
    states: Table[Any, Any],
    kinds: type[Enum],
    inputs: type[Enum],
    start: Enum,
) -> str:
    """Diagram and full table of one machine."""
    rows = (
        (str(given.value), *(outcome_word(states, state, given) for state in kinds))
        for given in inputs
    )
    head = ("input", *(str(state.value) for state in kinds))
    return f"## {name}\n\n{about}\n\n{diagram(states, start)}\n\n{table(head, rows)}"


def states_page() -> str:
    """Every state table."""
    return page(
        "States",
        "Every pair of state and input is a next state, `stays` (legal, no change), ignored "
        "(may happen, means nothing any more) or an error (counted, never acted on). Arrows of "
        "the diagrams are the changes.",
        *(machine_part(*machine) for machine in MACHINES),
    )


# -- keys ------------------------------------------------------------------------------------

WHEN: Final = {
    Context.MAIN: "nothing staged",
    Context.STAGE: "an entry staged",
    Context.BOTH: "always",
}


def keys_page() -> str:
    """Every action of the console."""
    rows = (
        (
            code(action.id),
            ", ".join(code(key_label(key)) for key in action.keys),
            action.group,
            action.text,
            action.kind.value,
            WHEN[action.context],
        )
        for action in ACTIONS
    )
    return page(
        "Keys",
        "Every action and its default keys. A keymap file (`console.keymap`) rebinds actions by "
        "their names. Risk `increase` needs a fresh key and an armed console; `reduce` always "
        "works.",
        table(("action", "keys", "group", "what it does", "risk", "when"), rows),
    )


# -- proofs ----------------------------------------------------------------------------------


def proofs_page() -> str:
    """Every control and every fault with the tests that prove it."""
    controls = (
        (f"[{name}](controls.md#{name.lower()})", entry.title, listed(entry.tests))
        for name, entry in CONTROLS.items()
    )
    faults = ((kind.value, MENU[kind].does, listed(MENU[kind].tests)) for kind in FaultKind)
    return page(
        "Proofs",
        "Which tests prove what. A name is `file::function` below `tests/`; a dash means that "
        "the control is not there yet.",
        "## Controls\n\n" + table(("control", "title", "proved by"), controls),
        "## Faults\n\nThe fault simulator draws them all, together, in "
        f"{code(EVERY)}, which fails when one of them never struck; `make test` prints how many "
        "schedules had each. These prove them one by one.\n\n"
        + table(("fault", "what the engine does", "proved by"), faults),
    )


PAGES: Final[dict[str, Callable[[], str]]] = {
    "controls.md": controls_page,
    "gates.md": gates_page,
    "readings.md": readings_page,
    "refusals.md": refusals_page,
    "settings.md": settings_page,
    "states.md": states_page,
    "keys.md": keys_page,
    "proofs.md": proofs_page,
}
"""File name of every page and what makes it."""


def write(folder: Path) -> None:
    """Write every page to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
