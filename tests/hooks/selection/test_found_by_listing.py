"""Names that only run time knows: walked packages, fixtures, entry points, what Django lists."""

import pytest

WALKS = {
    "by its path": "pkgutil.walk_packages(app.__path__)",
    "by its path and name": "pkgutil.walk_packages(app.__path__, 'app.')",
    "by a prefix": "pkgutil.walk_packages(paths(), prefix='app.')",
}


@pytest.mark.parametrize("name", WALKS)
def test_what_is_exported_by_walked_modules(repository, name):
    test = (
        "import importlib, pkgutil\nimport app\n\ndef paths():\n    return app.__dict__['__path__']\n\n"
        f"def test_all():\n    for found in {WALKS[name]}:\n"
        "        module = importlib.import_module(found.name)\n"
        "        assert getattr(module, '__all__', [])\n\ndef test_other():\n    assert app\n"
    )
    module = "__all__ = [{}]\nA = 1\n"
    files = {"app/__init__.py": "", "app/x/__init__.py": "", "app/x/m.py": module.format("'A'")}
    repository.commit({**files, "tests/test_m.py": test})
    repository.stage({"app/x/m.py": module.format("'A', 'B'")})
    assert repository.tests() == ["tests/test_m.py::test_all"]


COMPUTED = {
    "f-string": "f'{kind}_client'",
    "sum": "kind + '_client'",
    "percent": "'%s_client' % kind",
    "format": "'{}_client'.format(kind)",
    "begins": "f'my_{kind}'",
    "joined": "'_'.join((kind, 'client'))",
    "joined before": "'_'.join(['my', 'client'] if kind else [])",
}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_fixture_by_a_computed_name(repository, name):
    conftest = (
        "import pytest\n\n@pytest.fixture\ndef my_client():\n    return {}\n\n"
        "@pytest.fixture\ndef other():\n    return {}\n"
    )
    test = (
        "import pytest\n\n@pytest.mark.parametrize('kind', KINDS)\ndef test_m(kind, request):\n"
        f"    request.getfixturevalue({COMPUTED[name]})\n\ndef test_other():\n    assert 1\n"
    ).replace("KINDS", "make()")
    test = f"def make():\n    return ['m' + 'y']\n\n{test}"
    repository.commit({"conftest.py": conftest.format(1, 1), "test_m.py": test})
    repository.stage({"conftest.py": conftest.format(2, 1)})
    assert repository.tests() == ["test_m.py::test_m"]
    repository.stage({"conftest.py": conftest.format(1, 2)})
    assert repository.tests() == []


USED = {
    "a marker": "@pytest.mark.usefixtures('my_' + KIND)\ndef test_m():\n    pass\n",
    "a marker of several": "@pytest.mark.usefixtures(*['my_' + k for k in [KIND]])\ndef test_m():\n    pass\n",
    "a marker of a class": "@pytest.mark.usefixtures(f'my_{KIND}')\nclass TestM:\n    def test_m(self):\n        pass\n",
    "a marker of the module": "pytestmark = [pytest.mark.usefixtures('_'.join(['my', KIND]))]\ndef test_m():\n    pass\n",
    "a marker of its own": "needs = pytest.mark.usefixtures('my_' + KIND)\n\n@needs\ndef test_m():\n    pass\n",
    "a decorator": "def needs(kind):\n    return pytest.mark.usefixtures('my_' + kind)\n\n@needs('client')\ndef test_m():\n    pass\n",
    "a decorator elsewhere": "from marks import needs\n\n@needs('client')\ndef test_m():\n    pass\n",
    "a module of decorators": "import marks\n\n@marks.needs('client')\ndef test_m():\n    pass\n",
    "a marker of a parameter": "CASES = [pytest.param(1, marks=pytest.mark.usefixtures('my_' + KIND))]\n\n"
    "@pytest.mark.parametrize('x', CASES)\ndef test_m(x):\n    pass\n",
    "a variable": "def test_m(request):\n    name = 'my_' + KIND\n    request.getfixturevalue(name)\n",
    "what is passed on": "def test_m(request):\n    list(map(request.getfixturevalue, ['my_' + KIND]))\n",
    "a helper": "def client(request, kind):\n    return request.getfixturevalue('my_' + kind)\n\n"
    "def test_m(request):\n    client(request, KIND)\n",
    "a helper of a helper": "def ask(request, kind):\n    return request.getfixturevalue('my_' + kind)\n\n"
    "def client(request):\n    return ask(request, KIND)\n\ndef test_m(request):\n    client(request)\n",
    "a method": "class TestM:\n    def ask(self, request):\n        return request.getfixturevalue('my_' + KIND)\n"
    "    def test_m(self, request):\n        self.ask(request)\n",
    "a fixture": "def ask(request):\n    return request.getfixturevalue('my_' + KIND)\n\n"
    "@pytest.fixture\ndef asking(request):\n    return ask(request)\n\ndef test_m(asking):\n    pass\n",
    "a name that comes from elsewhere": "import json\n\ndef test_m(request):\n"
    "    request.getfixturevalue(json.loads(KIND)['name'])\n",
}


