"""Settings: where a value comes from, what is refused and in which words, exact units."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS
from tui_scalper.settings import ENV_FILE, Section, Settings, SettingsError, load_settings


def keys() -> list[str]:
    """Every dotted key there is."""
    found = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            found += [f"{name}.{inner}" for inner in kind.model_fields]
        else:
            found.append(name)
    return found


def load(
    file: Path | None = None,
    overrides: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> Settings:
    return load_settings(file, overrides, environment or {})


def refusal(**sources: object) -> str:
    """The one line a wrong setting is refused with."""
    with pytest.raises(SettingsError) as caught:
        load(**sources)  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text
    return text


def toml(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_command_line_beats_the_environment_which_beats_the_file(tmp_path: Path):
    file = toml(tmp_path, "[risk]\ndaily_trades = 1\nmax_positions = 1\ncooldown = 1.5\n")
    environment = {"SCALPER_RISK__DAILY_TRADES": "2", "SCALPER_RISK__MAX_POSITIONS": "2"}
    risk = load(file, {"risk.daily_trades": "3"}, environment).risk
    assert (risk.daily_trades, risk.max_positions, risk.cooldown) == (3, 2, Decimal("1.5"))
    assert risk.daily_loss == Decimal(20_000)


def test_the_environment_can_name_the_file_and_an_option_goes_before_it(tmp_path: Path):
    named = toml(tmp_path, 'mode = "test"\n')
    assert load(environment={ENV_FILE: str(named)}).mode == "test"
    other = tmp_path / "other.toml"
    other.write_text("")
    assert load(other, environment={ENV_FILE: str(named)}).mode == "sim"


@pytest.mark.parametrize(
    ("text", "value", "allowed"),
    [
        ("[risk]\norders_per_second = 11\n", "11", "less than or equal to 10"),
        ('[risk]\ndaily_trades = "many"\n', "'many'", "valid integer"),
        ("[protection]\nstop = 0\n", "0", "greater than 0"),
        ('[sim]\nstart = "24:00"\n', "'24:00'", "pattern"),
        ('mode = "papers"\n', "'papers'", "'sim', 'paper', 'test' or 'live'"),
    ],
)
def test_a_wrong_value_in_a_file_is_named_with_its_place_and_what_is_allowed(
    tmp_path: Path, text: str, value: str, allowed: str
):
    file = toml(tmp_path, text)
    key = text.replace("[", "").replace("]\n", ".").partition(" =")[0]
    said = refusal(file=file)
    assert said.startswith(f"setting {key} = {value} in {file}: ")
    assert allowed in said


def test_a_wrong_value_names_the_variable_or_the_command_line_it_came_from():
    said = refusal(environment={"SCALPER_RISK__MAX_POSITIONS": "0"})
    assert "risk.max_positions = '0' in environment variable SCALPER_RISK__MAX_POSITIONS" in said
    said = refusal(overrides={"risk.max_positions": "0"})
    assert "risk.max_positions = '0' in the command line" in said
    assert "Positions at one time" in said


@pytest.mark.parametrize(
    ("key", "near"),
    [("risk.daily_trade", "risk.daily_trades"), ("mdoe", "mode"), ("sim.sped", "sim.speed")],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(key: str, near: str):
    said = refusal(overrides={key: "1"})
    assert f"unknown setting '{key}' in the command line" in said
    assert f"did you mean '{near}'?" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("risk = 5\n", "setting risk = 5"),
        ("[mode]\nx = 1\n", "setting mode"),
        ("[risk\n", "not valid TOML"),
        ("[risk]\ndaily_trades = nan\n", "setting risk.daily_trades"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_in_one_line(tmp_path: Path, text: str, why: str):
    assert why in refusal(file=toml(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    assert "No such file" in refusal(file=tmp_path / "nowhere.toml")
    assert "cannot read" in refusal(file=tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'mode = "\xe9"\n')
    assert "not valid TOML" in refusal(file=latin)


def test_a_band_turned_upside_down_is_refused():
    said = refusal(overrides={"signals.pressure_low": "90", "signals.pressure_high": "80"})
    assert "signals" in said
    assert "pressure_low 90 must be below pressure_high 80" in said


def test_more_confirmations_than_witnesses_that_confirm_are_refused():
    said = refusal(overrides={"signals.confirmations": "2", "witnesses.flow": "confirm"})
    assert said.startswith(
        "settings: signals.confirmations is 2, and of the witnesses 1 may confirm"
    )
    assert "witnesses.flow = confirm" in said
    both = {"witnesses.flow": "confirm", "witnesses.queue": "confirm 0.2"}
    assert load_settings(None, {"signals.confirmations": "2", **both}, {})


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("levels", "block 9", "asks for 9 of a reading from 0 to 5"),
        ("queue", "confirm -1.5", "asks for -1.5 of a reading from -1 to 1"),
        ("dominance", "confirm 101", "asks for 101 of a reading from 0 to 100"),
    ],
)
def test_a_threshold_a_reading_never_comes_to_is_refused(key: str, value: str, why: str):
    said = refusal(overrides={f"witnesses.{key}": value})
    assert f"witnesses.{key}" in said and why in said
    assert load_settings(None, {"witnesses.trades": "block 1000000"}, {})


@pytest.mark.parametrize("key", ["kite.http_root", "kite.ws_root"])
@pytest.mark.parametrize("root", ["ftp://api.kite.trade", "http://api.kite.trade", "nonsense"])
def test_a_broker_address_that_is_unusable_or_unencrypted_is_refused_at_once(key: str, root: str):
    assert key in refusal(overrides={key: root})


def test_secrets_appear_neither_in_print_nor_in_a_refusal():
    secret = "s3cr3tvalue"
    held = load(environment={"SCALPER_KITE__API_SECRET": secret})
    assert held.kite.api_secret == SecretStr(secret)
    assert secret not in held.model_dump_json() + repr(held) + str(held)
    said = refusal(overrides={"kite.api_secret.more": secret})
    assert secret not in said


def test_engine_units_are_exact():
    config = load(
        overrides={
            "protection.stop": "0.29",
            "entry.remainder_after": "0.001",
            "risk.daily_loss": "1234.56",
            "risk.refusal_cooldown": "7.5",
            "signals.depth_ratio": "1.15",
            "operator.key_age": "0.25",
        }
    ).engine_config(Mode.SIM, "R")
    assert config.protection.stop_bp == 29
    assert config.entry.remainder_ns == NS // 1_000
    assert config.risk.daily_loss == 123_456
    assert config.risk.refusal_cooldown_ns == 7 * NS + NS // 2
    assert config.signals.depth_ratio_pct == 115
    assert config.operator.key_age_ns == NS // 4


def test_every_setting_says_what_it_means():
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            silent = [one for one, leaf in kind.model_fields.items() if not leaf.description]
            assert not silent, (name, silent)


TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["0", "-1", "1e400", "nan", "inf", "1_0", "1.5", "true", "[]", "{}", ""]),
)


@given(key=st.sampled_from(keys()) | st.text(max_size=20), value=TEXTS)
def test_any_override_is_taken_or_refused_in_one_line(key: str, value: str):
    try:
        load(overrides={key: value}).engine_config(Mode.SIM, "R")
    except SettingsError as error:
        assert "\n" not in str(error)


@given(
    name=st.sampled_from([key.upper().replace(".", "__") for key in keys()])
    | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", max_size=20),
    value=TEXTS,
)
def test_any_environment_is_taken_or_refused_in_one_line(name: str, value: str):
    try:
        load(environment={f"SCALPER_{name}": value})
    except SettingsError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("section", "near"), [("rsik", "risk"), ("protecton", "protection"), ("kit", "kite")]
)
def test_an_unknown_section_names_the_nearest(tmp_path: Path, section: str, near: str):
    said = refusal(file=toml(tmp_path, f"[{section}]\nx = 1\n"))
    assert f"unknown setting '{section}'" in said
    assert f"did you mean '{near}'?" in said
    assert f"did you mean '{near}'?" in refusal(overrides={f"{section}.x": "1"})


@pytest.mark.parametrize("key", ["kite.http_root", "kite.ws_root"])
@pytest.mark.parametrize(
    "root",
    [
        "https://me:hunter2@api.kite.trade",
        "me:hunter2@api.kite.trade",
        "ftp://hunter2@api.kite.trade",
        "http://a@b:hunter2@api.kite.trade/x",
        "https://api.kite.trade/?token=hunter2",
        "https://api.kite.trade/#hunter2",
    ],
)
def test_a_password_in_an_address_is_never_printed(key: str, root: str):
    said = refusal(overrides={key: root})
    assert "hunter2" not in said
    assert "broker address" in said


def test_stocks_outside_the_closing_auction_are_a_list_the_calendar_gets():
    named = load_settings(overrides={"session.ordinary": "AB, CD"}, environment={})
    assert named.session.rules().ordinary == {"AB", "CD"}


@pytest.mark.parametrize("lead", ["0", "0.01", "-1", "121", "NaN"])
def test_a_square_off_that_begins_at_the_end_is_refused_where_it_is_set(lead):
    with pytest.raises(SettingsError, match=r"session\.square_off"):
        load_settings(overrides={"session.square_off": lead}, environment={})


def test_a_square_off_of_seconds_is_one():
    found = load_settings(overrides={"session.square_off": "0.1"}, environment={})
    assert found.session.rules().square_off_lead == 6_000_000_000
