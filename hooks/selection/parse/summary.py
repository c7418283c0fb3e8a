"""What gardener needs to know of one Python file: the form in which it is stored."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from enum import IntEnum

from msgspec import Struct

VERSION = 27
"""Raised whenever a summary of the same bytes would come out different."""

COMPUTED_COMMAND = "*"
"""What stands among the commands for one of Django's that is called by a computed name."""

DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")

# Three words of this module:
# - a chain is a dotted expression `a.b.c` that begins at a global name;
# - a glob is a name of which only the beginning is known (`visit_*`, or `*` for any): that is what
#   `getattr(x, f"visit_{kind}")` asks for. No name in Python holds a `*`. Attributes, the last
#   part of a chain, and names of modules may be globs;
# - a local alias is how chains name what a function imports for itself, see `local_alias`.


class DefinitionKind(IntEnum):
    """What a name is defined as."""

    MODULE = 0
    """The code that runs when the module is imported."""
    FUNCTION = 1
    CLASS = 2
    BINDING = 3
    """A name that is assigned: a constant, a type alias, the target of a loop."""
    REMOVED = 4
    """Not in a file: it stands for a name that an earlier version of the file defined."""
    PROGRAM = 5
    """What runs only where the file is started: below `if __name__ == "__main__"`."""


class Import(Struct, frozen=True, array_like=True, gc=False):
    """One import; `names` is empty for `import module`, and `level` counts leading dots.

    `runs` says whether it runs when the module is imported: not under `if TYPE_CHECKING` or
    `if __name__ == "__main__"`, and not in a function.
    """

    module: str
    level: int
    names: tuple[str, ...] = ()
    runs: bool = True


class ImportedName(Struct, frozen=True, array_like=True, gc=False):
    """What a name that an import binds stands for; `name` is empty for the module itself."""

    level: int
    module: str
    name: str = ""

    @property
    def of_standard_library(self) -> bool:
        """Whether it is a module of the standard library, or something in one."""
        return not self.level and self.module.partition(".")[0] in sys.stdlib_module_names


class StarImport(Struct, frozen=True, array_like=True, gc=False):
    """The module of a `from module import *`."""

    level: int
    module: str


class Outline(Struct, frozen=True, array_like=True, gc=False):
    """A function, class or other name that could be a test, with the names of its own markers.

    `names` are the classes around it and, last, its own, as a nodeid has them.
    """

    names: tuple[str, ...]
    is_class: bool = False
    markers: tuple[str, ...] = ()
    has_bases: bool = False


class Attributes(Struct, frozen=True, array_like=True, gc=False):
    """Attributes that a body uses; an operator counts as the name of its method.

    `names` are attributes of values whose type is not known, `on_self` those of `self`.
    `assigned` are names of attributes that are set or deleted, in whatever way: by `x.a = ...`,
    `setattr(x, "a", ...)`, `patch("x.a")`. `stores` says whether the body stores anything in an
    attribute, an item or a global, or removes it there.
    """

    names: tuple[str, ...] = ()
    on_self: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    stores: bool = False


class Strings(Struct, frozen=True, array_like=True, gc=False):
    """String constants of a body that may name something, by their form.

    `identifiers` are also the names of keyword arguments, the words of `"a, b"`, and globs of
    fixtures that are asked for by a computed name. `dotted` are
    names such as `a.b` or `a:b`, `commands` the first words of command lines, `texts` all else.
    """

    identifiers: tuple[str, ...] = ()
    dotted: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """The identifiers, dotted names and texts."""
        return (*self.texts, *self.dotted, *self.identifiers)


class Direct(Struct, frozen=True, array_like=True, gc=False):
    """What a body does itself whenever it runs: not what functions inside it do.

    `calls` are chains that are called. `attributes` and `on_self` are as in `Attributes`, and
    `__iter__`, `__next__` and `__eq__` are added where a comparison, a comprehension, a call such
    as `list(x)`, or a `for` at the top level may run these. `imported` are chains that begin at
    an imported name.
    """

    calls: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    on_self: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()


class Header(Struct, frozen=True, array_like=True, gc=False):
    """What the first line of a function or class says, with the decorators above it.

    `bases`, `decorators` and `annotations` are chains. `computed_base` and `computed_decorator`
    say that there is one that is no chain: a call, an item. `class_arguments` says that the class
    has keyword arguments, such as a metaclass, that may do anything with it.
    """

    parameters: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    computed_base: bool = False
    class_arguments: bool = False
    decorators: tuple[str, ...] = ()
    computed_decorator: bool = False
    annotations: tuple[str, ...] = ()


class Definition(Struct, array_like=True, gc=False):
    """A definition in a file: a top-level name, a member of a class, or the module's own code.

    `name` is dotted for members of classes (`Class.method`) and empty for the code that runs
    when the module is imported. `names` are the chains that the body reads, `compared` those that
    a value is only compared with (`isinstance`, `except`), `passed_to` those that are called with
    a local name somewhere among the arguments. `handed` are those that are called right among the
    arguments of what may be no code of the project, `inspected` those whose source is asked for: `*`
    where only run time knows of what. `dynamic_imports` are the modules that
    `import_module` and its like are asked for, `spec_lookups` those of `find_spec`.
    `local_imports` are the imports that the body runs itself, as indexes of `Summary.imports`.
    `fixture` is the name of the fixture that it is; empty for none. `uses_globals` says whether it
    reads all names of its module (`globals()`, `eval`), `is_coroutine` that calling it runs
    nothing of it yet: a coroutine function.
    """

    name: str
    kind: DefinitionKind
    names: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    passed_to: tuple[str, ...] = ()
    attributes: Attributes = Attributes()
    strings: Strings = Strings()
    direct: Direct = Direct()
    header: Header = Header()
    dynamic_imports: tuple[str, ...] = ()
    spec_lookups: tuple[str, ...] = ()
    local_imports: tuple[int, ...] = ()
    fixture: str = ""
    autouse: bool = False
    uses_globals: bool = False
    is_coroutine: bool = False
    handed: tuple[str, ...] = ()
    inspected: tuple[str, ...] = ()


class Summary(Struct, array_like=True, gc=False):
    """One file: its imports, its definitions, and the outline of what could be tests.

    `aliases` map each name that an import binds to what it may stand for; what a function imports
    is there under a local alias. `plugins` are the values of `pytest_plugins`, `markers` those of
    the module's `pytestmark`. `broken` says why the file does not parse; its only definition then
    mentions every identifier in it.
    """

    imports: tuple[Import, ...] = ()
    definitions: tuple[Definition, ...] = ()
    aliases: dict[str, tuple[ImportedName, ...]] = {}
    stars: tuple[StarImport, ...] = ()
    outline: tuple[Outline, ...] = ()
    markers: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    broken: str = ""

    @property
    def texts(self) -> Iterator[str]:
        """All string constants that could name something."""
        for definition in self.definitions:
            yield from definition.strings.identifiers
            yield from definition.strings.dotted
            yield from definition.strings.texts


_LOCAL = "@"


def local_alias(name: str, function: str) -> str:
    """The key in `Summary.aliases` of a name that a function imports for itself.

    It stands at the root of chains, so there is no dot in it: `json@Class:method`.
    """
    return f"{name}{_LOCAL}{function.replace('.', ':')}"


def is_local_alias(key: str) -> bool:
    """Whether a key of `Summary.aliases` is bound in a function, not in the module."""
    return _LOCAL in key
