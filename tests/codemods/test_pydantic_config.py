"""pydantic-config: every layout; changed models are built before and after by Pydantic 2."""

import sys
import types
from typing import Any

import pytest

pydantic = pytest.importorskip("pydantic", minversion="2.5")

RENAMED = {
    "allow_population_by_field_name": "populate_by_name",
    "anystr_lower": "str_to_lower",
    "anystr_strip_whitespace": "str_strip_whitespace",
    "anystr_upper": "str_to_upper",
    "keep_untouched": "ignored_types",
    "max_anystr_length": "str_max_length",
    "min_anystr_length": "str_min_length",
    "orm_mode": "from_attributes",
    "schema_extra": "json_schema_extra",
    "validate_all": "validate_default",
}
REMOVED = {"fields", "getter_dict", "smart_union", "underscore_attrs_are_private", "json_loads"}
REMOVED |= {"json_dumps", "copy_on_model_validation", "error_msg_templates", "post_init_call"}


def model_config(code):
    module = sys.modules["example"] = types.ModuleType("example")
    space = module.__dict__
    try:
        exec(compile(code, "example", "exec"), space)
    finally:
        del sys.modules["example"]
    models: list[Any] = [
        v
        for v in space.values()
        if isinstance(v, type)
        and issubclass(v, pydantic.BaseModel)
        and v.__module__ == "example"
        and "[" not in v.__name__
    ]
    return {m.__name__: (dict(m.model_config), sorted(m.model_fields)) for m in models}


def as_version_2(config):
    new: dict[str, object] = {}
    for key, value in config.items():
        if key == "allow_mutation":
            new.setdefault("frozen", not value)
        elif key not in REMOVED:
            new[RENAMED.get(key, key)] = value
    return {k: v for k, v in new.items() if not callable(v)}


