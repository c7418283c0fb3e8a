"""Which files differ between two trees, on real repositories."""

import os
import subprocess
import sys

import pytest
from gardener.hooks.changes import compare, compare_trees, contents

from gardener.errors import GitError
from gardener.model import Mode


def paths(comparison):
    return sorted(change.path for change in comparison.changes)


def test_staged_reads_the_index_and_not_the_disk(repository):
    repository.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repository.stage({"a.py": "x = 2\n"})
    repository.write({"a.py": "x = 3\n", "b.py": "y = 2\n", "c.py": ""})
    found = compare(repository.root, Mode.STAGED)
    assert paths(found) == ["a.py"]
    assert contents(repository.root, {"a.py": found.files["a.py"]}) == {"a.py": b"x = 2\n"}
    assert sorted(found.files) == ["a.py", "b.py"]


def test_first_commit_compares_with_nothing(repository):
    repository.stage({"a.py": "x = 1\n"})
    found = compare(repository.root, Mode.STAGED)
    assert paths(found) == ["a.py"]
    assert found.changes[0].before is None
    assert paths(compare(repository.root, Mode.WORKTREE)) == ["a.py"]


def test_rename_deletion_and_mode_are_changes(repository):
    repository.commit({"a.py": "x = 1\n" * 9, "b.py": "y = 1\n", "c.sh": "true\n"})
    repository.git("mv", "a.py", "moved.py")
    repository.git("rm", "-q", "b.py")
    repository.git("update-index", "--chmod=+x", "c.sh")
    changes = {c.path: c for c in compare(repository.root, Mode.STAGED).changes}
    assert sorted(changes) == ["a.py", "b.py", "c.sh", "moved.py"]
    assert changes["a.py"].after is None
    assert changes["moved.py"].before is None
    assert changes["c.sh"].before.sha == changes["c.sh"].after.sha
    assert changes["c.sh"].after.mode == "100755"


def test_worktree_has_untracked_files_but_not_ignored_ones(repository):
    repository.commit({"a.py": "x = 1\n", "gone.py": "", ".gitignore": "skip/\n"})
    repository.stage({"staged.py": "s = 1\n"})
    repository.write({"a.py": "x = 2\n", "new.py": "n = 1\n", "skip/i.py": "", "gone.py": None})
    found = compare(repository.root, Mode.WORKTREE)
    assert paths(found) == ["a.py", "gone.py", "new.py", "staged.py"]
    assert contents(repository.root, {"a.py": found.files["a.py"]}) == {"a.py": b"x = 2\n"}
    assert "gone.py" not in found.files


def test_worktree_has_no_byte_code(repository):
    repository.write({"a.py": "x = 1\n"})
    repository.commit()
    repository.write(
        {"__pycache__/a.cpython-311.pyc": "", "p/__pycache__/b.cpython-311.pyc": "", "c.pyc": ""}
    )
    assert paths(compare(repository.root, Mode.WORKTREE)) == []


def test_worktree_has_no_virtual_environment(repository):
    repository.commit({"a.py": "x = 1\n"})
    site = {f"my env/lib/{name}": "" for name in ("a.pth", "conftest.py", "requirements.txt")}
    repository.write({"my env/pyvenv.cfg": "", **site, "my environment.py": ""})
    assert paths(compare(repository.root, Mode.WORKTREE)) == ["my environment.py"]


def test_worktree_ignores_files_that_were_only_touched(repository):
    repository.commit({"a.py": "x = 1\n", "pyproject.toml": ""})
    for name in ("a.py", "pyproject.toml"):
        os.utime(repository.root / name, (1, 1))
    assert paths(compare(repository.root, Mode.WORKTREE)) == []


def test_since_starts_at_the_merge_base(repository):
    repository.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repository.git("switch", "-qc", "topic")
    repository.commit({"a.py": "x = 2\n"})
    repository.git("switch", "-q", "main")
    repository.commit({"b.py": "y = 2\n"})
    repository.git("switch", "-q", "topic")
    assert paths(compare(repository.root, Mode.SINCE, "main")) == ["a.py"]


def test_since_an_unknown_ref_is_an_error(repository):
    repository.commit({"a.py": ""})
    with pytest.raises(GitError, match="no commit 'nowhere'"):
        compare(repository.root, Mode.SINCE, "nowhere")
    with pytest.raises(GitError, match="no commit '--output=x'"):
        compare(repository.root, Mode.SINCE, "--output=x")
    assert not (repository.root / "x").exists()


