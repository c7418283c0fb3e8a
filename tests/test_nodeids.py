"""Only `NodeId` takes a nodeid apart: anywhere else a folder called `[id]` would break it."""

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
HOME = {
    "gardener/nodeid.py",
    "gardener/config/checklist.py",  # finds nodeids in prose, where none is known to be one
    "hooks/plugin/nodeids.py",  # the plugin runs where gardener is not installed
}
FILES = [
    path
    for folder in ("gardener", "hooks", "bot", "codemods")
    for path in sorted((TOP / folder).rglob("*.py"))
    if path.relative_to(TOP).as_posix() not in HOME
]
CUTTING = {
    *("partition", "rpartition", "split", "rsplit", "find", "rfind", "index", "rindex", "count"),
    *("startswith", "endswith", "removeprefix", "removesuffix", "replace"),
}
PATTERNS = {"compile", "match", "fullmatch", "search", "split", "findall", "finditer", "sub"}
ALLOWED = {
    # (file, mark): what it is taken out of, which is no nodeid
    ("gardener/redaction/named.py", "::"): "a text that may be a secret",
    ("gardener/disarm.py", "::"): "a line that a CI runner may obey",
    ("gardener/pytest_config/entry_points.py", "["): "the extras of an entry point's target",
    ("gardener/reports/junit_names.py", "["): "a path with dots for slashes, as JUnit XML has it",
    ("hooks/pytest_run/rootdirs.py", "["): "a path that pytest itself would cut there",
    ("hooks/pytest_run/remainder.py", "["): "a path that pytest itself would cut there",
}


def texts(node: ast.AST) -> list[str]:
    """The constant texts in an argument, those of an f-string included."""
    return [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def separates(text: str) -> bool:
    """Whether a text is a mark that separates the parts of a nodeid."""
    return "::" in text or text == "["


def taken_apart(source: str) -> list[tuple[int, str]]:
    """The places where a file looks for the marks of a nodeid: line and mark."""
    places = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            first = texts(node.args[0]) if node.args else []
            if of_re and node.func.attr in PATTERNS:
                marks = [text for text in first if re.search(r"(?<!\?):(?<!\?:):", text)]
            elif node.func.attr in CUTTING:
                marks = [text for text in first if separates(text)]
            else:
                continue
            places += [(node.lineno, mark) for mark in marks]
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            places += [(node.lineno, text) for text in texts(node.left) if separates(text)]
    return places


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_nothing_else_takes_a_nodeid_apart(path):
    file = path.relative_to(TOP).as_posix()
    places = taken_apart(path.read_text())
    assert [place for place in places if (file, place[1]) not in ALLOWED] == []


@pytest.mark.parametrize(("file", "mark"), ALLOWED)
def test_what_is_allowed_is_still_there(file, mark):
    assert mark in {found for _, found in taken_apart((TOP / file).read_text())}


@pytest.mark.parametrize(
    "statement",
    [
        'nodeid.partition("::")[0]',
        'nodeid.split("::")',
        'nodeid.rpartition("[")',
        'nodeid.startswith(f"{file}::")',
        'nodeid.startswith((file + "::", file + "["))',
        '"::" in nodeid',
        '"[" not in nodeid',
        're.match(r"(.*)::(.*)", nodeid)',
        'nodeid.replace("::", ".")',
    ],
)
def test_the_check_sees_a_nodeid_taken_apart(statement):
    assert taken_apart(statement)


@pytest.mark.parametrize(
    "statement",
    [
        'text.partition(":")',
        'requirement.split(";")',
        'print(f"::warning file={name}")',
        're.compile(r"(?::[a-z]+)?")',
        '"::".join(parts)',
    ],
)
def test_the_check_leaves_other_texts_alone(statement):
    assert taken_apart(statement) == []
