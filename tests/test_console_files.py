"""Theme and keymap files: what is refused, and whether the message helps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from console_rig import console
from console_snapshots import killed, snapshot, stage
from rich.style import Style
from textual.color import Color

from tui_scalper.core.commands import Arm
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.keymap import (
    ACTIONS,
    Context,
    Keymap,
    KeymapError,
    default_keymap,
    key_label,
)
from tui_scalper.keymap_file import find_keymap, load_keymap, preset_names
from tui_scalper.keytester import KeyTester, report, sheet_lines, wanted_keys
from tui_scalper.wardrobe import next_palette
from tui_scalper.widgets.palette import (
    DEFAULT_THEME,
    Role,
    ThemeError,
    load_palette,
    packaged_themes,
    theme_files,
)

READABLE = 4.5
"""Contrast of text that WCAG 2.2 asks for at level AA."""


@pytest.fixture
def keymap_file(tmp_path):
    def write(text: str):
        path = tmp_path / "keys.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", tuple(theme_files([packaged_themes()])))
def test_packaged_theme_loads(name):
    palette = load_palette([packaged_themes()], name)
    assert set(palette.styles) == set(Role)


def brightness(colour: Color) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = (one / 255 for one in colour.rgb)
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Of two colours, by WCAG 2.2: from 1 (the same) to 21."""
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ("sky-orange", "classic", "light", "mono"))
def test_every_word_of_a_theme_can_be_read(name):
    palette = load_palette([packaged_themes()], name)
    for role, style in palette.styles.items():
        grounds = [palette.ground(role)]
        if style.bgcolor is None:
            grounds += [palette.ground(ground) for ground in (Role.PANEL, Role.STRIP)]
        ink = Color.from_rich_color(style.color) if style.color else Color.parse(palette.foreground)
        for ground in grounds:
            assert contrast(ink, Color.from_rich_color(ground)) >= READABLE, (role, ground)


def test_the_five_themes_are_there_and_the_default_comes_first():
    names = tuple(theme_files([packaged_themes()]))
    assert names[0] == DEFAULT_THEME
    assert set(names) == {"sky-orange", "classic", "light", "mono", "ansi16"}


def broken_theme(tmp_path, old: str, new: str):
    source = packaged_themes() / "sky-orange.toml"
    text = source.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[roles]", "[rolls]", "table [roles] is missing"),
        ('alarm = "bold #ffffff on #c2410c"', 'alarm = "bold #zzzzzz"', "roles.alarm"),
        ('alarm = "bold #ffffff on #c2410c"', "alarm = 3", "roles.alarm"),
        ('alarm = "', 'alarn = "', "did you mean 'alarm'"),
        ('background = "#0f1419"', 'background = "nocolour"', "screen.background"),
        ('background = "#0f1419"', "ansi = 1", "screen.ansi"),
        ("[screen]", "[screen", "correct the file"),
    ],
)
def test_broken_theme_names_file_and_key(tmp_path, old, new, words):
    folder = broken_theme(tmp_path, old, new)
    with pytest.raises(ThemeError) as caught:
        load_palette([folder], "mine")
    message = str(caught.value)
    assert words in message and "mine.toml" in message and "\n" not in message


def test_unknown_theme_lists_the_known():
    with pytest.raises(ThemeError, match="light"):
        load_palette([packaged_themes()], "nosuch")


async def test_themes_change_in_place_and_a_broken_one_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a long path would fill the line
    for name in ("sky-orange", "mono"):
        shutil.copy(packaged_themes() / f"{name}.toml", tmp_path)
    (tmp_path / "zz.toml").write_text("[screen]\n", encoding="utf-8")
    async with console(themes=(Path(),)) as rig:
        await rig.press("T")
        assert rig.line(-1).startswith(" · theme mono")
        await rig.press("T")
        told = " ! theme sky-orange; passed over: theme file zz.toml: table [roles] is missing"
        assert rig.line(-1).startswith(told)


def test_where_no_file_is_a_theme_the_one_in_force_stays(tmp_path):
    (tmp_path / "zz.toml").write_text("[screen]\n", encoding="utf-8")
    with pytest.raises(ThemeError, match="zz"):
        next_palette([tmp_path], "gone")


