"""`--budget` runs the likeliest failures first, in real runs."""

FILES = {
    ".gitignore": "__pycache__\n",
    "test_a.py": "import time\n"
    "def test_slow(): time.sleep(0.3)\n"
    "def test_quick(): pass\n"
    "def test_red(): assert 0\n",
    "test_b.py": "def test_old(): pass\n",
}


def order(ran):
    return [result.nodeid for result in ran.report.results]


def test_what_failed_comes_first_then_what_is_new_then_what_is_quick(repository):
    repository.commit(FILES)
    fresh = repository.run("--all", "--budget", "60s")
    assert [n.partition("::")[2] for n in order(fresh)][:3] == [
        "test_slow",
        "test_quick",
        "test_red",
    ]
    repository.git("checkout", "-qb", "feature")
    repository.commit({"test_b.py": FILES["test_b.py"] + "def test_new(): pass\n"})
    ran = repository.run("--all", "--budget", "60s")
    assert order(ran)[0] == "test_a.py::test_red"
    assert set(order(ran)[1:3]) == {"test_b.py::test_old", "test_b.py::test_new"}
    assert order(ran)[3:] == ["test_a.py::test_quick", "test_a.py::test_slow"]


def test_a_run_with_time_enough_keeps_pytests_order(repository):
    repository.commit(FILES)
    repository.run("--all")
    ran = repository.run("--all")
    assert order(ran) == [
        "test_a.py::test_slow",
        "test_a.py::test_quick",
        "test_a.py::test_red",
        "test_b.py::test_old",
    ]


def test_what_did_not_run_is_told(repository, capsys):
    slow = "import time\ndef test_slow(): time.sleep(60)\ndef test_red(): assert 0\n"
    repository.commit({".gitignore": "__pycache__\n", "test_a.py": slow})
    repository.run("--budget", "20s", "test_a.py::test_red")
    capsys.readouterr()
    ran = repository.run("--all", "--budget", "8s")
    assert ran.code == 1
    assert not ran.report.complete
    assert {r.nodeid: r.outcome for r in ran.report.results}["test_a.py::test_red"] == "failed"
    assert "out of time" in capsys.readouterr().err
