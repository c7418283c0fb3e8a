"""What was read once belongs to all tests that get it: real runs, then a change of the file."""

import subprocess

import pytest
from recording_python import INTERPRETERS, MONITORING, lend_pytest

from gardener.cli import main

pytestmark = pytest.mark.slow
PATH = (
    "import functools, linecache, pathlib\nP = pathlib.Path(__file__).parent / ('wo' + 'rds.txt')\n"
)
TEST = "from held import held\ndef test_{0}():\n    assert held() == 'v1'\n"

# How `held.py` keeps the text.
WAYS = {
    "an import": "TEXT = P.read_text()\ndef held(): return TEXT\n",
    "an attribute of a class": (
        "class Held:\n    text = P.read_text()\ndef held(): return Held.text\n"
    ),
    "a cache of a function": (
        "@functools.lru_cache(None)\ndef read(): return P.read_text()\ndef held(): return read()\n"
    ),
    "a cached property": (
        "class Held:\n    @functools.cached_property\n    def text(self): return P.read_text()\n"
        "HELD = Held()\ndef held(): return HELD.text\n"
    ),
    "a singleton": (
        "KEPT = None\ndef held():\n    global KEPT\n    if KEPT is None:\n"
        "        KEPT = P.read_text()\n    return KEPT\n"
    ),
    "a loader": (
        "KEPT = {}\n"
        "def held(): return KEPT.get(1) or KEPT.setdefault(1, __loader__.get_data(str(P)).decode())\n"
    ),
    "a library": "def held(): return linecache.getline(str(P), 1).strip()\n",
}


def selected(tmp_path, monkeypatch, capsys, python, files, change):
    """The files with tests that a change needs after all were run and recorded."""
    root = tmp_path / "repo"
    for path, text in {"pytest.ini": "[pytest]\npythonpath = .\n", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "base")):
        subprocess.run(["git", *command], cwd=root, check=True)
    monkeypatch.chdir(root)
    lend_pytest(python, tmp_path, monkeypatch)
    main(["run", "--all", "-q", "--python", python])
    for path, text in change.items():
        if text is None:
            (root / path).unlink()
        else:
            (root / path).write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    capsys.readouterr()
    main(["impacted", "--staged", "--format", "nodeids"])
    return {test.partition("::")[0] for test in capsys.readouterr().out.split()}


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_only_the_first_test_opened(tmp_path, monkeypatch, capsys, python, way):
    files = {
        "held.py": PATH + WAYS[way],
        "words.txt": "v1",
        "test_a.py": TEST.format("a"),
        "test_b.py": TEST.format("b"),
        "test_c.py": "def test_c(): pass\n",
    }
    found = selected(tmp_path, monkeypatch, capsys, python, files, {"words.txt": "v2"})
    assert found == {"test_a.py", "test_b.py"}


# Files with one test each; all but the first two ask for the file without opening it.
ASKING = {
    "opens": "open(P).close()",
    "plain": "str(P)",
    "exists": "assert os.path.exists(P) == IS_THERE",
    "is_file": "assert P.is_file() == IS_THERE",
    "access": "assert os.access(P, os.R_OK) == IS_THERE",
    "getsize": "assert os.path.getsize(P) == 2",
    "path_stat": "assert P.stat().st_size == 2",
    "os_stat": "assert os.stat(P).st_size == 2",
    "entry": "assert [e.stat().st_size for e in os.scandir(P.parent) if e.name == P.name] == [2]",
}
NEEDS_CONTENT = {"opens", "getsize", "path_stat", "os_stat", "entry"}


