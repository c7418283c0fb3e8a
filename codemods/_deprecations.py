"""Reads what sources and warnings say about deprecated modules and names, and where they went."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.name_resolver import NameResolver
    from gardener.codemod.project import Project
    from gardener.codemod.source import Source

_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"
_FROM = re.compile(rf"\bfrom\s+({_DOTTED}|[A-Za-z_]\w*)\s+import\b\s*(\w+(?:\s*,\s*\w+)*)?")
_USE = re.compile(
    r"(?:\buse\b|\bimport(?: it)? from\b|\bimport\b|\bmoved (?:in)?to\b|\bfavou?r of\b|\breplaced (?:by|with)\b"
    r"|\brenamed (?:to|as)\b|\bsee\b|\bavailable (?:in|from|at|as)\b|\bhandled by\b|\bswitch to\b|\bmigrate to\b"
    r"|\bprefer\b|\blives? in\b|->|=>)"
    rf"[\s:]*(?:the |canonical path |module |class |function )*[`'\"]*({_DOTTED}|[A-Za-z_]\w*)(\(\))?",
    re.IGNORECASE,
)
_IMPORTING = re.compile(
    rf"\b[Ii]mport(?:ing)?\s+[`'\"]?(\w+)[`'\"]?\s+(?:\w+\s+)?from\s+[`'\"]?({_DOTTED}|\w+)[`'\"]?"
)
_SUBJECT = re.compile(
    rf"^[\s`'\"]*(?:the |module |class |function )*[`'\"]*({_DOTTED}|[A-Za-z_]\w*)(?:\(\))?[`'\"]*"
    r"(?:\s+(?:is|are|has been|was|module is|class is|function is)\b)?[^.]*?\b(?:deprecat|moved|renamed)",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(
    r"deprecat|\bmoved to\b|\brenamed\b|\bremoved in\b|\bobsolete\b", re.IGNORECASE
)
_WARNINGS = {"DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"}


class Told(NamedTuple):
    """What a deprecation text says: its targets as `module` or `module.name`, best first."""

    text: str
    targets: tuple[str, ...] = ()
    explicit: bool = False


class Deprecation(NamedTuple):
    """A deprecated module (`name` is '') or name, as the module itself says.

    `targets` are dotted names where it may be found, best first; `sure` tells whether
    the code itself (a shim) leads there. `line` is where it is said.
    """

    module: str
    name: str
    line: int
    text: str
    targets: tuple[str, ...] = ()
    sure: bool = False


def read_text(text: str) -> Told:
    """Find the targets that a deprecation text names."""
    flat = " ".join(text.replace("\\n", "\n").split())
    found: list[str] = []
    explicit = False
    for match in _FROM.finditer(flat):
        if _is_subject(flat, match.start()):
            continue
        explicit = True
        names = [n.strip() for n in (match[2] or "").split(",") if n.strip()]
        if names and names[0] not in ("instead", "directly"):
            found += [f"{match[1]}.{name}" for name in names]
        else:
            found.append(match[1])
    for match in _USE.finditer(flat):
        word = match[1].rstrip(".")
        if word.lower() not in _NOISE and not match[2] and _is_code(flat, match):
            found.append(word)
    return Told(flat, tuple(dict.fromkeys(found)), explicit)


_NOISE = frozenset(
    (
        *("instead", "directly", "the", "a", "an", "it", "this", "that", "from", "import", "of"),
        *("canonical", "path", "please", "for", "and", "or", "module", "class", "function"),
        *("timezone", "aware", "with", "in", "to"),
    )
)


_OPTION = re.compile(
    r"[`'\"]*\s+(?:[\w-]+\s+)?(?:parameter|argument|arg|kwarg|option|keyword|flag|setting|header|field)s?\b"
)
_CLAUSE_ENDS = re.compile(r"[`'\"]*\s*(?:$|[.,;:!)]|instead\b|directly\b|from\b|for\b|rather\b)")


def _is_code(text: str, match: re.Match[str]) -> bool:
    """Whether what a text says to use is a name of code: no URL, no option, no English word."""
    rest = text[match.end(1) :]
    if rest.startswith("://") or _OPTION.match(rest):
        return False
    word = match[1]
    quoted = text[match.start(1) - 1 : match.start(1)] in ("`", "'", '"')
    if "." in word or "_" in word.strip("_") or quoted or word[1:] != word[1:].lower():
        return True
    return bool(_CLAUSE_ENDS.match(rest))


def _is_subject(text: str, at: int) -> bool:
    """Whether a `from x import y` at that place is what is deprecated, not what to use."""
    before = text[:at].lower()
    return bool(re.search(r"\bimport(?:ing)?\s+[`'\"\w]+\s+$", before)) or (
        "deprecat" not in before and "use" not in before and "moved" not in before
    )


def subject(text: str) -> tuple[str, str]:
    """The module and name that a deprecation text speaks of; empty where it does not say."""
    flat = " ".join(text.split())
    match = _IMPORTING.search(flat)
    if match:
        return match[2].rstrip("."), match[1]
    match = _SUBJECT.match(flat)
    if match:
        return "", match[1]
    return "", ""


# --- what a module says of itself ---------------------------------------------------------


def deprecations(project: Project, path: str) -> list[Deprecation]:
    """What the module in the file at `path` (absolute) says is deprecated in it."""
    return project.memo(f"deprecations {path}", lambda: list(_deprecations(project, path)))


def _deprecations(project: Project, path: str) -> Iterator[Deprecation]:
    source = project.modules.source(path)
    if source is None or not re.search(rb"eprecat|moved to|renamed|FutureWarning", source.data):
        return
    module = project.modules.name(path)
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            yield from _shim(project.modules, source, path, module, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _definition(source, module, node)
        else:
            for call in _warning_calls(source, node):
                told = read_text(_text(source, call, module, ""))
                name = _spoken_of(project, source, module, told.text)
                if name is not None:
                    yield Deprecation(module, name, call.lineno, told.text, told.targets)


_FROM_HERE = re.compile(
    r"^[\W_]*(?:the |class |function )*[`'\"]*(\w+)[`'\"]*\s+from\s+", re.IGNORECASE
)
_WHOLE = re.compile(
    r"\b(?:module|package|namespace|file|shim|wrapper|this (?:import|path|location)|"
    r"import(?:s|ing)?\b.{0,20}\bfrom (?:this|here))\b",
    re.IGNORECASE,
)


def _spoken_of(project: Project, source: Source, module: str, text: str) -> str | None:
    """What a warning at the top of a module speaks of: one name of it, '' = all of it, None = neither.

    A warning about one name is no rule for the others.
    """
    bound = source.names.module.bindings
    said_module, name = subject(text)
    first = _FROM_HERE.match(text)
    if first and first[1] in bound:
        return first[1]
    if said_module:
        return name if name in bound or not _names_module(module, name) else ""
    if _names_module(module, name):
        return ""
    inside = name.removeprefix(f"{module}.")
    if inside in bound and "." not in inside:
        return inside
    if "." in name and not project.modules.locate(name, project.full(source.path)):
        return ""  # what the module was called before
    last = module.rpartition(".")[2]
    if _WHOLE.search(text) or re.search(rf"(?<![\w.]){re.escape(module)}(?!\.?\w)", text):
        return ""
    return "" if re.search(rf"(?:^|[\s`'\"]){re.escape(last)}(?:$|[\s`'\".,;:])", text) else None


def _names_module(module: str, name: str) -> bool:
    """Whether a name in a text is the module's own, maybe with other packages before it."""
    return bool(name) and name.rpartition(".")[2] == module.rpartition(".")[2]