B = "from pydantic import BaseModel\n\n\nclass M(BaseModel):\n    x: int = 0\n\n"
CHANGED = [
    ("one key", B + "    class Config:\n        orm_mode = True\n"),
    ("empty", B + "    class Config:\n        pass\n"),
    ("dots", B + "    class Config: ...\n"),
    ("one line", B + "    class Config: orm_mode = True\n"),
    ("one line, two keys", B + "    class Config: orm_mode = True; extra = 'forbid'  # why\n"),
    ("brackets", B + "    class Config():\n        orm_mode = True\n"),
    ("object", B + "    class Config(object):\n        orm_mode = True\n"),
    (
        "all renamed",
        B
        + "    class Config:\n"
        + "".join(
            f"        {k} = {v}\n"
            for k, v in {
                "allow_population_by_field_name": True,
                "anystr_lower": True,
                "anystr_strip_whitespace": True,
                "anystr_upper": False,
                "keep_untouched": "(property,)",
                "max_anystr_length": 9,
                "min_anystr_length": 1,
                "orm_mode": True,
                "schema_extra": "{'a': 1}",
                "validate_all": True,
                "allow_mutation": False,
            }.items()
        ),
    ),
    ("mutation allowed", B + "    class Config:\n        allow_mutation = True\n"),
    (
        "mutation computed",
        "DEBUG = False\n" + B + "    class Config:\n        allow_mutation = DEBUG or False\n",
    ),
    (
        "annotated",
        B + "    class Config:\n        orm_mode: bool = True\n        extra: str = 'forbid'\n",
    ),
    (
        "comments",
        B
        + "    class Config:  # head\n        # above\n        orm_mode = True  # beside\n\n        # between\n        extra = 'forbid'\n        # last\n\n    y: int = 1\n",
    ),
    (
        "comment behind that is the model's",
        B + "    class Config:\n        orm_mode = True\n    # the other\n    y: int = 1\n",
    ),
    (
        "docstring",
        B
        + '    class Config:\n        """Settings of M.\n\n        More.\n        """\n\n        orm_mode = True\n',
    ),
    (
        "many lines",
        B
        + "    class Config:\n        schema_extra = {\n            'example': {\n                'x': 1,  # one\n            },\n        }\n        orm_mode = True\n",
    ),
    ("triple quotes", B + "    class Config:\n        title = '''a\n  b\n'''\n"),
    ("bare tuple", B + "    class Config:\n        ignored_types = property, staticmethod\n"),
    (
        "tuple that begins with brackets",
        B + "    class Config:\n        ignored_types = (property), staticmethod\n",
    ),
    (
        "value in brackets",
        B + "    class Config:\n        title = (\n            'a'\n            'b'\n        )\n",
    ),
    ("backslash", B + "    class Config:\n        title = \\\n            'a'\n"),
    (
        "semicolons",
        B
        + "    class Config:\n        orm_mode = True; extra = 'forbid'\n        frozen = True;\n",
    ),
    (
        "first in the class",
        "from pydantic import BaseModel\nclass M(BaseModel):\n    class Config:\n        extra = 'allow'\n    x: int = 0\n",
    ),
    ("last in the file without newline", B + "    class Config:\n        extra = 'allow'"),
    (
        "Extra",
        "from pydantic import BaseModel, Extra\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid\n",
    ),
    (
        "Extra in brackets",
        "from pydantic import (\n    BaseModel,\n    Extra,\n    Field,\n)\nclass M(BaseModel):\n    x: int = Field(1)\n    class Config:\n        extra = Extra.ignore\n",
    ),
    (
        "Extra by module",
        "import pydantic\nclass M(pydantic.BaseModel):\n    class Config:\n        extra = pydantic.Extra.forbid\n",
    ),
    (
        "Extra of its own import",
        "from pydantic import BaseModel\nfrom pydantic import Extra\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid\n",
    ),
    (
        "Extra under another name",
        "from pydantic import BaseModel, Extra as E\nclass M(BaseModel):\n    class Config:\n        extra = E.forbid\n",
    ),
    (
        "Extra used elsewhere",
        "from pydantic import BaseModel, Extra\nkeep = Extra.allow\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid\n",
    ),
    (
        "Extra by a condition",
        "from pydantic import BaseModel, Extra\nSTRICT = True\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid if STRICT else Extra.allow\n",
    ),
    (
        "BaseConfig",
        "from pydantic import BaseConfig, BaseModel\nclass M(BaseModel):\n    class Config(BaseConfig):\n        orm_mode = True\n",
    ),
    (
        "ConfigDict there",
        "from pydantic import BaseModel, ConfigDict\nclass A(BaseModel):\n    model_config = ConfigDict(extra='forbid')\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "ConfigDict is another thing",
        "from pydantic import BaseModel\nConfigDict = dict\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "module import",
        "import pydantic\nclass M(pydantic.BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "module alias",
        "import pydantic as pd\nclass M(pd.BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "BaseModel under another name",
        "from pydantic import BaseModel as Base\nclass M(Base):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "inherited",
        "from pydantic import BaseModel\nclass A(BaseModel):\n    pass\nclass M(A):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "both",
        "from pydantic import BaseModel\nclass A(BaseModel):\n    class Config:\n        extra = 'forbid'\nclass M(A):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "generic",
        "from typing import Generic, TypeVar\nfrom pydantic import BaseModel\nT = TypeVar('T')\nclass G(BaseModel, Generic[T]):\n    x: T\n    class Config:\n        orm_mode = True\nclass M(G[int]):\n    class Config:\n        extra = 'forbid'\n",
    ),
    (
        "mixin",
        "from pydantic import BaseModel\nclass Mixin:\n    def f(self): return 1\nclass M(Mixin, BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "root model",
        "from pydantic import RootModel\nclass M(RootModel[int]):\n    class Config:\n        frozen = True\n",
    ),
    (
        "class keywords",
        "from pydantic import BaseModel\nclass M(BaseModel, extra='forbid'):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "in a function",
        "def make():\n    from pydantic import BaseModel\n    class M(BaseModel):\n        class Config:\n            orm_mode = True\n    return M\nM = make()\n",
    ),
    (
        "in a class",
        "from pydantic import BaseModel\nclass Outer:\n    class M(BaseModel):\n        class Config:\n            orm_mode = True\nM = Outer.M\n",
    ),
    (
        "function below the model",
        "from pydantic import BaseModel\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n\n    def f(self):\n        return 1\n",
    ),
    (
        "functions as values",
        "from pydantic import BaseModel\ndef up(s): return s.upper()\nclass M(BaseModel):\n    a: int = 1\n    class Config:\n        alias_generator = up\n        json_encoders = {int: lambda v: str(v)}\n",
    ),
    (
        "staticmethod",
        "from pydantic import BaseModel\ndef up(s): return s.upper()\nclass M(BaseModel):\n    a: int = 1\n    class Config:\n        alias_generator = staticmethod(up)\n",
    ),
    ("lambda", B + "    class Config:\n        alias_generator = lambda s: s.upper()\n"),
    (
        "removed keys",
        B
        + "    class Config:\n        smart_union = True\n        orm_mode = True\n        underscore_attrs_are_private = True  # private\n",
    ),
    ("only removed keys", B + "    class Config:\n        smart_union = True\n"),
    (
        "old and new name",
        B + "    class Config:\n        orm_mode = True\n        from_attributes = True\n",
    ),
    ("unknown key", B + "    class Config:\n        my_key = 3\n        orm_mode = True\n"),
    (
        "model_config is there",
        "from pydantic import BaseModel, ConfigDict\nclass M(BaseModel):\n    class Config:\n        frozen = True\n",
    ),
    (
        "crlf",
        (
            B + "    class Config:\n        # c\n        orm_mode = True\n        extra = 'allow'\n"
        ).replace("\n", "\r\n"),
    ),
    (
        "tabs",
        "from pydantic import BaseModel\nclass M(BaseModel):\n\tclass Config:\n\t\t# c\n\t\torm_mode = True\n",
    ),
    (
        "four levels of two",
        "from pydantic import BaseModel\nclass M(BaseModel):\n  class Config:\n    # c\n    orm_mode = True\n",
    ),
    (
        "long",
        B
        + "    class Config:\n        title = 'a very long title that takes its place on the line'\n        str_strip_whitespace = True\n        extra = 'forbid'\n",
    ),
    (
        "name used by a field",
        "import json\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    x: int = 0\n    class Config:\n        title = json.dumps('x')\n",
    ),
    ("comprehension", B + "    class Config:\n        schema_extra = {k: k for k in 'ab'}\n"),
    (
        "future import",
        "from __future__ import annotations\nimport pydantic\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
    (
        "settings",
        "from pydantic_settings import BaseSettings\nclass M(BaseSettings):\n    class Config:\n        env_prefix = 'A_'\n        case_sensitive = True\n",
    ),
    (
        "settings by module",
        "import pydantic_settings\nclass M(pydantic_settings.BaseSettings):\n    class Config:\n        env_prefix = 'A_'\n",
    ),
    (
        "conditional import of the base",
        "import sys\nif sys:\n    from pydantic import BaseModel\nelse:\n    from pydantic import BaseModel\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
    ),
]


@pytest.mark.parametrize(("title", "code"), CHANGED, ids=[c[0] for c in CHANGED])
@pytest.mark.filterwarnings("ignore")
def test_changed_and_means_the_same(run, title, code):
    if "settings" in code:
        pytest.importorskip("pydantic_settings")
    outcome = run("pydantic-config", code)
    assert outcome.changed, outcome.notes
    assert "class Config" not in outcome.after
    before, after = model_config(code), model_config(outcome.after)
    assert before.keys() == after.keys()
    for name in before:
        assert before[name][1] == after[name][1]
        comparable = {k: v for k, v in after[name][0].items() if not callable(v)}
        wanted = as_version_2(before[name][0])
        assert {k: repr(v) for k, v in comparable.items() if k != "json_encoders"} == {
            k: repr(v) for k, v in wanted.items() if k != "json_encoders"
        }, outcome.after
        same = {k for k, v in before[name][0].items() if callable(v)}
        assert all(callable(after[name][0][k]) for k in same)
    assert outcome.after.count("#") >= code.count("#")


ALONE = "from pydantic import Extra\nfrom pydantic.dataclasses import dataclass\n\n\nclass Strict:\n    extra = Extra.forbid\n    orm_mode = True\n\n\n@dataclass(config=Strict)\nclass D:\n    x: int = 0\n"


def test_a_class_that_is_passed_to_a_dataclass(run):
    outcome = run("pydantic-config", ALONE)
    assert 'Strict = ConfigDict(extra="forbid", from_attributes=True)\n' in outcome.after
    assert outcome.after.startswith("from pydantic import ConfigDict\nfrom pydantic.data")
    space: dict[str, Any] = {"__name__": "example"}
    exec(outcome.after, space)
    assert space["D"].__pydantic_config__["extra"] == "forbid"


def test_a_class_that_is_passed_on_and_used(run):
    code = ALONE + "print(Strict.extra)\n"
    outcome = run("pydantic-config", code)
    assert outcome.after == code
    assert "line 13 uses it in another way" in outcome.notes


MERGED = [
    (
        "from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n\n    class Config:\n        orm_mode = True\n\n    x: int = 0\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict(extra='forbid', from_attributes=True)\n\n    x: int = 0\n",
    ),
    (
        "from pydantic import BaseModel\n\n\nclass M(BaseModel):\n    x: int = 0\n    model_config = {'extra': 'forbid'}\n\n    class Config:\n        orm_mode = True\n",
        "from pydantic import BaseModel\n\n\nclass M(BaseModel):\n    x: int = 0\n    model_config = {'extra': 'forbid', \"from_attributes\": True}\n",
    ),
    (
        "from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict(\n        extra='forbid',  # no strangers\n    )\n\n    class Config:\n        orm_mode = True\n        frozen = True\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict(\n        extra='forbid',  # no strangers\n        from_attributes=True,\n        frozen=True,\n    )\n",
    ),
    (
        "from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict()\n\n    class Config:\n        orm_mode = True\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict(from_attributes=True)\n",
    ),
]


@pytest.mark.parametrize(("before", "after"), MERGED)
def test_merged_into_the_model_config_that_is_there(run, before, after):
    outcome = run("pydantic-config", before)
    assert outcome.after == after
    model_config(after)


LEFT = [
    ("method", B + "    class Config:\n        def f(self): ...\n", "method"),
    ("condition", B + "    class Config:\n        if x: orm_mode = True\n", "more than a key"),
    (
        "under a condition",
        B + "    if True:\n        class Config:\n            orm_mode = True\n",
        "condition",
    ),
    (
        "inheritance",
        B + "    class Config(Other.Config):\n        orm_mode = True\n",
        "inherits from Other.Config",
    ),
    ("metaclass", B + "    class Config(metaclass=X):\n        orm_mode = True\n", "keywords"),
    (
        "used in the class",
        B + "    class Config:\n        orm_mode = True\n    y = Config.orm_mode\n",
        "refers to it",
    ),
    (
        "used by self",
        B
        + "    class Config:\n        orm_mode = True\n    def f(self): return self.Config.orm_mode\n",
        "refer to it",
    ),
    (
        "used outside",
        B + "    class Config:\n        orm_mode = True\nprint(M.Config.orm_mode)\n",
        "refers to it",
    ),
    (
        "used by a child",
        B
        + "    class Config:\n        orm_mode = True\nclass N(M):\n    pass\nprint(N.Config.orm_mode)\n",
        "refers to it",
    ),
    (
        "looked up",
        B + "    class Config:\n        orm_mode = True\nprint(getattr(M, 'Config'))\n",
        "by name",
    ),
    (
        "computed inside",
        B + "    class Config:\n        a = 'x'\n        title = a + 'y'\n",
        "computed from a",
    ),
    (
        "name of a field",
        "x = 'title'\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    x: int = 0\n    class Config:\n        title = x\n",
        "something else in the model",
    ),
    ("twice", B + "    class Config:\n        title = 'a'\n        title = 'b'\n", "set twice"),
    (
        "two at once",
        B + "    class Config:\n        a = b = 1\n        orm_mode = True\n",
        "more than a key",
    ),
    ("annotation only", B + "    class Config:\n        orm_mode: bool\n", "more than a key"),
    ("walrus", B + "    class Config:\n        title = (t := 'a')\n", "computed in place"),
    (
        "classmethod",
        B + "    class Config:\n        alias_generator = classmethod(f)\n",
        "is a classmethod",
    ),
    (
        "version 1",
        "from pydantic.v1 import BaseModel\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
        "Pydantic 1",
    ),
    (
        "version 1 by module",
        "import pydantic.v1 as pydantic\nclass M(pydantic.BaseModel):\n    class Config:\n        orm_mode = True\n",
        "Pydantic 1",
    ),
    (
        "version 1 by name",
        "from pydantic import v1\nclass M(v1.BaseModel):\n    class Config:\n        orm_mode = True\n",
        "Pydantic 1",
    ),
    (
        "either version",
        "try:\n    from pydantic.v1 import BaseModel\nexcept ImportError:\n    from pydantic import BaseModel\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
        "not known",
    ),
    (
        "old settings",
        "from pydantic import BaseModel, BaseSettings\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
        "BaseSettings",
    ),
    (
        "unknown base",
        "from odmantic import Model\nclass M(Model):\n    class Config:\n        orm_mode = True\n",
        "not known",
    ),
    ("unknown name", "class M(Base):\n    class Config:\n        orm_mode = True\n", "not known"),
    (
        "dataclass",
        "from pydantic.dataclasses import dataclass\n@dataclass\nclass M:\n    x: int = 0\n    class Config:\n        extra = 'forbid'\n",
        "dataclass",
    ),
    (
        "conflict",
        "from pydantic import BaseModel, ConfigDict\nclass M(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    class Config:\n        extra = 'allow'\n",
        "sets extra too",
    ),
    (
        "unusual model_config",
        "from pydantic import BaseModel\nclass M(BaseModel):\n    model_config = make()\n    class Config:\n        extra = 'allow'\n",
        "unusual",
    ),
    (
        "two Configs",
        B
        + "    class Config:\n        extra = 'allow'\n    class Config:\n        orm_mode = True\n",
        "two",
    ),
    (
        "star",
        "from x import *\nclass M(BaseModel):\n    class Config:\n        orm_mode = True\n",
        "not known",
    ),
    ("depends on the class", B + "    class Config:\n        title = __qualname__\n", "around it"),
]


@pytest.mark.parametrize(("title", "code", "note"), LEFT, ids=[c[0] for c in LEFT])
def test_left_alone_with_a_note(run, title, code, note):
    outcome = run("pydantic-config", code)
    assert outcome.after == code
    assert note in outcome.notes
    line = next(n for n, text in enumerate(code.splitlines(), 1) if "class Config" in text)
    assert outcome.remarks[0].line == line


SILENT = [
    ("no model", "class M:\n    class Config:\n        orm_mode = True\n"),
    (
        "another library",
        "import marshmallow\nclass M(marshmallow.Schema):\n    class Config:\n        unknown = 1\n",
    ),
    ("not inside", "class Config:\n    orm_mode = True\n"),
    ("skipped", B + "    class Config:  # gardener: skip\n        orm_mode = True\n"),
    (
        "skipped before",
        B + "    # gardener: skip=pydantic-config\n    class Config:\n        orm_mode = True\n",
    ),
    ("fmt off", B + "    # fmt: off\n    class Config:\n        orm_mode = True\n    # fmt: on\n"),
    ("string", "x = '''\nclass Config:\n    orm_mode = True\n'''\n"),
]


@pytest.mark.parametrize(("title", "code"), SILENT, ids=[c[0] for c in SILENT])
def test_left_alone_without_a_word(run, title, code):
    outcome = run("pydantic-config", code)
    assert outcome.after == code
    assert not outcome.remarks


def test_unused_imports_go_and_used_ones_stay(run):
    code = "from pydantic import BaseModel, Extra\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid\n"
    assert run("pydantic-config", code).after.startswith(
        "from pydantic import BaseModel, ConfigDict\n"
    )
    exported = code + "__all__ = ['M', 'Extra']\n"
    assert "Extra" in run("pydantic-config", exported).after.partition("\n")[0]
    package = run("pydantic-config", code, path="pkg/__init__.py")
    assert "Extra" in package.after.partition("\n")[0]


def test_an_import_that_another_module_takes_from_here_stays(run):
    code = "from pydantic import BaseModel, Extra\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid\n"
    files = {"app/__init__.py": "", "app/other.py": "from app.models import Extra\n"}
    outcome = run("pydantic-config", code, path="app/models.py", files=files)
    assert "Extra" in outcome.after.partition("\n")[0]


FILES = {
    "app/__init__.py": "",
    "app/base.py": "from pydantic import BaseModel as Model\n\n\nclass Base(Model):\n    pass\n",
    "app/old.py": "from pydantic.v1 import BaseModel\n\n\nclass Base(BaseModel):\n    pass\n",
    "app/again.py": "from .base import Base\nfrom .base import Model as Plain\n\nAlias = Base\n",
}
USER = "from {module} import {name}\n\n\nclass M({name}):\n    class Config:\n        orm_mode = True\n"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("app.base", "Base"),
        (".base", "Base"),
        ("app.again", "Base"),
        (".again", "Alias"),
        (".again", "Plain"),
    ],
)
def test_models_are_found_over_files(run, module, name):
    code = USER.format(module=module, name=name)
    outcome = run("pydantic-config", code, path="app/models.py", files=FILES)
    assert "model_config = ConfigDict(from_attributes=True)" in outcome.after
    assert "from pydantic import ConfigDict" in outcome.after


