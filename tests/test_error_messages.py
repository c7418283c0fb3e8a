"""Every message to the user, collected from the code: one sentence: what happened, where, what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

TOP = Path(__file__).parents[1]
FOLDERS = ("gardener", "hooks", "bot", "codemods")
FILES = [path for folder in FOLDERS for path in sorted((TOP / folder).rglob("*.py"))]
ERRORS = {
    "GardenerError",
    "ConfigError",
    "GitError",
    "ReportError",
    "InterpreterError",
    "SelectionError",
    "UsageError",
}
TALK = {"talk", "always", "say", "_say"}


class Message(NamedTuple):
    """A text as it stands in the code; what is filled in stands as `{}`."""

    place: str
    is_error: bool
    text: str


def text_of(node: ast.expr) -> str | None:
    """The text of a literal, an f-string, or a sum with one; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return "".join(map(str, parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = text_of(node.left), text_of(node.right)
        return None if sides == (None, None) else "".join(side or "{}" for side in sides)
    return None


def messages(source: str, name: str) -> Iterator[Message]:
    """What a file says when something is wrong, and what it tells on stderr."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func
        word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        is_echo = word == "echo" and any(keyword.arg == "err" for keyword in node.keywords)
        if not (word in ERRORS or word in TALK or is_echo):
            continue
        text = text_of(node.args[0])
        if text is not None and text.strip("{} ."):
            yield Message(f"{name}:{node.lineno}", word in ERRORS, text)


ALL = [
    message
    for path in FILES
    for message in messages(path.read_text("utf-8"), path.relative_to(TOP).as_posix())
]
SAYS_WHAT_TO_DO = re.compile(
    r"\b(?:activate|add|correct|fetch|give|install|leave|load|make|merge|name|needs?|run|say|set|stands"
    r"|takes a number|unpack|upgrade|use|write)\b|\bmust be\b|go(?:es)? with|go together"
    r"|exclude each other|such as|not OWNER/NAME|did you mean|`gardener|is found by itself|in workflows only",
    re.IGNORECASE,
)
# The operating system, git, a parser or a look-up of near names says the rest.
SAID_ELSEWHERE = re.compile(
    r"cannot be (?:read|written|loaded)[:;]|failed: \{\}$|\{\}$|not (?:a valid|valid) \w+: \{\}\.$"
    r"|is not a regular expression: \{\}\.$|^pyproject\.toml: `\{\}\.\{\}` \{\}\.$"
    r"|; \{\}\.$|^\{\} is \{\}: \{\}\.$|^\{\} (?:\(given as the project's Python\) )?\{\}\.$"
)
SELF_EVIDENT = {
    "There is no checklist {}.",
    "{} lies outside of the repository {}.",
    "--shard {} is of another plan: {} has {}.",
    "{} holds {} reports, more than {}.",
    "An artifact has more than {} bytes.",
    "Run {} left {}, more than {}.",
}
"""Errors that name what was given, and nothing else could be done about."""
EMPTY_WORDS = re.compile(
    r"\b(?:please|sorry|oops|invalid|illegal|fatal|abort(?:ed)?|something went wrong|unexpected)\b|!$",
    re.IGNORECASE,
)


def test_the_messages_are_found():
    assert len(ALL) > 150
    assert sum(message.is_error for message in ALL) > 90
    assert {message.place.partition("/")[0] for message in ALL} == {"gardener", "hooks", "bot"}


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.place)
def test_a_message_is_plain(message):
    assert not EMPTY_WORDS.search(message.text.replace('""', "")), message
    assert "  " not in message.text.strip(), message
    assert message.text == message.text.rstrip(), message
    assert len(message.text) <= 220, message


@pytest.mark.parametrize(
    "message", [m for m in ALL if m.is_error], ids=lambda message: message.place
)
def test_an_error_is_a_sentence_that_says_what_to_do(message):
    text = message.text
    assert re.match(r"[A-Z{`-]|pyproject\.toml|git ", text), message
    assert re.search(r"[.?]$|\{\}$", text), message
    assert "\n" not in text, message
    told = SAYS_WHAT_TO_DO.search(text) or SAID_ELSEWHERE.search(text)
    assert told or text in SELF_EVIDENT, message


def test_no_exception_outlives_its_message():
    assert {message.text for message in ALL} >= SELF_EVIDENT


@pytest.mark.parametrize(
    "source",
    [
        'raise ReportError("Invalid file!")',
        'raise ReportError(f"{path} is wrong.")',
        'raise ConfigError("lower case; name another one.")',
        'raise GitError("There is none; name another one")',
    ],
)
def test_a_message_without_a_way_out_is_seen(source):
    (message,) = messages(source, "x.py")
    with pytest.raises(AssertionError):
        test_a_message_is_plain(message)
        test_an_error_is_a_sentence_that_says_what_to_do(message)
