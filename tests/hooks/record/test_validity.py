"""Which recorded tests are still valid; by a record in memory, without git."""

import sys
import sysconfig
from array import array
from pathlib import Path

import pytest
from gardener.hooks.changes import Entry, blob_sha
from gardener.hooks.pytest_run.traces import Collected
from gardener.hooks.record.environment import look
from gardener.hooks.record.recording import RecordedTest, Recording, Run
from gardener.hooks.record.since_run import FAILED, Changed, Judged
from gardener.hooks.record.validity import validity_of

BEFORE = b"def f():\n    return 1\n\ndef g():\n    return 1\n"
F, G = ("m.py", "f"), ("m.py", "g")
NUMBERS = {F: 1, G: 2}
BODY = BEFORE.replace(b"return 1", b"return 2", 1)
SIGNATURE = BEFORE.replace(b"f()", b"f(a=1)")
CHANGED_F = "m.py: f changed"


def recorded_test(*symbols, run=1, passed=True, files=None, opaque=""):
    numbers = array("I", [NUMBERS[symbol] for symbol in symbols])
    return RecordedTest(run, passed, numbers, files or {}, opaque)


TESTS = {
    "t.py::test_f": recorded_test(F),
    "t.py::test_g": recorded_test(G),
    "t.py::test_data": recorded_test(files={"data.txt": "d1"}),
    "t.py::test_failing": recorded_test(G, passed=False),
    "t.py::test_opaque": recorded_test(G, opaque="it starts a process"),
}


def validity(tmp_path, now=BEFORE, tests=TESTS, *, data="d1", modules=None, python="", **more):
    """The record of one run on `BEFORE`, held against a tree with `now` and `data`."""
    here = look(tmp_path, sys.executable, [sysconfig.get_path("purelib")], {})
    snapshot = {"m.py": blob_sha(BEFORE)}
    run = Run(snapshot, modules or {}, here, Collected(frozenset({"t.py"})))
    contents = {blob_sha(source): source for source in (BEFORE, now)}
    recording = Recording({1: run}, tests, NUMBERS, tmp_path, on_disk=contents)
    recording = recording._replace(**more)
    tree = {"m.py": Entry("100644", blob_sha(now)), "data.txt": Entry("100644", data)}

    def changed_symbols(changes):
        return Changed({F: CHANGED_F} if changes else {})

    judged = Judged(frozenset({F} if now != BEFORE else ()), frozenset({"data.txt"}))
    return validity_of(recording, tree, changed_symbols, judged, settings={}, python=python)


def test_nothing_changed(tmp_path):
    known = validity(tmp_path)
    unchanged = {"t.py::test_f", "t.py::test_g", "t.py::test_data"}
    assert known.valid.keys() == {*unchanged, "t.py::test_failing"}
    assert known.invalid == {}
    assert known.all_unrecorded_changes == {}
    assert known.touched == {"t.py::test_data"}
    assert known.opened == {"data.txt"}
    assert known.other_environment == ""
    assert [collection.files for collection in known.collections] == [{"t.py"}]


def test_a_changed_body_is_for_those_that_executed_it(tmp_path):
    known = validity(tmp_path, BODY)
    assert known.invalid["t.py::test_f"] == f"it executed what changed ({CHANGED_F})"
    assert "t.py::test_g" in known.valid
    assert known.unrecorded_changes[1] == {}
    assert known.unrecorded_changes[-1] == {F: FAILED}
    assert known.changed_bodies == {F: {F}}
    assert known.touched == {"t.py::test_f", "t.py::test_data"}


def test_more_than_a_body_is_a_change_that_no_recording_sees(tmp_path):
    known = validity(tmp_path, SIGNATURE)
    assert "t.py::test_f" in known.valid
    assert known.unrecorded_changes[1] == {F: CHANGED_F}
    assert known.changed_beyond_bodies == {F}


def test_a_changed_body_that_an_import_executed(tmp_path):
    known = validity(tmp_path, BODY, modules={"conftest.py": frozenset({F})})
    assert known.unrecorded_changes[1] == {
        ("conftest.py", ""): "m.py: f changed, which conftest.py runs"
    }


def test_a_changed_data_file_is_for_those_that_opened_it(tmp_path):
    known = validity(tmp_path, data="d2")
    assert known.invalid["t.py::test_data"] == "it opened data.txt, which changed"
    assert "t.py::test_g" in known.valid


def test_a_test_is_valid_by_an_earlier_run_on_the_content_of_today(tmp_path):
    then = look(tmp_path, sys.executable, [sysconfig.get_path("purelib")], {})
    runs = {n: Run({"m.py": blob_sha(s)}, {}, then) for n, s in ((1, BEFORE), (2, BODY))}
    last = {"t.py::test_f": recorded_test(F, run=2)}
    earlier = {"t.py::test_f": recorded_test(F, run=1)}
    contents = {blob_sha(source): source for source in (BEFORE, BODY)}
    known = validity(tmp_path, tests=last, runs=runs, last_passed=earlier, on_disk=contents)
    assert known.valid["t.py::test_f"].run == 1
    known = validity(tmp_path, tests=last, runs=runs, on_disk=contents)
    assert "t.py::test_f" in known.invalid


@pytest.mark.parametrize("python", ["", sys.executable])
def test_the_same_environment(tmp_path, python):
    assert validity(tmp_path, python=python).other_environment == ""


def test_another_environment_makes_every_test_invalid(tmp_path):
    known = validity(tmp_path, python=str(Path("/elsewhere/bin/python")))
    assert f"it was {sys.executable} that ran them" in known.other_environment
    assert known.invalid.keys() == TESTS.keys()
    assert known.touched == TESTS.keys()
    assert known.collections == ()
