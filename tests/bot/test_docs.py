"""What docs/bot.md and docs/comment.html say is what gardener does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from botcases import make_finding, make_report

from gardener.reports import store as reports

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/bot.md").read_text()


def gardener(*args, cwd=None):
    done = subprocess.run(
        [sys.executable, "-m", "gardener", *args], cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", ["comment", "issues"])
def test_every_option_has_a_place_in_the_docs(command):
    options = set(re.findall(r"--[a-z][a-z-]+", gardener(command, "--help"))) - {"--help"}
    assert options <= set(re.findall(r"--[a-z][a-z-]+", PAGE))


def test_the_commands_without_a_token_run(tmp_path):
    reports.save(make_report(make_finding()), tmp_path / "report.json")
    block = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert block
    commands = [line.partition("#")[0].split() for line in block[1].splitlines()]
    shown = [words[1:] for words in commands if "--dry-run" in words]
    assert len(shown) == 3
    for words in shown:
        assert gardener(*words, cwd=tmp_path)


def test_the_picture_of_the_comment_is_what_the_renderer_makes(tmp_path):
    script = [sys.executable, TOP / "docs/render_comment.py", tmp_path / "comment.html"]
    subprocess.run(script, check=True)
    made, kept = (tmp_path / "comment.html").read_text(), (TOP / "docs/comment.html").read_text()
    assert "<h3>2 regressions · 2 unrelated</h3>" in made
    tags = [re.findall(r"<(\w+)", page) for page in (made, kept)]
    assert tags[0] == tags[1], "run python docs/render_comment.py"
