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
    ("deep copy", "r = M().copy(update={'x': 3, 'y': f'{2}'}, deep=True)\n"),
    ("copy of what is given", "y = [1]\nr = M().copy(update={'y': y}, deep=False).y is y\n"),
    ("parse_obj", "r = M.parse_obj({'x': '4'})\n"),
    ("validate", "r = M.validate({'x': '4'}).dict()\n"),
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
    (
        "validator that looks at other values",
        "from pydantic import validator\nclass N(M):\n    z: int = 0\n    @validator('z')\n    def v(cls, value, values): return value + values['x'] + len(values)\nr = N(x=2, z=3)\n",
    ),
    (
        "annotated values",
        "from typing import Any\nfrom pydantic import validator\nclass N(M):\n    z: int = 0\n    @validator('z', pre=True)\n    def v(cls, value: Any, values: dict[str, Any]) -> int:\n        if 'x' in values: return values.get('x')\n        return value\nr = N(x=2, z=3)\n",
    ),
    (
        "validator over lines",
        "from pydantic import validator\nclass N(M):\n    @validator(\n        'x',\n        pre=True,\n        allow_reuse=True,\n    )\n    def v(cls, value): return 7\nr = N(x=1)\n",
    ),
    (
        "validator by the module",
        "import pydantic\nclass N(M):\n    @pydantic.validator('*')\n    def v(cls, value): return value\nr = N(x=1)\n",
    ),
    (
        "a validator of defaults",
        "from pydantic import Field, validator\nclass N(M):\n    z: int = '7'\n    q: int = Field(2)\n    p: int\n    @validator('z', 'q', 'p', always=True)\n    def v(cls, value): return value + 1\nr = N(p=1)\n",
    ),
    (
        "a validator of defaults before",
        "from pydantic import validator\nclass N(M):\n    z: list[int] = []\n    @validator('z', pre=True, always=True)\n    def v(cls, value): return value or [1]\nr = N()\n",
    ),
    (
        "root validator after",
        "from pydantic import root_validator\nclass N(M):\n    z: int = 0\n    @root_validator(skip_on_failure=True)\n    def v(cls, values: dict) -> dict:\n        if values['z'] > values.get('x', 1):\n            raise ValueError(values['z'])\n        return values\ndef f(**k):\n    try: return N(**k)\n    except ValueError as wrong: return str(wrong)[:60]\nr = f(z=0), f(z=5), f(x=8, z=7)\n",
    ),
    ("each of many", "def f(many: list[M]): return [m.dict() for m in many]\nr = f([M()])\n"),
    (
        "a loop over many",
        "from collections.abc import Sequence\ndef f(many: Sequence[M]):\n    for m in many:\n        return m.json()\nr = f([M()])\n",
    ),
    (
        "a field that is a model",
        "class N(BaseModel):\n    inner: M\n    def f(self): return self.inner.dict()\nr = N(inner=M()).f()\n",
    ),
    (
        "a field of many models",
        "class N(BaseModel):\n    inner: 'list[M]'\n    more: list['M'] = []\ndef f(n: N): return [m.dict() for m in n.more]\nr = f(N(inner=[], more=[M()]))\n",
    ),
    ("a function's return", "def make() -> M: return M()\nr = make().dict()\n"),
    (
        "an async function's return",
        "import asyncio\nasync def make() -> M: return M()\nasync def f():\n    m = await make()\n    return m.dict(), (await make()).json()\nr = asyncio.run(f())\n",
    ),
    ("the type of self", "class N(M):\n    def f(self): return type(self).parse_obj({'x': 2})\nr = N().f()\n"),
    ("its class", "class N(M):\n    def f(self): return self.__class__.parse_obj({'x': 2})\nr = N().f()\n"),
    ("a class as a parameter", "def f(model: type[M]): return model.parse_obj({'x': 2})\nr = f(M)\n"),
    (
        "from_orm",
        "class N(M):\n    model_config = {'from_attributes': True}\nclass Row: x = 5; y = None\nr = N.from_orm(Row())\n",
    ),
    (
        "from_orm of a child",
        "from pydantic import ConfigDict\nclass N(M):\n    model_config = ConfigDict(from_attributes=True)\nclass O(N):\n    pass\nclass Row: x = 5; y = None\nr = O.from_orm(Row())\n",
    ),
    (
        "what is asked for a model",
        "def f(m: M): return m.dict() if isinstance(m, M) and hasattr(m, 'x') else 1\nr = f(M())\n",
    ),
    ("fields of the class", "r = list(M.__fields__)\n"),
    ("fields that are set", "r = M(x=1).__fields_set__\n"),
    ("an element of a list", "def f(ms: list[M]): return ms[0].dict()\nr = f([M()])\n"),
    ("the last of a list", "def f(ms: list[M]): return ms.pop().dict(), ms.pop(0).dict()\nr = f([M(), M()])\n"),
    ("a value of a dict", "def f(ms: dict[str, M]): return ms['a'].dict(), ms.get('a').json(), ms.pop('a').dict()\nr = f({'a': M()})\n"),
    ("values of a dict", "def f(ms: dict[str, M]): return [m.dict() for m in ms.values()]\nr = f({'a': M()})\n"),
    ("items of a dict", "from collections.abc import Mapping\ndef f(ms: Mapping[str, M]): return {k: m.dict() for k, m in ms.items()}\nr = f({'a': M()})\n"),
    ("items in a loop", "from typing import Dict\nr = []\ndef f(ms: Dict[str, M]):\n    for k, m in ms.items(): r.append(m.json())\nf({'a': M()})\n"),
    ("enumerated", "def f(ms: list[M]): return [m.dict() for i, m in enumerate(ms)]\nr = f([M()])\n"),
    ("each of what a function gives", "def g() -> list[M]: return [M()]\nr = [m.dict() for m in g()]\n"),
    ("a name for an element", "def f(ms: list[M]):\n    m = ms[0]\n    return m.dict()\nr = f([M()])\n"),
    ("a name for an attribute", "class S:\n    m: M\n    def f(self):\n        m = self.m\n        return m.dict()\ns = S()\ns.m = M()\nr = s.f()\n"),
    ("a field that holds many by name", "class N(BaseModel):\n    ms: dict[str, M]\n    def f(self): return self.ms['a'].dict(), [m.json() for m in self.ms.values()]\nr = N(ms={'a': {}}).f()\n"),
    ("a method", "class S:\n    def get(self) -> M: return M()\n    def f(self): return self.get().dict()\nr = S().f()\n"),
    ("a method of what was made", "class S:\n    def get(self) -> M: return M()\ns = S()\nr = s.get().dict()\n"),
    ("a method of a model", "class N(M):\n    def get(self) -> M: return M()\ndef f(n: N): return n.get().dict()\nr = f(N())\n"),
    ("a method that is inherited", "class A:\n    def get(self) -> M: return M()\nclass S(A):\n    def f(self): return self.get().dict()\nr = S().f()\n"),
    ("a method of the class", "class S:\n    @classmethod\n    def get(cls) -> M: return M()\n    @staticmethod\n    def all() -> list[M]: return [M()]\nr = S.get().dict(), [m.dict() for m in S.all()]\n"),
    ("a method that is awaited", "import asyncio\nclass S:\n    async def get(self) -> M: return M()\n    async def f(self): return (await self.get()).dict()\nr = asyncio.run(S().f())\n"),
    ("a property", "class S:\n    @property\n    def m(self) -> M: return M()\n    def f(self): return self.m.dict()\nr = S().f()\n"),
    ("an attribute that its class annotates", "class S:\n    m: M\n    def __init__(self): self.m = M()\n    def f(self): return self.m.dict()\nr = S().f()\n"),
    ("an attribute that a method annotates", "class S:\n    def __init__(self):\n        self.m: M = M()\n        self.ms: dict[str, M] = {'a': M()}\n    def f(self): return self.m.dict(), self.ms['a'].dict()\nr = S().f()\n"),
    ("a field of a dataclass", "import dataclasses\n@dataclasses.dataclass\nclass S:\n    m: 'M'\n    ms: list[M]\ndef f(s: S): return s.m.dict(), s.ms[0].dict()\nr = f(S(M(), [M()]))\n"),
    ("an attribute of an attribute", "class T:\n    m: M = M()\nclass S:\n    t: T = T()\n    def f(self): return self.t.m.dict()\nr = S().f()\n"),
    ("forward references", "class N(BaseModel):\n    a: 'Later'\nclass Later(BaseModel):\n    b: int\nN.update_forward_refs()\nr = N(a={'b': 1})\n"),
]  # fmt: skip


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


