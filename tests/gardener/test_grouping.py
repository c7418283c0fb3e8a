"""Which failures have one cause: a table of what belongs together beside what does not."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.grouping import group
from gardener.model import Cause, Failure, Frame, Phase, Report, Result
from gardener.render.formats import RENDERERS


def failed(name, type_, message, *frames, **more):
    steps = [
        Frame(file, line, function, "test" if "test" in file else "project", "", *())
        for file, line, function in frames
    ]
    return Failure(
        nodeid=f"tests/test_{name}.py::test_{name}",
        phase=more.pop("phase", "call"),
        type=type_,
        message=message,
        frames=tuple(steps),
        **more,
    )


def cause(type_, message, link="cause", *frames):
    steps = tuple(Frame(f, n, q, "project") for f, n, q in frames)
    return Cause(type=type_, message=message, link=link, frames=steps)


def refused(library, module, owner, parameter="app"):
    """The facts of a call that a library refuses."""
    return {
        "callable": f"{module}:{owner}.__init__",
        "library": library,
        "lacks": f"parameter `{parameter}` in `{owner}.__init__`",
    }


NO_APP = "Client.__init__() got an unexpected keyword argument 'app'"
NO_LOG = "No module named 'py.log'; 'py' is not a package"
PARSE = ("app/core.py", 12, "parse")
UTCNOW = "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version."
ASKED = "requested an async fixture 'app', with no plugin or hook that handled it."
MISSING = "Room.__init__() missing 1 required positional argument: 'owner'"


def run_by_plugin(name, message):
    """A failure of a test that the project's own plugin of pytest runs."""
    runner = ("app/plugin.py", 4, "Runner.call")
    return failed(
        name, "AssertionError", message, runner, (f"tests/test_{name}.py", 3, f"test_{name}")
    )


def silent(name):
    """A failure of an assertion of pytest itself."""
    frame = Frame("/v/site-packages/_pytest/fixtures.py", 9, "FixtureDef.execute", "library")
    return replace(failed(name, "AssertionError", "", phase="setup"), frames=(frame,))


NAMESAKES = {
    "differs_types": "app.Options and lib.Options",
    "differs_left": "1",
    "differs_right": "2",
}
COROUTINE = {"library": "Python 3.12.1", "lacks": "`asyncio.coroutine`"}

