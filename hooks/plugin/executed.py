"""What was executed in which context, by the identities of code objects. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import gc
import sys
import types
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from .lazy_init import LazyInitSites
from .repository import Repository
from .sites import UNREADABLE, FunctionKey, LazyInitSite

identity: Callable[[object], int] = object.__hash__
"""What `id` tells, in another form: `id` itself costs a call of every audit hook, ours included."""
NEW_LOCALS = 0x2  # the flag of functions, in `co_flags`; classes and modules have it not


class Context:
    """What executed code is attributed to, and what was executed in it.

    A context is a test, a fixture of a wider scope, the collection of a file, the import of a
    module, or the session. `codes` are identities of code objects, `files` names of files that were
    opened, `uses` numbers of other contexts that this one depends on, `raised` the code in which
    exceptions were raised with the exception's name, in order (the values mean nothing).
    `opaque` says why not all that was executed could be seen; empty if it was. `guarded` is code
    that ran only where pytest looks at a name and swallows whatever is raised; None where that
    does not matter: outside of the collection of a file.
    """

    __slots__ = ("codes", "files", "guarded", "number", "opaque", "raised", "uses")

    def __init__(self, number: int) -> None:
        self.number = number
        self.codes: Set[int] = set()
        self.files: Set[str] = set()
        self.uses: Set[int] = set()
        self.raised: Dict[Tuple[int, str], None] = {}
        self.opaque = ""
        self.guarded: Optional[Set[int]] = None

    def merge(self, part: Context) -> None:
        """Add what was executed in another context, but for what it uses."""
        self.codes |= part.codes
        self.files |= part.files
        self.raised.update(part.raised)
        self.opaque = self.opaque or part.opaque


class Lifetime:
    """During which contexts, by number, an instance lived after its lazy initialisation.

    `first_test` is the one it was initialised in, `last_test` the latest there was when it was
    garbage; None while it is alive. `codes` is what ran in its initialisation; None if that
    is only known of the function.
    """

    __slots__ = ("codes", "first_test", "last_test")

    def __init__(self, first_test: int) -> None:
        self.first_test = first_test
        self.last_test: Optional[int] = None
        self.codes: Optional[Set[int]] = set()


class Executed:
    """What is known so far. Code objects are known by their identities.

    `current` is the context that what runs now is attributed to, `session` what all tests
    depend on. `codes` is the code of the project, `qualnames` its qualified names. `imports`
    is what ran while a module was imported, by the module's code. `sites` are the lazy
    initialisations in a function, and `ran_in_sites` is what ran there. `lifetimes` tells, by
    function, how long the instances lived that were initialised; `untracked` are the functions
    of which that cannot be told. `imported_before` are files that were imported before this
    plugin, of which nothing was seen. `readers` are, by what is read, the functions that may
    hand it out later, and `read_in_sites` is what lazy initialisations read, by their functions.
    `registering` is code that lets other code be called at any time, `has_registered` whether any ran.
    `sees_asks` tells whether it is seen what is only asked of a file. `heard` are the files of
    whose opening Python told since the last change of context, `hidden` those that were opened
    unheard by whatever in this process; None where only Python tells.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.recorder: Any = None
        self.last_number = 0
        self.session = Context(0)
        self.current = self.session
        self.codes: Dict[int, types.CodeType] = {}
        self.qualnames: Dict[int, str] = {}
        self.lazy_init_sites = LazyInitSites(repository)
        self.imports: Dict[int, Context] = {}
        self.sites: Dict[int, List[LazyInitSite]] = {}
        self.ran_in_sites: Dict[int, Set[int]] = {}
        self.imported_before: Set[str] = set()
        self.lifetimes: Dict[int, List[Lifetime]] = {}
        self.untracked: Set[int] = set()
        self.readers: Dict[str, Set[int]] = {}
        self.read_in_sites: Dict[int, Set[str]] = {}
        self.sees_asks = False
        self.registering: Set[int] = set()
        self.has_registered = False
        self.heard: Optional[Set[str]] = None
        self.hidden: Optional[Set[str]] = None

    def new_context(self) -> Context:
        """A context with a number of its own."""
        self.last_number += 1
        return Context(self.last_number)

    def trouble(self) -> None:
        """Write the exception that is handled now, if there is a recorder yet."""
        if self.recorder is not None:
            self.recorder.trouble()

    def is_of_project(self, code: types.CodeType) -> bool:
        """Whether code is the project's or its tests'."""
        return self.repository.origin(code.co_filename) != "library"

    def add(self, code: types.CodeType) -> Iterator[types.CodeType]:
        """Add a module's code and all code in it; yields what is new."""
        if code.co_name != "<module>":
            return self._add(code, str(getattr(code, "co_qualname", code.co_name)), {})
        self.imports.setdefault(identity(code), self.new_context())
        return self._add(code, "", self.lazy_init_sites.of(code.co_filename))

    def _add(
        self, code: types.CodeType, qualname: str, sites: Dict[FunctionKey, List[LazyInitSite]]
    ) -> Iterator[types.CodeType]:
        """Add code and the code in it, with the sites of its file; yields what is new."""
        code_id = identity(code)
        if code_id in self.codes:
            return
        self.codes[code_id] = code  # kept, so that no other object gets its identity
        self.qualnames[code_id] = qualname or code.co_name
        in_function = sites.get((code.co_name, code.co_firstlineno))
        if in_function:
            self.sites[code_id] = in_function
        yield code
        for nested, nested_qualname in nested_code(code, qualname):
            yield from self._add(nested, nested_qualname, sites)

    def add_imported_before(self) -> Iterator[types.CodeType]:
        """Add functions of the project that were imported before this plugin; yields the new."""
        loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        files = {file for file in loaded if file and self.repository.origin(file) != "library"}
        if not files:
            return
        self.imported_before.update(map(self.repository.name, files))
        sites = {file: self.lazy_init_sites.of(file) for file in files}
        qualnames = {file: qualnames_in(file) for file in files}
        for function in gc.get_objects():
            if type(function) is types.FunctionType and function.__code__.co_filename in files:
                code = function.__code__
                file = code.co_filename
                qualname = qualnames[file].get((code.co_name, code.co_firstlineno))
                yield from self._add(code, qualname or function.__qualname__, sites[file])


def nested_code(code: types.CodeType, qualname: str) -> Iterator[Tuple[types.CodeType, str]]:
    """The code that is defined directly in other code, with its qualified name (PEP 3155)."""
    separator = ".<locals>." if code.co_flags & NEW_LOCALS else "."
    for nested in code.co_consts:
        if isinstance(nested, types.CodeType):
            name = qualname + separator + nested.co_name if qualname else nested.co_name
            yield nested, str(getattr(nested, "co_qualname", name))


def qualnames_in(filename: str) -> Dict[FunctionKey, str]:
    """Qualified names of a file's functions; none if it cannot be compiled."""
    qualnames = {}
    try:
        with open(filename, "rb") as file:
            module = compile(file.read(), filename, "exec", dont_inherit=True)
    except UNREADABLE:
        return {}
    queue = [(module, "")]
    while queue:
        code, qualname = queue.pop()
        qualnames[code.co_name, code.co_firstlineno] = qualname
        queue += nested_code(code, qualname)
    return qualnames


def symbol_name(qualname: str) -> str:
    """The qualified name of a function; a lambda or comprehension belongs to the one around it."""
    name, separator = "", ""
    for part in qualname.split("."):
        if part == "<locals>":
            separator = ".<locals>."
        elif not part.startswith("<"):
            name += (separator or ".") + part if name else part
            separator = ""
    return name
