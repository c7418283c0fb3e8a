"""Files are replaced whole, and diffs are ones that `git apply` takes."""

import os
import subprocess

import pytest
from gardener.hooks.fix.write import coloured, unified, write


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path):
    target = tmp_path / "real.py"
    target.write_bytes(b"old")
    target.chmod(0o755)
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    assert write(str(link), b"new") == ""
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o7777 == 0o755
    assert sorted(os.listdir(tmp_path)) == ["link.py", "real.py"]


def test_a_read_only_file_is_left_alone(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o444)
    assert write(str(path), b"new") == "is read-only, left alone"
    assert path.read_bytes() == b"old"


def test_what_is_not_there_cannot_be_written(tmp_path):
    assert write(str(tmp_path / "a.py"), b"new") == "cannot be written: No such file or directory"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.py", "with space.py", 'quo"te.py', "tab\t.py", "ümlaut.py"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\n", b"a\nc\n"),
        (b"a\nb", b"a\nc"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"\xe9\n", b"\xe8\n"),
        (b"a\x0cb\n", b"a\x0cc\n"),
    ],
)
def test_git_applies_the_diff(tmp_path, name, before, after):
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    (tmp_path / name).write_bytes(before)
    diff = unified(name, before, after)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, check=True)
    assert (tmp_path / name).read_bytes() == after


def test_colours_are_around_the_lines_only():
    diff = unified("a.py", b"a\nb\n", b"a\nc\n")
    plain = coloured(diff)
    for code in (b"\x1b[32m", b"\x1b[31m", b"\x1b[36m", b"\x1b[1m", b"\x1b[m"):
        assert code in plain
        plain = plain.replace(code, b"")
    assert plain == diff
