"""What a library lacks that it is asked for: which library, what, and what takes its place. PYTEST_DONT_REWRITE

Read off objects as they are stored: no attribute of a library is looked up, nothing is called.
"""

from __future__ import annotations

import difflib
import linecache
import os
import re
import sys
import types
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from .libraries import Libraries
from .objects import MISSING, bare_dict, mro_of, static_attribute
from .removals import GONE_MODULES, REFUSED, STAND_INS, STANDARD
from .text import message_of

NAMES_READ = 3000
"""The most names of a module or a class that are compared with a missing one."""
MANY_METHODS = 12
"""A class with so many is no bag of what others put into it, although it has `__getattr__`."""
NEAR = 0.86
"""How alike two names must be, as difflib measures it, for one to be told for the other."""
SAID = 200
"""The most characters of what a library says that are told."""
TAKERS_SHOWN = 3
PARAMETERS_SHOWN = 12
DEPRECATIONS = re.compile(r"Deprecat|^FutureWarning$|^(?:RemovedIn|MovedIn)\w*Warning$")
REMOVED = re.compile(
    r"(?i)\b(?:removed|renamed|moved|no longer (?:supported|accepted|available|allowed|exists?))\b"
)
PATCHED = r"<(?P<kind>module|class) '(?P<dotted>[\w.]+)'.*> (?:does not have the|has no) attribute '(?P<name>\w+)'"
SAYS_MORE = re.compile(
    r"(?i)\b(?:instead|use|replaced?|(?:moved|renamed) to|in (?:the )?(?:\w+ )?(?:version |v)?\d+\.\d"
    r"|since)\b"
)
"""Words with which a library says that something is gone, and what there is in its place."""

OF_BASES = ("unittest", "functools", "threading", "html")
"""Modules whose classes others are made of; what those lack, a class of the project lacks too."""
SET_BY_OTHERS = (
    "See who should have set it; if the library had it, its release notes tell what it has now."
)


class Lack:
    """Something that a library does not have; `instead` is a sentence or empty."""

    __slots__ = ("instead", "library", "what")

    def __init__(self, library: str, lacking: str, instead: str = "") -> None:
        self.library = library
        self.what = lacking
        self.instead = instead


def facts_of_break(
    error: Any, trace: Any, callee: Any, libraries: Libraries, holder: str = ""
) -> Iterator[Tuple[str, str]]:
    """Which `library` lacks what (`lacks`), what takes its place (`instead`), who asks (`asked_by`).

    `callee` is the function that was called with wrong arguments, if any; `holder` the module of
    what holds the object that lacks an attribute.
    """
    lack = (
        _of_passed_on(error, trace, libraries)
        or _lack_of(error, callee, trace, libraries)
        or _of_held(error, holder, libraries)
    )
    if lack is None or not lack.library:
        return
    yield "library", lack.library
    yield "lacks", lack.what
    yield "instead", lack.instead
    yield "asked_by", _asking(trace, lack.library, libraries)


def _asking(trace: Any, library: str, libraries: Libraries) -> str:
    """The other library that asks for what one lacks; empty: the project does, or Python."""
    for step in reversed(trace):
        asking = libraries.of_file(step.filename)
        if asking != library:
            return "" if asking.startswith(("Python ", "pytest ", "pluggy ")) else asking
    return ""


def raised_by(trace: Any, libraries: Libraries) -> str:
    """The library whose own code raised an error; empty: the project, Python or pytest did.

    What a compiled library runs has no file: then the one that called it.
    """
    for step in reversed(trace):
        library = libraries.of_file(step.filename)
        if library or os.path.isabs(step.filename):
            return "" if library.startswith(("Python ", "pytest ", "pluggy ")) else library
    return ""


def called_by(trace: Any, libraries: Libraries) -> str:
    """The library that called the code of the repository in which an error came up; empty: none."""
    own = [
        bool(os.path.isabs(step.filename)) and not libraries.of_file(step.filename)
        for step in trace
    ]
    if not own or not own[-1] or all(own):
        return ""
    caller = libraries.of_file(trace[len(own) - 1 - own[::-1].index(False)].filename)
    return "" if caller.startswith(("Python ", "pytest", "pluggy ")) else caller


def absent_package(error: Any, trace: Any, libraries: Libraries) -> Iterator[Tuple[str, str]]:
    """The package that is not installed (`absent`), and the library that asks for it."""
    stand_in = stand_in_of(error, libraries)
    if stand_in:
        yield "absent", stand_in
        yield "asked_by", raised_by(trace, libraries)
        return
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if not name or "." in name or name in GONE_MODULES or name in sys.modules:
        return
    if not libraries.repository_has(name, [step.filename for step in trace]):
        yield "absent", name
        asking = libraries.of_file(trace[-1].filename) if trace else ""
        yield "asked_by", "" if asking.startswith("Python ") else asking


