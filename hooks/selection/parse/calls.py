"""Calls that mean more than a call, known by the name of what is called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from itertools import pairwise

from .body import Body
from .mentions import note_attribute
from .operators import (
    CONTEXT_MANAGER_METHODS,
    ITERATING_CALLS,
    ITERATOR_METHODS,
    OPERATING_CALLS,
    STORING_CALLS,
)
from .scope import Scope
from .strings import note_command
from .summary import COMPUTED_COMMAND
from .syntax import chain_of, glob_of, last_of, module_argument, prefix_of

RUNS_FILES = "run_path"
"""What is noted where code runs a file of Python by its path, in whatever way it does that."""
GIVING_SOURCE = ("getsource", "getsourcelines", "findsource")
"""What gives the text of the code that it is given."""
ASKING_FOR_FIXTURES = ("getfixturevalue", "getfuncargvalue")
"""What gives the fixture whose name it is given."""
FIXTURE_NAMES = ("fixturenames", "names_closure", "initialnames")
"""Lists of the fixtures that a test asks for."""
Rule = Callable[[ast.Call, Body, Scope], None]
"""Notes what a call means in the body that it stands in."""


def note_call(name: str, call: ast.Call, body: Body, scope: Scope) -> None:
    """Note what a call of something with this last name means beside the call itself."""
    rules = _RULES.get(name)
    if rules is not None:
        for rule in rules:
            rule(call, body, scope)
    if name not in OPERATING_CALLS and ("context" in name or name.startswith(("enter", "push"))):
        body.use(CONTEXT_MANAGER_METHODS)


def note_command_line(elements: list[ast.expr], body: Body) -> None:
    """Note what a list or tuple means if it is a command line: `["python", "-m", "module"]`."""
    if not elements:
        return
    if isinstance(elements[0], ast.Constant):
        note_command(elements[0], body)
    for before, element in pairwise(elements):
        if isinstance(before, ast.Constant) and before.value == "-m":
            body.dynamic_imports[prefix_of(element)] = None
    if last_of(elements[0]) == "executable" and _computes_script(elements[1:]):
        body.attributes[RUNS_FILES] = None


def _computes_script(arguments: list[ast.expr]) -> bool:
    """Whether only run time knows which file Python is started with: no option says `-m` or `-c`."""
    for argument in arguments:
        value = argument.value if isinstance(argument, ast.Constant) else ""
        if value in ("-m", "-c"):
            return False
        if not (isinstance(value, str) and value.startswith("-")):
            return not value
    return False


def _named_attribute(call: ast.Call, body: Body, scope: Scope) -> None:
    """`getattr(x, "a")`: an attribute, or a glob where its name is computed."""
    for name in _names_in(call.args[1]) if len(call.args) > 1 else ():
        if not note_attribute(call.args[0], name, body, scope):
            body.attributes[name] = None


def _attribute_set(call: ast.Call, body: Body, scope: Scope) -> None:
    """`setattr(x, "a", 1)`; a name that only run time knows is not noted."""
    if len(call.args) < 2:
        return
    _stored(call, body, scope)
    for name in _names_in(call.args[1]):
        if not note_attribute(call.args[0], name, body, scope) and name != "*":
            body.attributes[name] = None


def _attribute_patched(call: ast.Call, body: Body, scope: Scope) -> None:
    """`patch.object(x, "a")`."""
    if len(call.args) > 1:
        _stored(call, body, scope)
        _replaced(call, body, scope)
        _named_attribute(call, body, scope)


def _stored(_call: ast.Call, body: Body, _scope: Scope) -> None:
    body.use(("__delattr__",))
    body.stores = True


def _attributes_got(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`attrgetter("a.b", "c")`."""
    for argument in call.args:
        body.attributes.update(dict.fromkeys(_names_in(argument)))


