"""The options that name a change: one parser, one answer, whatever the command."""

import subprocess
from pathlib import Path

import click
import pytest
from gardener.hooks.commands.options import Change, requested_change
from gardener.hooks.commands.run import run
from gardener.hooks.commands.run_request import hook_change, in_repository, request_of

from gardener.cli import main
from gardener.config import load
from gardener.errors import ConfigError
from gardener.model import Mode

NONE = {"staged": False, "since": None, "worktree": False, "everything": False}
COMMANDS = (["run"], ["impacted"], ["why-not", "test_a.py::test_a"])
EMPTY_REF = (
    *([*command, "--since", ref] for command in COMMANDS for ref in ("", "  ", "\t\n")),
    ["bisect", "test_a.py::test_a", "--good", ""],
    ["bisect", "test_a.py::test_a", "--bad", " "],
)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "test_a.py").write_text("def test_a():\n    pass\n")
    (tmp_path / "tests/pages/[id]").mkdir(parents=True)
    (tmp_path / "tests/pages/[id]/test_b.py").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF", "PRE_COMMIT_REMOTE_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({}, None),
        ({"staged": True}, Change(Mode.STAGED)),
        ({"since": "main"}, Change(Mode.SINCE, "main")),
        ({"worktree": True}, Change(Mode.WORKTREE)),
        ({"everything": True}, Change(Mode.ALL)),
    ],
)
def test_the_change_that_options_name(options, change):
    assert requested_change(**{**NONE, **options}) == change


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"staged": True, "since": "main"}, "--staged and --since exclude each other."),
        ({"worktree": True, "everything": True}, "--worktree and --all exclude each other."),
        (
            {"staged": True, "since": "x", "worktree": True},
            "--staged and --since and --worktree exclude each other.",
        ),
    ],
)
def test_two_changes_are_none(options, text):
    with pytest.raises(click.UsageError) as refused:
        requested_change(**{**NONE, **options})
    assert refused.value.message == text


@pytest.mark.parametrize("args", EMPTY_REF, ids=repr)
def test_an_empty_ref_is_refused_in_one_sentence(repository, capsys, args):
    assert main(args) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines()[-1] == (
        f"Error: {args[-2]} is empty: name a commit, a branch or a tag."
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_excluding_options_are_refused_in_one_sentence(repository, capsys, command):
    assert main([*command, "--staged", "--worktree"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines()[-1] == "Error: --staged and --worktree exclude each other."


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_ref_that_does_not_exist_is_named(repository, capsys, command):
    assert main([*command, "--since", "no-such-branch"]) == 2
    assert "no-such-branch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "change"),
    [
        ({}, Change(Mode.STAGED)),
        ({"PRE_COMMIT_FROM_REF": "abc", "PRE_COMMIT_TO_REF": "def"}, Change(Mode.SINCE, "abc")),
        ({"PRE_COMMIT_FROM_REF": "0" * 40}, Change(Mode.ALL)),
        ({"PRE_COMMIT_FROM_REF": "", "PRE_COMMIT_TO_REF": "def"}, Change(Mode.ALL)),
        ({"PRE_COMMIT_REMOTE_NAME": "origin"}, Change(Mode.ALL)),
    ],
)
def test_a_git_hook_knows_its_change(repository, monkeypatch, environment, change):
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    assert hook_change() == change


UNSET = run.make_context("run", []).params
del UNSET["watch"]  # which is no part of the request
"""What the command gives where no option is typed."""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (Mode.ALL, (), "", "any")),
        ({"paths": ("test_a.py",)}, (Mode.GIVEN, ("test_a.py",), "", "any")),
        ({"hook": True}, (Mode.STAGED, (), "websocket", "unit")),
        ({"hook": True, "everything": True}, (Mode.ALL, (), "websocket", "unit")),
        (
            {"hook": True, "paths": ("test_a.py",)},
            (Mode.GIVEN, ("test_a.py",), "websocket", "unit"),
        ),
        ({"hook": True, "focus": "x", "level": "any"}, (Mode.STAGED, (), "x", "any")),
        ({"staged": True, "audit": True}, (Mode.STAGED, (), "", "any")),
    ],
)
def test_a_request_of_options(repository, options, expected):
    request = request_of(repository, {**UNSET, **options}, ("-x",))
    assert (request.mode, request.tests, request.focus, request.level) == expected
    assert (request.root, request.config) == (repository, load(repository))
    assert request.pytest_args == ("-x",)


@pytest.mark.parametrize("options", [{}, {"everything": True}, {"paths": ("test_a.py",)}])
def test_an_audit_needs_a_change(repository, options):
    with pytest.raises(click.UsageError, match="--audit needs a change"):
        request_of(repository, {**UNSET, **options, "audit": True}, ())


@pytest.mark.parametrize(
    ("folder", "path", "expected"),
    [
        (".", "test_a.py", "test_a.py"),
        (".", "./test_a.py::test_a[x::y]", "test_a.py::test_a[x::y]"),
        (".", "tests", "tests"),
        ("tests", "../test_a.py::TestA::test_a", "test_a.py::TestA::test_a"),
        ("tests/pages", "[id]/test_b.py::test_b[1]", "tests/pages/[id]/test_b.py::test_b[1]"),
    ],
)
def test_a_path_is_taken_from_the_current_folder(repository, monkeypatch, folder, path, expected):
    monkeypatch.chdir(repository / folder)
    assert in_repository(path, repository) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("test_no.py::test_a", "There is no 'test_no.py' here"),
        ("..", "lies outside of the repository"),
    ],
)
def test_a_path_that_is_no_test_of_the_repository(repository, path, text):
    with pytest.raises(ConfigError, match=text):
        in_repository(path, Path(repository))
