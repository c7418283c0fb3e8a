"""The methods that Pydantic 2 gave other names, and what has to hold where they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import libcst as cst

_DUMP = frozenset(
    ["include", "exclude", "by_alias", "exclude_unset", "exclude_defaults", "exclude_none"]
)


class Method(NamedTuple):
    """The new name, the keywords that both take, how many positional arguments both take.

    `is_of_class` where it is called on the class; `works` are keywords that only the new one takes.
    """

    name: str
    keywords: frozenset[str] = frozenset()
    positional: int = 0
    is_of_class: bool = False
    works: frozenset[str] = frozenset()


METHODS: Mapping[str, Method] = {
    "dict": Method("model_dump", _DUMP),
    "json": Method("model_dump_json", _DUMP, works=frozenset(["indent"])),
    "copy": Method("model_copy", frozenset(("update", "deep"))),
    "parse_obj": Method("model_validate", frozenset(), 1, is_of_class=True),
    "validate": Method("model_validate", frozenset(), 1, is_of_class=True),
    "parse_raw": Method("model_validate_json", frozenset(), 1, is_of_class=True),
    "from_orm": Method("model_validate", frozenset(), 1, is_of_class=True),
    "construct": Method("model_construct", frozenset("*"), is_of_class=True),
    "schema": Method(
        "model_json_schema", frozenset(("by_alias", "ref_template")), is_of_class=True
    ),
    "update_forward_refs": Method("model_rebuild", is_of_class=True),
}
ATTRIBUTES: Mapping[str, str] = {
    "__fields__": "model_fields",
    "__fields_set__": "model_fields_set",
}
MAKES = frozenset(
    [
        *("parse_obj", "parse_raw", "construct", "from_orm", "copy", "validate"),
        *("model_validate", "model_validate_json", "model_construct", "model_copy"),
    ]
)
COPIES = ("copy", "model_copy")


def refused_arguments(call: cst.Call, method: Method) -> str:
    """Why the arguments of a call mean something else in the new method; '' = they do not."""
    by_place = [arg for arg in call.args if arg.keyword is None and not arg.star]
    if any(arg.star == "*" for arg in call.args) or len(by_place) > method.positional:
        return "its positional arguments mean something else in the new method"
    if len(by_place) < method.positional:
        return "its argument is given by name"
    for arg in call.args:
        name = arg.keyword.value if arg.keyword else "**" if arg.star else ""
        if name and "*" not in method.keywords and name not in method.keywords | method.works:
            return f"the new method does not take {name}"
    return "deep=True copied what update gives, too" if _copies_update(call, method) else ""


def _copies_update(call: cst.Call, method: Method) -> bool:
    """Whether the old method copies values that the new one takes as they are."""
    given = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    deep, update = given.get("deep"), given.get("update")
    if method.name != "model_copy" or deep is None or update is None:
        return False
    if isinstance(deep, cst.Name) and deep.value == "False":
        return False
    return not (isinstance(update, cst.Dict) and all(map(_is_constant, update.elements)))


def _is_constant(entry: cst.BaseDictElement) -> bool:
    """Whether an entry gives a value of which a copy is as good as itself."""
    if isinstance(entry.value, cst.Name):
        return entry.value.value in ("True", "False", "None")
    constants = (cst.BaseNumber, cst.BaseString)
    return isinstance(entry, cst.DictElement) and isinstance(entry.value, constants)