def _definition(
    source: Source, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
) -> Iterator[Deprecation]:
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        last = ast.unparse(decorator.func).rpartition(".")[2]
        if last == "deprecated":
            reason = next((k.value for k in decorator.keywords if k.arg == "reason"), None)
            argument = decorator.args[0] if decorator.args else reason
            text = _string(argument, {}) if argument is not None else ""
            told = read_text(text)
            yield Deprecation(module, node.name, node.lineno, told.text, told.targets)
            return
    body: list[ast.stmt] = node.body
    if isinstance(node, ast.ClassDef):
        methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
        body = next((m.body for m in methods if m.name in ("__init__", "__new__")), [])
    for item in body:
        if isinstance(item, ast.Expr):
            for call in _warning_calls(source, item):
                told = read_text(_text(source, call, module, node.name))
                yield Deprecation(module, node.name, call.lineno, told.text, told.targets)
                return


def _warning_calls(source: Source, node: ast.AST) -> Iterator[ast.Call]:
    """Calls of `warnings.warn` about a deprecation below a node, not inside of functions."""
    stack: list[ast.AST] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(item, ast.If) and _special(item):
            continue
        if isinstance(item, ast.ExceptHandler):
            continue  # said only when something else went wrong
        if isinstance(item, ast.Call) and _warns(source, item):
            yield item
        stack += list(ast.iter_child_nodes(item))


