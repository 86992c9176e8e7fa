"""All settings together, and what the engine is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import PrivateAttr, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tui_scalper.core import config as core
from tui_scalper.core.manifest import SettingLine
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.witnesses import Role
from tui_scalper.settings.adaptive import AdaptiveSettings
from tui_scalper.settings.places import Alerts, Console, Deadman, Feed, Journal, Kite, Sim
from tui_scalper.settings.running import UI_LOST, Emergency, Operator, Polls, Session
from tui_scalper.settings.section import Section
from tui_scalper.settings.signals import Readings, Signals, Witnesses, witness_rules
from tui_scalper.settings.trading import Entry, Lists, Protection, Risk, Sizing

ENV_PREFIX = "SCALPER_"


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    mode: Literal["sim", "paper", "test", "live"] = "sim"
    """sim: simulated exchange. paper: a broker's market data, a simulated account (of sim.cash).
    test: one share a trade. live: a share of the capital."""
    broker: Literal["sim", "kite"] = "sim"
    """Whose market and account. sim and replay never use anything but sim; paper takes the
    broker's market data and sends it no order."""
    state_dir: Path = Path("~/.local/state/tui-scalper")
    """Journals, recordings, tokens."""
    signals: Signals = Signals()
    adaptive: AdaptiveSettings = AdaptiveSettings()
    readings: Readings = Readings()
    witnesses: Witnesses = Witnesses()
    entry: Entry = Entry()
    protection: Protection = Protection()
    sizing: Sizing = Sizing()
    risk: Risk = Risk()
    lists: Lists = Lists()
    operator: Operator = Operator()
    polls: Polls = Polls()
    emergency: Emergency = Emergency()
    session: Session = Session()
    journal: Journal = Journal()
    sim: Sim = Sim()
    kite: Kite = Kite()
    feed: Feed = Feed()
    alerts: Alerts = Alerts()
    deadman: Deadman = Deadman()
    console: Console = Console()
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Sources are merged by `load_settings`, so that each value knows where it stood."""
        return (init_settings,)

    @model_validator(mode="after")
    def _enough_may_confirm(self) -> Self:
        needed = self.signals.confirmations
        confirming = [one.role for one in witness_rules(self.witnesses)].count(Role.CONFIRM)
        if needed > confirming:
            raise ValueError(
                f"signals.confirmations is {needed}, and of the witnesses {confirming} may "
                "confirm, so no stock is ever a signal; let more of [witnesses] confirm, e.g. "
                "witnesses.flow = confirm, or need fewer"
            )
        return self

    @property
    def state(self) -> Path:
        """The state directory, home expanded."""
        return self.state_dir.expanduser()

    def in_force(self) -> tuple[SettingLine, ...]:
        """Every setting as it would be written, and where it stood; of a secret, whether it is."""
        lines = []
        for key, value in _leaves(self):
            lines.append(SettingLine(key, _written(value), self._origins.get(key, "default")))
        return tuple(lines)

    def environment(self) -> dict[str, str]:
        """Environment variables that give another process these settings, secrets included."""
        found = {}
        for key, value in _leaves(self):
            text = value.get_secret_value() if isinstance(value, SecretStr) else _written(value)
            found[f"{ENV_PREFIX}{key.upper().replace('.', '__')}"] = text
        return found

    def engine_config(self, mode: Mode, run_id: str) -> core.EngineConfig:
        """The engine's numbers, in its integer units."""
        return core.EngineConfig(
            mode=mode,
            run_id=run_id,
            signals=self.signals.rules(witness_rules(self.witnesses), self.adaptive),
            readings=self.readings.rules(),
            entry=self.entry.rules(),
            protection=self.protection.rules(),
            sizing=self.sizing.rules(),
            risk=self.risk.rules(self.emergency.errors),
            lists=self.lists.rules(),
            operator=self.operator.rules(),
            attention=self.feed.rules(),
            polls=self.polls.rules(),
            emergency=self.emergency.rules(UI_LOST[self.operator.on_ui_lost]),
        )


def _leaves(settings: Settings) -> Iterator[tuple[str, object]]:
    """Dotted key and value of every setting."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if not isinstance(value, Section):
            yield name, value
            continue
        for inner in type(value).model_fields:
            yield f"{name}.{inner}", getattr(value, inner)


def _written(value: object) -> str:
    """A value in the one form in which equal values are equal texts."""
    match value:
        case SecretStr():
            return "(given)" if value.get_secret_value() else ""
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value.normalize():f}"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