READ_OTHERWISE = [
    ("from datetime import date\nclass N(M):\n    model_config = {'strict': True}\n    d: date\n", '{"d": "2020-01-01"}'),
    ("from datetime import date\nfrom pydantic import Field\nclass N(M):\n    d: date = Field(strict=True)\n", '{"d": "2020-01-01"}'),
    ("from datetime import date\nclass N(M):\n    d: date | str\n", '{"d": "2020-01-01"}'),
    ("from uuid import UUID\nfrom typing import Union\nclass N(M):\n    d: list[Union[UUID, str]]\n", f'{{"d": ["{0:032x}"]}}'),
    (
        "from datetime import date\nclass I(BaseModel, strict=True):\n    d: date\nclass N(M):\n    d: list[I]\n",
        '{"d": [{"d": "2020-01-01"}]}',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "raw"), READ_OTHERWISE)
@pytest.mark.filterwarnings("ignore")
def test_json_that_the_new_method_reads_otherwise_is_left_to_the_old_one(run, code, raw):
    code = HEAD + code
    outcome = run("pydantic-v2-api", f"{code}r = N.parse_raw({raw!r})\n")
    assert not outcome.changed
    assert "parse_raw() of N left alone" in outcome.notes
    space = {"__name__": "example"}
    exec(compile(code, "example", "exec"), space)
    model: type = space["N"]  # type: ignore[assignment]
    answers = []
    for method in ("parse_raw", "model_validate_json"):
        try:
            answers.append(repr(getattr(model, method)(raw)))
        except pydantic.ValidationError as wrong:
            answers.append(type(wrong).__name__)
    assert answers[0] != answers[1]  # so it really matters


