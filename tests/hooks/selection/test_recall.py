"""What calls a function without saying so: found by running suites that nobody tuned on."""

import pytest

PLAIN = "import m\n\n\ndef test_m():\n    assert m\n"
OTHER = {"test_other.py": "def test_other():\n    pass\n"}

CASES = {
    "an object that is made for a library": (
        "class _Answer:\n    def info(self):\n        return 1\n\n\n"
        "def keep(jar):\n    jar.extract_cookies(_Answer(), request=None)\n",
        "import m\n\ndef test_m():\n    m.keep(None)\n\ndef test_n():\n    assert m._Answer()\n\n"
        "def unsaid(log):\n    log.info('text')\n",
        "return 1",
        "test_m.py::test_m",
    ),
    "a class body reads its own names": (
        "class Cycle:\n    def next(self):\n        return 1\n\n    __next__ = next\n",
        "import m\n\ndef test_m():\n    assert next(m.Cycle())\n\ndef unsaid(x):\n    x.next()\n",
        "return 1",
        "test_m.py",
    ),
    "a property by name": (
        "class Box:\n    def _size(self):\n        return 1\n\n    size = property(_size)\n\n\n"
        "def elsewhere(x):\n    return x._size\n",
        "import m\n\ndef test_m():\n    assert m.Box().size\n",
        "return 1",
        "test_m.py",
    ),
    "what stands in for a class by assignment": (
        "class Files:\n    @staticmethod\n    def open(name):\n        return 1\n\n\n"
        "def load(name):\n    return Files.open(name)\n",
        "import m\n\nclass Fake:\n    def open(self, name):\n        return 3\n\n"
        "def test_m():\n    m.Files = Fake()\n    assert m.load('x') == 3\n\n"
        "def test_n():\n    assert m\n",
        "return 3",
        "test_m.py::test_m",
    ),
    "what stands in for a module by a patch": (
        "import time\n\n\ndef wait():\n    return time.sleep(1)\n",
        "from unittest import mock\nimport m\n\nclass Clock:\n    def sleep(self, s):\n        return 3\n\n"
        "def test_m():\n    with mock.patch('m.time', Clock()):\n        assert m.wait() == 3\n\n"
        "def test_n():\n    assert m\n",
        "return 3",
        "test_m.py::test_m",
    ),
    "code that is made as a text": (
        "class Kind:\n    def convert(self, x):\n        return 3\n\n\n"
        "def run(kind):\n    exec('done = kind.convert(1)', {'kind': kind})\n\n\n"
        "def elsewhere(x):\n    return x.convert(2)\n",
        "import m\n\ndef test_m():\n    m.run(m.Kind())\n\ndef test_n():\n    assert m.Kind()\n",
        "return 3",
        "test_m.py::test_m",
    ),
    "tests that are put into a class": (
        "def answer():\n    return 3\n",
        "import unittest\nimport m\n\nclass TestIt(unittest.TestCase):\n    def check(self):\n"
        "        assert m.answer() == 3\n\n"
        "def fill(cls):\n    setattr(cls, 'test_' + 'm', lambda self: self.check())\n\n\nfill(TestIt)\n",
        "return 3",
        "test_m.py",
    ),
    "test classes that are made at run time": (
        "def answer():\n    return 3\n",
        "import unittest\nimport m\n\ndef make(name):\n    class It(unittest.TestCase):\n"
        "        def test_m(self):\n            assert m.answer() == 3\n\n"
        "    globals()[name] = It\n\n\nmake('TestIt')\n",
        "return 3",
        "test_m.py",
    ),
    "a protocol that an event loop calls": (
        "import asyncio\n\n\nclass Connection(asyncio.Protocol):\n    def data_received(self, data):\n"
        "        self.got = 3\n\n\ndef elsewhere(x):\n    x.data_received(b'')\n",
        "import m\n\ndef test_m(loop):\n    loop.create_connection(m.Connection)\n\ndef test_n():\n    assert m\n",
        "self.got = 3",
        "test_m.py::test_m",
    ),
    "an argument of a decorator in a class": (
        "def replaced(new):\n    def around(f):\n        return lambda self: f(self, new)\n    return around\n",
        "import m\n\nclass TestIt:\n    @staticmethod\n    def fake():\n        return 1\n\n"
        "    @m.replaced(new=fake)\n    def test_m(self, new):\n        assert new()\n\n"
        "    def test_n(self):\n        pass\n\n\ndef elsewhere(x):\n    x.fake()\n",
        "return 1",
        "test_m.py::TestIt::test_m",
    ),
    "a template in a string": (
        "class User:\n    def label(self):\n        return 1\n\n\ndef elsewhere(x):\n    return x.label()\n",
        "import m\nfrom engine import render\n\n"
        "def test_m():\n    assert render('Hi {{ user.label() }}, you', user=m.User())\n\n"
        "def test_n():\n    assert render('Hi {{ user.other() }}', user=m.User())\n",
        "return 1",
        "test_m.py::test_m",
    ),
    "an expression in a string": (
        "def make(kind):\n    return 1\n",
        "import m\n\ndef load(text):\n    return getattr(m, text.partition('(')[0])\n\n"
        'def test_m():\n    assert load(\'make("a", "b")\')\n',
        "return 1",
        "test_m.py",
    ),
    "a stream that a library reads": (
        "class Stream:\n    def write(self, data):\n        pass\n\n    def seekable(self):\n        return False\n\n"
        "    def read1(self, size):\n        return b''\n\n\ndef elsewhere(x):\n    return x.seekable() and x.read1(1)\n",
        "import io, m\n\ndef test_m():\n    assert io.TextIOWrapper(m.Stream())\n",
        "return False",
        "test_m.py",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_called_without_a_word(repository, name):
    code, test, old, expected = CASES[name]
    repository.commit({"m.py": code, "test_m.py": test, **OTHER})
    where = {"m.py": code, "test_m.py": test}
    repository.stage({p: text.replace(old, old + " or 2") for p, text in where.items()})
    assert repository.tests() == [expected]


AT_IMPORT = {
    "iteration": (
        "class Rows:\n    def __iter__(self):\n        return iter([1])\n",
        "import m\n\nFIRST, = m.Rows()\n",
        "iter([1])",
    ),
    "a loop": (
        "class Rows:\n    def __iter__(self):\n        return iter([1])\n",
        "import m\n\nfor row in m.Rows():\n    pass\n",
        "iter([1])",
    ),
    "a name that a module makes": (
        "def __getattr__(name):\n    return 1\n",
        "from m import OLD\n",
        "return 1",
    ),
    "a comparison": (
        "class Row:\n    def __eq__(self, other):\n        return other is None\n\n\nROW = Row()\n",
        "import sys\nimport m\n\nSAME = [m] == [m.ROW, sys]\n",
        "other is None",
    ),
    "a metaclass": (
        "class Meta(type):\n    def __new__(cls, *args):\n        return type.__new__(cls, *args)\n",
        "import m\n\nclass Thing(metaclass=m.Meta):\n    pass\n",
        "type.__new__(cls, *args)",
    ),
    "a hook for subclasses": (
        "class Base:\n    def __init_subclass__(cls):\n        cls.known = 1\n",
        "import m\n\nclass Thing(m.Base):\n    pass\n",
        "cls.known = 1",
    ),
}


@pytest.mark.parametrize("name", AT_IMPORT)
def test_what_runs_while_tests_are_collected(repository, name):
    code, test, old = AT_IMPORT[name]
    repository.commit({"m.py": code, "test_m.py": f"{test}\n\ndef test_m():\n    pass\n", **OTHER})
    repository.stage({"m.py": code.replace(old, old + " or 2")})
    found = repository.select()
    assert found.everything
    assert "while tests are collected" in found.reason


NOT_AT_IMPORT = {
    "a dict that is made": (
        "class Rows:\n    def __setitem__(self, key, value):\n        self.last = [1]\n",
        "import m\n\nROWS = m.Rows()\nALL = dict(a=1)\n\ndef test_m():\n    ROWS['a'] = 1\n",
        "[1]",
    ),
    "a comparison with what is no object of the project": (
        "class Row:\n    def __eq__(self, other):\n        return [1]\n\n\nROW = Row()\n",
        "import os, sys\nfrom sys import platform\nimport m\n\n"
        "OLD = sys.platform == platform\nWHERE = os.name in ('nt', 'java')\n"
        "ANY = any(x in sys.modules for x in 'ab')\n\ndef test_m():\n    assert m.ROW == m\n",
        "[1]",
    ),
    "nothing iterates": (
        "class Rows:\n    def __iter__(self):\n        return iter([1])\n",
        "import m\n\nROWS = m.Rows()\n\ndef test_m():\n    assert [*ROWS]\n",
        "iter([1])",
    ),
    "a function of the standard library": (
        "class Engine:\n    def compile(self):\n        return [1]\n",
        "import re\nimport m\n\nENGINE = m.Engine()\nNAME = re.compile('x')\n\n"
        "def test_m():\n    assert ENGINE.compile()\n",
        "[1]",
    ),
    "what a script does": (
        "def main():\n    return [1]\n\n\nif __name__ == '__main__':\n    main()\n",
        "import m\n\ndef test_m():\n    assert m.main()\n",
        "[1]",
    ),
    "an attribute of another kind of object": (
        "import abc\n\nclass Field:\n    def __init__(self, check=None):\n        self.check = check\n\n\n"
        "class Schema(metaclass=abc.ABCMeta):\n    def check(self):\n        return [1]\n",
        "import m\n\nFIELD = m.Field()\nSCHEMA = m.Schema()\n\ndef test_m():\n    assert SCHEMA.check()\n",
        "[1]",
    ),
    "a function of a library": (
        "class Engine:\n    def parametrize(self):\n        return [1]\n",
        "import pytest as p\nimport m\n\nENGINE = m.Engine()\n\n"
        "def rows():\n    return 3\n\n"
        "@p.mark.parametrize('x', [rows()])\ndef test_m(x):\n    assert ENGINE.parametrize()\n",
        "[1]",
    ),
}


@pytest.mark.parametrize("name", NOT_AT_IMPORT)
def test_what_does_not_run_while_tests_are_collected(repository, name):
    code, test, old = NOT_AT_IMPORT[name]
    repository.commit({"m.py": code, "test_m.py": test, **OTHER})
    repository.stage({"m.py": code.replace(old, old + " or 2")})
    assert repository.tests() == ["test_m.py"]


def test_a_method_that_a_subclass_brings_runs_at_import(repository):
    code = (
        "class Base:\n    def __init__(self):\n        self.fill()\n\n\n"
        "class Child(Base):\n    def fill(self):\n        self.x = [1]\n"
    )
    test = "import m\n\nONE = m.Child()\n\ndef test_m():\n    assert ONE\n"
    repository.commit({"m.py": code, "test_m.py": test, **OTHER})
    repository.stage({"m.py": code.replace("[1]", "[2]")})
    assert repository.tests() == "ALL"


def test_a_method_of_what_another_module_made_runs_at_import(repository):
    code = "class Engine:\n    def compile(self):\n        return [1]\n\n\nENGINE = Engine()\n"
    test = "from m import ENGINE\n\nDONE = ENGINE.compile()\n\ndef test_m():\n    assert DONE\n"
    repository.commit({"m.py": code, "test_m.py": test, **OTHER})
    repository.stage({"m.py": code.replace("[1]", "[2]")})
    assert repository.tests() == "ALL"


LOADER = (
    "import importlib.util, pathlib\n\n"
    "def load(folder, name):\n    path = pathlib.Path(folder) / f'{name}.py'\n"
    "    spec = importlib.util.spec_from_file_location(name, path)\n"
    "    module = importlib.util.module_from_spec(spec)\n    spec.loader.exec_module(module)\n"
    "    return module\n"
)


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        ("load('examples/recipes', 'quote')", True),
        ("load('.', f'examples/recipes/{NAME}')", True),
        ("load('.', f'examples/recipes/qu{NAME}')", True),
        ("load('examples', 'recipes/quote')", True),
        ("load('examples/recipes', 'other')", False),
        ("load('examples/elsewhere', 'quote')", False),
    ],
)
def test_a_script_that_is_loaded_by_its_path(repository, call, needs):
    script = "def say():\n    return 1\n\n\ndef unsaid():\n    return 2\n"
    test = f"from loading import load\n\nNAME = 'ote'\n\ndef test_m():\n    assert {call}.say()\n"
    repository.commit(
        {
            "examples/recipes/quote.py": script,
            "examples/recipes/other.py": script,
            "tests/loading.py": LOADER,
            "tests/test_m.py": test,
            "tests/test_other.py": "def test_other():\n    pass\n",
        }
    )
    repository.stage({"examples/recipes/quote.py": script.replace("return 1", "return 3")})
    assert repository.tests() == (["tests/test_m.py"] if needs else [])