def test_a_theme_takes_what_it_leaves_out_from_its_base(tmp_path):
    folders = [packaged_themes(), tmp_path]
    light = load_palette(folders, "light")
    files = {
        "mine": 'base = "light"\n[roles]\nbid = "#ff00aa"\n',
        "more": 'base = "mine"\n[screen]\nbackground = "#eeeeee"\n',
        "self": 'base = "self"\n',
        "ring": 'base = "ring2"\n',
        "ring2": 'base = "ring"\n',
        "lost": 'base = "ligt"\n',
    }
    for name, words in files.items():
        (tmp_path / f"{name}.toml").write_text(words, encoding="utf-8")
    mine, more = load_palette(folders, "mine"), load_palette(folders, "more")
    assert mine.styles == {**light.styles, Role.BID: Style.parse("#ff00aa")}
    assert (mine.name, mine.background) == ("mine", light.background)
    assert (more.background, more.styles) == ("#eeeeee", mine.styles)
    for name, words in (("self", "another"), ("ring", "another"), ("lost", "mean 'light'")):
        with pytest.raises(ThemeError, match=words):
            load_palette(folders, name)


def test_a_dropped_in_theme_is_found_and_replaces_one_of_its_name(tmp_path):
    source = (packaged_themes() / "sky-orange.toml").read_text(encoding="utf-8")
    for name in ("mine", "mono"):
        (tmp_path / f"{name}.toml").write_text(source, encoding="utf-8")
    folders = [packaged_themes(), tmp_path]
    assert theme_files(folders)["mono"] == tmp_path / "mono.toml"
    assert load_palette(folders, "mine").background == "#0f1419"
    with pytest.raises(ThemeError, match="did you mean 'mine'"):
        load_palette(folders, "min")
    assert theme_files([tmp_path / "none"]) == {}


@pytest.mark.parametrize("name", preset_names())
def test_presets_keep_every_action_within_reach(name):
    keymap = find_keymap(name)
    for action in ACTIONS:
        for key in keymap.keys_of(action.id):
            for context in (Context.MAIN, Context.STAGE):
                if context & action.context:
                    assert keymap.find(context, key) is action


def test_a_file_may_begin_with_a_preset(keymap_file):
    keymap = find_keymap(str(keymap_file('base = "vim"\n[keys]\n"operator.arm" = "A"')))
    assert keymap.find(Context.STAGE, "k") is keymap.find(Context.STAGE, "up")
    assert keymap.keys_of("operator.arm") == ("A",)
    with pytest.raises(KeymapError, match="presets are default, astras-scalper, kite, vim"):
        find_keymap(str(keymap_file('base = "emacs"')))
    with pytest.raises(KeymapError, match="did you mean 'vim'"):
        find_keymap("vi")


@pytest.mark.parametrize(("shown", "name"), [("Esc", "escape"), ("PgDn", "pagedown"), ("↑", "up")])
def test_a_key_may_be_called_as_the_screen_shows_it(keymap_file, shown, name):
    unbound = 'base = "default"\n[keys]\n"stage.drop" = "backspace"\n"move.page_down" = "insert"\n'
    freed = unbound + '"move.up" = "k"\n"stage.price_up" = "F5"\n"auto.pause" = "p"\n'
    keymap = find_keymap(str(keymap_file(f'{freed}"view.help" = "{shown}"')))
    assert keymap.keys_of("view.help") == (name,)
    assert keymap.keys_of("stage.price_up") == ("f5",)


def test_default_keys_do_not_clash():
    keymap = default_keymap()
    for action in ACTIONS:
        for key in action.keys:
            for context in (Context.MAIN, Context.STAGE):
                if context & action.context:
                    assert keymap.find(context, key) is action


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\n"operator.arn" = "A"', "did you mean 'operator.arm'"),
        ('[keys]\n"operator.arm" = "b"', "already taken by"),
        ('[keys]\n"operator.arm" = "ctrl+s"', "reserved"),
        ('[keys]\n"operator.arm" = "alt+a"', "reserved"),
        ('[keys]\n"operator.arm" = "f10"', "reserved"),
        ('[keys]\n"operator.arm" = "~"', "reserved"),
        ('[keys]\n"operator.arm" = "ctrl+q"', "reserved"),
        ('[keys]\n"operator.arm" = "pagdown"', "did you mean 'pagedown'"),
        ('[keys]\n"operator.arm" = "ä"', "unknown key"),
        ('[keys]\n"stage.buy" = "B"', "is a capital"),
        ('[keys]\n"operator.arm" = []', "needs a key"),
        ('[keys]\n"operator.arm" = [3]', "no key name"),
        ('[kees]\n"operator.arm" = "A"', "the table is [keys]"),
        ("keys = 3", "must be a table"),
        ("[keys", "correct the file"),
    ],
)
def test_refused_keymaps_name_file_and_key(keymap_file, text, words):
    with pytest.raises(KeymapError) as caught:
        load_keymap(keymap_file(text))
    message = str(caught.value)
    assert words in message and "keys.toml" in message and "\n" not in message


