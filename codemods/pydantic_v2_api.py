"""Call the methods of Pydantic 2 models by their new names (runs only when it is named).

`.dict()` becomes `.model_dump()`, `.json()` `.model_dump_json()`, `parse_obj` and `validate` `model_validate`,
`__fields__` `model_fields`, `@validator` `@field_validator`, and so on, but only where the receiver
is known to be a Pydantic 2 model: a class of the project, `self` and `cls` in it, what a call of the
class or of an annotated function or method of the file gives, a parameter, a variable, a property or a class's attribute
that is annotated with it, an element of `list[Model]`, a value of `dict[str, Model]`. `values` of a validator become `info.data`, `always=True` becomes
`Field(..., validate_default=True)`, a root validator that only reads the values after validation a
method of the model (which runs also where an instance is given to another model), and a field with
`const=True`, which Pydantic 2 refuses, a `Literal`.

Left alone with a note: arguments that the new method does not take, a deep copy of what `update` gives, methods that a class of the
project overrides or a test mocks, validators that a class of the family has under the same name or that are
called by name with `values`, `parse_raw` of models that may be strict or hold unions (JSON is
read otherwise there), `from_orm` without `from_attributes=True`, validators that take `field` or
`config` or are for `each_item`, root validators that change the values after validation, what the
code asks (`hasattr(user, "dict")`), a `const=True` with a comment beside it, and
projects that have Pydantic 1. Code that chooses between both versions (`if PYDANTIC_V2:`,
`except AttributeError:`) stays without a word.

See https://docs.pydantic.dev/latest/migration/#changes-to-pydanticbasemodel
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._pydantic_v2_api:PydanticV2Api"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
DEFAULT = False
NEEDLES = (
    *(b".dict(", b".json(", b".copy(", b".parse_obj(", b".parse_raw(", b".from_orm("),
    *(
        b".construct(",
        b".schema(",
        b".validate(",
        b".update_forward_refs(",
        b".__fields__",
        b".__fields_set__",
    ),
    b"@validator",
    b"@root_validator",
    b".validator(",
    b".root_validator(",
    *(b"const=", b"const ="),
)
EXAMPLES = (
    Example(
        "methods of a known model",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n\n"
        "def show(user: User) -> str:\n    return user.json(exclude_none=True)\n\n\n"
        'User.parse_obj({"id": 1}).dict()\n',
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n\n"
        "def show(user: User) -> str:\n    return user.model_dump_json(exclude_none=True)\n\n\n"
        'User.model_validate({"id": 1}).model_dump()\n',
    ),
    Example(
        "a validator of one value",
        "from pydantic import BaseModel, validator\n\n\nclass User(BaseModel):\n    id: int\n\n"
        '    @validator("id", pre=True)\n    def positive(cls, value):\n        return abs(value)\n',
        "from pydantic import BaseModel, field_validator\n\n\nclass User(BaseModel):\n    id: int\n\n"
        '    @field_validator("id", mode="before")\n    @classmethod\n'
        "    def positive(cls, value):\n        return abs(value)\n",
    ),
    Example(
        "a validator that looks at other values",
        "from pydantic import BaseModel, validator\n\n\nclass User(BaseModel):\n    a: int\n    b: int\n\n"
        '    @validator("b")\n    def larger(cls, value, values):\n'
        '        assert value > values["a"]\n        return value\n',
        "from pydantic import BaseModel, field_validator\n\n\nclass User(BaseModel):\n    a: int\n    b: int\n\n"
        '    @field_validator("b")\n    @classmethod\n    def larger(cls, value, info):\n'
        '        assert value > info.data["a"]\n        return value\n',
    ),
    Example(
        "a validator of defaults",
        "from pydantic import BaseModel, validator\n\n\nclass User(BaseModel):\n    id: int = 0\n\n"
        '    @validator("id", always=True)\n    def positive(cls, value):\n        return abs(value)\n',
        "from pydantic import BaseModel, Field, field_validator\n\n\nclass User(BaseModel):\n"
        "    id: int = Field(0, validate_default=True)\n\n"
        '    @field_validator("id")\n    @classmethod\n'
        "    def positive(cls, value):\n        return abs(value)\n",
    ),
    Example(
        "a root validator that only looks",
        "from pydantic import BaseModel, root_validator\n\n\nclass Span(BaseModel):\n    a: int\n    b: int\n\n"
        "    @root_validator(skip_on_failure=True)\n    def ordered(cls, values):\n"
        '        assert values["a"] < values["b"]\n        return values\n',
        "from pydantic import BaseModel, model_validator\n\n\nclass Span(BaseModel):\n    a: int\n    b: int\n\n"
        '    @model_validator(mode="after")\n    def ordered(self):\n'
        "        assert self.a < self.b\n        return self\n",
    ),
    Example(
        "a constant",
        "from pydantic import BaseModel, Field\n\n\nclass Event(BaseModel):\n"
        '    kind: str = Field("login", const=True)\n',
        "from typing import Literal\n\nfrom pydantic import BaseModel, Field\n\n\nclass Event(BaseModel):\n"
        '    kind: Literal["login"] = Field("login")\n',
    ),
    Example(
        "a validator that looks at the field needs a human",
        "from pydantic import BaseModel, validator\n\n\nclass User(BaseModel):\n    a: int\n\n"
        '    @validator("a")\n    def named(cls, value, field):\n'
        "        assert value, field.name\n        return value\n",
        note="takes `field`",
    ),
    Example(
        "fields of models, many of them, and what functions return",
        "from pydantic import BaseModel\n\n\nclass Item(BaseModel):\n    id: int\n\n\n"
        "class Order(BaseModel):\n    first: Item\n    items: list[Item]\n\n\n"
        "def load() -> Order: ...\n\n\n"
        "def show(order: Order) -> list[dict]:\n"
        "    load().dict()\n    order.first.json()\n"
        "    return [item.dict() for item in order.items]\n",
        "from pydantic import BaseModel\n\n\nclass Item(BaseModel):\n    id: int\n\n\n"
        "class Order(BaseModel):\n    first: Item\n    items: list[Item]\n\n\n"
        "def load() -> Order: ...\n\n\n"
        "def show(order: Order) -> list[dict]:\n"
        "    load().model_dump()\n    order.first.model_dump_json()\n"
        "    return [item.model_dump() for item in order.items]\n",
    ),
    Example(
        "`from_orm()` where the configuration allows it",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass User(BaseModel):\n"
        "    model_config = ConfigDict(from_attributes=True)\n    id: int\n\n\n"
        "def show(row):\n    return User.from_orm(row)\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass User(BaseModel):\n"
        "    model_config = ConfigDict(from_attributes=True)\n    id: int\n\n\n"
        "def show(row):\n    return User.model_validate(row)\n",
    ),
    Example(
        "a strict model reads JSON in another way than before",
        "from datetime import date\n\nfrom pydantic import BaseModel, ConfigDict\n\n\n"
        "class Day(BaseModel):\n    model_config = ConfigDict(strict=True)\n    day: date\n\n\n"
        "def load(raw):\n    return Day.parse_raw(raw)\n",
        note="may be strict",
    ),
    Example(
        "Pydantic 1 has only the old names",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n\n"
        "User(id=1).dict()\n",
        note="asks for pydantic ==1.10.13",
        files={"requirements.txt": "pydantic==1.10.13\n"},
    ),
    Example(
        "what is not known to be a model stays",
        "from pydantic import BaseModel\n\n\ndef show(thing):\n    return thing.dict()\n",
    ),
)


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether a method is called or a decorator used at all."""
    del path, project
    return bool(
        re.search(
            rb"\.(?:dict|json|copy|parse_obj|parse_raw|from_orm|construct|schema|validate|update_forward_refs)\("
            rb"|\.__fields(?:_set)?__\b|validator\b|\bconst[ \t]*=",
            data,
        )
    )


def confirm(data: bytes, path: str, project: Project) -> bool:
    """Whether the file names a model of the project, and seems to call a method of one."""
    from ._v2_look import may_call

    del path
    return may_call(data, project)
