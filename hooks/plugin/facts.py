"""Structured facts about an exception: one reader for each kind. PYTEST_DONT_REWRITE

A reader yields (fact, its text) pairs for exceptions of its kind, and none for the rest.
"""

from __future__ import annotations

import re
import sys
import types
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .comparisons import Comparisons
from .frames import Trace, trace_of
from .objects import bare_dict, mro_of, resolve_callable
from .repository import Repository
from .set_later import set_later
from .source import Sources, called_expressions, head_of
from .symbols import Symbols
from .text import FACT_LIMIT, clean, message_of, type_name

CALL_MESSAGE = (
    r"^(?P<name>[\w.<>]+)\(\) (?:missing|takes|got an unexpected|got multiple|got some positional)"
)
CANNOT_IMPORT = r"^cannot import name '(?P<name>[^']+)' from (?:partially initialized module )?'(?P<module>[^']+)'"
NO_ATTRIBUTE = r"^(?:type object |module |partially initialized module )?'?(?P<owner>[\w.]+)'? (?:object )?has no attribute '(?P<name>[^']+)'"
NAME_ERROR = r"name '(?P<name>[^']+)'|variable '(?P<local>[^']+)'"
"""Patterns of messages, compiled at the first failure: most runs have none."""
MOCK_FILES = ("unittest/mock.py", "mock/mock.py")
STATE = ("code", "status", "status_code", "errno", "reason")
TIMEOUT_TYPES = frozenset({"TimeoutError", "Timeout", "TimeoutExpired", "TimeoutException"})


class Raised:
    """An exception with its traceback, and what reads files and names symbols."""

    __slots__ = ("comparisons", "error", "libraries", "repository", "sources", "symbols", "trace")

    def __init__(
        self,
        error: Any,
        trace: Trace,
        repository: Repository,
        sources: Sources,
        symbols: Symbols,
        libraries: Any,
        comparisons: Comparisons,
    ) -> None:
        self.comparisons = comparisons
        self.error = error
        self.libraries = libraries
        self.trace = trace
        self.repository = repository
        self.sources = sources
        self.symbols = symbols


Facts = Iterator[Tuple[str, Any]]


def facts_of(raised: Raised) -> Dict[str, str]:
    """All facts; a reader that fails loses what it had not yielded yet, and nothing else."""
    facts: Dict[str, str] = {}
    for read in READERS:
        try:
            for name, text in read(raised):
                if text:
                    facts[name] = clean(str(text), FACT_LIMIT)
        except Exception:
            pass
    return facts


def import_facts(raised: Raised) -> Facts:
    """What could not be imported (`name`), from which module (`owner`) and `file`."""
    error = raised.error
    if not isinstance(error, ImportError):
        return
    match = re.match(CANNOT_IMPORT, message_of(error))
    if match:
        yield "name", match.group("name")
        yield "owner", match.group("module")
    else:
        yield "name", error.name
    if error.path:
        yield "file", raised.repository.name(error.path)
    if match and "partially initialized" in message_of(error):
        from .unbound_names import is_never_bound

        if is_never_bound(match.group("module"), match.group("name"), raised.trace):
            yield "never_bound", match.group("name")
    module = sys.modules.get(match.group("module")) if match else None
    if match and module is not None:
        from .guarded_imports import left_out  # most runs have no failure

        absent = left_out(module, match.group("name"))
        if absent and not raised.libraries.repository_has(absent, []):
            yield "absent", absent
            yield "left_out", match.group("name")


def attribute_facts(raised: Raised) -> Facts:
    """The attribute that is missing (`name`), of what (`owner`), and a mock's `spec`."""
    error = raised.error
    if not isinstance(error, AttributeError):
        return
    message = message_of(error)
    match = re.match(NO_ATTRIBUTE, message)
    owner = getattr(error, "obj", None)  # Python 3.10, as is `name`
    name = getattr(error, "name", None) or (match and match.group("name"))
    mock = _mock_of(owner, raised.trace)
    if mock is not None:
        yield "name", name or message.rpartition("attribute ")[2].strip("'\" ")
        spec = bare_dict(mock).get("_spec_class")
        if isinstance(spec, type):
            yield "spec", raised.symbols.label(spec)
        yield "owner", type_name(_class_of_mock(mock))
        return
    yield "name", name
    if isinstance(owner, types.ModuleType):
        yield "owner", owner.__name__
    elif owner is not None:
        yield "owner", type_name(owner if isinstance(owner, type) else type(owner))
    elif match:
        yield "owner", match.group("owner")
    yield from set_later(error, raised.repository, raised.symbols)