@pytest.mark.filterwarnings("ignore")
def test_what_pydantic_2_refuses_by_the_old_name_works_by_the_new_one(run):
    outcome = run("pydantic-v2-api", HEAD + "r = M().json(indent=1)\n")
    assert outcome.after == HEAD + "r = M().model_dump_json(indent=1)\n"
    with pytest.raises(TypeError, match="no longer supported"):
        exec(HEAD + "M().json(indent=1)\n", {"__name__": "example"})
    space = {"__name__": "example"}
    exec(outcome.after, space)
    assert space["r"] == '{\n "x": 1,\n "y": null\n}'


@pytest.mark.parametrize(
    ("files", "note"),
    [
        (
            {"poetry.lock": '[[package]]\nname = "pydantic"\nversion = "1.10.13"\n'},
            "poetry.lock has",
        ),
        ({"constraints.txt": "pydantic==1.10.13\n"}, "constraints.txt asks for"),
        ({"test_m.py": "m.dict.return_value = {}\n"}, "test_m.py mocks the old method"),
        (
            {
                "sub.py": "from example import M\nimport pydantic\nclass N(M):\n    def dict(self): ...\n"
            },
            "N in sub.py overrides it",
        ),
        (
            {
                "other.py": "import pydantic\nclass N(pydantic.BaseModel):\n    def dict(self): ...\n"
            },
            "",
        ),
        ({"requirements.txt": "pydantic>=2.7,<2.10\n"}, ""),
        (
            {
                "example-1.dist-info/METADATA": "Name: example\nRequires-Dist: pydantic<2\n\npydantic>=2\n"
            },
            "example-1.dist-info/METADATA asks for pydantic <2",
        ),
        ({"lib/other-1.dist-info/METADATA": "Name: other\nRequires-Dist: pydantic<2\n"}, ""),
    ],
)
def test_what_other_files_say(run, files, note):
    outcome = run("pydantic-v2-api", HEAD + "M().dict()\nM().dict()\n", files=files)
    assert outcome.changed is (not note)
    assert note in outcome.notes


