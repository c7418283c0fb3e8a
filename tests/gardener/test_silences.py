"""One server that is not there, or one error that several tests only tell of, is one cause."""

import pytest
from msgspec import structs

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Cause, Failure, Frame, Output, Phase, Report

CONNECT = Frame("tests/conftest.py", 21, "Client.connect", "test", "self.sock.connect(self.host)")
ENGINE = Frame("/site/engine/compiler.py", 5, "Compiler.render", "library")


def failed(name, type_, message, *frames, output="", **more):
    own = Frame(f"tests/test_{name[0]}.py", 4, f"test_{name}", "test", f"check_{name}()")
    return Failure(
        nodeid=f"tests/test_{name[0]}.py::test_{name}",
        phase=Phase.CALL,
        type=type_,
        message=message,
        frames=(own, *frames),
        output=(Output("stderr call", output),),
        **more,
    )


def findings(tmp_path, *failures):
    report = Report(created="2026-11-29T00:00:00Z", failures=failures)
    return diagnose(report, Config(tmp_path)).findings


def refused(name, address, *frames, **more):
    return failed(
        name, "ConnectionRefusedError", "[Errno 111] Connection refused", *frames,
        facts={"address": address}, **more,
    )  # fmt: skip


def test_all_names_of_one_address_are_one_cause(tmp_path):
    (finding,) = findings(
        tmp_path,
        refused("a", "127.0.0.1:6379"),
        failed("b", "redis.exceptions.ConnectionError", "Error 111 connecting to localhost:6379. Connection refused."),
        failed("c", "OSError", "Multiple exceptions: [Errno 111] Connect call failed ('::1', 6379, 0, 0)",
               facts={"address": "::1:6379"}),
    )  # fmt: skip
    assert len(finding.failures) == 3


def test_ports_that_are_given_out_are_told_by_the_code_that_connects(tmp_path):
    missing = failed(
        "c", "FileNotFoundError", "[Errno 2] No such file or directory", CONNECT,
        facts={"address": "/tmp/relay.sock"},
    )  # fmt: skip
    free, other = refused("a", "127.0.0.1:45255", CONNECT), refused("b", "127.0.0.1:39477", CONNECT)
    (finding,) = findings(tmp_path, free, other, missing)
    assert finding.next_step.startswith("See whether the tests start what should answer")
    (alone,) = findings(tmp_path, missing)
    assert alone.category == "connection-refused"
    assert alone.cause == "Nothing answers at `/tmp/relay.sock`."


def test_two_services_are_two_causes(tmp_path):
    assert len(findings(tmp_path, refused("a", "127.0.0.1:6379"), refused("b", "db:5432"))) == 2


def test_a_service_of_the_machine_is_one_cause_whichever_library_asks_for_it(tmp_path):
    at = [Frame(f"app/{name}.py", 3, name, "project", f"{name}()") for name in "abcd"]
    socket, *tables, other = (
        failed("a", "FileNotFoundError", "[Errno 2] No such file or directory", at[0],
               facts={"address": "/run/postgresql/.s.PGSQL.5432"}),
        failed("b", "psycopg.OperationalError", "connection is bad: connection to server on socket"
               ' "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory', at[1]),
        failed("c", "sqlalchemy.exc.OperationalError", "(psycopg.OperationalError) connection to server on socket"
               ' "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory', at[2]),
        failed("d", "FileNotFoundError", "[Errno 2] No such file or directory: '/run/rooms.txt'", at[3]),
    )  # fmt: skip
    assert [len(f.failures) for f in findings(tmp_path, socket, *tables, other)] == [3, 1]


def test_a_port_is_one_cause_whatever_the_exception_is_called(tmp_path):
    at = [Frame(f"app/{name}.py", 3, name, "project", f"{name}()") for name in "abcd"]
    text = 'connection failed: connection to server at "127.0.0.1", port 5432 failed: Connection refused'
    (finding,) = findings(
        tmp_path,
        failed("a", "psycopg.OperationalError", text, at[0]),
        failed("b", "sqlalchemy.exc.OperationalError", f"(psycopg.OperationalError) {text}", at[1]),
        refused("c", "localhost:5432", at[2]),
    )
    assert "localhost:5432" in finding.reason
    # what a test compares, and an error that came after a handled refusal, are about something else
    compared = failed("a", "AssertionError", f"assert {text!r} == 'ready'", at[0])
    handled = failed("b", "KeyError", "'rooms'", at[1], causes=(
        Cause(link="context", type="ConnectionRefusedError", message="[Errno 111] Connection refused",
              frames=(at[2],), facts={"address": "localhost:5432"}),
    ))  # fmt: skip
    assert len(findings(tmp_path, compared, handled, refused("c", "localhost:5432", at[2]))) == 3


LEGACY = "relay.legacy is deprecated; see the guide"


