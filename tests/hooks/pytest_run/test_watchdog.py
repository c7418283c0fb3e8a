"""A test without an end costs only itself: it is named, what ran is kept, the others run."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gardener.hooks.pytest_run import watchdog
from gardener.hooks.pytest_run.process import Command, run_to_end
from gardener.hooks.pytest_run.watchdog import Watchdog, descendants, stand_of

from gardener.config import Config
from gardener.config.tables import Run
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Selected, Selection


def lines(*events):
    return [json.dumps(event, separators=(",", ":")).encode() for event in events]


SESSION = {"k": "session", "pid": 7, "worker": "", "controls": False}


@pytest.mark.parametrize(
    ("events", "test", "file"),
    [
        ([SESSION], "", ""),
        ([{"k": "importing", "id": "a.py"}], "", "a.py"),
        ([{"k": "importing", "id": "a.py"}, {"k": "imported"}], "", ""),
        ([{"k": "start", "id": "a.py::t"}], "a.py::t", ""),
        ([{"k": "start", "id": "a.py::t"}, {"k": "passed", "id": "a.py::t"}], "", ""),
        (
            [
                {"k": "start", "id": "a.py::t"},
                {"k": "phase", "id": "a.py::t", "when": "call", "outcome": "failed"},
            ],
            "a.py::t",
            "",
        ),
        ([{"k": "start", "id": "a.py::t"}, {"k": "ending"}], "", ""),
    ],
)
def test_the_last_events_say_what_a_process_is_at(events, test, file):
    stand = stand_of([*lines(*events), b'{"k":"start","id":"half'])
    assert (stand.test, stand.file) == (test, file)


@pytest.mark.parametrize(
    ("limits", "patience"), [({}, 60), ({"": 10}, 60), ({"": 100}, 130), ({"a.py::t": 200}, 230)]
)
def test_a_longer_limit_of_pytest_timeout_holds(limits, patience):
    stand = stand_of(
        lines({"k": "collected", "n": 1, "limits": limits}, {"k": "start", "id": "a.py::t"})
    )
    assert stand.patience(60) == patience


@pytest.mark.parametrize(
    ("seconds", "limit", "taken", "patience"),
    [(60, 120, 120.1, 60), (300, 120, 120.1, 120), (300, 5, 5.1, 30), (60, 120, 3, 150)],
)
def test_a_test_that_pytest_timeout_could_not_end_has_no_second_such_time(
    seconds, limit, taken, patience
):
    phase = {"k": "phase", "id": "a.py::t", "when": "call", "outcome": "failed", "d": taken}
    events = ({"k": "collected", "n": 1, "limits": {"": limit}}, {"k": "start", "id": "a.py::t"})
    assert stand_of(lines(*events, phase)).patience(seconds) == patience
    following = {"k": "start", "id": "a.py::u"}
    assert stand_of(lines(*events, phase, following)).patience(seconds) == max(seconds, limit + 30)


def test_a_stream_that_grows_is_progress(tmp_path):
    dog = Watchdog(tmp_path, 0.2)
    dog.pytest = os.getpid()
    stream = tmp_path / "main-1.jsonl"
    session = {**SESSION, "pid": os.getpid()}
    stream.write_bytes(b"\n".join(lines(session, {"k": "start", "id": "a.py::t"})) + b"\n")
    assert dog.look() is None
    time.sleep(0.6)
    stuck = dog.look()
    assert stuck and (stuck.test, stuck.process) == ("a.py::t", os.getpid())
    with stream.open("ab") as more:
        more.write(lines({"k": "passed", "id": "a.py::t"})[0] + b"\n")
    time.sleep(0.6)
    assert dog.look() is None


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only Linux tells")
def test_a_process_that_gardener_did_not_start_is_left_alone(tmp_path):
    """The number that a process in a container knows of itself is another process's here."""
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        dog = Watchdog(tmp_path, 0.2)
        dog.pytest = mine.pid
        session = {**SESSION, "pid": stranger.pid, "worker": "gw0"}
        events = lines(session, {"k": "start", "id": "a.py::t"})
        (tmp_path / "gw0-1.jsonl").write_bytes(b"\n".join(events) + b"\n")
        assert dog.look() is None
        time.sleep(0.6)
        stuck = dog.look()
        assert stuck and (stuck.test, stuck.process) == ("a.py::t", None)
        assert stranger.poll() is None
    finally:
        for process in (stranger, mine):
            process.kill()
            process.wait()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only Linux tells")
