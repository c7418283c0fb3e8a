"""pytest 7, 8 and 9 with the plugins that users have beside us: small real suites, real environments.

All plugins are installed together, as in a big project; each suite switches on what it is about. An
environment is made once (with uv where it is there) and kept in `.cache`.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
PYTESTS = {"7": "pytest>=7,<8", "8": "pytest>=8,<9", "9": "pytest>=9,<10"}
PLUGINS = (
    *("pytest-xdist", "pytest-asyncio", "anyio", "trio", "pytest-django", "django", "pytest-cov"),
    *("pytest-timeout", "pytest-randomly", "pytest-rerunfailures", "pytest-sugar"),
)


@pytest.fixture(scope="module", params=PYTESTS)
def python(request):
    """The interpreter of an environment with one pytest and all plugins."""
    version = ".".join(map(str, sys.version_info[:2]))
    home = TOP / ".cache" / "matrix" / f"py{version}-pytest{request.param}"
    wanted = "\n".join((PYTESTS[request.param], *PLUGINS))
    stamp = home / "installed.txt"
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        _install(home, [PYTESTS[request.param], *PLUGINS])
        stamp.write_text(wanted)
    return home / "bin/python"


def _install(home: Path, requirements: list[str]) -> None:
    interpreter = home / "bin/python"
    uv = shutil.which("uv")
    if uv:
        commands = [
            [uv, "venv", "-q", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "-q", "--python", str(interpreter), *requirements],
        ]
    else:
        commands = [
            [sys.executable, "-m", "venv", str(home)],
            [str(interpreter), "-m", "pip", "install", "-q", *requirements],
        ]
    for command in commands:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout


class Suite(NamedTuple):
    """Files, options, and what has to be told: outcomes by test, and the failing ones' categories."""

    files: dict[str, str]
    options: tuple[str, ...]
    outcomes: dict[str, list[str]]
    categories: dict[str, str]


APP = "def double(n):\n    return n + n\n\n\ndef half(n):\n    return n / 2\n"
BASE = "[pytest]\npythonpath = .\naddopts = -p no:randomly -p no:sugar\n"
PLAIN = (
    "import pytest\nfrom app import double, half\n\n\n"
    "def test_double():\n    assert double(2) == 4\n\n\n"
    "def test_half():\n    assert half(4) == 2\n\n\n"
    "def test_wrong():\n    assert double(2) == 5\n\n\n"
    "@pytest.mark.parametrize('n', [1, 2])\ndef test_each(n):\n    assert half(n) < n\n"
)
PLAIN_OUTCOMES = {
    "test_a.py::test_double": ["passed"],
    "test_a.py::test_half": ["passed"],
    "test_a.py::test_wrong": ["failed"],
    "test_a.py::test_each[1]": ["passed"],
    "test_a.py::test_each[2]": ["passed"],
}
WRONG = {"test_a.py::test_wrong": "assertion"}


def suite(test: str, outcomes, categories, *options, ini=BASE, **more) -> Suite:
    files = {"pytest.ini": ini, "app.py": APP, "test_a.py": test, **more}
    return Suite(files, options, {f"test_a.py::{n}": o for n, o in outcomes.items()}, categories)


