"""What is not reached, and what still is: operators, comparisons, decorators, stand-ins."""

import pytest

BASE = {
    "m.py": (
        "class Quiet(Exception):\n    def __init__(self):\n        self.code = 1\n\n"
        "class Box:\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        pass\n"
        "    def __delitem__(self, key):\n        self.gone = key\n    def plain(self):\n        return 1\n\n"
        "def safe(f):\n    try:\n        return f()\n    except Quiet:\n        return None\n\n"
        "def told(x):\n    return isinstance(x, Quiet)\n\n"
        "def typed():\n    x: Quiet = 1\n    return x\n"
    ),
    "deco.py": (
        "KEPT = []\nSTATE = {'a': 1}\n\n"
        "def wrapped(f):\n    def inner(*a):\n        return f(*a) if STATE else None\n    return inner\n\n"
        "def marked(f):\n    f.marked = True\n    return f\n\n"
        "def kept(f):\n    KEPT.append(f)\n    return f\n\n"
        "@wrapped\ndef first():\n    return 1\n\n@kept\ndef second():\n    return 2\n\n"
        "class Has:\n    @wrapped\n    def one(self):\n        return 1\n    @marked\n    def two(self):\n        return 2\n"
    ),
    "test_m.py": (
        "import m\n\ndef test_safe():\n    assert m.safe(int) == 0\n\ndef test_told():\n    assert not m.told(1)\n\n"
        "def test_typed():\n    assert m.typed()\n\ndef test_made():\n    assert m.Quiet().code\n\n"
        "def test_box():\n    assert m.Box().plain()\n\ndef test_with():\n    with m.Box():\n        pass\n\n"
        "def test_del():\n    box = m.Box()\n    del box['a']\n"
    ),
    "test_d.py": (
        "import deco\n\ndef test_state():\n    assert deco.STATE\n\ndef test_kept():\n    assert [f() for f in deco.KEPT]\n\n"
        "def test_has():\n    deco.Has()\n\ndef test_one():\n    assert deco.Has().one()\n\n"
        "def test_marked():\n    has = deco.Has()\n    for value in vars(deco.Has).values():\n"
        "        if getattr(value, 'marked', False):\n            assert value(has)\n"
    ),
}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        # `except`, `isinstance` and annotations inside functions make no instance.
        ("m.py", "self.code = 1", "self.code = 2", ["test_m.py::test_made"]),
        # But they do depend on what the class is.
        (
            "m.py",
            "class Quiet(Exception)",
            "class Quiet(ValueError)",
            ["test_m.py::test_made", "test_m.py::test_safe", "test_m.py::test_told"],
        ),
        ("m.py", "return self\n", "return 1\n", ["test_m.py::test_with"]),
        ("m.py", "self.gone = key", "self.gone = 1", ["test_m.py::test_del"]),
        # What reads a name that a decorator mentions is not what it decorates.
        ("deco.py", "def first():\n    return 1", "def first():\n    return 3", []),
        # `vars()` may find any method.
        (
            "deco.py",
            "(self):\n        return 1",
            "(self):\n        return 3",
            ["test_d.py::test_marked", "test_d.py::test_one"],
        ),
    ],
)
def test_a_change(repository, path, old, new, expected):
    assert repository.tests_of(BASE, path, old, new) == expected


def test_a_comparison_gives_the_class_as_its_reason(repository):
    repository.commit(BASE)
    repository.stage(
        {"m.py": BASE["m.py"].replace("class Quiet(Exception)", "class Quiet(OSError)")}
    )
    reasons = {item.test: item.reason for item in repository.select().tests}
    assert (
        reasons["test_m.py::test_told"]
        == "test_m.py:test_told > m.py:told > is Quiet (m.py: Quiet changed)"
    )


def test_a_marked_method_is_found_by_its_mark(repository):
    repository.commit(BASE)
    text = BASE["deco.py"]
    repository.stage({"deco.py": text.removesuffix("return 2\n") + "return 3\n"})
    assert "test_d.py::test_marked" in repository.tests()


def test_what_a_decorator_keeps_is_found_by_those_that_read_it(repository):
    repository.commit(BASE)
    text = BASE["deco.py"]
    repository.stage({"deco.py": text.replace("return 2\n\nclass", "return 3\n\nclass")})
    found = repository.tests()
    assert "test_d.py" in found or "test_d.py::test_kept" in found


