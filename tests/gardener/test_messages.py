"""What the message of an exception says in a fixed form."""

import pytest

from gardener.diagnosis.message_shapes import SHAPE_HINT, SHAPE_PATTERNS, Shape
from gardener.diagnosis.messages import read, shown_error, wrong_type
from gardener.diagnosis.templates import bare_template, template
from gardener.model import Frame, RaisedException


def raised(type_, message, **facts):
    return RaisedException(type=type_, message=message, facts=facts)


READ = [
    ("TypeError", "f() missing 1 required positional argument: 'x'", Shape.MISSING_ARGUMENTS, {"callable": "f"}),
    ("TypeError", "A.b() got an unexpected keyword argument 'k'", Shape.UNEXPECTED_ARGUMENT, {"callable": "A.b", "name": "k"}),
    ("AttributeError", "'Room' object has no attribute 'owner'", Shape.ATTRIBUTE, {"owner": "Room", "name": "owner"}),
    ("AttributeError", "module 'a.b' has no attribute 'c'", Shape.ATTRIBUTE, {"owner": "a.b", "name": "c"}),
    ("ImportError", "cannot import name 'x' from 'a.b' (a/b.py)", Shape.IMPORT_NAME, {"name": "x", "module": "a.b"}),
    ("ModuleNotFoundError", "No module named 'a.b'", Shape.IMPORT_MODULE, {"module": "a.b"}),
    ("NameError", "name 'x' is not defined", Shape.NAME, {"name": "x"}),
    ("AssertionError", "assert 2 == 3", Shape.COUNT, {"actual": "2", "expected": "3"}),
    ("AssertionError", "assert 3 == 2\n +  where 2 = len([1, 2])", Shape.COUNT, {"actual": "2", "expected": "3"}),
    ("AssertionError", "Expected 5 events, got 0", Shape.COUNT, {"actual": "0", "expected": "5", "what": "events"}),
    ("AssertionError", "assert 2 != 2", Shape.UNKNOWN, {"actual": "2", "expected": "2"}),
    ("AssertionError", "assert 'Colour.RED' == 'red'", Shape.ENUM_TEXT, {"owner": "Colour", "name": "RED"}),
    ("AssertionError", "assert {'c': 'Colour.RED'} == {'c': 'red'}", Shape.ENUM_TEXT, {"owner": "Colour", "name": "RED"}),
    ("AssertionError", "assert {'c': 'Colour.RED'} == {'c': 'blue'}", Shape.UNKNOWN, {}),
    ("ValueError", "assert 2 == 3", Shape.UNKNOWN, {}),
    ("ValueError", "name 'x' is not defined", Shape.UNKNOWN, {}),
    ("OSError", "", Shape.UNKNOWN, {}),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "message", "shape", "facts"), READ)
def test_read(type_, message, shape, facts):
    assert read(raised(type_, message))[:2] == (shape, facts)


def test_a_message_inside_another_is_believed_where_its_wording_is_distinctive():
    inside = read(raised("Failed", "cannot start: name 'x' is not defined"))
    assert (inside.shape, inside.embedded) == (Shape.NAME, True)
    vague = read(raised("Failed", "missing a required argument: 'x'"))
    assert (vague.shape, vague.embedded) == (Shape.UNKNOWN, False)


def test_what_was_recorded_wins():
    message = "'Room' object has no attribute 'owner'"
    assert read(raised("AttributeError", message, owner="app.Room")).facts["owner"] == "app.Room"
    call = read(
        raised("TypeError", "f() missing 1 required positional argument: 'x'", callable="a.py:A.f")
    )
    assert (call.facts["callable"], call.facts["label"]) == ("f", "a.py:A.f")
    assert (
        read(raised("AttributeError", message, setup="t.py:T.setUp")).shape is Shape.SETUP_NOT_RUN
    )


def test_every_wording_passes_the_quick_look():
    """A pattern whose message had none of the words would never be asked."""
    for wording in SHAPE_PATTERNS:
        assert SHAPE_HINT.search(wording.pattern.pattern), wording


WRONG_TYPES = [
    ("AttributeError", "'NoneType' object has no attribute 'x'", "NoneType"),
    ("AttributeError", "'Room' object has no attribute 'x'", ""),
    ("AttributeError", "module 'a' has no attribute 'x'", ""),
    ("TypeError", "'list' object is not callable", "list"),
    ("TypeError", "unsupported operand type(s) for +: 'int' and 'list'", "list"),
    ("TypeError", "expected str instance, list found", "list"),
    ("TypeError", "object of type 'NoneType' has no len()", "NoneType"),
    ("TypeError", "f() takes 1 positional argument", ""),
    ("AssertionError", "assert None == 3", "NoneType"),
    ("AssertionError", "assert 2 == 3", ""),
    ("ValueError", "'NoneType' object has no attribute 'x'", ""),
]


@pytest.mark.parametrize(("type_", "message", "expected"), WRONG_TYPES)
def test_wrong_type(type_, message, expected):
    assert wrong_type(raised(type_, message)) == expected


def test_an_error_that_an_assertion_shows_is_not_one_that_its_statement_writes():
    message = "assert 1 == 0\n +  where 1 = <Result KeyError('x')>.exit_code"
    error = shown_error(raised("AssertionError", message))
    assert error is not None
    assert (error.type, error.message) == ("KeyError", "x")
    assert shown_error(raised("ValueError", message)) is None
    frame = Frame("t.py", 1, "test_it", "test", "assert result == KeyError('x')")
    written = RaisedException(type="AssertionError", message=message, frames=(frame,))
    assert shown_error(written) is None


TEMPLATES = [
    ("room 7 at 0x7f3c is full", "room <n> at <address> is full"),
    ("\n\n  first  line \nsecond", "first line"),
    ("no '/etc/a/b' in 2026-01-02T03:04:05Z", "no '<path>' in <time>"),
    ("id 0f8fad5b-d9cb-469f-a165-70867728950e", "id <uuid>"),
    ("abc2 x_1 'a'", "abc2 x_1 'a'"),
    ("", ""),
]


@pytest.mark.parametrize(("message", "expected"), TEMPLATES)
def test_template(message, expected):
    assert template(message) == expected
    assert template(expected) == expected, "a template is its own template"


def test_a_bare_template_has_no_values():
    assert (
        bare_template("no room 'a' of 3") == bare_template('no room "b" of 14') == "no room _ of _"
    )