TOGETHER = {
    "a name that a module of Python lacks, by import and as an attribute": [
        failed("a", "AttributeError", "module 'asyncio' has no attribute 'coroutine'", facts=COROUTINE),
        failed("b", "ImportError", "cannot import name 'coroutine' from 'asyncio' (/a.py)", facts=COROUTINE),
    ],
    "objects of two classes of one name": [
        failed("a", "AssertionError", "assert 1 == 2", facts=NAMESAKES),
        failed("b", "AssertionError", "Options[18 chars] != Options[20 chars]", facts=NAMESAKES),
    ],
    "an assertion of a library that says nothing": [silent("a"), silent("b")],
    "the same place, whatever the line and the test": [
        failed("a", "ValueError", "bad 1", PARSE),
        failed("b", "ValueError", "quite other", ("app/core.py", 99, "parse")),
    ],
    "setup and call": [
        failed("a", "AttributeError", "Mock object has no attribute 'is_healthy'", phase="setup"),
        failed("b", "AttributeError", "Mock object has no attribute 'is_healthy'"),
    ],
    "wrapped by pytest.fail, with and without the chain": [
        failed("a", "TypeError", MISSING),
        failed("b", "Failed", f"the room must open: {MISSING}"),
        failed("c", "Failed", "no room", causes=(cause("TypeError", MISSING, "context"),)),
    ],
    "the bare text joins the one that knows the file": [
        failed("a", "TypeError", MISSING, facts={"callable": "app/room.py:Room.__init__"}),
        failed("b", "Failed", f"cannot open: {MISSING}"),
    ],
    "one deprecated function, wherever it is used": [
        failed("a", "DeprecationWarning", UTCNOW, PARSE),
        failed("b", "DeprecationWarning", UTCNOW, ("app/two.py", 3, "Clock.read")),
        failed("c", "DeprecationWarning", UTCNOW),
    ],
    "raise from": [
        failed("a", "KeyError", "'x'", PARSE),
        failed("b", "RuntimeError", "no config", causes=(cause("KeyError", "'x'", "cause", PARSE),)),
    ],
    "a member of a group": [
        failed("a", "OSError", "gone", PARSE),
        failed("b", "ExceptionGroup", "1 error", causes=(cause("OSError", "gone", "group", PARSE),)),
    ],
    "what no plugin runs, however it shows": [
        failed("a", "Failed", "async def functions are not natively supported.\nYou need"),
        failed("b", "Failed", f"'test_b[\\n]' {ASKED}", phase="setup"),
        failed("c", "Failed", f"'test_c' {ASKED.replace('app', 'db')}", phase="setup"),
        failed("d", "AssertionError", "", phase="setup", facts={"async_fixture": "app"}),
        failed("e", "TypeError", "'coroutine' object is not iterable", facts={"async_fixture": "x"}),
    ],
    "an import that takes many modules down": [
        failed("a", "ModuleNotFoundError", "No module named 'app.gone'", phase="collect"),
        failed("b", "ModuleNotFoundError", "No module named 'app.gone'", PARSE),
    ],
    "a broken fixture": [
        failed("a", "OSError", "port 1 is busy", ("tests/conftest.py", 3, "server"), phase="setup"),
        failed("b", "OSError", "port 2 is in use", ("tests/conftest.py", 3, "server"), phase="setup"),
    ],
    "None where it is used": [
        failed("a", "AttributeError", "'NoneType' object has no attribute 'x'", body_symbols=("app/core.py:load",)),
        failed("b", "TypeError", "'NoneType' object is not iterable", body_symbols=("app/core.py:load",)),
        failed("c", "AssertionError", "assert None == 3", body_symbols=("app/core.py:load",)),
    ],
    "variants of one test at one statement": [
        Failure(nodeid=f"tests/test_a.py::test_a[{n}]", phase=Phase.CALL, type="ValueError", message=text,
                frames=(Frame("app/core.py", 4, "parse", "project", "raise ValueError(text)"),))
        for n, text in enumerate(("no room", "quite another word"))
    ],
    "one raise with other values": [
        Failure(nodeid=f"tests/test_{n}.py::test", phase=Phase.CALL, type="ValueError", message=f"no room {text!r}",
                frames=(Frame("app/core.py", 4, "parse", "project", "raise ValueError(text)"),))
        for n, text in enumerate(("hall", "den"))
    ],
    "a check that tests share": [
        Failure(nodeid=f"tests/test_a.py::test_{name}", phase=Phase.CALL, type="AssertionError", message=text,
                frames=(Frame("tests/test_a.py", 4, "check", "test", "assert room.size == size"),))
        for name, text in (("a", "assert 1 == 2"), ("b", "assert 'x' == 'y'"))
    ],
    "operands of which one is of the wrong type": [
        failed("a", "TypeError", "unsupported operand type(s) for +=: 'int' and 'list'", PARSE),
        failed("b", "TypeError", 'can only concatenate list (not "int") to list', ("app/core.py", 3, "run"), PARSE),
        failed("c", "TypeError", "'<' not supported between instances of 'list' and 'int'", ("app/core.py", 3, "run")),
    ],
    "None in a dictionary that should hold a value": [
        failed("a", "AssertionError", "assert {'x': None} == {'x': 1}\n  Differing items:\n  {'x': None} != {'x': 1}", body_symbols=("app/core.py:load",)),
        failed("b", "TypeError", "'NoneType' object is not iterable", body_symbols=("app/core.py:load",)),
    ],
    "a raise that names each test": [
        Failure(nodeid=f"tests/test_a.py::Test{name}::test", phase=Phase.SETUP, type="LookupError",
                message=f"nothing for Test{name}",
                frames=(Frame("app/base.py", 4, "Base.prepare", "project", 'raise LookupError(f"nothing for {name}")'),))
        for name in ("Room", "User")
    ],
    "what swallowed an exception, and what ended in it": [
        failed("a", "AssertionError", "assert 500 == 200", suspect="app/core.py:parse", suspect_raised="KeyError"),
        failed("b", "KeyError", "'x'", PARSE),
    ],
    "an exception that assertions show": [
        Failure(nodeid=f"tests/test_{name}.py::test", phase=Phase.CALL, type="AssertionError", message=text,
                frames=(Frame(f"tests/test_{name}.py", 4, "test", "test", source),))
        for name, source, text in (
            ("a", "assert result.exit_code == 0", "assert 1 == 0\n +  where 1 = <Result KeyError('id')>.exit_code"),
            ("b", "assert not result.exception", "assert not KeyError('id')\n +  where KeyError('id') = <Result KeyError('id')>.exception"),
        )
    ],
    "one text that nothing else has": [
        failed("a", "TypeError", "'list' object cannot be interpreted as an integer", PARSE),
        failed("b", "TypeError", "'list' object cannot be interpreted as an integer", ("tests/test_b.py", 3, "test_b")),
    ],
    "a base class without its setUp": [
        failed(name, "AttributeError", f"'Test{name}' object has no attribute '{name}'",
               facts={"setup": "tests/base.py:Base.setUp"})
        for name in "abc"
    ],
    "a parameter that a library took from two classes": [
        failed("a", "TypeError", NO_APP, facts=refused("relay 2.0", "relay", "Client")),
        failed("b", "TypeError", NO_APP, facts=refused("relay 2.0", "relay._async", "AsyncClient")),
    ],
    "a parameter that Python took from two classes of a module": [
        failed("a", "TypeError", NO_APP, facts=refused("Python 3.12.1", "asyncio.locks", "Lock")),
        failed("b", "TypeError", NO_APP, facts=refused("Python 3.12.1", "asyncio.queues", "Queue")),
    ],
    "old names of TestCase, whichever class asks for which": [
        failed("a", "AttributeError", "'TestA' object has no attribute 'assertEquals'",
               facts={"library": "Python 3.12.1", "lacks": "`TestCase.assertEquals`"}),
        failed("b", "AttributeError", "'TestB' object has no attribute 'assertRegexpMatches'",
               facts={"library": "Python 3.12.1", "lacks": "`TestCase.assertRegexpMatches`"}),
        failed("c", "AttributeError",
               "'TestC' object has no attribute 'assertEquals'. Did you mean: 'assertEqual'?"),
    ],
    "parts of a package that is not installed": [
        failed("a", "AttributeError", "module 'py' has no attribute 'io'", facts={"absent": "py"}),
        failed("b", "ModuleNotFoundError", NO_LOG, facts={"absent": "py"}, phase="collect"),
        failed("c", "AssertionError", f"assert '{NO_LOG}' == ''"),
    ],
}  # fmt: skip

