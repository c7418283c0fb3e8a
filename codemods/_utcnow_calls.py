"""`datetime.utcnow()`: what takes its place, naive or aware, as what stands around it demands."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import Scope

from ._utcnow_meets import meets_naive, printed_with_zone
from ._utcnow_nodes import (
    Clock,
    in_parentheses_of,
    is_utc,
    keywords,
    method,
    no_zone,
    note_at,
    with_no_zone,
)

if TYPE_CHECKING:
    from gardener.codemod.command import Command

    from ._utcnow_zone import Zones

_ZONE_FREE_CALLS = (
    *("date", "time", "weekday", "isoweekday", "isocalendar", "toordinal", "ctime"),
    *("timetuple", "utctimetuple"),
)
_ZONE_FREE = {"year", "month", "day", "hour", "minute", "second", "microsecond"}
_ZONED_FORMAT = r"%[-_0^#:]*[zZsc+]"


class Calls:
    """Makes the changes of calls."""

    def __init__(self, command: Command, zones: Zones, aware: bool) -> None:
        self.command = command
        self.zones = zones
        self.index = command.index
        self.aware = aware

    def rewrite(self, clock: Clock, call: cst.Call) -> None:
        """Change one call, or say why not."""
        command = self.command
        wrong = _wrong_arguments(clock.node.attr.value, call)
        if wrong:
            note_at(command, clock, wrong)
            return
        bug = self._read_as_local(call)
        if bug and not self.aware:
            note_at(
                command,
                clock,
                f"{bug} reads the naive value as local time, a bug wherever local time is not UTC; "
                "--unsafe makes it an aware datetime.now(timezone.utc), which fixes it",
            )
            return
        if self._made_aware_at_once(clock, call):
            return
        text = self.zones.written(clock)
        if text:
            self._changed(clock, call, text)

    def _changed(self, clock: Clock, call: cst.Call, text: str) -> None:
        naive = self.aware and meets_naive(self.command, call)
        if naive:
            note_at(
                self.command,
                clock,
                "it meets a naive value here, so it stays naive; make both aware",
            )
        stays_aware = self.aware and not naive and not printed_with_zone(self.command, call)
        chained, zone = self._replacing(call)
        tail = not (zone or stays_aware or self._zone_does_not_matter(call))
        if tail and chained is not None:
            self.command.change(chained, _with_no_zone)
            tail = False
        self.command.change(call, partial(_now, zone=text, tail=tail))
        if not self.aware:
            self._later(call)

    # --- aware at once -----------------------------------------------------------------------

    def _made_aware_at_once(self, clock: Clock, call: cst.Call) -> bool:
        """`.replace(tzinfo=timezone.utc)` and `pytz.utc.localize(...)` become the simple form."""
        localizing = self._localizing(call)
        if localizing is not None:
            assert isinstance(localizing.func, cst.Attribute)
            zone = self.command.code(localizing.func.value)
            self.command.change(call, partial(_now, zone=zone, tail=False))
            self.command.change(
                localizing, lambda updated: in_parentheses_of(updated, updated.args[0].value)
            )
            return True
        current = call
        while (above := method(self.command, current, "replace")) is not None:
            named = keywords(above)
            if named is None:
                return False
            if "tzinfo" not in named:
                current = above
                continue
            value = named["tzinfo"].value
            if not is_utc(self.command, value) or self._holds_comment(above, current):
                return False
            self.command.change(call, partial(_now, zone=self.command.code(value), tail=False))
            self.command.change(above, _without_zone)
            return True
        return False

    def _localizing(self, call: cst.Call) -> cst.Call | None:
        """`pytz.utc.localize(<call>)` around a call."""
        argument = self.index.parent[call]
        above = self.index.parent.get(argument)
        if not isinstance(argument, cst.Arg) or not isinstance(above, cst.Call):
            return None
        function = above.func
        if len(above.args) != 1 or argument.keyword is not None or argument.star:
            return None
        if not isinstance(function, cst.Attribute) or function.attr.value != "localize":
            return None
        if not is_utc(self.command, function.value) or self._holds_comment(above, call):
            return None
        return above

    def _holds_comment(self, outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
        """Whether a comment would be lost with what is around a node."""
        around = self.command.code(outer).replace(self.command.code(inner), "", 1)
        return "#" in around

    def _replacing(self, call: cst.Call) -> tuple[cst.Call | None, bool]:
        """The `.replace(...)` that follows at once, and whether one of them sets a zone."""
        current, first = call, None
        while (above := method(self.command, current, "replace")) is not None:
            named = keywords(above)
            if named is None:
                return None, any(arg.keyword is None and arg.star == "" for arg in above.args)
            if "tzinfo" in named:
                return None, True
            first = first or (above if named else None)
            current = above
        return first, False

    # --- what follows ---------------------------------------------------------------------------

    def _zone_does_not_matter(self, call: cst.Call) -> bool:
        """Whether what is done with the value is the same with and without a zone."""
        current = call
        while (above := method(self.command, current, "replace")) is not None:
            if keywords(above) is None:
                return False
            current = above
        if method(self.command, current, *_ZONE_FREE_CALLS) is not None:
            return True
        parent = self.index.parent[current]
        if isinstance(parent, cst.Attribute):
            printed = method(self.command, current, "strftime")
            if printed is None:
                return parent.attr.value in _ZONE_FREE
            shape = printed.args[0].value if len(printed.args) == 1 else None
            return isinstance(shape, cst.SimpleString) and not re.search(
                _ZONED_FORMAT, str(shape.evaluated_value)
            )
        if not isinstance(parent, cst.FormattedStringExpression) or parent.conversion:
            return False
        parts = parent.format_spec or ()
        texts = [part.value for part in parts if isinstance(part, cst.FormattedStringText)]
        spelled = "".join(texts)
        return bool(texts) and len(texts) == len(parts) and not re.search(_ZONED_FORMAT, spelled)

    def _read_as_local(self, call: cst.Call) -> str:
        """The method that reads the naive value as local time, as the user writes it; '' = none."""
        current: cst.BaseExpression = call
        while True:
            if method(self.command, current, "timestamp"):
                return "`.timestamp()`"
            if method(self.command, current, "astimezone"):
                return "`.astimezone()`"
            printed = method(self.command, current, "strftime")
            if printed is not None and "%s" in self.command.code(printed):
                return '`strftime("%s")`'
            above = self.index.parent[current]
            replacing = method(self.command, current, "replace")
            if replacing is not None and not any(
                a.keyword is None and not a.star for a in replacing.args
            ):
                if any(
                    a.star or (a.keyword and a.keyword.value == "tzinfo") for a in replacing.args
                ):
                    return ""
                current = replacing
            elif isinstance(above, cst.BinaryOperation) and isinstance(
                above.operator, (cst.Add, cst.Subtract)
            ):
                if isinstance(above.operator, cst.Subtract) and above.right is current:
                    return ""
                current = above
            elif isinstance(above, cst.NamedExpr):
                current = above
            else:
                return ""

    def _later(self, call: cst.Call) -> None:
        """Tell of `.timestamp()` on a name that holds the naive value."""
        statement = self.index.parent[call]
        if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
            return
        target = statement.targets[0].target
        if not isinstance(target, cst.Name):
            return
        reads = [n for n in self.index.find(cst.Attribute) if _reads_local(n, target.value)]
        if not reads:
            return  # scopes come last: they take longer than all else
        names = self.command.names
        scope = names.scope(target)
        if len(names.own(scope).get(target.value, ())) != 1:
            return
        for node in reads:
            if self._is_read_of(node.value, scope):
                if isinstance(self.index.parent[node], cst.Call):
                    self.command.note(
                        node,
                        f"`{target.value}.{node.attr.value}()` reads a naive UTC value as local "
                        "time: a bug wherever local time is not UTC",
                    )

    def _is_read_of(self, node: cst.BaseExpression, scope: Scope) -> bool:
        return any(bound.scope is scope for bound in self.command.names.bound(node))


def _reads_local(node: cst.Attribute, name: str) -> bool:
    """Whether it is a method of what a name holds that reads a naive value as local time."""
    if node.attr.value not in ("timestamp", "astimezone"):
        return False
    return isinstance(node.value, cst.Name) and node.value.value == name


def _wrong_arguments(name: str, call: cst.Call) -> str:
    if any(arg.keyword is not None or arg.star == "**" for arg in call.args):
        return "takes no keywords"
    if name == "utcnow":
        return "takes no arguments" if call.args else ""
    if len(call.args) != 1 or isinstance(call.args[0].value, cst.GeneratorExp):
        return "takes one argument"
    return ""


def _now(call: cst.Call, zone: str, tail: bool) -> cst.BaseExpression:
    """`datetime.now(zone)`, with `.replace(tzinfo=None)` behind it if `tail`."""
    function = call.func
    assert isinstance(function, cst.Attribute)
    zone_arg = cst.Arg(cst.parse_expression(zone))
    if function.attr.value == "utcnow":
        name = "now"
        space = call.whitespace_before_args
        if isinstance(space, cst.ParenthesizedWhitespace):
            zone_arg = zone_arg.with_changes(whitespace_after_arg=space)
        call = call.with_changes(whitespace_before_args=cst.SimpleWhitespace(""))
        args = [zone_arg]
    else:
        name = "fromtimestamp"
        first = call.args[0]
        if first.star:
            equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
            zone_arg = zone_arg.with_changes(keyword=cst.Name("tz"), equal=equal)
        own_line = call.whitespace_before_args
        if not isinstance(own_line, cst.ParenthesizedWhitespace) or not _ends_in_comma(first):
            own_line = cst.SimpleWhitespace(" ")
        comma = cst.Comma(whitespace_after=own_line)
        rest = {"comma": first.comma, "whitespace_after_arg": first.whitespace_after_arg}
        bare = first.with_changes(comma=comma, whitespace_after_arg=cst.SimpleWhitespace(""))
        args = [bare, zone_arg.with_changes(**rest)]
    attr = function.attr.with_changes(value=name)
    now = call.with_changes(func=function.with_changes(attr=attr), args=args)
    if not tail:
        return now
    inner = now.with_changes(lpar=(), rpar=())
    naive = with_no_zone(inner)
    return naive.with_changes(lpar=now.lpar, rpar=now.rpar)


def _ends_in_comma(arg: cst.Arg) -> bool:
    return isinstance(arg.comma, cst.Comma)


def _with_no_zone(replacing: cst.Call) -> cst.Call:
    """`.replace(tzinfo=None, microsecond=0)` of `.replace(microsecond=0)`."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return replacing.with_changes(args=[no_zone().with_changes(comma=comma), *replacing.args])


def _without_zone(replacing: cst.Call) -> cst.BaseExpression:
    """`.replace(microsecond=0)` of `.replace(microsecond=0, tzinfo=...)`; the value, if no more."""
    rest = [arg for arg in replacing.args if arg.keyword and arg.keyword.value != "tzinfo"]
    assert isinstance(replacing.func, cst.Attribute)
    if not rest:
        return in_parentheses_of(replacing, replacing.func.value)
    last = replacing.args[-1]
    layout = {"comma": last.comma, "whitespace_after_arg": last.whitespace_after_arg}
    return replacing.with_changes(args=[*rest[:-1], rest[-1].with_changes(**layout)])