def test_a_file_that_does_not_parse_asks_for_its_fixtures(repository):
    """Gardener's own Python may be older than that of the project."""
    conftest = "import pytest\n\n@pytest.fixture\ndef one():\n    return 1\n\n@pytest.fixture\ndef two():\n    return 2\n"
    test = "def test_m(one):\n    assert one\n\ntype X[T] = = list[T]\n"
    repository.commit({"conftest.py": conftest, "test_m.py": test, **OTHER})
    repository.stage({"conftest.py": conftest.replace("return 1", "return 3")})
    assert repository.tests() == ["test_m.py"]
    repository.stage({"conftest.py": conftest.replace("return 2", "return 3")})
    assert repository.tests() == []


@pytest.mark.parametrize(
    "code",
    [
        "from m import answer\n\ndef test_m():\n    assert answer()\n",
        "from m import (\n    other,\n    answer as it,\n)\n\ndef test_m():\n    assert it()\n",
        "import m\n\ndef test_m():\n    assert m.answer()\n",
        "import m as n\n\ndef test_m():\n    assert n.answer()\n",
    ],
)
def test_a_file_that_does_not_parse_uses_what_it_imports(repository, code):
    module = "def answer():\n    return 1\n\n\ndef other():\n    return 2\n\n\ndef unsaid():\n    return 4\n"
    repository.commit({"m.py": module, "test_m.py": code + "\ntype X = = int\n", **OTHER})
    repository.stage({"m.py": module.replace("return 1", "return 3")})
    assert repository.tests() == ["test_m.py"]
    repository.stage({"m.py": module.replace("return 4", "return 3")})
    assert repository.tests() == []


