"""A finding names the codemod that changes something in its files, and no other."""

import subprocess
import sys
import textwrap

import pytest

from gardener.codemod.proof import with_proven_fixes
from gardener.config import Codemods, Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Failure, Frame, Phase, Report, WarningCount
from gardener.reports.store import save

STARLETTE = (
    "The `name` is not the first parameter anymore. The first parameter should be the `Request` instance.\n"
    'Replace `TemplateResponse(name, {"request": request})` by `TemplateResponse(request, name)`.'
)
PAGES = "from fastapi.templating import Jinja2Templates\n\npages = Jinja2Templates('pages')\n"


@pytest.fixture
def project(tmp_path):
    """project(files, warnings, ...) -> the deprecations of a run in a repository with these files."""

    def call(files, *warnings, reports=(), seconds=60, **settings):
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(content))
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
        config = Config(tmp_path, codemods=Codemods(**settings))
        found = diagnose(Report(created="", warnings=warnings), config)
        assert found.deprecations
        return with_proven_fixes(found, config, reports, seconds).deprecations

    return call


def deprecated(message, file, line, category="DeprecationWarning"):
    return WarningCount(category, message, file, line)


@pytest.mark.parametrize(
    ("files", "warning", "codemod"),
    [
        (
            {"a.py": "import threading\n\nname = threading.currentThread().name\n"},
            deprecated("currentThread() is deprecated, use current_thread() instead", "a.py", 3),
            "moved-names",
        ),
        (
            {
                "requirements.txt": "sqlalchemy==2.0.36\n",
                "db.py": "from sqlalchemy.ext.declarative import declarative_base\n\nBase = declarative_base()\n",
            },
            deprecated(
                "The ``declarative_base()`` function is now available as sqlalchemy.orm.declarative_base(). (deprecated since: 2.0)",
                "db.py",
                3,
                "sqlalchemy.exc.MovedIn20Warning",
            ),
            "moved-names",
        ),
        (
            {
                "test_a.py": "import unittest\n\n\nclass Test(unittest.TestCase):\n"
                "    def test(self):\n        self.assertEquals(\n            1,\n            1,\n        )\n"
            },
            deprecated("Please use assertEqual instead.", "test_a.py", 6),
            "renamed-methods",
        ),
        (
            {"a.py": "import logging\n\nlog = logging.getLogger(__name__)\nlog.warn('x')\n"},
            deprecated("The 'warn' method is deprecated, use 'warning' instead", "a.py", 4),
            "renamed-methods",
        ),
        (
            {
                "requirements.txt": "pydantic>=2\nhttpx\n",
                "a.py": "from pydantic import BaseModel, Field\n\n\nclass A(BaseModel):\n"
                "    b: list[int] = Field(min_items=1)\n",
            },
            deprecated(
                "`min_items` is deprecated and will be removed, use `min_length` instead",
                "a.py",
                5,
                "pydantic.warnings.PydanticDeprecatedSince20",
            ),
            "renamed-arguments",
        ),
        (
            {
                "requirements.txt": "fastapi>=0.110\n",
                "a.py": PAGES + "\n\ndef page(request):\n"
                '    return pages.TemplateResponse(\n        "a.html",\n        {"request": request, "x": 1},\n    )\n',
            },
            deprecated(STARLETTE, "a.py", 7),
            "template-response",
        ),
        (
            {"a.py": "from datetime import datetime\n\nnow = datetime.utcnow()\n"},
            deprecated("datetime.datetime.utcnow() is deprecated and scheduled for removal", "a.py", 3),
            "utcnow",
        ),
        (
            {
                "requirements.txt": "pydantic>=2\n",
                "a.py": "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    b: int\n\n"
                "    class Config:\n        frozen = True\n",
            },
            deprecated(
                "Support for class-based `config` is deprecated, use ConfigDict instead.",
                "/venv/lib/pydantic/_internal/_config.py",
                291,
                "pydantic.warnings.PydanticDeprecatedSince20",
            ),
            "pydantic-config",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_next_step_is_a_command_that_changes_something(
    tmp_path, project, files, warning, codemod
):
    (finding,) = project(files, warning)
    assert (finding.codemod, finding.fix) == (codemod, f"gardener fix --only {codemod}")
    assert finding.next_step.startswith(f"Run `gardener fix --only {codemod}`.")
    command = [sys.executable, "-m", "gardener", *finding.fix.split()[1:], "--check"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 1


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("import clock\n\nnow = clock.utcnow()\n", "datetime.utcnow() is deprecated", 3),
        ("def f():\n    from old import a\n    return a\n", "old is deprecated. Use 'from new import a' instead.", 2),
        # The line would change, but not for this warning.
        ("import threading\n\nprint(threading.currentThread(), old())\n", "old() is deprecated", 3),
        # An import is added at the very end of the file.
        ("old()\n\n\ndef f():\n    return collections.Mapping, collections.deque\n\n\nimport collections\n", "old() is deprecated", 1),
        # The codemod has work elsewhere in the file.
        ("import threading\n\nprint(threading.currentThread())\nwarn()\n", "currentThread() is deprecated", 4),
    ],
)  # fmt: skip
def test_there_is_no_command_where_none_would_change_something(project, code, message, line):
    (finding,) = project({"a.py": code}, deprecated(message, "a.py", line))
    assert (finding.codemod, finding.fix) == ("", "")
    assert "Run `gardener fix" not in finding.next_step


def test_what_the_settings_keep_away_is_no_step(project):
    files = {"a.py": "from datetime import datetime\n\nnow = datetime.utcnow()\n"}
    warning = deprecated("datetime.datetime.utcnow() is deprecated", "a.py", 3)
    (finding,) = project(files, warning, exclude=("a.py",))
    assert (finding.codemod, finding.fix) == ("", "")
    assert "by hand" in finding.next_step


def test_without_time_or_repository_nothing_is_claimed(tmp_path, project):
    files = {"a.py": "from datetime import datetime\n\nnow = datetime.utcnow()\n"}
    warning = deprecated("datetime.datetime.utcnow() is deprecated", "a.py", 3)
    (finding,) = project(files, warning, seconds=-1)
    assert (finding.codemod, finding.fix) == ("utcnow", "")
    assert finding.fix_in_words == "gardener fix --only utcnow, if it applies"
    (tmp_path / ".git").rename(tmp_path / "no-git")
    config = Config(tmp_path)
    found = diagnose(Report(created="", warnings=(warning,)), config)
    assert with_proven_fixes(found, config) == found


def test_a_step_has_the_report_where_only_that_gives_the_rule(tmp_path, project):
    """The warning names a module that the project's own code does not deprecate."""
    files = {
        "new.py": "def a(): ...\n",
        "lib.py": "from new import a\n",
        "b.py": "from lib import a\n",
    }
    message = "lib is deprecated. Use 'from new import a' instead."
    warning = deprecated(message, "b.py", 1)
    report = tmp_path / "last run.json"
    save(Report(created="", warnings=(warning,)), report)
    (finding,) = project(files, warning, reports=[report])
    assert finding.fix.startswith("gardener fix --only deprecated-import --from-report '")


def test_the_command_report_says_what_would_change_here(tmp_path):
    (tmp_path / "a.py").write_text("import threading\n\nt = threading.currentThread()\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    warning = deprecated("currentThread() is deprecated, use current_thread() instead", "a.py", 3)
    save(Report(created="", warnings=(warning,), exit_status=0, complete=True), tmp_path / "r.json")
    command = [sys.executable, "-m", "gardener", "report", "r.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Next: gardener fix --only moved-names\n" in done.stdout, done.stdout + done.stderr
    (tmp_path / "a.py").write_text("import threading\n\nt = threading.current_thread()\n")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "gardener fix" not in done.stdout


def test_of_the_report_of_another_project_nothing_is_claimed(tmp_path, project):
    files = {"a.py": "x = 1\n"}
    warning = deprecated("datetime.datetime.utcnow() is deprecated", "elsewhere/b.py", 3)
    (finding,) = project(files, warning)
    assert (finding.codemod, finding.fix) == ("utcnow", "")


def test_an_error_at_a_use_is_not_mended_by_an_import(tmp_path):
    """The import of what fails would change, but that is another matter."""
    old = "import warnings\n\nfrom new import Info\n\nwarnings.warn(\"old is deprecated. Use 'from new import Info' instead.\", DeprecationWarning)\n"
    files = {
        "new.py": "class Info:\n    def __init__(self, at): ...\n",
        "old.py": old,
        "test_a.py": "from old import Info\n\n\ndef test():\n    Info()\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    config = Config(tmp_path)
    frame = Frame("test_a.py", 5, "test", "test")
    failure = Failure(
        type="TypeError",
        message="Info.__init__() missing 1 required positional argument: 'at'",
        frames=(frame,),
        nodeid="test_a.py::test",
        phase=Phase.CALL,
    )
    found = diagnose(Report(created="", failures=(failure,)), config)
    assert with_proven_fixes(found, config) == found


@pytest.mark.slow
def test_the_command_run_says_what_would_change(tmp_path):
    """A warning of the tests' own Python, and one of an attribute that is gone."""
    (tmp_path / "clock.py").write_text(
        "import threading\n\n\ndef name():\n    return threading.currentThread().name\n"
    )
    (tmp_path / "test_clock.py").write_text(
        "import collections\n\nfrom clock import name\n\n\ndef test_name():\n    assert name()\n\n\n"
        "def test_mapping():\n    assert isinstance({}, collections.Mapping)\n"
    )
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    command = [sys.executable, "-m", "gardener", "run", "--all"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "-> gardener fix --only moved-names\n" in done.stdout, done.stdout + done.stderr
    assert "(gardener fix --only moved-names)" in " ".join(done.stdout.split())
    mend = [sys.executable, "-m", "gardener", "fix", "--only", "moved-names"]
    subprocess.run(mend, cwd=tmp_path, capture_output=True, check=False)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gardener fix" not in done.stdout
