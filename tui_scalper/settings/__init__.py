"""Every setting once: type, unit, default, meaning.

Where a value stands in several places, the command line beats the environment, the
environment beats the settings file. A misspelt key is an error, not a silent default.
Environment names are SCALPER_<SECTION>__<KEY>, e.g. SCALPER_RISK__DAILY_TRADES=5.
"""

from tui_scalper.settings.loading import ENV_FILE, load_settings, made_state
from tui_scalper.settings.section import Section, SettingsError
from tui_scalper.settings.whole import ENV_PREFIX, Settings

__all__ = [
    "ENV_FILE",
    "ENV_PREFIX",
    "Section",
    "Settings",
    "SettingsError",
    "load_settings",
    "made_state",
]
