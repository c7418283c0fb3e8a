"""Where codemods are found: gardener's own, those of installed distributions, those of the repository."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gardener.codemod.model import Codemod
from gardener.errors import ConfigError, GardenerError

if TYPE_CHECKING:
    import ast
    from types import ModuleType

    from gardener.config import Config

ENTRY_POINTS = "gardener.codemods"
"""Group of entry points under which other distributions offer codemods."""


def discover(
    config: Config, *, late: bool = True, built_in_only: bool = False
) -> dict[str, Codemod]:
    """All codemods by name: gardener's own, those of entry points, those of the local folder.

    Those written for libcst are loaded when they are needed (and have no examples until
    then), unless `late` is false. `built_in_only` leaves out all that a checkout may bring,
    which is code that would run beside a token.

    Raises:
        ConfigError: two have the same name, or one cannot be loaded.
    """
    codemods: dict[str, Codemod] = {}
    foreign = () if built_in_only else (*_from_entry_points(late), *_from_folder(config, late))
    for codemod in (*_built_in(), *foreign):
        if codemod.name in codemods:
            raise ConfigError(
                f"Two codemods are called {codemod.name!r}: one from "
                f"{codemods[codemod.name].origin}, one from {codemod.origin}; "
                "give one of them another name."
            )
        codemods[codemod.name] = codemod
    for glob, names in config.codemods.per_path_skip.items():
        for name in names:
            if name not in codemods and not built_in_only:
                raise ConfigError(
                    f"pyproject.toml: `tool.gardener.codemods.per-path-skip` of {glob!r} names "
                    f"{name!r}, which is no codemod{_nearest(name, codemods)}"
                )
    return codemods


def choose(
    codemods: dict[str, Codemod], only: Sequence[str], skip: Sequence[str], unsafe: bool
) -> list[Codemod]:
    """The codemods to run: those named by `only` or else the default ones, without `skip`.

    Raises:
        GardenerError: a name is not known; the text says which is nearest.
    """
    for name in (*only, *skip):
        if name not in codemods:
            raise GardenerError(f"There is no codemod {name!r}{_nearest(name, codemods)}")
    names = only or [name for name, codemod in codemods.items() if codemod.default]
    chosen = [codemods[name] for name in dict.fromkeys(names) if name not in skip]
    return [codemod for codemod in chosen if codemod.safe or unsafe or codemod.name in only]


def _nearest(name: str, codemods: Iterable[str]) -> str:
    """The end of a sentence about a name that is no codemod."""
    from difflib import get_close_matches

    closest = get_close_matches(name, list(codemods), n=1, cutoff=0.5)
    return f"; did you mean {closest[0]!r}?" if closest else f"; known: {', '.join(codemods)}."


def name_of(file: str) -> str:
    """The codemod's name that a file's name gives: `pydantic_config.py` -> `pydantic-config`."""
    return Path(file).stem.replace("_", "-")


def from_module(name: str, module: ModuleType, origin: str, transformer: object = None) -> Codemod:
    """Read a codemod from its module; `transformer` is that of libcst, if it is known.

    A module may name its transformer as text, `TRANSFORMER = "package.module:Class"`: then
    neither libcst nor the class is imported before a file holds what the codemod looks for.

    Raises:
        ConfigError: the module has no transformer of libcst, or several.
    """
    needles = getattr(module, "NEEDLES", (b"",))
    explanation = module.__doc__
    named = getattr(module, "TRANSFORMER", None)
    load: Callable[[], type]
    if transformer is None and isinstance(named, str):
        load = partial(_named, named)
    else:
        from gardener.codemod.libcst_adapter import transformer_of

        cls = transformer if isinstance(transformer, type) else transformer_of(module, name, origin)
        explanation = explanation or cls.__doc__ or getattr(cls, "DESCRIPTION", None)
        load = partial(_same, cls)
    return Codemod(
        name=name,
        explanation=explanation or name,
        needles=needles if callable(needles) else lambda _project: tuple(needles),
        look=getattr(module, "look", lambda _data, _path, _project: True),
        examples=tuple(getattr(module, "EXAMPLES", ())),
        codes=tuple(getattr(module, "CODES", ())),
        default=bool(getattr(module, "DEFAULT", True)),
        safe=bool(getattr(module, "SAFE", True)),
        traces=tuple(getattr(module, "TRACES", ())),
        file=module.__file__ or "",
        rules=getattr(module, "rules", None),
        origin=origin,
        transformer=load,
        confirm=getattr(module, "confirm", None),
        shape=getattr(module, "shape", None),
        told=getattr(module, "told", None),
    )


def _same(cls: type) -> type:
    return cls


def _named(text: str) -> type:
    """The class that `package.module:Class` names."""
    module, _, attribute = text.partition(":")
    codemod = getattr(importlib.import_module(module), attribute)
    assert isinstance(codemod, type)
    return codemod


# --- codemods that are loaded only when a file holds what they look for --------------------


def _read(
    name: str,
    file: str,
    origin: str,
    load: Callable[[], tuple[ModuleType, object]],
    late: bool,
) -> Codemod:
    """A codemod from its file, without running it if its settings are plain.

    Raises:
        ConfigError: it is of the kind that yielded edits.
    """
    if _yields_edits(file):
        raise ConfigError(
            f"The codemod {name!r} of {origin} yields edits by rewrite(), which gardener runs no more: "
            "write it as a command of libcst (docs/writing-a-codemod.md)."
        )
    settings = _plain_settings(file) if late else None
    if settings is None:
        module, transformer = load()
        return from_module(name, module, origin, transformer)

    def load_transformer() -> type:
        module, codemod = load()
        return from_module(name, module, origin, codemod).transformer()

    needles = settings.get("NEEDLES", (b"",))
    return Codemod(
        name=name,
        explanation=str(settings.get("__doc__") or settings.get("DESCRIPTION") or name),
        needles=lambda _project: needles,
        look=lambda _data, _path, _project: True,
        transformer=load_transformer,
        codes=settings.get("CODES", ()),
        default=bool(settings.get("DEFAULT", True)),
        safe=bool(settings.get("SAFE", True)),
        traces=settings.get("TRACES", ()),
        file=file,
        origin=origin,
    )


def _yields_edits(file: str) -> bool:
    """Whether a file is a codemod of the kind that there was before those of libcst."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            data = opened.read()
    except OSError:
        return False
    is_old = re.search(rb"(?m)^def rewrite\(\w+, *\w+\)", data)
    return bool(is_old) and b"libcst" not in data and b"gardener.codemod.command" not in data


