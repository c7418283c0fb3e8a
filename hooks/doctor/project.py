"""What of the project gardener works with: its Python, pytest, settings, record and focus."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from gardener.config import Config
from gardener.config.asked_focus import asked_focus
from gardener.errors import GardenerError
from gardener.git import child_environment
from gardener.model import Mode
from gardener.text import count

from ..pytest_run.interpreter import locate
from ..pytest_run.rootdirs import ConfiguredTree, repository_files
from ..record.database import NewerError, connect
from ..record.place import path_of
from ..selection.request import Request
from .check import Check, note, ok, todo

_PLUGINS = (
    "import json, importlib.metadata as m\n"
    "print(json.dumps(sorted({f'{d.metadata[\"Name\"]} {d.version}' for d in m.distributions()"
    " for e in d.entry_points if e.group == 'pytest11'})))"
)
SECONDS = 60
OLD_DAYS = 30


def check_python(root: Path, config: Config, python: str) -> Iterator[Check]:
    """The interpreter that runs the tests, and the plugins of its pytest."""
    try:
        interpreter = locate(root, config, python)
    except GardenerError as error:
        remedy = "install pytest into the project's environment, or name it: --python EXE"
        yield todo("Python", str(error), remedy)
        return
    yield ok("Python", interpreter.told(root).removeprefix("Python "))
    plugins = _plugins(interpreter.path)
    if plugins is not None:
        yield ok("plugins", ", ".join(plugins) or "none besides pytest's own")


def _plugins(python: str) -> list[str] | None:
    """The distributions in which pytest finds plugins; None where that cannot be asked."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(
            [python, "-c", _PLUGINS],
            env=child_environment(),
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
        names: list[str] = json.loads(done.stdout)
        return names
    return None


def check_pytest_settings(root: Path) -> Check:
    """The files from which pytest takes its settings, and where it looks for tests."""
    folders = ConfiguredTree(root, lambda: repository_files(root)).layout.settings
    if not folders:
        return note("pytest", "no file has settings: the defaults hold")
    top = folders.get("")
    where = ", ".join(folder or "the top" for folder in sorted(folders)[:5])
    rest = f" and {len(folders) - 5} more" if len(folders) > 5 else ""
    state = f"settings at {where}{rest}"
    if top and top.testpaths:
        state += f"; testpaths: {', '.join(top.testpaths)}"
    return ok("pytest", state)


def check_settings(root: Path, config: Config, error: str) -> Check:
    """`[tool.gardener]`; `error` is why it is not understood, if it is not."""
    if error:
        return todo("settings", error, "correct it; `gardener config --schema` lists all settings")
    text = b""
    with contextlib.suppress(OSError):
        text = (root / "pyproject.toml").read_bytes()
    if b"[tool.gardener" not in text:
        remedy = "`gardener init` writes what suits this repository"
        return note("settings", "no [tool.gardener] in pyproject.toml: the defaults hold", remedy)
    blocks = ", ".join(str(status) for status in config.fail_on)
    return ok("settings", f"[tool.gardener] in pyproject.toml; what blocks: {blocks or 'nothing'}")


def check_record(root: Path, config: Config) -> Check:
    """What is recorded of the tests, and how old it is."""
    if not config.record:
        remedy = "`record = true` makes selections smaller"
        return note("record", "off (`record = false` in [tool.gardener])", remedy)
    remedy = "`gardener run` records all tests; selections are wide until then"
    try:
        path = path_of(root)
        if not path.is_file():
            return todo("record", "nothing is recorded yet", remedy)
        with connect(path) as base:
            [(tests, last)] = base.execute(
                "select (select count(distinct nodeid) from test), (select max(created) from run)"
            )
    except NewerError:
        return todo("record", "it was written by a newer gardener", "upgrade gardener")
    except sqlite3.Error:
        state = "it is damaged, or of an earlier gardener"
        return todo("record", state, "`gardener run` records anew")
    except (OSError, GardenerError) as error:
        return todo("record", f"it cannot be read ({error})", "`gardener run` records anew")
    if not tests:
        return todo("record", "no test is recorded", remedy)
    days = _days_since(last or "")
    age = f"{count(days, 'day')} ago" if days else "today"
    state = f"{count(tests, 'test')}, the newest {age}"
    if days > OLD_DAYS:
        return todo("record", state, "`gardener run` records anew")
    return ok("record", state)


def _days_since(time: str) -> int:
    try:
        then = datetime.fromisoformat(time)
    except ValueError:
        return 0
    then = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
    return max((datetime.now(timezone.utc) - then).days, 0)


def check_focus(root: Path, config: Config) -> Check:
    """What the focus of the git hook contains."""
    name = config.hook.focus
    if not name:
        return ok("focus", "none: the git hook may run any test")
    from ..selection.selection import select  # late: it reads the whole repository

    try:
        meaning = asked_focus(config, name)
        tests = select(Request(root, Mode.ALL, focus=meaning.focus), config).tests
    except GardenerError as error:
        return todo("focus", str(error), "`focus` in [tool.gardener.hook] names the focus")
    if not tests:
        remedy = 'set `focus` in [tool.gardener.hook]; "" = tests of any kind'
        return todo("focus", f"{name}: no test belongs to it, so the hook runs none", remedy)
    state = f"{name}: {count(len(tests), 'test or file')} (`gardener focus {name}` lists them)"
    return ok("focus", state.replace("test or files", "tests or files"))