def stand_in_of(error: Any, libraries: Libraries) -> str:
    """The package that is not installed, of which another one brings a part; empty: it is another error."""
    match = re.match(
        r"module '(\w+)' has no attribute '\w+'|No module named '(\w+)\.[\w.]+'; '\w+' is not a package",
        message_of(error),
    )
    name = (match.group(1) or match.group(2)) if match else ""
    brought_by = STAND_INS.get(name)
    is_there = brought_by and libraries.of_module(name).startswith(brought_by + " ")
    return name if is_there else ""


def _lack_of(error: Any, callee: Any, trace: Any, libraries: Libraries) -> Optional[Lack]:
    lack: Optional[Lack] = None
    if stand_in_of(error, libraries):
        return None
    if isinstance(error, ImportError):
        lack = _of_import(error, libraries)
    elif isinstance(error, AttributeError):
        lack = _of_attribute(error, libraries)
    elif isinstance(error, TypeError) and callee is not None:
        lack = _of_call(error, callee, libraries)
    return lack or _said_by_library(error, trace, libraries)


# --- what cannot be imported ----------------------------------------------------------------


def _of_import(error: ImportError, libraries: Libraries) -> Optional[Lack]:
    message = message_of(error)
    match = re.match(r"cannot import name '([^']+)' from '([^']+)'", message)
    if match:
        name, module = match.group(1), match.group(2)
        library = libraries.of_module(module)
        return _of_name(sys.modules.get(module), name, library, message) if library else None
    missing = error.name
    if not isinstance(error, ModuleNotFoundError) or not missing:
        return None
    parent, _, last = missing.rpartition(".")
    if parent:
        library = libraries.of_module(parent)
        lacking = "module `%s`" % missing
        return Lack(library, lacking, _moved(parent, last)) if library else None
    if missing in GONE_MODULES:
        version = "Python %d.%d" % sys.version_info[:2]
        return Lack(version, "module `%s`" % missing, _use(STANDARD[missing]))
    return None


# --- attributes -----------------------------------------------------------------------------


def _of_attribute(error: AttributeError, libraries: Libraries) -> Optional[Lack]:
    message = message_of(error)
    owner = getattr(error, "obj", None)  # Python 3.10, as is `name`
    name = getattr(error, "name", None)
    match = re.match(r"module '([\w.]+)' has no attribute '(\w+)'", message)
    if match:
        owner, name = sys.modules.get(match.group(1), owner), match.group(2)
    patched = re.match(PATCHED, message)
    if patched:
        owner, name = (
            _patched(patched.group("kind"), patched.group("dotted")),
            patched.group("name"),
        )
    if not isinstance(name, str) or owner is None or "partially initialized" in message:
        return None
    if isinstance(owner, types.ModuleType):
        library = libraries.of_module(owner.__name__)
        return _of_name(owner, name, library, message) if library else None
    kind = owner if isinstance(owner, type) else type(owner)
    for base in mro_of(kind):
        key = "%s.%s" % (base.__name__, name)
        if key in STANDARD and base.__module__.partition(".")[0] in OF_BASES:
            version = "Python %d.%d" % sys.version_info[:2]
            return Lack(version, "`%s`" % key, _use(STANDARD[key]))
    return _of_object(kind, name, libraries)


def _patched(kind: str, dotted: str) -> Any:
    """The module or the class that a patch names in its message, as `<class 'module.Name'>`."""
    if kind == "module":
        return sys.modules.get(dotted)
    module, _, name = dotted.rpartition(".")
    candidate = bare_dict(sys.modules.get(module)).get(name)
    return candidate if isinstance(candidate, type) else None


def _of_held(error: Any, holder: str, libraries: Libraries) -> Optional[Lack]:
    """An attribute of a module that has no file, as compiled ones make them, by what holds it."""
    owner, name = getattr(error, "obj", None), getattr(error, "name", None)
    if not holder or not isinstance(owner, types.ModuleType) or not isinstance(name, str):
        return None
    names = [candidate for candidate in list(vars(owner)) if not candidate.startswith("_")]
    lacking = "`%s.%s`" % (owner.__name__, name)
    return Lack(libraries.of_module(holder), lacking, _nearest(name, names))