@pytest.mark.parametrize("name", USED)
def test_a_fixture_of_a_computed_name_is_used(repository, name):
    conftest = (
        "import pytest\n\n@pytest.fixture\ndef my_client():\n    return {}\n\n"
        "@pytest.fixture\ndef other():\n    return 1\n"
    )
    test = f"import pytest\n\nKIND = 'cli' + 'ent'\n\n{USED[name]}"
    marks = "import pytest\n\ndef needs(kind):\n    return pytest.mark.usefixtures(f'my_{kind}')\n"
    repository.commit({"conftest.py": conftest.format(1), "marks.py": marks, "test_m.py": test})
    repository.stage({"conftest.py": conftest.format(2)})
    assert repository.tests() == ["test_m.py"]


HOOKS = {
    "appended": "def pytest_itemcollected(item):\n    item.fixturenames.append('my_' + KIND)\n",
    "inserted": "def pytest_itemcollected(item):\n    item.fixturenames.insert(0, name(KIND))\n",
    "added": "def pytest_generate_tests(metafunc):\n    metafunc.fixturenames += ['my_' + KIND]\n",
    "marked": "def pytest_itemcollected(item):\n    item.add_marker(pytest.mark.usefixtures('my_' + KIND))\n",
}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_adds_a_fixture_of_a_computed_name(repository, name):
    conftest = (
        "import pytest\nfrom m import start\n\nKIND = 'cli' + 'ent'\n\n"
        "def name(kind):\n    return 'my_' + kind\n\n"
        f"@pytest.fixture\ndef my_client():\n    return start()\n\n{HOOKS[name]}"
    )
    repository.commit(
        {
            "m.py": "def start():\n    return 1\n",
            "tests/conftest.py": conftest,
            "tests/test_m.py": "def test_m():\n    pass\n",
            "test_other.py": "import m\n\ndef test_other():\n    assert m\n",
        }
    )
    repository.stage({"m.py": "def start():\n    return 2\n"})
    assert repository.tests() == ["tests/test_m.py"]


def test_a_fixture_whose_name_is_said_elsewhere(repository):
    conftest = (
        "import pytest\n\nNAMES = ['one']\n\n@pytest.fixture\ndef one():\n    return {}\n\n"
        "@pytest.fixture\ndef two():\n    return {}\n"
    )
    test = (
        "from conftest import NAMES\n\ndef test_m(request):\n"
        "    assert [request.getfixturevalue(name) for name in NAMES]\n"
    )
    repository.commit({"conftest.py": conftest.format(1, 1), "test_m.py": test})
    repository.stage({"conftest.py": conftest.format(2, 1)})
    assert repository.tests() == ["test_m.py"]
    repository.stage({"conftest.py": conftest.format(1, 2)})
    assert repository.tests() == []