@pytest.mark.parametrize(
    "message",
    [
        f"assert 'Error' in ''\n +  where '' = <Result DeprecationWarning({LEGACY!r})>.output",
        "assert 1 == 0\n +  where 1 = CompletedProcess(args=['relay'], returncode=1).returncode",
    ],
)
def test_what_the_output_tells_of_is_the_cause_that_other_tests_end_in(tmp_path, message):
    output = f"Traceback (most recent call last):\n  File 'x'\nDeprecationWarning: {LEGACY}\n"
    (finding,) = findings(
        tmp_path,
        failed("a", "AssertionError", message, output=output),
        failed("b", "DeprecationWarning", LEGACY),
    )
    assert finding.title == f"DeprecationWarning: {LEGACY}"
    assert finding.category == "deprecated-imports"


def test_a_server_that_died_aloud_is_told(tmp_path):
    output = "Traceback (most recent call last):\n  File 'x'\nValueError: no relay is configured\n"
    (finding,) = findings(tmp_path, refused("a", "127.0.0.1:45000", output=output))
    assert finding.cause == (
        "Nothing answers at `127.0.0.1:45000`. What the test ran failed with"
        " `ValueError: no relay is configured`."
    )


RAISED = "Traceback (most recent call last):\n  File 'x'\nValueError: no relay\n"
FURTHER = "\nDuring handling of the above exception, another exception occurred:\n\n"
CHAINED = f"{RAISED}{FURTHER}{RAISED.replace('no relay', 'no start')}"
NEVER = "ERROR    asyncio:base_events.py:1 Task exception was never retrieved\nfuture: <Task finished>\n"


@pytest.mark.parametrize(
    ("output", "title", "told"),
    [
        (f"INFO: started\n{RAISED}\n", "stderr call", "no relay"),
        (CHAINED, "stderr call", "no start"),
        (f"{NEVER}{RAISED}INFO later\n", "log call", "no relay"),
        (f"Exception in thread Thread-1 (run):\n{CHAINED}later\n", "stderr setup", "no start"),
        (f"Process SpawnProcess-1:\n{RAISED}later\n", "stderr call", "no relay"),
        (f"{RAISED}tries again\n", "stderr call", ""),
        (f"{RAISED}tries again\n", "log call", ""),
        (f"WARNING  app:store.py:3 no cache\n{RAISED}", "log call", ""),
        (f"no cache\n{RAISED}", "log call", ""),
        (f"ERROR:app:no cache\n{RAISED}", "stderr call", ""),
        # as uvicorn, gunicorn and hypercorn tell it
        (
            f"ERROR:    {RAISED}\nERROR:    Application startup failed. Exiting.\n",
            "stderr call",
            "no relay",
        ),
        (
            f"[1] [ERROR] Exception in worker process\n{RAISED}no relay\n[1] [INFO] Worker exiting (pid: 1)\n"
            "[1] [ERROR] Reason: Worker failed to boot.\n",
            "stderr call",
            "no relay",
        ),
        (
            f"{RAISED.replace('no relay', 'failure in startup')[:-1]}. '{RAISED}'\n",
            "stderr call",
            "no relay",
        ),
        (f"ERROR:    {RAISED}INFO:     GET /rooms 500\n", "stderr call", ""),
        (f"ERROR:    {RAISED}", "stderr call", ""),
        (f"{RAISED}tries again\n{RAISED}tries again\nExiting.\n", "log call", "no relay"),
        ("E   ImportError: no relay\n", "stdout call", ""),
        ("says ValueError: no relay\nValueError: no relay\n", "stdout call", ""),
        (
            f"{NEVER}{RAISED.replace('ValueError: no relay', 'app.Gone')}{RAISED}later\n",
            "stderr call",
            "",
        ),
    ],
)
def test_of_a_refused_connection_only_what_ended_something_is_told(tmp_path, output, title, told):
    one = structs.replace(refused("a", "127.0.0.1:45000"), output=(Output(title, output),))
    (finding,) = findings(tmp_path, one)
    more = f" What the test ran failed with `ValueError: {told}`." if told else ""
    assert finding.cause == f"Nothing answers at `127.0.0.1:45000`.{more}"


def test_servers_that_died_of_two_errors_are_two_causes_by_whatever_client(tmp_path):
    def asked(name, type_, error):
        message = "All connection attempts failed"
        output = f"ERROR:    {RAISED.replace('no relay', error)}ERROR:    Application startup failed. Exiting.\n"
        return failed(name, type_, message, output=output, facts={"address": "127.0.0.1:45000"})

    first, again, second = (
        asked("a", "httpx.ConnectError", "no relay"),
        asked("b", "aiohttp.ClientConnectorError", "no relay"),
        asked("c", "httpx.ConnectError", "no rooms"),
    )
    told = {len(f.failures): f for f in findings(tmp_path, first, again, second)}
    assert set(told) == {2, 1}
    assert "`ValueError: no relay`" in told[2].cause
    assert "`ValueError: no rooms`" in told[1].cause
    # the cause is known by what it was called before, where one alone was called so
    silent = structs.replace(second, output=())
    (before,) = findings(tmp_path, silent)
    (now,) = findings(tmp_path, second)
    assert before.fingerprint != now.fingerprint
    assert before.fingerprint in now.aliases