BASE = "from pydantic import BaseModel\n\n\nclass Item(BaseModel):\n    id: int\n\n\nclass Base(BaseModel):\n    first: Item\n    all: list[Item]\n    named: dict[str, Item]\n"


@pytest.mark.parametrize(
    "use",
    [
        "def f(b: Base): return b.{0}()\n",
        "class C(Base):\n    def f(self): return self.first.{0}()\n",
        "def f(b: Base): return [item.{0}() for item in b.all]\n",
        "def f(): return Base(first=1, all=[]).first.{0}()\n",
        "class S:\n    base: Base\n    def f(self): return self.base.{0}()\n",
        "class S:\n    def get(self) -> Base: ...\n    def f(self): return self.get().{0}()\n",
        "class S:\n    def get(self) -> dict[str, Base]: ...\n    def f(self): return self.get()['a'].{0}()\n",
        "def f(bases: dict[str, Base]): return bases['a'].{0}()\n",
        "def f(bases: dict[str, Base]): return bases.get('a').{0}()\n",
        "def f(bases: dict[str, Base]): return [b.{0}() for k, b in bases.items()]\n",
        "def f(bases: list[Base]): return [b.{0}() for i, b in enumerate(bases)]\n",
        "def f(bases: list[Base]): return [b.{0}() for b in bases]\n",
        "def f(bases: dict[str, Base]):\n    for name, base in bases.items():\n        base.{0}()\n",
        "def f(base: Base): return base.named['a'].{0}(), [i.{0}() for i in base.named.values()]\n",
    ],
)
def test_models_and_their_fields_are_found_over_files(run, use):
    files = {"app/__init__.py": "", "app/base.py": BASE, "app/again.py": "from .base import *\n"}
    for head in ("from app.base import Base\n", "from .again import Base\n"):
        outcome = run("pydantic-v2-api", head + use.format("dict"), path="app/use.py", files=files)
        assert outcome.after == head + use.format("model_dump")


NEWER = [
    "try:\n    M().dict()\nexcept ValueError, TypeError:\n    pass\n",  # Python 3.14
    "type Pair[T] = tuple[T, T]\nM().dict()\n",
    "class N[T](M):\n    def f(self): return self.dict()\n",
    'm = M()\nx = f"{m.dict()["x"]}"\n',
]


@pytest.mark.parametrize("code", NEWER)
def test_syntax_that_is_newer_than_the_running_python_is_mended(run, code):
    assert run("pydantic-v2-api", HEAD + code).after == HEAD + code.replace(
        "dict()", "model_dump()"
    )


def test_an_import_stays_while_one_validator_needs_it(run):
    code = (
        "from pydantic import BaseModel, validator\nclass M(BaseModel):\n    x: int\n    y: int\n"
        "    @validator('x')\n    def a(cls, value): return value\n"
        "    @validator('y', each_item=True)\n    def b(cls, value): return value\n"
    )
    outcome = run("pydantic-v2-api", code)
    assert outcome.after.startswith("from pydantic import BaseModel, field_validator, validator\n")
    assert "8: @validator of b left alone: `each_item`" in outcome.notes


