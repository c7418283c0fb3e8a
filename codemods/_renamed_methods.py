"""The command behind `renamed-methods`."""

from __future__ import annotations

import re

import libcst as cst

from gardener.codemod.command import Command
from gardener.codemod.evidence import proven

ALIASES = {
    "assertEquals": "assertEqual",
    "assertNotEquals": "assertNotEqual",
    "assert_": "assertTrue",
    "assertAlmostEquals": "assertAlmostEqual",
    "assertNotAlmostEquals": "assertNotAlmostEqual",
    "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertRaisesRegexp": "assertRaisesRegex",
    "failUnlessEqual": "assertEqual",
    "failIfEqual": "assertNotEqual",
    "failUnlessAlmostEqual": "assertAlmostEqual",
    "failIfAlmostEqual": "assertNotAlmostEqual",
    "failUnless": "assertTrue",
    "failIf": "assertFalse",
    "failUnlessRaises": "assertRaises",
}
"""Methods of unittest.TestCase that Python 3.12 has under their new names only."""

_SESSION = re.compile(r"(?:^|\.)(?:db|\w*session)$", re.IGNORECASE)
_MOCKED_WARN = ("warn.assert_", "warn.call", "warn.side_effect", 'warn")', "warn')")


class RenamedMethods(Command):
    """Call methods by the names that they have now."""

    NAME = "renamed-methods"
    CODES = ("PT009", "UP005", "G010")
    MARKS = re.compile(
        rb"\.\s*(?:warn|get)\s*\(|getLogger|\.\s*(?:assert(?:_\b|\w*Equals|\w*Regexp)|fail(?:Unless|If))"
    )
    """Calls of such methods, and what makes loggers."""

    def find(self, module: cst.Module) -> None:
        """Find calls of methods that have another name now."""
        del module
        for call in self.index.find(cst.Call):
            method = call.func
            if not isinstance(method, cst.Attribute) or self.protected(call):
                continue
            name = method.attr.value
            if name in ALIASES:
                self._assertion(method, ALIASES[name])
            elif name == "warn":
                self._warning(method)
            elif name == "get":
                self._by_key(call, method)

    def _assertion(self, method: cst.Attribute, new: str) -> None:
        if not isinstance(method.value, cst.Name) or method.value.value not in ("self", "cls"):
            return
        classes = [a for a in self.index.ancestors(method) if isinstance(a, cst.ClassDef)]
        if not classes or not classes[0].bases:
            return
        if self.project.containing(f"def {method.attr.value}("):
            return  # a method of the project's own
        self.change(method.attr, lambda name: name.with_changes(value=new))

    # --- logger.warn ----------------------------------------------------------------------------

    def _warning(self, method: cst.Attribute) -> None:
        if not self._is_logger(method.value):
            return
        mocks = [path for text in _MOCKED_WARN for path in self.project.containing(text)]
        if mocks:
            self.note(method, f"warn() of a logger stays: {mocks[0]} may mock it")
            return
        self.change(method.attr, lambda name: name.with_changes(value="warning"))

    def _is_logger(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is surely what logging.getLogger() gives."""
        if isinstance(node, cst.Call):
            return self.meaning(node.func) == "logging.getLogger"
        if isinstance(node, cst.Name):
            bindings = self.names.bound(node)
            return len(bindings) == 1 and self._gives_logger(bindings[0].value)
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            return node.value.value in ("self", "cls") and self._is_logger_of_class(node)
        return False

    def _gives_logger(self, value: cst.BaseExpression | None) -> bool:
        return isinstance(value, cst.Call) and self.meaning(value.func) == "logging.getLogger"

    def _is_logger_of_class(self, node: cst.Attribute) -> bool:
        """Whether all that the file assigns to an attribute of that name are loggers."""
        self.sees(node.attr.value)
        values = []
        for target in self.index.find(cst.AssignTarget):
            written = target.target
            if isinstance(written, cst.Attribute) and written.attr.value == node.attr.value:
                statement = self.index.parent[target]
                assert isinstance(statement, cst.Assign)
                values.append(statement.value)
        return bool(values) and all(map(self._gives_logger, values))

    # --- session.query(Model).get(key) -----------------------------------------------------------

    def _by_key(self, call: cst.Call, method: cst.Attribute) -> None:
        query = method.value
        if not isinstance(query, cst.Call) or not isinstance(query.func, cst.Attribute):
            return
        arguments = [*query.args, *call.args]
        plain = all(arg.keyword is None and not arg.star for arg in arguments)
        if (
            query.func.attr.value != "query"
            or len(query.args) != 1
            or len(call.args) != 1
            or not plain
        ):
            return
        if not _SESSION.search(self.code(query.func.value)):
            return
        if not proven(self.project, "sqlalchemy", "1.4", self.file.path):
            return
        mocks = self.project.containing("query.return_value")
        if mocks:
            self.note(call, f"query().get() stays: {mocks[0]} mocks the query")
            return
        model, key = query.args[0].value, call.args[0].value
        args = [cst.Arg(model), cst.Arg(key)]
        receiver = query.func.value

        def by_key(old: cst.Call) -> cst.Call:
            func = cst.Attribute(receiver, cst.Name("get"))
            return cst.Call(func, args, lpar=old.lpar, rpar=old.rpar)

        self.change(call, by_key)
