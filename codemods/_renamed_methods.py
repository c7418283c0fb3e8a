"""The command behind `renamed-methods`."""

from __future__ import annotations

import re

import libcst as cst

from gardener.codemod import comments
from gardener.codemod.command import Command
from gardener.codemod.evidence import proven
from gardener.codemod.oldest_python import oldest_python

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

_SINCE = {"assertRegex": (3, 2), "assertRaisesRegex": (3, 2), "assertNotRegex": (3, 5)}
"""New names that Python 2 lacks."""

_OF_TESTS = re.compile(r"(?i)test|case|mixin|suite|base")
_SESSION = re.compile(r"(?:^|\.)\w*session$", re.IGNORECASE)
_DB_IS_SESSION = re.compile(rb"(?i)\bdb\s*(?::\s*[\w.\[\"' ]*?|=\s*[\w.]*?)session")
_OWN_GET = re.compile(
    rb"(?m)^class \w+\([^)]*\b(?:Base)?Query\b[^)]*\):(?:\n(?:[ \t][^\n]*)?)*?\n[ \t]+def get\("
)
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
        if not classes or not any(_OF_TESTS.search(self.code(b)) for b in classes[0].bases):
            return
        old = method.attr.value
        if self.project.containing(f"def {old}(") or self.project.containing(f" {old} = "):
            return  # a method of the project's own
        oldest = oldest_python(self.project, self.file.path)
        if oldest is not None and oldest < _SINCE.get(new, oldest):
            return
        self.change(method.attr, lambda name: name.with_changes(value=new))

    # --- logger.warn ----------------------------------------------------------------------------

    def _warning(self, method: cst.Attribute) -> None:
        if not self._is_logger(method.value):
            return
        mocks = [
            path
            for text in _MOCKED_WARN
            for path, source in self.project.grep(text)
            if text.encode() in source.replace(b"warnings.warn", b"")
        ]
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

    def _is_session(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is called a session; one called `db` must be said to be one."""
        code = self.code(node)
        if _SESSION.search(code):
            return True
        is_db = code == "db" or code.endswith(".db")
        return is_db and _DB_IS_SESSION.search(self.file.data) is not None

    def _own_get(self) -> str:
        """A file with a class of queries that says itself what `get` does."""
        files = self.project.grep("def get(")
        return next((path for path, content in files if _OWN_GET.search(content)), "")

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
        if not self._is_session(query.func.value):
            return
        if not proven(self.project, "sqlalchemy", "1.4", self.file.path):
            return
        mocks = self.project.containing("query.return_value")
        if mocks:
            self.note(call, f"query().get() stays: {mocks[0]} mocks the query")
            return
        own = self.project.memo("files with a get() of queries", self._own_get)
        if own:
            self.note(call, f"query().get() stays: {own} may give queries a get() of its own")
            return
        model = cst.Arg(
            query.args[0].value, comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        )
        receiver = query.func.value

        def by_key(old: cst.Call) -> cst.Call:
            func = cst.Attribute(receiver, cst.Name("get"))
            return old.with_changes(func=func, args=[model, *old.args])

        if comments.lost(self.code(call), self.code(by_key(call))):
            self.note(call, "query().get() stays: a comment stands in it")
            return
        self.change(call, by_key)
