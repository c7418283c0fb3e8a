"""Text of events: bounded, and encodable by every JSON writer."""

import pytest
from gardener.hooks.plugin.text import clean, message_of, type_name


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 10, ""),
        ("plain", 10, "plain"),
        ("Grüße", 10, "Grüße"),
        ("bad \udc80", 10, "bad \\udc80"),
        ("x" * 10, 10, "x" * 10),
        ("abcdefghijk", 4, "ab\n... [7 characters cut] ...\njk"),
    ],
)
def test_clean(text, limit, expected):
    assert clean(text, limit) == expected


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no")


class Interrupts(Exception):
    def __str__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("wrong"), "wrong"),
        (ValueError(), ""),
        (KeyError("k"), "'k'"),
        (Mute(), "<no message: str() of Mute raised RuntimeError>"),
    ],
)
def test_message_of(error, expected):
    assert message_of(error) == expected


def test_an_interrupt_is_not_swallowed():
    with pytest.raises(KeyboardInterrupt):
        message_of(Interrupts())


Moduleless = type("Moduleless", (), {"__module__": None})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ValueError, "ValueError"),
        (Mute, f"{__name__}.Mute"),
        (pytest.fail.Exception, "Failed"),
        (Moduleless, "Moduleless"),
    ],
)
def test_type_name(kind, expected):
    assert type_name(kind) == expected
