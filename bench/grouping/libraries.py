"""The real libraries whose suites make labelled failures."""

from typing import NamedTuple


class Library(NamedTuple):
    """A source distribution that ships its tests.

    `source` is the folder that goes on PYTHONPATH, `package` the one that is mutated,
    both below the unpacked distribution. An `aside` library is never looked at while
    the grouping is tuned.
    """

    name: str
    version: str
    source: str
    package: str
    needs: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    aside: str = ""


NO_ASYNCIO = ("-p", "no:asyncio")
LIBRARIES = (
    Library("wsproto", "1.3.2", "src", "src/wsproto", ("h11",), NO_ASYNCIO),
    Library("tinydb", "4.9.0", ".", "tinydb", ("pyyaml",), NO_ASYNCIO),
    Library("sqlparse", "0.6.1", ".", "sqlparse", (), NO_ASYNCIO),
    Library("jinja2", "3.1.6", "src", "src/jinja2", ("markupsafe", "trio"), NO_ASYNCIO),
    Library("marshmallow", "4.4.0", "src", "src/marshmallow", ("simplejson",), NO_ASYNCIO),
    Library("tomlkit", "0.15.2", ".", "tomlkit", ("pyyaml",), NO_ASYNCIO),
    Library(
        "starlette",
        "1.10.0",
        ".",
        "starlette",
        ("anyio", "httpx2", "trio", "itsdangerous", "python-multipart", "pyyaml", "markupsafe"),
        (*NO_ASYNCIO, "--ignore=tests/test_templates.py"),
        aside="first",
    ),
    Library(
        "python_socketio",
        "5.18.1",
        "src",
        "src/socketio",
        (
            "python-engineio",
            "bidict",
            "aiohttp",
            "requests",
            "redis",
            "valkey",
            "simple-websocket",
            "msgpack",
            "pytest-asyncio",
        ),
        aside="first",
    ),
    Library("click", "8.5.1", "src", "src/click", (), NO_ASYNCIO),
    Library(
        "werkzeug",
        "3.1.9",
        "src",
        "src/werkzeug",
        ("markupsafe", "pytest-timeout", "cryptography", "ephemeral-port-reserve", "watchdog"),
        (
            *NO_ASYNCIO,
            "--ignore=tests/test_serving.py",
            "--ignore=tests/test_debug.py",
            "--ignore=tests/middleware",
        ),
    ),
    Library(
        "structlog",
        "26.1.0",
        "src",
        "src/structlog",
        ("time-machine", "pytest-asyncio"),
    ),
    Library("pyjwt", "2.15.1", ".", "jwt", ("cryptography",), NO_ASYNCIO, aside="second"),
    Library("mistune", "3.4.0", "src", "src/mistune", (), NO_ASYNCIO, aside="second"),
    Library(
        "itsdangerous",
        "2.2.0",
        "src",
        "src/itsdangerous",
        ("freezegun",),
        NO_ASYNCIO,
        aside="second",
    ),
    Library(
        "arrow",
        "1.4.0",
        ".",
        "arrow",
        ("python-dateutil", "tzdata", "pytz", "simplejson", "pytest-mock", "dateparser"),
        (*NO_ASYNCIO, "-o", "addopts="),
        aside="second",
    ),
)
