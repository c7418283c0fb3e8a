"""A pytest plugin that writes what really happened as JSON lines. PYTEST_DONT_REWRITE

It is injected with `-p` into the *user's* interpreter, where gardener is not installed:
one file, standard library only, Python 3.8+, pytest 7+. It reads two variables of the
environment: `GARDENER_STREAM`, the folder to write into (one file a process, so workers
of pytest-xdist never share one), and `GARDENER_ROOT`, the top of the repository. It must
never change an outcome: whatever fails in here becomes an event `trouble`.

Events (`k` is the kind): `session`, `start`, `passed`, `phase`, `collect`, `collected`,
`deselected`, `warning`, `crash`, `internal`, `trouble`, `finish`. `hooks/pytest_run/events.py` reads them.
"""

from __future__ import annotations

import ast
import fnmatch
import functools
import inspect
import json
import linecache
import os
import re
import sys
import time
import types
from typing import Any, Dict, Generator, List, Optional, Tuple

import pytest

Json = Dict[str, Any]
Trace = List[Tuple[types.FrameType, int]]

VERSION = 1
MESSAGE_LIMIT = 20_000
SOURCE_LIMIT = 2_000
FRAME_LIMIT = 60
CAUSE_LIMIT = 20
SYMBOL_LIMIT = 30
FLUSH_SECONDS = 1.0
quoted = json.encoder.encode_basestring_ascii
COMPOUND: Tuple[Any, ...] = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
)
COMPOUND += (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
MISSING = object()

# --- text --------------------------------------------------------------------------------


def clean(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Text that every JSON reader takes: no lone surrogates, not endless."""
    if len(text) > limit:
        half = limit // 2
        text = "%s\n... [%d characters cut] ...\n%s" % (
            text[:half],
            len(text) - 2 * half,
            text[-half:],
        )
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def message_of(exc: BaseException) -> str:
    """`str(exc)`, or a word about why there is none."""
    try:
        return clean(str(exc))
    except BaseException as wrong:
        if isinstance(wrong, KeyboardInterrupt):
            raise
        return "<no message: str() of %s raised %s>" % (type(exc).__name__, type(wrong).__name__)


def type_name(kind: Any) -> str:
    """Qualified name of a class without `builtins.`."""
    module = type.__getattribute__(kind, "__module__")
    name = type.__getattribute__(kind, "__qualname__")
    if not isinstance(module, str) or module in ("builtins", "exceptions"):
        return clean(str(name))
    return clean("%s.%s" % (module, name))


# --- files and sources -------------------------------------------------------------------


class Source:
    """The syntax tree of one file, asked by line."""

    def __init__(self, filename: str) -> None:
        self.lines = linecache.getlines(filename)
        self.statements: List[Tuple[int, int, ast.stmt]] = []
        self.scopes: List[Tuple[int, int, str, ast.stmt]] = []
        try:
            tree = ast.parse("".join(self.lines))
            self._walk(tree, "")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass

    def _walk(self, node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.stmt):
                last = getattr(child, "end_lineno", None) or child.lineno
                first = child.lineno
                if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    name = prefix + child.name
                    self.scopes.append((first, last, name, child))
                    inner = name + ("." if isinstance(child, ast.ClassDef) else ".<locals>.")
                if isinstance(child, COMPOUND):
                    last = max(first, child.body[0].lineno - 1) if child.body else first
                self.statements.append((first, last, child))
            self._walk(child, inner)

    def statement(self, line: int) -> Optional[Tuple[int, int, ast.stmt]]:
        """The innermost statement at a line, or None."""
        best = None
        for first, last, node in self.statements:
            if first <= line <= last and (best is None or first >= best[0]):
                best = (first, last, node)
        return best

    def text(self, line: int) -> str:
        """The source of the statement at a line; of a compound one, its head."""
        found = self.statement(line)
        if found is None:
            picked = self.lines[line - 1 : line]
        else:
            picked = self.lines[found[0] - 1 : min(found[1], found[0] + 40)]
        return clean(_dedent("".join(picked)).strip(), SOURCE_LIMIT)

    def scope(self, line: int) -> Optional[Tuple[str, Any]]:
        """The innermost function at a line: (qualified name, node), or None."""
        best = None
        for first, last, name, node in self.scopes:
            if first <= line <= last and (best is None or first >= best[0]):
                best = (first, name, node)
        return best and best[1:]


def _dedent(text: str) -> str:
    lines = text.split("\n")
    margin = min([len(one) - len(one.lstrip()) for one in lines if one.strip()] or [0])
    return "\n".join(one[margin:] for one in lines)


class Repository:
    """Where files belong: names relative to the repository, and project, test or library."""

    def __init__(self, root: str, start: str, patterns: List[str]) -> None:
        self.root = os.path.realpath(root)
        self.start = start
        self.patterns = patterns
        self.test_files: set[str] = set()
        self.names: Dict[str, str] = {}
        self.origins: Dict[str, str] = {}
        self.sources: Dict[str, Source] = {}
        foreign = {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)}
        inside = [os.path.realpath(one) for one in foreign]
        self.foreign = tuple(one + os.sep for one in inside if one.startswith(self.root + os.sep))

    def name(self, filename: str) -> str:
        """Relative to the repository with `/` when inside, else as Python gave it."""
        known = self.names.get(filename)
        if known is None:
            known = self.names[filename] = clean(self._name(filename))
        return known

    def _name(self, filename: str) -> str:
        if not filename or filename.startswith("<"):
            return filename or ""
        full = os.path.join(self.start, filename)
        for resolve_links in (os.path.normpath, os.path.realpath):
            try:
                one = resolve_links(full)
            except Exception:
                # A test may forbid what touches the disk (blockbuster in an event loop).
                break
            if one.startswith(self.root + os.sep):
                return one[len(self.root) + 1 :].replace(os.sep, "/")
        return filename

    def origin(self, filename: str) -> str:
        """`project`, `test` or `library`."""
        known = self.origins.get(filename)
        if known is None:
            known = self.origins[filename] = self._origin(filename)
        return known

    def _origin(self, filename: str) -> str:
        name = self.name(filename)
        if not filename or name.startswith("<") or os.path.isabs(name):
            return "library"
        if name == filename and not os.path.exists(os.path.join(self.root, name)):
            return "library"
        parts = name.split("/")
        if "site-packages" in parts or "dist-packages" in parts or parts[0] == ".git":
            return "library"  # gardener's own plugin lies below .git
        if (self.root + os.sep + name.replace("/", os.sep)).startswith(self.foreign or ("\0",)):
            return "library"
        if parts[-1] == "conftest.py" or name in self.test_files:
            return "test"
        for pattern in self.patterns:
            whole = name if "/" in pattern else parts[-1]
            if fnmatch.fnmatch(whole, pattern):
                return "test"
        return "project"

    def source(self, filename: str) -> Source:
        """The parsed source of a file, kept for the next failure."""
        found = self.sources.get(filename)
        if found is None:
            found = self.sources[filename] = Source(filename)
        return found


# --- looking at objects without running any of their code ----------------------------------


def bare_dict(obj: Any) -> Json:
    """The instance's own `__dict__`, without asking a `__getattr__` or a property."""
    try:
        found = object.__getattribute__(obj, "__dict__")
    except Exception:
        return {}
    return found if isinstance(found, dict) else {}


def mro_of(kind: Any) -> Tuple[type, ...]:
    try:
        found: Tuple[type, ...] = type.__getattribute__(kind, "__mro__")
        return found
    except Exception:
        return ()


def static_attribute(obj: Any, name: str) -> Any:
    """What `obj.name` would find, as it is stored: no descriptor runs."""
    if isinstance(obj, types.ModuleType):
        return vars(obj).get(name, MISSING)
    places: List[Any] = []
    if isinstance(obj, type):
        places += [vars(one) for one in mro_of(obj)]
        places += [vars(one) for one in mro_of(type(obj))]
    else:
        places.append(bare_dict(obj))
        places += [vars(one) for one in mro_of(type(obj))]
    for place in places:
        if name in place:
            return place[name]
    return MISSING


def underlying(obj: Any) -> Any:
    """The function or class behind wrappers, bound methods, partials; else None."""
    for _ in range(20):
        if isinstance(obj, (staticmethod, classmethod, types.MethodType)):
            obj = obj.__func__
        elif isinstance(obj, functools.partial):
            obj = obj.func
        elif isinstance(obj, property):
            obj = obj.fget
        elif isinstance(obj, (types.FunctionType, type)):
            inner = vars(obj).get("__wrapped__") if not isinstance(obj, type) else None
            if inner is None:
                return obj
            obj = inner
        else:
            inner = bare_dict(obj).get("__wrapped__")
            if inner is None:
                call = static_attribute(type(obj), "__call__")
                inner = call if isinstance(call, types.FunctionType) else None
            if inner is None:
                return None
            obj = inner
    return None


def resolve(node: ast.AST, frame_locals: Any, frame_globals: Json) -> Any:
    """The object that a name or a chain of attributes stands for, or MISSING."""
    if isinstance(node, ast.Name):
        for scope in (frame_locals, frame_globals):
            if node.id in scope:
                return scope[node.id]
        return MISSING
    if isinstance(node, ast.Attribute):
        owner = resolve(node.value, frame_locals, frame_globals)
        if owner is MISSING or isinstance(owner, property):
            return MISSING
        return static_attribute(owner, node.attr)
    if isinstance(node, ast.Call):
        made = resolve(node.func, frame_locals, frame_globals)
        return made if isinstance(made, _Instance) else _Instance.of(made)
    if isinstance(node, ast.Await):
        return resolve(node.value, frame_locals, frame_globals)
    return MISSING


class _Instance:
    """Stands for what calling a class would give, so that `Class().method` resolves."""

    @staticmethod
    def of(made: Any) -> Any:
        return made if isinstance(made, type) else MISSING


def called(tree: ast.AST) -> List[ast.expr]:
    """The expressions that are called below a node, in source order."""
    return [one.func for one in ast.walk(tree) if isinstance(one, ast.Call)]


# --- exceptions ---------------------------------------------------------------------------

CALL_MESSAGE = re.compile(
    r"^(?P<name>[\w.<>]+)\(\) (?:missing|takes|got an unexpected|got multiple|got some positional)"
)
CANNOT_IMPORT = re.compile(
    r"^cannot import name '(?P<name>[^']+)' from (?:partially initialized module )?'(?P<module>[^']+)'"
)
NO_ATTRIBUTE = re.compile(
    r"^(?:type object |module |partially initialized module )?'?(?P<owner>[\w.]+)'? (?:object )?has no attribute '(?P<name>[^']+)'"
)
NAME_ERROR = re.compile(r"name '(?P<name>[^']+)'|variable '(?P<local>[^']+)'")
MOCK_FILES = ("unittest/mock.py", "mock/mock.py")


def of_doctest(exc: BaseException) -> Tuple[BaseException, Optional[Tuple[Any, Any]]]:
    """What a doctest failed of, with the test and the example; anything else as it is."""
    several = getattr(exc, "failures", None)
    if type(exc).__name__ == "MultipleDoctestFailures" and several:
        exc = several[0]
    if type(exc).__name__ not in ("DocTestFailure", "UnexpectedException"):
        return exc, None
    shown = (getattr(exc, "test"), getattr(exc, "example"))
    inner = getattr(exc, "exc_info", (None, None))[1]
    return (inner if isinstance(inner, BaseException) else exc), shown


class Describer:
    """Turns exceptions into facts."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    def describe(self, exc: BaseException, function: Any = None) -> Json:
        """A dict with `type`, `message`, `frames`, `facts`, `causes` and symbols."""
        wrapper = None
        exc, shown = of_doctest(exc)
        if type(exc).__name__ in ("CollectError", "ConftestImportFailure"):
            inner = exc.__cause__ or getattr(exc, "cause", None)
            if inner is None and type(exc).__name__ == "ConftestImportFailure":
                inner = getattr(exc, "excinfo")[1]
            if isinstance(inner, BaseException):
                wrapper, exc = exc, inner
        made = self.raised(exc)
        if shown is not None:
            own = [
                f for f in made["frames"] if f[3] != "library" and not f[0].startswith("<doctest")
            ]
            made["frames"] = [self.example(*shown), *own]
        if wrapper is not None and made["type"].endswith("ImportPathMismatchError"):
            made["message"] = message_of(wrapper)
        made["causes"] = self.causes(exc)
        made.update(self.symbols(exc, function))
        return made

    def raised(self, exc: BaseException) -> Json:
        trace = self.trace(exc)
        return {
            "type": type_name(type(exc)),
            "message": self.message(exc),
            "frames": self.frames(trace),
            "facts": self.facts(exc, trace),
        }

    def message(self, exc: BaseException) -> str:
        if type(exc).__name__ == "FixtureLookupError":
            name = bare_dict(exc).get("argname")
            text = bare_dict(exc).get("msg") or "fixture '%s' not found" % name
            return clean(str(text))
        if type(exc).__name__ == "DocTestFailure":
            example = getattr(exc, "example")
            got = getattr(exc, "got")
            return clean("%sExpected:\n%sGot:\n%s" % (example.source, example.want, got))
        return message_of(exc)

    def example(self, test: Any, example: Any) -> List[Any]:
        """The place of a doctest's example, like a frame."""
        line = (getattr(test, "lineno", None) or 0) + (getattr(example, "lineno", None) or 0) + 1
        file = self.repository.name(str(getattr(test, "filename", "")))
        return [file, line, clean(str(test.name)), "test", clean(example.source.strip())]

    def causes(self, exc: BaseException) -> List[Json]:
        """Chained exceptions, nearest first; a cycle ends the walk."""
        found: List[Json] = []
        seen = {id(exc)}

        def follow(one: BaseException) -> None:
            steps = []
            if one.__cause__ is not None:
                steps.append(("cause", one.__cause__))
            elif one.__context__ is not None and not one.__suppress_context__:
                steps.append(("context", one.__context__))
            members = bare_dict(one).get("exceptions") or getattr(type(one), "exceptions", None)
            if members is not None and hasattr(type(one), "derive"):
                try:
                    steps += [("group", member) for member in getattr(one, "exceptions")]
                except Exception:
                    pass
            for link, other in steps:
                if not isinstance(other, BaseException) or id(other) in seen:
                    continue
                if len(found) >= CAUSE_LIMIT:
                    return
                seen.add(id(other))
                made = self.raised(other)
                made["link"] = link
                found.append(made)
                follow(other)

        follow(exc)
        return found

    @staticmethod
    def trace(exc: BaseException) -> Trace:
        """The traceback as (frame, line) from the outermost to the deepest."""
        steps = []
        step = exc.__traceback__
        while step is not None:
            steps.append((step.tb_frame, step.tb_lineno))
            step = step.tb_next
        return steps

    def frames(self, trace: Trace) -> List[List[Any]]:
        origin = self.repository.origin
        first = next(
            (
                n
                for n, (frame, _) in enumerate(trace)
                if origin(frame.f_code.co_filename) != "library"
            ),
            None,
        )
        if first is None:
            kept = trace[-10:]
        elif len(trace) - first > FRAME_LIMIT:
            kept = trace[first : first + 20] + trace[-(FRAME_LIMIT - 20) :]
        else:
            kept = trace[first:]
        return [self.frame(frame, line or 0) for frame, line in kept]

    def frame(self, frame: types.FrameType, line: int) -> List[Any]:
        code = frame.f_code
        origin = self.repository.origin(code.co_filename)
        name = getattr(code, "co_qualname", None)
        text = ""
        if origin != "library":
            source = self.repository.source(code.co_filename)
            text = source.text(line)
            if name is None:
                scope = source.scope(line) if not code.co_name.startswith("<") else None
                name = scope[0] if scope and scope[0].split(".")[-1] == code.co_name else None
        return [
            self.repository.name(code.co_filename),
            line,
            clean(name or code.co_name),
            origin,
            text,
        ]

    # --- facts ---

    def facts(self, exc: BaseException, trace: Trace) -> Dict[str, str]:
        """Structured details; each reader is on its own, so one failing loses only itself."""
        made: Json = {}
        for reader in (
            self._import_facts,
            self._attribute_facts,
            self._name_facts,
            self._call_facts,
            self._syntax_facts,
            self._fixture_facts,
            self._explicit_facts,
            self._timeout_facts,
        ):
            try:
                reader(exc, trace, made)
            except Exception:
                made.setdefault("", "")
        return {key: clean(str(value), 500) for key, value in made.items() if value}

    def _import_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if not isinstance(exc, ImportError):
            return
        match = CANNOT_IMPORT.match(message_of(exc))
        made["name"] = match.group("name") if match else exc.name
        if match:
            made["owner"] = match.group("module")
        if exc.path:
            made["file"] = self.repository.name(exc.path)

    def _attribute_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if not isinstance(exc, AttributeError):
            return
        text = message_of(exc)
        match = NO_ATTRIBUTE.match(text)
        obj = getattr(exc, "obj", None)
        made["name"] = getattr(exc, "name", None) or (match and match.group("name"))
        mock = self._mock(obj, trace)
        if mock is not None:
            if not made["name"]:
                made["name"] = text.rpartition("attribute ")[2].strip("'\" ")
            spec = bare_dict(mock).get("_spec_class")
            if isinstance(spec, type):
                made["spec"] = self.label(spec)
            made["owner"] = type_name(
                type(mock).__mro__[1] if type(mock).__mro__[1:] else type(mock)
            )
        elif obj is not None:
            if isinstance(obj, types.ModuleType):
                made["owner"] = obj.__name__
            else:
                made["owner"] = type_name(obj if isinstance(obj, type) else type(obj))
        elif match:
            made["owner"] = match.group("owner")

    @staticmethod
    def _mock(obj: Any, trace: Trace) -> Any:
        def is_mock(one: Any) -> bool:
            return one is not None and any(
                base.__name__ == "NonCallableMock" for base in mro_of(type(one))
            )

        if is_mock(obj):
            return obj
        for frame, _ in reversed(trace):
            if frame.f_code.co_filename.replace("\\", "/").endswith(MOCK_FILES):
                one = frame.f_locals.get("self")
                if is_mock(one):
                    return one
        return None

    def _name_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if isinstance(exc, NameError):
            match = NAME_ERROR.search(message_of(exc))
            found = match and (match.group("name") or match.group("local"))
            made["name"] = getattr(exc, "name", None) or found

    def _call_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if not isinstance(exc, TypeError) or not trace:
            return
        match = CALL_MESSAGE.match(message_of(exc))
        if not match:
            return
        wanted = match.group("name").split(".")[-1]
        made["name"] = match.group("name")
        frame, line = trace[-1]
        statement = self.repository.source(frame.f_code.co_filename).statement(line)
        if statement is None:
            return
        found: List[Tuple[Any, str]] = []
        for node in called(_head(statement[2])):
            target = underlying_or_none(resolve(node, frame.f_locals, frame.f_globals))
            if isinstance(target, type) and wanted in ("__init__", "__new__"):
                found.append((target, wanted))
            elif isinstance(target, types.FunctionType) and target.__name__ == wanted:
                found.append((target, ""))
        qualified = match.group("name")
        exact = [
            one
            for one in found
            if (one[0].__qualname__ + ("." + one[1] if one[1] else "")) == qualified
        ]
        picked = (exact or found)[:1]
        for target, method in picked:
            owner = target
            if method and isinstance(target, type):
                owner = next((one for one in mro_of(target) if method in vars(one)), target)
            made["callable"] = self.label(owner) + ("." + method if method else "")

    def _syntax_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if isinstance(exc, SyntaxError):
            if exc.filename:
                made["file"] = self.repository.name(exc.filename)
            made["line"] = exc.lineno or 0

    def _fixture_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if type(exc).__name__ == "FixtureLookupError":
            made["name"] = bare_dict(exc).get("argname")

    def _explicit_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        if type(exc).__name__ != "Failed" or not trace:
            return
        files = [frame.f_code.co_filename.replace("\\", "/") for frame, _ in trace]
        while files and files[-1].endswith("_pytest/outcomes.py"):
            files.pop()
        if files and "/_pytest/" not in files[-1] and not files[-1].endswith("pytest_timeout.py"):
            made["explicit"] = "pytest.fail"

    def _timeout_facts(self, exc: Any, trace: Trace, made: Json) -> None:
        names = {base.__name__ for base in mro_of(type(exc))}
        if any(f.f_code.co_filename.endswith("pytest_timeout.py") for f, _ in trace[-3:]):
            made["timeout"] = "pytest-timeout"
        elif names & {"TimeoutError", "Timeout", "TimeoutExpired", "TimeoutException"}:
            made["timeout"] = type_name(type(exc))

    # --- symbols ---

    def label(self, target: Any) -> str:
        """`path.py:Qualified.name` inside the repository, else `module:Qualified.name`."""
        code = getattr(target, "__code__", None)
        filename = code.co_filename if code else _class_file(target)
        name = self.repository.name(filename) if filename else ""
        if not filename or self.repository.origin(filename) == "library":
            name = str(getattr(target, "__module__", ""))
        return "%s:%s" % (name, getattr(target, "__qualname__", "?"))

    def project_label(self, target: Any) -> Optional[str]:
        """The label of a callable of the project (no test, no library), else None."""
        if target is None:
            return None
        code = getattr(target, "__code__", None)
        filename = code.co_filename if code else _class_file(target)
        if not filename or self.repository.origin(filename) != "project":
            return None
        return self.label(target)

    def symbols(self, exc: BaseException, function: Any) -> Json:
        """Project callables named in the test's failing statement and in its whole body."""
        empty: Json = {"statement_symbols": [], "body_symbols": []}
        try:
            picked = self._test_step(exc, function)
            if picked is None:
                return empty
            frame, line = picked
            source = self.repository.source(frame.f_code.co_filename)
            statement = source.statement(line)
            scope = source.scope(line)
            nodes = called(_head(statement[2])) if statement else []
            body = []
            if scope and not isinstance(scope[1], ast.ClassDef):
                body = [one for step in scope[1].body for one in called(step)]
            return {
                "statement_symbols": self._labels(nodes, frame),
                "body_symbols": self._labels(body, frame),
            }
        except Exception:
            return empty

    def _test_step(
        self, exc: BaseException, function: Any
    ) -> Optional[Tuple[types.FrameType, int]]:
        trace = self.trace(exc)
        target = underlying(function) if function is not None else None
        code = getattr(target, "__code__", None)
        for frame, line in trace:
            if code is not None and frame.f_code is code:
                return frame, line
        for frame, line in reversed(trace):
            if self.repository.origin(frame.f_code.co_filename) == "test":
                return frame, line
        return None

    def _labels(self, nodes: List[ast.expr], frame: types.FrameType) -> List[str]:
        counted: Dict[str, int] = {}
        for node in nodes:
            target = underlying_or_none(resolve(node, frame.f_locals, frame.f_globals))
            name = self.project_label(target)
            if name:
                counted[name] = counted.get(name, 0) + 1
        ranked = sorted(counted, key=lambda name: -counted[name])
        return [clean(name, 500) for name in ranked[:SYMBOL_LIMIT]]


def underlying_or_none(obj: Any) -> Any:
    return None if obj is MISSING else underlying(obj)


def _sets(kinds: Tuple[type, ...], attribute: str) -> bool:
    """Whether a method of these classes gives its object this attribute, or may do so."""
    import dis

    methods = [underlying(one) for kind in kinds for one in list(vars(kind).values())]
    for method in methods:
        code = getattr(method, "__code__", None)
        if code is not None:
            if "setattr" in code.co_names or "__dict__" in code.co_names:
                return True
            if attribute in code.co_names and any(
                step.opname == "STORE_ATTR" and step.argval == attribute
                for step in dis.get_instructions(code)
            ):
                return True
    return False


def _head(statement: ast.stmt) -> ast.AST:
    """What a failing compound statement runs itself: its head without its body."""
    if not isinstance(statement, COMPOUND):
        return statement
    parts: List[Any] = [
        child
        for child in ast.iter_child_nodes(statement)
        if not isinstance(child, (ast.stmt, ast.ExceptHandler))
    ]
    return ast.Tuple(elts=parts, ctx=ast.Load())


def _class_file(kind: Any) -> Optional[str]:
    if not isinstance(kind, type):
        return None
    module = sys.modules.get(str(vars(kind).get("__module__", "")))
    return getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None


# --- the plugin ---------------------------------------------------------------------------


def guarded(function: Any) -> Any:
    """A hook whose own failure becomes an event instead of a changed outcome."""

    @functools.wraps(function)
    def hook(self: Recorder, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except Exception:
            self.trouble()
            return None

    # pluggy reads the names of the arguments from the signature.
    setattr(hook, "__signature__", inspect.signature(function))
    return hook


class Stream:
    """The file of this process; every event is one `write` to the system."""

    def __init__(self, folder: str, worker: str) -> None:
        os.makedirs(folder, exist_ok=True)
        name = "%s-%d.jsonl" % (worker or "main", os.getpid())
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self.handle = os.open(os.path.join(folder, name), flags, 0o644)
        self.pid = os.getpid()
        self.is_worker = bool(worker)
        self.waiting = ""

    def write(self, event: Json) -> None:
        self.raw(json.dumps(event, separators=(",", ":")))

    def raw(self, line: str) -> None:
        if os.getpid() == self.pid:  # a forked child of a test is not this process
            os.write(self.handle, (self.waiting + line + "\n").encode("ascii", "backslashreplace"))
            self.waiting = ""

    def later(self, line: str) -> None:
        """Write together with what comes next, which is the start of the next test.

        A worker of pytest-xdist may have to wait for its next test, so it does not.
        """
        if self.is_worker:
            self.raw(line)
        else:
            self.waiting += line + "\n"


class Recorder:
    """The hooks."""

    def __init__(self, config: Any, folder: str, root: str) -> None:
        worker = getattr(config, "workerinput", {}).get("workerid", "")
        self.config = config
        self.controls = not worker and _distributes(config)
        self.stream = Stream(folder, worker)
        rootdir = str(config.rootpath)
        self.rootdir = rootdir
        self.root = os.path.realpath(root)
        self.plain = os.path.realpath(rootdir) == self.root
        self.groups = bool(config.getoption("loadgroup", None)) or (
            config.getoption("dist", None) == "loadgroup"
        )
        start = str(config.invocation_params.dir)
        patterns = list(config.getini("python_files"))
        self.repository = Repository(root, start, patterns)
        self.describer = Describer(self.repository)
        self.heads: Dict[Any, Any] = {}
        self.calls: Dict[str, Tuple[Any, Any]] = {}
        self.durations: Dict[str, float] = {}
        self.spoiled: set[str] = set()
        self.started = ""
        self.quoted = ""
        self.warnings: Dict[Tuple[str, str, str, int, str], int] = {}
        self.flushed = time.monotonic()
        self.troubles = 0
        self.stream.write(
            {
                "k": "session",
                "v": VERSION,
                "pid": os.getpid(),
                "worker": worker,
                "controls": self.controls,
                "python": "%d.%d.%d" % sys.version_info[:3],
                "implementation": sys.implementation.name,
                "pytest": pytest.__version__,
                "platform": sys.platform,
                "rootdir": clean(rootdir),
            }
        )

    def trouble(self) -> None:
        """Tell a failure of the recorder itself, a few times at most."""
        try:
            self.troubles += 1
            if self.troubles <= 5:
                import traceback

                self.stream.write({"k": "trouble", "text": clean(traceback.format_exc())})
        except Exception:
            pass

    def nodeid(self, nodeid: str) -> str:
        """A nodeid of pytest, made relative to the repository."""
        if self.groups and "@" in nodeid[nodeid.rfind("]") + 1 :]:
            nodeid = nodeid.rpartition("@")[0]
        if self.plain:
            return nodeid if nodeid.isascii() else clean(nodeid)
        head, mark, tail = nodeid.partition("::")
        known = self.heads.get(head)
        if known is None:
            full = os.path.normpath(os.path.join(self.rootdir, head))
            known = self.heads[head] = self.repository.name(full)
        return clean(known + mark + tail)

    # --- collection ---

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        outcome = yield
        try:
            report = outcome.get_result()
        except BaseException:
            return
        if report.outcome != "failed":
            return
        try:
            excinfo = getattr(getattr(report, "call", None), "excinfo", None)
            if excinfo is None:
                made = {"type": "", "message": clean(str(report.longrepr))}
            else:
                made = self.describer.describe(excinfo.value)
            self.stream.write({"k": "collect", "id": self.nodeid(report.nodeid), "failure": made})
        except Exception:
            self.trouble()

    @guarded
    def pytest_itemcollected(self, item: Any) -> None:
        path = getattr(item, "path", None)
        if path is not None and path not in self.heads:
            self.heads[path] = None
            self.repository.test_files.add(self.repository.name(str(path)))

    @guarded
    def pytest_deselected(self, items: Any) -> None:
        self.stream.write({"k": "deselected", "n": len(items)})

    @guarded
    def pytest_collection_finish(self, session: Any) -> None:
        if not self.controls:
            self.stream.write({"k": "collected", "n": len(session.items)})

    # --- tests ---

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        if self.controls:
            return
        try:
            self.quoted = quoted(self.nodeid(nodeid))
            self.started = nodeid
            self.stream.raw('{"k":"start","id":%s}' % self.quoted)
        except Exception:
            self.trouble()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        # Only remembered: the report may yet become a skip or an expected failure, and
        # a wrapper here would cost as much as all the rest of a passing test's recording.
        self.calls[call.when] = (item, call)

    def pytest_runtest_logreport(self, report: Any) -> None:
        try:
            self.log(report)
        except Exception:
            self.trouble()

    def failure(self, report: Any) -> Json:
        """What made a report fail."""
        item, call = self.calls.pop(report.when, (None, None))
        if item is not None and item.nodeid == report.nodeid and call.excinfo is not None:
            try:
                made = self.describer.describe(call.excinfo.value, getattr(item, "obj", None))
                self.setup_fact(item, call.excinfo.value, made["facts"])
                made["markers"] = sorted({clean(str(one.name)) for one in item.iter_markers()})
                return made
            except Exception:
                self.trouble()
        return {"type": "", "message": clean(str(report.longrepr))}

    def setup_fact(self, item: Any, exc: Any, facts: "dict[str, str]") -> None:
        """Name the `setUp` that never runs, as the test's class is no TestCase."""
        test = getattr(item, "instance", None)
        if test is None or not isinstance(exc, AttributeError):
            return
        kind = type(test)
        if getattr(exc, "obj", None) is not test and ("'%s' object" % kind.__name__) not in str(
            exc
        ):
            return
        bases = mro_of(kind)
        if any(one.__name__ == "TestCase" for one in bases):
            return
        match = NO_ATTRIBUTE.match(message_of(exc))
        if match and not _sets(bases, match.group("name")):
            return
        names = ["setUp", "asyncSetUp", "setUpClass"]
        names += ["setup"] if int(pytest.__version__.split(".")[0]) >= 8 else []
        for name in names:
            for one in bases:
                target = underlying(vars(one).get(name))
                if target is not None:
                    facts["setup"] = clean(self.describer.label(target), 500)
                    return

    def log(self, report: Any) -> None:
        """Write what one phase of a test became."""
        if self.controls:
            if report.when not in ("setup", "call", "teardown"):
                self.stream.write(
                    {
                        "k": "crash",
                        "id": self.nodeid(report.nodeid),
                        "text": clean(str(report.longrepr)),
                    }
                )
            return
        nodeid = report.nodeid
        own = report.__dict__
        sub = "context" in own
        plain = report.outcome == "passed" and "wasxfail" not in own
        if plain and not sub:
            if report.when != "teardown":
                self.durations[nodeid] = self.durations.get(nodeid, 0.0) + report.duration
                return
            if nodeid not in self.spoiled and nodeid == self.started:
                spent = self.durations.pop(nodeid, 0.0) + report.duration
                self.stream.later('{"k":"passed","id":%s,"d":%.6f}' % (self.quoted, spent))
                self.flush_warnings()
                return
        event = {
            "k": "phase",
            "id": self.nodeid(nodeid),
            "when": report.when,
            "outcome": report.outcome,
            "d": round(report.duration + self.durations.pop(nodeid, 0.0), 6),
        }
        if report.outcome in ("failed", "rerun"):
            event["failure"] = self.failure(report)
        if hasattr(report, "wasxfail"):
            event["xfail"] = True
        if sub:
            event["sub"] = True
        self.stream.write(event)
        if report.when == "teardown" and not sub:
            self.spoiled.discard(nodeid)
            self.flush_warnings()
        else:
            self.spoiled.add(nodeid)

    # --- warnings ---

    @guarded
    def pytest_warning_recorded(
        self, warning_message: Any, when: str, nodeid: str, location: Any
    ) -> None:
        if self.controls and when != "config":
            return
        key = (
            type_name(warning_message.category),
            clean(str(warning_message.message), SOURCE_LIMIT),
            self.repository.name(warning_message.filename or ""),
            int(warning_message.lineno or 0),
            when,
        )
        known = self.warnings.get(key)
        if known is None:
            self.warnings[key] = 0
            self._write_warning(key, 1)
        else:
            self.warnings[key] = known + 1

    def _write_warning(self, key: Tuple[str, str, str, int, str], count: int) -> None:
        category, message, file, line, when = key
        self.stream.write(
            {
                "k": "warning",
                "category": category,
                "message": message,
                "file": file,
                "line": line,
                "when": when,
                "n": count,
            }
        )

    def flush_warnings(self, force: bool = False) -> None:
        """Write the counts that grew, at most once a second: a kill loses little."""
        if not self.warnings:
            return
        now = time.monotonic()
        if not force and now - self.flushed < FLUSH_SECONDS:
            return
        self.flushed = now
        for key, count in self.warnings.items():
            if count:
                self._write_warning(key, count)
                self.warnings[key] = 0

    # --- the end ---

    @guarded
    def pytest_internalerror(self, excrepr: Any, excinfo: Any) -> None:
        self.stream.write(
            {
                "k": "internal",
                "text": clean(str(excrepr)),
                "failure": self.describer.describe(excinfo.value),
            }
        )

    @guarded
    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        made = self.describer.describe(excinfo.value)
        self.stream.write({"k": "interrupted", "failure": made})

    @pytest.hookimpl(trylast=True)
    @guarded
    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        self.flush_warnings(force=True)
        self.stream.write(
            {
                "k": "finish",
                "status": int(exitstatus),
                "stopped": clean(str(session.shouldfail or session.shouldstop or "")),
            }
        )


def _distributes(config: Any) -> bool:
    """Whether this process hands its tests to workers of pytest-xdist."""
    if not config.pluginmanager.hasplugin("xdist"):
        return False
    return config.getoption("dist", "no") != "no" or bool(config.getoption("tx", None))


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: Any) -> Generator[None, Any, None]:
    """Tell the failure of a conftest that pytest loads before any plugin is configured."""
    _start_tracing(early_config)
    outcome = yield
    wrong = outcome.excinfo[1] if outcome.excinfo else None
    if wrong is None or type(wrong).__name__ != "ConftestImportFailure":
        return
    try:
        recorder = Recorder(early_config, *_settings())
        path = str(getattr(wrong, "path", ""))
        recorder.stream.write(
            {
                "k": "collect",
                "id": recorder.repository.name(path),
                "failure": recorder.describer.describe(wrong),
            }
        )
    except Exception:
        return


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Start to record, unless the variables are not there (someone else's run)."""
    try:
        folder, root = _settings()
        if folder:
            recorder = Recorder(config, folder, root)
            config.pluginmanager.register(recorder, "gardener-recorder")
            if TRACERS:
                _trace(config, recorder)
    except Exception:
        sys.stderr.write("gardener: the recorder could not start\n")


TRACERS: List[Any] = []


def _start_tracing(config: Any) -> None:
    """Let the second file beside this one record what runs, the first conftest included."""
    folder, root = _settings()
    if not folder or not os.environ.get("GARDENER_TRACE"):
        return
    try:
        start = str(config.invocation_params.dir)
        patterns = list(config.getini("python_files"))
        TRACERS.append(__import__("gardener_tracer").start(Repository(root, start, patterns)))
    except Exception:
        sys.stderr.write("gardener: the tracer could not start\n")


def _trace(config: Any, recorder: Recorder) -> None:
    """Connect the tracer, which began before there was a recorder."""
    try:
        __import__("gardener_tracer").attach(TRACERS.pop(), config, recorder)
    except Exception:
        recorder.trouble()


def _settings() -> Tuple[str, str]:
    return os.environ.get("GARDENER_STREAM", ""), os.environ.get("GARDENER_ROOT", os.getcwd())


def _hide() -> None:
    """Keep the tests' own processes free of gardener's folder; xdist passes `sys.path` on."""
    here = os.path.dirname(os.path.abspath(__file__))
    if not os.environ.get("GARDENER_STREAM"):
        return
    parts = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [part for part in parts if part != here]
    if kept != parts:
        if kept and any(kept):
            os.environ["PYTHONPATH"] = os.pathsep.join(kept)
        else:
            os.environ.pop("PYTHONPATH", None)


_hide()