def test_a_module_that_is_a_symbolic_link(repository):
    """What it leads to is not known, so all that import it are selected."""
    test = "import linked\n\ndef test_m():\n    assert linked\n"
    repository.commit({"one/m.py": "x = 1\n", "test_m.py": test, **OTHER})
    (repository.root / "linked.py").symlink_to("one/m.py")
    repository.git("add", "-A")
    assert repository.tests() == ["test_m.py"]
    repository.commit()
    repository.stage({"test_other.py": "def test_other():\n    assert 1\n"})
    assert repository.tests() == ["test_other.py"]


PLUGIN = (
    "import pytest\n\n@pytest.fixture\ndef thing():\n    return 1\n\n"
    "@pytest.fixture(autouse=True)\ndef always():\n    return 2\n\ndef pytest_sessionstart(session):\n    pass\n"
)
DECLARED = {
    "pyproject.toml": '[project]\nname = "x"\n[project.entry-points.pytest11]\nmine = "pkg.plugin"\n'
    '[project.entry-points."pkg.formats"]\none = "pkg.formats:one"\n[project.scripts]\nmytool = "pkg.cli:main"\n',
    "setup.cfg": "[options.entry_points]\npytest11 =\n    mine = pkg.plugin\n"
    "pkg.formats =\n    one = pkg.formats:one\nconsole_scripts =\n    mytool = pkg.cli:main\n",
    "setup.py": "from setuptools import setup\nsetup(entry_points={'pytest11': ['mine = pkg.plugin'],\n"
    "  'pkg.formats': ['one = pkg.formats:one'], 'console_scripts': ['mytool = pkg.cli:main']})\n",
}
PROJECT = {
    "pkg/__init__.py": "",
    "pkg/plugin.py": PLUGIN,
    "pkg/formats.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
    "pkg/cli.py": "def main():\n    return inner()\n\n\ndef inner():\n    return 1\n\n\ndef other():\n    return 2\n",
    "tests/test_thing.py": "def test_thing(thing):\n    assert thing\n",
    "tests/test_cli.py": "import subprocess\n\ndef test_cli():\n    subprocess.run(['mytool', '--help'])\n",
    "tests/test_shell.py": "import os\n\ndef test_shell():\n    os.system('mytool --help')\n",
    "tests/test_load.py": "from importlib.metadata import entry_points\n\n"
    "def test_load():\n    assert [e.load()() for e in entry_points(group='pkg.formats')]\n",
    "tests/test_none.py": "NAME = 'mytool'\n\ndef test_none():\n    assert NAME\n",
}
TESTS = [f"tests/test_{name}.py" for name in ("cli", "load", "none", "shell", "thing")]


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize(
    ("file", "old", "expected"),
    [
        ("pkg/plugin.py", "return 1", ["tests/test_thing.py"]),
        ("pkg/plugin.py", "return 2", TESTS),
        ("pkg/plugin.py", "    pass", "ALL"),
        ("pkg/formats.py", "return 1", ["tests/test_load.py"]),
        ("pkg/formats.py", "return 2", []),
        ("pkg/cli.py", "return 1", ["tests/test_cli.py", "tests/test_shell.py"]),
        ("pkg/cli.py", "return 2", []),
    ],
)
def test_entry_points(repository, declared, file, old, expected):
    files = {**PROJECT, declared: DECLARED[declared]}
    new = f"{old} or 3" if "return" in old else "    print(1)"
    assert repository.tests_of(files, file, old, new) == expected


