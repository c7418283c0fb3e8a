"""Gardener's codemods run by libcst's own tool, as any command of libcst does."""

import importlib
import subprocess
from pathlib import Path

import libcst.tool
import pytest
from libcst.codemod import VisitorBasedCodemodCommand

from gardener.codemod.discovery import discover
from gardener.commands.codemods import by_libcst
from gardener.config import Config

KNOWN = discover(Config(Path(__file__).parent))
CASES = [(c.name, e) for c in KNOWN.values() for e in c.examples]
CLOCK = "from datetime import datetime\n\nx = datetime.utcnow()\n"
MENDED = "from datetime import datetime, timezone\n\nx = datetime.now(timezone.utc).replace(tzinfo=None)\n"


@pytest.fixture
def tool(tmp_path, monkeypatch, capfd):
    """tool(*words) -> (exit code, what it prints): one call of libcst's tool in an own repository."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)

    def call(*words):
        code = libcst.tool.main("libcst.tool", list(words))
        return code, "".join(capfd.readouterr())

    return call


def codemod(name, *words):
    """The words for one codemod, as its page gives them."""
    return [*by_libcst(name).split()[3:], "-j1", "--hide-progress", *words]


@pytest.mark.parametrize("name", KNOWN)
def test_the_module_of_each_codemod_shows_its_command(name):
    module, _, command = by_libcst(name).split()[-1].rpartition(".")
    face = importlib.import_module(module)
    assert issubclass(getattr(face, command), VisitorBasedCodemodCommand)
    assert {command, "TRANSFORMER"} <= set(dir(face))
    with pytest.raises(AttributeError, match=f"{module}.* has no attribute 'Other'"):
        _ = face.Other


@pytest.mark.parametrize(("name", "example"), CASES, ids=[f"{n}: {e.title}" for n, e in CASES])
def test_each_example_comes_out_as_by_gardener(tool, name, example):
    for file, text in {**example.files, "example.py": example.before}.items():
        Path(file).write_text(text)
    code, talk = tool(*codemod(name, "example.py"))
    after = example.before if example.after is None else example.after
    assert (Path("example.py").read_text(), code) == (after, 0), talk
    assert example.note in talk


def test_a_project_may_list_them_in_its_settings_of_libcst(tool):
    Path(".libcst.codemod.yaml").write_text("modules: [gardener.codemods]\nformatter: [cat]\n")
    Path("a.py").write_text(CLOCK)
    _, listed = tool("list")
    names = [line.partition(" - ")[0] for line in listed.splitlines()]
    assert names == sorted(by_libcst(name).rpartition("codemods.")[2] for name in KNOWN)
    tool("codemod", "utcnow.Utcnow", "-j1", "a.py")
    assert Path("a.py").read_text() == MENDED


KEPT_AWAY = [
    ('exclude = ["old/**"]', "old/a.py", True),
    ('exclude = ["old/**"]', "a.py", False),
    ('[tool.gardener.codemods.per-path-skip]\n"old/**" = ["utcnow"]', "old/a.py", True),
    ('[tool.gardener.codemods.per-path-skip]\n"old/**" = ["moved-names"]', "old/a.py", False),
    ("", "_vendor/a.py", True),
]


@pytest.mark.parametrize(("settings", "name", "stays"), KEPT_AWAY)
def test_the_settings_of_gardener_keep_it_away(tool, settings, name, stays):
    Path("pyproject.toml").write_text(f"[tool.gardener.codemods]\n{settings}\n")
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(CLOCK)
    _, talk = tool(*codemod("utcnow", name))
    assert file.read_text() == (CLOCK if stays else MENDED)
    assert ("the settings keep utcnow away" in talk) is stays


def test_settings_that_cannot_be_read_are_told(tool):
    Path("pyproject.toml").write_text("[tool.gardener.codemods]\nskipp = []\n")
    Path("a.py").write_text(CLOCK)
    code, talk = tool(*codemod("utcnow", "a.py"))
    assert (Path("a.py").read_text(), code) == (CLOCK, 1)
    assert "skipp" in talk
