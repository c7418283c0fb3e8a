"""Ask `importlib` where `pkg_resources` was asked, for what both answer alike.

| before | after | |
|---|---|---|
| `get_distribution("x").version` | `importlib.metadata.version("x")` | |
| `DistributionNotFound` | `importlib.metadata.PackageNotFoundError` | in the `except` around it |
| `resource_string("p", "f")` | `importlib.resources.files("p").joinpath("f").read_bytes()` | Python 3.9 |
| `resource_filename("p", "f")` | `str(importlib.resources.files("p").joinpath("f"))` | Python 3.9 |

Which Python the project asks for is read from `requires-python`, `python_requires` or its classifiers; one that
runs on Python 3.7 or older keeps all. The import of `pkg_resources` goes
where nothing is left that needs it; of `import os, pkg_resources` the rest stays. All else of
`pkg_resources` is noted with what takes its place: entry points that check requirements when they are
loaded, working sets and requirements have no equal. What is asked only where importlib has no answer (in
an `except` or behind a comparison of versions) stays without a word. A distribution that is missing is a subclass of ImportError now:
calls under an `except ImportError` or a `suppress()` stay, and so do calls that ask a module, which
is no package, for files. `__name__` in a module of a package is written as the package's name. The new import
goes where the order of the file's own imports has it; how the file imports importlib already is used.

See https://setuptools.pypa.io/en/latest/pkg_resources.html and
https://docs.python.org/3/library/importlib.metadata.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._pkg_resources:PkgResources"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"pkg_resources",)
_PYTHON = {"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'}
EXAMPLES = (
    Example(
        "a version",
        'import pkg_resources\n\n__version__ = pkg_resources.get_distribution("chat").version\n',
        'import importlib.metadata\n\n__version__ = importlib.metadata.version("chat")\n',
    ),
    Example(
        "a distribution that may be missing",
        "from pkg_resources import DistributionNotFound, get_distribution\n\ntry:\n"
        '    version = get_distribution("chat").version\nexcept DistributionNotFound:\n    version = "?"\n',
        "import importlib.metadata\n\ntry:\n"
        '    version = importlib.metadata.version("chat")\n'
        'except importlib.metadata.PackageNotFoundError:\n    version = "?"\n',
    ),
    Example(
        "files of a package",
        'import pkg_resources\n\ntext = pkg_resources.resource_string("chat", "a/b.txt")\n',
        'import importlib.resources\n\ntext = importlib.resources.files("chat").joinpath("a/b.txt").read_bytes()\n',
        files=_PYTHON,
    ),
    Example(
        "what has no equal",
        'import pkg_resources\n\nfor entry in pkg_resources.iter_entry_points("chat"):\n    entry.load()\n',
        note="importlib.metadata.entry_points takes its place",
    ),
)
_IMPORT = re.compile(rb"\b(?:import|from)(?:\\\r?\n|[^\n#])*\bpkg_resources\b")


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file imports it."""
    del path, project
    return bool(_IMPORT.search(data))


def shape(project: Project) -> str:
    """What a line of a file looks like that may have to change."""
    del project
    return r"\b(import|from)\b.*\bpkg_resources\b"