def _of_object(kind: type, name: str, libraries: Libraries) -> Optional[Lack]:
    """An attribute of an object, where its class is a library's and its attributes are fixed."""
    module = type.__getattribute__(kind, "__module__")
    bases = [base for base in mro_of(kind) if base is not object]
    if not isinstance(module, str) or module == "builtins":
        return None
    if any(base.__name__ == "NonCallableMock" for base in bases):
        return None
    names = {name for base in bases for name in vars(base) if not name.startswith("_")}
    functions = [n for n in names if isinstance(static_attribute(kind, n), types.FunctionType)]
    is_open = any("__getattr__" in vars(base) for base in bases)
    is_compiled = not functions and not kind.__dictoffset__
    if len(functions) < (MANY_METHODS if is_open else 1) and not is_compiled:
        return None  # a bag of what others put into it
    library = libraries.of_module(module)
    key = "%s.%s" % (kind.__name__, name)
    is_standard = key in STANDARD and library.startswith("Python ")
    if not library or (is_compiled and library.startswith("Python ") and not is_standard):
        return None
    instead = _use(STANDARD[key]) if is_standard else _nearest(name, names)
    return Lack(library, "`%s`" % key, instead or SET_BY_OTHERS)


def _of_name(module: Any, name: str, library: str, message: str) -> Optional[Lack]:
    """A name that a module of a library does not have."""
    if not isinstance(module, types.ModuleType):
        return None
    dotted = "%s.%s" % (module.__name__, name)
    instead = _use(STANDARD[dotted]) if dotted in STANDARD else ""
    if name == "__version__":
        instead = _use('`importlib.metadata.version("%s")`' % library.rpartition(" ")[0])
    instead = instead or _told(message) or _moved(module.__name__, name)
    if not instead and "_" + name in vars(module):
        instead = "It is private there now: `_%s`." % name
    names = [candidate for candidate in list(vars(module)) if not candidate.startswith("_")]
    return Lack(library, "`%s`" % dotted, instead or _nearest(name, names))


# --- arguments ------------------------------------------------------------------------------


def _of_call(error: TypeError, callee: Any, libraries: Libraries) -> Optional[Lack]:
    """A call that does not fit the signature of a library's function."""
    function = _function_of(callee)
    if function is None:
        return None
    library = libraries.of_file(function.__code__.co_filename)
    if not library:
        return None
    takes = _parameters(function)
    signature = ", ".join(takes[:PARAMETERS_SHOWN]) + (", ..." if takes[PARAMETERS_SHOWN:] else "")
    match = re.search(r"unexpected keyword argument '(\w+)'", message_of(error))
    if match is None:
        lacking = "`%s` that takes these arguments" % function.__qualname__
        required = re.search(r" missing \d+ required [^:]*: (.+)", message_of(error))
        if required:
            names = required.group(1).replace("'", "`")
            lacking = "`%s` that does without %s" % (function.__qualname__, names)
        return Lack(library, lacking, "It takes: %s." % signature)
    keyword = match.group(1)
    instead = _nearest(keyword, takes, "parameter") + _takers(function.__module__, keyword)
    lacking = "parameter `%s` in `%s`" % (keyword, function.__qualname__)
    return Lack(library, lacking, instead.strip() or "It takes: %s." % signature)


def _of_passed_on(error: Any, trace: Any, libraries: Libraries) -> Optional[Lack]:
    """A keyword that the project gave to one library, which handed it on to another that refuses it."""
    match = re.search(r"unexpected keyword argument '(\w+)'", message_of(error))
    own = [n for n, step in enumerate(trace) if not libraries.of_file(step.filename)]
    if match is None or not isinstance(error, TypeError) or not own or own[-1] + 1 == len(trace):
        return None
    asking, called = trace[own[-1]], trace[own[-1] + 1]
    library, last = libraries.of_file(called.filename), libraries.of_file(trace[-1].filename)
    line = linecache.getline(asking.filename, asking.line)
    call = re.search(r"([\w.]+)\((?:[^()]|\([^()]*\))*\b%s *=" % match.group(1), line)
    if call is None or not library or library.startswith("Python "):
        return None
    if library == last and not _is_kept(called, match.group(1)):
        return None
    return Lack(library, "parameter `%s` in `%s`" % (match.group(1), call.group(1)))


def _is_kept(step: Any, keyword: str) -> bool:
    """Whether a function, or the object that it is of, holds the keyword to hand it on."""
    variables = step.frame.f_locals
    attributes = bare_dict(variables.get("self"))
    values = [*variables.values(), *attributes.values()]
    return any(type(value) is dict and keyword in value for value in values)


def _function_of(callee: Any) -> Optional[types.FunctionType]:
    """The function behind a callee: itself, or the method that makes instances of a class."""
    target = callee.target
    if callee.method:
        target = static_attribute(target, callee.method)
    return target if isinstance(target, types.FunctionType) else None


