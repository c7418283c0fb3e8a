"""The words at the end of a finding's name."""

from pathlib import Path

import pytest
from msgspec import structs

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.slugs import fill, slug, subject_words, symbol_words, told_apart, words
from gardener.model import Failure, Finding, Frame, Kind, Phase, Report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ConnectionInfo", ["connection", "info"]),
        ("HTTPServer2", ["http", "server2"]),
        ("a/b_c.py", ["a", "b", "c", "py"]),
        ("größe", ["gr", "e"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("app/core.py:Room.join", ["room", "join"]),
        ("app/core.py:Room.__init__", ["room"]),
        ("app/core.py:<module>", ["core"]),
        ("app/core.py", ["core"]),
        ("app.chat:Room", ["room"]),
        ("a.b.chat.rooms", ["chat", "rooms"]),
        ("a.b.Room", ["a", "b", "room"]),
        ("plugin_3fa8b1c2", ["plugin"]),
        ("tests/base.py:BaseRoomTestCase.setUp", ["room", "setup"]),
        ("tests/test_room.py:TestRoomLogic.set_up_rooms", ["room", "setup"]),
        ("app/core.py:Base", ["base"]),
        ("pages/[id]/core.py:Page.show", ["page", "show"]),
        ("", []),
    ],
)
def test_symbol_words(symbol, expected):
    assert symbol_words(symbol) == expected


@pytest.mark.parametrize(
    ("nodeids", "expected"),
    [
        (["tests/test_room.py::test_join_twice"], ["join", "twice"]),
        (["tests/test_room.py::test_room"], ["room"]),
        (["tests/test_room.py::TestRoom::test_it[a-b]"], ["room", "it"]),
        (["t.py::test_join_a", "t.py::test_join_b", "t.py::test_leave"], ["join"]),
        (["tests/test_room.py"], ["room"]),
        (["pages/[id]/test_page.py::test_title[x::y]"], ["page", "title"]),
        (["tests/test_agent_bridge.py::test_2_emits"], ["agent", "bridge", "emits"]),
        ([], []),
    ],
)
def test_subject_words(nodeids, expected):
    assert subject_words(nodeids) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["room", "RoomJoin"], "room-join"),
        (["room"], "room-failure"),
        ([], "failure-unnamed"),
        (["a b c d e f g"], "a-b-c-d-e-f"),
    ],
)
def test_slug(parts, expected):
    assert slug(parts) == expected


@pytest.mark.parametrize(
    ("pattern", "symbol", "expected"),
    [
        ("{symbol}-timeout", ["room", "join"], "room-join-timeout"),
        ("{symbol}-timeout", ["room", "timeout"], "room-timeout"),
        ("{symbol}-not-called", list("abcdef"), "c-d-e-f-not-called"),
        ("async-not-supported", [], "async-not-supported"),
        ("{symbol}-x", [], "x-failure"),
        ("{symbol}-setup-not-run", ["handler", "set", "up"], "handler-setup-not-run"),
        ("{symbol}-no-events", ["event", "bridge"], "bridge-no-events"),
    ],
)
def test_fill_keeps_the_words_of_the_pattern(pattern, symbol, expected):
    assert fill(pattern, {"symbol": symbol}) == expected


def finding(slug, symbol="", fingerprint="1:abcdef012345"):
    return Finding(
        fingerprint=fingerprint,
        kind=Kind.FAILING,
        category="c",
        slug=slug,
        title="",
        symbol=symbol,
    )


def failing(slug, *nodeids, **more):
    failures = tuple(
        Failure(nodeid=nodeid, phase=Phase.CALL, type="KeyError", message="") for nodeid in nodeids
    )
    return structs.replace(finding(slug, **more), failures=failures)


def test_findings_are_told_apart_by_what_they_are_about_and_never_by_a_hash():
    findings = [
        finding("room-timeout"),
        finding("room-timeout", "app/core.py:Room.join"),
        finding("room-timeout", "app/core.py:Room.join", "1:123456789abc"),
        failing("room-timeout", "tests/test_a.py::test_leave_early"),
        failing("room-timeout", "tests/test_chat.py::test_leave_early"),
        failing("room-timeout", "tests/test_chat.py::test_leave_early"),
        finding("other-timeout"),
    ]
    assert [named.slug for named in told_apart(findings)] == [
        "room-timeout",
        "room-timeout-join",
        "room-timeout-2",
        "room-timeout-leave-early",
        "room-timeout-chat",
        "room-timeout-3",
        "other-timeout",
    ]


@pytest.mark.parametrize(
    ("type_", "message", "slug_"),
    [
        ("KeyError", "'DATABASE_URL'", "database-url-environment-missing"),
        ("sqlite3.OperationalError", "no such table: users", "users-database-schema"),
        (
            "django.core.exceptions.ImproperlyConfigured",
            "Requested setting DEBUG, but settings are not configured.",
            "debug-settings-missing",
        ),
        ("AssertionError", "Expected 'send' to have been called.", "send-not-called"),
    ],
)
def test_the_thing_that_is_wrong_names_it_before_the_test_does(type_, message, slug_):
    frames = (Frame("lib/os.py", 9, "__getitem__", "library"),) if type_ == "KeyError" else ()
    place = Frame("tests/test_room.py", 3, "test_join", "test", "os.environ['DATABASE_URL']")
    failure = Failure(
        nodeid="tests/test_room.py::test_join",
        phase=Phase.CALL,
        type=type_,
        message=message,
        frames=(place, *frames),
    )
    report = Report(created="2026-11-29T00:00:00Z", failures=(failure,))
    assert [finding.slug for finding in diagnose(report, Config(Path())).findings] == [slug_]
