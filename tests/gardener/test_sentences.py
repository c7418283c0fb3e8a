"""The sentences of a finding are true: a place is never called missing, unset or not serializable."""

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.root_cause import frame_of
from gardener.model import Cause, Failure, Frame, Phase, Report, Result, WarningCount
from gardener.render.formats import RENDERERS

STORE = ("app/store.py", 7, "Store.save")


def failure(type_, message, *frames, **more):
    steps: tuple[Any, ...] = (("tests/test_a.py", 3, "test_a"), *frames)
    origins: dict[str, Any] = {"tests": "test", "app": "project"}
    found = tuple(
        Frame(file, line, function, origins.get(file.partition("/")[0], "library"), *source)
        for file, line, function, *source in steps
    )
    return Failure(
        nodeid="tests/test_a.py::test_a",
        phase=Phase.CALL,
        type=type_,
        message=message,
        frames=found,
        **more,
    )


def asserted(source, message):
    """A failed statement of the test, with what it says."""
    frame = Frame("tests/test_a.py", 3, "test_a", "test", source)
    return structs.replace(failure("AssertionError", message), frames=(frame,))


def finding(one):
    report = Report(created="", results=(Result(one.nodeid, "failed"),), failures=(one,))
    (found,) = diagnose(report, Config(Path())).findings
    return found


