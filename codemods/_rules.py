"""Where a deprecated name has its new home, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ._deprecation_text import Deprecation, read_text, subject
from ._deprecations import deprecations
from ._same_object import difference

if TYPE_CHECKING:
    from gardener.codemod.project import Project

_HOPS = 8
_DEPRECATING = re.compile(r"Deprecat|MovedIn|RemovedIn|FutureWarning")
"""Categories of warnings, those of libraries too, that say where something went."""


UNKNOWN_HOME = "its new home is not known"


class Rule(NamedTuple):
    """`module` or `module:name` (name '' = the whole module) and where it went.

    `origin` says who told so; `before` and `after` are expressions of use.
    """

    module: str
    name: str
    targets: tuple[str, ...]
    origin: str
    sure: bool = True
    before: str = ""
    after: str = ""
    text: str = ""


class Home(NamedTuple):
    """The new home of one name: `module` and `name`; or `why` there is none."""

    module: str = ""
    name: str = ""
    why: str = ""
    rule: Rule | None = None


def configured(project: Project) -> list[Rule]:
    """The rules of `[[tool.gardener.codemods.deprecated-import]]`."""
    return project.memo("configured rules", lambda: list(_configured(project)))


def _configured(project: Project) -> Iterator[Rule]:
    for rule in project.config.codemods.deprecated_import:
        module, _, name = rule.source.partition(":")
        target = rule.target.replace(":*", "").replace(":", ".").removesuffix(".*")
        yield Rule(
            module.removesuffix(".*"),
            "" if name == "*" else name,
            (target,),
            "pyproject.toml",
            before=rule.before,
            after=rule.after,
        )


def reported(project: Project) -> list[Rule]:
    """Rules that the deprecation warnings of recorded runs tell."""
    return project.memo("reported rules", lambda: list(_reported(project)))


def _reported(project: Project) -> Iterator[Rule]:
    if not project.reports:
        return
    from gardener.reports.store import load

    for path in project.reports:
        for warning in load(path).warnings:
            if not _DEPRECATING.search(warning.category.rpartition(".")[2]):
                continue
            module, name = subject(warning.message)
            importer = project.full(warning.file)
            is_own = False
            if not module:
                path_found = project.modules.locate(name, importer)
                is_own = bool(path_found) and project.modules.in_project(path_found)
                if path_found:
                    module, name = name, ""
                else:
                    module, _, name = name.rpartition(".")
            reading = read_text(warning.message)
            targets = tuple(t for t in reading.targets if _leads(project, module, t, importer))
            if not module or not (reading.targets or is_own):
                continue
            yield Rule(
                module,
                name,
                targets,
                f"{path.name}: {warning.message[:80]}",
                sure=False,
                text=reading.text,
            )


def left(subject: str, rule: Rule | None, why: str) -> str:
    """What is said of something deprecated that stays."""
    by = f" ({rule.origin})" if rule is not None else ""
    if why == UNKNOWN_HOME:
        why += " (candidates: gardener fix --list-rules)"
    return f"{subject} is deprecated{by}, left as it is: {why}"


def told_by(project: Project, module: str, importer: str) -> list[Rule]:
    """Rules that a module of the repository tells of itself."""
    path = project.modules.locate(module, importer)
    if not path or not project.modules.in_project(path):
        return []
    return project.memo(f"told by {module} {path}", lambda: _told_by(project, module, path))


def _told_by(project: Project, module: str, path: str) -> list[Rule]:
    place = project.name_of(path)
    return [
        Rule(
            module,
            d.name,
            tuple(t for t in d.targets if _leads(project, module, t, path)),
            f"{place}:{d.line}",
            sure=d.sure,
            text=d.text,
        )
        for d in deprecations(project, path)
    ]


def _leads(project: Project, module: str, target: str, importer: str) -> bool:
    """Whether a target begins with a module that is there, or is a name of the module itself.

    What only looks like a dotted name (`context.metadata`) is no target.
    """
    modules = project.modules
    parts = modules.absolute(target, importer).split(".")
    # Above a package may be namespaces, which are no files.
    return any(
        modules.locate(name, importer) or modules.location(name, importer).is_ambiguous
        for name in (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    ) or bool(modules.define(f"{module}.{target}", importer))


def rules_for(project: Project, module: str, importer: str) -> list[Rule]:
    """All rules that may speak of a module or of names in it, the most certain first."""
    mine = [
        rule
        for rule in (*configured(project), *reported(project))
        if module == rule.module or (not rule.name and module.startswith(f"{rule.module}."))
    ]
    mine.sort(key=lambda r: (r.origin != "pyproject.toml", -len(r.module), r.name in ("", "*")))
    return [*mine, *told_by(project, module, importer)]


def whole_rules(project: Project, module: str, importer: str) -> list[Rule] | None:
    """The rules that speak of all of a module."""
    return [rule for rule in rules_for(project, module, importer) if not rule.name] or None


class Named(NamedTuple):
    """The module that a string names, what follows it there, and what rules say of both."""

    module: str = ""
    rest: tuple[str, ...] = ()
    whole: list[Rule] | None = None
    home: Home | None = None


def named_in(project: Project, text: str, importer: str) -> Named:
    """What a string names that is a dotted name, with dots or a colon."""
    parts = re.split(r"[.:]", text)
    for count in range(len(parts), 0, -1):
        module, rest = ".".join(parts[:count]), tuple(parts[count:])
        if project.modules.locate(module, importer):
            module_rules = whole_rules(project, module, importer)
            home = home_of(project, module, rest[0], importer) if rest else None
            return Named(module, rest, module_rules, home)
    return Named()


def home_of(project: Project, module: str, name: str, importer: str) -> Home | None:
    """Where `from module import name` should come from; None when nothing is deprecated."""
    why: Home | None = None
    for rule in rules_for(project, module, importer):
        if rule.name not in ("", "*", name):
            continue
        home = _apply(project, rule, module, name, importer)
        if home.module:
            return _final(project, home, importer)
        if rule.name and not rule.targets:
            continue  # deprecated, with no word on what to use: nothing to do about an import
        why = why or home
    return why or ambiguous(project, module, name, importer)


def ambiguous(project: Project, module: str, name: str, importer: str) -> Home | None:
    """Why a name is not moved whose module may be a deprecating one of the project; None = it is not."""
    location = project.modules.location(module, importer)
    if not location.is_ambiguous:
        return None
    for file in location.files:
        for deprecation in deprecations(project, project.full(file)):
            if deprecation.name in ("", "*", name) and (
                deprecation.targets or not deprecation.name
            ):
                elsewhere = [f for f in location.files if f != file][:1]
                elsewhere += ["an installed module"] if location.is_foreign else []
                rule = Rule(module, name, (), f"{file}:{deprecation.line}", text=deprecation.text)
                return Home(why=f"{module} may be {file} or {' or '.join(elsewhere)}", rule=rule)
    return None


def _final(project: Project, home: Home, importer: str) -> Home:
    """Follow rules that lead on to other rules."""
    for _ in range(_HOPS):
        onward = None
        for rule in rules_for(project, home.module, importer):
            if rule.name in ("", "*", home.name) and not rule.before:
                onward = _apply(project, rule, home.module, home.name, importer)
                if onward.module:
                    break
        if onward is None or not onward.module or (onward.module, onward.name) == home[:2]:
            return home
        home = onward._replace(rule=home.rule)
    return Home(why="the rules lead in a circle", rule=home.rule)


def _apply(project: Project, rule: Rule, module: str, name: str, importer: str) -> Home:
    modules = project.modules
    suffix = module[len(rule.module) :]
    tried: list[str] = []
    private = ""
    for target in rule.targets:
        for home in _choices(rule, target, suffix, module, name):
            definition = modules.define(f"{home[0]}.{home[1]}", importer) if home[0] else None
            if definition is None or (
                definition.binding is None and not _is_module(project, module, name, importer)
            ):
                tried.append(f"{home[0]}.{home[1]}".strip("."))
                continue
            if home == (module, name):
                continue
            if rule.origin != "pyproject.toml" and _is_private(*home):
                private = f"{home[0]}.{home[1]} is private"
                continue
            doubt = (
                ""
                if rule.sure
                else difference(project, rule, (module, name), importer, home, definition)
            )
            if doubt:
                return Home(why=doubt, rule=rule)
            return Home(*home, rule=rule)
    followed = _followed(project, rule, module, name, importer) if not rule.before else None
    if followed is not None and rule.origin != "pyproject.toml":
        return Home(*followed, rule=rule)
    if private:
        return Home(why=private, rule=rule)
    if tried:
        existing = (t for t in tried if modules.locate(t.rpartition(".")[0], importer))
        return Home(why=f"{next(existing, tried[0])} is not found", rule=rule)
    return Home(why=UNKNOWN_HOME, rule=rule)


def _is_module(project: Project, module: str, name: str, importer: str) -> bool:
    return bool(project.modules.locate(f"{module}.{name}", importer))


def _choices(
    rule: Rule, target: str, suffix: str, module: str, name: str
) -> Iterator[tuple[str, str]]:
    """What a target may mean for one name: the module it lives in and its name there."""
    if rule.origin == "pyproject.toml":
        if rule.name:
            parent, _, last = target.rpartition(".")
            yield parent, last
        else:
            yield target + suffix, name
        return
    parent, _, last = target.rpartition(".")
    if parent and last == name:
        yield parent, last
    yield target, name
    if parent and rule.name == name:
        yield parent, last
    elif parent and rule.name in ("", "*"):
        yield parent, name
    if not parent and rule.name == name:
        yield module, last


def _is_private(module: str, name: str) -> bool:
    return any(part.startswith("_") and part != "__init__" for part in (*module.split("."), name))


def _followed(
    project: Project, rule: Rule, module: str, name: str, importer: str
) -> tuple[str, str] | None:
    """Where a deprecated module itself gets a name from: the definition, if it is public.

    What lies within a deprecated package is none: who imports it imports the package as well.
    """
    modules = project.modules
    package = f"{module}." if not rule.name else None
    best: tuple[str, str] | None = None
    for _ in range(_HOPS):
        path = modules.locate(module, importer)
        source = modules.source(path) if path else None
        if source is None:
            break
        bindings = source.bound(name)
        targets = {modules.absolute(b.target, path) for b in bindings if b.kind == "import"}
        if not bindings:
            for star in source.stars:
                origin = modules.absolute("." * star.level + (star.module or ""), path)
                definition = modules.define(f"{origin}.{name}", path)
                if definition is not None and modules.exports(origin, path, name):
                    targets.add(f"{origin}.{name}")
        if len(targets) != 1 or any(b.kind != "import" for b in bindings):
            break
        module, _, name = targets.pop().rpartition(".")
        if not module or modules.define(f"{module}.{name}", path) is None:
            break
        private = any(part.startswith("_") for part in module.split("."))
        deprecated = [d for d in _said(project, module, path) if d.name in ("", "*", name)]
        is_inside = package is not None and module.startswith(package)
        if not private and not deprecated and not is_inside:
            best = (module, name)
        importer = path
    return best


def _said(project: Project, module: str, importer: str) -> list[Deprecation]:
    path = project.modules.locate(module, importer)
    return deprecations(project, path) if path and project.modules.in_project(path) else []