def test_an_entry_point_of_an_editable_install(repository):
    load = (
        "from importlib.metadata import entry_points\n\ndef test_m():\n"
        "    assert [e.load()() for e in entry_points(group='app.plugins')]\n\n"
        "def test_other():\n    assert 1\n"
    )
    declared = "[app.plugins]\nx = app.x:plug\n"
    plugin = "def plug():\n    return {}\n"
    files = {"app.egg-info/entry_points.txt": declared, "app/__init__.py": ""}
    repository.commit({**files, "app/x.py": plugin.format(1), "test_m.py": load})
    repository.stage({"app/x.py": plugin.format(2)})
    assert repository.tests() == ["test_m.py::test_m"]


SETTINGS = "INSTALLED_APPS = ['shop.apps.ShopConfig']\nSECRET_KEY = 'x'\n"
SHOP = {
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = proj.settings\npythonpath = .\n",
    "proj/__init__.py": "",
    "proj/settings.py": SETTINGS,
    "shop/__init__.py": "",
    "shop/apps.py": "class ShopConfig:\n    name = 'shop'\n",
    "shop/migrations/__init__.py": "",
    "shop/migrations/one.py": "class Migration:\n    operations = []\n",
    "shop/templatetags/__init__.py": "",
    "shop/templatetags/tags.py": "def twice(x):\n    return x * 2\n",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/hello.py": "class Command:\n    def handle(self):\n        return 1\n",
    "shop/management/commands/bye.py": "class Command:\n    def handle(self):\n        return 1\n",
    "test_m.py": "from django.core.management import call_command\n\ndef test_m():\n"
    "    call_command('hello')\n\ndef test_n():\n    call_command('he' + 'llo')\n",
    "test_o.py": "def test_o():\n    assert 1\n",
}


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("shop/migrations/two.py", "class Migration:\n    pass\n", ["test_m.py", "test_o.py"]),
        ("shop/migrations/one.py", "class Migration:\n    a = 1\n", ["test_m.py", "test_o.py"]),
        ("shop/templatetags/tags.py", "def twice(x):\n    return 3\n", ["test_m.py", "test_o.py"]),
        (
            "shop/management/commands/hello.py",
            "class Command:\n    def handle(self):\n        return 2\n",
            ["test_m.py"],
        ),
        (
            "shop/management/commands/bye.py",
            "class Command:\n    def handle(self):\n        return 2\n",
            ["test_m.py::test_n"],
        ),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
def test_what_django_lists(repository, path, source, expected, warm):
    repository.commit(SHOP)
    if warm:  # there is a graph of the files as they were, which is brought up to date
        repository.stage({"test_o.py": "def test_o():\n    assert 2\n"})
        assert repository.tests() == ["test_o.py"]
        repository.stage({"test_o.py": SHOP["test_o.py"]})
    repository.stage({path: source})
    assert repository.tests() == expected


def test_scenarios_are_tests_of_their_file(repository):
    test = (
        "from pytest_bdd import given, scenarios, then\n\nscenarios('features')\n\n"
        "@given('one', target_fixture='one')\ndef one():\n    return 1\n\n"
        "@then('it is one')\ndef is_one(one):\n    assert one == 1\n"
    )
    feature = "Feature: A\n  Scenario: S\n    Given one\n    Then it is one\n"
    other = "def test_other():\n    pass\n"
    files = {"tests/features/a.feature": feature, "tests/test_a.py": test, "test_other.py": other}
    repository.commit(files)
    repository.stage({"tests/features/a.feature": f"{feature}    Then it is one\n"})
    assert repository.tests() == ["tests/test_a.py"]
    repository.commit()
    repository.stage({"tests/test_a.py": test.replace("return 1", "return 2")})
    assert repository.tests() == ["tests/test_a.py"]


def test_an_annotation_in_a_string(repository):
    code = (
        "from typing import get_type_hints\n\nclass Service:\n    part: 'Part'\n\n"
        "class Part:\n    size = 1\n\ndef build(kind):\n"
        "    return {name: part() for name, part in get_type_hints(kind).items()}\n"
    )
    test = (
        "import m\n\ndef test_m():\n    assert m.build(m.Service)['part'].size == 1\n\n"
        "def test_n():\n    assert m\n"
    )
    repository.commit({"m.py": code, "test_m.py": test})
    repository.stage({"m.py": code.replace("size = 1", "size = 2")})
    assert repository.tests() == ["test_m.py::test_m"]