@pytest.mark.parametrize(
    "code",
    [
        "m = {}.copy()\n",
        "import json\nr = response.json()\n",
        "def f(m): return m.dict()\n",
        "def f(m: list[M]): return m.copy()\n",
        "m = M()\nm = {}\nr = m.copy()\n",
        "def f(ms: dict[str, M]): return ms.copy(), ms.get('a', {}).copy(), ms.values().copy()\n",
        "def f(ms: list[M]): return ms[1:].copy(), [m.copy() for m in ms[1:]]\n",
        "def f(ms: dict[str, M]): return [k.copy() for k in ms], [k.copy() for k, m in ms.items()]\n",
        "def f(ms: dict[M, str]): return ms['a'].copy(), [m.copy() for m in ms.values()]\n",
        "def f(ms: dict[str, list[M]]): return ms['a'].copy(), [m.copy() for m in ms.values()]\n",
        "def f(ms: list[dict[str, M]]): return ms[0].copy()\n",
        "def enumerate(x): return x\ndef f(ms: list[M]): return [m.copy() for i, m in enumerate(ms)]\n",
        "class S:\n    async def get(self) -> M: return M()\n    def f(self): return self.get().copy()\n",
        "class S:\n    @cached\n    def get(self) -> M: return M()\n    def f(self): return self.get().copy()\n",
        "class S:\n    def get(self) -> M: return M()\n    def f(self): return self.get.copy()\n",
        "class S:\n    if 1:\n        def get(self): return {}\n    def get(self) -> M: return M()\n    def f(self): return other.get().copy()\n",
        "class S:\n    def __init__(self):\n        self.m: M = M()\n        self.m: dict = {}\n    def f(self): return self.m.copy()\n",
        "class T:\n    def f(self): self.m: M = M()\nclass S:\n    def f(self): return self.m.copy()\n",
        "class S:\n    m: M\n    def f(self): return self.ms.copy()\n",
        "class S:\n    def __new__(cls): return T()\n    m: M\nr = S().m.copy()\n",
        # Code that chooses between both versions.
        "def f(m: M):\n    try:\n        return m.model_dump()\n    except AttributeError:\n        return m.dict()\n",
        "def f(m: M):\n    if IS_PYDANTIC_V2:\n        return m.model_dump()\n    else:\n        return m.dict()\n",
        "def f(m: M):\n    if not PYDANTIC_2: return m.dict()\n    return 1\n",
        "def f(m: M):\n    if hasattr(type(m), 'model_dump'):\n        return m.model_dump()\n    return m.dict()\n",
        "def f(m: M): return m.model_dump() if V2 else m.dict()\n",
        "if PYDANTIC_V1:\n    from pydantic import validator\n    class N(M):\n        @validator('x')\n        def v(cls, value): return value\n",
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
        ("y = [1]\nr = M().copy(update={'y': y}, deep=True).y is y\n", "copied what update gives"),
        ("u = {}\nr = M().copy(update=u, deep=u == {})\n", "copied what update gives"),
        ("class N(M):\n    def validate(self): ...\nr = N.validate({})\n", "has its own validate"),
        ("class N(M):\n    def dict(self): return 1\nr = N().dict()\n", "has its own dict"),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('*', always=True)\n    def v(cls, value): return value\n",
            "always",
        ),
        (
            "from pydantic import root_validator\nclass N(M):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values):\n        values['x'] = 1\n        return values\n",
            "more with the values",
        ),
        (
            "from pydantic import root_validator\nclass N(M):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values): return {**values, 'x': 1}\n",
            "more with the values",
        ),
        (
            "from pydantic import root_validator\nclass N(M, validate_assignment=True):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values): return values\n",
            "validates assignments",
        ),
        (
            "from pydantic import root_validator\nclass N(M):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values):\n        cls.check(values['x'])\n        return values\n",
            "uses cls",
        ),
        (
            "from pydantic import root_validator\nclass N(M):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values):\n        if values['x']: return None\n        return values\n",
            "returns something else",
        ),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x', always=True)\n    def v(cls, value): return value\n",
            "not in this class",
        ),
        ("def f(row): return M.from_orm(row)\n", "does not say from_attributes=True"),
        (
            "class N(M):\n    model_config = {'serialize_by_alias': True}\nr = N().dict()\n",
            "serialize_by_alias",
        ),
        (
            "class N(M):\n    def f(self): return self.dict()\nclass O(N):\n    def dict(self): ...\n",
            "O in example.py overrides it",
        ),
        ("M.update_forward_refs(X=1)\n", "does not take X"),
        ("def f(m: M): return m.dict() if hasattr(m, 'dict') else m\n", "asks whether m has dict"),
        ("def f(m: M):\n    if isinstance(m, dict): return m.copy()\n", "asks whether m is dict"),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x')\n    def v(cls, value, field): ...\n",
            "takes `field`",
        ),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x')\n    def v(cls, value, **kw): ...\n",
            "takes `**`",
        ),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x')\n    def v(cls, value, values):\n        values = 1\n",
            "gives the name another value",
        ),
        *(
            (
                f"from pydantic import validator\nclass N(M):\n    @validator('x')\n    def v(cls, value, values):\n        {body}\n        return value\n",
                "gives the name another value",
            )
            for body in (
                "for values in value: ...",
                "first, values = value",
                "[values for values in value]",
                "with value as values: ...",
                "import values",
                "if (values := value): ...",
                "def values(): ...",
                "global values",
            )
        ),
        *(
            (
                f"from pydantic import root_validator\nclass N(M):\n    @root_validator(skip_on_failure=True)\n    def v(cls, values):\n        {body}\n        return values\n",
                note,
            )
            for body, note in (
                ("a, values['x'] = 1, 2", "more with the values"),
                ("for values['x'] in (): ...", "more with the values"),
                ("def inner(): return values", "a function in it returns the values"),
                ("check = lambda: values", "more with the values"),
            )
        ),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x')\n    @staticmethod\n    def v(value, values): return value\n",
            "decorated with staticmethod too",
        ),
        (
            "from pydantic import validator\nfrom functools import lru_cache\nclass N(M):\n    @validator('x')\n    @lru_cache(9)\n    def v(cls, value): return value\n",
            "decorated with lru_cache too",
        ),
        (
            "from pydantic import validator\nclass N(M):\n    @validator('x')\n    def v(cls, value, values): return value\nN.v(1, {'x': 2})\n",
            "example.py calls v, which would take other arguments",
        ),
    ],
)
def test_left_alone_with_a_note(run, code, note):
    outcome = run("pydantic-v2-api", HEAD + code)
    assert outcome.after == HEAD + code
    assert note in outcome.notes