def test_version_1_is_found_over_files(run):
    code = USER.format(module="app.old", name="Base")
    outcome = run("pydantic-config", code, path="app/models.py", files=FILES)
    assert outcome.after == code
    assert "Pydantic 1" in outcome.notes


def test_a_reference_in_another_file(run):
    files = FILES | {"app/use.py": "from app.models import M\n\nprint(M.Config.orm_mode)\n"}
    code = USER.format(module="app.base", name="Base")
    outcome = run("pydantic-config", code, path="app/models.py", files=files)
    assert outcome.after == code
    assert "app/use.py:3" in outcome.notes


@pytest.mark.parametrize(
    ("file", "text", "left"),
    [
        ("requirements.txt", "pydantic<2\n", True),
        ("requirements.txt", "pydantic==1.10.13\n", True),
        ("requirements.txt", "pydantic[email]~=1.9\n", True),
        ("requirements.txt", "pydantic==2.5.0\n", False),
        ("requirements.txt", "pydantic>=2,<3\n", False),
        ("requirements.txt", "pydantic\npydantic-settings==1.0\n", False),
        ("requirements.txt", "pydantic>=1.10,<3\n", True),
        ("pyproject.toml", '[project]\ndependencies = ["pydantic>=1.8,<2.0"]\n', True),
        ("pyproject.toml", '[project]\ndependencies = [\n  "pydantic>=2.4",\n]\n', False),
        ("pyproject.toml", '[tool.poetry.dependencies]\npydantic = "^1.10"\n', True),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npydantic = {extras = ["email"], version = "^2.1"}\n',
            False,
        ),
        ("setup.py", 'setup(install_requires=["pydantic >= 1.2, < 2"])\n', True),
    ],
)
def test_requirements_decide_the_version(run, file, text, left):
    code = B + "    class Config:\n        orm_mode = True\n"
    outcome = run("pydantic-config", code, files={file: text})
    assert (outcome.after == code) is left, outcome.notes


