"""What takes the place of what Python removed: each row is true of the Pythons that lack the name."""

import ast
import importlib
import importlib.util
import sys
import threading
import warnings

import pytest
from gardener.hooks.plugin import breaks
from gardener.hooks.plugin.libraries import Libraries
from gardener.hooks.plugin.removals import STANDARD
from gardener.hooks.plugin.repository import Repository

OF_MODULES = [
    name for name in STANDARD if "." in name and importlib.util.find_spec(name.partition(".")[0])
]


@pytest.mark.parametrize("name", OF_MODULES)
def test_what_is_told_as_removed_is_not_there_on_newer_pythons(name):
    owner, _, attribute = name.rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        is_there = hasattr(importlib.import_module(owner), attribute)
    later = {"makeSuite": (3, 13), "find_loader": (3, 14), "get_loader": (3, 14)}
    later |= dict.fromkeys(("Str", "Num", "NameConstant"), (3, 14))
    later |= dict.fromkeys(("ImpImporter", "wrap_socket", "match_hostname", "format"), (3, 12))
    later |= dict.fromkeys(("coroutine", "getargspec", "formatargspec"), (3, 11))
    assert is_there == (sys.version_info < later.get(attribute, (3, 10)))


def test_what_takes_its_place_is_there():
    for instead in STANDARD.values():
        for dotted in instead.split("`")[1::2]:
            module, _, attribute = dotted.rpartition(".")
            if not module.isidentifier() or not attribute.isidentifier():
                ast.parse(dotted.replace("async def", "pass"))
            elif importlib.util.find_spec(module):
                assert hasattr(importlib.import_module(module), attribute), dotted


def test_an_attribute_of_a_class_of_the_standard_library(tmp_path):
    with pytest.raises(AttributeError) as caught:
        threading.Thread().isAlive()  # type: ignore[attr-defined]
    libraries = Libraries(Repository(str(tmp_path), str(tmp_path), []))
    facts = dict(breaks.facts_of_break(caught.value, (), None, libraries))
    assert facts["library"].startswith("Python 3.")
    assert (facts["lacks"], facts["instead"]) == ("`Thread.isAlive`", "Use `is_alive`.")
