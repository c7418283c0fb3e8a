"""Which Python runs each part of a repository: a package with an environment of its own has that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gardener.config import Config
from gardener.errors import InterpreterError

from .environments import own_environments
from .interpreter import Interpreter, SeveralError, examined, locate


class PartInterpreters:
    """The project's Python (`main`), and those of its parts.

    `say` is told each other one when it is used first, and why one is not used. Where there is only
    a Python for each package, `main` is one of them, and no other part may have it.
    """

    def __init__(
        self,
        root: Path,
        config: Config,
        explicit: str = "",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Look for the project's Python.

        Raises:
            InterpreterError: as `locate`.
        """
        self._root = root
        self._say = say
        self._lacking: SeveralError | None = None
        self._known: dict[str, Interpreter] = {}
        try:
            self.main = locate(root, config, explicit)
        except SeveralError as several:
            self._lacking = several
            self.main = several.usable[0]
        is_outside = not Path(self.main.path).is_relative_to(root)
        # Who names one, or activates one that is no part's, means it for all.
        is_meant = bool(explicit or config.python) or (is_outside and self.main.is_active)
        self._is_fixed = is_meant and self._lacking is None

    @property
    def told(self) -> str:
        """One line about the project's Python; empty where each part has its own."""
        return "" if self._lacking else self.main.told(self._root)

    @property
    def used(self) -> list[Interpreter]:
        """Those that ran tests, each once."""
        return list(dict.fromkeys(self._known.values())) or [self.main]

    def of(self, part: str) -> str:
        """The path of the Python for a folder with pytest settings of its own; the top is "".

        Raises:
            InterpreterError: it has none, and several packages have one.
        """
        if self._is_fixed:
            return self.main.path
        if part not in self._known:
            self._known[part] = self._found(part)
        return self._known[part].path

    def _found(self, part: str) -> Interpreter:
        interpreter, reasons = self._own(part) if part else (None, [])
        if interpreter:
            if interpreter.path != self.main.path or self._lacking:
                self._say(f"{part}: {interpreter.told(self._root)}")
            return interpreter
        if self._lacking:
            why = next(iter(reasons), f"{part or 'The top'} has no Python of its own")
            raise InterpreterError(f"{why}. {self._lacking}")
        if reasons:
            self._say(f"{part} runs with the project's Python: {reasons[0]}.")
        return self.main

    def _own(self, part: str) -> tuple[Interpreter | None, list[str]]:
        """The Python of the environment that a part has, or why it cannot be used."""
        reasons = []
        for candidate in own_environments(self._root, part):
            outcome = examined(candidate.path, self._root)
            if isinstance(outcome, Interpreter):
                return outcome._replace(how=candidate.how), []
            home = candidate.path.parents[1].relative_to(self._root)
            reasons.append(f"{home.as_posix()} {outcome}")
        return None, reasons