def test_what_starts_to_work_is_told_at_its_line(run):
    code = B + "    class Config:\n        extra = 'forbid'\n        orm_mode = True\n"
    outcome = run("pydantic-config", code)
    assert "`orm_mode` was ignored" in outcome.notes


@pytest.mark.parametrize(
    ("use", "left"),
    [
        ("def f(model):\n    return model.Config.orm_mode\n", True),
        ("def f(model):\n    return model.Config\n", True),
        ("def f(model):\n    return getattr(model, 'Config', None)\n", True),
        (
            "from app.base import Base\nclass N(Base):\n    def f(self):\n        return self.Config\n",
            False,
        ),
        ("def f(app):\n    return app.Config.debug\n", False),
        ("import alembic\nx = alembic.Config('a')\n", False),
    ],
)
def test_a_use_of_an_unknown_config_in_another_file(run, use, left):
    code = USER.format(module="app.base", name="Base")
    outcome = run("pydantic-config", code, path="app/models.py", files=FILES | {"app/use.py": use})
    assert (outcome.after == code) is left, outcome.notes
    assert ("app/use.py:" in outcome.notes) is left


def test_a_base_class_that_reads_the_config_of_its_subclasses(run):
    base = (
        "from pydantic import BaseModel\n\n\nclass Base(BaseModel):\n"
        "    @classmethod\n    def f(cls):\n        return cls.Config\n"
    )
    code = USER.format(module="app.base", name="Base")
    files = {"app/__init__.py": "", "app/base.py": base}
    outcome = run("pydantic-config", code, path="app/models.py", files=files)
    assert outcome.after == code
    assert "app/base.py:7 may refer to it" in outcome.notes


