"""Names that could lead to several files, and lead only to those that they can mean."""

import pytest

BODY = "def work():\n    return 1\n\nwork()\n"
CHANGED = BODY.replace("return 1", "return 2")


def selected(repository, files, path):
    """What is selected when the function in the file at `path` changes."""
    repository.commit(files)
    repository.stage({path: files[path].replace("return 1", "return 2")})
    return repository.tests()


TOOL = "print('return 1')\n\ndef other():\n    return 1\n\nif __name__ == '__main__':\n    from kit.main import main\n    main(other())\n"
KIT = {
    "kit/__init__.py": "",
    "kit/config.py": "x = 1\n",
    "scripts/kit.py": TOOL,
    "scripts/test_kit_script.py": "import kit\n\ndef test_script():\n    assert kit.other()\n",
}


@pytest.mark.parametrize(
    ("statement", "reaches"),
    [
        ("from kit.config import x", False),
        ("import kit.config", False),
        ("from kit import config", False),
        # The plain file may be meant where the package does not bring what is asked for.
        ("from kit import other", True),
        ("import kit", True),
        ("from kit.missing import x", True),
    ],
)
def test_a_module_of_a_package_is_in_no_plain_file_of_its_name(repository, statement, reaches):
    test = f"{statement}\n\ndef test_kit():\n    assert True\n    kit.other()\n"
    if not reaches:
        test = f"{statement}\n\ndef test_kit():\n    assert True\n"
    files = {**KIT, "tests/test_kit.py": test}
    tests = selected(repository, files, "scripts/kit.py")
    assert "scripts/test_kit_script.py" in tests
    assert ("tests/test_kit.py" in tests) is reaches


@pytest.mark.parametrize(
    "plain",
    [
        "__path__ = ['lib']\n",
        "from outside import *\n",
        "def __getattr__(name):\n    return name\n",
        "from outside import config\n",
    ],
)
def test_a_plain_file_that_may_bring_what_is_imported(repository, plain):
    statement = "from kit.config import x" if "__path__" in plain else "from kit import config"
    files = {
        **KIT,
        "scripts/kit.py": plain + BODY,
        "scripts/test_kit_script.py": "def test_script():\n    pass\n",
        "tests/test_kit.py": f"{statement}\n\ndef test_kit():\n    pass\n",
    }
    tests = selected(repository, files, "scripts/kit.py")
    assert tests == "ALL" or "tests/test_kit.py" in tests


def test_a_package_that_comes_takes_the_place_of_a_plain_file(repository):
    files = {
        "scripts/kit.py": TOOL,
        "scripts/test_kit_script.py": KIT["scripts/test_kit_script.py"],
        "tests/test_kit.py": "from kit.config import x\n\ndef test_kit():\n    pass\n",
    }
    changed = TOOL.replace("return 1", "return 2")
    assert "tests/test_kit.py" in selected(repository, files, "scripts/kit.py")
    repository.commit({"scripts/kit.py": TOOL, **{p: KIT[p] for p in KIT if p.startswith("kit/")}})
    repository.stage({"scripts/kit.py": changed})
    assert "tests/test_kit.py" not in repository.tests()


@pytest.mark.parametrize(
    ("body", "reaches"),
    [
        # It tells where a project begins.
        ("return ['pyproject.toml', 'setup.py', 'requirements.txt']", False),
        ("return any((root / name).exists() for name in ('setup.py', 'setup.cfg'))", False),
        # It may be a script that is started.
        ("return ['setup.py']", True),
        ("return root / 'scripts', ['pyproject.toml', 'setup.py']", True),
        ("return 'scripts/setup.py', 'pyproject.toml'", True),
    ],
)
def test_a_file_that_tells_where_a_project_begins_is_no_script_elsewhere(repository, body, reaches):
    files = {
        "scripts/setup.py": BODY,
        "scripts/test_setup.py": "import setup\n\ndef test_setup():\n    assert setup.work()\n",
        "pkg/__init__.py": "",
        "pkg/markers.py": f"def markers(root):\n    {body}\n",
        "tests/test_markers.py": "from pkg.markers import markers\n\ndef test_m(tmp_path):\n    assert markers(tmp_path)\n",
    }
    tests = selected(repository, files, "scripts/setup.py")
    assert tests == "ALL" or "scripts/test_setup.py" in tests
    assert (tests == "ALL" or "tests/test_markers.py" in tests) is (reaches or tests == "ALL")


