"""The settings: what is refused and how, their JSON Schema, and how they are listed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from gardener.config import Config, load, parse
from gardener.config.listing import listing
from gardener.config.schema import at, schema
from gardener.config.tables import Settings
from gardener.errors import ConfigError
from gardener.model import Status
from gardener.toml import loads

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "configuration.md").read_text()
EXAMPLES = [
    example
    for example in re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    if "tool.gardener" in example
]
VALIDATOR = jsonschema.Draft202012Validator(
    schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)

STATUSES = ", ".join(Status)
WRONG = [
    # (settings, the sentence without its beginning)
    ("[tool.gardener]\nfail-onn = []", "unknown key `tool.gardener.fail-onn`; did you mean `fail-on`?"),
    ("[tool.gardener]\nfail_on = []", "unknown key `tool.gardener.fail_on`; did you mean `fail-on`?"),
    ("[tool.gardener.hook]\nqqqq = 1", "unknown key `tool.gardener.hook.qqqq` (known: focus, level, rerun-seconds, verify-seconds, verify-tests)."),
    ("[tool.gardener.hook]\nlevel = 'x'", "`tool.gardener.hook.level` must be one of unit, any, not 'x'."),
    ("[tool.gardener.hook]\nlevel = 1", "`tool.gardener.hook.level` must be one of unit, any, not 1."),
    ("[tool.gardener.hook]\nverify-tests = 0", "`tool.gardener.hook.verify-tests` must be a whole number of at least 1, not 0."),
    ("[tool.gardener.hook]\nverify-tests = true", "`tool.gardener.hook.verify-tests` must be a whole number of at least 1, not True."),
    ("[tool.gardener.hook]\nverify-seconds = -1", "`tool.gardener.hook.verify-seconds` must be a number of at least 0 and below 86400, not -1."),
    ("[tool.gardener.hook]\nverify-seconds = 86400", "`tool.gardener.hook.verify-seconds` must be a number of at least 0 and below 86400, not 86400."),
    ("[tool.gardener]\nfail-on = ['regresion']", f"`tool.gardener.fail-on[0]` must be one of {STATUSES}, not 'regresion'."),
    ("[tool.gardener]\nfail-on = 'new'", f"`tool.gardener.fail-on` must be a list with any of {STATUSES}, not 'new'."),
    ("[tool.gardener]\npytest-args = '-x'", "`tool.gardener.pytest-args` must be a list of strings, not '-x'."),
    ("[tool.gardener]\npytest-args = ['-x', 3]", "`tool.gardener.pytest-args[1]` must be a string, not 3."),
    (
        "[tool.gardener.record]\nremot = 's3://team/record'",
        "unknown key `tool.gardener.record.remot`; did you mean `remote`?",
    ),
    (
        "[tool.gardener.record]\nremote = 1",
        "`tool.gardener.record.remote` must be a string, not 1.",
    ),
    ("[tool.gardener]\nrecord = 1", "`tool.gardener.record` must be true or false, or a table, not 1."),
    ("[tool.gardener]\npython = 3", "`tool.gardener.python` must be a string, not 3."),
    ("[tool.gardener]\nhook = 3", "`tool.gardener.hook` must be a table, not 3."),
    ("[tool.gardener]\nfocus = { x = 1 }", "`tool.gardener.focus.x` must be a table, not 1."),
    ("[tool]\ngardener = 3", "`tool.gardener` must be a table, not 3."),
    ("[tool.gardener.focus.ok]\n[tool.gardener.focus.'a b']\nqqqq = 1", "unknown key `tool.gardener.focus.'a b'.qqqq` (known: imports, markers, names, paths)."),
    ("[tool.gardener.codemods.per-path-skip]\n'a' = ['utcnow']\n'b/**' = 'utcnow'", "`tool.gardener.codemods.per-path-skip.'b/**'` must be a list of strings, not 'utcnow'."),
    ("[[tool.gardener.codemods.deprecated-import]]\nfrom = 'a'", "`tool.gardener.codemods.deprecated-import[0]` needs the key `to`."),
    ("[[tool.gardener.codemods.deprecated-import]]\nsource = 'a'", "unknown key `tool.gardener.codemods.deprecated-import[0].source` (known: after, before, from, to)."),
    ("[[tool.gardener.priority]]\npaths = ['x']", "`tool.gardener.priority[0]` needs the key `priority`."),
    ("[[tool.gardener.priority]]\npriority = 'P0'\n[[tool.gardener.priority]]\npriority = 'P9'", "`tool.gardener.priority[1].priority` must be one of P0, P1, P2, P3, not 'P9'."),
    ("[tool.gardener]\npriority = {}", "`tool.gardener.priority` must be a list of tables ([[tool.gardener.priority]]), not {}."),
    ("[[tool.gardener.impact]]\nmarkers = []", "`tool.gardener.impact[0]` needs the key `text`."),
    ("[tool.gardener.github]\npriority-labels = ['a']", "`tool.gardener.github.priority-labels` must be a list of 4 strings, not ['a']."),
    ("[tool.gardener.focus.x]\nnames = ['a', '(']", "`tool.gardener.focus.x.names[1]` is not a regular expression: missing ), unterminated subpattern at position 0."),
    ("[tool.gardener.categories.x]\nmessage = '('", "`tool.gardener.categories.x.message` is not a regular expression: missing ), unterminated subpattern at position 0."),
]  # fmt: skip


def table(settings):
    return loads(settings)["tool"]["gardener"]


@pytest.mark.parametrize(("settings", "sentence"), WRONG, ids=[s.strip() for s, _ in WRONG])
def test_what_is_wrong_is_refused_by_name_and_by_the_schema(settings, sentence):
    with pytest.raises(ConfigError) as refused:
        parse(settings.encode(), Path())
    assert str(refused.value) == f"pyproject.toml: {sentence}"
    assert not VALIDATOR.is_valid(table(settings))


def test_no_number_is_no_number_of_seconds():
    """JSON has no nan, so no schema can refuse it."""
    with pytest.raises(ConfigError, match="verify-seconds` must be a number"):
        parse(b"[tool.gardener.hook]\nverify-seconds = nan\n", Path())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_the_examples_of_the_page_fit_the_schema(example):
    assert list(VALIDATOR.iter_errors(table(example))) == []


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()


def test_the_schema_explains_each_table_and_key_and_gives_each_default():
    whole = schema()
    assert whole["$schema"].endswith("2020-12/schema")
    tables = [whole, *(d for d in whole["$defs"].values() if d.get("type") == "object")]
    assert len(tables) == 16
    for part in tables:
        assert part["title"]
        assert part["description"]
        assert part["additionalProperties"] is False
        for key, rule in part["properties"].items():
            assert "_" not in key
            assert rule.get("description") or "$ref" in rule, key
            unset = key in part["required"] or (part["title"], key) == ("CategoryTable", "priority")
            assert ("default" in rule) is not unset, key


def test_the_defaults_of_the_schema_are_the_settings_without_any():
    defaults = {key: rule["default"] for key, rule in schema()["properties"].items()}
    assert VALIDATOR.is_valid(defaults)
    (empty,) = {repr(parse(b"[tool.gardener]\n", Path())), repr(Config(Path()))}
    import msgspec

    assert (
        repr(Config(Path(), **msgspec.structs.asdict(msgspec.convert(defaults, Settings)))) == empty
    )


def test_the_schema_below_a_path():
    assert at(("hook", "level"), schema())["enum"] == ["unit", "any"]
    assert "names" in at(("focus", "billing"), schema())["properties"]
    assert at(("priority", 3, "priority"), schema())["enum"] == ["P0", "P1", "P2", "P3"]


NASTY = """\
[tool.gardener]
pytest-args = ["-k", 'a "quoted" \\ word', "\\u007f é"]

