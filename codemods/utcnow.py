"""Replace `datetime.utcnow()` and `utcfromtimestamp()`, which Python 3.12 deprecates.

Behaviour is kept: the result stays naive, `datetime.now(timezone.utc).replace(tzinfo=None)`.
What the code makes aware at once (`.replace(tzinfo=timezone.utc)`, `pytz.utc.localize(...)`)
becomes the simple aware form. With `utcnow = "aware"` in `[tool.gardener.codemods]`, or with
`--unsafe`, all values become aware, but for those that are printed with a `"Z"` behind them.

Left alone with a note: a `datetime` that is not certain to be the standard library's (shadowed,
star import), files in which it is mocked or frozen, comparisons of the function itself,
`.timestamp()` and `.astimezone()` on the naive value (they read it as local time: a bug).

See https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow
"""

from __future__ import annotations

import ast
import re
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from gardener.codemod.engine import Example
from gardener.codemod.source import Edit, Remark, Source

if TYPE_CHECKING:
    from gardener.codemod.project import Project
    from gardener.codemod.scopes import Binding, NameScope

NEEDLES = (b"utcnow", b"utcfromtimestamp")
CODES = ("DTZ003", "DTZ004")
EXAMPLES = (
    Example(
        "a call stays naive",
        "from datetime import datetime\n\nnow = datetime.utcnow()\n",
        "from datetime import datetime, timezone\n\n"
        "now = datetime.now(timezone.utc).replace(tzinfo=None)\n",
    ),
    Example(
        "a reference becomes a lambda",
        "import datetime as dt\n\ncolumn = Column(DateTime, default=dt.datetime.utcnow)\n",
        "import datetime as dt\n\ncolumn = Column(DateTime, "
        "default=lambda: dt.datetime.now(dt.timezone.utc).replace(tzinfo=None))\n",
    ),
    Example(
        "what is made aware at once becomes simple",
        "from datetime import datetime, timezone\n\n"
        "now = datetime.utcnow().replace(tzinfo=timezone.utc)\n",
        "from datetime import datetime, timezone\n\nnow = datetime.now(timezone.utc)\n",
    ),
    Example(
        "a name that is taken is imported under another one",
        "from datetime import datetime\n\nfrom django.utils import timezone\n\n"
        "late = timezone.now()\nnow = datetime.utcnow()\n",
        "from datetime import datetime, timezone as dt_timezone\n\n"
        "from django.utils import timezone\n\nlate = timezone.now()\n"
        "now = datetime.now(dt_timezone.utc).replace(tzinfo=None)\n",
    ),
    Example(
        "`.timestamp()` of a naive value is a bug",
        "from datetime import datetime\n\nstamp = datetime.utcnow().timestamp()\n",
        note="reads the naive value as local time",
    ),
    Example(
        "a star import may rebind the name",
        "from datetime import *\n\nnow = datetime.utcnow()\n",
        note="not certain",
    ),
)

