"""`[tool.gardener]` of pyproject.toml: every setting, its type and its default.

NamedTuples and a small reader instead of msgspec: a no-op `gardener fix` reads the
configuration too, and importing msgspec would cost it more than all its other work.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gardener.errors import ConfigError
from gardener.toml import loads

PRIORITIES = ("P0", "P1", "P2", "P3")
STATUSES = ("regression", "new", "active-dev", "pre-existing", "flaky", "unknown")
LEVELS = ("unit", "any")


class Focus(NamedTuple):
    """Which tests belong together: a test belongs when any of its patterns says so.

    `names` are regular expressions searched in the test's path, in its function and
    class names, and in the names that it or the fixtures it asks for use. `imports` are
    modules (`websockets`) or names in them (`fastapi:WebSocket`) that the test's imports
    reach, directly or through the project's own modules, or that its fixtures use. `paths` are globs, `markers` names of pytest markers.
    """

    name: str
    names: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()


WEBSOCKET = Focus(
    name="websocket",
    names=(r"(?i:web_?socket)", r"(?<![a-zA-Z])(?:ws|WS)(?![a-z])|(?<=[a-z])W[Ss](?=[A-Z_]|$)"),
    imports=(
        "websockets",
        "websocket",
        "wsproto",
        "starlette.websockets",
        "starlette.routing:WebSocketRoute",
        "starlette.endpoints:WebSocketEndpoint",
        "fastapi:WebSocket",
        "fastapi:WebSocketDisconnect",
        "fastapi:WebSocketException",
        "fastapi.websockets",
        "channels",
        "socketio",
        "engineio",
        "aiohttp:WSMsgType",
        "aiohttp:WSMessage",
        "aiohttp:ClientWebSocketResponse",
        "aiohttp.web:WebSocketResponse",
        "aiohttp.web:WSMsgType",
        "aiohttp.web_ws",
        "aiohttp.http_websocket",
        "tornado.websocket",
        "autobahn",
        "simple_websocket",
        "flask_sock",
        "flask_socketio",
        "flask_sockets",
        "quart:websocket",
        "sanic:Websocket",
        "litestar:WebSocket",
        "litestar:websocket",
        "litestar.handlers:WebsocketListener",
        "httpx_ws",
        "picows",
        "trio_websocket",
        "gevent_websocket",
        "geventwebsocket",
        "uvicorn.protocols.websockets",
        "graphql_ws",
        "pusher",
    ),
)

NOT_UNIT = (
    "integration",
    "integrations",
    "e2e",
    "end_to_end",
    "endtoend",
    "functional",
    "acceptance",
    "system",
    "smoke",
    "load",
    "stress",
    "performance",
    "perf",
    "benchmark",
    "benchmarks",
    "contract",
    "staging",
    "production",
    "slow",
    "real_services",
)
"""A directory name, file-name word or marker that takes a test out of level `unit`."""


class Hook(NamedTuple):
    """`[tool.gardener.hook]`: what `gardener run --hook` takes from configuration.

    What failed and is not known of the base runs there too: for at most `verify_seconds`
    (0: never) and `verify_tests` tests at a time.
    """

    focus: str = "websocket"
    level: str = "unit"
    verify_seconds: float = 120.0
    verify_tests: int = 2000


class ImportRule(NamedTuple):
    """One `[[tool.gardener.codemods.deprecated-import]]`: `module` or `module:Name`.

    `before` and `after` are expressions that tell what differs in use; `$x` in them
    stands for any expression: `old.get_logger($name)` -> `get_logger($name)`.
    """

    source: str
    target: str
    before: str = ""
    after: str = ""


class Codemods(NamedTuple):
    """`[tool.gardener.codemods]`; `per_path_skip` pairs globs with codemods that stay away."""

    utcnow: str = "naive"
    prefer_utc: bool = False
    folder: str = ".gardener/codemods"
    skip: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_path_skip: tuple[tuple[str, tuple[str, ...]], ...] = ()
    deprecated_import: tuple[ImportRule, ...] = ()


class CategoryRule(NamedTuple):
    """`[tool.gardener.categories.ID]`: a category of the user's own, or a changed built-in one.

    `types` are exception types, `message` a regular expression searched in the message;
    empty means: whatever the built-in category of that id says.
    """

    id: str
    types: tuple[str, ...] = ()
    message: str = ""
    priority: str = ""
    explanation: str = ""
    next_step: str = ""
    codemod: str = ""


class PriorityRule(NamedTuple):
    """One `[[tool.gardener.priority]]`: what matches gets `priority`; the first rule wins."""

    priority: str
    paths: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    focus: str = ""


class Impact(NamedTuple):
    """One `[[tool.gardener.impact]]`: why failures there matter, in the team's own words."""

    text: str
    paths: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    focus: str = ""