@pytest.mark.parametrize("place", ["setup.py", "pkg/setup.py"])
def test_such_a_file_around_who_names_it_is_meant(repository, place):
    body = BODY.removesuffix("\nwork()\n")
    files = {
        place: body,
        "pkg/__init__.py": "",
        "pkg/markers.py": "NAMES = ['pyproject.toml', 'setup.py']\n",
        "tests/test_markers.py": "from pkg.markers import NAMES\n\ndef test_m():\n    assert NAMES\n",
    }
    repository.commit(files)
    repository.stage({place: body.replace("return 1", "return 2")})
    tests = repository.tests()
    assert tests == "ALL" or "tests/test_markers.py" in tests


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        # A permission or a label: no file whose path only ends like it has such a name.
        ("stock.manage_items", False),
        ("stock.Item", False),
        ("stock.work", True),
        ("stock:work", True),
        ("stock.py", True),
        ("stock.py:application", True),
        ("shop.views.stock.missing", True),
    ],
)
def test_a_dotted_string_means_no_file_that_has_not_what_it_names(repository, text, reaches):
    files = {
        "shop/__init__.py": "",
        "shop/views/__init__.py": "",
        "shop/views/stock.py": BODY,
        "rights.py": f"RIGHT = '{text}'\n",
        "test_rights.py": "from rights import RIGHT\n\ndef test_r():\n    assert RIGHT\n",
        "test_stock.py": "def test_s():\n    from shop.views import stock\n    assert stock.work()\n",
    }
    tests = selected(repository, files, "shop/views/stock.py")
    assert tests == "ALL" or "test_stock.py" in tests  # all: it is imported at collection
    assert (tests == "ALL" or "test_rights.py" in tests) is reaches


@pytest.mark.parametrize(
    ("call", "reaches"),
    [
        ("call_command('flush', interactive=False)", False),
        ("call_command(command_name='flush')", False),
        ("call_command('hello')", True),
        ("call_command('he' + 'llo')", True),
        ("call_command(*ARGUMENTS)", True),
        ("[call_command('flush'), call_command(NAME)]", True),
        ("list(map(call_command, NAMES))", True),
    ],
)
def test_a_command_of_django_itself_runs_none_of_the_project(repository, call, reaches):
    command = "class Command:\n    def handle(self):\n        return 1\n"
    files = {
        "shop/management/commands/hello.py": command,
        "test_m.py": "from django.core.management import call_command\nfrom names import ARGUMENTS, NAME, NAMES\n\n"
        f"def test_m():\n    {call}\n",
    }
    assert selected(repository, files, "shop/management/commands/hello.py") == (
        ["test_m.py"] if reaches else []
    )


SPANS = (
    "from contextlib import contextmanager\n\nOPEN = {}\n\n"
    "class Tracer:\n"
    "    @contextmanager\n    def span(self, name):\n        OPEN[name] = self\n        yield\n"
    "    def keep(self, name):\n        def kept(f):\n            OPEN[name] = f\n            return f\n        return kept\n\n"
    "tracer = Tracer()\n\n"
    "@contextmanager\ndef writing():\n    OPEN['writing'] = True\n    yield\n\n"
    "def keeping(f):\n    OPEN['f'] = f\n    return f\n"
)


@pytest.mark.parametrize(
    ("decorator", "reaches"),
    [
        ("tracer.span('x')", False),
        ("writing()", False),
        ("tracer.keep('x')", True),
        ("keeping", True),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
def test_a_context_manager_keeps_nothing_that_it_decorates(repository, decorator, reaches, warm):
    jobs = (
        f"from spans import keeping, tracer, writing\n\n@{decorator}\ndef work():\n    return 1\n"
    )
    files = {
        "spans.py": SPANS,
        "jobs.py": jobs,
        "test_jobs.py": "import jobs\n\ndef test_work():\n    assert jobs.work()\n",
        "test_spans.py": "import jobs\nimport spans\n\ndef test_open():\n    assert spans.OPEN, spans.tracer.x\n"
        "    with spans.writing():\n        spans.keeping(1)\n",
    }
    repository.commit(files if not warm else {**files, "spans.py": SPANS.replace("@context", "@c")})
    if warm:  # what decorates it becomes a context manager
        repository.stage({"jobs.py": jobs.replace("return 1", "return 3")})
        assert repository.tests() == ["test_jobs.py", "test_spans.py"]
        repository.commit(files)
    repository.stage({"jobs.py": jobs.replace("return 1", "return 2")})
    tests = repository.tests()
    assert tests == (["test_jobs.py", "test_spans.py"] if reaches else ["test_jobs.py"])
