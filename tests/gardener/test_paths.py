"""Globs over paths of a repository, and files written whole."""

import signal
import subprocess
import sys
import time

import pytest

from gardener.paths import matches, write_whole


@pytest.mark.parametrize(
    ("glob", "fits", "fits_not"),
    [
        ("**/x.py", ["x.py", "a/x.py", "a/b/x.py"], ["ax.py", "x.pyi"]),
        ("docs/*", ["docs/a.md"], ["docs/a/b.md", "docs", "a/docs/b.md"]),
        ("docs/**", ["docs/a.md", "docs/a/b.md"], ["docsx/a", "a/docs/b"]),
        ("a/**/b.py", ["a/b.py", "a/x/b.py", "a/x/y/b.py"], ["b.py", "a/xb.py"]),
        ("*.md", ["a.md", "docs/a.md", ".hidden/b.md", ".b.md"], ["a.mdx"]),
        ("conftest.py", ["conftest.py", "tests/conftest.py"], ["myconftest.py"]),
        ("/conftest.py", ["conftest.py"], ["tests/conftest.py"]),
        ("./src/a.py", ["src/a.py"], ["a/src/a.py"]),
        ("generated", ["generated", "generated/a.py", "x/generated/y/a.py"], ["generatedx/a"]),
        ("tests/billing/", ["tests/billing/a.py", "tests/billing/x/a.py"], ["billing/a.py"]),
        ("tests/billing", ["tests/billing/a.py", "tests/billing/x/a.py"], ["tests/billingx"]),
        ("src/[ab].py", ["src/a.py"], ["src/c.py", "src/[ab].py"]),
        ("src/?.py", ["src/a.py"], ["src/ab.py", "src//.py"]),
        ("pages/\\[id\\]/*.py", ["pages/[id]/a.py"], ["pages/i/a.py"]),
    ],
)
def test_a_glob_fits_and_fits_not(glob, fits, fits_not):
    assert [path for path in fits if not matches(path, glob)] == []
    assert [path for path in fits_not if matches(path, glob)] == []


def test_one_of_several_globs_is_enough():
    assert matches("a/b.py", "*.md", "a/*")
    assert not matches("a/b.py", "*.md", "b/*")
    assert not matches("a/b.py")


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    write_whole(path, b"after", 0o600)
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_what_cannot_be_written_leaves_what_stood_there(tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError):
        write_whole(target, b"data")
    assert target.is_dir()
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_who_ends_a_process_in_the_middle_of_a_write_finds_nothing_half_done(tmp_path, how):
    path = tmp_path / "a"
    size = 200_000_000
    path.write_bytes(b"before")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal\n"
            "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
            "from gardener.paths import write_whole\n"
            f"write_whole({str(path)!r}, bytes({size}))\n"
            "signal.pause()",
        ]
    )
    while len(list(tmp_path.iterdir())) == 1 and path.stat().st_size < size:
        time.sleep(0.001)
    process.send_signal(getattr(signal, how))
    assert process.wait(60) == -getattr(signal, how)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert path.stat().st_size == size