_METHODS = {"utcnow", "utcfromtimestamp"}
_CLASS = "datetime.datetime"
_LOOK = re.compile(rb"\butc(?:now|fromtimestamp)\b")
_IMPORT = rb"\bdatetime\b"
_UTC_NAMES = {
    "datetime.timezone.utc",
    "datetime.UTC",
    "pytz.utc",
    "pytz.UTC",
    "dateutil.tz.UTC",
    "django.utils.timezone.utc",
}
_UTC_CALLS = {"dateutil.tz.tzutc"}
_PICKLES = rb"multiprocessing|ProcessPool|joblib|pickle|dask"
_ZULU = r"^Z(?![A-Za-z])|(?:%s|\})Z(?![A-Za-z])"
_STAR = rb"\bfrom(?:[ \t]|\\\r?\n)+([.a-zA-Z_0-9]+)(?:[ \t]|\\\r?\n)+import(?:[ \t]|\\\r?\n)*\*"
_FREEZERS = ("freezegun", "time_machine", "pytest_freezegun", "pytest_freezer")
_PATCHED = r"(?:^|\.)(?:datetime|utcnow|utcfromtimestamp|(?:datetime|dt)\.\w+)$"


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file says `utcnow` on something and `datetime` anywhere."""
    del path, project
    return bool(_LOOK.search(data) and re.search(_IMPORT, data))


def rewrite(source: Source, project: Project) -> Iterator[Edit | Remark]:
    """Yield the edits that take `utcnow` and `utcfromtimestamp` out of a file."""
    found = [_Use(source, node) for node in _attributes(source)]
    uses = [use for use in found if use.kind]
    if not uses:
        return
    reason = _mocked(source) or _mocked_by_a_test(source, project)
    aware = project.unsafe or project.config.codemods.utcnow == "aware"
    for use in uses:
        if source.protected(use.outer):
            continue
        if use.kind == "uncertain":
            yield use.remark(use.why)
        elif source.awaits_warning(use.node):
            yield use.remark("a test waits here for the warning that it gives")
        elif reason:
            yield use.remark(reason)
        else:
            yield from _Rewriter(source, project, aware).rewrite(use)


def _attributes(source: Source) -> list[ast.Attribute]:
    nodes = [node for node in source.find(ast.Attribute) if node.attr in _METHODS]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


class _Use:
    """One `X.utcnow` or `X.utcfromtimestamp` and what is certain about it."""

    def __init__(self, source: Source, node: ast.Attribute) -> None:
        self.source = source
        self.node = node
        parent = source.names.parent_of[node]
        self.call = parent if isinstance(parent, ast.Call) and parent.func is node else None
        self.outer: ast.expr = self.call or node
        self.kind = ""
        self.why = ""
        self._judge(node.value)

    def remark(self, why: str) -> Remark:
        return Remark(self.node.end_lineno or self.node.lineno, f"{self.node.attr}: {why}")

    def _judge(self, receiver: ast.expr) -> None:
        meaning = self.source.qualified(receiver)
        if meaning == _CLASS:
            self.kind = "certain"
        elif meaning:
            if meaning.rpartition(".")[2] == "datetime":
                self._doubt(f"`{ast.unparse(receiver)}` is {meaning}, not the standard library's")
        elif isinstance(receiver, ast.Call):
            if ast.unparse(receiver) == "super()":
                self._judge_super()
        elif isinstance(receiver, (ast.Name, ast.Attribute)):
            self._judge_name(receiver)

    def _doubt(self, why: str) -> None:
        self.kind, self.why = "uncertain", why

    def _judge_super(self) -> None:
        around = self.source.names.ancestors(self.node)
        holder = next((n for n in around if isinstance(n, ast.ClassDef)), None)
        if holder and plain_subclass(self.source, holder, allowed={"utcnow", "utcfromtimestamp"}):
            self.kind = "certain"
        elif holder and any(self.source.qualified(b) == _CLASS for b in holder.bases):
            self._doubt("the subclass changes methods that the new form would call")

    def _judge_name(self, receiver: ast.Name | ast.Attribute) -> None:
        root: ast.expr = receiver
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return
        found = self.source.names.lookup(root)
        bindings = found[1] if found else []
        if isinstance(receiver, ast.Name) and len(bindings) == 1:
            holder = bindings[0].node
            if isinstance(holder, ast.ClassDef):
                if plain_subclass(self.source, holder):
                    self.kind = "certain"
                elif any(self.source.qualified(b) == _CLASS for b in holder.bases):
                    own = {f.name for f in holder.body if isinstance(f, ast.FunctionDef)}
                    if self.node.attr not in own:
                        self._doubt("the subclass changes methods that the new form would call")
                return
        last = receiver.attr if isinstance(receiver, ast.Attribute) else receiver.id
        said = any(b.target.partition(".")[0] == "datetime" for b in bindings)
        stars = found is None and any(s.stars for s in _scopes(self.source, root))
        if last == "datetime" or root.id == "datetime" or said or (stars and last == "dt"):
            self._doubt(
                f"it is not certain that `{ast.unparse(receiver)}` is the standard library's datetime"
            )


def _scopes(source: Source, node: ast.AST) -> Iterator[NameScope]:
    scope: NameScope | None = source.names.scope_of[node]
    while scope is not None:
        yield scope
        scope = scope.parent


def plain_subclass(
    source: Source, node: ast.ClassDef, allowed: frozenset[str] | set[str] = frozenset()
) -> bool:
    """Whether a class is `datetime` with nothing changed that the new form relies on."""
    if len(node.bases) != 1 or node.keywords or node.decorator_list:
        return False
    if source.qualified(node.bases[0]) != _CLASS:
        base = node.bases[0]
        found = source.names.lookup(base) if isinstance(base, ast.Name) else None
        above = found[1][0].node if found and len(found[1]) == 1 else None
        if not isinstance(above, ast.ClassDef) or not plain_subclass(source, above):
            return False
    touchy = {"now", "replace", "fromtimestamp", "utcnow", "utcfromtimestamp", "fromutc"}
    touchy |= {"astimezone", "utcoffset", "tzinfo", "combine", "__new__", "__init__"}
    touchy |= {"__getattribute__", "__getattr__", "__init_subclass__"}
    inner = source.names.scope_at[node].bindings
    return not (touchy - set(allowed)) & set(inner)


class _Rewriter:
    """Makes the edits of one use."""

    def __init__(self, source: Source, project: Project, aware: bool) -> None:
        self.source = source
        self.names = source.names
        self.project = project
        self.aware = aware

    def rewrite(self, use: _Use) -> Iterator[Edit | Remark]:
        try:
            self.source.span(use.outer)
        except ValueError as wrong:
            yield use.remark(str(wrong))
            return
        if self._shows_itself(use):
            yield use.remark("an f-string with `=` prints the expression itself")
            return
        yield from self._call(use, use.call) if use.call else self._reference(use)

    # --- a call ------------------------------------------------------------------------

    def _call(self, use: _Use, call: ast.Call) -> Iterator[Edit | Remark]:
        wrong = _wrong_arguments(use.node.attr, call)
        if wrong:
            yield use.remark(wrong)
            return
        bug = self._read_as_local(call)
        if bug and not self.aware:
            yield use.remark(
                f"{bug} reads the naive value as local time, a bug wherever local time is not UTC; "
                "an aware datetime.now(timezone.utc) fixes it"
            )
            return
        localized = self._localized(call)
        replaced = self._replaced(call)
        if localized:
            zone_node, before, after = localized
            yield from self._now(use, call, self.source.text(zone_node))
            yield Edit(before[0], before[1], "")
            yield Edit(after[0], after[1], "")
            return
        if replaced:
            zone_text, gone = replaced
            if zone_text:
                yield from self._now(use, call, zone_text)
                yield from gone
                return
        text = yield from self._imported_zone(use)
        if not text:
            return
        yield from self._now(use, call, text)
        naive = self.aware and self._meets_naive(call)
        if naive:
            yield use.remark("it meets a naive value here, so it stays naive; make both aware")
        if not replaced and not (self.aware and not naive and not self._printed_with_z(call)):
            end = self.source.span(call)[1]
            yield Edit(end, end, ".replace(tzinfo=None)")
        yield from self._later(call)

    def _now(self, use: _Use, call: ast.Call, zone: str) -> Iterator[Edit]:
        node, source = use.node, self.source
        name_end = source.span(node)[1]
        end = source.span(call)[1]
        new = "now" if node.attr == "utcnow" else "fromtimestamp"
        yield Edit(name_end - len(node.attr), name_end, new)
        inside = any(isinstance(a, ast.JoinedStr) for a in self.names.ancestors(call))
        code = source.data if inside else source.code
        if not call.args:
            opening = code.index(b"(", name_end) + 1
            yield Edit(opening, opening, zone)
            return
        last = source.span(call.args[0])[1]
        closing = code.rfind(b")", last, end - 1)
        place = closing + 1 if closing >= 0 else last
        starred = isinstance(call.args[0], ast.Starred)
        yield Edit(place, place, f", {'tz=' if starred else ''}{zone}")

    def _replaced(self, call: ast.Call) -> tuple[str, list[Edit]] | None:
        """The UTC zone that `.replace(tzinfo=...)` sets at once and the edits that drop it.

        The zone is empty when it is not certain to be UTC; then the replace stays.
        """
        current = call
        while True:
            above = self._method(current, "replace")
            if above is None or above.args or any(k.arg is None for k in above.keywords):
                return None
            zone = next((k for k in above.keywords if k.arg == "tzinfo"), None)
            if zone is None:
                current = above
                continue
            start, end = self.source.span(current)[1], self.source.span(above)[1]
            inside = any(isinstance(a, ast.JoinedStr) for a in self.names.ancestors(call))
            if not self._is_utc(zone.value) or inside or b"#" in self.source.data[start:end]:
                return "", []
            text = self.source.text(zone.value)
            if len(above.keywords) == 1:
                return text, [Edit(start, end, "")]
            number = above.keywords.index(zone)
            if number:
                gone = (self._end(above.keywords[number - 1]), self._end(zone))
            else:
                gone = (self.source.span(zone)[0], self.source.span(above.keywords[1])[0])
            return text, [Edit(*gone, "")]

    def _end(self, keyword: ast.keyword) -> int:
        """Offset behind a keyword's value and the parentheses around it."""
        end = self.source.span(keyword)[1]
        while (
            match := re.compile(rb"\s*\)").match(self.source.code, end)
        ) and self.source.code.count(
            b"(", self.source.span(keyword)[0], end
        ) > self.source.code.count(b")", self.source.span(keyword)[0], end):
            end = match.end()
        return end

    def _localized(
        self, call: ast.Call
    ) -> tuple[ast.expr, tuple[int, int], tuple[int, int]] | None:
        """`pytz.utc.localize(<call>)`: the zone, and what goes before and behind the call."""
        above = self.names.parent_of[call]
        if not isinstance(above, ast.Call) or above.args != [call] or above.keywords:
            return None
        function = above.func
        if not isinstance(function, ast.Attribute) or function.attr != "localize":
            return None
        if not self._is_utc(function.value):
            return None
        start, end = self.source.span(call)
        first, last = self.source.span(above)
        if b"#" in self.source.data[first:start] + self.source.data[end:last]:
            return None
        return function.value, (first, start), (end, last)

    def _is_utc(self, expr: ast.expr) -> bool:
        meaning = self.source.qualified(expr)
        if meaning in _UTC_NAMES:
            return True
        if not isinstance(expr, ast.Call):
            return False
        meaning = self.source.qualified(expr.func)
        if meaning in _UTC_CALLS:
            return not expr.args and not expr.keywords
        named = meaning in ("pytz.timezone", "zoneinfo.ZoneInfo", "dateutil.tz.gettz")
        return named and [ast.dump(a) for a in expr.args] == [ast.dump(ast.Constant("UTC"))]

    def _method(self, value: ast.expr, *names: str) -> ast.Call | None:
        """The call of a method of `value`, if the value stands before one of them."""
        attribute = self.names.parent_of[value]
        if not isinstance(attribute, ast.Attribute) or attribute.attr not in names:
            return None
        call = self.names.parent_of[attribute]
        return call if isinstance(call, ast.Call) and call.func is attribute else None

    def _read_as_local(self, call: ast.Call) -> str:
        current: ast.expr = call
        while True:
            if self._method(current, "timestamp"):
                return "`.timestamp()`"
            if self._method(current, "astimezone"):
                return "`.astimezone()`"
            printed = self._method(current, "strftime")
            if printed and "%s" in ast.unparse(printed):
                return '`strftime("%s")`'
            above = self.names.parent_of[current]
            replacing = self._method(current, "replace")
            if replacing and not replacing.args:
                if any(k.arg in (None, "tzinfo") for k in replacing.keywords):
                    return ""
                current = replacing
            elif isinstance(above, ast.BinOp) and isinstance(above.op, (ast.Add, ast.Sub)):
                if isinstance(above.op, ast.Sub) and above.right is current:
                    return ""
                current = above
            elif isinstance(above, ast.NamedExpr):
                current = above
            else:
                return ""

    def _later(self, call: ast.Call) -> Iterator[Remark]:
        """Tell of `.timestamp()` on a name that holds the naive value."""
        if self.aware:
            return
        above = self.names.parent_of[call]
        if not isinstance(above, ast.Assign) or len(above.targets) != 1:
            return
        target = above.targets[0]
        if not isinstance(target, ast.Name):
            return
        scope = self.names.scope_of[target]
        if len(scope.bindings.get(target.id, ())) != 1:
            return
        for node in self.source.find(ast.Attribute):
            read = node.attr in ("timestamp", "astimezone")
            if not read or not isinstance(node.value, ast.Name) or node.value.id != target.id:
                continue
            found = self.names.lookup(node.value)
            if found and found[0] is scope and isinstance(self.names.parent_of[node], ast.Call):
                yield Remark(
                    node.end_lineno or node.lineno,
                    f"`{target.id}.{node.attr}()` reads a naive UTC value as local time: a bug wherever local time is not UTC",
                )

    def _printed_with_z(self, call: ast.Call) -> bool:
        """Whether the value is printed with a Z behind it, here or by the name it gets."""
        target: ast.expr | None = None
        above = self.names.parent_of[call]
        if isinstance(above, ast.Assign) and len(above.targets) == 1:
            target = above.targets[0]
        elif isinstance(above, (ast.AnnAssign, ast.NamedExpr)):
            target = above.target
        nodes: list[ast.expr] = [call]
        if target is not None:
            wanted = ast.unparse(target)
            nodes += [
                n
                for n in self.source.find(ast.expr)
                if isinstance(n, (ast.Name, ast.Attribute)) and ast.unparse(n) == wanted
            ]
        return any(self._z_behind(node) for node in nodes)

    def _z_behind(self, node: ast.expr) -> bool:
        """Whether a text that ends the value with a Z stands in the same expression."""
        current: ast.AST = node
        while isinstance(above := self.names.parent_of[current], (ast.expr, ast.keyword)):
            if isinstance(above, ast.Lambda):
                break
            current = above
        texts = (n.value for n in ast.walk(current) if isinstance(n, ast.Constant))
        return any(isinstance(t, str) and re.search(_ZULU, t) for t in texts)

    def _meets_naive(self, call: ast.Call) -> bool:
        """Whether the value is compared with, or subtracted from, one that is surely naive."""
        current: ast.expr = call
        while above := self._method(current, "replace"):
            current = above
        parent = self.names.parent_of[current]
        if isinstance(parent, ast.Compare):
            others = [parent.left, *parent.comparators]
        elif isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Sub):
            others = [parent.left, parent.right]
        else:
            return False
        return any(self._naive(other) for other in others if other is not current)

    def _naive(self, expr: ast.expr) -> bool:
        if isinstance(expr, ast.Name):
            found = self.names.lookup(expr)
            value = found[1][0].value if found and len(found[1]) == 1 else None
            return isinstance(value, ast.Call) and self._naive(value)
        if not isinstance(expr, ast.Call):
            return False
        if isinstance(expr.func, ast.Attribute) and expr.func.attr == "replace":
            zones = [k.value for k in expr.keywords if k.arg == "tzinfo"]
            if zones:
                return isinstance(zones[0], ast.Constant) and zones[0].value is None
        meaning = self.source.qualified(expr.func)
        zoned = len(expr.args) > 7 or any(k.arg in (None, "tzinfo") for k in expr.keywords)
        if any(isinstance(a, ast.Starred) for a in expr.args):
            return False
        if meaning == f"{_CLASS}.strptime":
            return len(expr.args) == 2 and "%z" not in ast.unparse(expr.args[1]).lower()
        return meaning == _CLASS and not zoned

    # --- a reference ---------------------------------------------------------------------

    def _reference(self, use: _Use) -> Iterator[Edit | Remark]:
        wrong = self._not_replaceable(use)
        if wrong:
            yield use.remark(wrong)
            return
        text = yield from self._imported_zone(use)
        if not text:
            return
        receiver = self.source.text(use.node.value)
        tail = "" if self.aware else ".replace(tzinfo=None)"
        if use.node.attr == "utcnow":
            body = f"lambda: {receiver}.now({text}){tail}"
        else:
            name = "timestamp" if "timestamp" not in (receiver, text) else "seconds"
            body = f"lambda {name}: {receiver}.fromtimestamp({name}, {text}){tail}"
        parent = self.names.parent_of[use.node]
        if isinstance(parent, ast.Assign) and isinstance(
            self.names.scope_of[parent].node, ast.ClassDef
        ):
            body = f"staticmethod({body})"
        elif not isinstance(
            parent,
            _TAKES_LAMBDA,
        ):
            body = f"({body})"
        yield self.source.replace(use.node, body)

    def _not_replaceable(self, use: _Use) -> str:
        node, names = use.node, self.names
        if not isinstance(node.ctx, ast.Load):
            return "it is replaced here"
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return "the reference needs a human"
        found = names.lookup(root)
        if found and found[0].is_class:
            return "a lambda cannot see the names of a class body"
        current: ast.AST = node
        for above in names.ancestors(node):
            if isinstance(above, ast.Compare):
                return "the function itself is compared, a lambda is another object"
            if isinstance(above, (ast.Call, ast.stmt, ast.Lambda, ast.keyword)):
                break
            current = above
        parent = names.parent_of[node]
        for other in self.source.find(ast.Attribute):
            same = other is not node and other.attr == node.attr
            if same and isinstance(names.parent_of[other], ast.Compare):
                return (
                    f"line {other.lineno} compares the function itself, a lambda is another object"
                )
        if isinstance(parent, ast.Attribute):
            return "an attribute of the function itself is used"
        if isinstance(parent, ast.Set) or (isinstance(parent, ast.Dict) and node in parent.keys):
            return "the function itself is a key"
        if isinstance(parent, ast.Subscript):
            return "the function itself is a key"
        if isinstance(parent, ast.FormattedValue):
            return "the function itself is printed"
        if isinstance(parent, ast.Expr):
            return "a reference without a call does nothing"
        if isinstance(above, (*_FUNCTIONS, ast.ClassDef)) and current in above.decorator_list:
            return "it is used as a decorator"
        if isinstance(above, (ast.Assign, ast.AnnAssign)):
            return self._assigned(above, direct=parent is above)
        call = above if isinstance(above, ast.Call) else names.parent_of[above]
        if isinstance(call, ast.Call):
            return self._passed(call, above if isinstance(above, ast.keyword) else None)
        return ""

    def _assigned(self, statement: ast.Assign | ast.AnnAssign, direct: bool) -> str:
        holder = self.names.scope_of[statement].node
        if isinstance(holder, ast.ClassDef):
            plain = not holder.keywords and not holder.decorator_list
            bases = all(isinstance(b, ast.Name) and b.id == "object" for b in holder.bases)
            simple = isinstance(statement, ast.Assign) and len(statement.targets) == 1
            read = [n for n in self.source.find(ast.Name) if isinstance(n.ctx, ast.Load)]
            if simple and isinstance(statement.targets[0], ast.Name):  # type: ignore[union-attr]
                name = statement.targets[0].id  # type: ignore[union-attr]
                inside = any(n.id == name and self.names.scope_of[n].node is holder for n in read)
                if direct and plain and bases and not inside:
                    return ""
            return "as a class attribute a lambda would become a method"
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            if isinstance(target, ast.Attribute):
                own = isinstance(holder, _FUNCTIONS) and holder.args.args
                if not own or not isinstance(target.value, ast.Name) or target.value.id != "self":
                    return "set on another object a lambda may become a method"
        return ""

    def _passed(self, call: ast.Call, keyword: ast.keyword | None) -> str:
        function = call.func
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        meaning = self.source.qualified(function)
        defaults = keyword is not None and keyword.arg in ("default", "db_default")
        if meaning.startswith("django.") or (defaults and b"django" in self.source.data):
            return "Django migrations cannot hold a lambda; write a module-level function"
        if last in ("setattr", "object", "patch") or last.startswith("patch"):
            return "set on another object a lambda may become a method"
        pooled = last in ("submit", "map", "imap", "starmap", "apply", "apply_async", "map_async")
        if pooled or last in ("Process", "dumps", "dump", "Pool", "ProcessPoolExecutor"):
            sent = last != "map" or isinstance(function, ast.Attribute)
            if sent and re.search(_PICKLES, self.source.data):
                return "a lambda cannot be sent to another process"
        if last in (
            "getattr",
            "hasattr",
            "id",
            "hash",
            "type",
            "repr",
            "str",
            "print",
            "signature",
        ):
            return "the function itself is looked at"
        if last in ("wraps", "update_wrapper", "create_autospec", "isinstance", "issubclass"):
            return "the function itself is looked at"
        return ""

    def _shows_itself(self, use: _Use) -> bool:
        for above in self.names.ancestors(use.outer):
            if isinstance(above, ast.FormattedValue):
                text = self.names.parent_of[above]
                if isinstance(text, ast.JoinedStr):
                    number = text.values.index(above)
                    before = text.values[number - 1] if number else None
                    if isinstance(before, ast.Constant):
                        return bool(
                            re.search(use.node.attr + r"\b.*=\s*$", str(before.value), re.DOTALL)
                        )
            if isinstance(above, ast.stmt):
                break
        return False

    # --- the zone ------------------------------------------------------------------------

    def _imported_zone(self, use: _Use) -> Generator[Edit | Remark, None, str]:
        """Yield what imports UTC where the use stands, or why it cannot be; return how it is written."""
        found = zone(self.source, self.project, use.node)
        if isinstance(found, str):
            yield use.remark(found)
            return ""
        text, imports = found
        yield from imports
        return text


