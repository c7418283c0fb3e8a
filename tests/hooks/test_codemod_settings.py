"""What `gardener fix` knows of its settings without decoding them is what decoding says."""

import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.fix.codemod_settings import DEFAULTS, load, load_quickly, values_of

from gardener.config import Codemods, Config, parse
from gardener.config import load as decode
from gardener.errors import ConfigError

WHOLE = """\
[tool.gardener]
python = ".venv/bin/python"

[tool.gardener.codemods]
utcnow = "aware"
prefer-utc = true
folder = "tools/codemods"
skip = ["utcnow"]
exclude = ["vendor/**"]
per-path-skip = { "tests/**" = ["utcnow"] }

[[tool.gardener.codemods.deprecated-import]]
from = "old:a"
to = "new:a"
before = "a($x, 1)"
after = "a($x)"
"""

PLAIN = [
    "",
    "[project]\nname = 'x'\n",
    "# gardener is not used\n",
    "[tool.gardener]\n",
    "[tool.gardener.codemods]\nskip = []\n",
    "[tool.gardener.codemods]\nskip = ['utcnow']\nexclude = ['vendor/**']\n",
]
DECODED = [
    WHOLE,
    "[tool.gardener]\nrecord = false\n",
    "[tool.gardener.hook]\nfocus = ''\n",
    "[tool.gardener.codemods]\nfolder = 'x'\n",
]
WRONG = [
    "[tool.gardener",
    "tool = 1 # gardener\n",
    "[tool]\ngardener = 1\n",
    "[tool.gardener]\ncodemods = 1\n",
    "[tool.gardener.codemods]\nskip = 'utcnow'\n",
    "[tool.gardener.codemods]\nskip = [1]\n",
    "[tool.gardener.codemods]\nskipp = []\n",
    "[tool.gardener]\nrecordd = true\n",
]


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def same(config: Config, decoded: Config) -> bool:
    about = (config.root, config.python, values_of(config))
    return about == (decoded.root, decoded.python, values_of(decoded))


def test_the_defaults_are_those_of_the_struct():
    assert values_of(Config(Path())) == DEFAULTS
    assert tuple(DEFAULTS) == Codemods.__struct_fields__


@pytest.mark.parametrize("settings", PLAIN)
def test_plain_settings_need_no_decoding(repo, settings):
    (repo / "pyproject.toml").write_text(settings)
    quick = load_quickly(repo)
    assert quick is not None
    assert same(quick, decode(repo))
    assert not (repo / ".git" / "gardener").exists()


def test_without_the_file_they_are_the_defaults(repo):
    assert same(load_quickly(repo), Config(repo))


@pytest.mark.parametrize("settings", DECODED)
def test_what_was_decoded_is_remembered_until_the_file_changes(repo, settings):
    path = repo / "pyproject.toml"
    path.write_text(settings)
    assert load_quickly(repo) is None
    assert same(load(repo), decode(repo))
    remembered = load_quickly(repo)
    assert remembered is not None
    assert same(remembered, decode(repo))
    for rule, decoded in zip(
        remembered.codemods.deprecated_import,
        decode(repo).codemods.deprecated_import,
        strict=True,
    ):
        assert (rule.source, rule.after) == (decoded.source, decoded.after)
    path.write_text(settings + "# one more line\n")
    assert load_quickly(repo) is None


@pytest.mark.parametrize("settings", WRONG)
def test_what_is_wrong_is_never_taken_as_it_stands(repo, settings):
    (repo / "pyproject.toml").write_text(settings)
    assert load_quickly(repo) is None
    with pytest.raises(ConfigError) as refused:
        load(repo)
    with pytest.raises(ConfigError) as decoded:
        parse(settings.encode(), repo)
    assert str(refused.value) == str(decoded.value)
    assert load_quickly(repo) is None


@pytest.mark.parametrize("damaged", [b"", b"nonsense", b"\xf3", b"(\x02\x00\x00\x00NN"])
def test_a_damaged_store_is_ignored(repo, damaged):
    (repo / "pyproject.toml").write_text(WHOLE)
    load(repo)
    (repo / ".git" / "gardener" / "fix-settings").write_bytes(damaged)
    assert load_quickly(repo) is None
    assert same(load(repo), decode(repo))


def test_a_file_that_cannot_be_read_is_named(repo):
    (repo / "pyproject.toml").mkdir()
    assert load_quickly(repo) is None
    with pytest.raises(ConfigError, match=r"pyproject\.toml cannot be read"):
        load(repo)


def test_from_the_second_run_on_nothing_is_decoded(repo):
    (repo / "pyproject.toml").write_text(WHOLE)
    (repo / "a.py").write_text("x = 1\n")

    def imported() -> str:
        command = [sys.executable, "-X", "importtime", "-m", "gardener", "fix", "a.py"]
        done = subprocess.run(command, cwd=repo, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert "msgspec" in imported()
    assert "msgspec" not in imported()