def _special(node: ast.If) -> bool:
    """Whether a branch runs as a script, or only on some platform or version of Python."""
    test = ast.unparse(node.test)
    return bool(re.search(r"\b(?:__name__|version_info|platform|hexversion|python_\w+)\b", test))


def _warns(source: Source, call: ast.Call) -> bool:
    meaning = source.qualified(call.func)
    last = ast.unparse(call.func).rpartition(".")[2]
    if meaning != "warnings.warn" and last not in ("warn_deprecated", "deprecation_warning"):
        return False
    if not call.args:
        return False
    rest = [*call.args[1:], *(k.value for k in call.keywords)]
    named = any(ast.unparse(a).rpartition(".")[2] in _WARNINGS for a in rest)
    other = any(ast.unparse(a).endswith("Warning") for a in rest) and not named
    return named or (not other and bool(_SAYS_SO.search(_string(call.args[0], {}))))


def _text(source: Source, call: ast.Call, module: str, name: str) -> str:
    known = {"__name__": module, "name": name, "cls.__name__": name}
    argument = call.args[0]
    if isinstance(argument, ast.Name):
        found = source.names.lookup(argument)
        if found and len(found[1]) == 1 and found[1][0].value is not None:
            argument = found[1][0].value
    if isinstance(argument, ast.Call) and argument.args:  # DeprecationWarning("...")
        argument = argument.args[0]
    return _string(argument, known)


def _string(node: ast.expr, known: dict[str, str]) -> str:
    """The text of a string expression; what is not known stays in braces."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_string(value, known) for value in node.values)
    if isinstance(node, ast.FormattedValue):
        inner = ast.unparse(node.value)
        return known.get(inner, "{" + inner + "}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _string(node.left, known) + _string(node.right, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        text = _string(node.left, known)
        for value in values:
            said = known.get(ast.unparse(value), "{" + ast.unparse(value) + "}")
            text = re.sub(r"%[sr]", lambda _match, said=said: said, text, count=1)  # type: ignore[misc]
        return text
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("format", "strip", "join"):
            return _string(node.func.value, known)
    return ""


# --- shims: a module-level __getattr__ ---------------------------------------------------------


def _shim(
    modules: NameResolver, source: Source, path: str, module: str, node: ast.FunctionDef
) -> Iterator[Deprecation]:
    if not node.args.args or not _speaks_of_deprecation(source, node):
        return
    parameter = node.args.args[0].arg
    yield from _tables(modules, source, path, module, node)
    for branch in ast.walk(node):
        if isinstance(branch, ast.If):
            names = _compared(source, branch.test, parameter)
            for name in names:
                target = _returned(modules, source, path, branch.body, name, parameter)
                said = [c for item in branch.body for c in _warning_calls(source, item)]
                text = _text(source, said[0], module, name) if said else ""
                told = read_text(text)
                targets = (target,) if target else told.targets
                yield Deprecation(module, name, branch.lineno, told.text, targets, bool(target))
    forwarded = _returned(modules, source, path, node.body, "*", parameter)
    if forwarded.endswith(".*"):
        yield Deprecation(module, "*", node.lineno, "", (forwarded[:-2],), sure=True)


def _speaks_of_deprecation(source: Source, node: ast.FunctionDef) -> bool:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            if _warns(source, call):
                return True
            # A helper of the module that warns: `_warn(name)`.
            if isinstance(call.func, ast.Name):
                found = source.names.lookup(call.func)
                inner = found[1][0].node if found else None
                if isinstance(inner, ast.FunctionDef) and inner is not node:
                    if any(isinstance(c, ast.Call) and _warns(source, c) for c in ast.walk(inner)):
                        return True
    return False


def _tables(
    modules: NameResolver, source: Source, path: str, module: str, node: ast.FunctionDef
) -> Iterator[Deprecation]:
    """Dictionaries that the shim reads: `{"Name": "new.module"}` and the like."""
    for table in _forwarding_tables(source, node):
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                target = _entry(modules, source, path, module, key.value, value)
                if target:
                    yield Deprecation(module, key.value, key.lineno, "", (target,), sure=True)


def _forwarding_tables(source: Source, node: ast.FunctionDef) -> Iterator[ast.Dict]:
    """Dictionaries whose values lead to what the shim returns, not only to what it says."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    for name in used:
        bindings = source.names.module.bindings.get(name, [])
        if len(bindings) == 1 and isinstance(bindings[0].value, ast.Dict):
            if _reaches_result(node, {name}):
                yield bindings[0].value
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Dict):
            names = {t.id for t in inner.targets if isinstance(t, ast.Name)}
            if _reaches_result(node, names):
                yield inner.value