def _mock_of(owner: Any, trace: Trace) -> Any:
    """The mock that was asked for an attribute: the owner, or who raised in mock's own code."""
    if _is_mock(owner):
        return owner
    for step in reversed(trace):
        if step.filename.replace("\\", "/").endswith(MOCK_FILES):
            instance = step.frame.f_locals.get("self")
            if _is_mock(instance):
                return instance
    return None


def _is_mock(candidate: Any) -> bool:
    return any(base.__name__ == "NonCallableMock" for base in mro_of(type(candidate)))


def _class_of_mock(mock: Any) -> type:
    """`Mock` or the like: each mock has a class of its own, made from it."""
    bases = type(mock).__mro__
    return bases[1] if len(bases) > 1 else bases[0]


def name_facts(raised: Raised) -> Facts:
    """The `name` that is not defined."""
    if isinstance(raised.error, NameError):
        match = re.search(NAME_ERROR, message_of(raised.error))
        in_message = match and (match.group("name") or match.group("local"))
        yield "name", getattr(raised.error, "name", None) or in_message


def call_facts(raised: Raised) -> Facts:
    """What was called with wrong arguments: its `name`, and the `callable` that it is."""
    if not isinstance(raised.error, TypeError) or not raised.trace:
        return
    match = re.match(CALL_MESSAGE, message_of(raised.error))
    if not match:
        return
    name = match.group("name")
    yield "name", name
    callee = _called(raised, name)
    if callee is not None:
        method = "." + callee.method if callee.method else ""
        yield "callable", raised.symbols.label(callee.definer) + method


def misfit_facts(raised: Raised) -> Facts:
    """The expression that has a value of the wrong type (`misfit`), and whose code that is (`misfit_in`)."""
    if not isinstance(raised.error, (AttributeError, TypeError)) or not raised.trace:
        return
    from .misfits import misfit_facts as facts_of_misfit  # most runs have no failure

    facts = list(facts_of_misfit(raised.error, raised.trace, raised.sources))
    yield from facts
    if facts:
        yield "misfit_in", raised.libraries.of_file(raised.trace[-1].filename)


def comparison_facts(raised: Raised) -> Facts:
    """What differs in a failed comparison; see `differences`."""
    yield from raised.comparisons.facts(raised.error, raised.trace, raised.sources).items()


def cleanup_facts(raised: Raised) -> Facts:
    """Whether it came up in the `cleanup` after another exception, which was on its way."""
    context = raised.error.__context__
    if context is None or raised.error.__suppress_context__:
        return
    from .cleanup import cleanup_of  # most runs have no failure

    yield "cleanup", cleanup_of(raised.trace, trace_of(context), raised.sources)


def address_facts(raised: Raised) -> Facts:
    """Where a refused connection was to go (`address`), and which library asked (`asked_by`).

    Of a name that cannot be resolved, the name (`unresolved`).
    """
    from .addresses import address_of, asking, is_refused  # most runs have no failure

    if raised.trace and type(raised.error).__name__ == "gaierror":
        yield "unresolved", address_of(raised.trace, raised.sources).rpartition(":")[0]
    if raised.trace and is_refused(raised.error, raised.trace, raised.sources):
        yield "address", address_of(raised.trace, raised.sources)
        origins = [raised.repository.origin(step.filename) for step in raised.trace]
        yield "asked_by", asking(raised.trace, origins, raised.libraries)


def break_facts(raised: Raised) -> Facts:
    """What a library lacks that the project does not own; see `breaks`."""
    from .abstracts import abstract_facts
    from .async_mode import async_facts
    from .breaks import (
        absent_package,
        called_by,
        facts_of_break,
        raised_by,
    )  # most runs have no failure
    from .holders import holder_of
    from .required_fields import required_fields

    match = re.match(CALL_MESSAGE, message_of(raised.error))
    callee = None
    if match and isinstance(raised.error, TypeError) and raised.trace:
        name = match.group("name")
        callee = _called(raised, name) or _inherited(raised.trace[-1].frame, name)
    holder = holder_of(raised.error, raised.trace, raised.sources)
    yield from facts_of_break(raised.error, raised.trace, callee, raised.libraries, holder)
    yield "raised_by", raised_by(raised.trace, raised.libraries)
    yield "called_by", called_by(raised.trace, raised.libraries)
    yield from absent_package(raised.error, raised.trace, raised.libraries)
    yield from required_fields(raised.error, raised.trace)
    yield from abstract_facts(raised.error, raised.trace, raised.sources, raised.libraries)
    yield from async_facts(raised.error, raised.trace, raised.libraries)


