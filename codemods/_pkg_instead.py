"""What takes the place of names of pkg_resources for which nothing gives the same."""

from __future__ import annotations

_REQUIREMENTS = "packaging.requirements.Requirement takes its place"
_INSTALLED = "importlib.metadata.distributions() lists what is installed"
_UNCHECKED = "importlib.metadata tells versions, but checks no requirements"
_FILES = "importlib.resources.files takes its place"
_INSTEAD = {
    "declare_namespace": "a package without __init__.py, or pkgutil.extend_path, takes its place",
    "Distribution": "importlib.metadata.Distribution takes its place, with other attributes",
    "EntryPoint": "importlib.metadata.EntryPoint takes its place, with other methods",
    "Environment": _INSTALLED,
    "WorkingSet": _INSTALLED,
    "find_distributions": _INSTALLED,
    "get_distribution": "importlib.metadata.distribution takes its place, with other attributes",
    "get_entry_info": "importlib.metadata.entry_points takes its place",
    "get_entry_map": "importlib.metadata.entry_points takes its place",
    "iter_entry_points": "importlib.metadata.entry_points takes its place, which checks no requirements",
    "load_entry_point": "importlib.metadata.entry_points takes its place, which checks no requirements",
    "parse_requirements": _REQUIREMENTS,
    "parse_version": "packaging.version.parse takes its place, which reads PEP 440 alone",
    "require": _UNCHECKED,
    "Requirement": _REQUIREMENTS,
    "RequirementParseError": "packaging.requirements.InvalidRequirement takes its place",
    "resource_exists": _FILES,
    "resource_filename": _FILES,
    "resource_isdir": _FILES,
    "resource_listdir": _FILES,
    "resource_stream": _FILES,
    "resource_string": _FILES,
    "VersionConflict": _UNCHECKED,
    "working_set": _INSTALLED,
}


def instead_of(name: str) -> str:
    """What to use instead of a name, for a note."""
    return _INSTEAD.get(name, "the standard library has no equal")
