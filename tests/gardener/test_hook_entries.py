"""Hook entries go into an existing configuration without changing a line of it."""

from pathlib import Path

import pytest
import yaml

from gardener.setup.hook_entries import (
    _LOCAL,
    HOOKS,
    NotExtendableError,
    Source,
    extend_toml,
    extend_yaml,
    names_gardener,
)

try:
    import tomllib
except ImportError:
    import tomli as tomllib

TOP = Path(__file__).parents[2]
CLONE = Source("https://example.org/gardener", "v1.2.3")
INDEX = Source("", "test-gardener==1.2.3")

PLAIN = """\
# our hooks
repos:
- repo: https://example.org/black  # pinned
  rev: '24.1'
  hooks:
  - id: black
    # fast
"""
INDENTED = """\
exclude: ^vendored/
repos:

  # first
  - repo: local
    hooks:
      - id: x
        name: x
        entry: x
        language: system

# the service
ci:
  skip: [x]
"""


@pytest.mark.parametrize("source", [CLONE, INDEX], ids=["clone", "index"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\r\n"),
        INDENTED,
        "repos: []\n",
        "repos: []  # none yet\nfail_fast: true\n",
        "repos:\n",
        "---\nfail_fast: true\n...\n",
        "repos:\n-   repo: meta\n    hooks:\n    -   id: identity\n",
    ],
)
def test_extend_yaml_keeps_every_line(text, source):
    after = extend_yaml(text, source)
    left = iter(after.splitlines())
    for line in text.splitlines():
        wanted = line.replace("repos: []", "repos:")
        assert any(wanted == seen for seen in left), line
    before = yaml.safe_load(text) or {}
    parsed = yaml.safe_load(after)
    assert parsed["repos"][:-1] == (before.get("repos") or [])
    assert [hook["id"] for hook in parsed["repos"][-1]["hooks"]] == list(HOOKS)
    assert {k: v for k, v in parsed.items() if k != "repos"}.items() >= {
        k: v for k, v in before.items() if k != "repos"
    }.items()
    assert ("\r\n" in after) is ("\r\n" in text)
    assert after.endswith("\n")
    assert names_gardener(after)


@pytest.mark.parametrize(
    "text", ["repos: [{repo: meta, hooks: [{id: identity}]}]\n", "repos: *all\n"]
)
def test_a_flow_sequence_is_refused(text):
    with pytest.raises(NotExtendableError):
        extend_yaml(text, CLONE)


@pytest.mark.parametrize("source", [CLONE, INDEX], ids=["clone", "index"])
@pytest.mark.parametrize(
    "text", ["", 'fail_fast = true\n\n[[repos]]\nrepo = "meta"\nhooks = [{ id = "identity" }]']
)
def test_extend_toml(text, source):
    after = extend_toml(text, source)
    assert after.startswith(text)
    before = tomllib.loads(text).get("repos", [])
    repos = tomllib.loads(after)["repos"]
    assert repos[:-1] == before
    assert [hook["id"] for hook in repos[-1]["hooks"]] == list(HOOKS)
    assert names_gardener(after)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  - id: gardener-fix\n", True),
        ('  - {id: "gardener-run"}\n', True),
        ("  # - id: gardener-fix\n", False),
        ("  - id: gardener-fixer\n", False),
        ("", False),
    ],
)
def test_names_gardener(text, expected):
    assert names_gardener(text) is expected


def test_the_entries_say_what_the_manifest_says():
    manifest = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())
    told = {
        hook["id"]: {k: v for k, v in hook.items() if k not in ("id", "description")}
        for hook in manifest
    }
    assert told == _LOCAL


WIDE = """\
repos:
-   repo: https://example.org/a
    rev: '1'
    hooks:
    -   id: a
    # - repo: https://example.org/off
    #   rev: '2'
"""
INNER = """\
repos:
  - repo: https://example.org/a
    rev: v1
    hooks:
      - id: a
        args: [--x]

# the end of the list
default_stages: [pre-commit]
"""


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (WIDE, "-   repo: https://example.org/gardener\n    rev: v1.2.3\n    hooks:\n    -   id: "),
        (
            INNER,
            "  - repo: https://example.org/gardener\n    rev: v1.2.3\n    hooks:\n      - id: ",
        ),
    ],
)
def test_the_entry_looks_like_its_neighbours(text, written):
    after = extend_yaml(text, CLONE)
    assert f"{written}gardener-fix\n" in after
    assert yaml.safe_load(after)["repos"][-1]["repo"] == CLONE.repo


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("repos:\n- repo: [\n", "not valid YAML, line 3"),
        ("- repo: meta\n", "no block mapping"),
        ("x: &all []\nrepos: *all\n", "alias"),
        ("repos: 3\n", "on one line"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
    ],
)
def test_what_is_no_list_of_hooks_is_named(text, said):
    with pytest.raises(NotExtendableError, match=said):
        extend_yaml(text, CLONE)


@pytest.mark.parametrize(
    "text",
    [
        "repos = []\n",
        'repos = [{ repo = "meta", hooks = [{ id = "identity" }] }] # mine\n',
        '[[repos]]\nrepo = "meta"\nhooks = [{ id = "identity" }]\n\n[update] # late\na = 1\n',
        "# mine\r\nfail_fast = true\r\n",
    ],
)
@pytest.mark.parametrize("source", [CLONE, INDEX], ids=["clone", "index"])
def test_any_shape_of_prek_toml_is_extended(text, source):
    after = extend_toml(text, source)
    before, parsed = tomllib.loads(text), tomllib.loads(after)
    assert parsed["repos"][:-1] == before.get("repos", [])
    assert [hook["id"] for hook in parsed["repos"][-1]["hooks"]] == list(HOOKS)
    assert {k: v for k, v in parsed.items() if k != "repos"} == {
        k: v for k, v in before.items() if k != "repos"
    }
    assert text.count("#") == after.count("#")
    assert ("\r\n" in after) is ("\r\n" in text)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text


@pytest.mark.parametrize("text", ["repos = 3\n", "[repos]\n", "[repos\n"])
def test_a_prek_toml_without_a_list_is_named(text):
    with pytest.raises(NotExtendableError):
        extend_toml(text, CLONE)