def test_a_base_from_a_star_import(run):
    code = "from app.base import *\n\n\nclass M(Base):\n    class Config:\n        frozen = True\n"
    outcome = run("pydantic-config", code, path="app/models.py", files=FILES)
    assert "ConfigDict(frozen=True)" in outcome.after


@pytest.mark.parametrize(
    ("head", "note"),
    [
        ("if VERSION.startswith('1.'):\n    ", "one version of Pydantic"),
        ("if PYDANTIC_V2:\n    ", "one version of Pydantic"),
        ("with pytest.warns(DeprecationWarning):\n    ", "waits here for the warning"),
    ],
)
def test_a_model_for_one_version_or_of_a_test_of_the_warning(run, head, note):
    code = f"from pydantic import BaseModel\n{head}class M(BaseModel):\n        class Config:\n            frozen = True\n"
    outcome = run("pydantic-config", code)
    assert outcome.after == code
    assert note in outcome.notes


@pytest.mark.parametrize("test", ["PYDANTIC_V2", "VERSION >= '2'", "_compat.is_pydantic_2"])
@pytest.mark.parametrize("head", ["class M(BaseModel):\n", "class M(Unknown):\n"])
def test_a_config_for_one_version_beside_that_for_the_other_stays_without_a_word(run, head, test):
    """Its owner has mended it already."""
    code = (
        f"from pydantic import BaseModel\n{head}    x: int\n    if {test}:\n"
        "        model_config = {'frozen': True}\n    else:\n"
        "        class Config:\n            frozen = True\n"
    )
    outcome = run("pydantic-config", code)
    assert not outcome.changed
    assert not outcome.remarks
    alone = code.replace("model_config", "other")
    assert run("pydantic-config", alone).remarks