def test_a_validator_that_a_class_of_the_family_has_too_stays(run):
    """Pydantic would run both: old and new validators do not replace each other."""
    models = HEAD.replace("BaseModel\n", "BaseModel, validator\n", 1)
    models += "    @validator('x')\n    def v(cls, value): return value\n"
    below = "from models import M\n\n\nclass N(M):\n    def v(cls, value): return value\n"
    outcome = run("pydantic-v2-api", models, path="models.py", files={"below.py": below})
    assert not outcome.changed
    assert "@validator of v left alone: N in below.py overrides it" in outcome.notes
    below = below.replace("    def", "    @validator('x')\n    def")
    below = "from pydantic import validator\n" + below
    outcome = run("pydantic-v2-api", below, path="below.py", files={"models.py": models})
    assert not outcome.changed
    assert "@validator of v left alone: it overrides that of M" in outcome.notes
    # A function of that name elsewhere is no override.
    elsewhere = below.replace("(M)", "")
    assert run("pydantic-v2-api", models, path="models.py", files={"below.py": elsewhere}).changed


def test_a_method_that_a_class_overrides_in_a_file_without_a_word_of_pydantic(run):
    code = HEAD + "def f(m: M): return m.dict()\n"
    below = "from models import M\n\n\nclass N(M):\n    def dict(self): return {}\n"
    outcome = run("pydantic-v2-api", code, path="models.py", files={"below.py": below})
    assert not outcome.changed
    assert "N in below.py overrides it" in outcome.notes


SQLMODEL = "from sqlmodel import SQLModel\n\n\nclass M(SQLModel):\n    x: int = 1\n\n"


@pytest.mark.parametrize(("version", "after"), [("0.0.8", ""), ("0.0.22", "model_validate(row).model_dump()")])  # fmt: skip
def test_a_model_of_sqlmodel_takes_attributes_by_itself(run, version, after):
    code = SQLMODEL + "def f(row):\n    return M.from_orm(row).dict()\n"
    outcome = run("pydantic-v2-api", code, files={"requirements.txt": f"sqlmodel=={version}\n"})
    assert outcome.changed is bool(after)
    assert (after or "from_orm(row).dict()") in outcome.after


CONST = [
    ('Field("a", const=True)', "str", 'Literal["a"] = Field("a")'),
    ("Field(const=True, default=3, ge=1)", "int", "Literal[3] = Field(default=3, ge=1)"),
    (
        "Field(True, description='x', const=True)",
        "bool",
        "Literal[True] = Field(True, description='x')",
    ),
]


