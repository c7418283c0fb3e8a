"""Functions that cannot matter are left out of libcst's tree; the file itself keeps every byte."""

import re

import pytest

from gardener.codemod.by_ast import statements_of
from gardener.codemod.outline import flat, of_tree
from gardener.codemod.protection import Protection
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
    ("protected", "def far():\n    return 1  # gardener: skip\n", "return"),
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


COMMENTS = [
    ("behind code", "x = 1  # gardener: skip\n"),
    ("in a string", "x = '# gardener: skip'\ny = \"\"\"\n# fmt: off\n\"\"\"  # noqa: E1\n"),
    ("between parts of a string", "x = (\n    'a'  # noqa: E1\n    'b#'  # fmt: skip\n)\n"),
    ("in an f-string", "x = f'{y!r} # noqa'  # fmt: skip\n"),
    ("behind others", "x = 1  # why # gardener: skip # more\n"),
    ("on its own", "import a\n\n# fmt: off\n@d  # gardener: skip\n@ e\ndef f(\n    a,  # noqa: E1\n): pass\n"),
    ("branches", "if x:  # noqa: E1\n    pass\nelif (\n    y\n):  # gardener: skip\n    z = 1; w = 2;\nelse:\n    if y: pass\n"),
    ("handlers", "try:  # noqa: E1\n    pass\nexcept A:\n    # gardener: skip\n    pass\nelse:\n    b\nfinally:\n    c\n"),
    ("cases", "match x:\n    case 1:  # noqa: E1\n        a\n    case _: b\n"),
    ("returns", "x = 1  # gardener: skip\r\n# fmt: off\rx = 'é'  # noqa: E1\n"),
    ("before all", "'''Text.'''\n# gardener: skip\nimport a\n"),
    ("loops", "async def f():\n    async for x in y: a; b  # noqa: E1\n    else: c\n    while z:\n        d\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code"), COMMENTS, ids=[c[0] for c in COMMENTS])
def test_protecting_comments_are_found_without_libcst(title, code):
    file = ParsedFile(code.encode())
    assert file.by_ast is not None
    marked = [c for c in file.comments if re.search("gardener:|fmt:|noqa", c.text)]
    assert file.marked_comments == marked
    shapes = [
        [(s.whole, s.start, s.head_end, s.end, s.kind == "Docstring") for s in flat(statements)]
        for statements in (
            statements_of(file.data, file.by_ast, file.starts),
            of_tree(file.module, file.data, file.span),
        )
    ]
    assert shapes[0] == shapes[1]


def test_what_is_left_out_is_protected_all_the_same():
    code = b"import wanted\n\n\ndef far():\n    return 1  # gardener: skip\n"
    file = ParsedFile(code, keep=KEEP)
    assert file.carved.left_out and [c.text for c in file.marked_comments] == ["# gardener: skip"]
    at = code.index(b"return")
    assert Protection("any").covers(file, at, at + 1) and not Protection("any").covers(file, 0, 1)


def test_statements_that_nobody_asks_for_are_left_out_of_functions():
    code = (
        "import wanted\n\n\ndef near(a):\n    '''A text that is long enough to be left out of the tree.'''\n"
        "    with raises(some_error_that_is_expected_here, match=a):\n"
        "        b = first_call(a, 'and', 'what', 'it', 'is', 'given')\n"
        "    wanted(a, 'and', 'what', 'it', 'is', 'given', 'as well')\n"
        "    helper(a, asked, 'and', 'what', 'it', 'is', 'given', 1)\n"
        "    c = (d := second_call(a, 'and', 'what', 'it', 'is', 'given'))\n"
        "    def far(): return a\n    return third_call(a, 'and', 'what', 'it', 'is', 'given')\n"
    )
    file = ParsedFile(code.encode(), keep=KEEP, inside=[re.compile(rb"asked")])
    for word in ("text", "first_call", "third_call", "return a"):
        assert word not in file.module.code and file.left_out(word.split()[0])
    for word in ("raises", "wanted(a", "asked", "second_call", "b ="):
        assert word in file.module.code
    assert len(file.module.code) == len(code)
    whole = ParsedFile(code.encode(), keep=KEEP)
    assert whole.module.code == code


def test_a_function_is_read_whole_for_whoever_asks_for_all_of_it():
    code = "def {}(a):\n    {}(a)\n    return some_call(a, 'and', 'what', 'it', 'is', 'given', 1)\n"
    names = ("first", "second", "first, second")
    text = "\n\n".join(code.format(f"f{n}", name) for n, name in enumerate(names)).encode()
    keep, inside = [re.compile(b"first"), re.compile(b"second")], [None, re.compile(b"(?!)")]
    file = ParsedFile(text, keep=keep, inside=inside)
    lines = file.module.code.splitlines()
    assert [line.startswith("    return some_call") for line in lines if "return" in line] == [
        True,
        False,
        True,
    ]


SPANS = "x = 1; y = f(a)\ndef g():\n    if b:\n        é(one, two); z = 1\n        h = [\n            c,\n        ]\n    x = 1\n"


def test_a_node_lies_where_libcst_says():
    file, other = ParsedFile(SPANS.encode()), ParsedFile(SPANS.encode())
    _ = other._spans
    pairs = zip(file.index.order, other.index.order, strict=True)
    assert [file.span(a) for a, _ in pairs] == [other.span(b) for b in other.index.order]
