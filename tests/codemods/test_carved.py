"""Functions that cannot matter are left out of libcst's tree; the file itself keeps every byte."""

import re

import pytest

from gardener.codemod.tree import ParsedFile

KEEP = [re.compile(rb"wanted")]
FAR = "def far(a, b=[1]):\n    '''Text.'''\n    if a:\n        return b  # why\n    return x;\n"
CASES = [
    ("function", FAR, "return"),
    ("method", "class A:\n    @wraps\n    def far(self):\n        return 1\n    y = 2\n", "return"),
    ("one line", "async def far(): return 1\n", "return"),
    ("in a branch", "if x:\n    def far():\n        return 1\nelse:\n    z = 1\n", "return"),
    ("literal", f"TABLE = {{{', '.join(f'{n}: {n}' for n in range(90))}}}\n", "45"),
    ("call", f"X = f({', '.join(map(str, range(200)))})\n", "199"),
    ("field", "class A:\n    x: int = Field(default=None, description='a long one')\n", "long"),
    ("text", f'TEXT = ("""{"long " * 90}""")\n', "long"),
    ("decorated within", "def far():\n    @deco\n    def g():\n        return 1\n    return g\n", "return"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code", "word"), CASES, ids=[c[0] for c in CASES])
def test_what_cannot_matter_is_not_in_the_tree(title, code, word):
    code = f"import wanted\n\n{code}\nwanted()\n"
    file = ParsedFile(code.encode(), keep=KEEP)
    assert word not in file.module.code and word in code
    assert file.data == code.encode() == file.raw
    assert len(file.module.code) == len(code)
    assert file.module.code.endswith("\nwanted()\n")
    assert file.left_out(word) and not file.left_out("wanted")


MATTERS = [
    ("word", "def near():\n    return wanted\n"),
    ("head", "def near(a: wanted):\n    return 1\n"),
    ("decorator", "@wanted\ndef near():\n    return 1\n"),
    ("global", "def near():\n    global x\n    x = 1\n"),
    ("inner", "def near():\n    def g():\n        return wanted\n    return 1\n"),
    ("protected", "def near():\n    return 1  # gardener: skip\n"),
    ("short literal", "X = [1, 2]\n"),
    ("another name", "very_long_name_of_a_module = another_very_long_name_of_a.module\n"),
    ("a name that is bound in a call", f"X = f({', '.join(map(str, range(200)))}, (y := 1))\n"),
]


@pytest.mark.parametrize(("title", "code"), MATTERS, ids=[c[0] for c in MATTERS])
def test_what_may_matter_stays(title, code):
    file = ParsedFile(code.encode(), keep=KEEP)
    assert file.module.code == code
    assert not file.carved.left_out


BOTH = [
    (
        "a name of the module that a function left out reads",
        "utcnow",
        "from datetime import datetime\nclass A:\n    at = datetime.utcnow\n"
        "    def f(self):\n        return self.at()\n\n\ndef g(at):\n    return at\n",
    ),
    (
        "another use of the module",
        "moved-names",
        "import threading\n\nx = threading.currentThread()\n\n\ndef f():\n    return threading.Lock()\n",
    ),
    (
        "a logger that another method makes",
        "renamed-methods",
        "import logging\n\n\nclass A:\n    def __init__(self):\n        self.log = logging.getLogger()\n"
        "    def f(self):\n        self.log.warn('x')\n    def g(self, other):\n        self.log = other\n",
    ),
    (
        "a name that is taken elsewhere",
        "renamed-arguments",
        "from httpx import Client\n\nc = Client(app=x)\n\n\ndef f(a):\n    WSGITransport = 1\n    return a\n",
    ),
]


@pytest.mark.parametrize(("title", "codemod", "code"), BOTH, ids=[c[0] for c in BOTH])
def test_the_outcome_is_that_of_the_whole_tree(title, codemod, code, run):
    outcome = run(codemod, code)
    whole = run(
        codemod, f"{code}# fmt: on\n"
    )  # with a comment that may protect nothing is left out
    assert whole.after == f"{outcome.after}# fmt: on\n"
    assert whole.notes == outcome.notes
