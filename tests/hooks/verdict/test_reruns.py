"""Reruns tell the random from the order-dependent and from the broken."""

import pytest

SUITE = """
import pathlib
STATE = []
COUNT = pathlib.Path(%r)

def test_polluter():
    STATE.append(1)

def test_victim():
    assert not STATE

def test_random():
    n = int(COUNT.read_text()) if COUNT.exists() else 0
    COUNT.write_text(str(n + 1))
    assert n not in (0, 2)

def test_broken():
    assert 1 == 2

def test_fails_and_pollutes():
    import os
    os.environ["SPOILED"] = "1"
    assert "x" == "y"

def test_victim_of_the_failing():
    import os
    assert "SPOILED" not in os.environ
"""


@pytest.fixture
def suite(repository, tmp_path):
    repository.commit({"test_s.py": SUITE % str(tmp_path / "count")})
    return repository


def test_each_kind(suite):
    ran = suite.run("--all", "--reruns", "2")
    assert {name.partition("::")[2]: status for name, status in ran.status.items()} == {
        "test_victim": "flaky",
        "test_random": "flaky",
        "test_victim_of_the_failing": "flaky",
        "test_broken": "unknown",
        "test_fails_and_pollutes": "unknown",
    }
    for victim in ("test_victim", "test_victim_of_the_failing"):
        assert ran.why[f"test_s.py::{victim}"].startswith(
            "Order-dependent: it passes alone (2 of 2) and fails after the tests before it (3 of 3)"
        )
    assert "times on the same commit" in ran.why["test_s.py::test_random"]
    # Only what failed ran again, but for the tests before a suspect.
    assert len([r for r in ran.report.results if r.nodeid.endswith("polluter")]) == 1


@pytest.mark.slow
def test_an_order_that_settings_shuffle_and_spread_is_kept(suite, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    suite.commit({"pytest.ini": "[pytest]\naddopts = -n 2 -x\n"})
    ran = suite.run("--all", "--reruns", "1", "--", "-n0", "--maxfail=9")
    assert ran.why["test_s.py::test_victim"].startswith("Order-dependent")


def test_what_passed_before_on_the_same_files_is_flaky(suite):
    ran = suite.run("--all")
    assert set(ran.status.values()) == {"unknown"}
    suite.run("test_s.py::test_random")  # passes the second time
    ran = suite.run("test_s.py::test_random")
    assert ran.status == {"test_s.py::test_random": "flaky"}
    assert "earlier run of the same files" in ran.why["test_s.py::test_random"]
    assert ran.code == 0


def test_a_base_report_given_to_run(suite, tmp_path):
    suite.run("test_s.py::test_broken")
    base = tmp_path / "base.json"
    (tmp_path / "report.json").rename(base)
    suite.commit({"test_new.py": "def test_new():\n    assert 3 == 4\n"})
    ran = suite.run("test_s.py::test_broken", "--base-report", str(base), base=base)
    assert ran.status == {"test_s.py::test_broken": "pre-existing"} and ran.code == 0
    ran = suite.run("--all", "--base-report", str(base), base=base)
    # The base ran one test only: the others may have been there.
    assert ran.status["test_new.py::test_new"] == "unknown" and ran.code == 1


FLICKERS = """
import pathlib
COUNT = pathlib.Path(%r)

def test_flickers():
    import app
    n = int(COUNT.read_text()) if COUNT.exists() else 0
    COUNT.write_text(str(n + 1))
    assert app.value() and n != 1

def test_of_the_change():
    import app
    assert app.value() == 1

def test_depends_on_order():
    import app
    assert not getattr(app, "spoiled", False)
"""
APP = "def value():\n    return 1\n"


@pytest.fixture
def flickering(repository, tmp_path):
    settings = "[tool.gardener.hook]\nfocus = ''\nlevel = 'any'\n"
    test = FLICKERS % str(tmp_path / "count")
    repository.commit({"pyproject.toml": settings, "app.py": APP, "test_s.py": test})
    assert repository.run("--all").code == 0
    return repository


def test_before_the_change_is_blamed_a_test_runs_once_more(flickering, capfd):
    flickering.stage({"app.py": APP.replace("1", "2") + "spoiled = False\n"})
    ran = flickering.run("--hook")
    assert ran.code == 1
    assert ran.status == {
        "test_s.py::test_flickers": "flaky",
        "test_s.py::test_of_the_change": "regression",
    }
    assert "It passes alone (1 of 1) and failed once" in ran.why["test_s.py::test_flickers"]
    assert "Running 2 failing tests once more" in capfd.readouterr().err


def test_a_commit_that_only_meets_a_flaky_test_passes(flickering):
    flickering.stage({"app.py": APP.replace("return 1", "return 2 - 1")})
    ran = flickering.run("--hook")
    assert (ran.code, ran.status) == (0, {"test_s.py::test_flickers": "flaky"})


@pytest.mark.slow
def test_how_long_is_set(flickering, capfd):
    settings = "[tool.gardener.hook]\nfocus = ''\nlevel = 'any'\nrerun-seconds = 0\n"
    flickering.commit({"pyproject.toml": settings})
    flickering.stage({"app.py": APP.replace("return 1", "return 2 - 1")})
    ran = flickering.run("--hook")
    assert ran.code == 1 and "flaky" not in ran.status.values()
    assert "once more" not in capfd.readouterr().err