APART = {
    "objects of two types": [
        failed("a", "AssertionError", "assert 1 == 2", facts={"differs_types": "int and str"}),
        failed("b", "AssertionError", "list[18 chars] != str", facts={"differs_types": "int and str"}),
    ],
    "two tests that the project's own plugin runs": [
        run_by_plugin("a", "assert not {'walk'}"),
        run_by_plugin("b", "assert isinstance(extra, list)"),
    ],
    "one parameter of two libraries": [
        failed("a", "TypeError", NO_APP, facts=refused("relay 2.0", "relay", "Client")),
        failed("b", "TypeError", NO_APP, facts=refused("other 2.0", "other", "Client")),
    ],
    "one parameter of two modules of Python": [
        failed("a", "TypeError", NO_APP, facts=refused("Python 3.12.1", "asyncio.locks", "Lock")),
        failed("b", "TypeError", NO_APP, facts=refused("Python 3.12.1", "json.encoder", "Lock")),
    ],
    "two parameters of one library": [
        failed("a", "TypeError", NO_APP, facts=refused("relay 2.0", "relay", "Client")),
        failed("b", "TypeError", NO_APP.replace("app", "proxies"),
               facts=refused("relay 2.0", "relay", "Client", "proxies")),
    ],
    "another type at the same place": [
        failed("a", "ValueError", "bad", PARSE),
        failed("b", "KeyError", "'x'", PARSE),
    ],
    "the same bare name of two classes": [
        failed("a", "TypeError", MISSING),
        failed("b", "TypeError", MISSING.replace("Room", "User")),
    ],
    "the same class name in two files": [
        failed("a", "TypeError", MISSING, facts={"callable": "app/room.py:Room.__init__"}),
        failed("b", "TypeError", MISSING, facts={"callable": "app/hall.py:Room.__init__"}),
    ],
    "plain numbers that differ": [
        failed("a", "AssertionError", "assert 1 == 2", body_symbols=("app/core.py:load",)),
        failed("b", "AssertionError", "assert 3 == 4", body_symbols=("app/core.py:load",)),
    ],
    "an error that only happened to be handled": [
        failed("a", "KeyError", "'x'", PARSE),
        failed("b", "ValueError", "other", ("app/other.py", 1, "run"),
               causes=(cause("KeyError", "'x'", "context", PARSE),)),
    ],
    "one text raised at two places": [
        Failure(nodeid=f"tests/test_{name}.py::test", phase=Phase.CALL, type="RuntimeError", message="not ready",
                frames=(Frame("app/main.py", 9, "main", "project", "run()"),
                        Frame("app/core.py", 4, name, "project", 'raise RuntimeError("not ready")')))
        for name in ("open", "close")
    ],
    "nothing raised in two files": [
        failed("a", "Failed", "DID NOT RAISE ValueError", body_symbols=("app/core.py:load",)),
        failed("b", "Failed", "DID NOT RAISE ValueError", body_symbols=("app/core.py:load",)),
    ],
    "one text, but each has a suspect of its own": [
        failed(name, "AssertionError", "the room is closed", body_symbols=("app/core.py:load",), suspect=f"app/{name}.py:make")
        for name in "ab"
    ],
    "two exceptions that were swallowed at one place": [
        failed("a", "AssertionError", "assert 500 == 200", suspect="app/core.py:parse", suspect_raised="KeyError"),
        failed("b", "AssertionError", "assert [] == [1]", suspect="app/core.py:parse", suspect_raised="ValueError"),
    ],
    "variants of one test that swallowed two exceptions": [
        Failure(nodeid=f"tests/test_a.py::test[{error}]", phase=Phase.CALL, type="AssertionError", message="assert 1 == 0",
                frames=(Frame("tests/test_a.py", 4, "test", "test", "assert code == 0"),),
                suspect="app/core.py:parse", suspect_raised=error)
        for error in ("KeyError", "ValueError")
    ],
    "one raise with two texts of its own": [
        Failure(nodeid=f"tests/test_a.py::test_{name}", phase=Phase.CALL, type="LookupError", message=f"nothing for {name}",
                frames=(Frame("app/base.py", 4, "find", "project", "raise LookupError(text)"),))
        for name in ("rooms", "users")
    ],
    "two deprecated functions at one place": [
        failed("a", "DeprecationWarning", UTCNOW, PARSE),
        failed("b", "DeprecationWarning", UTCNOW.replace("utcnow", "utcfromtimestamp"), PARSE),
    ],
    "variants of one test that show two exceptions": [
        Failure(nodeid=f"tests/test_a.py::test[{error}]", phase=Phase.CALL, type="AssertionError",
                message=f"assert 1 == 0\n +  where 1 = <Result {error}>.exit_code",
                frames=(Frame("tests/test_a.py", 4, "test", "test", "assert result.exit_code == 0"),))
        for error in ("KeyError('id')", 'TypeError("\'int\' object is not iterable")')
    ],
    "an exception that tests expect to see": [
        Failure(nodeid=f"tests/test_{name}.py::test", phase=Phase.CALL, type="AssertionError",
                message=f"assert [{shown}] == [KeyError('id')]",
                frames=(Frame(f"tests/test_{name}.py", 4, "test", "test", "assert seen == [KeyError('id')]"),))
        for name, shown in (("a", "1"), ("b", "'x'"))
    ],
    "fixtures that raise one text in two files": [
        Failure(nodeid=f"tests/test_{name}.py::test", phase=Phase.SETUP, type="OSError", message="resource is busy",
                frames=(Frame(f"tests/test_{name}.py", 4, "server", "test", 'raise OSError("resource is busy")'),))
        for name in "ab"
    ],
    "a wrong value far below what both run": [
        failed("a", "TypeError", "'list' object cannot be interpreted as an integer", PARSE, ("app/read.py", 9, "read"), ("app/chunk.py", 3, "chunks")),
        failed("b", "TypeError", 'can only concatenate list (not "int") to list', PARSE, ("app/find.py", 9, "find"), ("app/bound.py", 5, "bounds")),
    ],
    "different missing modules": [
        failed("a", "ModuleNotFoundError", "No module named 'one'", phase="collect"),
        failed("b", "ModuleNotFoundError", "No module named 'two'", phase="collect"),
    ],
    "None from two functions": [
        failed("a", "TypeError", "'NoneType' object is not iterable", body_symbols=("app/a.py:load",)),
        failed("b", "TypeError", "'NoneType' object is not callable", body_symbols=("app/b.py:make",)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", TOGETHER)
def test_one_cause(name):
    (one,) = group(TOGETHER[name])
    assert len(one.failures) == len(TOGETHER[name])
    assert one.reason.endswith(".")


@pytest.mark.parametrize("name", APART)
def test_two_causes(name):
    assert len(group(APART[name])) == 2


def test_a_text_that_three_have_is_said_for_many_reasons():
    text = "pop from an empty deque"
    places = [("app/a.py", 1, "a"), ("app/b.py", 2, "b"), ("app/c.py", 3, "c")]
    one, other, third = (failed(at[2], "IndexError", text, at) for at in places)
    assert len(group([one, other])) == 1
    assert len(group([one, other, third])) == 3


@pytest.mark.parametrize("name", [*TOGETHER, *APART])
def test_the_order_of_failures_does_not_matter(name):
    failures = {**TOGETHER, **APART}[name]

    def sets(found):
        return {frozenset(f.nodeid for f in one.failures) for one in found}

    assert sets(group(failures)) == sets(group(failures[::-1]))
    prints = {one.fingerprints for one in group(failures)}
    assert prints == {one.fingerprints for one in group(failures[::-1])}


def test_what_a_trace_tells_keeps_the_name_of_before_unless_two_claim_it():
    """A cause is known again whether a run was traced or not, and an old issue is given to one."""
    two = APART["variants of one test that swallowed two exceptions"]
    (bare,) = group([replace(f, suspect="", suspect_raised="") for f in two[:1]])
    report = Report(created="", failures=tuple(two))
    for failures, aliases in ((two[:1], [(bare.evidence.fingerprint,)]), (two, [(), ()])):
        found = diagnose(replace(report, failures=tuple(failures)), Config(Path())).findings
        assert [one.aliases for one in found] == aliases
        assert all(one.fingerprint != bare.evidence.fingerprint for one in found)
    assert all(bare.evidence.fingerprint in one.fingerprints for one in group(two))


def test_the_plainest_failure_is_shown_first():
    (one,) = group(TOGETHER["wrapped by pytest.fail, with and without the chain"][::-1])
    assert one.failures[-1].type == "Failed"
    assert "wrapped" not in one.evidence.symbol
    assert one.evidence.symbol == "Room.__init__"


BAD_TEXTS = [
    "x" * 1_000_000,
    "\n" * 1_000_000,
    "assert " + "'a' == " * 200_000,
    "No module named '" * 100_000,
    "- a\n+ b\n" * 100_000,
    "\0\ud800\x1b[31m",
    "expected 5" + " " * 100_000,
    "0x" * 100_000,
    "/" * 100_000,
]


@pytest.mark.untraced  # coverage.py would be measured too
@pytest.mark.parametrize("text", BAD_TEXTS, ids=range(len(BAD_TEXTS)))
@pytest.mark.parametrize("type_", ["AssertionError", "TypeError", ""])
def test_hostile_messages_cost_little(text, type_):
    report = Report(
        created="", results=(Result("t.py::a", "failed"),),
        failures=(Failure(nodeid="t.py::a", phase=Phase.CALL, type=type_, message=text),),
    )  # fmt: skip
    before = time.process_time()
    found = diagnose(report, Config(Path()))
    for render in RENDERERS.values():
        render(report, found)
    assert time.process_time() - before < 5, "a pattern backtracks"
    assert len(found.findings) == 1


def test_ten_thousand_failures_of_one_test_are_one_finding():
    failures = tuple(
        Failure(nodeid="t.py::a", phase=Phase.CALL, type="ValueError", message=f"no {n}", attempt=1)
        for n in range(10_000)
    )
    report = Report(created="", results=(Result("t.py::a", "failed"),), failures=failures)
    (finding,) = diagnose(report, Config(Path())).findings
    assert finding.tests == ("t.py::a",)


@settings(max_examples=200)
@given(
    st.lists(
        st.builds(
            Failure,
            nodeid=st.text(min_size=1),
            phase=st.sampled_from(["collect", "setup", "call", "teardown"]),
            type=st.sampled_from(["TypeError", "AttributeError", "AssertionError", "Failed", "", "é"]),
            message=st.text(),
            statement_symbols=st.lists(st.text(), max_size=2).map(tuple),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_every_failure_is_in_exactly_one_finding(failures):
    report = Report(created="", failures=tuple(failures))
    found = diagnose(report, Config(Path())).findings
    members = [id(failure) for finding in found for failure in finding.failures]
    assert sorted(members) == sorted(map(id, failures))
    slugs = [finding.slug for finding in found]
    assert len(set(slugs)) == len(slugs)
    assert all(2 <= len(slug.split("-")) <= 7 for slug in slugs)