SUITES = {
    "plain": Suite(
        {"pytest.ini": BASE, "app.py": APP, "test_a.py": PLAIN}, (), PLAIN_OUTCOMES, WRONG
    ),
    "xdist": Suite(
        {"pytest.ini": BASE, "app.py": APP, "test_a.py": PLAIN}, ("-n", "2"), PLAIN_OUTCOMES, WRONG
    ),
    "xdist loadgroup": Suite(
        {
            "pytest.ini": BASE,
            "app.py": APP,
            "test_a.py": PLAIN.replace(
                "def test_half", "@pytest.mark.xdist_group('g')\ndef test_half"
            ),
        },
        ("-n", "2", "--", "--dist", "loadgroup"),
        PLAIN_OUTCOMES,
        WRONG,
    ),
    "xdist crash": suite(
        "import os\nfrom app import double\n\n\ndef test_fine():\n    assert double(1) == 2\n\n\n"
        "def test_dies():\n    os._exit(3)\n\n\ndef test_behind():\n    pass\n",
        {"test_fine": ["passed"], "test_dies": ["unfinished"], "test_behind": ["passed"]},
        {"test_a.py::test_dies": "worker-crash"},
        *("-n", "2"),
    ),
    "asyncio": suite(
        "import asyncio\nimport pytest\nimport pytest_asyncio\nfrom app import double\n\n\n"
        "@pytest_asyncio.fixture\nasync def number():\n    await asyncio.sleep(0)\n    yield 2\n\n\n"
        "async def test_fine(number):\n    assert double(number) == 4\n\n\n"
        "async def test_wrong(number):\n    assert double(number) == 5\n\n\n"
        "async def test_late():\n    await asyncio.wait_for(asyncio.sleep(9), 0.01)\n",
        {"test_fine": ["passed"], "test_wrong": ["failed"], "test_late": ["failed"]},
        {"test_a.py::test_wrong": "assertion", "test_a.py::test_late": "timeout"},
        ini=f"{BASE}asyncio_mode = auto\n",
    ),
    "anyio": suite(
        "import anyio\nimport pytest\nfrom app import double\n\npytestmark = pytest.mark.anyio\n\n\n"
        "async def test_fine():\n    await anyio.sleep(0)\n    assert double(2) == 4\n\n\n"
        "async def test_wrong():\n    await anyio.sleep(0)\n    assert double(2) == 5\n",
        {
            f"test_{name}[{backend}]": [outcome]
            for name, outcome in (("fine", "passed"), ("wrong", "failed"))
            for backend in ("asyncio", "trio")
        },
        {f"test_a.py::test_wrong[{backend}]": "assertion" for backend in ("asyncio", "trio")},
        **{
            "conftest.py": "import pytest\n\n\n@pytest.fixture(params=['asyncio', 'trio'])\n"
            "def anyio_backend(request):\n    return request.param\n"
        },
    ),
    "django": suite(
        "import pytest\nfrom django.contrib.auth.models import User\n\n\n"
        "@pytest.mark.django_db\ndef test_fine():\n"
        "    User.objects.create(username='a')\n    assert User.objects.count() == 1\n\n\n"
        "@pytest.mark.django_db\ndef test_rolled_back():\n    assert User.objects.count() == 0\n\n\n"
        "def test_no_mark():\n    User.objects.count()\n",
        {"test_fine": ["passed"], "test_rolled_back": ["passed"], "test_no_mark": ["failed"]},
        {},
        ini=f"{BASE}DJANGO_SETTINGS_MODULE = settings\n",
        **{
            "settings.py": "SECRET_KEY = 'x'\nUSE_TZ = True\n"
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
            "INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes']\n"
        },
    ),
    "cov": Suite(
        {"pytest.ini": BASE, "app.py": APP, "test_a.py": PLAIN},
        ("--", "--cov=app", "--cov-branch", "--cov-report=json:covered.json"),
        PLAIN_OUTCOMES,
        WRONG,
    ),
    "timeout": suite(
        "import time\nimport pytest\n\n\ndef wait():\n    while True:\n        time.sleep(0.05)\n\n\n"
        "def test_fine():\n    pass\n\n\n"
        "@pytest.mark.timeout(0.5, method='signal')\ndef test_signal():\n    wait()\n\n\n"
        "@pytest.mark.timeout(0.5, method='thread')\ndef test_thread():\n    wait()\n\n\n"
        "def test_behind():\n    pass\n",
        {
            "test_fine": ["passed"],
            "test_signal": ["failed"],
            "test_thread": ["unfinished"],
            "test_behind": ["passed"],
        },
        {"test_a.py::test_signal": "timeout", "test_a.py::test_thread": "timeout"},
    ),
    "randomly": Suite(
        {
            "pytest.ini": BASE.replace("-p no:randomly ", ""),
            "app.py": APP,
            "test_a.py": PLAIN,
            "test_b.py": "def test_b():\n    pass\n",
        },
        (),
        {**PLAIN_OUTCOMES, "test_b.py::test_b": ["passed"]},
        WRONG,
    ),
    "rerunfailures": suite(
        "import pathlib\nfrom app import double\n\nMARK = pathlib.Path(__file__).with_name('.mark')\n\n\n"
        "def test_flaky():\n    was_there = MARK.exists()\n    MARK.touch()\n    assert was_there\n\n\n"
        "def test_wrong():\n    assert double(2) == 5\n\n\ndef test_fine():\n    pass\n",
        {"test_flaky": ["failed", "passed"], "test_wrong": ["failed"] * 3, "test_fine": ["passed"]},
        WRONG,
        *("--", "--reruns", "2"),
    ),
    "sugar": Suite(
        {"pytest.ini": BASE.replace(" -p no:sugar", ""), "app.py": APP, "test_a.py": PLAIN},
        ("-v",),
        PLAIN_OUTCOMES,
        WRONG,
    ),
}


