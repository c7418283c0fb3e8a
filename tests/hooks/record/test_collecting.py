"""Whether a recorded collection of tests would still execute what it executed."""

import pytest
from gardener.hooks.changes import Entry, FileChange
from gardener.hooks.pytest_run.traces import Collected
from gardener.hooks.record.collecting import executed_at_collection, valid_collection
from gardener.hooks.record.environment import Environment
from gardener.hooks.record.recording import Run
from gardener.hooks.record.states import States

OLD, NEW = Entry("100644", "a"), Entry("100644", "b")
F, G, CLASS = ("m.py", "f"), ("m.py", "g"), ("m.py", "C")


def states_of(blobs):
    return States(lambda path: blobs.get(path, ""), blobs)


RUN = Run(
    {"m.py": "a"},
    {"m.py": frozenset({F})},
    Environment("python", (), (), {}),
    Collected(
        files=frozenset({"test_m.py"}),
        always=frozenset({("conftest.py", "hook")}),
        unseen=frozenset({"early.py"}),
    ),
    {"data.txt": "d"},
)


def test_what_ran_while_collecting():
    assert executed_at_collection([RUN]) == {F, ("conftest.py", "hook")}
    assert executed_at_collection([]) == frozenset()


@pytest.mark.parametrize(
    ("changes", "changed", "bodies", "unverified"),
    [
        ([], [], {}, set()),
        # A body that did not run then does not run now; one that did may.
        ([FileChange("m.py", OLD, NEW)], [G], {G: {G}}, set()),
        ([FileChange("m.py", OLD, NEW)], [F], {F: {F}}, None),
        # What is more than a body is for the graph to say, but not what ran, nor a module.
        ([FileChange("m.py", OLD, NEW)], [CLASS], {}, {CLASS}),
        ([FileChange("m.py", OLD, NEW)], [F], {}, None),
        ([FileChange("m.py", OLD, NEW)], [("m.py", "")], {}, None),
        # A file that collecting never imported.
        ([FileChange("other.py", OLD, NEW)], [("other.py", "")], {}, set()),
        ([FileChange("other.py", OLD, None)], [("other.py", "")], {}, set()),
        ([FileChange("m.py", OLD, None)], [], {}, None),
        ([FileChange("new.py", None, NEW)], [], {}, None),
        ([FileChange("early.py", OLD, None)], [], {}, None),
    ],
)
def test_valid_collection(changes, changed, bodies, unverified):
    collection = valid_collection(RUN, states_of({"data.txt": "d"}), changes, changed, bodies)
    if unverified is None:
        assert collection is None
    else:
        assert collection == (frozenset({"test_m.py"}), unverified, frozenset({"early.py"}))


@pytest.mark.parametrize("blobs", [{}, {"data.txt": "other"}])
def test_a_file_that_was_read_for_it_differs(blobs):
    assert valid_collection(RUN, states_of(blobs), [], [], {}) is None