class Callee:
    """A function, or a class with the method that makes its instances."""

    __slots__ = ("method", "target")

    def __init__(self, target: Any, method: str = "") -> None:
        self.target = target
        self.method = method

    @property
    def qualname(self) -> str:
        """As messages of Python 3.10 and later name it."""
        return str(self.target.__qualname__) + ("." + self.method if self.method else "")

    @property
    def definer(self) -> Any:
        """The function, or the class that defines the method, which may be inherited."""
        if not self.method:
            return self.target
        bases = mro_of(self.target)
        return next((base for base in bases if self.method in vars(base)), self.target)


def _called(raised: Raised, name: str) -> Optional[Callee]:
    """What of this name was called, as a message has it."""
    callees = _callees(raised, name.split(".")[-1])
    return next((c for c in callees if c.qualname == name), None) or next(iter(callees), None)


def _inherited(frame: types.FrameType, name: str) -> Optional[Callee]:
    """The method of a base class that `super()` called, by its qualified name."""
    owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
    for base in mro_of(owner if isinstance(owner, type) else type(owner)):
        qualname, _, method = name.rpartition(".")
        if base.__qualname__ == qualname and method in vars(base):
            return Callee(base, method)
    return None


def _callees(raised: Raised, name: str) -> List[Callee]:
    """What of this name the statement calls in which the exception was raised."""
    step = raised.trace[-1]
    statement = raised.sources.of(step.filename).statement(step.line)
    if statement is None:
        return []
    callees: List[Callee] = []
    for expression in called_expressions(head_of(statement.node)):
        target = resolve_callable(expression, step.frame)
        if isinstance(target, type) and name in ("__init__", "__new__"):
            callees.append(Callee(target, name))
        elif isinstance(target, types.FunctionType) and target.__name__ == name:
            callees.append(Callee(target))
    return callees


def state_facts(raised: Raised) -> Facts:
    """The code and the reason (`state`) of an exception that has them and no message."""
    if message_of(raised.error):
        return
    attributes = bare_dict(raised.error)
    codes = [(name, attributes.get(name)) for name in STATE]
    yield (
        "state",
        ", ".join("%s=%s" % pair for pair in codes if type(pair[1]) in (int, str) and pair[1]),
    )


def syntax_facts(raised: Raised) -> Facts:
    """The `file` and `line` of a syntax error."""
    if isinstance(raised.error, SyntaxError):
        if raised.error.filename:
            yield "file", raised.repository.name(raised.error.filename)
        yield "line", raised.error.lineno


def fixture_facts(raised: Raised) -> Facts:
    """The `name` of the fixture that there is not."""
    if type(raised.error).__name__ == "FixtureLookupError":
        yield "name", bare_dict(raised.error).get("argname")


def explicit_facts(raised: Raised) -> Facts:
    """Whether someone called `pytest.fail`, and not pytest itself or pytest-timeout."""
    if type(raised.error).__name__ != "Failed":
        return
    caller: Optional[str] = None
    for step in reversed(raised.trace):
        caller = step.filename.replace("\\", "/")
        if not caller.endswith("_pytest/outcomes.py"):
            break
        caller = None
    if caller and "/_pytest/" not in caller and not caller.endswith("pytest_timeout.py"):
        yield "explicit", "pytest.fail"


def expected_facts(raised: Raised) -> Facts:
    """The library of the error that `pytest.raises` waited for in vain (`expected_of`)."""
    if not message_of(raised.error).startswith("DID NOT RAISE"):
        return
    for step in reversed(raised.trace):
        context = bare_dict(step.frame.f_locals.get("self"))
        expected = context.get("expected_exceptions", context.get("expected_exception"))
        if isinstance(expected, tuple) and len(expected) == 1:
            expected = expected[0]
        if isinstance(expected, type):
            yield "expected_of", _library_of(expected, raised.libraries)
            return


def _library_of(kind: type, libraries: Any) -> str:
    """The library that defines a class; empty: the project, Python or pytest does."""
    library = str(libraries.of_module(str(type.__getattribute__(kind, "__module__"))))
    return "" if library.startswith(("Python ", "pytest ")) else library


def timeout_facts(raised: Raised) -> Facts:
    """What ran out of time: pytest-timeout, or the type of the exception."""
    if any(step.filename.endswith("pytest_timeout.py") for step in raised.trace[-3:]):
        yield "timeout", "pytest-timeout"
    elif any(base.__name__ in TIMEOUT_TYPES for base in mro_of(type(raised.error))):
        yield "timeout", type_name(type(raised.error))


READERS: Tuple[Callable[[Raised], Facts], ...] = (
    import_facts,
    attribute_facts,
    name_facts,
    call_facts,
    misfit_facts,
    comparison_facts,
    syntax_facts,
    state_facts,
    fixture_facts,
    explicit_facts,
    expected_facts,
    timeout_facts,
    break_facts,
    cleanup_facts,
    address_facts,
)
"""In this order: a later one overwrites a fact of an earlier one."""
