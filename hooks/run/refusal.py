"""Why pytest refused its arguments or settings: most often a plugin that is not installed."""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNKNOWN = re.compile(r"error: unrecognized arguments?: (?P<arguments>.+)$")
_ABSENT = re.compile(
    r"Failed to import filter module '(?P<filtered>\w+)[\w.]*'"
    r"|Error importing plugin \"[\w.-]+\": No module named '(?P<plugin>[\w.]+)'"
    r"|Missing required plugins: (?P<required>.+)$"
)
_NOT_LOADED = re.compile(r"\AError while loading plugin \"|in load_setuptools_entrypoints\Z")
_OF_PACKAGE = re.compile(r"(?:site|dist)-packages[/\\](?P<package>\w+)")
_ENDS_IN = re.compile(r"\A(?:E +)?(?P<error>(?:[\w.]+\.)?\w*(?:Error|Exception|Warning): .+)\Z")
_NO_PLUGINS = frozenset({"_pytest", "pluggy", "pytest", "importlib_metadata"})
_PLUGINS = {
    "-n": "pytest-xdist",
    "--numprocesses": "pytest-xdist",
    "--dist": "pytest-xdist",
    "--cov": "pytest-cov",
    "--timeout": "pytest-timeout",
    "--reruns": "pytest-rerunfailures",
    "--asyncio-mode": "pytest-asyncio",
    "--ds": "pytest-django",
    "--reuse-db": "pytest-django",
    "--snapshot-update": "syrupy",
    "--benchmark": "pytest-benchmark",
    "--randomly": "pytest-randomly",
}


def missing_plugin(lines: Iterable[str], python: str) -> str:
    """One sentence where pytest needs a plugin or module that this Python does not have; else empty.

    It is an argument's, or the project's settings of pytest name it.
    """
    for line in lines:
        absent = _ABSENT.search(line)
        if absent:
            name = absent["filtered"] or absent["plugin"] or absent["required"]
            return (
                f"the settings of pytest name `{name}`, which {python} does not have: "
                "install it there."
            )
        unknown = _UNKNOWN.search(line)
        if not unknown:
            continue
        for argument in unknown["arguments"].split():
            for option, plugin in _PLUGINS.items():
                if argument == option or argument.startswith((f"{option}=", f"{option}-")):
                    return _sentence(option, plugin, python)
            if re.fullmatch(r"-n(?:\d+|auto|logical)", argument):
                return _sentence("-n", "pytest-xdist", python)
    return ""


def broken_plugin(lines: Iterable[str], python: str) -> str:
    """One sentence where a plugin of pytest that is installed cannot be imported; else empty."""
    package = error = ""
    is_loading = False
    for line in lines:
        is_loading = is_loading or bool(_NOT_LOADED.search(line))
        place = _OF_PACKAGE.search(line)
        if is_loading and not package and place and place["package"] not in _NO_PLUGINS:
            package = place["package"]
        ended = _ENDS_IN.match(line)
        error = ended["error"] if ended else error
    if not package or not error:
        return ""
    return (
        f"pytest loads the plugin `{package}`, which is installed in {python} and cannot be imported there ({error}): "
        "update it, or uninstall it."
    )


def _sentence(option: str, plugin: str, python: str) -> str:
    return f"`{option}` is an option of {plugin}, which {python} does not have: install it there."