def test_a_clients_own_log_of_the_refusal_says_nothing_more(tmp_path):
    output = "Traceback (most recent call last):\nConnectionRefusedError: [Errno 111] refused\n"
    (finding,) = findings(tmp_path, refused("a", "127.0.0.1:8000", output=output))
    assert finding.cause == "Nothing answers at `127.0.0.1:8000`."


def test_one_error_inside_a_library_is_one_cause_however_it_words_it(tmp_path):
    inner = Cause(
        link="cause", type="AttributeError", message="'str' object has no attribute 'isoformat'",
        frames=(ENGINE,),
    )  # fmt: skip
    words = "Could not render a literal of type {}; see the parent for more detail."
    (finding,) = findings(
        tmp_path,
        failed("a", "engine.CompileError", words.format("DATE"), ENGINE, causes=(inner,)),
        failed("b", "engine.CompileError", words.format("TIME"), ENGINE, causes=(inner,)),
    )
    assert (
        "Inside it: `AttributeError: 'str' object has no attribute 'isoformat'`." in finding.cause
    )


def test_a_thread_that_died_explains_the_silence_in_its_test(tmp_path):
    died = Cause(link="cause", type="ValueError", message="no relay", frames=(ENGINE,))
    silent = refused("a", "127.0.0.1:8000")
    told = failed(
        "a", "pytest.PytestUnhandledThreadExceptionWarning", "Exception in thread Thread-1",
        causes=(died,),
    )  # fmt: skip
    told = type(told)(
        **{f: getattr(told, f) for f in told.__struct_fields__} | {"phase": Phase.TEARDOWN}
    )
    (finding,) = findings(tmp_path, silent, told)
    assert finding.title == "ValueError: no relay"


def test_a_doctest_says_what_it_gives(tmp_path):
    message = "pairs([1])\nExpected:\n    [(1, 1)]\nGot:\n    {1: 1}\n"
    (finding,) = findings(tmp_path, failed("a", "DocTestFailure", message))
    assert "gives `{1: 1}`, and its text says `[(1, 1)]`." in finding.cause


def test_classes_with_the_setup_of_nose_are_one_cause(tmp_path):
    lacking = [
        failed(
            name, "AttributeError", f"'Test{name}' object has no attribute 'file'",
            facts={"setup": f"tests/test_{name}.py:Test{name}.setup", "base": f"tests/test_{name}.py:Test{name}"},
        )
        for name in ("a", "b")
    ]  # fmt: skip
    (finding,) = findings(tmp_path, *lacking)
    assert finding.category == "nose-setup-not-run"
    assert finding.next_step.startswith("Rename `setup` to `setup_method`")


@pytest.mark.parametrize(
    ("fixture", "step"),
    [
        ("mocker", "If it is that of pytest-mock, install it"),
        ("accept_json", "If it is that of pytest-flask, install it"),
        ("live_server_scope", "Restore the fixture `live_server_scope`"),  # an option
        ("fs_module", "If it is that of pyfakefs, install it"),
        ("fake_filesystem", "Restore the fixture `fake_filesystem`"),  # a module
        ("event_loop", "pytest-asyncio has no fixture `event_loop` since version 1"),
        ("room", "Restore the fixture `room`"),
    ],
)
def test_a_missing_fixture_names_the_plugin_that_brings_it(tmp_path, fixture, step):
    message = f"fixture '{fixture}' not found"
    (finding,) = findings(tmp_path, failed("a", "FixtureLookupError", message))
    assert finding.cause == f"There is no fixture `{fixture}`."
    assert finding.next_step.startswith(step)


@pytest.mark.parametrize(
    ("message", "symbol"),
    [
        ("'HTTP_422' is deprecated. Use 'HTTP_422_CONTENT' instead.", "HTTP_422"),
        ("The `dict` method is deprecated", "dict"),
        ("ast.Str is deprecated and will be removed", "ast.Str"),
        ("The default is deprecated", "tests/test_a.py:test_a"),
        ("This method is deprecated", "tests/test_a.py:test_a"),
        ("Passing is deprecated", "tests/test_a.py:test_a"),
        ("The `default` argument is deprecated", "default"),
        ("passing a list is deprecated", "tests/test_a.py:test_a"),
    ],
)
def test_what_is_deprecated_is_named(tmp_path, message, symbol):
    (finding,) = findings(tmp_path, failed("a", "DeprecationWarning", message))
    assert finding.symbol == symbol