def test_pytest_runs_on_what_is_tested(repository):
    files = {"src/pluggy/__init__.py": "", "src/pluggy/_manager.py": "def f():\n    return 1\n"}
    repository.commit(
        {**files, "tests/test_m.py": PLAIN, "src/other.py": "def g():\n    return 1\n"}
    )
    repository.stage({"src/other.py": "def g():\n    return 2\n"})
    assert repository.tests() == []
    repository.stage({"src/pluggy/_manager.py": "def f():\n    return 2\n"})
    found = repository.select()
    assert found.everything
    assert "pytest itself runs on pluggy" in found.reason


SITE = {
    "base/__init__.py": "",
    "base/settings.py": "INSTALLED_APPS = ['shop']\nMIDDLEWARE = ['shop.middleware.Timer']\nROOT_URLCONF = 'base.urls'\n",
    "base/urls.py": "from django.urls import include, path\n\nurlpatterns = [path('shop/', include('shop.urls'))]\n",
    "shop/__init__.py": "",
    "shop/apps.py": "from django.apps import AppConfig\n\n\nclass Shop(AppConfig):\n    def ready(self):\n        self.x = 1\n",
    "shop/urls.py": "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('x', views.page)]\n",
    "shop/views.py": "def page(request):\n    return 1\n\n\ndef unsaid(request):\n    return 2\n",
    "shop/middleware.py": "class Timer:\n    def __init__(self, get):\n        self.get = get\n\n"
    "    def __call__(self, request):\n        return self.get(request)\n",
    "tests/test_page.py": "def test_page(client):\n    assert client.get('/shop/x')\n",
}


