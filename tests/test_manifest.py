"""What a run was: its settings and whence, its build, and what changed since the run before."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_run import live_run

from tui_scalper.cli import main
from tui_scalper.core.manifest import (
    BUILD_KEY,
    Build,
    Manifest,
    SettingChange,
    SettingLine,
    changes,
    changes_text,
)
from tui_scalper.core.snapshot import Mode
from tui_scalper.manifest import PACKAGE, commit, digest, manifest_of
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journals import folder_of, last_manifest
from tui_scalper.settings import Settings, load_settings

BUILD = Build(version="1", commit="", sources="abc")
TEXTS = st.dictionaries(st.sampled_from("abcdef"), st.text("xyz", min_size=1, max_size=2))


def manifest(settings: dict[str, str], wall_ns: int = 0, build: Build = BUILD) -> Manifest:
    return Manifest(
        wall_ns=wall_ns,
        build=build,
        mode="SIM",
        broker="sim",
        speed=1.0,
        seed=1,
        host="desk",
        user="asha",
        pid=7,
        python="3.11",
        settings=tuple(SettingLine(key, value, "the file") for key, value in settings.items()),
    )


def load(**overrides: str) -> Settings:
    keys = {key.replace("__", "."): value for key, value in overrides.items()}
    return load_settings(overrides=keys, environment={})


def lines(settings: Settings) -> dict[str, SettingLine]:
    return {line.key: line for line in settings.in_force()}


def test_every_setting_says_where_it_came_from(tmp_path: Path):
    file = tmp_path / "s.toml"
    file.write_text("[risk]\ndaily_trades = 4\nmax_positions = 2\n")
    environment = {"SCALPER_RISK__DAILY_TRADES": "5"}
    found = lines(load_settings(file, {"mode": "test"}, environment))
    assert found["mode"] == SettingLine("mode", "test", "the command line")
    assert found["risk.daily_trades"] == SettingLine(
        "risk.daily_trades", "5", "environment variable SCALPER_RISK__DAILY_TRADES"
    )
    assert found["risk.max_positions"] == SettingLine("risk.max_positions", "2", str(file))
    assert found["risk.daily_loss"] == SettingLine("risk.daily_loss", "20000", "default")


def test_no_secret_is_written_down():
    secret = "s3cr3tvalue"
    keys = ("kite.api_key", "kite.api_secret", "kite.access_token")
    held = load_settings(overrides=dict.fromkeys(keys, secret), environment={})
    found = manifest_of(held, Mode.TEST, 1.0)
    assert secret not in repr(found)
    assert [one.value for one in found.settings if one.key in keys] == ["(given)"] * 3
    assert lines(load())["kite.api_key"].value == ""


def test_equal_values_are_equal_however_they_are_written():
    same = [load(risk__daily_loss=text) for text in ("20000", "20000.00", "2e4")]
    assert {lines(one)["risk.daily_loss"].value for one in same} == {"20000"}
    listed = [load(lists__deny=text) for text in ("A,B", " A , B ,")]
    assert {lines(one)["lists.deny"].value for one in listed} == {"A, B"}


@given(old=TEXTS, new=TEXTS)
def test_changes_lead_from_one_manifest_to_the_next(old: dict[str, str], new: dict[str, str]):
    found = changes(manifest(old), manifest(new))
    patched = dict(old)
    for change in found:
        assert patched.pop(change.key, "") == change.old != change.new
        if change.new:
            patched[change.key] = change.new
    assert patched == new
    assert not changes(manifest(new), manifest(new, wall_ns=9))


def test_another_build_is_a_change():
    (change,) = changes(
        manifest({}), manifest({}, build=Build(version="2", commit="f00", sources="abd"))
    )
    assert change == SettingChange(BUILD_KEY, "1 abc", "2 f00 abd", "the program")


def test_many_changes_are_one_line_of_the_log():
    changed = tuple(SettingChange(f"k{number}", "", "1", "") for number in range(6))
    assert changes_text(changed).endswith("k3 - -> 1; 2 more")
    assert changes_text(changed[:1]) == "changed since the last run: k0 - -> 1"


def test_the_digest_is_of_names_and_contents(tmp_path: Path):
    (tmp_path / "a.py").write_text("x = 1\n")
    first = digest(tmp_path)
    assert digest(tmp_path) == first
    (tmp_path / "a.py").write_text("x = 2\n")
    second = digest(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({first, second, digest(tmp_path)}) == 3


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path: Path):
    assert commit(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    assert commit(tmp_path) == "", "a broken checkout is none"


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_checkout_names_its_commit(tmp_path: Path):
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    for words in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    assert len(commit(tmp_path)) == 16


def test_a_run_keeps_its_settings_and_what_changed_since_the_last(tmp_path: Path):
    with live_run(tmp_path) as live:
        assert not [line for line in live.store.latest().log if "changed since" in line.text]
    first = last_manifest(tmp_path)
    assert first is not None
    assert (first.mode, first.broker, first.seed) == ("SIM", "sim", 1)
    assert first.build.sources == digest(PACKAGE)
    assert first.changed == ()
    with live_run(tmp_path):
        pass
    assert last_manifest(tmp_path).changed == ()
    with live_run(tmp_path, risk__daily_trades="3") as live:
        said = [line.text for line in live.store.latest().log if "changed since" in line.text]
        assert said == ["changed since the last run: risk.daily_trades 10 -> 3"]
    (change,) = last_manifest(tmp_path).changed
    assert change == SettingChange("risk.daily_trades", "10", "3", "the command line")


def write(state: Path, name: str, *manifests: Manifest) -> None:
    for number, one in enumerate(manifests):
        journal = Journal(folder_of(state) / name)
        journal.note(0, "between runs")
        journal.start(0, "SIM", f"R{number}", one)
        journal.close()


def test_changes_are_listed_with_who_when_old_and_new(tmp_path: Path, capsys):
    old, new = manifest({"risk.x": "1"}, 1), manifest({"risk.x": "2"}, 2)
    write(tmp_path, "sim-1.journal", old, new.after(old))
    third = manifest({"risk.x": "2"}, 3)
    write(tmp_path, "sim-2.journal", third.after(new))
    state = ("--set", f"state_dir={tmp_path}")
    assert main(("journal", "changes", *state)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("1970-01-01 ")
    assert line.endswith(" asha@desk SIM risk.x: 1 -> 2 (the file)")
    assert main(("journal", "changes", "--days", "3", *state)) == 0
    said = capsys.readouterr()
    assert said.out == "", "those are older"
    assert said.err.startswith("nothing changed: 0 runs in ")


def test_the_journal_shows_the_manifest(tmp_path: Path, capsys):
    write(tmp_path, "sim-1.journal", manifest({"risk.x": "1"}))
    assert main(("journal", "show", "--set", f"state_dir={tmp_path}")) == 0
    out = capsys.readouterr().out
    assert '"settings":[["risk.x","1","the file"]]' in out


def test_a_damaged_journal_hides_no_manifest_before_the_damage(tmp_path: Path):
    write(tmp_path, "sim-1.journal", manifest({"risk.x": "1"}, 5))
    path = folder_of(tmp_path) / "sim-1.journal"
    path.write_bytes(path.read_bytes() + b"garbage")
    found = last_manifest(tmp_path)
    assert found is not None
    assert found.wall_ns == 5