def test_since_in_a_shallow_clone_says_so(repository, tmp_path):
    repository.commit({"a.py": "x = 1\n"})
    repository.git("branch", "base")
    repository.commit({"a.py": "x = 2\n"})
    repository.commit({"a.py": "x = 3\n"})
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{repository.root}", str(clone)], check=True
    )
    assert "shallow clone" in compare(clone, Mode.SINCE, "origin/base").unknown


def test_unrelated_histories_say_so(repository):
    repository.commit({"a.py": "x = 1\n"})
    repository.git("switch", "-q", "--orphan", "other")
    repository.commit({"b.py": "y = 1\n"})
    assert "no common ancestor" in compare(repository.root, Mode.SINCE, "main").unknown


def test_an_unfinished_merge_says_so(repository):
    repository.commit({"a.py": "x = 1\n"})
    repository.git("switch", "-qc", "topic")
    repository.commit({"a.py": "x = 2\n"})
    repository.git("switch", "-q", "main")
    repository.commit({"a.py": "x = 3\n"})
    subprocess.run(["git", "merge", "-q", "topic"], cwd=repository.root, capture_output=True)
    assert "unfinished merge (a.py)" in compare(repository.root, Mode.STAGED).unknown


def test_a_finished_merge_compares_with_its_first_parent(repository):
    repository.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repository.git("switch", "-qc", "topic")
    repository.commit({"a.py": "x = 2\n"})
    repository.git("switch", "-q", "main")
    repository.commit({"b.py": "y = 2\n"})
    repository.git("merge", "-q", "--no-commit", "topic")
    assert paths(compare(repository.root, Mode.STAGED)) == ["a.py"]


def test_names_with_odd_characters(repository):
    odd = ["with space.py", "ünï.py", "new\nline.py", "quote'\".py", "tab\t.py"]
    repository.commit({"a.py": ""})
    repository.stage(dict.fromkeys(odd, "x = 1\n"))
    found = compare(repository.root, Mode.STAGED)
    assert paths(found) == sorted(odd)
    read = contents(repository.root, {name: found.files[name] for name in odd})
    assert read == dict.fromkeys(odd, b"x = 1\n")


def test_inside_a_hook_the_index_of_the_hook_counts(repository):
    """`git commit FILE` gives its hooks an index of its own, with that file only."""
    repository.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repository.stage({"a.py": "x = 2\n"})
    repository.write({"b.py": "y = 2\n"})
    out = repository.root.parent / "seen"
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    python = os.path.join(os.path.dirname(sys.executable), "python")
    hook.write_text(
        f'#!/bin/sh\n{python} -c "from pathlib import Path\n'
        "from gardener.hooks.changes import compare\n"
        "from gardener.model import Mode\n"
        f"Path('{out}').write_text(','.join(c.path for c in compare(Path('.'), Mode.STAGED).changes))\"\n"
    )
    hook.chmod(0o755)
    repository.git("commit", "-qm", "only b", "b.py")
    assert out.read_text() == "b.py"


def test_a_submodule_is_one_change(repository, tmp_path):
    other = type(repository)(tmp_path / "other")
    other.commit({"o.py": "x = 1\n"})
    repository.commit({"a.py": ""})
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "sub"
    )
    found = compare(repository.root, Mode.STAGED)
    assert paths(found) == [".gitmodules", "sub"]
    assert contents(repository.root, {"sub": found.files["sub"]}) == {}


def test_a_changed_file_in_a_submodule_changes_the_submodule(repository, tmp_path):
    other = type(repository)(tmp_path / "other")
    other.commit({"o.py": "x = 1\n"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    repository.git(*add, str(other.root), "sub")
    repository.git("commit", "-qm", "add it")
    repository.write({"sub/left_behind.pyc": ""})
    assert paths(compare(repository.root, Mode.WORKTREE)) == []
    repository.write({"sub/o.py": "x = 2\n"})
    assert paths(compare(repository.root, Mode.WORKTREE)) == ["sub"]
    assert paths(compare(repository.root, Mode.STAGED)) == []


def test_without_git_there_is_one_sentence(repository, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GitError, match="git is not on PATH"):
        compare(repository.root, Mode.STAGED)


def test_two_trees(repository):
    repository.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repository.commit({"a.py": "x = 2\n", "b.py": None, "c.py": "z = 1\n"})
    before, after = (
        repository.git("rev-parse", f"{c}^{{tree}}").strip() for c in ("HEAD~", "HEAD")
    )
    repository.write({"c.py": "only on disk\n"})
    found = compare_trees(repository.root, before, after)
    assert paths(found) == ["a.py", "b.py", "c.py"]
    assert found.files.keys() == {"a.py", "c.py"}
    assert found.files["c.py"].sha
    assert compare_trees(repository.root, after, after).changes == ()
    with pytest.raises(GitError):
        compare_trees(repository.root, "nowhere", after)
