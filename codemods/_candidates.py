"""Rules that a human may want where a warning does not say for sure what to use: ready to paste."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ._deprecations import deprecations
from ._rules import Rule, home_of
from ._same_object import unlike

if TYPE_CHECKING:
    from gardener.codemod.name_resolver import ResolvedName
    from gardener.codemod.project import Project

_DEFINES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_TESTS = re.compile(r"(?:^|/)(?:tests?/|test_|conftest)")


class Candidate(NamedTuple):
    """A rule that may be meant, as `module:name` twice, and why it is not applied by itself."""

    source: str
    target: str
    doubt: str

    def as_toml(self) -> str:
        """The lines to paste into pyproject.toml."""
        return (
            f"# {self.doubt}\n[[tool.gardener.codemods.deprecated-import]]\n"
            f'from = "{self.source}"\nto = "{self.target}"\n'
        )


def candidates(project: Project, placed: Sequence[tuple[Rule, str]]) -> list[Candidate]:
    """What may be meant by rules that do not lead anywhere by themselves, each with a file near it."""
    open_names = [
        (rule, name, importer)
        for rule, importer in placed
        if rule.origin != "pyproject.toml"
        for name in _names_of(project, rule, importer)
        if not _leads(project, rule, name, importer)
    ]
    files = _defining(project, {name for _, name, _ in open_names})
    chosen: dict[str, Candidate] = {}
    for rule, name, importer in open_names:
        candidate = _candidate(project, rule, name, importer, files.get(name, ()))
        if candidate is not None:
            chosen.setdefault(candidate.source, candidate)
    return list(chosen.values())


def _leads(project: Project, rule: Rule, name: str, importer: str) -> bool:
    home = home_of(project, rule.module, name, importer)
    return name.startswith("_") or (home is not None and bool(home.module))


def _candidate(
    project: Project, rule: Rule, name: str, importer: str, files: Iterable[str]
) -> Candidate | None:
    """The one definition that may have the place of a name; None where there are none, or several."""
    old = project.modules.define(f"{rule.module}.{name}", importer)
    targets = list(dict.fromkeys(_named(project, rule, name, importer, old)))
    home = home_of(project, rule.module, name, importer)
    doubt = home.why if home is not None else ""
    if not targets:
        targets = list(dict.fromkeys(_namesakes(project, rule, importer, old, name, files)))
        if not doubt or not rule.targets:
            doubt = f"where {name} is now is not clear from {rule.origin}; one other definition has that name"
    return Candidate(f"{rule.module}:{name}", targets[0], doubt) if len(targets) == 1 else None


def _names_of(project: Project, rule: Rule, importer: str) -> list[str]:
    """The name that a rule speaks of, or all public ones that its module defines itself."""
    if rule.name not in ("", "*"):
        return [rule.name]
    path = project.modules.locate(rule.module, importer)
    source = project.modules.source(path) if path else None
    if source is None:
        return []
    return [n for n in source.names if any(isinstance(b.node, _DEFINES) for b in source.bound(n))]


def _named(
    project: Project, rule: Rule, name: str, importer: str, old: ResolvedName | None
) -> Iterator[str]:
    """The targets of a rule that are there and are of the same kind as the old name."""
    for target in rule.targets if rule.name == name else ():
        absolute = target if "." in target else f"{rule.module}.{target}"
        module, _, last = absolute.rpartition(".")
        new = project.modules.define(absolute, importer)
        if module and new is not None and _is_like(old, new) and not _is_private(module, last):
            yield f"{module}:{last}"


def _namesakes(
    project: Project,
    rule: Rule,
    importer: str,
    old: ResolvedName | None,
    name: str,
    files: Iterable[str],
) -> Iterator[str]:
    """Other public definitions of the same name and kind, outside of tests.

    None where the warning says at run time what to use: "use {instead}".
    """
    if "{" in rule.text:
        return
    for path in files:
        file = project.full(path)
        module = project.modules.name(file)
        if module == rule.module or _TESTS.search(path) or _is_private(module, name):
            continue
        if rule.targets and not any(f"{t}.".startswith(f"{module}.") for t in rule.targets):
            continue  # the warning names another place
        new = project.modules.define(f"{module}.{name}", importer)
        if new is None or new.path != file or not _is_like(old, new):
            continue
        if old is not None and unlike(project, old, new, f"{rule.module}.{name}", module):
            continue  # who calls the one could not call the other
        if not any(d.name in ("", "*", name) for d in deprecations(project, file)):
            yield f"{module}:{name}"


def _defining(project: Project, names: Collection[str]) -> dict[str, list[str]]:
    """For each name the files in which a line begins a class or a function that is called so."""
    files: dict[str, list[str]] = {}
    head = rf"(?:async +def|def|class) +({'|'.join(sorted(names))}) *[(:[]"
    paths = project.matching("^" + head.replace("?:", "")) if names else []
    for path in paths or ():
        text = project.read(path).decode(errors="replace")
        for name in set(re.findall(rf"(?m)^{head}", text)):
            files.setdefault(name, []).append(path)
    return files


def _is_like(old: ResolvedName | None, new: ResolvedName) -> bool:
    """Whether both are classes, or functions of one kind; what is not there any more may be either."""
    if new.binding is None or not isinstance(new.binding.node, _DEFINES):
        return False
    if old is None or old.binding is None:
        return True
    return (
        type(old.binding.node) is type(new.binding.node)
        and old.binding.node is not new.binding.node
    )


def _is_private(module: str, name: str) -> bool:
    return any(part.startswith("_") for part in (*module.split("."), name))
