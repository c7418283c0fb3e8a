"""What gardener needs to know of one Python file: the form in which it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

VERSION = 12
"""Raised whenever a summary of the same bytes would come out different."""

DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")


class Import(Struct, frozen=True, array_like=True, gc=False):
    """One import; `names` is empty for `import module`, and `level` counts leading dots.

    `runs` is false under `if TYPE_CHECKING`.
    """

    module: str
    level: int
    names: tuple[str, ...] = ()
    runs: bool = True


class Outline(Struct, frozen=True, array_like=True, gc=False):
    """A function, class or other name that could be a test, with the names of its own markers."""

    name: str
    is_class: bool = False
    markers: tuple[str, ...] = ()
    has_bases: bool = False


class Definition(Struct, array_like=True, gc=False):
    """A top-level name, a method, or (`name` empty) what runs when the module is imported.

    `names` are chains rooted at a global name (`a.b.c`), `attrs` attributes of values
    of unknown type, `own` attributes of `self`, `checks` chains that a value is only
    compared with (`isinstance`, `except`), `words` string constants that are
    identifiers, `dotted` those that are dotted names, `texts` the other ones. `runs`
    are indexes of the imports that its body executes. An attribute with a `*` stands
    for all that fit it; `=` says that something is stored in an attribute or an item of
    a value. Operators count as attributes too, by the name of their method. `calls` are the chains that are called, and `touches` the
    attributes that are used, whenever the body itself runs: not in functions inside it; those of
    what an import brings are chains, those of `self` begin with a dot.
    `passes` are the chains that are called with a local name somewhere among the arguments.
    """

    name: str
    kind: str  # module, function, class, binding
    names: tuple[str, ...] = ()
    attrs: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    dotted: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()
    params: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    fixture: str = ""
    autouse: bool = False
    globals: bool = False
    coroutine: bool = False
    calls: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


class Summary(Struct, array_like=True, gc=False):
    """One file: its imports, symbols, and outline.

    `aliases` map a name to what it imports: (level, module, name or empty). `stars` are
    the modules of star imports. `broken` says why the file does not parse; its only
    symbol then mentions every identifier in it.
    """

    imports: tuple[Import, ...] = ()
    definitions: tuple[Definition, ...] = ()
    aliases: dict[str, tuple[tuple[int, str, str], ...]] = {}
    stars: tuple[tuple[int, str], ...] = ()
    outline: tuple[Outline, ...] = ()
    markers: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    dynamic: str = ""
    broken: str = ""

    @property
    def texts(self) -> Iterator[str]:
        """All string constants that could name something."""
        for definition in self.definitions:
            yield from definition.words
            yield from definition.dotted
            yield from definition.texts

    @property
    def modules(self) -> Iterator[str]:
        """What `import_module` and its like are asked for."""
        for definition in self.definitions:
            yield from definition.modules
