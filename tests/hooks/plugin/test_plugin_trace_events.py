"""The events that tell what each context executed."""

import json
from typing import NamedTuple

import pytest
from gardener.hooks.plugin.executed import Executed, Lifetime, identity
from gardener.hooks.plugin.repository import Repository
from gardener.hooks.plugin.stream import Stream
from gardener.hooks.plugin.trace_events import TraceWriter

TEXT = """
def get(self):
    if self.kept is None:
        self.kept = make()
def make(): return [x for x in ()]
def caller(): return get
def user(): return whole()
@cached
def whole(): return make()
"""


class Recorder(NamedTuple):
    """What the writer needs of the recorder."""

    stream: Stream


class Traced:
    """A module whose code is known by name, and the events that are written of it."""

    def __init__(self, folder):
        self.folder = folder
        path = folder / "app.py"
        path.write_text(TEXT)
        self.executed = Executed(Repository(str(folder), str(folder), []))
        self.executed.recorder = Recorder(Stream(str(folder / "stream"), "gw0"))
        self.module = compile(TEXT, str(path), "exec")
        self.codes = {code.co_name: identity(code) for code in self.executed.add(self.module)}
        self.writer = TraceWriter(self.executed)

    def context(self, *names):
        context = self.executed.new_context()
        context.codes = {self.codes[name] for name in names}
        return context

    def events(self):
        [path] = (self.folder / "stream").iterdir()
        events = [json.loads(line) for line in path.read_text().splitlines()]
        symbols = {e["n"]: e["s"] for e in events if e["k"] == "symbol"}
        for event in events:
            for key in {"c", "s"} & event.keys() - ({"s"} if event["k"] == "symbol" else set()):
                event[key] = sorted(symbols[number] for number in event[key])
            if "r" in event:
                event["r"] = [[symbols[number], name] for number, name in event["r"]]
        return [event for event in events if event["k"] != "symbol"]


@pytest.fixture
def traced(tmp_path):
    return Traced(tmp_path)


def test_a_context_is_written_with_what_it_has(traced):
    plain = traced.context("get", "make")
    plain.codes.add(-5)  # code of a library
    traced.writer.write("deps", plain, id="test_a.py::test_b")
    context = traced.context("make")
    context.files = {"b.csv", "a.csv"}
    context.uses = {9, 3}
    context.raised = {(traced.codes["make"], "KeyError"): None, (-5, "OSError"): None}
    context.opaque = "os.fork"
    traced.writer.write("fixture", context)
    assert traced.events() == [
        {"k": "deps", "n": plain.number, "c": ["get", "make"], "id": "test_a.py::test_b"},
        {
            "k": "fixture",
            "n": context.number,
            "c": ["make"],
            "o": ["a.csv", "b.csv"],
            "x": [3, 9],
            "r": [["make", "KeyError"]],
            "p": "os.fork",
        },
    ]


def test_a_symbol_is_written_once_for_the_function_and_what_is_in_it(traced):
    nested = {
        identity(code) for code in traced.executed.codes.values() if code.co_name == "<listcomp>"
    }
    context = traced.context("make")
    context.codes |= nested
    traced.writer.write("deps", context)
    traced.writer.write("deps", traced.context("make"))
    [path] = (traced.folder / "stream").iterdir()
    symbols = [line for line in path.read_text().splitlines() if '"k":"symbol"' in line]
    assert symbols == ['{"k":"symbol","n":0,"f":"app.py","s":"make"}']


@pytest.mark.parametrize(
    ("opaque", "session", "expected"),
    [
        ("", "", {"a.py": (1, ""), "b.py": (0, "")}),
        ("another profiler", "", {"a.py": (0, ""), "b.py": (0, "")}),
        ("os.fork", "", {"a.py": (0, "os.fork"), "b.py": (0, "")}),
        ("", "another profiler", {"a.py": (0, ""), "b.py": (0, "")}),
    ],
)
def test_of_which_files_the_whole_collection_was_seen(traced, opaque, session, expected):
    collected = {"a.py": traced.context("make"), "b.py": traced.context("get")}
    collected["a.py"].opaque = opaque
    traced.executed.session.opaque = session
    traced.writer.write_collected(collected, {"a.py"})
    rows = {e["f"]: (e.get("w", 0), e.get("p", "")) for e in traced.events()}
    assert rows == expected


def once(traced):
    return [event for event in traced.events() if event["k"] == "once"]


def test_lazy_initialisation_belongs_to_all_tests_that_enter_it(traced):
    traced.executed.ran_in_sites[traced.codes["get"]] = {traced.codes["make"]}
    traced.writer.write_end()
    assert once(traced) == [{"k": "once", "s": ["get"], "c": ["get", "make"]}]


def test_behind_a_cache_whoever_names_the_function_depends_on_it(traced):
    traced.executed.ran_in_sites[traced.codes["whole"]] = {traced.codes["make"]}
    traced.writer.write_end()
    [event] = once(traced)
    assert event["c"] == ["make", "whole"]
    assert set(event["s"]) >= {"user", "whole"}
    assert "caller" not in event["s"]


def lifetime(first, last, codes):
    made = Lifetime(first)
    made.last_test, made.codes = last, codes
    return made


def test_lifetimes_are_joined_by_what_was_initialised(traced):
    get, make, caller = (traced.codes[name] for name in ("get", "make", "caller"))
    traced.executed.ran_in_sites[get] = {make, caller}
    traced.executed.lifetimes[get] = [
        lifetime(1, 3, {make}),
        lifetime(2, 2, {make}),  # no other test can have met it
        lifetime(4, None, {make}),
        lifetime(5, 6, None),  # what it ran is only known of the function
    ]
    traced.writer.write_end()
    assert once(traced) == [
        {"k": "once", "s": ["get"], "c": ["get", "make"], "t": [[1, 3], [4, None]]},
        {"k": "once", "s": ["get"], "c": ["caller", "get", "make"], "t": [[5, 6]]},
    ]


def test_of_an_untracked_function_lifetimes_say_nothing(traced):
    get = traced.codes["get"]
    traced.executed.ran_in_sites[get] = set()
    traced.executed.lifetimes[get] = [lifetime(1, 2, set())]
    traced.executed.untracked.add(get)
    traced.writer.write_end()
    assert once(traced) == [{"k": "once", "s": ["get"], "c": ["get"]}]


def test_the_end_names_what_was_imported_before(traced):
    traced.executed.imported_before = {"b.py", "a.py"}
    traced.writer.write_end()
    module, session, end = traced.events()
    assert (module["k"], module["f"], session["k"]) == ("module", "app.py", "always")
    assert (end["k"], end["unseen"]) == ("traced", ["a.py", "b.py"])
