"""What is said where git refuses."""

import subprocess

import pytest

from gardener.errors import GitError
from gardener.git import git


def test_the_reason_is_told_and_not_the_last_line_of_advice(tmp_path, monkeypatch):
    """In a container the repository often belongs to somebody else, and git tells what to do."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setenv("HOME", str(tmp_path))  # where no folder is said to be safe
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError) as caught:
        git("ls-files", "-s", root=tmp_path)
    said = "detected dubious ownership in repository at"
    assert str(caught.value).startswith(f"`git ls-files -s` failed: {said}")
    assert str(caught.value).endswith(f"git config --global --add safe.directory {tmp_path}")