@pytest.mark.parametrize(
    "how",
    [
        {"pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = base.settings\n"},
        {"pytest.ini": "[pytest]\naddopts = --ds=base.settings\n"},
        {
            "tests/conftest.py": "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'base.settings')\n"
        },
        {"pyproject.toml": "[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = 'base.settings'\n"},
        # An option of the command line or a variable says it.
        {"tox.ini": "[testenv]\ncommands = pytest --ds=base.settings\n"},
    ],
    ids=["pytest.ini", "--ds", "conftest", "pyproject.toml", "not said"],
)
@pytest.mark.parametrize(
    ("file", "old", "new", "selected"),
    [
        ("shop/views.py", "return 1", "return 3", True),
        ("shop/views.py", "return 2", "return 3", False),
        ("shop/middleware.py", "self.get(request)", "self.get(1)", True),
        ("shop/apps.py", "self.x = 1", "self.x = 2", True),
        ("base/settings.py", "['shop']", "['shop', 'more']", True),
        ("base/settings.py", "MIDDLEWARE", "MIDDLEWARE_CLASSES", True),
    ],
)
def test_what_django_loads_by_its_settings(repository, how, file, old, new, selected):
    found = repository.tests_of({**SITE, **how}, file, old, new)
    assert found == (["tests/test_page.py"] if selected else [])