@pytest.mark.parametrize(("field", "kind", "after"), CONST)
@pytest.mark.filterwarnings("ignore")
def test_a_constant_that_pydantic_2_refuses_becomes_a_literal(run, field, kind, after):
    head = "from pydantic import BaseModel, Field\n\n\nclass N(BaseModel):\n"
    code = f"{head}    z: {kind} = {field}\n"
    with pytest.raises(pydantic.PydanticUserError, match="`const` is removed"):
        exec(code, {"__name__": "example"})
    outcome = run("pydantic-v2-api", code)
    assert outcome.after == f"from typing import Literal\n\n{head}    z: {after}\n"
    space = {"__name__": "example"}
    exec(outcome.after, space)
    model: type = space["N"]  # type: ignore[assignment]
    model()
    with pytest.raises(pydantic.ValidationError):
        model(z=None)


def test_a_constant_of_another_kind_is_left_with_a_note(run):
    for kind, default in (("list", "[]"), ("bool", "DEBUG"), ("bool", "None"), ("str", 'b"a"')):
        field = f"    z: {kind} = Field({default}, const=True)\n"
        outcome = run("pydantic-v2-api", f"{HEAD}from pydantic import Field\nclass N(M):\n{field}")
        assert not outcome.changed
        assert "const of N.z left alone" in outcome.notes


COMMENTED_CONST = [
    'Field(\n        "a",  # the value\n        const=True,  # for ever\n    )',
    'Field(\n        "a",  # the value\n        const=True,\n    )',
    'Field(\n        "a",  # the value\n        const=True\n    )',
    'Field(\n        "a",\n        const=True,  # for ever\n        title="b",\n    )',
    'Field(\n        "a",\n        # for ever\n        const=True,\n        title="b",\n    )',
    'Field(\n        # for ever\n        const=True,\n        default="b",\n    )',
    'Field(\n        "a",\n        const=True\n        # for ever\n    )',
]


@pytest.mark.parametrize("field", COMMENTED_CONST)
def test_a_constant_with_a_comment_beside_it_is_left_with_a_note(run, field):
    code = HEAD + f"from pydantic import Field\nclass N(M):\n    z: str = {field}\n"
    outcome = run("pydantic-v2-api", code)
    assert outcome.after == code
    assert "const of N.z left alone: a comment stands beside it" in outcome.notes


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ('Field("#a", const=True)  # for ever', 'Field("#a")  # for ever'),
        (
            'Field(\n        "#a",  # the value\n        const=True,\n        title="b",  # said\n    )',
            'Field(\n        "#a",  # the value\n        title="b",  # said\n    )',
        ),
    ],
)
def test_a_comment_of_another_argument_stays_with_it(run, field, after):
    code = HEAD + f"from pydantic import Field\nclass N(M):\n    z: str = {field}\n"
    assert run("pydantic-v2-api", code).after.endswith(f'z: Literal["#a"] = {after}\n')


@pytest.mark.parametrize(
    "validator",
    [
        "    @root_validator\n    def v(cls, values): return values\n",
        "    @validator('x', each_item=True)\n    def v(cls, value): return value\n",
        "    @validator('x')\n    def v(cls, value, field): return value\n",
    ],
)
@pytest.mark.parametrize("base", ["BaseModel", "BaseSettings", "Unknown"])
def test_a_project_with_pydantic_1_is_told_so_once_a_file(run, validator, base):
    """What speaks against one validator, or that its class is unknown, is not why it stays."""
    code = (
        f"from pydantic import BaseModel, root_validator, validator\nclass A({base}):\n    x: int\n"
    )
    files = {"requirements.txt": "pydantic==1.10.13\n"}
    outcome = run("pydantic-v2-api", code + validator + validator, files=files)
    assert [r.message.partition(":")[0] for r in outcome.remarks] == [
        "this and other uses of models left alone"
    ]
    assert "requirements.txt asks for pydantic ==1.10.13" in outcome.notes
