"""Text for people: nothing hidden in it, whoever wrote it."""

import pytest

from gardener.text import clean, count, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("größer 日本 🙂", "größer 日本 🙂"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://x.example\x07link\x1b]8;;\x07", "link"),
        ("a\x00b\x7fc\x9bd", "abc"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("in\u200bvis\u202eible\ufeff", "invisible"),
        ("lone \ud800 and \uffff", "lone \ufffd and \ufffd"),
    ],
)
def test_hidden_characters_go_and_the_rest_stays(text, expected):
    assert plain(text) == expected
    assert plain(expected) == expected


def test_long_text_is_cut():
    assert clean("x" * 20, 10) == "x" * 9 + "…"
    assert clean("x" * 10, 10) == "x" * 10


def test_counts():
    assert [count(n, "cause") for n in (0, 1, 2, 1_000)] == [
        "0 causes",
        "1 cause",
        "2 causes",
        "1,000 causes",
    ]
