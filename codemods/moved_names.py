"""Use names of Python and of libraries where they are now.

The table `codemods/moved_names.txt` holds each name with its new home, the versions from which
that holds, and a link: `collections.Mapping`, `threading.currentThread()`, `logging.warn`,
`declarative_base` of SQLAlchemy, `HTTP_422_UNPROCESSABLE_ENTITY` of Starlette, and more. A row
counts only where lock file, environment or requirements say that the project has such a version;
`asyncio.iscoroutinefunction` only where `requires-python` is 3.12 or later, for before that
`inspect` knows fewer of them.

Imports and uses as attributes change. Your own rules (`[[tool.gardener.codemods.deprecated-import]]`)
count for attributes too. Left alone are a module of your own with the name of a library, names
that the file gives another meaning, places that wait for the warning, and branches that choose
between the old and the new name (`try`, `if`). A name that the file assigns or deletes in its module
(`threading.currentThread = fake`), or that any file patches (`patch("threading.currentThread")`,
`monkeypatch.setattr(threading, "currentThread", ...)`), stays with a note, and so does a use where the new module's name
may have no value yet, as a later line of the function imports it. A type of websockets' old interface is replaced
only in a file that uses it in annotations alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._moved_names:MovedNames"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"import",)
CODES = ("UP035", "G010", "LOG009")
_SQLALCHEMY = {"requirements.txt": "sqlalchemy>=2.0\n"}
_STARLETTE = {"requirements.txt": "starlette==0.48.0\n"}
_WEBSOCKETS = {"requirements.txt": "websockets>=14\n"}
_PYDANTIC = {"requirements.txt": "pydantic>=2\npydantic-settings\n"}
EXAMPLES = (
    Example(
        "a name of the same module",
        "import threading\n\nname = threading.currentThread().name\n",
        "import threading\n\nname = threading.current_thread().name\n",
    ),
    Example(
        "an attribute of a module below",
        "import collections\n\nd = collections.OrderedDict()\nok = isinstance(d, collections.Mapping)\n",
        "import collections\nimport collections.abc\n\n"
        "d = collections.OrderedDict()\nok = isinstance(d, collections.abc.Mapping)\n",
    ),
    Example(
        "the module is needed no more",
        "import asyncio\n\n\ndef is_async(f):\n    return asyncio.iscoroutinefunction(f)\n",
        "import inspect\n\n\ndef is_async(f):\n    return inspect.iscoroutinefunction(f)\n",
        files={"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'},
    ),
    Example(
        "older Pythons know fewer coroutines in inspect",
        "import asyncio\n\n\ndef is_async(f):\n    return asyncio.iscoroutinefunction(f)\n",
        files={"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'},
    ),
    Example(
        "an import",
        "from sqlalchemy.ext.declarative import declarative_base\n\nBase = declarative_base()\n",
        "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n",
        files=_SQLALCHEMY,
    ),
    Example(
        "beside an import from the new home",
        "from sqlalchemy import Column\nfrom sqlalchemy.ext.declarative import declarative_base\n"
        "from sqlalchemy.orm import Session\n",
        "from sqlalchemy import Column\nfrom sqlalchemy.orm import Session, declarative_base\n",
        files=_SQLALCHEMY,
    ),
    Example(
        "some names stay",
        "from collections import Mapping, OrderedDict\n",
        "from collections import OrderedDict\nfrom collections.abc import Mapping\n",
    ),
    Example(
        "another name",
        "from threading import activeCount\n\nprint(activeCount())\n",
        "from threading import active_count\n\nprint(active_count())\n",
    ),
    Example(
        "a constant of a framework",
        "from fastapi import status\n\ncode = status.HTTP_422_UNPROCESSABLE_ENTITY\n",
        "from fastapi import status\n\ncode = status.HTTP_422_UNPROCESSABLE_CONTENT\n",
        files=_STARLETTE,
    ),
    Example(
        "not proven without a version",
        "from fastapi import status\n\ncode = status.HTTP_422_UNPROCESSABLE_ENTITY\n",
    ),
    Example(
        "settings have a package of their own",
        "from pydantic import BaseModel, BaseSettings\n",
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\n",
        files=_PYDANTIC,
    ),
    Example(
        "a type of websockets, in annotations",
        "import websockets\n\n\nasync def echo(socket: websockets.WebSocketServerProtocol):\n"
        "    async for text in socket:\n        await socket.send(text)\n\n\n"
        "def run():\n    return websockets.serve(echo)\n",
        "import websockets\nimport websockets.asyncio.server\n\n\n"
        "async def echo(socket: websockets.asyncio.server.ServerConnection):\n"
        "    async for text in socket:\n        await socket.send(text)\n\n\n"
        "def run():\n    return websockets.serve(echo)\n",
        files=_WEBSOCKETS,
    ),
    Example(
        "a type of websockets that is inherited from",
        "import websockets\n\n\nclass Mine(websockets.WebSocketServerProtocol):\n    pass\n",
        files=_WEBSOCKETS,
    ),
    Example(
        "a choice is left alone",
        "try:\n    from collections.abc import Mapping\n"
        "except ImportError:\n    from collections import Mapping\n",
    ),
)


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file seems to use a name of the table, or of a rule of the project."""
    from gardener.codemod.prefilter import many

    from ._moved_table import files_with_traces, has_shape, mentioned

    for rule in project.config.codemods.deprecated_import:
        module, _, name = rule.source.partition(":")
        if name and name.encode() in data and module.rpartition(".")[2].encode() in data:
            return True
    if many(project) and not project.is_narrowed:
        files = project.memo("files with moved names", lambda: files_with_traces(project))
        if files is not None and path not in files:
            return False
    if project.is_narrowed and not has_shape(project, data):
        return False  # another codemod's words brought the file here
    return bool(mentioned(data))


def shape(project: Project) -> str:
    """What a line looks like that may use a name of the table, or of a rule of the project."""
    from ._moved_table import line_shape

    return line_shape(project)


def confirm(data: bytes, path: str, project: Project) -> bool:
    """Whether the project has what a row asks for: known without a tree of the file."""
    from ._moved_table import applies

    return applies(project, path, data)
