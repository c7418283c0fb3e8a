"""Sees which variables of the environment are read. PYTEST_DONT_REWRITE

`os.environ` keeps them in a dict, in whose place one is put that notes who asks: who reads a
variable depends on it, whether it is set or not. What reads all of them (`dict(os.environ)`,
settings that are filled in from there) depends on all that is not the terminal's own. Values are
never looked at: the state of a variable is told where the run was started, see
`hooks/record/states.py`.

The time zone and the locale are read in C. So they belong to the code that names what uses them.
"""

from __future__ import annotations

import os
import sys
import types
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Optional, Set

from .executed import Executed, identity
from .readers import ALL_VARIABLES, ENVIRONMENT, STANDARD_LIBRARY, Readers

TIME_ZONE = ENVIRONMENT + "TZ"
LOCALE = ENVIRONMENT + "LC_*"
NEVER = frozenset({"PATH", "PWD", "OLDPWD", "SHLVL", "_", "PYTEST_CURRENT_TEST"})
"""Variables that differ between two shells, or two folders, without meaning anything."""
TERMINAL = frozenset({"TERM", "COLUMNS", "LINES", "COLORTERM", "TERM_PROGRAM"})
"""Variables of the terminal: libraries look at them for whatever they print."""
PROXIES = tuple(
    ENVIRONMENT + name
    for part in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    for name in (part, part.upper())
)
MAPPINGS = tuple(
    spelled
    for name in ("os", "_collections_abc")
    for spelled in (os.path.join("", name + ".py"), "<frozen %s>" % name)
)
"""Ends of the names of the files that `os.environ` itself is in."""
RESTORERS = tuple(
    os.path.join("", *parts) for parts in (("unittest", "mock.py"), ("_pytest", "monkeypatch.py"))
)
"""Ends of the names of files that read a variable only to restore it."""
RUNNERS = tuple(
    os.path.join("", name, "")
    for name in ("_pytest", "pluggy", "xdist", "execnet", "gardener_plugin")
)
"""Parts of the names of files that read variables to run tests at all."""
URLLIB = os.path.join("urllib", "request.py")
"""It goes through all variables for those of proxies."""
READS_SEEN = 100
"""Reads of a variable in the same context, after which no more of it are looked at."""
ASK_FOR_TIME_ZONE = frozenset(
    {
        *("localtime", "mktime", "strftime", "strptime", "ctime", "asctime", "tzset", "tzname"),
        *("altzone", "daylight", "astimezone", "timestamp", "fromtimestamp", "today", "now"),
        *("tzlocal", "get_localzone", "local_timezone"),
    }
)
"""Names of what goes by the local time."""
ASK_FOR_LOCALE = frozenset(
    {
        *("setlocale", "getlocale", "getdefaultlocale", "getpreferredencoding", "getencoding"),
        *("localeconv", "nl_langinfo", "strcoll", "strxfrm", "format_string", "currency"),
        *("strftime", "strptime", "gettext", "ngettext", "translation", "bindtextdomain"),
    }
)
"""Names of what goes by the locale."""


class NotingDict(Dict[Any, Any]):
    """The variables, as `os.environ` keeps them; `note` is told the key of each that is read."""

    note: Optional[Callable[[Any, Any], None]] = None
    note_all: Optional[Callable[[List[Any], Any], None]] = None
    reads: Dict[Any, int]
    """How often each was read in this context."""

    def __getitem__(self, key: Any) -> Any:
        if self.note is not None:
            reads = self.reads.get(key, 0)
            if reads < READS_SEEN:
                self.reads[key] = reads + 1
                self.note(key, sys._getframe(1))
        return dict.__getitem__(self, key)

    def __iter__(self) -> Iterator[Any]:
        keys = list(dict.keys(self))
        if self.note_all is not None:
            self.note_all(keys, sys._getframe(1))
        return iter(keys)

    def plain(self) -> Dict[Any, Any]:
        """The variables in a dict that tells nobody."""
        return {key: dict.__getitem__(self, key) for key in dict.keys(self)}

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A copy of `os.environ`, shallow or deep, is the copier's own."""
        if self.note_all is not None:
            self.note_all([], sys._getframe(1))
        return dict, (self.plain(),)


