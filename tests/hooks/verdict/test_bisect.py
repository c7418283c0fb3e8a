"""`gardener bisect` on real histories, held against what git bisect itself would say."""

import sys

import pytest

from gardener.cli import main

GOOD = "def f():\n    return 1\n"
BAD = "def f():\n    return 2\n"
BROKEN = "def f(:\n"
TEST = "from app import f\n\ndef test_f():\n    assert f() == 1\n"
NODE = "test_app.py::test_f"


def bisect(*args):
    return main(["bisect", *args, "--python", sys.executable])


@pytest.fixture
def line(repository):
    """A history of one line; `grow` adds commits with these contents of app.py."""
    repository.commit({"test_app.py": TEST, "app.py": GOOD, ".gitignore": "__pycache__\n"})

    def grow(*contents):
        return [
            repository.commit({"app.py": text, "n.txt": str(n)}, f"change {n}")
            for n, text in enumerate(contents)
        ]

    repository.grow = grow
    return repository


def test_the_first_bad_commit_by_finding_and_by_nodeid(line, capsys):
    shas = line.grow(GOOD, GOOD, BAD, BAD, BAD)
    ran = line.run("--all")
    slug = line.slug(ran)
    capsys.readouterr()
    report = str(line.root.parent / "report.json")
    before = line.git("status", "--porcelain"), line.git("rev-parse", "HEAD")
    assert bisect(slug, report) == 0
    seen = capsys.readouterr()
    last = seen.out.splitlines()[-1]
    assert last.startswith(shas[2][:7]) and last.endswith("change 2 is the first bad commit")
    assert ": good (" in seen.err and ": bad (" in seen.err
    assert before == (line.git("status", "--porcelain"), line.git("rev-parse", "HEAD"))
    assert len(line.worktrees()) == 1 and not line.git("for-each-ref", "refs/bisect")
    assert bisect(NODE, "--good", "HEAD~4") == 0
    assert "change 2 is the first bad commit" in capsys.readouterr().out
    assert main(["history", NODE]) == 0
    assert "bisect" in capsys.readouterr().out


def test_commits_that_cannot_be_tested_are_skipped_and_named(line, capsys):
    shas = line.grow(GOOD, BROKEN, BROKEN, BAD)
    assert bisect(NODE) == 1
    seen = capsys.readouterr()
    last = seen.out.splitlines()[-1]
    assert last.startswith("the first bad commit is one of: ")
    assert all(sha[:7] in last for sha in shas[1:]) and shas[0][:7] not in last
    assert ": skip (" in seen.err


def test_what_was_bad_from_the_first_commit(repository, capsys):
    sha = repository.commit({"test_app.py": TEST, "app.py": BAD})
    repository.commit({"x": "1"})
    assert bisect(NODE) == 0
    out = capsys.readouterr().out
    assert out.startswith(sha[:7]) and "first commit and is bad already" in out


def test_a_test_that_was_added_failing(line, capsys):
    line.grow(GOOD)
    line.commit({"test_more.py": "def test_more():\n    assert 1 == 5\n"}, "add it")
    line.grow(GOOD)
    assert bisect("test_more.py::test_more") == 0
    assert "add it is the first bad commit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((NODE,), "does not fail at"),
        (("no-such-thing",), "is not a nodeid"),
        ((NODE, "--bad", "nowhere"), "There is no commit 'nowhere'"),
        (("x", "missing.json"), "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence(line, capsys, args, said):
    assert bisect(*args) == 2
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err
    assert len(line.worktrees()) == 1


def test_bytecode_of_the_commit_before_is_not_run(line, capsys):
    """Python tells sources apart by size and second: two commits of one second look alike."""
    line.commit({"test_app.py": TEST.replace("== 1", "== 1 and sys.dont_write_bytecode")})
    line.commit({"test_app.py": "import sys\n" + (line.root / "test_app.py").read_text()})
    shas = line.grow(GOOD, BAD)
    assert bisect(NODE, "--good", "HEAD~1") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(shas[1][:7]) and last.endswith("change 1 is the first bad commit")
