"""Import names from their new homes.

Rules come from `[[tool.gardener.codemods.deprecated-import]]`, from the deprecation warnings
of a recorded run (`--from-report`), and from the project's own modules: what they say with
`warnings.warn` and `@deprecated`, where their `__getattr__` shims and re-exports lead, and what they declare
with zope.deprecation and zope.deferredimport.
`gardener fix --list-rules` shows them all, and below them candidates, ready to paste, for warnings that do
not say for sure what to use: what the warning names under another name, or the only other class or
function of the project that has the same name.

A name is moved only if its new home truly defines it, and only if it is the same object there,
or the project's own warning names this very pair. A warning about one name of a module is no
rule for the others. Its local name stays, so that `__all__`, re-exports and
`patch("this.module.Name")` stay true. Uses through the module (`old.name`) move as well, with the
import that they need. Comments, parentheses and the place in the file stay, and what is imported from
the new home already is not imported twice.
An import in `try` is mended in place, and left alone where the fallback is the new one; so is
whatever waits for the warning (`pytest.warns`, `recwarn`, a helper of your own). Strings that name the old
module are rewritten where the same object is surely meant (`import_module("old").name`, a patch
of an attribute of a class that moved), and named in a note otherwise.

What "sure" means: `python bench/derived_rules.py TREE` of gardener's repository prints every derived rule
with its proof. Of a backend of 8,365 files, saleor, 16 libraries and ten distributions from PyPI
(Airflow, SciPy, websockets, Werkzeug and others) 230 names of rules were read: 88 are sure, of which
76 lead to the same statement, 11 were imported and are one object, and one pair is named by its
warning and does the same. None was wrong; the other 142 change nothing.

See https://docs.python.org/3/library/warnings.html and https://peps.python.org/pep-0702/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.file_text import Remark
    from gardener.codemod.project import Project

    from ._rules import Rule

TRANSFORMER = "gardener.codemods._deprecated_import:DeprecatedImport"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
TRACES = (b"eprecat",)
CODES = ("UP035",)
_CANDIDATES = (
    "Candidates, none of them applied: look at each, and paste into pyproject.toml what is meant."
)
_OLD = (
    'import warnings\n\nfrom new import get_logger\n\nwarnings.warn(\n    "old is deprecated. '
    "Use 'from new import get_logger' instead.\",\n    DeprecationWarning,\n    stacklevel=2,\n)\n"
)
_FILES = {"new.py": "def get_logger(name):\n    return name\n", "old.py": _OLD}
EXAMPLES = (
    Example(
        "a name moves, its local name stays",
        "from old import get_logger  # one a module\n\nlog = get_logger(__name__)\n",
        "from new import get_logger  # one a module\n\nlog = get_logger(__name__)\n",
        files=_FILES,
    ),
    Example(
        "only the names that move, move",
        "from old import (\n    get_logger,\n    helper,\n)\n",
        "from old import (\n    helper,\n)\nfrom new import get_logger\n",
        files={"new.py": _FILES["new.py"], "old.py": _OLD + "\n\ndef helper(): ...\n"},
        note="helper",
    ),
    Example(
        "a use through the module",
        "import old\n\nlog = old.get_logger(__name__)\n",
        "import new\n\nlog = new.get_logger(__name__)\n",
        files=_FILES,
    ),
    Example(
        "both imports are there",
        "from new import Level\nfrom old import get_logger\n",
        "from new import Level, get_logger\n",
        files={**_FILES, "new.py": _FILES["new.py"] + "\n\nclass Level: ...\n"},
    ),
    Example(
        "a fallback is left alone",
        "try:\n    from new import get_logger\nexcept ImportError:\n    from old import get_logger\n",
        files=_FILES,
    ),
    Example(
        "a string that names the old module is reported",
        'from unittest.mock import patch\n\nwith patch("old.get_logger"):\n    pass\n',
        files=_FILES,
        note="names the deprecated",
    ),
)


def NEEDLES(project: Project) -> tuple[bytes, ...]:  # noqa: N802 - the name that the machine asks for
    """Last parts of the names of deprecated modules; any import where they are not known yet."""
    from gardener.codemod.prefilter import deprecating_lasts, many

    from ._rule_words import configured_lasts, names_in

    if project.reports or not many(project):
        return (b"import",)
    lasts = deprecating_lasts(project, lambda file: names_in(project, file))
    return tuple(sorted({*lasts, *configured_lasts(project)}))


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file may import, or name in a string, something that a rule speaks of."""
    from gardener.codemod.prefilter import deprecating

    from ._rule_words import configured_lasts, names_in

    if project.reports or any(last in data for last in configured_lasts(project)):
        return True
    return deprecating(data, path, project, lambda file: names_in(project, file))


def confirm(data: bytes, path: str, project: Project) -> bool:
    """Whether a rule speaks of something that the file imports, reads from a module or names."""
    from ._deprecated_sight import speaks_of

    return speaks_of(data, path, project)


def told(data: bytes, path: str, project: Project) -> list[Remark] | None:
    """The notes of a file in which nothing moves; None where libcst has to look."""
    from ._deprecated_sight import notes_of

    return notes_of(data, path, project)


def rules(project: Project) -> Iterator[str]:
    """One line for each rule of the repository: what, where to, how sure, and who told.

    Then, to paste, what may be meant by those that do not say for sure what to use.
    """
    from gardener.codemod.prefilter import deprecating_modules

    from ._candidates import candidates
    from ._rules import configured, reported, told_by

    near = project.full("_.py")
    placed = [(rule, near) for rule in (*configured(project), *reported(project))]
    for module, path in deprecating_modules(project):
        placed += [(rule, path) for rule in told_by(project, module, path)]
    for rule, path in placed:
        yield _line(project, rule, path)
    blocks = [each.as_toml() for each in candidates(project, placed)]
    if blocks:
        yield f"# {_CANDIDATES}\n\n" + "\n".join(blocks).rstrip("\n")


def _line(project: Project, rule: Rule, near: str) -> str:
    from ._rules import UNKNOWN_HOME, home_of

    name = f"{rule.module}:{rule.name}" if rule.name else rule.module
    unnamed = "where the module itself takes each name from" if rule.name in ("", "*") else "?"
    target = rule.targets[0] if rule.targets else unnamed
    certain = "sure"
    if rule.name not in ("", "*"):
        home = home_of(project, rule.module, rule.name, near)
        if home is not None and home.module:
            target = f"{home.module}.{home.name}"
        elif home is not None:
            certain = f"doubtful, not applied: {home.why}"
        else:
            certain = f"doubtful, not applied: {UNKNOWN_HOME}"
    elif rule.targets and not any(project.modules.define(t, near) for t in rule.targets):
        certain = f"doubtful: {target} is not found"
    else:
        certain = "sure for each name that is there"
    return f"{name} -> {target}  [{certain}]  {rule.origin}"