def test_a_pointer_of_git_lfs_stands_for_its_file(repository):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 9\n"
    test = "def test_d():\n    assert open('data/x.bin')\n"
    attributes = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    files = {"data/x.bin": pointer.format("a" * 64), "tests/test_d.py": test}
    repository.git("config", "filter.lfs.clean", "cat")
    repository.commit({**attributes, **files, **OTHER})
    repository.stage({"data/x.bin": pointer.format("b" * 64)})
    assert repository.tests() == ["tests/test_d.py"]


REPLACED = {
    "a function by an import": (
        "from b import other\n\ndef alpha():\n    return 1\n",
        "from b import alpha, other\n",
    ),
    "a function by a second import": (
        "from b import other\n\ndef alpha():\n    return 1\n",
        "from b import other\nfrom b import alpha\n",
    ),
    "a class by a module": (
        "import b\n\nclass alpha:\n    def __new__(cls):\n        return 1\n",
        "import b\nimport b as alpha\n",
    ),
    "an import by another": (
        "from b import other\nfrom c import alpha, other as more\n",
        "from b import alpha, other\nfrom c import other as more\n",
    ),
    "an import by a function": (
        "from b import alpha, other\n",
        "from b import other\n\ndef alpha():\n    return 1\n",
    ),
}


@pytest.mark.parametrize("name", REPLACED)
def test_a_name_that_means_something_else(repository, name):
    before, after = REPLACED[name]
    both = "def other():\n    return 0\n\ndef alpha():\n    return {}\n"
    files = {
        "a.py": before,
        "b.py": both.format(2),
        "c.py": both.format(1),
        "test_dot.py": "import a\n\ndef test_dot():\n    assert a.alpha() == 1\n\n"
        "def test_other():\n    assert a.other() == 0\n",
        "test_from.py": "from a import alpha\n\ndef test_from():\n    assert alpha() == 1\n",
        "test_value.py": "import a\n\ndef use(m):\n    return m.alpha()\n\ndef test_value():\n    assert use(a) == 1\n",
        **OTHER,
    }
    repository.commit(files)
    repository.stage({"a.py": after})
    cold, warm = repository.tests(), repository.tests()
    assert cold == warm
    for needed in ("test_dot.py", "test_from.py", "test_value.py"):
        assert any(test.startswith(needed) for test in cold)
    assert not any(test.startswith("test_other.py") for test in cold)


