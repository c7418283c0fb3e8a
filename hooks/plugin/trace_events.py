"""Writes what each context executed. PYTEST_DONT_REWRITE

Events (`k` is the kind): `symbol` gives a function a number; `deps` is a test, `fixture` a fixture
of a wider scope, `gather` the collection of a file, `module` an import, `always` the session,
each with its number `n`, the symbols executed (`c`; `g`: where no error of theirs goes on), files opened
(`o`), contexts used (`x`), what raised which exceptions (`r`), and why it is opaque (`p`); `once` is a lazy initialisation;
`read` are the functions (`s`) that may hand out later what was read (`o`); `traced` is the end. `hooks/pytest_run/traces.py` reads them.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterable, List, Mapping, Set, Tuple

from .audit import STARTS_PROCESS
from .executed import Context, Executed, symbol_name
from .instances import names_made_late, names_of_instances
from .stream import compact

NO_SYMBOL = -1


class TraceWriter:
    """Writes contexts to the recorder's stream."""

    def __init__(self, executed: Executed) -> None:
        self._executed = executed
        self._symbols: Dict[int, int] = {}  # by the identity of the code
        self._numbers: Dict[Tuple[str, str], int] = {}
        self._entered: Set[int] = set()  # functions with a lazy initialisation that ran

    def write(self, kind: str, context: Context, **fields: Any) -> None:
        """Write a context, together with the next event."""
        self._entered.update(context.codes.intersection(self._executed.sites))
        event = {"k": kind, "n": context.number, "c": self._symbols_of(context.codes), **fields}
        if context.files:
            event["o"] = sorted(context.files)
        if context.uses:
            event["x"] = sorted(context.uses)
        if context.raised:
            event["r"] = self._raised(context)
        if context.opaque:
            event["p"] = context.opaque
        self._executed.recorder.stream.delay_line(compact(event))

    def _write_shared(self, kind: str, context: Context, **fields: Any) -> None:
        """Write what many tests share: only a process that it starts makes it opaque."""
        if context.opaque not in STARTS_PROCESS:
            context.opaque = ""  # a disturbed profiler lost some calls, but not those of the tests
        self.write(kind, context, **fields)

    def write_collected(self, contexts: Mapping[str, Context], complete: Set[str]) -> None:
        """Write the collection of files; of `complete` ones all that it executes was seen."""
        for file, context in contexts.items():
            is_opaque = context.opaque or self._executed.session.opaque
            fields: Dict[str, Any] = {"w": 1} if file in complete and not is_opaque else {}
            guarded = (context.guarded or set()) - context.codes
            if guarded:
                self._entered.update(guarded.intersection(self._executed.sites))
                fields["g"] = self._symbols_of(guarded)
            self._write_shared("gather", context, f=file, **fields)

    def write_end(self) -> None:
        """Write imports, lazy initialisations, the session, and the end."""
        executed = self._executed
        for code_id, context in executed.imports.items():
            file = executed.repository.name(executed.codes[code_id].co_filename)
            self.write("module", context, f=file)
        cached = dict.fromkeys(filter(self._is_cached, self._entered))
        for code_id in {**executed.ran_in_sites, **executed.read_in_sites, **cached}:
            self._write_lazy_init(code_id, executed.ran_in_sites.get(code_id, set()))
        self._write_readers()
        self._write_shared("always", executed.session)
        sites = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
        executed.recorder.stream.write(
            {
                "k": "traced",
                "sites": sites,
                "python": sys.executable,
                "unseen": sorted(executed.imported_before),
                "asks": executed.sees_asks,
                "hidden": None if executed.hidden is None else sorted(executed.hidden),
            }
        )

    def _write_lazy_init(self, code_id: int, ran: Set[int]) -> None:
        """Write what ran in the lazy initialisations of a function, and during which lifetimes."""
        executed = self._executed
        functions = self._symbols_of(self._functions_that_enter(code_id))
        read = executed.read_in_sites.get(code_id)
        fields = {"o": sorted(read)} if read else {}
        lifetimes = executed.lifetimes.get(code_id, [])
        if not lifetimes or code_id in executed.untracked:
            symbols = self._symbols_of(ran | {code_id})
            executed.recorder.stream.write({"k": "once", "s": functions, "c": symbols, **fields})
            return
        by_symbols: Dict[Tuple[int, ...], List[List[Any]]] = {}
        for life in lifetimes:
            if life.last_test is None or life.last_test > life.first_test:
                # Else no other test can have met the instance.
                codes = ran if life.codes is None else life.codes
                symbols = self._symbols_of(codes | {code_id})
                tests = [life.first_test, life.last_test]
                by_symbols.setdefault(tuple(symbols), []).append(tests)
        for initialised, spans in by_symbols.items():
            executed.recorder.stream.write(
                {"k": "once", "s": functions, "c": list(initialised), "t": spans, **fields}
            )

    def _write_readers(self) -> None:
        """Write who may hand out later what was read; all of the same functions in one event."""
        names_by_symbols: Dict[Tuple[int, ...], List[str]] = {}
        for name, codes in self._executed.readers.items():
            symbols = tuple(self._symbols_of(codes))
            names_by_symbols.setdefault(symbols, []).append(name)
        for symbols, names in names_by_symbols.items():
            self._executed.recorder.stream.write({"k": "read", "s": list(symbols), "o": names})

    def _functions_that_enter(self, code_id: int) -> Set[int]:
        """The function around a lazy initialisation; behind a cache, also all that name it."""
        functions = {code_id}
        if self._is_cached(code_id):
            # Behind a cache it does not even start: whoever names it may use it.
            names = self._names_of(code_id)
            for caller_id, caller in self._executed.codes.items():
                if not names.isdisjoint(caller.co_names):
                    functions.add(caller_id)
        return functions

    def _is_cached(self, code_id: int) -> bool:
        """Whether all of a function is behind a cache."""
        first_line = self._executed.codes[code_id].co_firstlineno
        return self._executed.sites[code_id][0].first == first_line

    def _names_of(self, code_id: int) -> Set[str]:
        """The names by which others get what a function behind a cache made."""
        executed = self._executed
        code = executed.codes[code_id]
        names = {code.co_name, *executed.sites[code_id][0].aliases}
        if code.co_name == "__get__":  # a descriptor: by the name of what it called
            ran = executed.ran_in_sites.get(code_id, set())
            names.update(executed.codes[made].co_name for made in ran if made in executed.codes)
        owner = executed.qualnames[code_id].rpartition(".")[0]
        if code.co_name == "__getattr__" and not owner:  # a module's
            names |= names_made_late(code, executed)
        elif code.co_name in ("__missing__", "__getattr__"):
            names |= names_of_instances(owner, executed)
        return names

    def _symbols_of(self, codes: Iterable[int]) -> List[int]:
        """Numbers of the symbols that code objects belong to; those of libraries have none."""
        numbered = self._symbols
        # A list, since another thread may go on to add codes.
        numbers = {numbered[c] if c in numbered else self._symbol_of(c) for c in list(codes)}
        numbers.discard(NO_SYMBOL)
        return sorted(numbers)

    def _symbol_of(self, code_id: int) -> int:
        number = self._symbols.get(code_id)
        if number is None:
            is_known = code_id in self._executed.codes
            number = self._symbols[code_id] = self._number(code_id) if is_known else NO_SYMBOL
        return number

    def _number(self, code_id: int) -> int:
        """The number of a symbol; writes it when it is new."""
        executed = self._executed
        file = executed.repository.name(executed.codes[code_id].co_filename)
        name = symbol_name(executed.qualnames[code_id])
        number = self._numbers.get((file, name))
        if number is None:
            number = self._numbers[file, name] = len(self._numbers)
            executed.recorder.stream.write({"k": "symbol", "n": number, "f": file, "s": name})
        return number

    def _raised(self, context: Context) -> List[List[Any]]:
        """Where exceptions were raised, in order: the number of the symbol, the exception's name."""
        rows = ([self._symbol_of(code_id), name] for code_id, name in context.raised)
        return [row for row in rows if row[0] != NO_SYMBOL]
