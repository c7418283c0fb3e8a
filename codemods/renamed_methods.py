"""Call methods by the names that they have now.

| before | after | |
|---|---|---|
| `self.assertEquals(a, b)` | `self.assertEqual(a, b)` | all aliases of `unittest.TestCase` that Python 3.12 removed |
| `logger.warn("x")` | `logger.warning("x")` | of what `logging.getLogger()` gives in the same file |
| `session.query(User).get(1)` | `session.get(User, 1)` | where the project has SQLAlchemy 1.4 or later |

Left alone: classes that define such a method themselves, and projects whose tests mock the old
way (`logger.warn.assert_called`, `query.return_value`) or that give queries a `get()` of their own:
a note says where. A `db` counts as a session only where the file says so (`db: Session`).

See https://docs.python.org/3/whatsnew/3.12.html#unittest,
https://docs.python.org/3/library/logging.html#logging.Logger.warning and
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#orm-query-get-method-moves-to-session
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._renamed_methods:RenamedMethods"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (
    *(b".warn(", b".query(", b".assert_(", b"Equals(", b"Regexp"),
    *(b".failUnless", b".failIf"),
)
CODES = ("PT009", "UP005", "G010")
_SQLALCHEMY = {"requirements.txt": "sqlalchemy==2.0.36\n"}
EXAMPLES = (
    Example(
        "an alias of unittest",
        "import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEquals(1, 1)\n",
        "import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(1, 1)\n",
    ),
    Example(
        "a class with a method of that name",
        "class T(Base):\n    def assertEquals(self, a, b): ...\n\n"
        "    def test(self):\n        self.assertEquals(1, 1)\n",
    ),
    Example(
        "a logger",
        'import logging\n\nlog = logging.getLogger(__name__)\nlog.warn("late")\n',
        'import logging\n\nlog = logging.getLogger(__name__)\nlog.warning("late")\n',
    ),
    Example("what may be no logger", 'def f(log):\n    log.warn("late")\n'),
    Example(
        "a row by its key",
        "def user(session, number):\n    return session.query(User).get(number)\n",
        "def user(session, number):\n    return session.get(User, number)\n",
        files=_SQLALCHEMY,
    ),
    Example(
        "a query that is filtered",
        "def user(session, number):\n    return session.query(User).options(x).get(number)\n",
        files=_SQLALCHEMY,
    ),
    Example(
        "a test mocks the old way",
        "def user(session, number):\n    return session.query(User).get(number)\n",
        files={**_SQLALCHEMY, "test_user.py": "s.query.return_value.get.return_value = 1\n"},
        note="test_user.py mocks",
    ),
)
_LOOK = re.compile(
    rb"(?<!warnings)\.warn\(|\.query\([^()]*\)\s*\.\s*get\(|\.assert(?:_\(|\w*Equals\(|\w*Regexp)|\.fail(?:Unless|If)"
)


def shape(project: Project) -> str:
    """What a line of a file looks like that may have to change."""
    del project
    return r"[.](warn|query)[(]|[.]assert(_[(]|\w*Equals[(]|\w*Regexp)|[.]fail(Unless|If)"


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file seems to call one of the methods."""
    del path, project
    found = _LOOK.search(data)
    if found and found[0] == b".warn(" and b"getLogger" not in data:
        found = _LOOK.search(data.replace(b".warn(", b""))
    return bool(found)
