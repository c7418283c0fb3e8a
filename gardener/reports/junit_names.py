"""Nodeids out of the test cases of JUnit XML, which hold `file`, `classname` and `name`.

pytest writes the module's dotted path and the classes into `classname`; unittest has names of
its own for what is no test: a file that cannot be imported, and what goes on around the tests
of a class or module; and one for each subtest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gardener.model import Phase
from gardener.nodeid import NodeId
from gardener.reports.tracebacks import origin_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_AROUND_TESTS = re.compile(r"(?P<when>setUp|tearDown)(?:Class|Module) \((?P<place>[\w.]+)\)")
_UNLOADED = re.compile(r"\w+(?:\.\w+)*\.(?:_FailedTest|ModuleImportFailure)\.(?P<module>[\w.]+)")
_SUBTEST = re.compile(r"(?P<test>\w+) (?:\[.*\] )?\((?:\w+=.*|<subtest>)\)", re.DOTALL)
_DOTTED_PATH = re.compile(r"[\w.]+\.[\w.]+")


class CaseName(NamedTuple):
    """What the name of a test case tells: the nodeid, and the phase of what is no test."""

    nodeid: str
    phase: Phase | None = None


def name_of(case: Element, file: str = "") -> CaseName:
    """The name of a test case that a runner of Python wrote; `file` is that of its suite."""
    if file.endswith(".py") and not case.get("file"):
        case.set("file", file)
    if _is_collection_error(case):
        return CaseName(_nodeid(case), Phase.COLLECT)
    whole_name = plain_name(case, ".")
    unloaded = _UNLOADED.fullmatch(whole_name)
    if unloaded:
        return CaseName(_path(unloaded["module"].split(".")), Phase.COLLECT)
    around_tests = _AROUND_TESTS.fullmatch(whole_name)
    if around_tests:
        module, classes = _module_and_classes(around_tests["place"].split("."))
        phase = Phase.SETUP if around_tests["when"] == "setUp" else Phase.TEARDOWN
        return CaseName(str(NodeId(_path(module), tuple(classes))), phase)
    return CaseName(_nodeid(case))


def plain_name(case: Element, separator: str = "::") -> str:
    """Class and name of a test case, as any runner may write them."""
    return separator.join(filter(None, (case.get("classname"), case.get("name", ""))))


def _is_collection_error(case: Element) -> bool:
    messages = (child.get("message", "") for child in case)
    return not case.get("classname") and any(m.startswith("collection ") for m in messages)


def _module_and_classes(parts: list[str]) -> tuple[list[str], list[str]]:
    """A dotted name without the classes in it, and these.

    A part with a capital letter is taken for a class, as `python_classes` has it by default.
    """
    first_class = next((n for n, part in enumerate(parts) if part[:1].isupper()), len(parts))
    return parts[:first_class], parts[first_class:]


def _path(module: list[str]) -> str:
    return "/".join(module) + ".py"


def _nodeid(case: Element) -> str:
    name, classname = case.get("name", ""), case.get("classname", "")
    subtest = _SUBTEST.fullmatch(name)
    if subtest:
        name = subtest["test"]
    file = case.get("file", "")
    if origin_of(file) == "library":
        file = ""
    if not classname:
        return _without_classname(file, name)
    if file.endswith(".py"):
        nodeid = _in_known_file(file.replace("\\", "/"), classname, name)
        if nodeid:
            return nodeid
    elif _is_dotted_path(classname):
        module, classes = _module_and_classes(classname.split("."))
        if module:
            return "::".join([_path(module), *classes, name])
    return f"{classname}::{name}"


def _without_classname(file: str, name: str) -> str:
    """The nodeid where all stands in the name: of a file, of a function, of another runner."""
    if not file and _DOTTED_PATH.fullmatch(name):
        return name.replace(".", "/") + ".py"
    if file and name == file.removesuffix(".py").replace("/", "."):
        return file
    # pytest up to 8 takes the first bracket of a folder `[id]` for that of parameters, and
    # replaces the slashes before it only.
    folders, bracket, rest = name.partition("[")
    unmangled = folders.replace(".", "/") + bracket + rest
    if bracket and NodeId.parse(unmangled).file.endswith(".py"):
        return unmangled
    return f"{file}::{name}" if file else name


def _in_known_file(file: str, classname: str, name: str) -> str:
    """The nodeid where the file is known; empty where the class is no dotted path.

    The class repeats the module, or the end of its dotted path; what follows are the classes.
    """
    module = file.removesuffix(".py").replace("/", ".")
    if f"{classname}.".startswith(f"{module}."):
        classes = classname[len(module) + 1 :]
        return "::".join([file, *(classes.split(".") if classes else ()), name])
    if not _is_dotted_path(classname):
        return ""
    parts, module_parts = classname.split("."), module.split(".")
    shared = next((n for n in range(len(parts), 0, -1) if module_parts[-n:] == parts[:n]), None)
    if shared is None:
        shared = min(len(_module_and_classes(parts)[0]), len(parts))
    return "::".join([file, *parts[shared:], name])


def _is_dotted_path(classname: str) -> bool:
    """Whether a class is written as Python joins names; folders may hold `-` and brackets."""
    parts = (re.sub(r"[\[\]]", "", part.replace("-", "_")) for part in classname.split("."))
    return all(part.isidentifier() for part in parts)