def test_a_config_of_another_class_with_the_same_name_is_no_reference(run):
    model = "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    class Config:\n        frozen = True\n"
    other = model + "\n\nprint(User.Config)\n"
    files = {"app/__init__.py": "", "app/other.py": other}
    assert "ConfigDict" in run("pydantic-config", model, path="app/models.py", files=files).after
    files["app/other.py"] = "from app.models import User\n\n\nprint(User.Config)\n"
    outcome = run("pydantic-config", model, path="app/models.py", files=files)
    assert "app/other.py:4 refers to it" in outcome.notes
    files["app/other.py"] = "User = make()\nprint(User.Config)\n"
    outcome = run("pydantic-config", model, path="app/models.py", files=files)
    assert "app/other.py:2 refers to it" in outcome.notes


NEWER = [
    "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",  # Python 3.14
    "type Pair[T] = tuple[T, T]\n",
    'x = f"{d["k"]}"\n',
]


@pytest.mark.parametrize("more", NEWER)
def test_syntax_that_is_newer_than_the_running_python_is_mended(run, more):
    code = B + "    class Config:\n        extra = 'forbid'\n\n\n" + more
    new = code.replace(
        "class Config:\n        extra = 'forbid'", "model_config = ConfigDict(extra='forbid')"
    )
    outcome = run("pydantic-config", code)
    assert outcome.after == new.replace("import BaseModel", "import BaseModel, ConfigDict")