class Selecting(NamedTuple):
    """`[tool.gardener.selection]`: globs of files that are not Python.

    A change in `everything` runs all tests, a change in `ignore` none; `always` are
    tests that run with every change.
    """

    everything: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


class GitHub(NamedTuple):
    """`[tool.gardener.github]`: names of labels, and how the bot behaves.

    `close_after` runs of the default branch must pass before an issue is closed. `author`
    is the login under which the bot writes (found by itself but for the token of an App:
    `my-app[bot]`). `fail_on` are the statuses that fail the check run. Times in seconds:
    `timeout` of one request, `write_pause` between two writes, `patience` for all waits
    that rate limits ask for.
    """

    label: str = "gardener"
    quiet_label: str = "gardener:quiet"
    type_label: str = "bug"
    priority_labels: tuple[str, ...] = PRIORITIES
    area_label: str = ""
    close_after: int = 1
    author: str = ""
    fail_on: tuple[str, ...] = ("regression", "new")
    timeout: float = 20.0
    write_pause: float = 1.0
    patience: float = 120.0


class Config(NamedTuple):
    """All settings; `root` is the repository they belong to."""

    root: Path
    python: str = ""
    pytest_args: tuple[str, ...] = ()
    record: bool = True
    fail_on: tuple[str, ...] = ("regression", "new", "active-dev", "unknown")
    not_unit: tuple[str, ...] = NOT_UNIT
    hook: Hook = Hook()
    focuses: tuple[Focus, ...] = (WEBSOCKET,)
    codemods: Codemods = Codemods()
    categories: tuple[CategoryRule, ...] = ()
    priorities: tuple[PriorityRule, ...] = ()
    impacts: tuple[Impact, ...] = ()
    selection: Selecting = Selecting()
    github: GitHub = GitHub()

    def focus(self, name: str) -> Focus:
        """The focus of that name.

        Raises:
            ConfigError: there is none.
        """
        known = {focus.name: focus for focus in self.focuses}
        if name not in known:
            raise ConfigError(
                f"There is no focus {name!r}{_nearest(name, list(known))}; "
                f"add [tool.gardener.focus.{name}] to pyproject.toml."
            )
        return known[name]


def load(root: Path) -> Config:
    """Read the settings of the repository `root`; without a pyproject.toml, the defaults.

    Raises:
        ConfigError: the file is not TOML, or a key or value is not understood.
    """
    path = root / "pyproject.toml"
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        return Config(root)
    except OSError as wrong:
        raise ConfigError(f"pyproject.toml cannot be read: {wrong.strerror}.") from None
    if b"gardener" not in source:
        return Config(root)
    return parse(source, root)


def parse(source: bytes, root: Path) -> Config:
    """Read settings from the bytes of a pyproject.toml; see `load`."""
    try:
        document = loads(source.decode())
    except ValueError as wrong:  # UnicodeDecodeError is one
        raise ConfigError(f"pyproject.toml is not valid TOML: {wrong}.") from None
    tools = document.get("tool", {})
    if not isinstance(tools, dict):
        raise _wrong("tool", "a table", tools)
    table = tools.get("gardener")
    if table is None:
        return Config(root)
    values = _table(_SETTINGS)(table, "tool.gardener")
    named = {focus.name: focus for focus in (WEBSOCKET, *values.pop("focus", ()))}
    return Config(
        root=root,
        focuses=tuple(named.values()),
        priorities=values.pop("priority", ()),
        impacts=values.pop("impact", ()),
        **values,
    )


# --- readers: each takes a TOML value and where it stands, and returns the setting -----

Reader = Callable[[Any, str], Any]
T = TypeVar("T")


def _wrong(where: str, wanted: str, value: object) -> ConfigError:
    return ConfigError(f"pyproject.toml: `{where}` must be {wanted}, not {value!r}.")


def _nearest(given: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=1, cutoff=0.5)
    return f"; did you mean `{near[0]}`?" if near else f" (known: {', '.join(sorted(known))})"


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where, "a string", value)
    return value


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(where, "true or false", value)
    return value


