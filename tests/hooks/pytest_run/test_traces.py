"""What each test executed, by the events of one process."""

import pytest
from gardener.hooks.pytest_run.earlier_tests import LazyInitSite, Lifetime
from gardener.hooks.pytest_run.traces import enclosing_symbols, trace_of

from gardener.model import Symbol

NAMES = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
SYMBOLS = [{"k": "symbol", "n": n, "f": "app.py", "s": name} for n, name in NAMES.items()]


def test(nodeid="t.py::a", number=9, codes=(1,), **more):
    return {"k": "deps", "n": number, "id": nodeid, "c": list(codes), **more}


test.__test__ = False  # type: ignore[attr-defined]  # an event, as the stream has it


def names(symbols):
    return {symbol.qualname for symbol in symbols}


def executed(*events, nodeid="t.py::a"):
    return trace_of([*SYMBOLS, *events]).tests[nodeid]


def test_a_test_executes_what_its_fixtures_did_and_what_those_use():
    fixtures = [
        {"k": "fixture", "n": 1, "c": [2], "x": [2], "o": ["a.txt"]},
        {"k": "fixture", "n": 2, "c": [3], "x": [1], "p": "subprocess.Popen"},
        {"k": "fixture", "n": 3, "c": [4]},
    ]
    found = executed(*fixtures, test(x=[1]))
    assert names(found.symbols) == names(found.ran) == {"one", "two", "three"}
    assert (found.files, found.opaque) == ({"a.txt"}, "subprocess.Popen")


def test_collection_belongs_to_the_tests_of_that_file_alone():
    trace = trace_of(
        [
            *SYMBOLS,
            {"k": "gather", "f": "t.py", "n": 2, "c": [2], "o": ["rows.csv"], "w": 1},
            {"k": "gather", "f": "u.py", "n": 3, "c": [3]},
            {"k": "always", "n": 0, "c": [4]},
            {"k": "module", "f": "app.py", "c": [5]},
            test(),
            test("u.py::b[x::y]"),
            {"k": "traced", "sites": ["/site"], "python": "/py", "unseen": ["conftest.py"]},
        ]
    )
    assert names(trace.tests["t.py::a"].symbols) == {"one", "two", "four"}
    assert names(trace.tests["u.py::b[x::y]"].symbols) == {"one", "three", "four"}
    assert names(trace.tests["t.py::a"].ran) == {"one"}
    assert {file: names(symbols) for file, symbols in trace.modules.items()} == {
        "app.py": {"five"},
        "t.py": {"two"},
        "u.py": {"three"},
    }
    assert (trace.collected.files, trace.collected.opened) == ({"t.py"}, {"rows.csv"})
    assert (trace.sites, trace.python, trace.collected.unseen) == (
        ("/site",),
        "/py",
        {"conftest.py"},
    )


def test_two_attempts_are_joined():
    found = executed(
        test(codes=[1], r=[[1, "ValueError"]]),
        test(codes=[2], r=[[2, "KeyError"], [1, "ValueError"]]),
    )
    assert names(found.symbols) == {"one", "two"}
    assert [(symbol.qualname, name) for symbol, name in found.born] == [
        ("one", "ValueError"),
        ("two", "KeyError"),
    ]


@pytest.mark.parametrize(
    ("lifetimes", "number", "reached"),
    [
        (None, 9, True),
        ([[3, 9]], 9, True),
        ([[3, None]], 99, True),
        ([[3, 8]], 9, False),
        ([[9, None]], 9, False),
        ([[20, None], [1, 10]], 9, True),
    ],
)
def test_what_ran_once_belongs_to_the_tests_that_skipped_it(lifetimes, number, reached):
    once = {"k": "once", "s": [1], "c": [1, 5]}
    if lifetimes is not None:
        once["t"] = lifetimes
    found = executed(once, test(number=number, codes=[1]))
    assert ("five" in names(found.symbols)) is reached
    assert "five" not in names(executed(once, test(number=number, codes=[2])).symbols)


@pytest.mark.parametrize(
    ("lifetimes", "matters"),
    [(None, True), ((Lifetime(50, 60),), True), ((), False)],
)
def test_of_a_shared_fixture_lifetimes_tell_nothing(lifetimes, matters):
    site = LazyInitSite(frozenset({1}), frozenset({5}), lifetimes)
    assert site.matters(direct={2}, shared={1}, number=9) is matters
    assert not site.matters(direct={2}, shared={3}, number=9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", [""]),
        ("A.f", ["A.f"]),
        ("f.<locals>.g", ["f", "f.<locals>.g"]),
        ("f.<locals>.C.m.<locals>.h", ["f", "f.<locals>.C.m", "f.<locals>.C.m.<locals>.h"]),
    ],
)
def test_a_function_depends_on_those_that_it_is_defined_in(name, expected):
    assert enclosing_symbols("a.py", name) == tuple(Symbol("a.py", name) for name in expected)


def test_what_a_function_may_hand_out_later_belongs_to_all_that_execute_it():
    reads = [{"k": "read", "s": [2], "o": ["page.html"]}]
    assert executed(*reads, test(codes=[1, 2])).files == {"page.html"}
    assert executed(*reads, test(codes=[1])).files == frozenset()


def test_a_process_that_an_earlier_test_started_makes_opaque():
    reads = [{"k": "read", "s": [2], "o": ["\0process os.fork"]}]
    later = executed(*reads, test(codes=[2]))
    assert (later.opaque, later.files) == ("os.fork", frozenset())


def test_what_a_lazy_initialisation_read_belongs_to_all_that_may_skip_it():
    site = {"k": "once", "s": [3], "c": [4], "o": ["table.json"]}
    assert executed(site, test(codes=[3])).files == {"table.json"}
    assert executed(site, test(codes=[1])).files == frozenset()


def test_what_is_read_at_import_belongs_to_the_module():
    events = [{"k": "module", "n": 1, "f": "app.py", "c": [], "o": ["table.json", "\0process x"]}]
    assert trace_of(events).collected.read == {"app.py": {"table.json"}}