FACTORY = (
    "def needs(right):\n    def around(f):\n        def inner(*args):\n            return f(*args) or [1]\n\n"
    "        return inner\n\n    return around\n"
)
WRAPPED = {
    "only put before functions": ("@needs('a')\ndef page():\n    return 1\n", False),
    "before a method and below a mark": (
        "import pytest\n\nclass TestIt:\n    @pytest.mark.skip\n    @needs('a')\n    def test_it(self):\n"
        "        return 1\n",
        False,
    ),
    "used in a function that runs later": (
        "@needs('a')\ndef page():\n    return 1\n\ndef later():\n    return needs('a')(page)()\n",
        False,
    ),
    "the function is called at once": (
        "@needs('a')\ndef page():\n    return 1\n\nDONE = page()\n",
        True,
    ),
    "the function is called by another": (
        "@needs('a')\ndef page():\n    return 1\n\ndef run():\n    return page()\n\nDONE = run()\n",
        True,
    ),
    "the coroutine is run at once": (
        "import asyncio\n\n@needs('a')\nasync def page():\n    return 1\n\nDONE = asyncio.run(page())\n",
        True,
    ),
    "a coroutine": ("@needs('a')\nasync def page():\n    return 1\n", False),
    "below one that only wraps it": (
        "import functools\n\ndef more(x):\n    def around(f):\n        @functools.wraps(f)\n"
        "        def inner():\n            return f()\n\n        return inner\n\n    return around\n\n"
        "@more(1)\n@needs('a')\ndef page():\n    return 1\n",
        False,
    ),
    "below one that asks it at once": (
        "def more(x):\n    def around(f):\n        done = f()\n        return lambda: done\n\n    return around\n\n"
        "@more(1)\n@needs('a')\ndef page():\n    return 1\n",
        True,
    ),
    "below one that hands it to another": (
        "import m\n\ndef more(f):\n    m.told(f)\n    return f\n\n@more\n@needs('a')\ndef page():\n    return 1\n",
        True,
    ),
    "called without a decorator": (
        "def page():\n    return 1\n\nshown = needs('a')(page)\nDONE = shown()\n",
        True,
    ),
    "by another name": (
        "from m import needs as asks\n\n@asks('a')\ndef page():\n    return 1\n\nDONE = page()\n",
        True,
    ),
    "below one that may call it": (
        "def once(f):\n    return f()\n\n@once\n@needs('a')\ndef page():\n    return 1\n",
        True,
    ),
    "before a class": ("@needs('a')\nclass Page:\n    pass\n\nDONE = Page()\n", True),
    "made a decorator first": (
        "asks = needs('a')\n\n@asks\ndef page():\n    return 1\n\nDONE = page()\n",
        True,
    ),
    "by a decorator of its own": (
        "def asks(f):\n    return needs('a')(f)\n\n@asks\ndef page():\n    return 1\n\nDONE = page()\n",
        True,
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_a_decorator_wraps_around_others(repository, name):
    """It runs while tests are collected only if what it decorates does."""
    use, everything = WRAPPED[name]
    test = f"from m import needs\n{use}\ndef test_m():\n    assert needs\n"
    repository.commit({"m.py": FACTORY, "test_m.py": test, **OTHER})
    repository.stage({"m.py": FACTORY.replace("[1]", "[2]")})
    assert repository.tests() == ("ALL" if everything else ["test_m.py"])
    # What runs when it is applied stops the collection in any case.
    repository.stage({"m.py": FACTORY.replace("return inner", "return inner or 1")})
    assert repository.tests() == "ALL"


def test_a_decorated_function_that_another_module_calls_at_once(repository):
    page = "from m import needs\n\n@needs('a')\ndef page():\n    return 1\n"
    test = "import page\n\nDONE = page.page()\n\ndef test_m():\n    assert DONE\n"
    repository.commit({"m.py": FACTORY, "page.py": page, "test_m.py": test, **OTHER})
    repository.stage({"m.py": FACTORY.replace("[1]", "[2]")})
    assert repository.tests() == "ALL"
