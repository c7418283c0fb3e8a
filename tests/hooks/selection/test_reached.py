"""Every way by which a test reaches what it does not name, each beside one that it does not take."""

import pytest

PLAIN = "def test_plain():\n    pass\n"
CASES = {
    "an import for types only": (
        {
            "m.py": "def f():\n    return 1\n",
            "test_a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import m\n\n"
            "def test_a(x: 'm.X' = 1):\n    assert x\n",
        },
        ("m.py", "return 1"),
        [],
    ),
    "a fixture by its name": (
        {
            "conftest.py": "import pytest\n\n@pytest.fixture\ndef thing():\n    return 1\n",
            "test_a.py": "def test_a(thing):\n    assert thing\n\ndef test_b():\n    pass\n",
        },
        ("conftest.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a fixture of another name": (
        {
            "conftest.py": "import pytest\n\n@pytest.fixture(name='thing')\ndef made():\n    return 1\n",
            "test_a.py": "def test_a(thing):\n    assert thing\n\ndef test_b(made=1):\n    pass\n",
        },
        ("conftest.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a fixture that is overridden below": (
        {
            "conftest.py": "import pytest\n\n@pytest.fixture\ndef thing():\n    return 1\n",
            "deep/conftest.py": "import pytest\n\n@pytest.fixture\ndef thing(thing):\n    return thing + 1\n",
            "deep/test_deep.py": "def test_deep(thing):\n    assert thing\n",
            "test_a.py": "def test_a(thing):\n    assert thing\n\ndef test_b():\n    pass\n",
        },
        ("deep/conftest.py", "thing + 1"),
        ["deep/test_deep.py"],
    ),
    "a fixture for all": (
        {
            "deep/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef always():\n    return 1\n",
            "deep/test_deep.py": "def test_deep():\n    pass\n",
            "test_a.py": "def test_a():\n    pass\n",
        },
        ("deep/conftest.py", "return 1"),
        ["deep/test_deep.py"],
    ),
    "a fixture by a mark": (
        {
            "conftest.py": "import pytest\n\n@pytest.fixture\ndef thing():\n    return 1\n",
            "test_a.py": "import pytest\n\n@pytest.mark.usefixtures('thing')\ndef test_a():\n    pass\n\n"
            "def test_b():\n    pass\n",
        },
        ("conftest.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a fixture that is asked for at run time": (
        {
            "conftest.py": "import pytest\n\n@pytest.fixture\ndef thing():\n    return 1\n",
            "test_a.py": "import pytest\n\n@pytest.mark.parametrize('name', ['thing'])\n"
            "def test_a(request, name):\n    assert request.getfixturevalue(name)\n\ndef test_b():\n    pass\n",
        },
        ("conftest.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a value that a test is parametrized with": (
        {
            "m.py": "def one(x=1):\n    return 1\n\ndef two(x=1):\n    return 2\n",
            "test_a.py": "import pytest, m\n\n@pytest.mark.parametrize('f', [m.one], ids=['the first'])\n"
            "def test_a(f):\n    assert f()\n\ndef test_b():\n    assert m.two()\n",
        },
        ("m.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "ids that a function makes": (
        {
            "test_a.py": "import pytest\n\ndef told(x):\n    return f'is {x}'\n\n"
            "@pytest.mark.parametrize('x', [1], ids=told)\ndef test_a(x):\n    assert x\n",
            "test_b.py": "def test_b():\n    pass\n",
        },
        ("test_a.py", "is {x}"),
        ["test_a.py"],
    ),
    "a method that a framework calls": (
        {
            "m.py": "import http.server\n\nclass Page(http.server.BaseHTTPRequestHandler):\n"
            "    def do_GET(self):\n        return 1\n\ndef elsewhere(x):\n    return x.do_GET()\n",
            "test_a.py": "import http.server, m\n\ndef test_a():\n    assert http.server.HTTPServer(('', 0), m.Page)\n\n"
            "def test_b():\n    assert m\n",
        },
        ("m.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a method behind an operator": (
        {
            "m.py": "class Box:\n    def __add__(self, other):\n        return 1\n",
            "test_a.py": "import m\n\ndef test_a():\n    assert m.Box() + 1\n\ndef test_b():\n    assert m.Box()\n",
        },
        ("m.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a function that a decorator registers": (
        {
            "m.py": "KNOWN = {}\n\ndef register(f):\n    KNOWN[f.__name__] = f\n    return f\n\n"
            "def call(name):\n    return KNOWN[name]()\n\ndef other():\n    return 2\n",
            "plugin.py": "import m\n\n@m.register\ndef kept():\n    return 1\n",
            "test_a.py": "import m, plugin\n\ndef test_a():\n    assert m.call('kept')\n",
            "test_b.py": "import m\n\ndef test_b():\n    assert m.other()\n",
        },
        ("plugin.py", "return 1"),
        ["test_a.py"],
    ),
    "a method by a name that run time makes": (
        {
            "m.py": "class Visitor:\n    def visit(self, kind):\n        return getattr(self, f'visit_{kind}')()\n\n"
            "    def visit_name(self):\n        return 1\n\ndef other():\n    return 2\n",
            "test_a.py": "import m\n\ndef test_a():\n    assert m.Visitor().visit('name')\n",
            "test_b.py": "import m\n\ndef test_b():\n    assert m.other()\n",
        },
        ("m.py", "return 1"),
        ["test_a.py"],
    ),
    "a class that its base keeps": (
        {
            "m.py": "class Base:\n    known = []\n\n    def __init_subclass__(cls):\n        Base.known.append(cls)\n\n"
            "def every():\n    return [k().told() for k in Base.known]\n\ndef other():\n    return 2\n",
            "plugin.py": "import m\n\nclass Mine(m.Base):\n    def told(self):\n        return 1\n",
            "test_a.py": "import m, plugin\n\ndef test_a():\n    assert m.every()\n\ndef test_b():\n    assert m.other()\n",
        },
        ("plugin.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a class among all subclasses": (
        {
            "m.py": "class Base:\n    pass\n\ndef every():\n    return [k().told() for k in Base.__subclasses__()]\n\n"
            "def other():\n    return 2\n",
            "plugin.py": "import m\n\nclass Mine(m.Base):\n    def told(self):\n        return 1\n",
            "test_a.py": "import m, plugin\n\ndef test_a():\n    assert m.every()\n\ndef test_b():\n    assert m.other()\n",
        },
        ("plugin.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a name that is patched as a string": (
        {
            "m.py": "def f():\n    return 1\n\ndef g():\n    return 2\n",
            "test_a.py": "def test_a(monkeypatch):\n    monkeypatch.setattr('m.f', lambda: 3)\n\n"
            "def test_b():\n    pass\n",
        },
        ("m.py", "def f"),
        ["test_a.py::test_a"],
    ),
    "a module that is only looked for": (
        {
            "pkg/__init__.py": "",
            "pkg/m.py": "def far():\n    return 1\n",
            "pkg/look.py": "import importlib.util\n\ndef there(name):\n    return importlib.util.find_spec(name)\n\n"
            "def get(x, name):\n    return getattr(x, name)\n",
            "test_a.py": "from pkg import look\n\ndef test_a(name='far'):\n"
            "    assert look.get(look.there('p' + 'kg.m'), name)()\n",
        },
        ("pkg/m.py", "return 1"),
        [],
    ),
    "a module that is looked for and loaded": (
        {
            "pkg/__init__.py": "",
            "pkg/m.py": "def far():\n    return 1\n",
            "pkg/look.py": "import importlib.util\n\ndef there(name):\n    spec = importlib.util.find_spec(name)\n    return importlib.util.module_from_spec(spec)\n\n"
            "def get(x, name):\n    return getattr(x, name)\n",
            "test_a.py": "from pkg import look\n\ndef test_a(name='far'):\n"
            "    assert look.get(look.there('p' + 'kg.m'), name)()\n",
        },
        ("pkg/m.py", "return 1"),
        ["test_a.py"],
    ),
    "a re-export, and what stands beside it": (
        {
            "pkg/__init__.py": "from .one import first\nfrom .two import second\n",
            "pkg/one.py": "def first():\n    return 1\n",
            "pkg/two.py": "def second():\n    return 2\n",
            "test_a.py": "import pkg\n\ndef test_a():\n    assert pkg.first()\n\ndef test_b():\n    assert pkg.second()\n",
        },
        ("pkg/one.py", "return 1"),
        ["test_a.py::test_a"],
    ),
    "a namespace package in two folders": (
        {
            "one/ns/a.py": "def f():\n    return 1\n",
            "two/ns/b.py": "def f():\n    return 2\n",
            "pytest.ini": "[pytest]\npythonpath = one two\n",
            "tests/test_a.py": "import ns.a\n\ndef test_a():\n    assert ns.a.f()\n",
            "tests/test_b.py": "from ns import b\n\ndef test_b():\n    assert b.f()\n",
        },
        ("one/ns/a.py", "return 1"),
        ["tests/test_a.py"],
    ),
    "tests of equal basenames": (
        {
            "m.py": "def f():\n    return 1\n\ndef g():\n    return 2\n",
            "one/__init__.py": "",
            "two/__init__.py": "",
            "one/test_it.py": "import m\n\ndef test_it():\n    assert m.f()\n",
            "two/test_it.py": "import m\n\ndef test_it():\n    assert m.g()\n",
        },
        ("m.py", "return 1"),
        ["one/test_it.py"],
    ),
    "plugins of several rootdirs": (
        {
            "one/pytest.ini": "[pytest]\naddopts = -p plug\npythonpath = .\n",
            "one/plug.py": "import pytest\n\n@pytest.fixture\ndef first():\n    return 1\n",
            "one/test_one.py": "def test_one(first):\n    assert first\n",
            "two/pytest.ini": "[pytest]\naddopts = -p plug\npythonpath = .\n",
            "two/plug.py": "import pytest\n\n@pytest.fixture\ndef second():\n    return 2\n",
            "two/test_two.py": "def test_two(second):\n    assert second\n",
        },
        ("two/plug.py", "return 2"),
        ["two/test_two.py"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_way(repository, name):
    files, (path, old), expected = CASES[name]
    new = "def renamed" if old.startswith("def ") else f"{old} or 3"
    files = {**files, "test_plain.py": PLAIN}
    assert repository.tests_of(files, path, old, new) == expected
    assert repository.tests() == expected  # from what is kept
