"""Fields of Pydantic models that may be None and yet must be given. PYTEST_DONT_REWRITE

Pydantic 1 gave a field `name: Optional[str]` the default None; since Pydantic 2 it is required.
"""

from __future__ import annotations

import typing
from typing import Any, Iterator, Optional, Tuple

from .frames import Trace
from .text import type_name


def required_fields(error: Any, trace: Trace) -> Iterator[Tuple[str, str]]:
    """The first field (`required`, as `Model.field`) where nothing else is wrong with the input."""
    kind = type(error)
    if kind.__name__ != "ValidationError" or not kind.__module__.startswith("pydantic"):
        return
    model = _model_of(error, trace)
    if model is None:
        return
    fields = []
    for problem in error.errors():
        field = _field_at(model, problem["loc"]) if problem["type"] == "missing" else ""
        if not field:
            return
        fields.append(field)
    yield "required", fields[0] if fields else ""


def _model_of(error: Any, trace: Trace) -> Optional[type]:
    """The model that an error is of, by the frames of Pydantic: it is told by its title alone."""
    for step in reversed(trace):
        for local in ("self", "__pydantic_self__", "cls"):
            candidate = step.frame.f_locals.get(local)
            kind = candidate if isinstance(candidate, type) else type(candidate)
            if kind.__name__ == error.title and "__pydantic_fields__" in vars(kind):
                return kind
    return None


def _field_at(model: type, location: Tuple[Any, ...]) -> str:
    """`Model.field` where the field may be None and has no default; else empty."""
    if not location:
        return ""
    fields = vars(model).get("__pydantic_fields__", {})
    for name, field in fields.items():
        if location[0] not in (name, field.alias, field.validation_alias):
            continue
        if location[1:]:
            return _within(field.annotation, location[1:])
        may_be_none = type(None) in typing.get_args(field.annotation)
        return "%s.%s" % (type_name(model), name) if may_be_none else ""
    return ""


def _within(annotation: Any, location: Tuple[Any, ...]) -> str:
    """The same in a model that a field holds, alone or in a container."""
    if isinstance(location[0], int):
        location = location[1:]
    for argument in (annotation, *typing.get_args(annotation)):
        if isinstance(argument, type) and "__pydantic_fields__" in vars(argument):
            return _field_at(argument, location)
    return ""