def test_what_a_process_started_is_known():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert child.pid in descendants(os.getpid())
    finally:
        child.kill()
        child.wait()


@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps")
def test_where_processes_are_no_files_ps_tells_them(monkeypatch):
    monkeypatch.setattr(watchdog, "_PROC", False)
    script = STARTS.replace("sys.argv[2:]]", "sys.argv[2:]], start_new_session=True")
    mine = subprocess.Popen([sys.executable, "-c", script, SLEEPS], stdout=subprocess.PIPE)
    assert mine.stdout is not None
    child = int(mine.stdout.readline())
    try:
        assert child in descendants(mine.pid) and mine.pid in descendants(os.getpid())
    finally:
        watchdog.send(child, "SIGKILL")
        mine.kill()
        mine.communicate()


STARTS = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", sys.argv[1], *sys.argv[2:]]).pid, flush=True)
time.sleep(60)
"""
SLEEPS = "import time; time.sleep(60)"


def ended(process):
    """Whether a process is gone, or only waits to be asked how it ended; up to five seconds."""
    for _ in range(50):
        stat = Path(f"/proc/{process}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def worker(tmp_path):
    """A worker of a pytest that a watchdog had to end: the watchdog, and what the worker started."""
    mine = subprocess.Popen(
        [sys.executable, "-c", STARTS, STARTS, SLEEPS],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert mine.stdout is not None
    process, child = (int(mine.stdout.readline()) for _ in range(2))
    _, largest = resource.prlimit(process, resource.RLIMIT_CORE)
    resource.prlimit(process, resource.RLIMIT_CORE, (largest, largest))
    dog = Watchdog(tmp_path, 0.2)
    dog.pytest = mine.pid
    events = lines({**SESSION, "pid": process, "worker": "gw0"}, {"k": "start", "id": "a.py::t"})
    (tmp_path / "gw0-1.jsonl").write_bytes(b"\n".join(events) + b"\n")
    assert dog.look() is None
    time.sleep(0.6)
    yield dog, process, child
    for left in (child, process):
        watchdog.send(left, "SIGKILL")
    mine.kill()
    mine.communicate()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only Linux tells")
def test_what_a_worker_had_started_ends_although_pytest_ends_before_the_next_look(worker):
    dog, process, child = worker
    assert dog.look() is None and [one.test for one in dog.stuck] == ["a.py::t"]
    assert ended(process) and os.path.exists(f"/proc/{child}")
    dog.close()
    assert ended(child)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only Linux tells")
def test_a_worker_that_is_ended_leaves_no_file_of_its_memory(worker):
    dog, process, _ = worker
    os.kill(process, signal.SIGSTOP)  # so that it can still be asked
    assert dog.look() is None and dog.stuck
    assert resource.prlimit(process, resource.RLIMIT_CORE) == (0, 0)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only Linux tells")
def test_what_left_the_session_of_a_pytest_ends_with_it_when_the_time_is_up(tmp_path):
    script = STARTS.replace("sys.argv[2:]]", "sys.argv[2:]], start_new_session=True")
    log = tmp_path / "log"
    command = Command((sys.executable, "-c", script, SLEEPS), tmp_path, os.environ, log)
    ending = run_to_end(command, seconds=2)
    assert ending.out_of_time and ended(int(log.read_text().split()[0]))


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty repository."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


@pytest.fixture
def impatient(monkeypatch):
    """Little patience with pytest itself."""
    monkeypatch.setattr(watchdog, "PYTEST_SECONDS", 5.0)


def run(root, files, seconds=1.0, **options):
    from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    config = Config(root, run=Run(test_seconds=seconds))
    selection = options.pop("selection", Selection(everything=True))
    execution = execute(ExecutionRequest(root, sys.executable, selection, config, **options))
    findings = diagnose(execution.report, config).findings
    told = {test: one.failures[0].message for one in findings for test in one.tests}
    outcomes = {r.nodeid: r.outcome for r in execution.report.results}
    return execution, told, outcomes


@pytest.mark.slow
def test_a_test_that_hangs_is_named_and_the_others_run(root):
    files = {
        "pytest.ini": "[pytest]\n",
        "test_a.py": "import time\n\ndef wait():\n    time.sleep(600)\n\n"
        "def test_fine():\n    pass\n\ndef test_hangs():\n    wait()\n\n"
        "def test_behind():\n    assert 1 == 2\n",
        "test_b.py": "def test_last():\n    pass\n",
    }
    execution, told, outcomes = run(root, files)
    assert told["test_a.py::test_hangs"] == (
        "It did not end in 1 s: it was in `wait` of test_a.py."
    )
    assert outcomes == {
        "test_a.py::test_fine": "passed",
        "test_a.py::test_hangs": "unfinished",
        "test_a.py::test_behind": "failed",
        "test_b.py::test_last": "passed",
    }
    assert execution.report.only_unfinished == {"test_a.py::test_hangs"}
    assert execution.report.collected == 4
    # One for what is left of its file, and one for all others.
    assert "started anew 2 times," in execution.notes[-1]


NOTES_IMPORTS = """
import pathlib

