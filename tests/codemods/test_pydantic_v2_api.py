"""pydantic-v2-api: new names where the receiver is surely a model; run before and after."""

import sys
import types

import pytest

pydantic = pytest.importorskip("pydantic", minversion="2.5")
HEAD = "from pydantic import BaseModel\n\n\nclass M(BaseModel):\n    x: int = 1\n    y: str | None = None\n\n"

CHANGED = [
    ("dict", "r = M().dict()\n"),
    ("json", "r = M().json(exclude_none=True)\n"),
    ("copy", "r = M().copy(update={'x': 3})\n"),
    ("parse_obj", "r = M.parse_obj({'x': '4'})\n"),
    ("parse_raw", "r = M.parse_raw('{\"x\": 5}')\n"),
    ("construct", "r = M.construct(x='a')\n"),
    ("schema", "r = M.schema()\n"),
    ("chain", "r = M.parse_obj({}).copy().dict()\n"),
    ("variable", "m = M(x=2)\nr = m.dict()\n"),
    ("annotated variable", "m: M = [M()][0]\nr = m.dict()\n"),
    ("parameter", "def f(m: M): return m.dict()\nr = f(M())\n"),
    (
        "optional parameter",
        "from typing import Optional\ndef f(m: Optional[M]): return m and m.json()\nr = f(M())\n",
    ),
    ("union parameter", "def f(m: M | None): return m and m.json()\nr = f(M())\n"),
    ("string annotation", "def f(m: 'M'): return m.dict()\nr = f(M())\n"),
    ("self", "class N(M):\n    def f(self): return self.dict()\nr = N().f()\n"),
    (
        "cls",
        "class N(M):\n    @classmethod\n    def f(cls): return cls.parse_obj({'x': 3})\nr = N.f()\n",
    ),
    ("f-string", "m = M()\nr = f'{m.json()}'\n"),
    (
        "validator",
        "from pydantic import validator\nclass N(M):\n    @validator('x', allow_reuse=True)\n    def v(cls, value): return value + 1\nr = N(x=1)\n",
    ),
    (
        "validator before",
        "from pydantic import validator\nclass N(M):\n    @validator('x', 'y', pre=True)  # first\n    def v(cls, value): return 7\nr = N(x=1)\n",
    ),
    (
        "root validator before",
        "from pydantic import root_validator\nclass N(M):\n    @root_validator(pre=True)\n    def v(cls, values): return {'x': 9}\nr = N(x=1)\n",
    ),
]


@pytest.mark.parametrize(("title", "code"), CHANGED, ids=[c[0] for c in CHANGED])
@pytest.mark.filterwarnings("ignore")
def test_changed_and_means_the_same(run, title, code):
    outcome = run("pydantic-v2-api", HEAD + code)
    assert outcome.changed, outcome.notes
    results = []
    for text in (HEAD + code, outcome.after):
        module = sys.modules["example"] = types.ModuleType("example")
        exec(compile(text, "example", "exec"), module.__dict__)
        results.append(repr(module.r))
        del sys.modules["example"]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "code",
    [
        "m = {}.copy()\n",
        "import json\nr = response.json()\n",
        "def f(m): return m.dict()\n",
        "def f(m: list[M]): return m.copy()\n",
        "m = M()\nm = {}\nr = m.copy()\n",
    ],
)
def test_what_is_not_known_stays_without_a_word(run, code):
    outcome = run("pydantic-v2-api", HEAD + code)
    assert outcome.after == HEAD + code
    assert not outcome.remarks


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("r = M().json(sort_keys=True)\n", "does not take sort_keys"),
        ("r = M().dict({'x'})\n", "positional"),
        ("class N(M):\n    def dict(self): return 1\nr = N().dict()\n", "has its own dict"),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x', always=True)\n    def v(cls, value): return value\n",
            "always",
        ),
        (
            "from pydantic import root_validator\nclass N(M):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values): return values\n",
            "skip_on_failure",
        ),
    ],
)
def test_left_alone_with_a_note(run, code, note):
    outcome = run("pydantic-v2-api", HEAD + code)
    assert outcome.after == HEAD + code
    assert note in outcome.notes
