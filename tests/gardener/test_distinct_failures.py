"""Failures that look alike and have causes of their own, and what a failure with few words is told by."""

import subprocess
import sys

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.grouping import group
from gardener.model import Failure, Phase, Selection

ALIKE = """
import argparse
import logging
import sys

import httpx
import jinja2
import pytest


class ConnectionClosedError(Exception):
    pass


class WebSocketDisconnect(Exception):
    def __init__(self, code, reason=""):
        self.code, self.reason = code, reason


def answer(error):
    try:
        raise error
    except type(error):
        logging.getLogger("server").exception("connection handler failed")
    raise ConnectionClosedError("received 1011 (internal error); then sent 1011 (internal error)")


def test_handler_of_rooms():
    answer(TypeError("handler() missing 1 required positional argument: 'path'"))


def test_handler_of_users():
    answer(LookupError("there is no such user"))


def test_login_is_refused():
    raise WebSocketDisconnect(code=4401)


def test_no_route():
    raise WebSocketDisconnect(code=1000)


def test_first_check():
    assert False


def test_second_check():
    ready = []
    assert False


def test_leaves():
    sys.exit(2)


def test_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--room", required=True)
    parser.parse_args([])


def test_text_for_headers():
    httpx.Headers("a").items()


def test_text_for_bytes():
    value = "abc"
    value.decode("ascii")


def test_words_of_the_test():
    ready = False
    assert ready, "the exporter wrote no file"


def test_gives_up():
    pytest.fail("the cache is cold")


def test_name_of_a_library():
    jinja2.Environment().no_such_name


def test_error_of_a_library():
    httpx.Client(base_url=3)


def test_called_by_a_library():
    def answer(request):
        raise LookupError("no such room")
    httpx.Client(transport=httpx.MockTransport(answer)).get("http://x")


def test_parameter_that_is_gone():
    httpx.Client(no_proxies={})


def test_template():
    jinja2.Environment(undefined=jinja2.StrictUndefined).from_string("{{ user.name }}").render()


def test_program():
    import subprocess
    subprocess.run([sys.executable, "-c", "raise SystemExit(3)"], check=True)


def test_status():
    response = httpx.Response(404)
    assert response.status_code == 200
"""
GROUP = """
def test_group():
    raise ExceptionGroup("two at once", [LookupError("no room 7"), TypeError("no text")])
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The findings by the test that each has alone."""
    from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

    root = tmp_path_factory.mktemp("alike")
    subprocess.run(["git", "init", "-q", root], check=True)
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    is_new = sys.version_info >= (3, 11)
    (root / "test_alike.py").write_text(ALIKE + (GROUP if is_new else ""))
    request = ExecutionRequest(root, sys.executable, Selection(everything=True), Config(root))
    findings = diagnose(execute(request).report, Config(root)).findings
    assert all(len(finding.tests) == 1 for finding in findings), [f.tests for f in findings]
    return {finding.tests[0].rpartition("::")[2]: finding for finding in findings}


def test_each_failure_is_a_finding_of_its_own(told):
    assert len(told) == ALIKE.count("def test_") + (sys.version_info >= (3, 11))


@pytest.mark.parametrize(
    ("test", "category", "words"),
    [
        ("test_handler_of_rooms", "websocket-closed", "missing 1 required positional argument: 'path'"),
        ("test_handler_of_users", "websocket-closed", "LookupError: there is no such user"),
        ("test_login_is_refused", "websocket-closed", "closed with code 4401"),
        ("test_no_route", "websocket-closed", "closed with code 1000"),
        ("test_leaves", "system-exit", "SystemExit"),
        ("test_words_of_the_test", "assertion", "The test says: `the exporter wrote no file`"),
        ("test_gives_up", "assertion", "The test says: `the cache is cold`"),
        ("test_name_of_a_library", "missing-attribute", "jinja2 "),
        ("test_error_of_a_library", "wrong-type", "httpx "),
        ("test_called_by_a_library", "other", "httpx 0"),
        ("test_template", "template-error", "asks for `user`"),
        ("test_program", "program-failed", "exit status 3"),
        ("test_status", "http-status", "another status"),
    ],
)  # fmt: skip
def test_it_is_told_by_what_is_wrong(told, test, category, words):
    assert told[test].category == category
    assert words in told[test].cause
    assert "Restore" not in told[test].next_step


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups")
def test_the_first_of_a_group_is_told(told):
    assert told["test_group"].title == "LookupError: no room 7"


def refused(test, keyword, facts):
    """A call of a library's constructor with a keyword that it took away."""
    lacking = {
        "library": "marshmallow 4.4.0",
        "lacks": f"parameter `{keyword}` in `Field.__init__`",
    }
    return Failure(
        nodeid=f"tests/test_fields.py::{test}",
        phase=Phase.CALL,
        type="TypeError",
        message=f"Field.__init__() got an unexpected keyword argument '{keyword}'",
        facts={"name": "Field.__init__", **lacking, **facts},
    )


def test_a_parameter_is_one_cause_whether_the_file_of_its_class_is_known_or_not():
    known = {"callable": "marshmallow.fields:Field.__init__"}
    failures = [
        refused("test_direct", "missing", known),
        refused("test_through_a_subclass", "missing", {}),
        refused("test_metadata", "location", known),
    ]
    groups = [{f.nodeid.rpartition("::")[2] for f in one.failures} for one in group(failures)]
    assert groups == [{"test_direct", "test_through_a_subclass"}, {"test_metadata"}]


def test_a_parameter_that_is_gone_gives_its_name(told):
    assert told["test_parameter_that_is_gone"].slug == "client-no-proxies-keyword"
