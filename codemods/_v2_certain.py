"""What may make a method of Pydantic 2 do something else than the one that it replaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.class_hierarchy import ClassRef
from gardener.codemod.meant import Meaning

from ._v2_methods import METHODS

if TYPE_CHECKING:
    from ._v2_receivers import Receivers

_STRICT = re.compile(rb"\bstrict[\"']?\s*[=:]\s*(?!False)|\bStrict\w*|\bval_json_bytes\b")
_UNIONS = ("typing.Union", "types.UnionType")
_GUARDS = ("hasattr", "getattr", "isinstance")
_DUMPS = ("dict", "json", "model_dump", "model_dump_json")


class Doubts:
    """Answers what is not certain about one call, as the rest of a sentence."""

    def __init__(self, receivers: Receivers) -> None:
        self.receivers = receivers
        self.command = receivers.command
        self.classes = receivers.classes
        self.project = self.command.project

    def about(self, model: ClassRef, name: str) -> str:
        """Why the new method may do something else on a model; '' = it does the same."""
        why = self._overridden(model, name) or self._mocked(name)
        if not why and name == "parse_raw":
            why = self._read_otherwise(model)
        if not why and name == "from_orm" and not self._takes_attributes(model):
            why = "its configuration does not say from_attributes=True here"
        if not why and name in _DUMPS and self.setting(model, "serialize_by_alias"):
            why = "its configuration says serialize_by_alias, which the old method ignores"
        return why

    def guarded(self, receiver: cst.BaseExpression, name: str) -> str:
        """Whether the code asks what a receiver is: then it may be no model at all."""
        command = self.command
        code = command.code(receiver)
        for call in self._guards:
            first, second = (arg.value for arg in call.args[:2])
            if command.code(first) != code or not self._share_function(call, receiver):
                continue
            attribute_asked = second.evaluated_value if isinstance(second, cst.SimpleString) else ""
            if command.code(call.func) == "isinstance":
                kind = self.classes.of(second)
                if not (isinstance(kind, ClassRef) and self.receivers.is_model(kind)):
                    return f"the code asks whether {code} is {command.code(second)}"
            elif attribute_asked in (name, METHODS[name].name if name in METHODS else name):
                return f"the code asks whether {code} has {attribute_asked}"
        return ""

    @cached_property
    def _guards(self) -> list[cst.Call]:
        return [
            call
            for call in self.command.index.find(cst.Call)
            if isinstance(call.func, cst.Name) and call.func.value in _GUARDS and len(call.args) > 1
        ]

    def _share_function(self, first: cst.CSTNode, second: cst.CSTNode) -> bool:
        return self._function(first) is self._function(second)

    def _function(self, node: cst.CSTNode) -> cst.CSTNode | None:
        around = self.command.index.ancestors(node)
        return next((a for a in around if isinstance(a, cst.FunctionDef)), None)

    # --- methods of the project's own -----------------------------------------------------------

    def _overridden(self, model: ClassRef, name: str) -> str:
        """Where a class of the project has a method or a field of the old name of its own."""
        for ref in self.classes.line(model):
            if ref.facts.member(name) is not None:
                return f"{ref.name} has its own {name}"
        for path, ref in self._with_method(name):
            if self.classes.inherits(ref, model):
                return f"{ref.name} in {path} overrides it"
            if self.classes.bases(ref).unknown and path == self.command.file.path:
                return f"{ref.name} in {path} may override it"
        return ""

    def _with_method(self, name: str) -> Iterator[tuple[str, ClassRef]]:
        """The classes of the project that define a method of a name."""
        command = self.command
        for node in command.index.find(cst.ClassDef):
            ref = self.classes.at(node)
            if ref.facts.member(name) is not None:
                yield command.file.path, ref
        yield from self.project.memo(f"classes with {name}", lambda: list(self._elsewhere(name)))

    def _elsewhere(self, name: str) -> Iterator[tuple[str, ClassRef]]:
        """The classes of other files: one may inherit a model without a word of Pydantic."""
        for path in self.project.containing(f"def {name}("):
            if path != self.command.file.path:
                full_path = self.project.full(path)
                for key, facts in self.classes.modules.facts(full_path).classes.items():
                    if facts.member(name) is not None:
                        yield path, ClassRef(full_path, key, facts)

    def _mocked(self, name: str) -> str:
        for how in ("return_value", "side_effect"):
            for path in self.project.containing(f".{name}.{how}"):
                return f"{path} mocks the old method"
        return ""

    # --- settings of the model --------------------------------------------------------------------

    def setting(self, model: ClassRef, key: str) -> str:
        """The value of a key in a model's configuration or in that of its bases; '' = none."""
        for ref in self.classes.line(model):
            settings = dict(ref.facts.settings)
            if key in settings:
                return settings[key]
        return ""

    def _takes_attributes(self, model: ClassRef) -> bool:
        outside = self.classes.bases(model).outside
        setting = self.setting(model, "from_attributes")
        return setting == "True" or (
            not setting and any(o.startswith("sqlmodel.") for o in outside)
        )

    # --- JSON -------------------------------------------------------------------------------------

    def _read_otherwise(self, model: ClassRef) -> str:
        """Why JSON may be read otherwise than what json.loads() makes of it."""
        seen: set[tuple[str, str]] = set()
        waiting = [model]
        while waiting:
            ref = waiting.pop()
            if (ref.path, ref.key) in seen:
                continue
            seen.add((ref.path, ref.key))
            if _STRICT.search(self._text(ref.path)):
                return (
                    f"{ref.name} may be strict: then the new method takes dates and the like "
                    "from JSON that the old one refuses"
                )
            for mention in ref.facts.mentioned:
                meaning = self.classes.meant(mention, ref.path)
                if isinstance(meaning, ClassRef):
                    waiting.append(meaning)
                elif meaning in _UNIONS:
                    return f"a union in {ref.name} may take another of its types from JSON"
                elif not meaning and not _is_plain(mention):
                    return f"it is not known what {mention.text} in {ref.name} takes from JSON"
            waiting += self.classes.bases(ref).classes
        return ""

    def _text(self, path: str) -> bytes:
        return self.command.file.data if path == self.classes.path else self.project.read(path)


def _is_plain(mention: Meaning) -> bool:
    """Whether a mention is no type: None, a value of Literal, a number."""
    return mention.kind == "unknown" and bool(re.fullmatch(r"None|[\"'].*|\d+", mention.text))