@pytest.mark.parametrize("python", MONITORING)
@pytest.mark.parametrize(
    ("text", "needing"),
    [("v12", NEEDS_CONTENT), (None, NEEDS_CONTENT | {"exists", "is_file", "access"})],
)
def test_a_file_that_is_only_asked_for(tmp_path, monkeypatch, capsys, python, text, needing):
    head = (
        "import os, pathlib\nIS_THERE = True\nP = pathlib.Path(__file__).parent / ('wo' + 'rds')\n"
    )
    files = {
        f"test_{name}.py": f"{head}def test_{name}(): {body}\n" for name, body in ASKING.items()
    }
    found = selected(
        tmp_path, monkeypatch, capsys, python, {"words": "v1", **files}, {"words": text}
    )
    assert found == {f"test_{name}.py" for name in needing}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_file_that_a_library_opens_in_c(tmp_path, monkeypatch, capsys, python):
    files = {
        "certificates/one.pem": "1",
        "test_a.py": "import pathlib, pytest, ssl\nD = pathlib.Path(__file__).parent / 'certificates'\n"
        "def test_c():\n    with pytest.raises(ssl.SSLError):\n"
        "        ssl.create_default_context(cafile=str(D / ('on' + 'e.pem')))\n",
        "test_b.py": "def test_python(): open('certifi' + 'cates/one' + '.pem').close()\n",
        "test_c.py": "def test_other(): pass\n",
    }
    found = selected(tmp_path, monkeypatch, capsys, python, files, {"certificates/one.pem": "2"})
    assert found == {"test_a.py", "test_b.py"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_test_that_closes_what_it_did_not_open(tmp_path, monkeypatch, capsys, python):
    """Then nothing is heard any more, and who names a file may read it; no test fails for it."""
    files = {
        "cases/a.txt": "1",
        "test_a.py": "import os\ndef test_close():\n    kinds = {}\n"
        "    for fd in os.listdir('/proc/self/fd'):\n"
        "        try: kinds[os.readlink('/proc/self/fd/' + fd)] = int(fd)\n"
        "        except OSError: pass\n"
        "    os.close(kinds['anon_inode:inotify'])\n",
        "test_b.py": "D = 'cases'\ndef test_folder(): assert D\n",
        "test_c.py": "def test_opens(): open('ca' + 'ses/a.txt').close()\n",
        "test_d.py": "def test_other(): pass\n",
    }
    found = selected(tmp_path, monkeypatch, capsys, python, files, {"cases/a.txt": "2"})
    assert found == {"test_b.py", "test_c.py"}


@pytest.mark.parametrize("python", MONITORING)
def test_who_names_a_folder_need_not_read_all_that_is_in_it(tmp_path, monkeypatch, capsys, python):
    # A worker that runs this test says so to all that it starts, and means itself.
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    read = "import pathlib\nD = pathlib.Path(__file__).parent / 'cases'\ndef test_{0}(): {1}\n"
    files = {
        **{f"cases/{name}.txt": "1" for name in "ab"},
        **{
            f"test_{name}.py": read.format(name, f"(D / ('{name}' + '.txt')).read_text()")
            for name in "ab"
        },
        "test_c.py": read.format("c", "assert D.is_dir()"),
    }
    found = selected(tmp_path, monkeypatch, capsys, python, files, {"cases/a.txt": "2"})
    assert found == {"test_a.py"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_python_file_that_is_read_as_a_text(tmp_path, monkeypatch, capsys, python):
    files = {
        "m.py": "# Copyright\nX = 1\n",
        "test_a.py": "import pathlib\ndef test_head():\n    for one in pathlib.Path('.').glob('m*'):\n"
        "        assert one.read_text().startswith('# Copy')\n",
        "test_b.py": "import m\ndef test_x(): assert m.X\n",
    }
    found = selected(tmp_path, monkeypatch, capsys, python, files, {"m.py": "X = 1\n"})
    assert found == {"test_a.py"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_file_behind_a_link_out_of_the_repository(tmp_path, monkeypatch, capsys, python):
    files = {
        "data/x.json": "1",
        "test_a.py": "import os\ndef test_link(tmp_path):\n"
        "    os.symlink(os.path.abspath('da' + 'ta'), tmp_path / 'd')\n"
        "    assert (tmp_path / 'd' / ('x' + '.json')).read_text() == '1'\n"
        "def test_other(): assert open('data/' + 'x.json').read()\n",
        "test_b.py": "def test_b(): pass\n",
    }
    found = selected(tmp_path, monkeypatch, capsys, python, files, {"data/x.json": "2"})
    assert found == {"test_a.py"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_process_that_is_spawned_without_subprocess(tmp_path, monkeypatch, capsys, python):
    files = {
        "work.py": "def inner(): return 1\ndef work(pipe):\n    while True:\n"
        "        pipe.recv()\n        pipe.send(inner())\n",
        "conftest.py": "import multiprocessing, pytest, work\n@pytest.fixture(scope='module')\n"
        "def ask():\n    here, there = multiprocessing.Pipe()\n"
        "    spawn = multiprocessing.get_context('spawn')\n"
        "    process = spawn.Process(target=work.work, args=(there,), daemon=True)\n"
        "    process.start()\n    yield lambda: (here.send(1), here.recv())[1]\n    process.kill()\n",
        "test_a.py": "def test_1(ask): assert ask() == 1\ndef test_2(ask): assert ask() == 1\n",
        "test_b.py": "def test_b(): pass\n",
    }
    change = {"work.py": files["work.py"].replace("return 1", "return 2")}
    found = selected(tmp_path, monkeypatch, capsys, python, files, change)
    assert found == {"test_a.py"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_pool_that_an_earlier_test_started(tmp_path, monkeypatch, capsys, python):
    files = {
        "work.py": "def inner(): return 1\ndef work(): return inner()\n",
        "pool.py": "import importlib, multiprocessing\nPOOL = []\ndef run(name):\n"
        "    if len(POOL) == 0:\n        POOL.append(multiprocessing.get_context('fork').Pool(1))\n"
        "    return POOL[0].apply(getattr(importlib.import_module('work'), name))\n",
        "test_a.py": "from pool import run\ndef test_1(): assert run('work') == 1\n"
        "def test_2(): assert run('work') == 1\n",
        "test_b.py": "def test_b(): pass\n",
    }
    change = {"work.py": "def inner(): return 2\ndef work(): return inner()\n"}
    found = selected(tmp_path, monkeypatch, capsys, python, files, change)
    assert found == {"test_a.py"}


@pytest.mark.parametrize("python", MONITORING)
def test_a_parameter_of_a_module_fixture_switches(tmp_path, monkeypatch, capsys, python):
    files = {
        "m.py": "def one(): return 1\ndef two(): return 1\n",
        "test_a.py": "import m, pytest\n@pytest.fixture(scope='module', params=['one', 'two'])\n"
        "def name(request): yield request.param\n"
        "def test_1(name): assert getattr(m, name)() == 1\n",
        "test_b.py": "def test_b(): pass\n",
    }
    change = {"m.py": "def one(): return 1\ndef two(): return 2\n"}
    assert selected(tmp_path, monkeypatch, capsys, python, files, change) == {"test_a.py"}


RUNNERS = {
    "exec": "exec(one.read_text(), {})",
    "exec of what was compiled": "exec(compile(one.read_bytes(), one, 'exec'), {})",
    "run_path": "__import__('runpy').run_path(str(one))",
}


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize("way", RUNNERS)
@pytest.mark.parametrize("changed", ["jobs/job", "lib.py"])
def test_a_python_file_that_is_run_by_its_path(tmp_path, monkeypatch, capsys, python, way, changed):
    """What it runs is found by a name that no code says."""
    files = {
        "lib.py": "def f():\n    return 1\n",
        "jobs/job": "import lib\nassert lib.f()\n",
        "test_a.py": "import pathlib\ndef test_a():\n    for one in pathlib.Path('jo' + 'bs').iterdir():\n"
        f"        {RUNNERS[way]}\n",
        "test_b.py": "import lib\ndef test_b(): assert lib\n",
    }
    text = files[changed].replace("return 1", "return 0").replace("assert", "assert not")
    found = selected(tmp_path, monkeypatch, capsys, python, files, {changed: text})
    # What the code of a file calls counts as run by an import: an error there may stop them all.
    assert found in ({"test_a.py"}, {"ALL"})


CODE = PATH.replace("('wo' + 'rds.txt')", "'lib.py'")
MAY_READ = "import held\ndef test_d():\n    assert callable(held.held) or held.held()\n"


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize("way", WAYS)
def test_code_that_only_the_first_test_read_as_text(tmp_path, monkeypatch, capsys, python, way):
    files = {
        "held.py": CODE + WAYS[way],
        "lib.py": "v1 = 1\n",
        "test_a.py": TEST.format("a").replace("== 'v1'", ".startswith('v1')"),
        "test_b.py": TEST.format("b").replace("== 'v1'", ".startswith('v1')"),
        "test_c.py": "def test_c(): pass\n",
        "test_d.py": MAY_READ,
    }
    change = {"lib.py": "v2 = 1  # a comment\n"}
    found = selected(tmp_path, monkeypatch, capsys, python, files, change)
    # Of a loader nobody knows who got what it read.
    known = way not in ("an import", "an attribute of a class", "a loader")
    assert found == {"test_a.py", "test_b.py", *(() if known else ["test_d.py"])}