def _count(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _wrong(where, "a whole number of at least 1", value)
    return value


def _seconds(value: Any, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 86_400:
        raise _wrong(where, "a number of seconds below a day", value)
    return float(value)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(where, "a list of strings", value)
    return tuple(value)


def _texts_by_name(value: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise _wrong(where, "a table of lists of strings", value)
    return tuple((name, _texts(item, f"{where}.{name!r}")) for name, item in value.items())


def _ranks(value: Any, where: str) -> tuple[str, ...]:
    names = _texts(value, where)
    if len(names) != len(PRIORITIES):
        raise _wrong(where, f"a list of {len(PRIORITIES)} labels, for P0 to P3", value)
    return names


def _pattern(value: Any, where: str) -> str:
    import re

    try:
        re.compile(_text(value, where))
    except re.error as wrong:
        raise ConfigError(
            f"pyproject.toml: `{where}` is not a regular expression: {wrong}."
        ) from None
    return str(value)


def _patterns(value: Any, where: str) -> tuple[str, ...]:
    return tuple(_pattern(item, where) for item in _texts(value, where))


def _choice(*known: str) -> Reader:
    def read(value: Any, where: str) -> str:
        if value not in known:
            raise _wrong(where, "one of " + ", ".join(known), value)
        return str(value)

    return read


def _choices(*known: str) -> Reader:
    one = _choice(*known)

    def read(value: Any, where: str) -> tuple[str, ...]:
        return tuple(one(item, where) for item in _texts(value, where))

    return read


def _table(
    readers: dict[str, Reader], build: Callable[..., Any] = dict, required: tuple[str, ...] = ()
) -> Reader:
    def read(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(where, "a table", value)
        for key in value:
            if key not in readers:
                raise ConfigError(
                    f"pyproject.toml: unknown key `{where}.{key}`{_nearest(key, list(readers))}.".replace(
                        "?.", "?"
                    )
                )
        for key in required:
            if key not in value:
                raise ConfigError(f"pyproject.toml: `{where}` needs the key `{key}`.")
        found = {key: readers[key](item, f"{where}.{key}") for key, item in value.items()}
        return build(**{_FIELDS.get(key, key.replace("-", "_")): v for key, v in found.items()})

    return read


_FIELDS = {"from": "source", "to": "target"}  # TOML keys that are no Python names


def _tables(read_one: Reader) -> Reader:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(where, f"a list of tables ([[{where}]])", value)
        return tuple(read_one(item, f"{where}[{n}]") for n, item in enumerate(value))

    return read


def _named(readers: dict[str, Reader], key: str, build: Callable[..., Any]) -> Reader:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            raise _wrong(where, f"tables of their own ([{where}.NAME])", value)
        one = _table(readers)
        return tuple(
            build(**{key: name}, **one(item, f"{where}.{name}")) for name, item in value.items()
        )

    return read


_SETTINGS: dict[str, Reader] = {
    "python": _text,
    "pytest-args": _texts,
    "record": _flag,
    "fail-on": _choices(*STATUSES),
    "not-unit": _texts,
    "hook": _table(
        {
            "focus": _text,
            "level": _choice(*LEVELS),
            "verify-seconds": _seconds,
            "verify-tests": _count,
        },
        Hook,
    ),
    "focus": _named(
        {"names": _patterns, "imports": _texts, "paths": _texts, "markers": _texts}, "name", Focus
    ),
    "codemods": _table(
        {
            "utcnow": _choice("naive", "aware"),
            "prefer-utc": _flag,
            "folder": _text,
            "skip": _texts,
            "exclude": _texts,
            "per-path-skip": _texts_by_name,
            "deprecated-import": _tables(
                _table(
                    {"from": _text, "to": _text, "before": _text, "after": _text},
                    ImportRule,
                    ("from", "to"),
                )
            ),
        },
        Codemods,
    ),
    "categories": _named(
        {
            "types": _texts,
            "message": _pattern,
            "priority": _choice(*PRIORITIES),
            "explanation": _text,
            "next-step": _text,
            "codemod": _text,
        },
        "id",
        CategoryRule,
    ),
    "priority": _tables(
        _table(
            {
                "priority": _choice(*PRIORITIES),
                "paths": _texts,
                "categories": _texts,
                "markers": _texts,
                "focus": _text,
            },
            PriorityRule,
            ("priority",),
        )
    ),
    "impact": _tables(
        _table(
            {
                "text": _text,
                "paths": _texts,
                "categories": _texts,
                "markers": _texts,
                "focus": _text,
            },
            Impact,
            ("text",),
        )
    ),
    "selection": _table({"everything": _texts, "ignore": _texts, "always": _texts}, Selecting),
    "github": _table(
        {
            "label": _text,
            "quiet-label": _text,
            "type-label": _text,
            "priority-labels": _ranks,
            "area-label": _text,
            "close-after": _count,
            "author": _text,
            "fail-on": _choices(*STATUSES),
            "timeout": _seconds,
            "write-pause": _seconds,
            "patience": _seconds,
        },
        GitHub,
    ),
}
