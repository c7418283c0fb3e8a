"""Turn `class Config:` of Pydantic models into `model_config = ConfigDict(...)`.

Pydantic 2 deprecates the inner class. Renamed keys get their new names (`orm_mode` becomes
`from_attributes`, `allow_mutation` the negated `frozen`, ...), removed keys get a note, comments
and order stay. Settings get `SettingsConfigDict`. Only classes that truly are Pydantic 2
models are touched: their bases are followed through the file and the project's modules.

Pydantic 2 ignores a key by its old name, so renaming it makes it work again: a note says so.

Left alone with a note: a `Config` with methods, conditions, a base class or values computed from
each other, one that is referred to elsewhere, and models whose base is unknown. Bases from other
libraries are read in the project's environment; one with a metaclass or hooks of its own is unknown.
A class of which nothing is left goes.

Left alone, too, is code for Pydantic 1. Best first, this is told by a lock file, the environment,
requirements (also `tox.ini`, `Dockerfile`), by a FastAPI, SQLModel, Beanie or ODMantic that takes
no Pydantic 2, and where none of these decides, by code beside the file that Pydantic 2 refuses
(`from pydantic.fields import ModelField`, a bare `@root_validator`, `__root__`). A project that lists
what it needs, and among that neither Pydantic nor one of these, is left alone; Pydantic without
bounds, and code that no project surrounds, counts as Pydantic 2.

See https://docs.pydantic.dev/latest/migration/#changes-to-config
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._pydantic_config:PydanticConfig"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"Config", b"config")
EXAMPLES = (
    Example(
        "keys keep their order, renamed ones get their new names",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n"
        "    class Config:\n        orm_mode = True\n        validate_assignment = True\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass User(BaseModel):\n    id: int\n\n"
        "    model_config = ConfigDict(from_attributes=True, validate_assignment=True)\n",
        note="`orm_mode`",
    ),
    Example(
        "comments stay where they are",
        "from pydantic import BaseModel, Extra\n\n\nclass User(BaseModel):\n    class Config:\n"
        "        # strangers are refused\n        extra = Extra.forbid  # since 2.0\n"
        "        frozen = True\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass User(BaseModel):\n"
        "    model_config = ConfigDict(\n        # strangers are refused\n"
        '        extra="forbid",  # since 2.0\n        frozen=True,\n    )\n',
    ),
    Example(
        "settings",
        "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
        '    class Config:\n        env_prefix = "APP_"\n',
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"
        'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_")\n',
    ),
    Example(
        "a Config with methods needs a human",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    class Config:\n"
        "        @staticmethod\n        def schema_extra(schema, model):\n            schema.clear()\n",
        note="has a method",
    ),
    Example(
        "Pydantic 1 is left alone",
        "from pydantic.v1 import BaseModel\n\n\nclass User(BaseModel):\n    class Config:\n"
        "        orm_mode = True\n",
        note="Pydantic 1",
    ),
)

_CLASS = re.compile(rb"\bclass[ \t]+Config\b")
_GIVEN = re.compile(rb"\bconfig(?:__)?[ \t]*=[ \t]*([A-Za-z_]\w*)")
_TAKING = (b"dataclass", b"validate_call", b"validate_arguments", b"TypeAdapter", b"create_model")


def shape(project: Project) -> str:
    """What a line of a file looks like that may have to change."""
    del project
    return r"class[ \t]+Config\b|\bconfig(__)?[ \t]*=[ \t]*[A-Za-z_]"


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file has a class of that name at all, or gives one of its classes as a config."""
    del path, project
    if (b"class Config" in data or b"class\tConfig" in data) and _CLASS.search(data):
        return True
    if b"pydantic" not in data or not any(name in data for name in _TAKING):
        return False
    given = {match[1] for match in _GIVEN.finditer(data)}
    return any(re.search(rb"\bclass[ \t]+%b\b" % name, data) for name in given)