@pytest.mark.parametrize(
    ("module", "left"),
    [
        ("class Config:\n    debug = True\n", False),
        ("from app.models import M\n\nprint(M.Config)\n", True),
    ],
)
def test_a_module_that_is_called_config_is_no_reference(run, module, left):
    code = USER.format(module="app.base", name="Base")
    use = "from schemas.Config import AppConfig\nimport uvicorn\n\nuvicorn.Config(AppConfig)\n"
    files = FILES | {"app/use.py": use, "app/config.py": module}
    outcome = run("pydantic-config", code, path="app/models.py", files=files)
    assert (not outcome.changed) is left, outcome.notes


def test_a_long_merge_is_broken_into_lines(run):
    long = "a long title that takes its place on the line"
    code = f"from pydantic import BaseModel, ConfigDict\n\n\nclass M(BaseModel):\n    model_config = ConfigDict(title='{long}')\n\n    class Config:\n        frozen = True\n"
    outcome = run("pydantic-config", code)
    assert outcome.after.endswith(
        f"    model_config = ConfigDict(\n        title='{long}',\n        frozen=True,\n    )\n"
    )


def test_the_value_of_a_member_of_extra(run):
    code = "from pydantic import BaseModel, Extra\n\n\nclass M(BaseModel):\n    class Config:\n        extra = Extra.forbid.value\n"
    assert 'ConfigDict(extra="forbid")' in run("pydantic-config", code).after