def _method_got(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`methodcaller("a", 1)`."""
    for argument in call.args[:1]:
        body.attributes.update(dict.fromkeys(_names_in(argument)))


def _names_in(argument: ast.expr) -> list[str]:
    """The names of `"a.b"`, or one glob."""
    text = prefix_of(argument)
    return [text] if "*" in text else text.split(".")


def _all_attributes(call: ast.Call, body: Body, scope: Scope) -> None:
    """`vars(x)`, `dir(x)`: all attributes."""
    if call.args and not note_attribute(call.args[0], "*", body, scope):
        body.attributes["*"] = None


def _evaluated(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`eval(text)`: all globals. What `x.eval(text)` does is not known."""
    body.uses_globals |= isinstance(call.func, ast.Name)
    if last_of(call.func) == "exec" and call.args and not isinstance(call.args[0], ast.Constant):
        body.attributes[RUNS_FILES] = None


def _module_imported(call: ast.Call, body: Body, _scope: Scope) -> None:
    body.dynamic_imports[module_argument(call)] = None


def _module_looked_up(call: ast.Call, body: Body, _scope: Scope) -> None:
    body.spec_lookups[module_argument(call)] = None


def _modules_walked(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`walk_packages(app.__path__, "app.")`: the modules that begin so, and whatever a path leads to."""
    body.dynamic_imports["*"] = None
    prefixes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "prefix")]
    for prefix in map(prefix_of, prefixes):
        if prefix.endswith("."):
            body.dynamic_imports[f"{prefix}*"] = None


def _fixture_asked_for(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`request.getfixturevalue(f"{kind}_client")`: a glob; a constant is noted as all strings are."""
    body.asks_for_fixtures -= 1  # this mention is a call, so it is known what is asked for
    note_fixtures(call.args[:1] or [keyword.value for keyword in call.keywords], body)


def _fixtures_used(call: ast.Call, body: Body, scope: Scope) -> None:
    """`usefixtures("db_" + kind)`; of `usefixtures(*NAMES)` linking knows what the list says."""
    note_fixtures([a for a in call.args if not _is_global_list(a, scope)], body)


def _is_global_list(argument: ast.expr, scope: Scope) -> bool:
    match argument:
        case ast.Starred(value=ast.Name(id=name)):
            return scope.is_global(name)
    return False


def _fixture_added(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`item.fixturenames.append("db_" + kind)`."""
    if isinstance(call.func, ast.Attribute) and last_of(call.func.value) in FIXTURE_NAMES:
        note_fixtures(call.args[-1:], body)


def note_fixtures(asked: list[ast.expr], body: Body) -> None:
    """Note globs of fixtures that are asked for by computed names, one by one or in lists."""
    for node in asked:
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                note_fixtures(node.elts, body)
            case ast.Starred():
                note_fixtures([node.value], body)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                note_fixtures([node.elt], body)
            case _ if "*" in (name := glob_of(node)):
                body.identifiers[name] = None


def _source_asked_for(call: ast.Call, body: Body, scope: Scope) -> None:
    """`inspect.getsource(m.f)`: what is named so, or `*` for what only run time knows."""
    for argument in call.args[:1] or [keyword.value for keyword in call.keywords]:
        chain = chain_of(argument)
        root, dot, rest = chain.partition(".")
        if root in scope.aliases:
            body.inspected[scope.aliases[root] + dot + rest] = None
        else:
            body.inspected[chain if scope.is_global(root) else "*"] = None


def _grammar_read(call: ast.Call, body: Body, scope: Scope) -> None:
    """`yacc.yacc(module=m)`: functions and their docstrings, of a module or of the caller's."""
    body.attributes["__doc__"] = None
    if not call.args and not call.keywords:
        body.uses_globals = True
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        note_attribute(argument, "*", body, scope)


def _replaced(call: ast.Call, body: Body, _scope: Scope) -> None:
    """Note names that something else is put in the place of: `setattr(m, "A", x)`, `patch("m.A")`."""
    for argument in call.args[:2]:
        name = prefix_of(argument).rpartition(".")[2]
        if name.isidentifier():
            body.assigned[name] = None


def _replaced_by_keyword(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`patch.multiple(m, A=x)`."""
    for keyword in call.keywords:
        if keyword.arg:
            body.assigned[keyword.arg] = None


def _command_started(call: ast.Call, body: Body, _scope: Scope) -> None:
    if call.args:
        note_command(call.args[0], body)


def _command_called(call: ast.Call, body: Body, _scope: Scope) -> None:
    """`call_command("migrate")`."""
    for argument in call.args[:1] or [k.value for k in call.keywords if k.arg == "command_name"]:
        name = prefix_of(argument)
        body.commands[COMPUTED_COMMAND if "*" in name else name] = None


def _iterated(_call: ast.Call, body: Body, _scope: Scope) -> None:
    if not body.deferred:
        body.direct_attributes.update(dict.fromkeys(ITERATOR_METHODS))


def _item_stored(_call: ast.Call, body: Body, _scope: Scope) -> None:
    body.stores = True


def _operating(methods: tuple[str, ...]) -> Rule:
    """The rule for a call that runs these methods of what it is given."""

    def rule(_call: ast.Call, body: Body, _scope: Scope) -> None:
        body.use(methods)

    return rule


_BY_NAME: tuple[tuple[Iterable[str], Rule], ...] = (
    (("getattr", "hasattr"), _named_attribute),
    (("setattr", "delattr"), _attribute_set),
    (("setattr", "delattr", "patch", "multiple"), _replaced),
    (("object",), _attribute_patched),
    (("multiple",), _replaced_by_keyword),
    (("attrgetter",), _attributes_got),
    (("methodcaller",), _method_got),
    (("vars", "dir", "getmembers", "getmembers_static"), _all_attributes),
    (("eval", "exec"), _evaluated),
    (
        (
            *("import_module", "__import__", "importorskip"),
            *("run_module", "resolve_name", "import_string"),
        ),
        _module_imported,
    ),
    (("find_spec", "find_loader"), _module_looked_up),
    (("iter_modules", "walk_packages", "spec_from_file_location", "run_path"), _modules_walked),
    (ASKING_FOR_FIXTURES, _fixture_asked_for),
    (("usefixtures", "lazy_fixture", "lf", "fixture_ref"), _fixtures_used),
    (("append", "insert", "extend"), _fixture_added),
    (("yacc", "lex"), _grammar_read),
    (GIVING_SOURCE, _source_asked_for),
    (
        (
            *("run", "call", "check_call", "check_output", "Popen", "popen", "system"),
            *("getoutput", "getstatusoutput", "create_subprocess_exec", "create_subprocess_shell"),
            *("which", "spawn", "split", "execute", "run_command", "invoke"),
        ),
        _command_started,
    ),
    (("call_command",), _command_called),
    (ITERATING_CALLS, _iterated),
    (STORING_CALLS, _item_stored),
    *(((name,), _operating(methods)) for name, methods in OPERATING_CALLS.items()),
)


def _by_name() -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for names, rule in _BY_NAME:
        for name in names:
            rules.setdefault(name, []).append(rule)
    return rules


_RULES = _by_name()
