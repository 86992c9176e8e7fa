"""What a run consists of, decided before anything is opened: one file a kind of run."""

from __future__ import annotations

from pathlib import Path

from tui_scalper.plans.broker import broker_plan
from tui_scalper.plans.plan import Plan
from tui_scalper.plans.sim import sim_plan
from tui_scalper.settings import Settings, SettingsError

__all__ = ["Plan", "broker_plan", "plan_for", "sim_plan"]


def plan_for(settings: Settings, record: Path | None = None) -> Plan:
    """The plan the settings ask for. Raises SettingsError for pairs that make no sense."""
    if settings.broker == "sim":
        if settings.mode in ("live", "paper"):
            raise SettingsError(
                f"mode = {settings.mode} needs broker = kite; "
                "the simulated exchange takes sim and test"
            )
        return sim_plan(settings, record)
    if settings.mode == "sim":
        raise SettingsError("mode = sim never uses broker = kite; use mode = paper, test or live")
    return broker_plan(settings, record)