@pytest.mark.parametrize(
    "blank", ["\n", "        \n", "    \n", "        \n        \n", "\n        \n"]
)
@pytest.mark.parametrize("end", ["    def f(self):\n        return 1\n", "", "\nx = 1\n"])
def test_blank_lines_below_stay_as_they_are(run, blank, end):
    code = B + "    class Config:\n        frozen = True\n" + blank + end
    new = code.replace(
        "class Config:\n        frozen = True", "model_config = ConfigDict(frozen=True)"
    )
    assert run("pydantic-config", code).after == new.replace(
        "BaseModel", "BaseModel, ConfigDict", 1
    )


def test_a_name_that_one_of_two_imports_brings_already_is_not_imported_twice(run):
    code = (
        "try:\n    from pydantic import BaseModel, ConfigDict\n"
        "except ImportError:\n    from pydantic import BaseModel\n\n\n"
        "class M(BaseModel):\n    class Config:\n        frozen = True\n"
    )
    after = run("pydantic-config", code).after
    assert after.count("from pydantic import BaseModel, ConfigDict\n") == 2
    assert after.count("ConfigDict") == 3


PYDANTIC_1 = [
    ("an old FastAPI", {"requirements.txt": "fastapi==0.78.0\n"}, "asks for fastapi ==0.78.0, which takes Pydantic 1 alone"),
    ("its lock", {"uv.lock": '[[package]]\nname = "sqlmodel"\nversion = "0.0.8"\n'}, "uv.lock has sqlmodel 0.0.8"),
    ("a name that is gone", {"app/a.py": "from pydantic.fields import (  # x\n    FieldInfo,\n    ModelField as M,\n)\n"}, "app/a.py imports ModelField from pydantic.fields"),
    ("a refused validator", {"app/a.py": "from pydantic import root_validator\n\nclass B(A):\n    @root_validator()\n    def f(cls, v): ...\n"}, "app/a.py:4 defines a model that Pydantic 2 refuses"),
    ("a refused root", {"app/a.py": "import pydantic\n\nclass B(pydantic.BaseModel):\n    __root__: int\n"}, "app/a.py:4 defines"),
    ("both versions", {"app/a.py": "import pydantic\n\nif pydantic.VERSION > '2':\n    x = 1\n"}, "app/a.py asks for the version"),
]  # fmt: skip
SMALL = "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    class Config:\n        frozen = True\n"


@pytest.mark.parametrize(("title", "files", "note"), PYDANTIC_1, ids=[c[0] for c in PYDANTIC_1])
def test_what_speaks_for_pydantic_1_where_no_version_is_told(run, title, files, note):
    outcome = run("pydantic-config", SMALL, path="app/models.py", files=files)
    assert not outcome.changed
    assert note in outcome.notes


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "fastapi==0.110.0\n"},
        {"requirements.txt": "fastapi==0.78.0\npydantic==2.1\n"},
        {"requirements.txt": "pydantic>=2\n", "app/a.py": "from pydantic.fields import ModelField\n"},
        {"other/a.py": "from pydantic.fields import ModelField\n"},
        {"app/a.py": "try:\n    from pydantic.fields import ModelField\nexcept ImportError:\n    pass\n"},
        {"app/a.py": "from pydantic import ValidationError, Field\nfrom pydantic.errors import PydanticUserError\n"},
        {"app/a.py": "from pydantic import root_validator, model_validator\n\nclass B(A):\n    @root_validator\n    def f(cls, v): ...\n"},
    ],
)  # fmt: skip
def test_what_does_not_speak_for_pydantic_1(run, files):
    assert run("pydantic-config", SMALL, path="app/models.py", files=files).changed


def test_a_note_names_the_class_and_says_what_it_has_in_common_with_others(run):
    code = (
        "from unknown import Base\n\n\nclass A(Base):\n    class Config:\n        orm_mode = True\n\n\n"
        "class B(Base):\n    class Config:\n        orm_mode = True\n"
    )
    remarks = run("pydantic-config", code).remarks
    assert [remark.message.partition(":")[0] for remark in remarks] == [
        "class Config of A left alone",
        "class Config of B left alone",
    ]
    assert len({remark.alike for remark in remarks}) == 1
    assert "of A" not in remarks[0].alike