def gardener(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    away = ("PYTEST", "COV", "GIT", "GARDENER", "VIRTUAL_ENV", "DJANGO")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(away)}
    return subprocess.run(
        [sys.executable, "-m", "gardener", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def project(tmp_path):
    """What makes a committed repository of files."""

    def make(files: dict[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        (tmp_path / ".gitignore").write_text("*.json\n.mark\n.coverage*\n__pycache__\n")
        author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        for words in (("init", "-q"), ("add", "-A"), (*author, "commit", "-qm", "all")):
            subprocess.run(["git", *words], cwd=tmp_path, check=True)
        return tmp_path

    return make


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_is_told_as_it_is(python, project, name):
    files, options, outcomes, categories = SUITES[name]
    root = project(files)
    ran = gardener(root, "run", "--all", "--python", str(python), "--report", "r.json", *options)
    assert ran.returncode == (1 if categories or name == "django" else 0), ran.stderr + ran.stdout
    report = json.loads((root / "r.json").read_text())
    attempts: dict[str, list[str]] = {}
    for result in sorted(report["results"], key=lambda r: r.get("attempt", 1)):
        attempts.setdefault(result["nodeid"], []).append(result["outcome"])
    assert attempts == outcomes
    assert not report.get("internal_error")
    told = json.loads(gardener(root, "report", "r.json", "--format", "json").stdout)
    by_test = {
        test: finding["category"] for finding in told["findings"] for test in finding["tests"]
    }
    assert {test: by_test.get(test) for test in categories} == categories
    if name == "cov":
        covered = json.loads((root / "covered.json").read_text())["files"]["app.py"]
        assert covered["executed_lines"] == [1, 2, 5, 6]


@pytest.mark.parametrize("name", ["plain", "xdist", "asyncio", "anyio", "randomly", "cov"])
def test_what_it_recorded_selects_the_tests_of_a_change(python, project, name):
    files, options, outcomes, _ = SUITES[name]
    root = project(files)
    gardener(root, "run", "--all", "--python", str(python), *options)
    (root / "app.py").write_text(APP.replace("return n + n", "return 2 * n"))
    listed = gardener(root, "impacted", "--worktree", "--python", str(python))
    assert listed.returncode == 0, listed.stderr
    selected = {line.split()[0] for line in listed.stdout.splitlines() if line}
    users = {
        test
        for test in outcomes
        if not test.endswith(("test_half", "test_each[1]", "test_each[2]", "test_b", "test_late"))
    }
    # Of a file whose tests are all affected it names the file.
    whole = {test for test in outcomes if test.partition("::")[0] in selected}
    assert {test for test in selected if "::" in test} | whole == users, listed.stdout