class VariableReads:
    """Attributes the variables that are read to who reads them.

    While a test runs (`is_testing`), what libraries read counts, too, but for pytest itself.
    """

    def __init__(self, executed: Executed, is_testing: Callable[[], bool]) -> None:
        self._executed = executed
        self._readers = Readers(executed)
        self._is_testing = is_testing
        self._mapping_codes: Dict[int, types.CodeType] = {}
        """The code of `os.environ` itself, by its identity."""
        self._keys: List[Any] = []
        """What a loop over all variables asks for next, the first at the end."""
        self._looping = 0
        """The identity of the code with that loop."""
        self._variables = NotingDict(_data_of(os.environ) or {})
        self._variables.reads = {}
        if _data_of(os.environ) is not None:
            _replace(self._variables)
            self._variables.note = self._note
            self._variables.note_all = self._note_all

    def begin(self) -> None:
        """Another context begins: who reads what was read before depends on it, too."""
        self._variables.reads.clear()
        self._keys.clear()

    def stop(self) -> None:
        """See nothing any more."""
        self._variables.note = self._variables.note_all = None
        if _data_of(os.environ) is self._variables:
            _replace(self._variables.plain())

    def _note(self, key: Any, frame: Optional[types.FrameType]) -> None:
        """A variable is read."""
        try:
            name = os.fsdecode(key)
            if name in NEVER and not self._keys:
                return  # first: pytest itself removes one at each phase of a test
            reader = self._reader(frame)
            if reader is None:
                return
            if self._keys and self._keys[-1] == key and identity(reader.f_code) == self._looping:
                self._keys.pop()
                return
            is_of_terminal = (
                name in TERMINAL and identity(reader.f_code) not in self._executed.codes
            )
            if name not in NEVER and not is_of_terminal:
                self._attribute(ENVIRONMENT + name, reader)
        except RecursionError:  # the test's own: its stack is too full for a call
            pass
        except Exception:
            self._executed.trouble()

    def _note_all(self, keys: List[Any], frame: Optional[types.FrameType]) -> None:
        """All variables are read."""
        try:
            reader = self._reader(frame)
            if reader is None:
                return
            self._keys = keys[::-1]
            self._looping = identity(reader.f_code)
            is_for_proxies = reader.f_code.co_filename.endswith(URLLIB)
            for name in PROXIES if is_for_proxies else (ALL_VARIABLES,):
                self._attribute(name, reader)
        except RecursionError:
            pass
        except Exception:
            self._executed.trouble()

    def _reader(self, frame: Optional[types.FrameType]) -> Optional[types.FrameType]:
        """The frame that asks `os.environ`."""
        while frame is not None:
            code_id = identity(frame.f_code)
            if code_id not in self._mapping_codes:
                if not frame.f_code.co_filename.endswith(MAPPINGS):
                    return frame
                self._mapping_codes[code_id] = frame.f_code
            frame = frame.f_back
        return None

    def _attribute(self, name: str, reader: types.FrameType) -> None:
        if reader.f_code.co_filename.endswith(RESTORERS):
            return
        if self._readers.attribute(name, reader) or self._is_of_library(reader):
            self._executed.current.files.add(name)

    def _is_of_library(self, frame: Optional[types.FrameType]) -> bool:
        """Whether a library reads it for a test, and not pytest for itself."""
        if not self._is_testing():
            return False
        while frame is not None and _is_standard(frame.f_code.co_filename):
            frame = frame.f_back
        return frame is not None and not any(part in frame.f_code.co_filename for part in RUNNERS)


def _is_standard(filename: str) -> bool:
    return filename.startswith((STANDARD_LIBRARY, "<")) and "site-packages" not in filename


def _data_of(environ: Any) -> Optional[Dict[Any, Any]]:
    """Where `os.environ` keeps the variables; None if something else is in its place."""
    data = getattr(environ, "_data", None)
    return data if isinstance(data, dict) else None


def _replace(data: Dict[Any, Any]) -> None:
    """Let `os.environ`, and its twin of bytes, keep the variables in this dict."""
    for name in ("environ", "environb"):
        environ: Any = getattr(os, name, None)
        if environ is not None:
            environ._data = data


def read_in_c(code: types.CodeType) -> FrozenSet[str]:
    """What code asks for that only C reads from the environment."""
    names: Set[str] = set()
    if not ASK_FOR_TIME_ZONE.isdisjoint(code.co_names) or _names_offset(code.co_names):
        names.add(TIME_ZONE)
    if not ASK_FOR_LOCALE.isdisjoint(code.co_names):
        names.add(LOCALE)
    return frozenset(names)


def _names_offset(names: "tuple[str, ...]") -> bool:
    """Whether `time.timezone` may be named, and not `datetime.timezone.utc`."""
    return "timezone" in names and "utc" not in names


def add_read_in_c(executed: Executed) -> None:
    """Attribute the time zone and the locale to the code, and to the imports, that ask for them."""
    asking: Dict[str, Set[int]] = {}
    for code_id, code in executed.codes.items():
        for name in read_in_c(code):
            asking.setdefault(name, set()).add(code_id)
    for name, codes in asking.items():
        executed.readers.setdefault(name, set()).update(codes)
        for context in executed.imports.values():
            if not codes.isdisjoint(context.codes):
                context.files.add(name)
