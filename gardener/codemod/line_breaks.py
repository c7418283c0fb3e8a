"""Lines that codemods made longer than the project allows, broken as formatters break them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gardener.codemod.file_text import Edit, FileText

_TOKENS = re.compile(
    r"""(?P<text>(["'])(?:\\.|(?!\2).)*\2)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)"""
    r"|(?P<bad>[#\\\"'])|(?P<lambda>\blambda\b)"
    r"|(?<= )(?P<operator>async for|for|if|else|or|and|not in|in|is not|is|[=!<>]=|<<|>>|//|[<>|^&+*/%-])(?= )"
)
_PRIORITIES: tuple[frozenset[str], ...] = (
    frozenset(("if", "else")),
    frozenset(("or",)),
    frozenset(("and",)),
    frozenset(("in", "not in", "is", "is not", "==", "!=", "<", ">", "<=", ">=")),
    *(frozenset(each) for each in ("|", "^", "&")),
    frozenset(("<<", ">>")),
    frozenset("+-"),
    frozenset(("*", "/", "//", "%")),
)
"""Operators that a long expression is broken before, those that bind least first."""
_GENERATING = frozenset(("for", "async for"))
_VALUE = re.compile(
    r"(?:return|if|elif|while|[\w.]+(?:\[[^\]]*\])?(?:: [^=]+?)? [-+|&*/]?=) (?=\S)"
)
"""What a statement begins with whose value may be put in parentheses."""
_DEFINITION = re.compile(r"(?:async )?def |class ")
_BEFORE_A_CALL = re.compile(r"[\w)\]}\"']$")
_OPERATOR = re.compile(r"(?:and|or|not in|in|is|[=!<>]=|[-+*/%<>|^&]) ")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_KEYWORD = re.compile(
    r"\b(?:and|assert|await|del|elif|else|for|if|in|is|lambda|not|or|return|while|yield)$"
)


class _Scan(NamedTuple):
    """What stands outside of all brackets of a text: pairs of brackets, commas, operators."""

    pairs: list[tuple[int, int]]
    commas: list[int]
    operators: list[tuple[int, str]]


def breaking(before: FileText, after: FileText, limit: int, unit: str) -> list[Edit]:
    """Edits of a file that break the lines which are longer than before and than the limit.

    What the file says stays the same; where that cannot be told, nothing is broken.
    """
    lines = after.data.decode().split("\n")
    numbers = list(_longer(before.data.decode().split("\n"), lines, limit))
    tree = _parsed(after.data) if numbers else None
    if tree is None:
        return []
    nodes = list(ast.walk(tree))
    starts = {node.lineno for node in nodes if isinstance(node, (ast.stmt, ast.excepthandler))}
    in_texts = {line for node in nodes for line in _lines_of_text(node)}
    layout = _Layout(limit, unit)
    edits = [
        edit
        for number in numbers
        if number + 1 not in in_texts
        and (edit := _edit(lines, number, layout, number + 1 not in starts)) is not None
    ]
    meaning = ast.dump(tree) if edits else ""
    if _says(meaning, after, edits):
        return edits
    return [edit for edit in edits if _says(meaning, after, [edit])]


def _longer(old: list[str], new: list[str], limit: int) -> Iterator[int]:
    """Numbers of the new lines that are too long, where the old ones were not."""
    if not any(len(line) > limit for line in new):
        return
    from difflib import SequenceMatcher

    kept = set(old)
    if all(line in kept for line in new if len(line) > limit):
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        in_place = b - a == d - c
        for number in range(c, d):
            was = old[a + number - c : a + number - c + 1] if in_place else old[a:b]
            if len(new[number]) > limit and all(len(line) <= limit for line in was):
                yield number


def _parsed(source: bytes) -> ast.Module | None:
    """The tree of a source; None where its syntax is too new for this Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _lines_of_text(node: ast.AST) -> Iterable[int]:
    """The lines of a text that is spread over several."""
    is_text = isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )
    if is_text and node.end_lineno != node.lineno:  # type: ignore[attr-defined]
        return range(node.lineno, node.end_lineno + 1)  # type: ignore[attr-defined]
    return ()


def _says(meaning: str, file: FileText, edits: Sequence[Edit]) -> bool:
    """Whether a file with some edits means what the tree with that dump does."""
    changed = _parsed(file.spliced(edits)) if edits else None
    return changed is not None and ast.dump(changed) == meaning


def _edit(lines: list[str], number: int, layout: _Layout, is_inside: bool) -> Edit | None:
    """The edit that breaks one line; None if it stays."""
    line = lines[number]
    text, comment = _without_comment(line.strip())
    indent = line[: len(line) - len(line.lstrip())]
    closed = text[: len(text) - len(text.lstrip("".join(_CLOSING)))]
    if "\t" in indent or line.endswith("\r") or lines[number - 1].endswith("\\"):
        return None
    if len(indent) + len(text) <= layout.limit:  # formatters count the comment, too
        layout = layout._replace(limit=len(indent) + len(text) - 1)
    if closed:  # what ends here is no place to break
        first, *more = layout.brackets(" " * len(closed) + text[len(closed) :], indent)
        broken = [indent + closed + first[len(indent + closed) :], *more]
    elif is_inside:
        above, below = lines[number - 1].rstrip(), "".join(lines[number + 1 : number + 2]).strip()
        is_first, is_last = above.endswith(_OPENING), below.startswith(_CLOSING)
        if is_first and is_last:
            broken = layout.elements(text, indent)
        elif (is_first or _OPERATOR.match(text)) and (is_last or _OPERATOR.match(below)):
            broken = layout.operands(text, indent)
        else:
            broken = layout.brackets(text, indent)
    else:
        broken = layout.statement(text, indent)
    if len(broken) < 2 or max(map(len, broken)) > layout.limit:  # no better than before
        return None
    start = len("\n".join(lines[:number]).encode()) + (1 if number else 0)
    return Edit(start, start + len(line.encode()), "\n".join(broken) + comment)


def _without_comment(text: str) -> tuple[str, str]:
    """A line without the comment behind it, and that comment."""
    for token in _TOKENS.finditer(text):
        if token[0] == "#":
            code = text[: token.start()].rstrip()
            return code, text[len(code) :]
    return text, ""


class _Layout(NamedTuple):
    """Breaks texts so that no line is longer than the limit."""

    limit: int
    unit: str

    def statement(self, text: str, indent: str) -> list[str]:
        """A statement: at its last brackets, or with its value in parentheses."""
        scan = _scan(text)
        value = _VALUE.match(text)
        if scan is None or value is None or text.endswith(_OPENING):
            return self.brackets(text, indent)
        operators = [each for each in scan.operators if each[0] >= value.end()]
        ends_in_brackets = text.rstrip(":").endswith(_CLOSING)
        if len(_weakest(operators)) < (2 if ends_in_brackets else 1):
            return self.brackets(text, indent)
        tail = ":" if text.endswith(":") else ""
        inner = text[value.end() : len(text) - len(tail)]
        if _scan(inner) is None or inner.startswith("("):
            return self.brackets(text, indent)
        body = self.elements(inner, indent + self.unit)
        return [f"{indent}{value[0]}(", *body, f"{indent}){tail}"]

    def elements(self, text: str, indent: str) -> list[str]:
        """What stands alone in brackets: each element on a line, or one before its operators."""
        scan = _scan(text)
        if len(indent) + len(text) <= self.limit or scan is None or text.endswith(_OPENING):
            return [indent + text]
        parts = _split(text, scan.commas)
        if len(parts) > 1:
            return [line for part in parts for line in self.brackets(f"{part},", indent)]
        return self.brackets(text, indent) if text.endswith(",") else self.operands(text, indent)

    def operands(self, text: str, indent: str) -> list[str]:
        """An expression, or a part of one behind an operator, with a line before each operator."""
        scan = _scan(text)
        if scan is None or scan.commas or text.endswith(_OPENING):
            return self.brackets(text, indent)
        if len(indent) + len(text) <= self.limit:
            return [indent + text]
        inner = [each for each in scan.operators if each[0] > 0]
        parts = _split(text, _weakest(inner), keep=True)
        if len(parts) < 2:
            return self.brackets(text, indent)
        return [line for part in parts for line in self.operands(part, indent)]

    def brackets(self, text: str, indent: str) -> list[str]:
        """A text broken within the last of its brackets that leaves room for what is before them."""
        scan = _scan(text)
        if len(indent) + len(text) <= self.limit or scan is None:
            return [indent + text]
        pairs = scan.pairs[:1] if _DEFINITION.match(text) else scan.pairs[::-1]
        for opening, closing in pairs:
            head, body, tail = text[: opening + 1], text[opening + 1 : closing], text[closing:]
            fits = max(len(head), len(tail)) + len(indent) <= self.limit
            if body.strip() and fits:
                inner = self._body(head, body.strip(), indent + self.unit)
                return [indent + head, *inner, indent + tail]
        return [indent + text]

    def _body(self, head: str, body: str, indent: str) -> list[str]:
        """What stands in brackets: on one line if it can, but a display has its elements in lines."""
        before = head[:-1]
        is_display = not _BEFORE_A_CALL.search(before) or bool(_KEYWORD.search(before))
        scan = _scan(body)
        many = scan is not None and (len(_split(body, scan.commas)) > 1)
        if len(indent) + len(body) <= self.limit and not body.endswith(","):
            if not (is_display and many):
                return [indent + body]
        if many and len(indent) + len(body) <= self.limit:
            assert scan is not None
            return [f"{indent}{part}," for part in _split(body, scan.commas)]
        return self.elements(body, indent)


def _scan(text: str) -> _Scan | None:
    """What stands outside of all brackets; None where a text is no whole expression of one line."""
    scan = _Scan([], [], [])
    opened: list[int] = []
    in_lambda = False
    if text.startswith(("from ", "import ", "@")) and "(" not in text:
        return None
    for token in _TOKENS.finditer(text):
        kind, at = token.lastgroup, token.start()
        if kind == "bad" or text.startswith(('"""', "'''"), at):
            return None
        if kind == "open":
            opened.append(at)
        elif kind == "close":
            if not opened:
                return None
            first = opened.pop()
            if not opened:
                scan.pairs.append((first, at))
        elif not opened and kind == "comma":
            scan.commas.append(at)
            in_lambda = False
        elif not opened and kind == "lambda":
            in_lambda = True
        elif not opened and kind == "operator" and not in_lambda:
            scan.operators.append((at, token[0]))
    # A line may go on in brackets that it opens last of all.
    return scan if opened in ([], [len(text) - 1]) else None


def _weakest(operators: Sequence[tuple[int, str]]) -> list[int]:
    """Where the operators stand that bind least; nothing in front of a generator's `for`."""
    if any(operator in _GENERATING for _, operator in operators):
        return [at for at, operator in operators if operator in (*_GENERATING, "if")]
    for kinds in _PRIORITIES:
        places = [at for at, operator in operators if operator in kinds]
        if places:
            return places
    return []


def _split(text: str, places: Sequence[int], *, keep: bool = False) -> list[str]:
    """The parts between some places, without what stands there or with it at their beginning."""
    parts = []
    at = 0
    for place in (*places, len(text)):
        parts.append(text[at:place].strip())
        at = place if keep else place + 1
    return [part for part in parts if part]