USED = {"statement_symbols": ("app/store.py:load",)}
RUN_BY = ("app/plugin.py", 4, "Runner.call", "raise errors[0]")
PYTEST = ("site-packages/_pytest/fixtures.py", 9, "FixtureDef.execute")
NONE_CALLED = ("TypeError", "'NoneType' object is not callable")
CASES = {
    "a test that the project's own runner runs": (
        structs.replace(
            failure("AssertionError", "assert not {'walk'}"),
            frames=(
                Frame(*RUN_BY[:3], "project", RUN_BY[3]),
                Frame("tests/test_a.py", 3, "test_a", "test", "assert not missing"),
            ),
        ),
        "A value is not the expected one.",
        "Compare both values at `tests/test_a.py:3`.",
    ),
    "the name of a host": (
        failure(
            "socket.gaierror", "[Errno -2] Name or service not known", facts={"unresolved": "db"}
        ),
        "The name of the host `db` cannot be resolved.",
        "Replace the connection",
    ),
    "the name of this machine": (
        failure(
            "socket.gaierror",
            "[Errno -2] Name or service not known",
            facts={"unresolved": "localhost"},
        ),
        "The name `localhost` cannot be resolved as it is asked for here.",
        "If an address of IPv6 is asked for, this machine may have none",
    ),
    "the name of a host in a text": (
        failure(
            "MaxRetryError",
            "HTTPSConnectionPool(host='a.org', port=443): Failed to resolve 'a.org'",
        ),
        "The name of the host `a.org` cannot be resolved.",
        "Replace the connection",
    ),
    "an assertion of a library that says nothing": (
        structs.replace(failure("AssertionError", "", PYTEST), phase=Phase.SETUP),
        "An `assert` of a library fails without a word, in `_pytest/fixtures.py:FixtureDef.execute`.",
        "Read that function",
    ),
    "a text of several lines": (
        failure(
            "TapeError", "A request was not handled.\n\nIt went to /get, which\nno tape has.", STORE
        ),
        "`TapeError` at `app/store.py:Store.save`. It goes on: `It went to /get, which no tape has.`.",
        "Read the error",
    ),
    "None in a test": (
        failure(*NONE_CALLED, facts={"misfit": "client.get", "misfit_type": "NoneType"}),
        "`client.get` is None at `tests/test_a.py:3`.",
        "See why `client.get` is None there",
    ),
    "None in the project, where the statement of the test calls another function": (
        failure(
            "AttributeError",
            "'NoneType' object has no attribute 'x'",
            facts={"misfit": "find('a')", "misfit_type": "NoneType"},
            statement_symbols=("app/store.py:load",),
        ),
        "`find('a')` gives None at `tests/test_a.py:3`.",
        "See why `find('a')` gives None there",
    ),
    "None from a function of the project": (
        failure(
            "AttributeError",
            "'NoneType' object has no attribute 'x'",
            facts={"misfit": "load('a')", "misfit_type": "NoneType"},
            statement_symbols=("app/store.py:load",),
        ),
        "`app/store.py:load` gives or holds None where an object is expected.",
        "See why `app/store.py:load` gives None",
    ),
    "None inside a library": (
        failure(
            *NONE_CALLED,
            STORE,
            ("site-packages/pool/core.py", 5, "Pool.get"),
            facts={"misfit": "self.key", "misfit_type": "NoneType", "misfit_in": "pool 2.1"},
        ),
        "In pool 2.1, `self.key` is None; `app/store.py:Store.save` leads there.",
        "See what `app/store.py:Store.save` passes to pool, or does not set up before",
    ),
    "a coroutine that is not awaited": (
        failure(
            "TypeError",
            "'coroutine' object is not subscriptable",
            STORE,
            facts={"misfit": "self.get(key)", "misfit_type": "coroutine"},
        ),
        "`self.get(key)` gives a coroutine at `app/store.py:Store.save`: it is not awaited.",
        "Await `self.get(key)`.",
    ),
    "a value of another type": (
        failure(
            "TypeError",
            "'method' object is not subscriptable",
            facts={"misfit": "response.json", "misfit_type": "method"},
        ),
        "`response.json` is a value of the type `method` at `tests/test_a.py:3`.",
        "See why `response.json` is a value of the type `method` there",
    ),
    "a value of a function that the failing statement calls": (
        failure("AssertionError", "assert 1 == 2", **USED),
        "`app/store.py:load` gives another value than the test expects.",
        "Compare both values",
    ),
    "a value of a function that failing tests only execute": (
        failure("AssertionError", "assert 1 == 2", suspect="app/store.py:load"),
        "A value is not the expected one. Most executed by failing tests: `app/store.py:load`.",
        "Compare both values at `tests/test_a.py:3`.",
    ),
    "a module of Python in a report without facts": (
        failure("AttributeError", "module 'asyncio' has no attribute 'coroutine'", STORE),
        "Python's module `asyncio` has no `coroutine`.",
        "Adapt `app/store.py:Store.save` to the Python",
    ),
    "a service that is there and refuses": (
        failure(
            "psycopg2.OperationalError",
            'connection to server at "127.0.0.1", port 5432 failed: FATAL:  database "test" does not exist',
        ),
        'The service at `127.0.0.1:5432` answers, and refuses: database "test" does not exist.',
        "Mend what its answer names",
    ),
    "a service by its client's words": (
        failure(
            "redis.exceptions.ConnectionError", "Error 111 connecting to localhost:16379. Refused."
        ),
        "Nothing answers at `localhost:16379`.",
        "Start the service at `localhost:16379`",
    ),
    "a database by its client's words": (
        failure(
            "psycopg.OperationalError",
            'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        ),
        "Nothing answers at `127.0.0.1:5432`.",
        "Start the service at `127.0.0.1:5432`",
    ),
    "a server of this machine that a client for any server asks for": (
        failure(
            "ConnectionRefusedError",
            "[Errno 111] Connect call failed ('127.0.0.1', 8000)",
            facts={"address": "127.0.0.1:8000", "asked_by": "websockets 17.4"},
        ),
        "Nothing answers at `127.0.0.1:8000`, where websockets 17.4 connects to.",
        "See whether the tests start what should answer at `127.0.0.1:8000` by themselves",
    ),
    "a server elsewhere that such a client asks for": (
        failure(
            "ConnectionRefusedError",
            "[Errno 111] Connect call failed ('10.0.0.7', 8000)",
            facts={"address": "10.0.0.7:8000", "asked_by": "websockets 17.4"},
        ),
        "Nothing answers at `10.0.0.7:8000`, where websockets 17.4 connects to.",
        "Start the service at `10.0.0.7:8000`",
    ),
    "a socket of a service of the machine": (
        failure(
            "FileNotFoundError",
            "[Errno 2] No such file or directory",
            facts={"address": "/var/run/docker.sock", "asked_by": "docker 7.1"},
        ),
        "Nothing listens at `/var/run/docker.sock`, where docker 7.1 connects to.",
        "Start the service at `/var/run/docker.sock`",
    ),
    "a database at a socket by its client's words": (
        failure(
            "psycopg.OperationalError",
            'connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: No such file or directory',
        ),
        "Nothing listens at `/run/postgresql/.s.PGSQL.5432`.",
        "Start the service at `/run/postgresql/.s.PGSQL.5432`",
    ),
    "a socket of the machine by the words of a library that asks for it": (
        failure("RuntimeError", "Cannot connect to the Docker daemon at unix:///run/docker.sock."),
        "Nothing listens at `/run/docker.sock`.",
        "Start the service at `/run/docker.sock`",
    ),
    "a socket that the tests may not use": (
        failure(
            "psycopg.OperationalError",
            'connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: Permission denied',
        ),
        "A service that the tests need does not answer.",
        "",
    ),
    "a socket that a user's programs share": (
        failure(
            "FileNotFoundError",
            "[Errno 2] No such file or directory",
            facts={"address": "/run/user/1000/relay.sock"},
        ),
        "Nothing answers at `/run/user/1000/relay.sock`.",
        "See whether the tests start what should answer",
    ),
    "a package that a library asks for": (
        failure("NotImplementedError", "No 'RS256'. Do you have cryptography installed?"),
        "`cryptography` is not installed.",
        "Install the package that brings `cryptography`",
    ),
    "a module that is called otherwise than its package": (
        failure("ModuleNotFoundError", "No module named 'yaml'", facts={"absent": "yaml"}),
        "`yaml` is not installed.",
        "Install PyYAML, which brings `yaml`, and declare it",
    ),
    "a package that is only called it": (
        failure("ImportError", "This needs a parser, which is not installed.", STORE),
        "What `app/store.py:Store.save` needs cannot be imported, or is not installed.",
        "Read what is missing",
    ),
    "an option of pip": (
        failure("ImportError", "Too old: pip install -U parser", STORE),
        "What `app/store.py:Store.save` needs cannot be imported, or is not installed.",
        "Read what is missing",
    ),
    "a type that JSON does not know": (
        failure("TypeError", "Object of type datetime is not JSON serializable", STORE),
        "A `datetime` cannot be serialized.",
        "Convert the `datetime` before",
    ),
    "text that is no JSON": (
        failure("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", STORE),
        "A value cannot be serialized or deserialized at `app/store.py:Store.save`.",
        "Look at the value",
    ),
    "an attribute of a class of the project": (
        failure("AttributeError", "'Store' object has no attribute 'put'", STORE),
        "`Store.put` does not exist.",
        "Restore `Store.put`",
    ),
    "an attribute of something else": (
        failure("AttributeError", "'dict' object has no attribute 'put'", STORE),
        "What is used at `app/store.py:Store.save` has no attribute of that name.",
        "See why",
    ),
    "a variable of the environment": (
        failure("KeyError", "'APP_URL'", STORE, ("/lib/os.py", 1, "_Environ.__getitem__")),
        "The environment variable `APP_URL` is not set.",
        "Set `APP_URL` for the tests",
    ),
    "a model and the first thing that does not fit": (
        failure("ValidationError", "1 validation error for Event\nkind\n  Field required", **USED),
        "Input does not fit the model `Event`.",
        "Compare the input with the fields of `Event`",
    ),
    "a mock": (
        failure(
            "AssertionError", "Expected 'send' to have been called once. Called 0 times.", **USED
        ),
        "`send` was not called as expected.",
        "Follow the path",
    ),
    "a local variable": (
        failure(
            "UnboundLocalError",
            "cannot access local variable 'room' where it is not associated with a value",
            STORE,
        ),
        "`room` is not defined where it is used.",
        "Define or import `room`",
    ),
    "None from a function": (
        failure("TypeError", "'NoneType' object is not subscriptable", **USED),
        "`app/store.py:load` gives or holds None where an object is expected.",
        "See why `app/store.py:load` gives None",
    ),
    "None at a place": (
        failure("TypeError", "'NoneType' object is not subscriptable", STORE),
        "A value is None at `app/store.py:Store.save`.",
        "See where the None",
    ),
    "a wrong value": (
        failure("AssertionError", "assert 'a' == 'b'", **USED),
        "`app/store.py:load` gives another value than the test expects.",
        "Compare both values at the failing line; follow `app/store.py:load`",
    ),
    "a wrong value from nowhere": (
        failure("AssertionError", "assert 'a' == 'b'"),
        "A value is not the expected one.",
        "Compare both values at `tests/test_a.py:3`.",
    ),
    "a suspect beside the place": (
        failure("OSError", "no", STORE, suspect="app/net.py:open"),
        "`OSError` at `app/store.py:Store.save`. Most executed by failing tests: `app/net.py:open`.",
        "Read the error at `app/store.py:Store.save`",
    ),
    "a library that cannot be imported": (
        failure(
            "TypeError",
            "duplicate base class TimeoutError",
            ("app/store.py", 2, "<module>", "import aiostore"),
            ("/lib/aiostore.py", 14, "<module>"),
            facts={"raised_by": "aiostore 2.0"},
        ),
        "aiostore 2.0 cannot be imported here: `TypeError: duplicate base class TimeoutError` comes up in its own code.",
        "Install a version of aiostore that fits this Python",
    ),
    "a library that is imported and then called": (
        failure(
            "TypeError",
            "no such store",
            ("app/store.py", 2, "<module>", "store = aiostore.make()"),
            ("/lib/aiostore.py", 14, "make"),
            facts={"raised_by": "aiostore 2.0"},
        ),
        "Something at `app/store.py:<module>` is used in a way that its type does not allow. aiostore 2.0 raises it.",
        "Read what the error says of a type",
    ),
    "a compiled module for another Python": (
        failure(
            "ImportError", "/r/fast.cpython-313-x86_64-linux-gnu.so: undefined symbol: Py_GONE"
        ),
        "The compiled module `fast` asks this Python for `Py_GONE`, which it does not have.",
        "Install a version of what brings `fast`",
    ),
    "a relative import of no package": (
        failure("ImportError", "attempted relative import with no known parent package"),
        "`tests/test_a.py` imports from its own package (`from .x`), and was not imported as a part of one.",
        "Put an `__init__.py` into the folder of `tests/test_a.py`",
    ),
    "a module in the output of a program": (
        failure("Failed", "nomatch: 'x'\nAttributeError: module 'pi' has no attribute 'io'"),
        "The module `pi` has no `io`.",
        "If `pi` is of a library, adapt what asks for it",
    ),
    "a line that an output lacks": (
        failure("Failed", "nomatch: '*2 passed*'\n    and: 'x'\nremains unmatched: '*2 passed*'"),
        "The output has no line `*2 passed*`.",
        "Read the captured output",
    ),
    "an error of a library that did not come": (
        failure("Failed", "DID NOT RAISE BadStore", facts={"expected_of": "aiostore 2.0"}),
        "`BadStore` of aiostore 2.0 was expected, and nothing raised it.",
        "See why nothing raises it any more, or expect what happens now. If aiostore was updated",
    ),
    "an error that did not come": (
        failure("Failed", "DID NOT RAISE <class 'app.BadStore'>"),
        "`BadStore` was expected, and nothing raised it.",
        "See why nothing raises it any more",
    ),
    "a function that pytest takes for a test": (
        failure(
            "AttributeError",
            "'TopRequest' object has no attribute 'url'",
            facts={"library": "pytest 9.2.0", "lacks": "`TopRequest.url`"},
        ),
        "pytest gives `tests/test_a.py:test_a` its own fixture `request`, which has no `url`.",
        "If `tests/test_a.py:test_a` is no test",
    ),
    "what a library asks an object of the project for": (
        failure(
            "AttributeError",
            "'Options' object has no attribute 'tag'",
            ("/lib/aiostore.py", 14, "make"),
            facts={"owner": "app.store.Options", "name": "tag", "raised_by": "aiostore 2.0"},
        ),
        "aiostore 2.0 asks `Options` for `tag`, which it does not have.",
        "Give `Options` a `tag`",
    ),
    "an old name of TestCase in a report without facts": (
        failure(
            "AttributeError",
            "'TestA' object has no attribute 'assertEquals'. Did you mean: 'assertEqual'?",
        ),
        "Python's `unittest.TestCase` has no `assertEquals`: its old names are gone since Python 3.12.",
        "Adapt `tests/test_a.py:test_a` to it",
    ),
    "long texts that differ in a line": (
        asserted(
            "assert show(a) == show(b)",
            "assert 'a...z' == 'a...z'\n  \n    name\n  +     kind\n    }",
        ),
        "`show(a)` has the line `kind`, which `show(b)` lacks.",
        "Compare both values",
    ),
    "long texts of which one has another line": (
        asserted(
            "assert show(a) == show(b)",
            "assert 'a...z' == 'a...z'\n  - kind\n  ? ^\n  + find\n  ? ^",
        ),
        "A line of `show(a)` is `find`, and of `show(b)` `kind`.",
        "Compare both values",
    ),
    "one of two": (
        asserted("assert 'a' in page or 'b' in page", "assert ('a' in 'x' or 'b' in 'x')"),
        "None of these holds: `'a' in page`, `'b' in page`.",
        "Compare both values",
    ),
    "a truth": (
        asserted("assert is_open(door)", "assert False\n +  where False = is_open(1)"),
        "`is_open(door)` is `False`.",
        "Compare both values",
    ),
    "what a TestCase looks for": (
        asserted("self.assertIn('GET', page.text())", "'GET' not found in ''"),
        "`page.text()` is empty: `'GET'` is not in it.",
        "Compare both values",
    ),
    "a value instead of words": (
        asserted("assert val == other, (val, other)", "('a', 'b')\nassert 'a' == 'b'"),
        "`val` is `'a'`, and `other` is `'b'`.",
        "Compare both values",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_sentences(name):
    one, cause, next_step = CASES[name]
    found = finding(one)
    assert (found.cause, found.next_step.startswith(next_step)) == (cause, True), found.next_step


def test_a_title_holds_what_a_validation_found_first():
    one, _, _ = CASES["a model and the first thing that does not fit"]
    assert (
        finding(one).title == "ValidationError: 1 validation error for Event: kind: Field required"
    )


def test_a_title_goes_on_where_its_first_line_says_nothing():
    one = failure("MismatchError", "!=:\nreference = 1\nactual    = 2")
    assert finding(one).title == "MismatchError: !=:: reference = 1: actual    = 2"


def test_the_place_is_where_the_error_that_is_told_was_raised():
    inner = Cause(
        type="KeyError",
        message="'port'",
        frames=(Frame("app/core.py", 5, "load", "project"),),
        link="cause",
    )
    one = failure("RuntimeError", "cannot start", STORE, causes=(inner,))
    assert finding(one).title == "KeyError: 'port'"
    frame = frame_of(one)
    assert frame and frame.line == 5
    report = Report(created="", results=(Result(one.nodeid, "failed"),), failures=(one,))
    for shape in ("worklog", "html", "json", "sarif"):
        text = RENDERERS[shape](report, diagnose(report, Config(Path())))
        # The traceback shows how the one error led to the other; the place is the first one's.
        text = re.sub("Traceback inside the repository.*?</details>", "", text, flags=re.DOTALL)
        assert "app/store.py:7" not in text and "app/core.py" in text


def test_deprecations_are_named_by_what_is_deprecated():
    texts = ("The `dict` method is deprecated; use `model_dump`.", "old_call() is deprecated")
    warnings = tuple(
        WarningCount(type_, text, "app/a.py", 1, 1)
        for type_, text in zip(
            ("pydantic.warnings.PydanticDeprecatedSince20", "DeprecationWarning"),
            texts,
            strict=True,
        )
    )
    found = diagnose(Report(created="", warnings=warnings), Config(Path())).deprecations
    assert {one.slug for one in found} == {"pydantic-v2-api-dict", "other-deprecation-old-call"}