def test_every_fault_of_a_keymap_is_named_at_once(keymap_file):
    text = (
        'base = "emacs"\n[kees]\n[keys]\n"operator.arn" = "A"\n"operator.disarm" = "ctrl+s"\n'
        '"stage.buy" = ["B", "pagdown"]\n"auto.pause" = "e"\n'
    )
    with pytest.raises(KeymapError) as caught:
        load_keymap(keymap_file(text))
    head, *lines = str(caught.value).splitlines()
    assert "keys.toml" in head and head.endswith("7 faults")
    for line, words in zip(
        lines,
        (
            "[kees]",
            "'emacs'",
            "'operator.arm'",
            "reserved",
            "'B' is a capital",
            "did you mean 'pagedown'",
            "key 'e' of 'exit.break_even' is already taken by 'auto.pause'",
        ),
        strict=True,
    ):
        assert words in line


def test_missing_keymap_file_is_told(tmp_path):
    with pytest.raises(KeymapError, match=r"none\.toml"):
        load_keymap(tmp_path / "none.toml")


def test_quit_keeps_its_control_keys(keymap_file):
    keymap = load_keymap(keymap_file('[keys]\n"app.quit" = "Q"'))
    assert keymap.keys_of("app.quit") == ("Q", "ctrl+q", "ctrl+c")


def test_one_key_may_serve_both_contexts():
    keys = {action.id: action.keys for action in ACTIONS}
    with pytest.raises(KeymapError, match=r"'stage\.send'"):
        Keymap({**keys, "stage.price_up": ("enter",)})
    assert Keymap(keys).find(Context.STAGE, "enter") is not Keymap(keys).find(Context.MAIN, "enter")


async def test_a_rebound_key_acts_and_is_shown(keymap_file):
    path = keymap_file('[keys]\n"operator.arm" = "A"\n')
    async with console(keymap=str(path)) as rig:
        await rig.press("a")
        assert rig.commands() == []
        await rig.press("A")
        assert [type(one) for one in rig.commands()] == [Arm]
        await rig.show(snapshot(2))
        rig.seconds += 10
        rig.app.frame()
        await rig.pilot.pause()
        assert " A arm " in rig.line(-1)


def test_the_key_tester_says_what_came_and_what_did_not():
    keymap = default_keymap()
    every = wanted_keys(keymap)
    drawn = sheet_lines(keymap, ["a", "ctrl+s", "Q"], frozenset({"a"}), 80)
    words = ["".join(word for word, _ in line) for line in drawn]
    assert f"{len(every) - 2} of {len(every) - 1} not heard" in words[0]
    assert "'a': operator.arm" in words[1]
    assert "reserved for the terminal" in words[2] and "not bound" in words[3]
    assert any("✓ a" in line for line in words)
    assert "F9 (kill.latch)" in report(keymap, frozenset(every) - {"f9"})
    assert report(keymap, frozenset(every)) == "every key arrives"


async def test_the_key_tester_ends_by_control_c_and_when_every_key_came():
    palette = load_palette([packaged_themes()], DEFAULT_THEME)
    tester = KeyTester(default_keymap(), palette)
    async with tester.run_test(size=(80, 24)) as pilot:
        await pilot.press("a", "ctrl+q", "f9", "ctrl+c")
        assert tester.seen == {"a", "ctrl+q", "f9"}
    assert not tester.is_running


@pytest.mark.parametrize("name", preset_names())
async def test_the_strip_names_the_keys_of_the_keymap(name):
    keymap = find_keymap(name)
    now = snapshot(operator=OperatorState.STAGED, stage=stage())
    async with console(now, keymap=name, size=(160, 45)) as rig:
        join, take = keymap.label("stage.join"), keymap.label("stage.take")
        up, down = keymap.label("stage.price_up"), keymap.label("stage.price_down")
        assert f"Enter send  Esc drop  {join} join {take} take  {up} {down} price" in rig.text()
        assert "1..5 10 25 50 75 100 %" in rig.text()


async def test_the_kill_latch_names_the_key_that_releases_it(keymap_file):
    path = keymap_file('[keys]\n"kill.reset" = "delete"')
    async with console(killed(), keymap=str(path)) as rig:
        assert f"released with {key_label('delete')} and the word RESET" in rig.text()
