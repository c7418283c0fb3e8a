"""The state of what a test read: the blob of a file, the names in a folder, a variable's value."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cached_property

from gardener.git import child_environment

from ..changes import FileChange
from ..pytest_run.activation import FROM_INTERPRETER

ENVIRONMENT = "\0environment "
"""Begins what stands among the files for a variable of the environment, as the plugin names it."""
_ALL = "*"
_LOCALE = "LC_*"
_GROUPS = {_ALL: "the environment", _LOCALE: "the locale", "TZ": "the time zone"}
"""Names that stand for more than one variable, or say less than they mean."""
_OF_LOCALE = ("LANG", "LANGUAGE", "LC_*")
_OF_SHELLS = """
    _ PATH PWD OLDPWD SHLVL SHELL HOSTNAME LOGNAME USER MAIL PS? TERM* COLORTERM COLUMNS
    LINES LS_COLORS LESS* PAGER EDITOR VISUAL HIST* MANPATH INFOPATH WINDOWID VTE_* TMUX*
    STY TTY ZSH* BASH* P9K_* STARSHIP_* ITERM_* KITTY_* WEZTERM_* ALACRITTY_* GHOSTTY_*
"""
_OF_DESKTOPS = """
    DISPLAY WAYLAND_* XDG_* XAUTHORITY DBUS_* DESKTOP_* GNOME_* KDE_* GTK_* QT_* GDM*
    SESSION_MANAGER SSH_* GPG_* INVOCATION_ID JOURNAL_STREAM SYSTEMD_* MEMORY_PRESSURE_*
    WSL* __CF* XPC_* SECURITYSESSION*
"""
_OF_STARTERS = """
    GIT_* PRE_COMMIT* HUSKY* LEFTHOOK* VSCODE_* PYCHARM_* JETBRAINS_* TOOLBOX_* MAKE* MFLAGS
    npm_* NVM_* NODE* DIRENV_* MISE_* ASDF_* CARGO_* RUST* VIRTUAL_ENV* CONDA* _CE_* PYENV_*
    UV* POETRY_* PIPENV_* PIP_* TOX_* NOX_* PDM_* HATCH_* PYTEST_* COV_* COVERAGE_*
    GARDENER_* PYTHON* CI CI_* GITHUB_* RUNNER_* ACTIONS_* BUILD_* CIRCLE* TRAVIS* JENKINS_*
    KUBERNETES_* container COLOR* NO_COLOR FORCE_COLOR
"""
"""What starts commands sets these: git, hook managers, editors, build tools, CI."""
_PASSED_ON = (*f"{_OF_SHELLS} {_OF_DESKTOPS} {_OF_STARTERS}".split(), *_OF_LOCALE)
"""Variables that do not count where code looks at all of them."""

PRESENCE = "\0presence "
"""Begins what stands there for a file or folder of which only was asked whether it is there."""


class States:
    """What recorded names stand for in one tree, and in the environment of this process.

    A name is the path of a file, that of a folder that was listed (it ends with `/`), that of a
    variable, or that of a file or folder whose presence was asked for. `blob` gives the blob of a
    file, empty where there is none; `paths` are all files.
    """

    def __init__(self, blob: Callable[[str], str], paths: Iterable[str]) -> None:
        self._blob = blob
        self._paths = paths
        self._of_variables: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The state; it differs where what was read does."""
        if name.startswith(ENVIRONMENT):
            return self._of_variable(name.removeprefix(ENVIRONMENT))
        if name.startswith(PRESENCE):
            path = name.removeprefix(PRESENCE)
            return "there" if self._blob(path) or path in self._names_in else ""
        if name.endswith("/"):
            return _hash("\0".join(sorted(self._names_in.get(name.strip("/"), ()))))
        return self._blob(name)

    def _of_variable(self, name: str) -> str:
        if name not in self._of_variables:
            self._of_variables[name] = _hash(_value(name))
        return self._of_variables[name]

    @cached_property
    def _names_in(self) -> dict[str, set[str]]:
        """The names of files and folders directly in each folder."""
        names: dict[str, set[str]] = {}
        for path in self._paths:
            folder, _, name = path.rpartition("/")
            while name not in names.setdefault(folder, set()):
                names[folder].add(name)
                if not folder:
                    break
                folder, _, name = folder.rpartition("/")
        return names


def _value(name: str) -> str | None:
    """The value of a variable as tests see it; of a group the names and values of all in it."""
    # With which interpreter a test ran is compared by itself.
    variables = {n: v for n, v in child_environment().items() if n not in FROM_INTERPRETER}
    if name not in (_ALL, _LOCALE):
        return variables.get(name)
    if name == _ALL:
        chosen = [n for n in sorted(variables) if not _fits(n, _PASSED_ON)]
    else:
        chosen = [n for n in sorted(variables) if _fits(n, _OF_LOCALE)]
    return "\0".join(f"{n}={variables[n]}" for n in chosen)


def _fits(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _hash(text: str | None) -> str:
    """A short digest: what a variable holds may be a secret."""
    if text is None:
        return ""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def is_file(name: str) -> bool:
    """Whether a recorded name is that of a file."""
    return not name.startswith((ENVIRONMENT, PRESENCE)) and not name.endswith("/")


def shown(name: str) -> str:
    """A recorded name as a reason shows it."""
    if name.startswith(ENVIRONMENT):
        variable = name.removeprefix(ENVIRONMENT)
        return _GROUPS.get(variable, f"the variable {variable} of the environment")
    if name.startswith(PRESENCE):
        return f"whether there is {name.removeprefix(PRESENCE)}"
    return name


def presence_of(path: str) -> frozenset[str]:
    """What is asked for of a file that came or went, and of the folders that it may take along."""
    parts = path.split("/")
    return frozenset(PRESENCE + "/".join(parts[:n]) for n in range(1, len(parts) + 1))


def changed_since(recorded: Iterable[tuple[str, str]], states: States) -> str:
    """The first recorded name that is in another state now; empty if none is."""
    return next((name for name, state in recorded if states.of(name) != state), "")


def variables_changed(recorded: Iterable[tuple[str, str]], states: States) -> frozenset[str]:
    """The recorded variables that are in another state now."""
    variables = (pair for pair in recorded if pair[0].startswith(ENVIRONMENT))
    return frozenset(name for name, state in variables if states.of(name) != state)


def names_touched(changes: Iterable[FileChange]) -> frozenset[str]:
    """The changed files, and the folders in which a listing shows other names now."""
    names = set()
    for change in changes:
        names.add(change.path)
        if change.before is None or change.after is None:
            path = change.path
            names |= presence_of(path)
            while path:
                path = path.rpartition("/")[0]
                names.add(f"{path}/")
    return frozenset(names)
