"""What a log, a worklog and a page must not do: command a CI runner, mention people, link issues."""

import html
import os
import re
import subprocess
import sys

import cmarkgfm
import pytest

from gardener.disarm import disarmed
from gardener.render.markdown import code, fence, inline

COMMANDS = re.compile(r"^(?:\x1b\[[\d;]*m|\s)*::|##\[|##vso\[|##teamcity\[", re.MULTILINE)
EVIL = "\n".join((
    "::error file=a.py::pwned",
    "  ::set-output name=a::b",
    "##vso[task.setvariable variable=x]y",
    "a ##teamcity[message text='x'] b",
    "##[error]x",
    "\u2028::warning::x",
))  # fmt: skip


@pytest.mark.parametrize(
    "text", [*EVIL.split("\n"), EVIL, "\x1b[31m::error::x", "x\r\n\t::stop::x"]
)
def test_a_command_of_a_runner_is_none_any_more(text):
    assert not COMMANDS.search(disarmed(text))


@pytest.mark.parametrize("text", ["tests/t.py::test_a", "a::b", "# Heading", "## Heading [x]", ""])
def test_what_is_no_command_stays(text):
    assert disarmed(text) == text


@pytest.mark.parametrize("write", [fence, code, inline])
def test_markdown_holds_no_command(write):
    assert not COMMANDS.search(write(EVIL))


@pytest.mark.parametrize("text", ["@octo/team", "see #12", "GH-7", "octo/chat#3"])
def test_words_mention_nobody_and_link_nothing(text):
    assert not re.search(r"@\w|#\d|GH-\d", inline(text).replace("&#8203;", "\0"))


@pytest.mark.parametrize("text", ["0) x", "12. x", "- x", "+ x", "* x", "===", "---", "# x", "> x"])
def test_words_make_no_list_heading_or_rule(text):
    page = cmarkgfm.github_flavored_markdown_to_html(f"above\n{inline(text)}\n\n- {inline(text)}\n")
    tags = re.findall("<(\\w+)", page)
    assert tags == ["p", "ul", "li"]
    assert html.unescape(page).count(text) == 2


def test_the_log_of_a_run_commands_no_runner(tmp_path):
    words = EVIL.replace("\u2028", "\n")
    test = f"import pytest\ndef test_a():\n    pytest.fail({words!r})\ndef test_b():\n    assert {words!r} == ''\n"
    (tmp_path / "test_evil.py").write_text(test)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    gardener = [sys.executable, "-m", "gardener"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    run = subprocess.run(
        [*gardener, "run", "--all", "--python", sys.executable, "--report", "r.json", "--color"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stderr
    assert "pwned" in run.stdout
    assert not COMMANDS.search(run.stdout)
    for shape in ("text", "worklog", "markdown"):
        shown = subprocess.run(
            [*gardener, "report", "r.json", "--format", shape],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert not COMMANDS.search(shown), shape
