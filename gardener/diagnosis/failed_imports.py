"""What a finding says where something cannot be imported as it is, though it is there."""

from __future__ import annotations

import re

from gardener.diagnosis.categories import Category
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name
from gardener.model import Failure
from gardener.text import clean

_NO_PARENT = "attempted relative import with no known parent package"
_UNDEFINED = re.compile(
    r"\b(?P<module>\w{1,80})(?:\.[\w-]{1,80}){0,3}\.(?:so|pyd): undefined symbol: (?P<symbol>_?Py\w+)"
)

_Told = tuple[str, str] | None
"""Root cause and next step; None: this is not about such a failure."""


def of_import(category: Category, evidence: Evidence, first: Failure) -> _Told:
    """Of a relative import, a module that a text tells of, and a compiled module."""
    return (
        _of_relative_import(category, evidence, first)
        or _of_told_module(evidence)
        or _of_compiled(category, evidence)
    )


def _of_relative_import(category: Category, evidence: Evidence, first: Failure) -> _Told:
    """A test file that imports as a part of a package, which pytest does not take it for."""
    frame = evidence.root.crash_frame
    if not evidence.root.message.startswith(_NO_PARENT) or category.id != "import-error":
        return None
    file = frame.file if frame else first.file
    return (
        f"`{file}` imports from its own package (`from .x`), and was not imported as a part of one.",
        f"Put an `__init__.py` into the folder of `{file}`, if it lacks one; or import by the full name.",
    )


def _of_told_module(evidence: Evidence) -> _Told:
    """A name that a module lacks, as a text tells it: whose module it is, nothing says."""
    root, reading = evidence.root, evidence.reading
    owner, _, name = evidence.symbol.rpartition(".")
    is_attribute = reading.shape in (Shape.MODULE_ATTRIBUTE, Shape.ATTRIBUTE)
    if not (owner and is_attribute and reading.embedded):
        return None
    if f"module '{owner}' has no attribute '{name}'" not in root.message[:LONGEST]:
        return None
    parts = {part.removesuffix(".py") for frame in root.frames for part in frame.file.split("/")}
    if owner.partition(".")[0] in parts:
        return None
    return (
        f"The module `{owner}` has no `{name}`.",
        f"If `{owner}` is of a library, adapt what asks for it to the version that is installed, or use one that"
        f" has it; else restore `{evidence.symbol}`.",
    )


def _of_compiled(category: Category, evidence: Evidence) -> _Told:
    """A compiled module that asks this Python for a name that it does not have."""
    if category.id != "binary-mismatch":
        return None
    lacking = _UNDEFINED.search(evidence.root.message[:LONGEST])
    if lacking is None:
        return None
    module = lacking["module"]
    return (
        f"The compiled module `{module}` asks this Python for `{lacking['symbol']}`, which it does not have.",
        f"Install a version of what brings `{module}` that supports this Python, or build it anew for it.",
    )


def of_library_import(evidence: Evidence) -> _Told:
    """A library that cannot be imported at all: an error of its own code stops it."""
    root = evidence.root
    library, frames = root.facts.get("raised_by", ""), root.frames
    own = [n for n, frame in enumerate(frames) if frame.origin != "library"]
    if not library or not own or "lacks" in root.facts:
        return None
    is_import = re.match(r"(?:import|from)\b", frames[own[-1]].source) is not None
    if not is_import or all(frame.function != "<module>" for frame in frames[own[-1] + 1 :]):
        return None
    words = clean(root.message.partition("\n")[0].replace("`", "'"), 120)
    name = library.rpartition(" ")[0]
    return (
        f"{library} cannot be imported here: `{bare_name(root.type)}: {words}` comes up in its own code.",
        f"Install a version of {name} that fits this Python and what is installed beside it; or do without {name}.",
    )
