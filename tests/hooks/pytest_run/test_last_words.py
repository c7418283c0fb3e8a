"""What is read out of the last words of a process that did not end a test."""

from pathlib import Path

import pytest
from gardener.hooks.pytest_run.crash import explain, last_words, words_for_status
from gardener.hooks.pytest_run.facts import Facts
from gardener.hooks.pytest_run.process import Ending

from gardener.model import Failure, Phase

ROOT = Path("/repo")
SEGFAULT = """\
..Fatal Python error: Segmentation fault

Thread 0x00007f (most recent call first):
  File "/repo/thread.py", line 9 in wait

Current thread 0x00007f (most recent call first):
  File "/repo/app.py", line 3 in die
  File "/repo/test_a.py", line 5 in test_dies
  File "/lib/python3/site-packages/_pytest/python.py", line 1 in call
"""
TIMEOUT = """\
+++++++++++++++++++++++ Timeout +++++++++++++++++++++++
~~~~~~ Stack of MainThread (139) ~~~~~~
  File "/repo/test_a.py", line 5, in test_dies
    app.wait()
  File "/repo/app.py", line 4, in wait
    time.sleep(1)
+++++++++++++++++++++++ Timeout +++++++++++++++++++++++
"""
IMPORTING = """\
Fatal Python error: Aborted

Current thread 0x00007f (most recent call first):
  File "/repo/app.py", line 3 in die
  File "/repo/test_a.py", line 1 in <module>
"""
UNFINISHED = Failure(nodeid="test_a.py::test_dies[x]", phase=Phase.CALL, type="", message="")


@pytest.mark.parametrize(
    ("text", "message", "frames"),
    [
        (
            SEGFAULT,
            "Fatal Python error: Segmentation fault",
            ["call", "test_dies", "die"],
        ),
        (TIMEOUT, "Timeout from pytest-timeout, which ended the process.", ["test_dies", "wait"]),
        ("Fatal Python error: Aborted\n", "Fatal Python error: Aborted", []),
    ],
    ids=["segfault", "timeout", "no stack"],
)
def test_the_main_threads_stack_is_read(text, message, frames):
    [words] = last_words(text, ROOT)
    assert (words.message, [frame.function for frame in words.frames]) == (message, frames)
    if frames:
        assert words.frames[-1].file == "app.py"


@pytest.mark.parametrize("text", ["", "3 passed in 0.1s\n", "Timeout\n", "error: Fatal\n"])
def test_an_ordinary_output_holds_no_last_words(text):
    assert list(last_words(text, ROOT)) == []


@pytest.mark.parametrize(
    ("status", "message", "crash"),
    [
        (7, "ended with exit status 7", "exit status 7"),
        (-9, "killed by SIGKILL", "SIGKILL"),
        (-200, "killed by signal 200", "signal 200"),
    ],
)
def test_without_words_the_status_tells(status, message, crash):
    words = words_for_status(status)
    assert message in words.message
    assert words.facts == {"crash": crash}


@pytest.fixture
def explained(tmp_path):
    def explain_log(facts, status, text, **ending):
        log = tmp_path / "log"
        log.write_text(text)
        return explain(facts, Ending(status, **ending), log, ROOT).failures

    return explain_log


def test_the_test_that_was_running_has_the_words(explained):
    other = Failure(nodeid="test_b.py::test_else", phase=Phase.CALL, type="", message="gw1 died")
    facts = Facts(unfinished=(UNFINISHED, other))
    dies, else_ = explained(facts, -11, SEGFAULT)
    assert (dies.message, dies.facts) == (
        "Fatal Python error: Segmentation fault",
        {"crash": "Segmentation fault"},
    )
    assert else_.message == "gw1 died"


def test_a_failure_that_knows_its_exception_stays(explained):
    stopped = Failure(nodeid=UNFINISHED.nodeid, phase=Phase.CALL, type="Exit", message="enough")
    assert explained(Facts(unfinished=(stopped,)), 2, SEGFAULT) == (stopped,)


def test_a_test_that_gardener_stopped_is_not_blamed(explained):
    [failure] = explained(Facts(unfinished=(UNFINISHED,)), -2, SEGFAULT, out_of_time=True)
    assert failure.message == "It was still running when the time for the run was up."


def test_a_file_that_was_being_imported_fails(explained):
    [failure] = explained(Facts(), -6, IMPORTING)
    assert (failure.nodeid, failure.phase) == ("test_a.py", "collect")


def test_a_run_that_ended_needs_no_words(explained):
    assert explained(Facts(status=0), 0, IMPORTING) == ()


CRASHED = """\
Fatal Python error: Segmentation fault

Thread 0x00007f (most recent call first):
  File "/repo/thread.py", line 9 in wait

Current thread 0x00007f (most recent call first):
  File "/repo/app.py", line 3 in die
  File "/repo/test_a.py", line .5 in test_dies
  File "/lib/python3/site-packages/_pytest/python.py", line 1 in pytest_pyfunc_call
"""
OF_NO_TEST = CRASHED.replace(" in pytest_pyfunc_call", " in call")
OTHER = CRASHED.replace(".5 in", "5 in").replace("test_a", "test_b").replace("Segm", "Other segm")
WORKERS = tuple(
    Failure(
        nodeid=f"test_{name}.py::test_dies",
        phase=Phase.CALL,
        type="",
        message=f"worker 'gw{name}' crashed",
    )
    for name in "ab"
)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (CRASHED + OTHER, ["Fatal Python error: Segmentation fault", "Fatal Python error: Other"]),
        (OTHER + CRASHED, ["Fatal Python error: Segmentation fault", "Fatal Python error: Other"]),
        (OF_NO_TEST + OTHER, ["worker 'gwa' crashed", "Fatal Python error: Other"]),
        (CRASHED * 2 + OTHER, ["worker 'gwa' crashed", "Fatal Python error: Other"]),
        (CRASHED * 2, ["worker 'gwa' crashed", "worker 'gwb' crashed"]),
    ],
    ids=["own", "in any order", "of no test", "of two", "neither is sure"],
)
def test_words_that_another_process_wrote_into_are_those_of_the_one_test_left(
    tmp_path, printed, said
):
    """pytest-xdist prints a dot while its worker still writes where it died."""
    log = tmp_path / "log"
    log.write_text(printed)
    facts = explain(Facts(unfinished=WORKERS, status=1), Ending(1), log, ROOT)
    for failure, words in zip(facts.failures, said, strict=True):
        assert failure.message.startswith(words)