def _plain_settings(file: str) -> dict[str, Any] | None:
    """The settings that a codemod for libcst states plainly; None: it has to be run to know.

    Importing libcst costs more than all else that a hook with nothing to change does.
    """
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            data = opened.read()
        if b"libcst" not in data and b"gardener.codemod.command" not in data:
            return None
        import ast

        tree = ast.parse(data)
        settings = _assigned(tree)
    except (OSError, SyntaxError, ValueError):
        return None
    functions = {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}
    if not functions.isdisjoint(("look", "confirm", "shape", "told", "NEEDLES", "rules")):
        return None
    for setting in ("NEEDLES", "CODES", "TRACES"):
        if setting in settings:
            if not isinstance(settings[setting], (tuple, list)):
                return None
            settings[setting] = tuple(settings[setting])
    docs: list[ast.Module | ast.ClassDef] = [tree]
    docs += (item for item in tree.body if isinstance(item, ast.ClassDef))
    settings["__doc__"] = next(filter(None, (ast.get_docstring(node) for node in docs)), None)
    return settings


def _assigned(tree: ast.Module) -> dict[str, Any]:
    """The settings that a module assigns, `DESCRIPTION` in a class and the others outside.

    Raises:
        ValueError: one is no literal.
    """
    import ast

    settings: dict[str, Any] = {}
    for item in tree.body:
        in_class = isinstance(item, ast.ClassDef)
        for statement in item.body if isinstance(item, ast.ClassDef) else [item]:
            if not isinstance(statement, ast.Assign):
                continue
            target = statement.targets[0]
            if not isinstance(target, ast.Name) or target.id not in _SETTINGS:
                continue
            if (target.id == "DESCRIPTION") == in_class:
                settings[target.id] = ast.literal_eval(statement.value)
    return settings


_SETTINGS = {"NEEDLES", "CODES", "DEFAULT", "SAFE", "TRACES", "DESCRIPTION"}


def _built_in() -> Iterable[Codemod]:
    package = importlib.import_module("gardener.codemods")
    names = {
        entry.removesuffix(".py")
        for folder in package.__path__
        for entry in os.listdir(folder)  # noqa: PTH208 - iterdir would build 5 Paths for 5 names
        if entry.endswith(".py") and not entry.startswith("_")
    }
    for name in sorted(names):
        module = importlib.import_module(f"gardener.codemods.{name}")
        yield from_module(name_of(name), module, "gardener")


def _from_entry_points(late: bool) -> Iterator[Codemod]:
    if not _some_distribution_offers():
        return
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for point in entry_points(group=ENTRY_POINTS):
        module, attribute = point.module, point.attr

        def load(module: str = module, attribute: str = attribute) -> tuple[ModuleType, object]:
            loaded = importlib.import_module(module)
            return loaded, getattr(loaded, attribute) if attribute else None

        try:
            spec = find_spec(module)
            file = spec.origin if spec is not None and spec.origin else ""
            yield _read(point.name, file, point.value, load, late)
        except GardenerError:
            raise
        except Exception as wrong:
            raise ConfigError(
                f"The codemod {point.name!r} ({point.value}) fails: {wrong}"
            ) from wrong


def _some_distribution_offers() -> bool:
    """Whether any installed distribution names our group; importlib.metadata costs far more."""
    for folder in sys.path:
        try:
            entries = [e.path for e in os.scandir(folder or ".") if e.name.endswith(".dist-info")]
        except OSError:
            continue
        for entry in entries:
            try:
                with open(f"{entry}/entry_points.txt", "rb") as file:  # noqa: PTH123
                    if ENTRY_POINTS.encode() in file.read():
                        return True
            except OSError:
                continue
    return False


def _why(wrong: Exception) -> str:
    """What is wrong with a codemod's file, as the end of a sentence."""
    if isinstance(wrong, SyntaxError):
        return f"line {wrong.lineno}: {wrong.msg}"
    return f"{type(wrong).__name__}: {wrong}"


def _from_folder(config: Config, late: bool) -> Iterator[Codemod]:
    folder = config.root / config.codemods.folder
    if not folder.is_dir():
        return
    import importlib.util

    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue

        def load(path: Path = path) -> tuple[ModuleType, object]:
            spec = importlib.util.spec_from_file_location(f"gardener_local_{path.stem}", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            try:
                spec.loader.exec_module(module)
            except Exception as wrong:
                file = path.relative_to(config.root)
                raise ConfigError(
                    f"The codemod in {file} cannot be loaded: {_why(wrong)}."
                ) from wrong
            return module, None

        origin = str(path.relative_to(config.root))
        yield _read(name_of(path.name), str(path), origin, load, late)