def _parameters(function: types.FunctionType) -> List[str]:
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [name for name in names if name not in ("self", "cls")]


def _takers(module: str, keyword: str) -> str:
    """What else of the library's public face takes a keyword; empty for none or too many."""
    top = module.partition(".")[0]
    public = vars(sys.modules[top]) if top in sys.modules else {}
    takers: Dict[int, str] = {}
    for name, value in list(public.items())[:NAMES_READ]:
        function = static_attribute(value, "__init__") if isinstance(value, type) else value
        if name.startswith("_") or not isinstance(function, types.FunctionType):
            continue
        if keyword in _parameters(function):
            takers.setdefault(id(value), "`%s.%s`" % (top, name))
    if not 0 < len(takers) <= TAKERS_SHOWN:
        return ""
    verb = "take" if len(takers) > 1 else "takes"
    return " %s %s `%s`." % (" and ".join(takers.values()), verb, keyword)


# --- what the library says itself -----------------------------------------------------------


def _said_by_library(error: Any, trace: Any, libraries: Libraries) -> Optional[Lack]:
    """A deprecation that is an error, or the text with which a library says what is gone."""
    if not trace:
        return None
    library = libraries.of_file(trace[-1].filename)
    message = message_of(error)[:2000]
    if library and DEPRECATIONS.search(type(error).__name__):
        gone = re.match(r"'(\w+)' is deprecated and slated for removal", message)
        if gone and gone.group(1) in STANDARD and library.startswith("Python "):
            return Lack(library, "", _use(STANDARD[gone.group(1)]))
        return Lack(library, "", _said(message) if SAYS_MORE.search(message) else "")
    if not library or library.startswith("Python "):
        return None
    if isinstance(error, Warning) and not library.startswith("pytest "):
        return Lack(library, "", _said(message))
    line = linecache.getline(trace[-1].filename, trace[-1].line).strip()
    if type(error) is TypeError and line.startswith("raise "):
        return Lack(library, "", REFUSED.get(message, ""))  # it checks what it is given
    if not isinstance(error, (OSError, KeyError)) and REMOVED.search(message):
        if SAYS_MORE.search(message):
            return Lack(library, "", _said(message))
    return None


def _told(message: str) -> str:
    """What a module's own `__getattr__` says beyond that there is no such name."""
    plain = re.sub(r"^module '[\w.]+' has no attribute '\w+'\.?|^cannot import .*", "", message)
    return _said(plain) if SAYS_MORE.search(plain) else ""


def _said(text: str) -> str:
    """The first sentences of a text, up to the links that libraries put below it."""
    sentences = re.split(r"(?<=[.!]) ", " ".join(text.split()))
    excerpt = sentences[0][:SAID]
    for sentence in sentences[1:]:
        if len(excerpt) + len(sentence) > SAID:
            break
        excerpt += " " + sentence
    return 'It says: "%s"' % excerpt.partition(" For further information")[0].strip()


# --- what takes the place -------------------------------------------------------------------


def _use(lacking: str) -> str:
    return "Use %s." % lacking


def _nearest(name: str, names: Iterable[Any], noun: str = "name") -> str:
    """The name that means the same in another spelling, else one that is nearly the same."""
    if name.startswith("__"):
        return ""
    candidate = [str(module_name) for module_name in names][:NAMES_READ]
    same = [module_name for module_name in candidate if _spelling(module_name) == _spelling(name)]
    matches = same or difflib.get_close_matches(name, candidate, 1, NEAR)
    return "The nearest %s that it has is `%s`." % (noun, matches[0]) if matches else ""


def _spelling(name: str) -> str:
    """A name without what spellings differ in: `isAlive` and `is_alive`, `proxies` and `proxy`."""
    return re.sub(r"ies$", "y", name.replace("_", "").lower()).rstrip("s")


def _moved(module: str, name: str) -> str:
    """Where the same name is in a loaded module of the library, if it is only one thing there."""
    tops = (module.partition(".")[0], "_" + module.partition(".")[0])
    places: Dict[int, str] = {}
    for module_name, loaded in list(sys.modules.items()):
        if module_name == module or module_name.partition(".")[0] not in tops:
            continue
        value = bare_dict(loaded).get(name, MISSING)
        if value is MISSING or isinstance(value, types.ModuleType):
            continue
        if not isinstance(value, (type, types.FunctionType)):
            continue
        home = value.__module__
        place = module_name if _is_private(str(home)) and not _is_private(module_name) else home
        places.setdefault(id(value), "%s.%s" % (place, name))
    return "It is `%s` now." % next(iter(places.values())) if len(places) == 1 else ""


def _is_private(module: str) -> bool:
    return any(part.startswith("_") for part in module.split("."))
