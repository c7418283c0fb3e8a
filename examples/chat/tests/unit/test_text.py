import pytest

from chat.text import LIMIT, clean, is_command, mentions, split_command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", "hello"),
        ("  hello \n", "hello"),
        ("a\x00b\x1b[0m", "ab[0m"),
        ("two\nlines", "two\nlines"),
        ("", ""),
    ],
)
def test_clean(text, expected):
    assert clean(text) == expected


def test_clean_cuts_at_the_limit():
    assert len(clean("x" * (LIMIT + 1))) == LIMIT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi @ann", ["ann"]),
        ("@ann @bob @ann", ["ann", "bob"]),
        ("mail me@example.org", []),
        ("@@ann", []),
        ("nobody", []),
    ],
)
def test_mentions(text, expected):
    assert mentions(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("/me", True), ("//x", False), ("me", False)])
def test_is_command(text, expected):
    assert is_command(text) is expected


def test_split_command():
    assert split_command("/ASK  what is it? ") == ("ask", "what is it?")
