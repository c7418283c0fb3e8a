"""Files that cannot be written or read, and a run that is ended from outside."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

OLD = "from datetime import datetime\nnow = datetime.utcnow()\n"
FIX = [sys.executable, "-m", "gardener", "fix"]


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def add(repo, **files):
    for name, text in files.items():
        (repo / f"{name}.py").write_text(text)
    subprocess.run(["git", "add", "."], cwd=repo, check=True)


@pytest.mark.parametrize("words", [(), ("a.py", "b.py")], ids=["all files", "by name"])
def test_what_cannot_be_written_is_no_success(repo, words):
    add(repo, a=OLD + "x = 1\n" * 3000, b=OLD)
    before = (repo / "a.py").read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)

    def no_large_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limit[1]))

    done = subprocess.run(
        [*FIX, *words], cwd=repo, capture_output=True, text=True, preexec_fn=no_large_files
    )
    assert done.returncode == 2
    assert "a.py: cannot be written: File too large\n" in done.stderr
    assert (repo / "a.py").read_bytes() == before
    assert "timezone" in (repo / "b.py").read_text()
    assert sorted(path.name for path in repo.iterdir()) == [".git", "a.py", "b.py"]


BROKEN = [
    (f"{OLD}<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n", "line 3 is a conflict marker"),
    (f"<<<<<<< HEAD\n{OLD}=======\nx = 2\n>>>>>>> b\n", "line 1 is a conflict marker"),
    (f"{OLD}\n\ny z\n\n=======\n", "line 5: invalid syntax"),
    (f"{OLD}class A:\npass\n", "line 4: expected INDENT"),
    (f"{OLD}y = 'x\n", "unterminated string literal"),
]


@pytest.mark.parametrize(("text", "why"), BROKEN, ids=[why for _, why in BROKEN])
def test_what_does_not_parse_is_told_in_a_short_sentence(repo, text, why):
    add(repo, a=text)
    done = subprocess.run([*FIX, "a.py"], cwd=repo, capture_output=True, text=True)
    assert (done.stderr, done.returncode) == (f"a.py: does not parse: {why}; left alone\n", 2)
    assert (repo / "a.py").read_text() == text


def children(process):
    return [int(n) for n in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def waited_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor needs no further process")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_is_left_however_a_run_ends(repo, how):
    body = "".join(f"\n\ndef f{n}():\n    return datetime.utcnow()\n" for n in range(60))
    add(repo, **{f"m{n}": OLD + body for n in range(300)})
    run = subprocess.Popen(
        FIX,
        cwd=repo,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs tests in the background may have told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    workers: list[int] = []

    def has_workers():
        workers[:] = children(run.pid)
        names = [Path(f"/proc/{each}/cmdline").read_text() for each in workers]
        return len(workers) >= 2 and all("gardener" in name for name in names)

    def is_at_work():
        return has_workers() and "timezone" in (repo / "m0.py").read_text()

    assert waited_for(is_at_work)
    run.send_signal(how)
    _, told = run.communicate(timeout=60)
    assert run.returncode == (130 if how == signal.SIGINT else -how)
    assert told == ("\ngardener: interrupted.\n" if how == signal.SIGINT else "")
    assert waited_for(lambda: not any(map(is_alive, workers)))
    mended = [path for path in repo.glob("*.py") if "timezone" in path.read_text()]
    assert all(path.read_text().count("utcnow") == 0 for path in mended)
    # Nobody can tidy up after a process that was killed: what it was writing may be there still.
    assert len(list(repo.iterdir())) - 301 in ((0, 1) if how == signal.SIGKILL else (0,))
