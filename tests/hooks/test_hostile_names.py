"""Names of files that a CI runner would take for commands, or that break a line: none reaches a log."""

import os
import re
import subprocess
import sys

import pytest

TEXT = "import datetime\n\ndef test_x():\n    assert datetime.datetime.utcnow()\n"
NAMES = ("a\n::error::pwned.py", "::error::pwned.py", "##vso[task.x]y.py", "a ##teamcity[x].py")
TESTS = ("test_a\n::error::pwned.py", "::error::pwned_test.py", "test_##vso[task.x]y.py")
ODD = "a\n::error::b"
OBEYED = re.compile(
    r"^(?:\x1b\[[\d;]*m|[^\S\n])*::(?!(?:warning|notice) file=)|##vso\[|##teamcity\[", re.MULTILINE
)


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path):
    for name in (*NAMES, *TESTS):
        (tmp_path / name).write_text(TEXT)
    (tmp_path / "te\x1b[31m.py").write_text(TEXT)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    for name in (*NAMES, *TESTS):
        (tmp_path / name).write_text(TEXT.replace("utcnow()", "utcnow() == 1"))
    git(tmp_path, "add", "-A")
    return tmp_path


def run(root, *words):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI"))}
    command = [sys.executable, "-m", "gardener", *words]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


FIXES = (["--check"], ["--diff"], *(["--check", "--format", f] for f in ("concise", "json")))
SHOWN = (
    *(["fix", *options] for options in FIXES),
    *(["impacted", "--staged", "--format", f] for f in ("nodeids", "json", "explain")),
    ["plan", "--staged", "--shards", "2", "--format", "json"],
    ["why-not", TESTS[0], "--staged"],
)


@pytest.mark.slow
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_a_hostile_name_is_no_command_and_no_line_of_its_own(project, words):
    code, out, err = run(project, *words)
    assert code in (0, 1), err
    assert "pwned" in out + err
    assert not OBEYED.search(out), out
    assert not OBEYED.search(err), err
    assert "\x1b" not in out + err


@pytest.mark.slow
def test_a_diff_of_hostile_names_is_what_git_applies(project):
    diff = run(project, "fix", "--diff")[1]
    subprocess.run(["git", "apply", "--check", "-"], cwd=project, input=diff, text=True, check=True)
    code, out, _ = run(project, "fix", "--format", "github")
    assert code == 1
    lines = out.splitlines()
    assert all(re.match(r"::(notice|warning) file=", line) for line in lines)
    assert "file=a%0A%3A%3Aerror%3A%3Apwned.py" in out


@pytest.mark.parametrize(
    "words",
    [
        ["report", f"{ODD}.json"],
        ["run", "--since", ODD],
        ["bisect", ODD],
        ["categories", ODD],
        ["record", "pull", f"{ODD}.record"],
        [ODD],
    ],
    ids=lambda words: words[0] if words[0] != ODD else "command",
)
def test_a_hostile_word_of_the_command_line_is_one_sentence(tmp_path, words):
    git(tmp_path, "init", "-q")
    code, out, err = run(tmp_path, *words)
    assert code == 2
    assert out == ""
    assert not OBEYED.search(err), err
