"""`datetime.utcnow` without a call: a lambda in its place, where a lambda does the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import ExpressionContext, ExpressionContextProvider

from ._utcnow_defined import define
from ._utcnow_nodes import TAIL, Clock, in_parentheses_of, note_at

if TYPE_CHECKING:
    from gardener.codemod.command import Command

    from ._utcnow_zone import Zones

_PICKLES = rb"multiprocessing|ProcessPool|joblib|pickle|dask"
_ENDS = (
    *(cst.Arg, cst.Call, cst.Lambda, cst.Decorator, cst.Param),
    *(cst.BaseSmallStatement, cst.BaseCompoundStatement),
)
_TAKES_LAMBDA = (
    *(cst.Arg, cst.Assign, cst.AnnAssign, cst.Return, cst.Param, cst.Lambda),
    *(cst.DictElement, cst.Element),
)
_POOLED = {"submit", "map", "imap", "starmap", "apply", "apply_async", "map_async"}
_SENT = {"Process", "dumps", "dump", "Pool", "ProcessPoolExecutor"}
_LOOKED_AT = {
    *("getattr", "hasattr", "id", "hash", "type", "repr", "str", "print", "signature"),
    *("wraps", "update_wrapper", "create_autospec", "isinstance", "issubclass"),
}
_KEY = "the function itself is a key"


class References:
    """Makes the changes of references."""

    def __init__(self, command: Command, zones: Zones, aware: bool) -> None:
        self.command = command
        self.zones = zones
        self.index = command.index
        self.aware = aware

    def rewrite(self, clock: Clock) -> None:
        """Put a lambda in the place of a reference, or say why not."""
        command, node = self.command, clock.node
        wrong = self._not_replaceable(node)
        if wrong:
            note_at(command, clock, wrong)
            return
        zone = self.zones.written(clock)
        if not zone:
            return
        receiver = command.code(node.value)
        tail = "" if self.aware and not self._stored_without_zone(node) else TAIL
        if node.attr.value == "utcnow":
            body = f"lambda: {receiver}.now({zone}){tail}"
        else:
            name = "timestamp" if "timestamp" not in (receiver, zone) else "seconds"
            body = f"lambda {name}: {receiver}.fromtimestamp({name}, {zone}){tail}"
        parent = self.index.parent[node]
        line = self._alone(parent)
        if line is not None:
            define(command, line, cst.ensure_type(cst.parse_expression(body), cst.Lambda))
            return
        if isinstance(parent, cst.Assign) and self._class_around(parent) is not None:
            body = f"staticmethod({body})"
        elif not isinstance(parent, _TAKES_LAMBDA) and not node.lpar:
            body = f"({body})"
        new = cst.parse_expression(body)
        command.change(node, lambda updated: in_parentheses_of(updated, new))

    def _alone(self, statement: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The line of a statement that gives one name a function, in no class: `def` says so better."""
        if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
            return None
        line = self.index.parent[statement]
        block = self.index.parent.get(line)
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        is_block = isinstance(block, (cst.Module, cst.IndentedBlock))
        is_name = isinstance(statement.targets[0].target, cst.Name)
        return line if is_block and is_name and self._class_around(statement) is None else None

    def _stored_without_zone(self, node: cst.Attribute) -> bool:
        """Whether it is the default of a column that holds no zone."""
        for above in self.index.ancestors(node):
            if isinstance(above, cst.Call):
                code = self.command.code(above)
                return "DateTime" in code and not re.search(r"timezone\s*=\s*True", code)
            if isinstance(above, (cst.BaseSmallStatement, cst.Lambda)):
                break
        return False

    def _class_around(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """The class in whose body a statement stands."""
        holder = self.command.names.holder(self.command.names.scope(node))
        return holder if isinstance(holder, cst.ClassDef) else None

    def _not_replaceable(self, node: cst.Attribute) -> str:
        context = self.command.get_metadata(ExpressionContextProvider, node, None)
        if context not in (None, ExpressionContext.LOAD):
            return "it is replaced here"
        root: cst.BaseExpression = node
        while isinstance(root, cst.Attribute):
            root = root.value
        if not isinstance(root, cst.Name):
            return "the reference needs a human"
        bindings = self.command.names.bound(root)
        if bindings and bindings[0].scope is not None:
            if isinstance(self.command.names.holder(bindings[0].scope), cst.ClassDef):
                return "a lambda cannot see the names of a class body"
        return self._compared(node) or self._itself_used(node) or self._given(node)

    def _compared(self, node: cst.Attribute) -> str:
        for above in self.index.ancestors(node):
            if isinstance(above, cst.Comparison):
                return "the function itself is compared, a lambda is another object"
            if isinstance(above, _ENDS):
                break
        for attribute in self.index.find(cst.Attribute):
            if attribute is node or attribute.attr.value != node.attr.value:
                continue
            if isinstance(self.index.parent[attribute], (cst.Comparison, cst.ComparisonTarget)):
                line = self.command.file.line(attribute)
                return f"line {line} compares the function itself, a lambda is another object"
        return ""

    def _itself_used(self, node: cst.Attribute) -> str:
        parent = self.index.parent[node]
        if isinstance(parent, cst.Attribute):
            return "an attribute of the function itself is used"
        if isinstance(parent, cst.DictElement) and parent.key is node:
            return _KEY
        if isinstance(parent, cst.Element) and isinstance(self.index.parent[parent], cst.Set):
            return _KEY
        if isinstance(parent, (cst.Index, cst.Subscript)):
            return _KEY
        if isinstance(parent, cst.FormattedStringExpression):
            return "the function itself is printed"
        if isinstance(parent, cst.Expr):
            return "a reference without a call does nothing"
        return ""

    def _given(self, node: cst.Attribute) -> str:
        """Why a lambda would not do where the reference goes."""
        around = self.index.ancestors(node)
        above = next((n for n in around if isinstance(n, _ENDS)), None)
        if isinstance(above, cst.Decorator):
            return "it is used as a decorator"
        if isinstance(above, (cst.Assign, cst.AnnAssign)):
            return self._assigned(above, direct=self.index.parent[node] is above)
        if isinstance(above, cst.Arg):
            call = self.index.parent[above]
            return self._passed(call, above) if isinstance(call, cst.Call) else ""
        return ""

    def _assigned(self, statement: cst.Assign | cst.AnnAssign, direct: bool) -> str:
        holder = self._class_around(statement)
        if holder is not None:
            if direct and isinstance(statement, cst.Assign) and self._plain(holder, statement):
                return ""
            return "as a class attribute a lambda would become a method"
        targets = (
            [target.target for target in statement.targets]
            if isinstance(statement, cst.Assign)
            else [statement.target]
        )
        function = self.command.names.holder(self.command.names.scope(statement))
        for target in targets:
            if isinstance(target, cst.Attribute):
                own = isinstance(function, cst.FunctionDef) and function.params.params
                if (
                    not own
                    or not isinstance(target.value, cst.Name)
                    or target.value.value != "self"
                ):
                    return "set on another object a lambda may become a method"
        return ""

    def _plain(self, holder: cst.ClassDef, statement: cst.Assign) -> bool:
        """Whether an attribute of a class may become a staticmethod."""
        bases = all(
            isinstance(b.value, cst.Name) and b.value.value == "object" for b in holder.bases
        )
        if not bases or holder.keywords or holder.decorators or len(statement.targets) != 1:
            return False
        target = statement.targets[0].target
        if not isinstance(target, cst.Name):
            return False
        self.command.sees(target.value)
        reads = (
            n for n in self.index.find(cst.Name) if n.value == target.value and n is not target
        )
        return not any(
            self._class_around(name) is holder
            for name in reads
            if not isinstance(self.index.parent[name], cst.Attribute)
        )

    def _passed(self, call: cst.Call, argument: cst.Arg) -> str:
        function = call.func
        data = self.command.file.data
        last = function.attr.value if isinstance(function, cst.Attribute) else ""
        last = function.value if isinstance(function, cst.Name) else last
        meaning = self.command.meaning(function)
        named = argument.keyword.value if argument.keyword else ""
        if meaning.startswith("django.") or (
            named in ("default", "db_default") and b"django" in data
        ):
            return "Django migrations cannot hold a lambda; write a module-level function"
        if last in ("setattr", "object", "patch") or last.startswith("patch"):
            return "set on another object a lambda may become a method"
        if last in _POOLED | _SENT:
            sent = last != "map" or isinstance(function, cst.Attribute)
            if sent and re.search(_PICKLES, data):
                return "a lambda cannot be sent to another process"
        return "the function itself is looked at" if last in _LOOKED_AT else ""
