"""Whose settings a job keeps to: those of the default branch, never those of a pull request."""

import subprocess

import pytest
from botcases import make_finding, make_report
from test_comment_site import HEAD, RED, pull_event, run_event

MINE = "[tool.gardener.github]\nwrite-pause = 0\n"


def asked(site):
    return [path for _, path, _ in site.asked if path.endswith("/contents/pyproject.toml")]


def told(site, bot, how):
    number = site.open_pull()
    if how == "pull_request":
        return number, {"event": how, "payload": pull_event(number)}
    return number, {"event": how, "payload": run_event(site.repository)}


@pytest.mark.parametrize("how", ["pull_request", "workflow_run"])
def test_the_settings_of_the_default_branch_reach_a_job_without_a_checkout(site, bot, how):
    bot.settle(
        f"{MINE}"
        '[[tool.gardener.priority]]\npriority = "P0"\npaths = ["tests/unit/**"]\n'
        '[[tool.gardener.impact]]\ntext = "Nobody can log in."\npaths = ["tests/unit/**"]\n'
        '[tool.gardener.redaction]\npatterns = ["AGENT-[0-9]+"]\n'
    )
    number, event = told(site, bot, how)
    red = make_report(make_finding(message="'AGENT-4711' != 'agent'"), commit=HEAD)
    done = bot.run("comment", bot.save(red), **event)
    assert done.returncode == 0, done.stderr
    (comment,) = site.comments(number)
    assert "failing-test-unknown-P0-" in comment["body"]
    assert "- **Impact:** Nobody can log in." in comment["body"]
    assert "4711" not in comment["body"] + bot.summary() + done.stderr
    assert len(asked(site)) == 1


def test_settings_that_did_not_change_are_not_sent_again(site, bot):
    number, event = told(site, bot, "workflow_run")
    kept = {"GARDENER_BOT_CACHE": str(bot.folder / "kept")}
    impact = '[[tool.gardener.impact]]\ntext = "{}"\npaths = ["tests/unit/**"]\n'
    for words, conditional in (("One.", 0), ("One.", 1), ("Two.", 2), ("Two.", 3)):
        bot.settle(MINE + impact.format(words))
        done = bot.run("comment", bot.save(RED), **event, **kept)
        assert done.returncode == 0, done.stderr
        (comment,) = site.comments(number)
        assert f"- **Impact:** {words}" in comment["body"]
        assert site.unchanged == conditional
    assert len(asked(site)) == 4
    # What is damaged is asked for anew.
    (settings,) = (bot.folder / "kept").rglob("settings.json")
    for damage in (b"", b'["x","%%"]', b"{", b'["x"]'):
        settings.write_bytes(damage)
        assert bot.run("comment", bot.save(RED), **event, **kept).returncode == 0
        (comment,) = site.comments(number)
        assert "- **Impact:** Two." in comment["body"]


def test_settings_are_asked_for_once_at_each_commit_of_the_default_branch(site, bot):
    number, event = told(site, bot, "workflow_run")
    kept = {"GARDENER_BOT_CACHE": str(bot.folder / "kept")}
    impact = '[[tool.gardener.impact]]\ntext = "{}"\npaths = ["tests/unit/**"]\n'
    looks = [
        ("One.", "1", 1),
        ("One.", "1", 1),
        ("One.", "2", 2),
        ("Two.", "3", 3),
        ("Two.", "3", 3),
    ]
    for words, tip, asked_so_far in looks:
        bot.settle(MINE + impact.format(words))
        done = bot.run("comment", bot.save(RED), **event, **kept, GITHUB_SHA=tip * 40)
        assert done.returncode == 0, done.stderr
        (comment,) = site.comments(number)
        assert f"- **Impact:** {words}" in comment["body"]
        assert len(asked(site)) == asked_so_far
    # That there are none is known too; the commit of another event says nothing.
    bot.settle("")
    for tip, asked_so_far in (("4", 4), ("4", 4)):
        done = bot.run("comment", bot.save(RED), **event, **kept, GITHUB_SHA=tip * 40)
        assert done.returncode == 0, done.stderr
        assert len(asked(site)) == asked_so_far
    pulled = {"event": "pull_request", "payload": pull_event(number)}
    bot.run("comment", bot.save(RED), **pulled, **kept, GITHUB_SHA="4" * 40)
    assert len(asked(site)) == 5