_LOADING = re.compile(r"(?:^|\.)(?:import_module|getattr|__import__|import_string|resolve_name)$")


def _reaches_result(node: ast.FunctionDef, names: set[str]) -> bool:
    """Whether the value of one of these names is returned, or loads what is returned."""
    names = set(names)
    for _ in range(3):
        for item in ast.walk(node):
            if isinstance(item, (ast.Assign, ast.NamedExpr, ast.AnnAssign)) and item.value:
                if _read(item.value) & names and not _only_asks(item.value):
                    targets = item.targets if isinstance(item, ast.Assign) else [item.target]
                    names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    for item in ast.walk(node):
        if isinstance(item, ast.Return) and item.value is not None and _read(item.value) & names:
            return True
        if isinstance(item, ast.Call) and _LOADING.search(ast.unparse(item.func)):
            if any(_read(argument) & names for argument in item.args):
                return True
    return False


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _only_asks(value: ast.expr) -> bool:
    """A text that is made of a name, or a comparison with it, is not its value."""
    return isinstance(value, (ast.JoinedStr, ast.Compare, ast.Constant)) or (
        isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mod, ast.Add))
    )


def _entry(
    modules: NameResolver, source: Source, path: str, module: str, name: str, value: ast.expr
) -> str:
    """The dotted name that one entry of a table leads to; '' when it leads nowhere."""
    if isinstance(value, (ast.Name, ast.Attribute)):
        meaning = source.qualified(value)
        if meaning:
            return modules.absolute(meaning, path)
        local = isinstance(value, ast.Name) and value.id in source.names.module.bindings
        return f"{module}.{value.id}" if local and isinstance(value, ast.Name) else ""
    if isinstance(value, (ast.Tuple, ast.List)):
        parts = [e.value for e in value.elts if isinstance(e, ast.Constant)]
        strings = [p for p in parts if isinstance(p, str)]
        choices = [".".join(strings[:2])] if len(strings) >= 2 else []
        choices += [f"{s}.{name}" for s in strings[:1]]
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        text = value.value.replace(":", ".")
        choices = [f"{text}.{name}", text, f"{module}.{text}"]
    else:
        return ""
    for choice in choices:
        dotted = modules.absolute(choice, path)
        found = modules.define(dotted, path)
        if found is not None and (
            found.binding is not None or dotted == text_module(dotted, found.module)
        ):
            return dotted
    return ""


def text_module(dotted: str, module: str) -> str:
    """The module's name if it is what was asked for."""
    return module if dotted == module else ""


def _compared(source: Source, test: ast.expr, parameter: str) -> list[str]:
    """Names that `name == "X"` or `name in ("X", "Y")` asks for."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return []
    left, right = test.left, test.comparators[0]
    if not isinstance(left, ast.Name) or left.id != parameter:
        return []
    if isinstance(right, ast.Name):
        found = source.names.module.bindings.get(right.id, [])
        right = found[0].value if len(found) == 1 and found[0].value is not None else right
    if isinstance(test.ops[0], ast.Eq) and isinstance(right, ast.Constant):
        return [right.value] if isinstance(right.value, str) else []
    if isinstance(test.ops[0], ast.In) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        values = [e.value for e in right.elts if isinstance(e, ast.Constant)]
        return [v for v in values if isinstance(v, str)]
    return []


def _returned(
    modules: NameResolver,
    source: Source,
    path: str,
    body: list[ast.stmt],
    name: str,
    parameter: str,
) -> str:
    """The dotted name of what a branch of the shim returns for `name`; '' = cannot be told."""
    for item in body:
        if not isinstance(item, ast.Return) or item.value is None:
            continue
        value = item.value
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "getattr":
            if len(value.args) >= 2 and ast.unparse(value.args[1]) == parameter:
                owner = _module_of(source, value.args[0])
                return f"{modules.absolute(owner, path)}.{name}" if owner else ""
            return ""
        meaning = source.qualified(value)
        if meaning:
            return modules.absolute(meaning, path)
        if isinstance(value, ast.Name) and value.id in source.names.module.bindings:
            return f"{modules.name(path)}.{value.id}"
    return ""


def _module_of(source: Source, expr: ast.expr) -> str:
    if isinstance(expr, ast.Call) and ast.unparse(expr.func).rpartition(".")[2] == "import_module":
        first = expr.args[0] if expr.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return first.value
        return ""
    meaning = source.qualified(expr)
    if not meaning and isinstance(expr, ast.Name):
        found = source.names.lookup(expr)
        if found and len(found[1]) == 1 and found[1][0].value is not None:
            return _module_of(source, found[1][0].value)
    return meaning
