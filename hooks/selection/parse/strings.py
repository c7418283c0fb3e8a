"""What a string constant may name: a module, an attribute, a file, a command."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from .body import Body
from .summary import DOTTED
from .syntax import glob_of, plain, prefix_of

IDENTIFIER = re.compile(r"[A-Za-z_]\w{0,80}")
_CALL = re.compile(r"[A-Za-z_][\w.:]*\(.*\)")
_TEMPLATE = re.compile(r"\{[{%].*?[%}]\}|\$?\{[^{}\s]*\}", re.DOTALL)
_METHOD_CALL = re.compile(r"\.([A-Za-z_]\w{0,80})\(")
_ATTRIBUTE = re.compile(r"(?<=\.)[A-Za-z_]\w{0,80}")
_SEPARATORS = re.compile(r"[,\s]+")
_LONGEST_NAME = 300  # characters of a string constant that may still be a name or a path
_LONGEST_TEMPLATE = 5000  # characters of one that may be a template


def note_string(text: str, body: Body) -> None:
    """Note what a string constant may name."""
    if not text or len(text) > _LONGEST_TEMPLATE:
        return
    text = plain(text)
    _note_code(text, body)
    if len(text) > _LONGEST_NAME:
        return
    if IDENTIFIER.fullmatch(text):
        body.identifiers[text] = None
    elif DOTTED.fullmatch(text):
        body.dotted[text] = None
    else:
        body.texts[text] = None
        _note_words(text, body)


def _note_code(text: str, body: Body) -> None:
    """Note attributes that code in a string asks for: it may be run, or filled in, as a template."""
    body.attributes.update(dict.fromkeys(_METHOD_CALL.findall(text)))
    if "{" in text:  # `{{ user.name() }}`, `{0.name}`: who fills it in asks for these
        for part in _TEMPLATE.findall(text):
            body.attributes.update(dict.fromkeys(_ATTRIBUTE.findall(part)))


def _note_words(text: str, body: Body) -> None:
    """Note the names in a string that is none itself."""
    if _CALL.fullmatch(text):  # `app:make(1)`
        body.identifiers.update(dict.fromkeys(IDENTIFIER.findall(text.partition("(")[0])))
    if "," in text or " " in text:  # "a, b" of parametrize, "x y" of namedtuple
        for word in _SEPARATORS.split(text):
            if IDENTIFIER.fullmatch(word):
                body.identifiers[word] = None
    if text[-1] == " ":  # `"command " + arguments`
        command = text[:-1].rpartition("/")[2]
        if command and " " not in command:
            body.commands[command] = None


def note_command(node: ast.expr, body: Body) -> None:
    """Note the first word of a command line, and the Python that the others name."""
    words = prefix_of(node).split()
    if words and words[0] != "*":
        body.commands[words[0]] = None
    words = glob_of(node).split()
    for before, word in pairwise(words):
        if before == "-m":
            body.dynamic_imports[word] = None
        elif word.endswith(".py"):
            note_string(word, body)