def test_what_a_pull_request_checks_out_changes_nothing(site, bot):
    head = site.commit()
    number = site.open_pull(head=head)
    bot.settle(f'{MINE}fail-on = ["unknown"]\n')
    theirs = '[tool.gardener.github]\nfail-on = []\nquiet-label = ""\nauthor = "mallory"\n'
    (bot.folder / "pyproject.toml").write_text(theirs)
    event = {"event": "pull_request", "payload": pull_event(number, head)}
    red = make_report(make_finding(), commit=head)
    done = bot.run("comment", bot.save(red), "--check-run", **event)
    assert done.returncode == 0, done.stderr
    (run,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert run["conclusion"] == "failure"


def test_a_laptop_keeps_to_its_own_checkout(site, bot):
    number = site.open_pull()
    (bot.folder / "pyproject.toml").write_text(f'{MINE}quiet-label = "mute"\n')
    site.ask("POST", f"/issues/{number}/labels", {"labels": ["mute"]})
    done = bot.run("comment", bot.save(RED), "--pr", number)
    assert "labelled mute" in done.stderr
    assert asked(site) == []


def test_a_green_report_needs_no_settings(site, bot):
    number = site.open_pull()
    green = make_report(passed=("tests/t.py::ok",), commit=HEAD)
    payload = run_event(site.repository, conclusion="success")
    bot.run("comment", bot.save(green), event="workflow_run", payload=payload)
    assert site.comments(number) == []
    assert asked(site) == []


def test_settings_that_cannot_be_read_are_said_and_the_defaults_taken(site, bot):
    number, event = told(site, bot, "workflow_run")
    site.fail("GET", "/contents/", status=403, message="Resource not accessible by integration")
    done = bot.run("comment", bot.save(RED), **event)
    assert done.returncode == 0
    assert "settings of the default branch cannot be read, the defaults are taken" in done.stderr
    assert len(site.comments(number)) == 1


@pytest.mark.parametrize("command", ["comment", "issues"])
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[tool.gardener", "pyproject.toml is not valid TOML"),
        ('[tool.gardener.github]\nlable = "x"\n', "lable"),
        ("[tool.gardener.github]\nclose-after = 0\n", "close-after"),
    ],
)
def test_damaged_settings_are_one_sentence(site, bot, command, settings, said):
    site.open_pull()
    bot.settle(settings)
    push = command == "issues"
    payload = run_event(site.repository)
    if push:
        payload["workflow_run"] |= {"event": "push", "head_branch": "main"}
    done = bot.run(command, bot.save(RED), event="workflow_run", payload=payload)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert site.writes == []


def test_no_code_of_a_checkout_runs_beside_a_token(site, bot, tmp_path):
    from test_comment_site import BEFORE, utc_report

    trace = tmp_path / "trace"
    evil = f"open({str(trace)!r}, 'w').close()\nNEEDLES = (b'utcnow',)\nTRANSFORMER = 'evil:Evil'\n"
    subprocess.run(["git", "init", "-q"], cwd=bot.folder, check=True)
    (bot.folder / "codemods").mkdir()
    (bot.folder / "codemods/evil.py").write_text(evil)
    settings = '[tool.gardener.codemods]\nfolder = "codemods"\n'
    (bot.folder / "pyproject.toml").write_text(settings)
    bot.settle(settings)
    number = site.open_pull()
    site.contents[(HEAD, "app/clock.py")] = BEFORE
    diff = "@@ -3,2 +3,3 @@ def now():\n def now():\n+    x = 1\n     return datetime.datetime.utcnow()"
    site.files[number] = [{"filename": "app/clock.py", "status": "modified", "patch": diff}]
    event = {"event": "pull_request", "payload": pull_event(number)}
    done = bot.run("comment", bot.save(utc_report()), "--suggest", **event)
    assert done.returncode == 0, done.stderr
    assert len(site.reviews) == 1
    done = bot.run("codemods")
    assert done.returncode == 0, done.stderr
    assert "GITHUB_TOKEN is set: codemods of this checkout are not loaded" in done.stderr
    assert "evil" not in done.stdout
    done = bot.run("report", bot.save(utc_report()), "--format", "html")
    assert done.returncode == 0, done.stderr
    assert not trace.exists()
    assert "evil" in bot.run("codemods", token="").stdout