def pytest_collection_modifyitems(items):
    with open("imports.txt", "a") as file:
        file.write(" ".join(sorted({item.path.name for item in items})) + "\\n")
"""


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True], ids=["all", "files"])
def test_where_several_tests_of_a_file_die_all_others_are_collected_once_more(root, named):
    dies = "import os\n\n" + "".join(f"def test_{n}():\n    os._exit(3)\n\n" for n in range(3))
    files = {
        "pytest.ini": "[pytest]\n",
        "conftest.py": NOTES_IMPORTS,
        "test_a.py": "import warnings\nwarnings.warn('of a')\n\ndef test_a():\n    pass\n",
        "test_broken.py": "import no_such_module\n",
        "test_dies.py": dies,
        "test_z.py": "def test_z():\n    pass\n",
    }
    tests = tuple(Selected(name, "") for name in files if name.startswith("test_"))
    chosen = Selection(tests=tests) if named else Selection(everything=True)
    execution, told, outcomes = run(root, files, selection=chosen)
    started = [line.split() for line in (root / "imports.txt").read_text().splitlines()]
    rest = ["test_z.py"] if named else ["test_a.py", "test_z.py"]
    assert started == [["test_a.py", "test_dies.py", "test_z.py"], *[["test_dies.py"]] * 2, rest]
    assert set(told) == {"test_broken.py", *(f"test_dies.py::test_{n}" for n in range(3))}
    assert outcomes == {
        "test_a.py::test_a": "passed",
        **{f"test_dies.py::test_{n}": "unfinished" for n in range(3)},
        "test_z.py::test_z": "passed",
    }
    assert [w.count for w in execution.report.warnings if w.message == "of a"] == [1]
    assert execution.report.collected == 5


@pytest.mark.slow
def test_a_test_that_is_not_found_costs_no_second_collection_behind_a_hang(root):
    files = {
        "pytest.ini": "[pytest]\n",
        "conftest.py": NOTES_IMPORTS,
        "test_a.py": "def test_a():\n    pass\n",
        "test_b.py": "def test_b():\n    pass\n",
        "test_dies.py": "import os\n\ndef test_dies():\n    os._exit(3)\n",
        "test_z.py": "def test_z():\n    pass\n",
    }
    names = ("test_a.py::test_a", "test_b.py::test_gone", "test_dies.py", "test_z.py::test_z")
    selection = Selection(tests=tuple(Selected(name, "") for name in names))
    execution, _, outcomes = run(root, files, selection=selection)
    started = [line.split() for line in (root / "imports.txt").read_text().splitlines()]
    assert started == [["test_a.py", "test_dies.py", "test_z.py"], ["test_z.py"], ["test_b.py"]]
    assert sorted(outcomes) == [
        "test_a.py::test_a",
        "test_b.py::test_b",
        "test_dies.py::test_dies",
        "test_z.py::test_z",
    ]
    assert "did not find 1 selected test" in execution.notes[0]


HANGS = """
NAME = "gardener-child"
import asyncio, ctypes, os, subprocess, sys, time
import pytest

def test_catches_everything():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass

def test_waits_for_a_child():
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", NAME])

async def never():
    await asyncio.sleep(600)

def test_in_a_coroutine():
    asyncio.run(never())

@pytest.fixture
def slow_to_leave():
    yield
    time.sleep(600)

def test_in_teardown(slow_to_leave):
    pass

def test_in_c():
    ctypes.CDLL(None).pause()

def test_dies():
    ctypes.string_at(0)

