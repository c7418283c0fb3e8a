"""What was executed in which context, by the ids of code objects."""

import sys
import types

import pytest
from gardener.hooks.plugin.executed import Context, Executed, identity, qualnames_in, symbol_name
from gardener.hooks.plugin.repository import Repository
from gardener.hooks.plugin.site_calls import SiteCalls

TEXT = """
class A:
    def method(self):
        def inner():
            return [x for x in (lambda: [1])()]
        return inner
    class B:
        async def late(self): pass
def function(): pass
"""


@pytest.mark.parametrize(
    ("qualname", "expected"),
    [
        ("function", "function"),
        ("A.B.method", "A.B.method"),
        ("A.method.<locals>.inner", "A.method.<locals>.inner"),
        ("A.method.<locals>.<lambda>", "A.method"),
        ("A.method.<locals>.<listcomp>.<lambda>", "A.method"),
        ("f.<locals>.<lambda>.<locals>.inner", "f.<locals>.inner"),
        ("<module>", ""),
        ("<lambda>", ""),
    ],
)
def test_symbol_name(qualname, expected):
    assert symbol_name(qualname) == expected


@pytest.fixture
def executed(tmp_path):
    return Executed(Repository(str(tmp_path), str(tmp_path), ["test_*.py"]))


def compiled(path, text):
    path.write_text(text)
    return compile(text, str(path), "exec")


def test_qualified_names_of_a_file(tmp_path):
    compiled(tmp_path / "app.py", TEXT)
    names = qualnames_in(str(tmp_path / "app.py"))
    assert names["method", 3] == "A.method"
    assert names["inner", 4] == "A.method.<locals>.inner"
    assert names["late", 8] == "A.B.late"
    assert names["function", 9] == "function"


@pytest.mark.parametrize("text", ["def (", "x = '\0'"])
def test_a_file_that_cannot_be_compiled_has_no_names(tmp_path, text):
    (tmp_path / "app.py").write_text(text)
    assert qualnames_in(str(tmp_path / "app.py")) == {}
    assert qualnames_in(str(tmp_path / "gone.py")) == {}


def test_a_module_is_added_once_with_all_code_in_it(executed, tmp_path):
    module = compiled(tmp_path / "app.py", TEXT)
    added = list(executed.add(module))
    assert added[0] is module
    names = {executed.qualnames[identity(code)] for code in added}
    assert {"A", "A.method", "A.method.<locals>.inner", "A.B.late", "function"} <= names
    assert list(executed.add(module)) == []
    assert list(executed.imports) == [identity(module)]


def test_lazy_initialisation_is_found_with_the_module(executed, tmp_path):
    module = compiled(
        tmp_path / "app.py",
        "def get(self):\n    if self.kept is None:\n        self.kept = 1\ndef plain(): pass\n",
    )
    [get] = [code for code in executed.add(module) if code.co_name == "get"]
    assert list(executed.sites) == [identity(get)]
    assert [(site.first, site.last) for site in executed.sites[identity(get)]] == [(3, 3)]


def test_code_of_libraries_is_not_of_the_project(executed, tmp_path):
    assert executed.is_of_project(compiled(tmp_path / "app.py", TEXT))
    assert executed.is_of_project(compiled(tmp_path / "test_app.py", TEXT))
    assert not executed.is_of_project(pytest.fixture.__code__)
    assert not executed.is_of_project(compile("1", "<string>", "exec"))


def test_functions_that_were_imported_before_are_added(executed, tmp_path, monkeypatch):
    path = tmp_path / "imported_before.py"
    assert list(executed.add_imported_before()) == []
    module = types.ModuleType("imported_before")
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "imported_before", module)
    exec(compiled(path, TEXT), vars(module))
    added = {executed.qualnames[identity(code)] for code in executed.add_imported_before()}
    assert {"A.method", "A.B.late", "function"} <= added
    assert executed.imported_before == {"imported_before.py"}


def test_a_part_is_merged_into_a_context():
    context, part = Context(1), Context(2)
    context.codes, part.codes = {1}, {1, 2}
    part.files, part.uses, part.opaque = {"data.csv"}, {3}, "os.fork"
    part.raised[2, "KeyError"] = None
    context.merge(part)
    assert (context.codes, context.files, context.opaque) == ({1, 2}, {"data.csv"}, "os.fork")
    assert list(context.raised) == [(2, "KeyError")]
    assert context.uses == set()
    part.opaque = "greenlets"
    context.merge(part)
    assert context.opaque == "os.fork"


LAZY = """
class Maker:
    def __init__(self): pass
    def __add__(self, other): return self
def make(): pass
def other(): pass
def get(self):
    other()
    if self.kept is None:
        self.kept = make() {more}
    return self.kept
@cached
def whole(): return make()
"""


@pytest.mark.parametrize(
    ("more", "function", "called", "expected"),
    [
        ("", "get", ["make", "other"], ["make"]),
        ("", "get", ["other"], ["other"]),  # nothing that was called explains `make`
        ("or Maker()", "get", ["make", "__init__", "other"], ["make", "__init__"]),
        ("", "get", ["make", "__add__", "other"], ["make", "__add__"]),
        ("or unknown()", "get", ["make", "other"], ["make", "other"]),
        ("or len('')", "get", ["make", "other"], ["make"]),
        ("", "whole", ["other"], ["other"]),
    ],
)
def test_calls_in_lazy_initialisation_are_told_by_their_names(
    executed, tmp_path, more, function, called, expected
):
    module = compiled(tmp_path / "app.py", LAZY.format(more=more))
    codes = {code.co_name: code for code in executed.add(module)}
    callees = [codes[name] for name in called]
    entered = SiteCalls(executed).in_sites(codes[function], callees)
    assert [code.co_name for code in entered] == expected
