"""Every kind of change between two trees, and every bad input, by what it selects."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.errors import GitError

CODE = (
    '__version__ = "1"\nLIMIT = 1\n\n'
    "def alpha(x=1):\n    return x\n\ndef beta():\n    return LIMIT\n\n"
    "class Base:\n    size = 1\n\n    def told(self):\n        return self.size\n\n"
    "class Child(Base):\n    pass\n"
)
TESTS = (
    "import m\n\ndef test_alpha():\n    assert m.alpha()\n\ndef test_beta():\n    assert m.beta()\n\n"
    "def test_child():\n    assert m.Child().told()\n\ndef test_version():\n    assert m.__version__\n\n"
    "def test_none():\n    pass\n"
)
FILES = {
    "m.py": CODE,
    "test_m.py": TESTS,
    "other.py": "def gamma():\n    return 1\n",
    "test_other.py": "import other\n\ndef test_gamma():\n    assert other.gamma()\n",
}
ALPHA, BETA, CHILD, VERSION = (
    f"test_m.py::test_{n}" for n in ("alpha", "beta", "child", "version")
)
BETTER = CODE.replace("return LIMIT", "return LIMIT + 1")
GAMMA = "def gamma():\n    return 2\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return x\n", "return x  # why\n", []),
        ("return x\n", "return x + 1\n", [ALPHA]),
        ("x=1", "x=2", [ALPHA]),  # the signature
        (
            "def alpha",
            "import functools\n\n@functools.cache\ndef alpha",
            [ALPHA],
        ),  # known for no more
        ("def alpha", "def keep(f):\n    return f\n\n@keep\ndef alpha", "ALL"),  # it runs at once
        ("size = 1", "size = 2", [CHILD]),  # an attribute of a class
        ("Child(Base)", "Child(Base, dict)", ["test_m.py"]),  # so does making a class
        ("LIMIT = 1", "LIMIT = 2", [BETA]),
        ("'1'", "'2'", [VERSION]),
        ("\nclass Child", "\ndef more():\n    return 1\n\nclass Child", []),
        ("    pass\n", "    def told(self):\n        return 3\n", [CHILD]),  # it overrides
        (
            "    pass\n",
            "    def untold(self):\n        return 3\n",
            [CHILD],
        ),  # who knows who calls it
        ("LIMIT = 1", "LIMIT = 1\nprint(1)", ["test_m.py"]),
        ("LIMIT = 1", "LIMIT = 1\nimport missing", ["test_m.py"]),
    ],
)
def test_by_symbol(repository, old, new, expected):
    files = {**FILES, "m.py": CODE.replace('"', "'")}
    assert repository.tests_of(files, "m.py", old, new) == expected


def test_a_file_that_is_partly_staged(repository):
    repository.commit(FILES)
    repository.stage({"m.py": BETTER})
    repository.write({"m.py": BETTER.replace("return x\n", "return x + 1\n")})
    assert repository.tests() == [BETA]
    assert repository.tests("worktree") == [ALPHA, BETA]
    # Taken back on the disk only: what is committed is what is staged.
    repository.write({"m.py": CODE})
    assert repository.tests() == [BETA]
    assert repository.tests("worktree") == []


def test_a_rename_selects_those_who_use_the_old_name(repository):
    repository.commit(FILES)
    repository.git("mv", "other.py", "another.py")
    assert repository.tests() == ["test_other.py"]


def test_a_renamed_test_runs_under_its_new_name(repository):
    repository.commit(FILES)
    repository.git("mv", "test_other.py", "test_another.py")
    assert repository.tests() == ["test_another.py"]


def test_deletion(repository):
    repository.commit(FILES)
    repository.git("rm", "-q", "other.py")
    assert repository.tests() == ["test_other.py"]
    repository.git("rm", "-q", "test_other.py")
    assert repository.tests() == []


def test_a_mode_concerns_those_who_name_the_file(repository):
    runs = "import subprocess\n\ndef test_tool():\n    subprocess.run(['./tool.py'])\n"
    repository.commit({**FILES, "tool.py": "X = 1\n", "test_tool.py": runs})
    for path in ("m.py", "tool.py"):
        repository.git("update-index", "--chmod=+x", path)
    assert repository.tests() == ["test_tool.py"]


def test_a_submodule_selects_everything(repository, tmp_path):
    other = type(repository)(tmp_path / "other")
    other.commit({"o.py": "x = 1\n"})
    repository.commit(FILES)
    allow = ("-c", "protocol.file.allow=always")
    repository.git(*allow, "submodule", "--quiet", "add", str(other.root), "sub")
    repository.commit()
    other.commit({"o.py": "x = 2\n"})
    repository.git(*allow, "submodule", "--quiet", "update", "--remote")
    repository.git("add", "sub")
    found = repository.select()
    assert found.everything
    assert "sub" in found.reason


def test_a_first_commit(repository):
    repository.stage(FILES)
    assert repository.tests() == ["test_m.py", "test_other.py"]
    assert repository.tests("worktree") == ["test_m.py", "test_other.py"]


def test_a_merge_commit(repository):
    repository.commit(FILES)
    repository.git("switch", "-qc", "topic")
    repository.commit({"m.py": BETTER})
    repository.git("switch", "-q", "main")
    repository.commit({"other.py": GAMMA})
    repository.git("merge", "-q", "--no-commit", "topic")
    assert repository.tests() == [BETA]
    repository.git("commit", "-qm", "merged")
    assert repository.tests("since", "HEAD^1") == [BETA]
    assert repository.tests("since", "HEAD^2") == ["test_other.py"]


def test_a_detached_head(repository):
    repository.commit(FILES)
    repository.commit({"m.py": BETTER})
    repository.git("switch", "-q", "--detach", "HEAD")
    assert repository.tests("since", "HEAD~1") == [BETA]
    repository.stage({"other.py": GAMMA})
    assert repository.tests() == ["test_other.py"]


def test_a_shallow_clone_without_the_base_selects_everything(repository, tmp_path):
    repository.commit(FILES)
    repository.git("branch", "base")
    repository.commit({"m.py": BETTER})
    clone = type(repository)(tmp_path / "clone")
    clone.git("fetch", "-q", "--depth=1", f"file://{repository.root}", "main", "base:base")
    clone.git("reset", "-q", "--hard", "FETCH_HEAD")
    found = clone.select("since", "base")
    assert found.everything
    assert "shallow clone" in found.reason
    # What is staged needs no base.
    clone.stage({"other.py": GAMMA})
    assert clone.tests() == ["test_other.py"]


def test_a_name_with_a_newline(repository):
    repository.commit(FILES)
    repository.stage({"odd\nname.py": "x = 1\n", "m.py": BETTER})
    assert repository.tests() == [BETA]
    repository.stage({"odd\nname.bin": "x = 1\n"})
    assert repository.tests() == "ALL"


@pytest.mark.parametrize("damage", ["HEAD", "index", "objects"])
def test_where_git_fails_one_sentence_says_so(repository, damage, monkeypatch, capsys):
    repository.commit(FILES)
    repository.stage({"m.py": BETTER})
    path = repository.root / ".git" / damage
    if path.is_dir():
        path.rename(path.with_name("away"))
    else:
        path.write_bytes(b"nothing that git knows")
    monkeypatch.chdir(repository.root)
    assert main(["impacted", "--staged"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.startswith("gardener: ")


def test_no_repository(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["impacted", "--staged"]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.strip().splitlines())) == ("", 1)


def test_without_git(repository, monkeypatch):
    repository.commit(FILES)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GitError, match="git is not on PATH"):
        repository.select()


def test_a_store_of_a_newer_version_is_let_be(repository):
    repository.commit(FILES)
    repository.stage({"m.py": BETTER})
    assert repository.tests() == [BETA]
    store = repository.root / ".git/gardener/summaries.sqlite"
    with closing(sqlite3.connect(store)) as base, base:
        base.execute("update summary set kind = '999.9.9', data = x'ff'")
    for net in (repository.root / ".git/gardener/nets").iterdir():
        net.write_bytes(b"gardener net 999\n" + net.read_bytes())
    assert repository.tests() == [BETA]
    with closing(sqlite3.connect(store)) as base:
        [(newer,)] = base.execute("select count(*) from summary where kind = '999.9.9'")
    assert newer  # another gardener may still use them


def test_worktrees_share_the_store_which_may_be_deleted(repository, tmp_path):
    repository.commit(FILES)
    repository.git("worktree", "add", "-q", "-b", "second", str(tmp_path / "second"))
    second = object.__new__(type(repository))
    second.root = tmp_path / "second"
    second.stage({"m.py": BETTER})
    assert second.tests() == [BETA]
    assert repository.tests() == []
    assert not (second.root / ".git").is_dir()
    kept = repository.root / ".git/gardener"
    assert {p.name for p in kept.iterdir()} >= {"summaries.sqlite", "nets"}
    for path in sorted(kept.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert second.tests() == [BETA]


def test_two_processes_at_once(repository):
    repository.commit({**FILES, **{f"n{i}.py": f"X = {i}\n" for i in range(50)}})
    repository.stage({"m.py": BETTER})
    command = [sys.executable, "-m", "gardener", "impacted", "--staged"]

    def ask(_: int) -> str:
        done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True)
        return done.stdout + done.stderr

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(ask, range(3))) == {f"{BETA}\n"}


def test_a_store_that_cannot_be_made(repository):
    repository.commit(FILES)
    repository.stage({"m.py": BETTER})
    Path(repository.root, ".git/gardener").write_text("in the way")
    assert repository.tests() == [BETA]
    assert os.path.isfile(repository.root / ".git/gardener")