_TAKES_LAMBDA = (
    *(ast.Call, ast.keyword, ast.Assign, ast.AnnAssign, ast.Return, ast.arguments),
    *(ast.Lambda, ast.Dict, ast.List, ast.Tuple),
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _wrong_arguments(name: str, call: ast.Call) -> str:
    if call.keywords:
        return "takes no keywords"
    if name == "utcnow":
        return "takes no arguments" if call.args else ""
    if len(call.args) != 1 or isinstance(call.args[0], ast.GeneratorExp):
        return "takes one argument"
    return ""


def zone(source: Source, project: Project, node: ast.Attribute) -> tuple[str, list[Edit]] | str:
    """How UTC is written beside `node`, with the edits that import it; or why it cannot be."""
    short = project.config.codemods.prefer_utc and (project.minimum_python or (0,)) >= (3, 11)
    receiver = node.value
    if isinstance(receiver, ast.Attribute) and source.qualified(receiver.value) == "datetime":
        module = source.text(receiver.value)
        return (f"{module}.UTC" if short else f"{module}.timezone.utc"), []
    constants = {"datetime.UTC": "", "datetime.timezone": ".utc"}
    if not short:
        constants = dict(reversed(constants.items()))
    from gardener.codemod.importing import extended, free_name, spelled, visible

    reliable = list(visible(source, node))
    for target, tail in (*constants.items(), ("datetime", ".UTC" if short else ".timezone.utc")):
        for binding in reliable:
            if binding.target == target:
                return binding.name + tail, []
    bindings = _class_imports(source, receiver)
    if not bindings:
        return "no import of datetime to add timezone to"
    wanted = "UTC" if short else "timezone"
    local = free_name(source, wanted, f"datetime.{wanted}", "dt_")
    if _starred_over(source, project, local):
        local = f"_{local}"
    edits: list[Edit] = []

    for binding in bindings:
        assert isinstance(binding.node, ast.ImportFrom)
        scope = source.names.scope_of[binding.node]
        if binding.name in scope.declared_global | scope.declared_nonlocal:
            return f"line {binding.node.lineno} imports {binding.name} for another scope"
        if source.protected(binding.node):
            return "the import of datetime is protected by a comment"
        if not any((a.name, a.asname or a.name) == (wanted, local) for a in binding.node.names):
            edits += extended(source, binding.node, spelled(wanted, local))
    return (local if short else f"{local}.utc"), edits


def _starred_over(source: Source, project: Project, name: str) -> bool:
    """Whether `from this import *` elsewhere would put a new name in the place of another."""
    if "__all__" in source.names.module.bindings:
        return False
    own = project.modules.name(project.full(source.path))
    for path in project.memo("star imports", lambda: _stars(project)).get(own, ()):
        other = project.modules.source(project.full(path))
        if other is not None and other.names.bound_anywhere(name):
            return True
    return False


def _stars(project: Project) -> dict[str, list[str]]:
    """Modules of which others import all names, each with the files that do."""
    found: dict[str, list[str]] = {}
    for path in project.containing("import *"):
        for match in re.finditer(_STAR, project.read(path)):
            origin = project.modules.absolute(match[1].decode(), project.full(path))
            found.setdefault(origin, []).append(path)
    return found


def _class_imports(source: Source, receiver: ast.expr, depth: int = 0) -> list[Binding]:
    """The `from datetime import` statements that the receiver's class comes from."""
    if isinstance(receiver, ast.Call) and depth < 8:  # super(): the base of the class around it
        around = source.names.ancestors(receiver)
        holder = next((n for n in around if isinstance(n, ast.ClassDef)), None)
        return _class_imports(source, holder.bases[0], depth + 1) if holder else []
    found = source.names.lookup(receiver) if isinstance(receiver, ast.Name) else None
    if not found or depth > 8:
        return []
    bindings = found[1]
    if len(bindings) == 1 and isinstance(bindings[0].node, ast.ClassDef):
        if depth and found[0].parent is not None:
            return []
        return _class_imports(source, bindings[0].node.bases[0], depth + 1)
    if len(bindings) == 1 and bindings[0].kind == "assign" and bindings[0].value is not None:
        return _class_imports(source, bindings[0].value, depth + 1)
    if depth and found[0].parent is not None:
        return []
    return [
        b for b in bindings if isinstance(b.node, ast.ImportFrom) and b.node.module == "datetime"
    ]


# --- mocked or frozen ------------------------------------------------------------------------


def _mocked(source: Source) -> str:
    """Why a file's clock is not the real one; empty when it is."""
    for node in source.find(ast.AST):
        why = _mocks(source, node)
        if why:
            return f"{why} (line {getattr(node, 'lineno', 0)}): change both by hand"
    return ""


def _mocked_by_a_test(source: Source, project: Project) -> str:
    """Why a test of the project would no longer find what it mocks; '' = it would."""
    from gardener.codemod.prefilter import patched_names

    own = project.modules.name(project.full(source.path))
    for text, place in patched_names(project):
        if place.rpartition(":")[0] == source.path or not re.search(_PATCHED, text):
            continue
        module = text.partition(".datetime")[0] if ".datetime" in text else text.rpartition(".")[0]
        same = module == own or f".{own}".endswith(f".{module}") or f".{module}".endswith(f".{own}")
        everywhere = text.startswith("datetime.datetime") and _by_module(source)
        if (module and own and same) or everywhere:
            return f"{place} mocks the datetime of this module: change both by hand"
    for path in project.memo("sets datetime", lambda: project.containing(".datetime =")):
        other = project.modules.source(project.full(path)) if path != source.path else None
        for node in other.find(ast.Attribute) if other else ():
            if node.attr == "datetime" and isinstance(node.ctx, ast.Store) and other and own:
                meaning = other.qualified(node.value)
                if meaning and project.modules.absolute(meaning, project.full(path)) == own:
                    return f"{path}:{node.lineno} replaces the datetime of this module: change both by hand"
    for path in project.containing("tz_offset"):
        if re.search(rb"\bfreeze_time\([^)]*\btz_offset\s*=", project.read(path)):
            return f"{path} freezes time with a tz_offset, which now(timezone.utc) would feel"
    return ""


def _by_module(source: Source) -> bool:
    return any(source.qualified(n) == _CLASS for n in _attributes_of_module(source))


def _attributes_of_module(source: Source) -> Iterator[ast.Attribute]:
    return (n for n in source.find(ast.Attribute) if n.attr == "datetime")


def _mocks(source: Source, node: ast.AST) -> str:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [a.name for a in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            if module.partition(".")[0] in _FREEZERS:
                return f"time is frozen by {module.partition('.')[0]} in this file"
    if isinstance(node, ast.arg) and node.arg in ("freezer", "time_machine"):
        return f"time is frozen by the fixture {node.arg} in this file"
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        named = node.attr in ("datetime", *_METHODS)
        if named and source.qualified(node.value):
            return "datetime is replaced in this file"
    if isinstance(node, ast.Call):
        function = node.func
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if last in ("patch", "object", "setattr", "multiple", "dict", "replace", "spy", "stub"):
            values = [a.value for a in node.args if isinstance(a, ast.Constant)]
            strings = [value for value in values if isinstance(value, str)]
            named = last == "multiple" and any(k.arg == "datetime" for k in node.keywords)
            if last in ("replace", "dict"):
                return ""
            if named or any(re.search(_PATCHED, s) for s in strings):
                return "datetime is mocked in this file"
    return ""
