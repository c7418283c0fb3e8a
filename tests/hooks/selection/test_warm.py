"""With what an earlier selection kept, the answer is the one that it would be without."""

import shutil

import pytest

PROJECT = {
    "pkg/__init__.py": "from .core import run\n",
    "pkg/core.py": (
        "def run(x):\n    return x.step()\n\ndef other():\n    return 1\n\ndef spare():\n    return 2\n"
    ),
    "pkg/base.py": (
        "class Base:\n    def step(self):\n        return self.inner()\n\n"
        "    def inner(self):\n        return 1\n\n    def unsaid(self):\n        return 2\n"
    ),
    "pkg/child.py": "from .base import Base\n\nclass Child(Base):\n    pass\n",
    "pkg/plugins.py": (
        "KNOWN = []\nSECOND = []\n\ndef keep(f):\n    KNOWN.append(f)\n    return f\n\n"
        "def first():\n    return KNOWN[0]()\n\ndef second():\n    return SECOND[0]()\n"
    ),
    "pkg/kept.py": "from .plugins import keep\n\n@keep\ndef kept():\n    return 1\n",
    "tests/conftest.py": (
        "import pytest\nfrom pkg.base import Base\n\n@pytest.fixture\ndef thing():\n    return Base()\n\n"
        "@pytest.fixture\ndef spare_thing():\n    return 1\n\n"
        "@pytest.fixture\ndef asked(request):\n    return request.getfixturevalue('thing')\n"
    ),
    "tests/test_core.py": (
        "import pkg\nfrom pkg.core import other\n\ndef test_run(thing):\n    assert pkg.run(thing)\n\n"
        "def test_other():\n    assert other()\n\ndef test_asked(asked):\n    assert asked\n"
    ),
    "tests/test_child.py": (
        "from pkg.child import Child\n\ndef test_child():\n    assert Child().step()\n"
    ),
    "tests/test_kept.py": (
        "import pkg.kept\nfrom pkg.plugins import first, second\n\ndef test_first():\n    assert first()\n\n"
        "def test_second():\n    assert second()\n"
    ),
    "pyproject.toml": "[project]\nname = 'pkg'\n[project.scripts]\ntool = 'pkg.tool:main'\n",
    "tests/test_tool.py": (
        "import subprocess\n\ndef test_tool():\n    subprocess.run(['tool'], check=True)\n"
    ),
    "tests/test_none.py": "def test_none():\n    pass\n",
}


def changed(path, old, new):
    assert old in PROJECT[path]
    return {path: PROJECT[path].replace(old, new)}


