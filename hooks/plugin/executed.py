"""Who executed what: owners, and the code of the project. PYTEST_DONT_REWRITE

Part of the recorder (`hooks/plugin/tracer.py`): standard library only, Python 3.8+.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .lazy_init import Place, Places

MAKES_LOCALS = 0x2  # a function; classes and modules do not


class Owner:
    """Whom executed code belongs to.

    `born` is where exceptions came up: the code, and the exception's name.
    """

    __slots__ = ("born", "codes", "files", "number", "opaque", "uses")

    def __init__(self, number: int) -> None:
        self.number = number
        self.codes: Set[int] = set()
        self.files: Set[str] = set()
        self.uses: Set[int] = set()
        self.born: Dict[Tuple[int, str], None] = {}
        self.opaque = ""


class Span:
    """The life of an instance: the owner it was made ready in, and the last there was at its end.

    `codes` is what ran while it was made ready; None if that is known of the function only.
    """

    __slots__ = ("codes", "first", "last")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last: Optional[int] = None
        self.codes: Optional[Set[int]] = set()


class Executed:
    """What is known so far, by the ids of code objects.

    `owner` is whom belongs what runs now, `always` what all tests depend on. `codes` is
    the code of the project, `modules` what ran while a module was imported, `once` the
    places of a function that run once, and `inside` what was seen to run there. `spans` says
    while which owners, by their numbers, an instance lived for which a place had run;
    `mixed` are functions of whose places that is not known. `unseen` are files of the project
    that were imported before.
    """

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.recorder: Any = None
        self.numbers = 0
        self.always = Owner(0)
        self.owner = self.always
        self.codes: Dict[int, types.CodeType] = {}
        self.names: Dict[int, str] = {}
        self.places = Places(repository)
        self.modules: Dict[int, Owner] = {}
        self.once: Dict[int, List[Place]] = {}
        self.inside: Dict[int, Set[int]] = {}
        self.unseen: Set[str] = set()
        self.spans: Dict[int, List[Span]] = {}
        self.mixed: Set[int] = set()

    def new(self) -> Owner:
        self.numbers += 1
        return Owner(self.numbers)

    def trouble(self) -> None:
        if self.recorder is not None:
            self.recorder.trouble()

    def is_own(self, code: types.CodeType) -> bool:
        """Whether code is the project's or its tests'."""
        return bool(self.repository.origin(code.co_filename) != "library")

    def adopt(self, code: types.CodeType) -> Iterator[types.CodeType]:
        """Know a module's code and all code in it; gives what was not known."""
        name = ""
        places = {}
        if code.co_name == "<module>":
            self.modules.setdefault(id(code), self.new())
            places = self.places.of(code.co_filename)
        else:
            name = str(getattr(code, "co_qualname", code.co_name))
        return self.adopt_named(code, name, places)

    def adopt_named(
        self, code: types.CodeType, name: str, places: Dict[Tuple[str, int], List[Place]]
    ) -> Iterator[types.CodeType]:
        """Know code under its qualified name, and the code in it; gives what was not known."""
        number = id(code)
        if number in self.codes:
            return
        self.codes[number] = code  # kept, so that its id stays its own
        self.names[number] = name or code.co_name
        found = places.get((code.co_name, code.co_firstlineno))
        if found:
            self.once[number] = found
        yield code
        for inner, inner_name in named_inside(code, name):
            yield from self.adopt_named(inner, inner_name, places)

    def adopt_loaded(self) -> Iterator[types.CodeType]:
        """Know the modules of the project that were imported before this plugin."""
        loaded = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
        own = {f for f in loaded if f and self.repository.origin(f) != "library"}
        if not own:
            return
        self.unseen.update(map(self.repository.name, own))
        import gc

        places = {file: self.places.of(file) for file in own}
        names = {file: names_in(file) for file in own}
        for one in gc.get_objects():
            if type(one) is types.FunctionType and one.__code__.co_filename in own:
                code = one.__code__
                name = names[code.co_filename].get((code.co_name, code.co_firstlineno))
                yield from self.adopt_named(
                    code, name or one.__qualname__, places[code.co_filename]
                )


def named_inside(code: types.CodeType, name: str) -> Iterator[Tuple[types.CodeType, str]]:
    """The code made directly in other code, with its qualified name (PEP 3155)."""
    joint = ".<locals>." if code.co_flags & MAKES_LOCALS else "."
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            made = name + joint + inner.co_name if name else inner.co_name
            yield inner, str(getattr(inner, "co_qualname", made))


def names_in(filename: str) -> Dict[Tuple[str, int], str]:
    """Qualified names of a file's functions, by name and first line."""
    found = {}
    try:
        with open(filename, "rb") as source:
            queue = [(compile(source.read(), filename, "exec", dont_inherit=True), "")]
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    while queue:
        code, name = queue.pop()
        found[code.co_name, code.co_firstlineno] = name
        queue += named_inside(code, name)
    return found


def spelled(qualname: str) -> str:
    """A function's own name; lambdas and comprehensions belong to what they are in."""
    name, joint = "", ""
    for part in qualname.split("."):
        if part == "<locals>":
            joint = ".<locals>."
        elif not part.startswith("<"):
            name += (joint or ".") + part if name else part
            joint = ""
    return name