def test_what_stands_in_for_another_object_is_called_from_outside(repository):
    code = (
        "class Server:\n    def __init__(self):\n        self.inner = object()\n"
        "    def handle_it(self, *args):\n        return self.inner.handle_it(*args)\n"
    )
    test = "import s\nfrom wsgi import Outer\n\ndef test_s():\n    Outer(s.Server())\n"
    repository.commit({"s.py": code, "test_s.py": test})
    repository.stage({"s.py": code.replace("handle_it(*args)", "handle_it(*args, 1)")})
    assert repository.tests() == ["test_s.py"]


def test_a_module_asked_for_by_name_may_use_its_getattr(repository):
    code = "def __getattr__(name):\n    return name\n"
    test = (
        "import importlib\n\ndef test_g(name='x'):\n"
        "    assert getattr(importlib.import_module('g'), name)\n"
    )
    repository.commit({"g.py": code, "test_g.py": test})
    repository.stage({"g.py": code.replace("return name", "return name + '1'")})
    assert repository.tests() == ["test_g.py"]


def test_a_name_that_is_gone_from_a_table(repository):
    code = "def a():\n    return 1\n\nTABLE = {'a': a}\n"
    repository.commit({"t.py": code, "test_t.py": "import t\n\ndef test_t():\n    assert t\n"})
    repository.stage({"t.py": code.replace("def a", "def b")})
    assert repository.tests() == ["test_t.py"]


LOADING = (
    "import importlib.util, pathlib\n\nHERE = pathlib.Path(__file__).parent\n\n"
    "def load(name):\n    path = HERE / 'jobs' / name\n"
    "    spec = {function}(name, path)\n"
    "    module = importlib.util.module_from_spec(spec)\n    spec.loader.exec_module(module)\n"
    "    return module\n"
)


@pytest.mark.parametrize(
    ("imported", "function"),
    [
        ("", "importlib.util.spec_from_file_location"),
        ("from importlib.util import spec_from_file_location\n", "spec_from_file_location"),
        ("from importlib.util import spec_from_file_location as spec_of\n", "spec_of"),
    ],
)
def test_who_says_a_folder_and_loads_nothing_reaches_no_script(repository, imported, function):
    job = "def work():\n    return 1\n\nwork()\n"
    repository.commit(
        {
            "jobs/first.py": job,
            "loading.py": imported + LOADING.format(function=function),
            "test_load.py": "import loading\n\ndef test_load():\n    assert loading.load('first.py')\n",
            "test_says.py": "def test_says():\n    assert {'jobs': 1, 'first': 2}['jobs']\n",
        }
    )
    repository.stage({"jobs/first.py": job.replace("return 1", "return 2")})
    assert repository.tests() == ["test_load.py"]
    # An update of the kept graph says the same of a file that comes, and of one that loads now.
    repository.commit({"jobs/first.py": job.replace("return 1", "return 2")})
    says = "import loading\n\ndef test_says():\n    assert loading.load('sec' + 'ond.py'), 'jobs'\n"
    repository.commit({"jobs/second.py": job, "test_says.py": says})
    repository.stage({"jobs/second.py": job.replace("return 1", "return 2")})
    assert repository.tests() == ["test_load.py", "test_says.py"]
    # So it does of a script alone, and of one in a folder that was not there when it was said.
    for script, said in {"jobs/third.py": "'jobs'", "tasks/first.py": "'tasks'"}.items():
        repository.commit({"test_says.py": says.replace("'jobs'", said)})
        assert repository.tests() == []
        repository.commit({script: job})
        repository.stage({script: job.replace("return 1", "return 2")})
        assert "test_says.py" in repository.tests()


def test_a_script_that_is_loaded_at_collection_concerns_all_tests(repository):
    job = "def work():\n    return 1\n\nwork()\n"
    loading = LOADING.format(function="importlib.util.spec_from_file_location")
    test = "import loading\n\nFIRST, FOLDER = loading.load('first.py'), 'jobs'\n\ndef test_m():\n    pass\n"
    repository.commit(
        {
            "jobs/first.py": job,
            "loading.py": loading,
            "test_m.py": test,
            "test_n.py": "def test_n():\n    pass\n",
        }
    )
    repository.stage({"jobs/first.py": job.replace("return 1", "return 2")})
    assert "test_m.py" in repository.tests() or repository.tests() == "ALL"


