"""Other files of the project are read although their syntax is newer than the running Python's."""

import ast

import pytest

from gardener.codemod.older_syntax import in_older_syntax

NEWER = [
    "type Pair[T] = tuple[\n    T, T]\nx = 1\n",
    "class Box[T: (int,\n   str) = int](Base[T]):\n    def get[X](self, x: X) -> X: ...\n",
    "if True:\n    type Other = int\n",
    "x = f'{f('a')}'\ny = f\"{x!r:>{x}}\"\n",
    'warn(f"old is deprecated, {f\'{"x"}\'} use" f" new")\n',
    'a = f"""\n{f"{\'a\' \'b\'}" + "\\n"}\n"""\n',
    "try:\n    x = 1\nexcept* ValueError:\n    pass\n",
]


@pytest.mark.parametrize("text", NEWER)
def test_it_is_read_line_for_line(text):
    older = in_older_syntax(text.encode(), "a.py")
    assert older is not None
    ast.parse(older)
    assert older.count(b"\n") == text.count("\n")


def test_what_nobody_can_read_is_nothing():
    assert in_older_syntax(b"def f(:\n", "a.py") is None


OLD = (
    "import warnings\n\nfrom new import Thing\n\ntype Name[T] = list[T]\n\n"
    "warnings.warn(f'old is deprecated, use {f'{'new'}'}', DeprecationWarning)\n"
)


def test_a_module_with_newer_syntax_gives_rules(run):
    new = "class Thing[T]:\n    pass\n"
    files = {"old.py": OLD, "new.py": new}
    outcome = run("deprecated-import", "from old import Thing\n", files=files)
    assert outcome.after == "from new import Thing\n"
