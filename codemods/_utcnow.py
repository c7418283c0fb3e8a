"""The command behind `utcnow`: which uses there are, and what is certain about each of them."""

from __future__ import annotations

import re

import libcst as cst

from gardener.codemod.command import NOTHING_ELSE, Command
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.project import Project

from ._utcnow_calls import Calls
from ._utcnow_mocks import mocked
from ._utcnow_nodes import CLASS, METHODS, Clock, note_at, plain_subclass
from ._utcnow_references import References
from ._utcnow_zone import Zones


class Utcnow(Command):
    """Replace datetime.utcnow() and utcfromtimestamp(), which Python 3.12 deprecates."""

    NAME = "utcnow"
    CODES = ("DTZ003", "DTZ004")
    WORDS = re.compile(r"utcnow|utcfromtimestamp|timezone|UTC")
    MARKS = re.compile(
        rb"utcnow|utcfromtimestamp|timezone|UTC|\.(?:timestamp|astimezone)\b"
        # Who replaces, mocks or freezes the clock of the file.
        rb"|\.datetime\b(?!\s*[.(\[])|\b(?:patch|setattr|multiple|spy|stub|freezer|time_machine)\b"
        rb"|\bobject\(|\bpytest_freez"
    )
    """Uses of the clock, and what may mock it."""

    @classmethod
    def inside(cls, project: Project) -> re.Pattern[bytes] | None:
        """Only uses of the clock, unless what reads a value has to be asked whether it may be aware."""
        return None if is_aware(project) else NOTHING_ELSE

    @classmethod
    def wanted(cls, index: NodeIndex) -> bool:
        """Whether some attribute has the name of one of the functions."""
        return any(node.attr.value in METHODS for node in index.find(cst.Attribute))

    def find(self, module: cst.Module) -> None:
        """Find the uses, and leave to a human what is not certain."""
        del module
        aware = is_aware(self.project)
        zones = Zones(self)
        calls = Calls(self, zones, aware)
        references = References(self, zones, aware)
        nodes = [node for node in self.index.find(cst.Attribute) if node.attr.value in METHODS]
        clocks = [clock for clock in map(self._judged, nodes) if clock is not None]
        reason = mocked(self, clocks) if clocks else ""
        for clock in clocks:
            if self.protected(clock.call or clock.node):
                continue
            if clock.doubt:
                note_at(self, clock, clock.doubt)
            elif self._awaits_warning(clock.node):
                note_at(self, clock, "a test waits here for the warning that it gives")
            elif reason:
                note_at(self, clock, reason)
            elif self._shows_itself(clock):
                note_at(self, clock, "an f-string with `=` prints the expression itself")
            elif clock.call is not None:
                calls.rewrite(clock, clock.call)
            else:
                references.rewrite(clock)

    # --- what is certain ------------------------------------------------------------------

    def _judged(self, node: cst.Attribute) -> Clock | None:
        """A use of the standard library's function, maybe in doubt; None for another's."""
        parent = self.index.parent[node]
        call = parent if isinstance(parent, cst.Call) and parent.func is node else None
        receiver = node.value
        meaning = self.meaning(receiver)
        certain, doubt = meaning == CLASS, ""
        if meaning and not certain and meaning.rpartition(".")[2] == "datetime":
            doubt = f"`{self.code(receiver)}` is {meaning}, not the standard library's"
        elif not meaning and isinstance(receiver, cst.Call):
            certain, doubt = self._judged_super(node, receiver)
        elif not meaning and isinstance(receiver, (cst.Name, cst.Attribute)):
            certain, doubt = self._judged_name(node, receiver)
        return Clock(node, call, doubt) if certain or doubt else None

    def _judged_super(self, node: cst.Attribute, receiver: cst.Call) -> tuple[bool, str]:
        if not isinstance(receiver.func, cst.Name) or receiver.func.value != "super":
            return False, ""
        around = self.index.ancestors(node)
        holder = next((n for n in around if isinstance(n, cst.ClassDef)), None)
        if holder is None or receiver.args:
            return False, ""
        if plain_subclass(self, holder, allowed=METHODS):
            return True, ""
        return False, _CHANGED if self._comes_from_datetime(holder) else ""

    def _judged_name(
        self, node: cst.Attribute, receiver: cst.Name | cst.Attribute
    ) -> tuple[bool, str]:
        root: cst.BaseExpression = receiver
        while isinstance(root, cst.Attribute):
            root = root.value
        if not isinstance(root, cst.Name):
            return False, ""
        bindings = self.names.bound(root)
        if isinstance(receiver, cst.Name) and len(bindings) == 1:
            holder = bindings[0].node
            if isinstance(holder, cst.ClassDef):
                return self._judged_class(node, holder)
        last = receiver.attr.value if isinstance(receiver, cst.Attribute) else root.value
        from_datetime = any(bound.target.partition(".")[0] == "datetime" for bound in bindings)
        stars = not bindings and bool(self.names.stars)
        if (
            last == "datetime"
            or root.value == "datetime"
            or from_datetime
            or (stars and last == "dt")
        ):
            spelled = self.code(receiver)
            return False, f"it is not certain that `{spelled}` is the standard library's datetime"
        return False, ""

    def _judged_class(self, node: cst.Attribute, holder: cst.ClassDef) -> tuple[bool, str]:
        if plain_subclass(self, holder):
            return True, ""
        methods = {f.name.value for f in holder.body.body if isinstance(f, cst.FunctionDef)}
        if self._comes_from_datetime(holder) and node.attr.value not in methods:
            return False, _CHANGED
        return False, ""

    def _comes_from_datetime(self, holder: cst.ClassDef) -> bool:
        return any(self.meaning(base.value) == CLASS for base in holder.bases)

    # --- where it stands ------------------------------------------------------------------

    def _awaits_warning(self, node: cst.Attribute) -> bool:
        """Whether a use stands in a `with` that waits for a warning, such as `pytest.warns`."""
        for above in self.index.ancestors(node):
            if isinstance(above, cst.With):
                for item in above.items:
                    code = self.code(item.item)
                    records = "catch_warnings(" in code and "record=True" in code.replace(" ", "")
                    if records or any(name in code for name in _AWAITING):
                        return True
        return False

    def _shows_itself(self, clock: Clock) -> bool:
        for above in self.index.ancestors(clock.node):
            if isinstance(above, cst.FormattedStringExpression) and above.equal is not None:
                return True
            if isinstance(above, cst.BaseSmallStatement):
                break
        return False


def is_aware(project: Project) -> bool:
    """Whether values are to become aware."""
    return project.unsafe or project.config.codemods.utcnow == "aware"


_CHANGED = "the subclass changes methods that the new form would call"
_AWAITING = ("warns(", "deprecated_call(", "assertWarns")