@pytest.mark.parametrize(
    ("base", "reaches"),
    [
        ("unittest.TestCase", False),
        ("logging.Handler", False),
        ("tables.Model", True),
        ("Keeping", True),
    ],
)
def test_a_base_leads_to_its_subclasses_where_something_may_keep_them(repository, base, reaches):
    code = (
        "import unittest, logging\nimport tables\n\n"
        "class Keeping:\n    kept = []\n    def __init_subclass__(cls):\n        cls.kept.append(cls)\n\n"
        f"class Base({base}):\n    def one(self):\n        return 1\n\n"
        "class Child(Base):\n    def __init__(self):\n        self.x = 1\n"
    )
    test = "import m\n\ndef test_m():\n    assert m.Base.one\n"
    repository.commit({"m.py": code, "test_m.py": test})
    repository.stage({"m.py": code.replace("self.x = 1", "self.x = 2")})
    assert repository.tests() == (["test_m.py"] if reaches else [])


def test_the_name_of_an_attribute_that_is_asked_for_is_no_part_of_another_name(repository):
    code = (
        "class Made:\n    def made_file(self):\n        return 1\n    def made_list(self):\n        return 1\n\n"
        "def ask(name):\n    return getattr(Made(), name)()\n"
    )
    test = (
        "import m\n\ndef test_m():\n    assert m.ask('made' + NAME) and not hasattr(m, '_file')\n\n"
        "NAME = '_list'\n"
    )
    other = "import m\n\ndef use(x):\n    return x.made_file() + x.made_list()\n"
    repository.commit({"m.py": code, "test_m.py": test, "other.py": other})
    repository.stage(
        {
            "m.py": code.replace(
                "made_file(self):\n        return 1", "made_file(self):\n        return 2"
            )
        }
    )
    assert repository.tests() == []
    repository.commit({})
    repository.stage(
        {
            "m.py": code.replace(
                "made_list(self):\n        return 1", "made_list(self):\n        return 2"
            )
        }
    )
    assert repository.tests() == ["test_m.py"]


@pytest.mark.parametrize(
    ("asked", "reaches"),
    [
        ("'job.py' in ' '.join(sys.argv)", True),
        ("'job.py' in sys.argv", False),
        ("'job.py' in psutil.Process().cmdline()", False),
        ("'job.py' not in sys.argv[0]", False),
        ("'job.py' in os.listdir('.')", True),
    ],
)
def test_a_script_that_a_command_line_is_searched_for_is_not_started(repository, asked, reaches):
    job = "def work():\n    return 1\n\nwork()\n"
    test = f"import os, sys\nimport psutil\n\ndef test_m():\n    assert {asked} or True\n"
    repository.commit({"job.py": job, "test_m.py": test})
    repository.stage({"job.py": job.replace("return 1", "return 2")})
    assert repository.tests() == (["test_m.py"] if reaches else [])


PRIVATE = (
    "class Made:\n    def _work_on(self):\n        return 1\n    def _idle(self):\n        return 1\n"
    "    def class_(self):\n        return 1\n\n"
    "def use(x):\n    return x._work_on() + x._idle() + x.class_()\n\n"
    "def ask(name):\n    return getattr(Made(), name)\n"
)


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        # An underscore that takes a text apart, or only stands between two parts, begins no name.
        ("'_'.join(['a', 'b']).split('_')[0].startswith('_')", ""),
        ("m.ask(f'{A}_{B}'), A == '_'", ""),
        ("m.ask(re.sub('-', '_', os.environ.get('_', B)))", ""),
        ("m.ask(f'_{B}')", "_work_on _idle class_"),
        ("m.ask('_' + B)", "_work_on _idle class_"),
        ("m.ask(f'{C}_')", "class_"),
        ("m.ask(f'{START}_{B}')", "_work_on"),
        ("m.ask('_'.join((START, B)))", "_work_on"),
        ("m.ask(f'{START}_on')", "_work_on"),
    ],
)
def test_an_underscore_in_a_computed_name(repository, asked, reached):
    test = f"import os, re\nimport m\nfrom names import A, B, C\n\nSTART = '_work'\n\ndef test_m():\n    assert {asked}\n"
    if "START" not in asked:
        test = test.replace("START = '_work'", "")
    repository.commit({"m.py": PRIVATE, "names.py": "A = B = C = input()\n", "test_m.py": test})
    for name in ("_work_on", "_idle", "class_"):
        body = f"def {name}(self):\n        return "
        repository.stage({"m.py": PRIVATE.replace(f"{body}1", f"{body}2")})
        assert repository.tests() == (["test_m.py"] if name in reached.split() else []), name