[tool.gardener.focus."a b"]
names = ['\\d+']

[tool.gardener.codemods.per-path-skip]
"tests/**" = ["utcnow"]
"""


@pytest.mark.parametrize("settings", [*EXAMPLES, NASTY, "", "[tool.other]\n"])
def test_the_listing_says_the_same_settings(settings):
    config = parse(settings.encode(), Path())
    text = listing(config, settings.encode())
    again = parse(text.encode(), Path())
    assert again.focuses == config.focuses
    replaced = {name: getattr(again, name) for name in Settings.__struct_fields__}
    assert Config(Path(), **{**replaced, "focus_tables": config.focus_tables}) == config


def test_the_listing_tells_what_is_set():
    settings = b"[tool.gardener]\nrecord = false\n[tool.gardener.hook]\nfocus = 'websocket'\n"
    lines = listing(parse(settings, Path("/repo")), settings).splitlines()
    assert lines[0] == "# /repo/pyproject.toml sets what is not marked as default."
    assert "record = false" in lines
    assert 'focus = "websocket"' in lines
    assert 'level = "unit"  # default' in lines


def run(folder, *args):
    command = [sys.executable, "-m", "gardener", "config", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_command(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shown = run(tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "pyproject.toml is not there: these are the defaults." in shown.stdout
    (tmp_path / "pyproject.toml").write_text(shown.stdout)
    assert load(tmp_path).focuses == Config(tmp_path).focuses
    (tmp_path / "pyproject.toml").write_text("[tool.gardener.hook]\nlevel = 'x'\n")
    wrong = run(tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == f"gardener: {WRONG_LEVEL}\n"


WRONG_LEVEL = "pyproject.toml: `tool.gardener.hook.level` must be one of unit, any, not 'x'."


def test_the_command_prints_the_schema_anywhere(tmp_path):
    shown = run(tmp_path, "--schema")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert json.loads(shown.stdout) == schema()
