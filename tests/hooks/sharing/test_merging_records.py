"""Merging records: in any order, by any way and twice it comes to the same."""

from array import array

import pytest
from gardener.hooks.record.audits import Audit, merged
from gardener.hooks.sharing.record_file import FORMAT, dumps, loads
from gardener.hooks.sharing.shared_record import (
    SharedRecord,
    SharedRun,
    SharedTest,
    compact,
    merge,
    of_files,
    of_interpreter,
    of_newest_runs,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gardener.errors import RecordError
from gardener.model import Symbol

ENVIRONMENT = '["{environment}/bin/python", ["{environment}/lib"], ["Python 3.12.1"], {}, "", ""]'
SYMBOLS = [Symbol(f"{file}.py", name) for file in "ab" for name in ("", "f", "f.<locals>.g", "ü")]
PARTS = {
    "snapshot": b'{"a.py":"1f"}',
    "snapshot 2": b'{"a.py":"2f"}',
    "modules": b'{"a.py":[["a.py",""]]}',
    "collected": b"[[],[],{},[],{},false,null]",
}
RUNS = {
    f"run{number}": SharedRun(
        f"2026-11-{20 + number // 2}T00:00:00",  # two runs of each time
        "c" * 40,
        "CPython 3.12" if number % 3 else "CPython 3.11",
        ENVIRONMENT,
        "snapshot 2" if number % 2 else "snapshot",
        "modules",
        "collected",
    )
    for number in range(8)
}


AUDITS = [
    Audit(
        f"2026-11-{20 + number % 4}", f"c{number // 2}", "b", 9, number, 2.0, 1.0, 1, ("t.py::a",)
    )
    for number in range(8)
]


def entry(name, seed):
    """What the test recorded in a run: always the same of the same test and run."""
    used = sorted({(seed + step * step) % len(SYMBOLS) for step in range(seed % 5)})
    return SharedTest(
        name,
        seed % 3 != 0,
        seed / 8,
        array("I", used),
        array("I", used[:1]),
        {"data.txt": f"{seed:x}"},
        "it starts processes" if seed % 7 == 0 else "",
    )


@st.composite
def records(draw):
    pairs = draw(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 7)), max_size=12))
    tests: dict[str, list[SharedTest]] = {}
    for test, run in sorted(pairs):
        tests.setdefault(f"test_{test % 2}.py::test_{test}", []).append(
            entry(f"run{run}", test * 11 + run * 5)
        )
    whole = {nodeid: tuple(entries) for nodeid, entries in tests.items()}
    audits = [AUDITS[number] for number in draw(st.sets(st.integers(0, len(AUDITS) - 1)))]
    return compact(SharedRecord(tuple(SYMBOLS), RUNS, PARTS, whole, merged(audits)))


@settings(max_examples=150)
@given(records(), records(), records())
def test_merging_is_associative_commutative_and_idempotent(a, b, c):
    together = dumps(merge([a, b, c]))
    assert dumps(merge([merge([a, b]), c])) == together
    assert dumps(merge([a, merge([b, c])])) == together
    assert dumps(merge([c, b, a])) == together
    assert dumps(merge([a, b, c, b, merge([a, c])])) == together
    assert dumps(merge([loads(together)])) == together


@settings(max_examples=50)
@given(records())
def test_what_is_written_is_read(record):
    once = merge([record])
    assert loads(dumps(once)) == once
    assert merge([]) == SharedRecord()


@settings(max_examples=100)
@given(records(), records())
def test_the_newest_of_each_test_stays_and_the_newest_other_one_that_passed(a, b):
    together = merge([a, b])
    for nodeid in a.tests.keys() | b.tests.keys():
        every = {e.run: e for r in (a, b) for e in r.tests.get(nodeid, ())}
        for interpreter in {RUNS[name].interpreter for name in every}:
            ordered = sorted(
                (name for name in every if RUNS[name].interpreter == interpreter),
                key=lambda name: (RUNS[name].created, name),
            )
            expected = ordered[-1:] + [n for n in ordered[:-1] if every[n].passed][-1:]
            found = [
                e.run for e in together.tests[nodeid] if RUNS[e.run].interpreter == interpreter
            ]
            assert sorted(found) == sorted(expected)
    for nodeid, entries in together.tests.items():
        for kept in entries:
            [whole] = {
                e.run: e for r in (a, b) for e in r.tests.get(nodeid, ()) if e.run == kept.run
            }.values()
            origin = a if whole in a.tests.get(nodeid, ()) else b
            assert [together.symbols[n] for n in kept.symbols] == [
                origin.symbols[n] for n in whole.symbols
            ]


def some_record():
    tests = {
        "test_a.py::test_one": (entry("run1", 4), entry("run2", 8)),
        "test_b.py::test_two": (entry("run4", 13),),
        "test_c.py::test_three": (entry("run3", 9),),
    }
    return merge([SharedRecord(tuple(SYMBOLS), RUNS, PARTS, tests)])


def test_only_a_part_can_be_taken():
    record = some_record()
    assert list(of_files(record, {"test_a.py"}).tests) == ["test_a.py::test_one"]
    assert list(of_interpreter(record, "CPython 3.11").tests) == ["test_c.py::test_three"]
    newest = of_newest_runs(record, 2)
    assert set(newest.runs) == {"run3", "run4"}
    assert set(newest.tests) == {"test_b.py::test_two", "test_c.py::test_three"}
    assert set(newest.parts) == {"snapshot", "snapshot 2", "modules", "collected"}
    assert of_files(record, ()) == SharedRecord()


WHOLE = dumps(some_record())
HEADER, BODY = WHOLE.split(b"\n", 1)


def with_header(**replaced):
    words = dict(
        zip(("magic", "format", "layout", "digest", "length"), HEADER.split(), strict=True)
    )
    return b" ".join((words | replaced).values()) + b"\n" + BODY


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut off"),
        (WHOLE[:9], "cut off"),
        (WHOLE[:-1], "cut off"),
        (WHOLE + b"x", "damaged"),
        (WHOLE[:-5] + bytes([WHOLE[-5] ^ 255]) + WHOLE[-4:], "damaged"),
        (with_header(format=b"%d" % (FORMAT + 1)), "of a newer gardener"),
        (with_header(layout=b"999"), "of a newer gardener"),
        (with_header(layout=b"1"), "of an older gardener"),
        (with_header(length=b"many"), "damaged"),
        (b"<!DOCTYPE html>\n<title>Sign in</title>", "no record of gardener"),
        (b"\x1f\x8b" + b"x" * 300, "no record of gardener"),
    ],
)
def test_what_is_not_whole_is_refused_with_a_word(data, reason):
    with pytest.raises(RecordError, match=reason):
        loads(data)


def test_what_is_whole_and_could_not_be_read_again_is_refused():
    record = some_record()
    for name, wrong in [("snapshot", b"[]"), ("modules", b'{"a":1}'), ("collected", b"[]")]:
        parts = {**record.parts, name: wrong}
        with pytest.raises(RecordError, match="damaged"):
            loads(dumps(record._replace(parts=parts)))
    runs = {name: run._replace(environment="{}") for name, run in record.runs.items()}
    with pytest.raises(RecordError, match="damaged"):
        loads(dumps(record._replace(runs=runs)))
    with pytest.raises(RecordError, match="damaged"):
        loads(dumps(record._replace(runs={})))
    beyond = {"test_a.py::test_one": (entry("run1", 4)._replace(symbols=array("I", [9999])),)}
    with pytest.raises(RecordError, match="damaged"):
        loads(dumps(record._replace(tests=beyond)))