def test_fine():
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("distributed", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_each_kind_of_hang_is_told_with_its_place(root, monkeypatch, distributed):
    if distributed:
        pytest.importorskip("xdist")
        monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    name = f"child-of-{root}"
    files = {"pytest.ini": "[pytest]\n", "test_a.py": HANGS.replace("gardener-child", name)}
    execution, told, outcomes = run(root, files, pytest_args=distributed)
    places = {test.rpartition("::")[2]: message for test, message in told.items()}
    assert "in `test_catches_everything`" in places["test_catches_everything"]
    assert "in `test_waits_for_a_child`" in places["test_waits_for_a_child"]
    assert ("in `never`" in places["test_in_a_coroutine"]) is (not distributed)
    assert "in `slow_to_leave`" in places["test_in_teardown"]
    assert "did not end in 1 s" in places["test_in_c"]
    assert "Segmentation fault" in places["test_dies"]
    assert outcomes["test_a.py::test_fine"] == "passed" and len(outcomes) == 7
    assert len(execution.report.only_unfinished) == 6
    running = subprocess.run(
        ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout
    assert name not in running


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("place", ["conftest.py", "sub/conftest.py", "sub/test_waits.py"])
def test_an_import_that_never_ends_is_the_finding_of_its_file(root, place):
    files = {
        "pytest.ini": "[pytest]\n",
        "test_a.py": "def test_fine():\n    pass\n",
        "sub/test_b.py": "def test_below():\n    pass\n",
        place: "import time\n\ntime.sleep(600)\n",
    }
    execution, told, outcomes = run(root, files)
    seconds = 1 if "test_" in place else 5
    assert told == {place: f"Its import did not end in {seconds} s: it was at the top of {place}."}
    kept = {"conftest.py": 0, "sub/conftest.py": 1, "sub/test_waits.py": 2}[place]
    assert list(outcomes.values()) == ["passed"] * kept
    assert execution.report.complete is ("test_" in place)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_pytest_that_does_not_end_after_its_tests_is_ended_and_they_count(root):
    files = {
        "pytest.ini": "[pytest]\n",
        "test_a.py": "import threading, time\n\ndef test_fine():\n"
        "    threading.Thread(target=time.sleep, args=(600,)).start()\n",
    }
    execution, told, outcomes = run(root, files)
    assert (told, outcomes) == ({}, {"test_a.py::test_fine": "passed"})
    assert execution.report.complete and execution.report.exit_status == 0
    assert "did not end in 5 s after its last test" in execution.notes[0]


@pytest.mark.slow
def test_after_too_many_fresh_starts_what_never_ran_is_told_and_not_green(root, monkeypatch):
    from gardener.hooks.pytest_run import execution as module

    monkeypatch.setattr(module, "MOST_BREAKS", 1)
    body = "import os\n\ndef test_x():\n    os._exit(3)\n"
    files = {f"test_{name}.py": body for name in "abc"}
    execution, told, _ = run(root, {"pytest.ini": "[pytest]\n", **files})
    assert sorted(told) == ["test_a.py::test_x", "test_b.py::test_x"]
    assert execution.unstarted == 1 and not execution.report.complete


def test_who_wants_to_stop_at_the_first_failure_gets_no_fresh_start(root):
    files = {
        "pytest.ini": "[pytest]\n",
        "test_a.py": "import os\n\ndef test_dies():\n    os._exit(3)\n\ndef test_b():\n    pass\n",
    }
    execution, _, outcomes = run(root, files, pytest_args=("-x",))
    assert list(outcomes) == ["test_a.py::test_dies"] and not execution.report.complete


FAILS_INSIDE = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    if item.name == "test_b" and call.when == "call":
        raise SystemError("MESSAGE (before=186, after=190)")
    yield
"""


@pytest.mark.parametrize("message", ["AST constructor recursion depth mismatch", "error return"])
def test_behind_a_fault_of_python_inside_pytest_the_others_run(root, message):
    """It takes whichever test is running; any other error of pytest's own ends all."""
    body = "".join(f"def test_{name}():\n    pass\n\n" for name in "abc")
    conftest = FAILS_INSIDE.replace("MESSAGE", message)
    files = {"pytest.ini": "[pytest]\n", "conftest.py": conftest, "test_it.py": body}
    execution, told, outcomes = run(root, files)
    report = execution.report
    is_of_python = message.startswith("AST")
    assert told["test_it.py::test_b"].startswith(message)
    assert (outcomes.get("test_it.py::test_c") == "passed") is is_of_python
    assert report.only_unfinished == ({"test_it.py::test_b"} if is_of_python else set())
    assert ("SystemError" in report.internal_error) is not is_of_python
    assert not report.complete