def test_a_fixture_of_its_own_may_be_missing_under_the_name_of_a_plugins(tmp_path):
    message = "fixture 'event_loop' not found"
    (finding,) = findings(tmp_path, failed("a", "FixtureLookupError", message))
    assert "if it was that one" in finding.next_step
    assert finding.next_step.endswith("else restore the fixture `event_loop`.")


@pytest.mark.parametrize(
    ("deepest", "is_told"),
    [(Frame("app/core.py", 6, "run", "project", "sort(items, key=pair)"), True), (ENGINE, False)],
)
def test_where_a_call_is_is_told_of_the_code_that_calls(tmp_path, deepest, is_told):
    start = Frame("app/core.py", 9, "start", "project", "render(items)")
    message = "pair() missing 1 required positional argument: 'b'"
    (finding,) = findings(tmp_path, failed("a", "TypeError", message, start, deepest))
    assert ("The call is in `app/core.py:run`." in finding.cause) is is_told
    assert ("The call is in" in finding.cause) is is_told


@pytest.mark.parametrize(
    ("message", "category"),
    [
        ("AST constructor recursion depth mismatch (before=58, after=63)", "interpreter-error"),
        ("<built-in function f> returned NULL without setting an exception", "interpreter-error"),
        ("<class 'T'> returned a result with an exception set", "interpreter-error"),
        ("Objects/tupleobject.c:159: bad argument to internal function", "interpreter-error"),
        ("initialization of _x did not return an extension module", "interpreter-error"),
        ("the system is down", "other"),
    ],
)
def test_only_what_python_says_of_itself_is_a_fault_of_python(tmp_path, message, category):
    (finding,) = findings(tmp_path, failed("a", "SystemError", message))
    assert finding.category == category


def test_garbage_of_another_test_is_a_cause_of_its_own(tmp_path):
    leak = Cause(
        link="cause",
        type="ResourceWarning",
        message="unclosed <socket.socket fd=12>",
        frames=(ENGINE,),
    )
    told = failed(
        "a", "pytest.PytestUnraisableExceptionWarning", "Exception ignored in: <socket.socket fd=12>",
        causes=(leak,),
    )  # fmt: skip
    told = type(told)(
        **{f: getattr(told, f) for f in told.__struct_fields__} | {"phase": Phase.TEARDOWN}
    )
    categories = {f.category for f in findings(tmp_path, failed("a", "OSError", "no"), told)}
    assert categories == {"other", "resource-leak"}


HELPER = Frame("tests/helpers.py", 5, "run", "test", "subprocess.run(command, check=True)")
FETCH = Frame("app/client.py", 12, "fetch", "project", "response.raise_for_status()")


def program(name, command, said, helper=HELPER):
    message = f"Command '{command}' returned non-zero exit status 1."
    return failed(name, "subprocess.CalledProcessError", message, helper, output=said)


def test_programs_that_one_helper_runs_fail_for_reasons_of_their_own(tmp_path):
    a, b, again = (
        program("a", "['make', 'a']", "cc a.c\nld: cannot find -lrooms\n"),
        program("b", "['make', 'b']", "b.c:3: error: unknown type name 'room'\n"),
        program("c", "['make', 'c']", "cc c.c\nld: cannot find -lrooms\n"),
    )
    told = {len(f.failures): f for f in findings(tmp_path, a, b, again)}
    assert set(told) == {2, 1}
    assert told[1].cause == (
        "The program `make` failed: `make b` returned non-zero exit status 1. Its last words: `b.c:3: error: unknown type name 'room'`."
    )
    assert told[1].next_step.startswith("Run `make b` by itself")
    silent = [
        program(name, command, "")
        for name, command in (("a", "rooms --all"), ("b", "rooms --all"), ("c", "halls"))
    ]
    assert sorted(len(f.failures) for f in findings(tmp_path, *silent)) == [1, 2]


def test_what_a_server_answered_tells_apart_what_one_function_hands_on(tmp_path):
    def answered(name, status, words):
        return failed(
            name,
            "httpx.HTTPStatusError",
            f"Client error '{status} {words}' for url 'http://x/{name}'",
            FETCH,
        )

    failures = (
        answered("a", 404, "Not Found"),
        answered("b", 404, "Not Found"),
        answered("c", 500, "Oh"),
    )
    assert sorted(len(f.failures) for f in findings(tmp_path, *failures)) == [1, 2]
    before = answered("a", 404, "Not Found")
    (finding,) = findings(tmp_path, before)
    plain_clue = failed("a", "httpx.HTTPStatusError", "no status", FETCH)
    (plain,) = findings(tmp_path, plain_clue)
    assert plain.fingerprint in finding.aliases, "it is known by what it was called before"