EDITS = {
    "body": changed("pkg/core.py", "return 1", "return 3"),
    "nothing": changed("pkg/core.py", "def other", "# why\ndef other"),
    "renamed": changed("pkg/core.py", "def other", "def another"),
    "new function": changed("pkg/core.py", "def spare", "def more():\n    return 3\n\ndef spare"),
    "re-export": changed("pkg/__init__.py", "import run", "import other as run"),
    "override": changed("pkg/child.py", "pass", "def inner(self):\n        return 5"),
    "override of what nothing said": changed(
        "pkg/child.py", "pass", "def unsaid(self):\n        return 5"
    ),
    "said now": changed("pkg/core.py", "return 2", "return run.unsaid()"),
    "another base": changed("pkg/child.py", "(Base)", ""),
    "a base that only run time knows": changed("pkg/child.py", "(Base)", "(Base, object())"),
    "kept elsewhere": changed("pkg/plugins.py", "    KNOWN.append(f)", "    SECOND.append(f)"),
    "asks for another fixture": changed("tests/conftest.py", "'thing'", "'spare_thing'"),
    "fixture renamed": changed("tests/conftest.py", "def spare_thing", "def thing_spare"),
    "fixture of another name": changed(
        "tests/conftest.py", "@pytest.fixture\ndef thing", "@pytest.fixture(name='it')\ndef thing"
    ),
    "fixture no more": changed(
        "tests/conftest.py", "@pytest.fixture\ndef thing()", "def thing()"
    ),
    "autouse": changed("tests/conftest.py", "fixture\ndef spare", "fixture(autouse=True)\ndef spare"),
    "broken": changed("pkg/core.py", "def other():", "def other(:"),
    "a new test": changed("tests/test_none.py", "pass", "pass\n\ndef test_two():\n    pass"),
    "a new file": {"pkg/new.py": "from .base import Base\n\nclass New(Base):\n    def inner(self): ...\n"},
    "a shadowing module": {"tests/pkg.py": "def run(x):\n    return 1\n"},
    "a new conftest": {"tests/deep/conftest.py": "X = 1\n", "tests/deep/test_d.py": "def test_d(): ...\n"},
    "the module of a command": {"pkg/tool.py": "def main():\n    return 1\n"},
    "a new package": {"pkg/sub/__init__.py": "from ..child import Child\n", "pkg/sub/new.py": "def f(): ...\n",
                      "tests/test_sub.py": "from pkg.sub.new import f\n\ndef test_f():\n    f()\n"},
    "a new stub": {"pkg/core.pyi": "def other(): ...\n"},
    "a file gone": {"pkg/child.py": None},
    "a test gone": {"tests/test_core.py": None},
    "a package gone": {"pkg/__init__.py": None},
    "a conftest gone": {"tests/conftest.py": None},
    "a file moved": {"pkg/child.py": None, "pkg/kid.py": PROJECT["pkg/child.py"]},
    "settings": {"pytest.ini": "[pytest]\npython_functions = check_*\n"},
    "two files": {
        **changed("pkg/core.py", "return 2", "return 4"),
        **changed("pkg/base.py", "return self.inner()", "return self.inner() or 1"),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_edit(repository, name):
    repository.commit(PROJECT)
    repository.stage(changed("pkg/core.py", "return 2", "return 22"))
    repository.select()  # now a net is kept
    nets = repository.root / ".git/gardener/nets"
    assert list(nets.iterdir())
    repository.git("reset", "-q", "--hard")
    repository.stage(EDITS[name])
    warm = repository.select()
    shutil.rmtree(repository.root / ".git/gardener")
    assert warm == repository.select()
    # And back: what the edit left behind is of no harm either.
    repository.commit()
    repository.stage({"pkg/base.py": PROJECT["pkg/base.py"].replace("return 1", "return 6")})
    warm = repository.select()
    shutil.rmtree(repository.root / ".git/gardener")
    assert warm == repository.select()


def test_no_more_nets_than_a_few_are_kept(repository):
    repository.commit(PROJECT)
    for number in range(10):
        # Each brings a root of sys.path, so that the net is made anew.
        repository.stage({f"n{number}/test_it.py": f"X = {number}\n"})
        repository.select()
    assert len(list((repository.root / ".git/gardener/nets").iterdir())) == 8


def test_a_net_of_another_version_is_made_again(repository):
    repository.commit(PROJECT)
    repository.stage(EDITS["body"])
    expected = repository.tests()
    assert expected == ["tests/test_core.py::test_other"]
    [net] = (repository.root / ".git/gardener/nets").iterdir()
    data = net.read_bytes()
    for bad in (b"", b"gardener net 999\n" + data[15:], data[:-1], data[:40] + b"\0" + data[41:]):
        net.write_bytes(bad)
        assert repository.tests() == expected
        assert net.read_bytes() == data  # made again, the very same


def test_the_net_is_where_it_cannot_be_written(repository):
    repository.commit(PROJECT)
    repository.stage(EDITS["body"])
    (repository.root / ".git/gardener").write_text("in the way")
    assert repository.tests() == ["tests/test_core.py::test_other"]


def test_a_name_that_only_an_annotation_reads_is_gone(repository):
    user = "import g\n\ndef f(x: g.Old): ...\n\ndef k():\n    return 1\n"
    test = "import h\n\ndef test_k():\n    assert h.k()\n"
    repository.commit({"g.py": "class Old: ...\n", "h.py": user, "test_h.py": test})
    repository.stage({"g.py": "class New: ...\n"})
    cold, warm = repository.tests(), repository.tests()
    assert cold == warm == ["test_h.py"]
