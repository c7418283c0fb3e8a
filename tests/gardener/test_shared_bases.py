"""What test classes get wrong together, in suites that really run: one base, one cause."""

import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.fingerprint import evidence_of
from gardener.model import Selection
from gardener.reports.store import load

BASES = """
import app.core

class BaseChat:
    def setUp(self):
        self.client = object()

    def ask(self):
        return self.client

class BasePlain:
    pass

class Cleaning:
    def teardown_method(self):
        for callback in self._callbacks:
            callback()
"""
CHAT = """
from tests.bases import BaseChat

class TestRooms{n}(BaseChat):
    def setUp(self):
        super().setUp()
        self.rooms = []

    def test_rooms(self): assert self.rooms == []
    def test_client(self): assert self.client
    def test_shared(self): assert self.ask()
    def test_skip(self): self.skipTest("later")
    def test_parts(self):
        with self.subTest("a"): pass
    def test_equal(self): self.assertEqual(1, 1)
    def test_in(self): self.assertIn(1, [1])

class TestUsers{n}(BaseChat):
    def setUp(self): self.users = []
    def test_users(self): assert self.users == []
"""
PLAIN = """
from tests.bases import BasePlain

class TestPlain{n}(BasePlain):
    def test_equal(self): self.assertEqual(1, 1)
    def test_fail(self): self.fail("x")
    def test_cleanup(self): self.addCleanup(print)
"""
CLEANING = """
from tests.bases import Cleaning

class TestCleaning{n}(Cleaning):
    def test_one(self): pass
    def test_two(self): pass
"""
NAMES = {
    "tests/names/test_by_import.py": "from app.core import gone\n\ndef test_it(): pass\n",
    "tests/names/test_late.py": "def test_it():\n    from app.core import gone\n",
    "tests/names/test_by_attribute.py": "import app.core\n\ndef test_it(): app.core.gone()\n",
    "tests/names/test_patched.py": (
        "from unittest import mock\nimport app.core\n\n"
        "def test_it():\n    with mock.patch('app.core.gone'): pass\n"
    ),
    "tests/names/test_other.py": "import app.core\n\ndef test_it(): app.core.lost()\n",
}
FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\naddopts = -p no:cacheprovider\n",
    "app/__init__.py": "",
    "app/core.py": "here = 1\n",
    "tests/__init__.py": "",
    "tests/bases.py": BASES,
    **{f"tests/chat/test_chat_{n}.py": CHAT.format(n=n) for n in "abc"},
    **{f"tests/plain/test_plain_{n}.py": PLAIN.format(n=n) for n in "ab"},
    **{f"tests/clean/test_clean_{n}.py": CLEANING.format(n=n) for n in "abc"},
    **NAMES,
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    root = tmp_path_factory.mktemp("bases")
    subprocess.run(["git", "init", "-q", root], check=True)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def recorded(suite):
    request = ExecutionRequest(suite, sys.executable, Selection(everything=True), Config(suite))
    return execute(request).report


@pytest.fixture(scope="module")
def without_facts(suite, tmp_path_factory):
    """The same failures as pytest's own JUnit XML tells them."""
    junit = tmp_path_factory.mktemp("junit") / "r.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--continue-on-collection-errors",
        f"--junitxml={junit}",
    ]
    subprocess.run(command, cwd=suite, capture_output=True, check=False)
    return load(junit)


def found_in(report, folder):
    findings = diagnose(report, Config(Path("."))).findings
    return [one for one in findings if one.tests[0].startswith(f"tests/{folder}/")]


def test_a_base_that_is_no_testcase_is_one_cause(recorded):
    (chat,) = found_in(recorded, "chat")
    assert len(chat.tests) == 24
    assert (chat.category, chat.symbol) == ("testcase-setup-not-run", "tests/bases.py:BaseChat")
    assert chat.slug == "chat-setup-not-run"
    assert chat.next_step.startswith("Derive `tests/bases.py:BaseChat` from `unittest.TestCase`")


def test_so_is_one_without_a_setup_of_its_own(recorded):
    (plain,) = found_in(recorded, "plain")
    assert (len(plain.tests), plain.symbol) == (6, "tests/bases.py:BasePlain")


def test_an_attribute_that_is_missing_at_one_line_of_a_base_is_one_cause(recorded, without_facts):
    for report in (recorded, without_facts):
        (cleaning,) = found_in(report, "clean")
        assert len(cleaning.tests) == 6


def test_a_name_is_missing_once_however_it_is_asked_for(recorded, without_facts):
    for report in (recorded, without_facts):
        sizes = {len(one.tests): one for one in found_in(report, "names")}
        assert sorted(sizes) == [1, 4]
        assert "app.core" in sizes[4].reason


def test_a_report_without_facts_says_that_the_set_up_is_missing(without_facts):
    found = [one for one in found_in(without_facts, "chat") if len(one.tests) > 3]
    assert [one.category for one in found] == ["test-attribute-missing"]


def test_the_causes_of_before_still_match(recorded):
    """Each class had a cause of its own, by its `setUp`."""
    chat = [failure for failure in recorded.failures if "/chat/" in failure.nodeid]
    (finding,) = found_in(recorded, "chat")
    former = {print_ for failure in chat for print_ in evidence_of(failure).known_as}
    assert len(former) > 5
    assert former <= set(finding.aliases)
