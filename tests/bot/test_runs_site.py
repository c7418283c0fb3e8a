"""Reports fetched from runs: whose they are, what they are compared with, and hostile archives."""

import io
import itertools
import shutil
import stat
import subprocess
import sys
import time
import zipfile

import pytest
from botcases import make_finding, make_report
from msgspec.structs import replace
from test_comment_site import HEAD, run_event

from gardener.model import Environment, PriorResult, Result
from gardener.reports import store as reports

A, B = "tests/t.py::a", "tests/t.py::b"
RED = make_report(make_finding(tests=(A,)), commit=HEAD)
GREEN = make_report(passed=(A, B), commit="")
TIP = "9" * 40


def packed(folder, *found) -> bytes:
    """Reports as the action that uploads artifacts packs them."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, one in enumerate(found):
            reports.save(one, folder / "packed.json")
            archive.write(folder / "packed.json", f"{n}/gardener-report.json")
    return data.getvalue()


@pytest.fixture
def main(site):
    """The default branch: 30 commits, the newest is TIP; the pull request left it at the third."""
    commits = [TIP, *(f"{n:040x}" for n in range(1, 30))]
    site.graph = {new: [old] for new, old in itertools.pairwise(commits)}
    site.graph[commits[-1]] = []
    site.graph[HEAD] = [commits[2]]
    site.tips["main"] = TIP
    return commits


class Job:
    """The job of `gardener-report.yml` that tells a pull request, of a fork if nothing else is said."""

    def __init__(self, site, bot, repository="mallory/chat") -> None:
        self.site, self.bot, self.repository = site, bot, repository
        self.number = site.open_pull(repository=repository)

    def run(self, *archives: bytes, args=(), event=(), **changes):
        side = {"full_name": self.repository}
        told = {"event": "pull_request", "head_branch": "feature", "head_repository": side}
        run = self.site.add_run(HEAD, *archives, **{**told, "conclusion": "failure", **changes})
        payload = run_event(self.repository, id=run, workflow_id=7, **dict(event))
        payload["workflow_run"]["conclusion"] = changes.get("conclusion", "failure")
        self.site.asked.clear()
        done = self.bot.run("comment", *args, event="workflow_run", payload=payload)
        print(done.stdout, done.stderr)
        return done

    def body(self) -> str:
        (one,) = self.site.comments(self.number)
        return one["body"]


@pytest.fixture
def job(site, bot):
    return Job(site, bot)


@pytest.fixture
def own_job(site, bot):
    return Job(site, bot, site.repository)


# --- what it is compared with


def test_the_run_of_the_merge_base_is_compared_with_and_not_the_last_one(site, job, main, tmp_path):
    site.add_run(main[2], packed(tmp_path, GREEN))
    site.add_run(TIP, packed(tmp_path, RED))  # newer, and red for the same cause
    done = job.run(packed(tmp_path, RED))
    assert done.returncode == 0, done.stderr
    lines = job.body().splitlines()
    assert lines[1] == "### 1 regression"
    assert lines[3] == f"Head `{HEAD[:10]}` compared with base `{main[2][:10]}`."
    reads = [path.partition("?")[0].split("/", 4)[-1] for _, path, _ in site.asked]
    assert len(reads) <= 11, reads


def test_without_a_run_of_the_base_the_nearest_one_before_it_is_compared_with(
    site, job, main, tmp_path
):
    site.add_run(main[9], packed(tmp_path, RED))
    site.add_run(main[6], packed(tmp_path, GREEN))
    site.add_run(main[1], packed(tmp_path, RED))  # after the pull request left
    job.run(packed(tmp_path, RED))
    lines = job.body().splitlines()
    assert lines[1] == "### 1 regression"
    assert lines[3] == (
        f"Head `{HEAD[:10]}` compared with `{main[6][:10]}`, "
        f"4 commits before base `{main[2][:10]}`, which has no run."
    )


def test_a_run_too_far_before_the_base_is_not_compared_with(site, job, main, tmp_path):
    site.add_run(main[23], packed(tmp_path, GREEN))
    job.run(packed(tmp_path, RED))
    lines = job.body().splitlines()
    assert lines[1] == "### 1 cause of unknown origin"
    assert lines[3] == (
        f"Head `{HEAD[:10]}`; no run to compare with: "
        f"base `{main[2][:10]}` and the 20 commits before it have none."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "pull_request"},
        {"conclusion": "cancelled"},
        {"status": "in_progress", "conclusion": None},
        {"head_repository": {"full_name": "mallory/chat"}},
        {"head_repository": None},
        {"workflow_id": 8},
    ],
    ids=str,
)
def test_runs_that_say_nothing_of_the_base(site, job, main, tmp_path, changes):
    site.add_run(main[3], packed(tmp_path, GREEN))
    site.add_run(main[2], packed(tmp_path, RED), **changes)
    job.run(packed(tmp_path, RED))
    assert "1 commit before base" in job.body()
    assert "### 1 regression" in job.body()


@pytest.mark.parametrize("how", ["expired", "broken", "none"])
def test_a_run_whose_report_cannot_be_had_gives_way_to_the_next(site, job, main, tmp_path, how):
    site.add_run(main[3], packed(tmp_path, GREEN))
    run = site.add_run(main[2])
    if how != "none":
        data = packed(tmp_path, RED) if how == "expired" else b"PK\x03\x04 broken"
        site.add_artifact(run, data, expired=how == "expired")
    done = job.run(packed(tmp_path, RED))
    assert done.returncode == 0
    assert "1 commit before base" in job.body()
    assert ("cannot be compared with" in done.stderr) is (how == "broken")


def test_a_merge_of_the_head_is_compared_with_what_it_was_merged_into(site, job, main, tmp_path):
    merge = "e" * 40
    site.graph[merge] = [TIP, HEAD]
    site.add_run(main[2], packed(tmp_path, RED))
    site.add_run(TIP, packed(tmp_path, GREEN))
    job.run(packed(tmp_path, replace(RED, commit=merge)))
    assert f"compared with base `{TIP[:10]}`." in job.body()


@pytest.mark.parametrize("parents", [None, [TIP, "d" * 40], [HEAD, TIP], [TIP]], ids=str)
def test_a_forged_commit_chooses_no_base(site, job, main, tmp_path, parents):
    forged = "e" * 40
    if parents:
        site.graph[forged] = parents
    site.add_run(main[2], packed(tmp_path, GREEN))
    site.add_run(TIP, packed(tmp_path, RED))
    job.run(packed(tmp_path, replace(RED, commit=forged)))
    assert "### 1 regression" in job.body()
    assert f"Head `{HEAD[:10]}` compared with base `{main[2][:10]}`." in job.body()


def looked(at: str):
    there = PriorResult(A, ("passed",))
    return replace(RED, before=(there,), compared=at)


def test_what_the_run_itself_saw_on_the_base_stands_in_for_a_run_of_it(
    site, own_job, main, tmp_path
):
    site.add_run(main[4], packed(tmp_path, RED))
    own_job.run(packed(tmp_path, looked(main[2])))
    lines = own_job.body().splitlines()
    assert lines[1] == "### 1 regression"
    assert lines[3] == (f"Head `{HEAD[:10]}`; what failed was run again on base `{main[2][:10]}`.")


def test_what_the_run_tried_on_the_base_wins_over_an_older_run_of_it(site, own_job, main, tmp_path):
    site.add_run(main[2], packed(tmp_path, RED))
    own_job.run(packed(tmp_path, looked(main[2])))
    assert "### 1 regression" in own_job.body()


@pytest.mark.parametrize("at", [2, 4])
def test_what_a_fork_says_of_the_base_wins_over_no_run_of_it(site, job, main, tmp_path, at):
    site.add_run(main[at], packed(tmp_path, RED))
    job.run(packed(tmp_path, looked(main[2])))
    assert "### 1 unrelated" in job.body()


def test_what_a_fork_says_of_the_base_stands_where_no_run_of_it_is(site, job, main, tmp_path):
    job.run(packed(tmp_path, looked(main[2])))
    assert job.body().splitlines()[1] == "### 1 regression"


@pytest.mark.parametrize(
    ("is_fork", "verdict"), [(True, "1 regression"), (False, "1 cause of unknown origin")]
)
def test_a_library_that_changed_since_excuses_no_fork(site, bot, main, tmp_path, is_fork, verdict):
    job = Job(site, bot) if is_fork else Job(site, bot, site.repository)
    then, now = (Environment(distributions={"httpx": v}) for v in ("0.27.2", "0.28.1"))
    site.add_run(main[2], packed(tmp_path, replace(GREEN, environment=then)))
    job.run(packed(tmp_path, replace(RED, environment=now)))
    assert f"### {verdict}" in job.body()
    assert ("0.28.1 since the run of the base" in job.body()) is not is_fork


def test_a_look_at_another_commit_than_the_base_does_not_count(site, job, main, tmp_path):
    job.run(packed(tmp_path, looked("d" * 40)))
    assert "### 1 cause of unknown origin" in job.body()
    assert "no run to compare with" in job.body()


def test_a_token_that_may_not_list_runs_leaves_the_origin_unknown(site, job, main, tmp_path):
    site.fail("GET", "/actions/workflows/", status=403, message="Resource not accessible")
    done = job.run(packed(tmp_path, RED))
    assert done.returncode == 0
    assert "the base is not known" in done.stderr
    assert "no run of the base to compare with." in job.body()


def test_a_green_run_asks_for_no_base(site, job, main, tmp_path):
    job.run(packed(tmp_path, make_report(passed=(A,), commit=HEAD)), conclusion="success")
    assert site.comments(job.number) == []
    assert not [path for _, path, _ in site.asked if "/compare/" in path or "/workflows/" in path]


def test_a_run_of_the_default_branch_is_compared_with_the_one_before(site, bot, main, tmp_path):
    site.add_run(main[3], packed(tmp_path, GREEN))
    run = site.add_run(TIP, packed(tmp_path, replace(RED, commit=TIP)), conclusion="failure")
    payload = run_event(site.repository, TIP, "main", "push", id=run, workflow_id=7)
    done = bot.run("issues", event="workflow_run", payload=payload)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("create  [BUG] failing-test-regression-")
    (issue,) = site.issues()
    assert f"- **Suspect range:** `{main[3][:10]}...{TIP[:10]}`" in issue["body"]
    site.asked.clear()
    assert bot.run("issues", event="workflow_run", payload=payload).stdout == "nothing to do\n"
    assert site.writes == []


def test_the_merge_queue_is_compared_with_the_branch_it_merges_into(site, bot, main, tmp_path):
    head = site.commit()
    site.graph[head] = [TIP, HEAD]
    site.add_run(TIP, packed(tmp_path, GREEN))
    group = {"event": "merge_group", "head_branch": "gh-readonly-queue/main/pr-1"}
    run = site.add_run(head, packed(tmp_path, replace(RED, commit=head)), **group)
    payload = run_event(site.repository, head, group["head_branch"], "merge_group", id=run)
    payload["workflow_run"]["workflow_id"] = 7
    done = bot.run("comment", "--check-run", event="workflow_run", payload=payload)
    assert done.returncode == 0, done.stderr
    (check,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert (check["conclusion"], check["output"]["title"]) == ("failure", "1 regression")


# --- whose report it is


def test_the_pull_request_is_never_the_one_that_an_artifact_or_the_event_s_list_names(
    site, job, main, tmp_path
):
    other = site.open_pull("other", "b" * 40)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        reports.save(replace(RED, branch=f"refs/pull/{other}/merge"), tmp_path / "r.json")
        archive.write(tmp_path / "r.json", "gardener-report.json")
        archive.writestr("pr.txt", str(other))
        archive.writestr("pull_request_number", str(other))
        archive.writestr("event.json", f'{{"pull_request": {{"number": {other}}}}}')
    event = {"pull_requests": [{"number": other}]}.items()
    done = job.run(data.getvalue(), event=event)
    assert done.returncode == 1  # event.json is no report: nothing of the archive is believed
    assert "cannot be read" in job.body()
    assert site.comments(other) == []


def test_shards_and_attempts_of_a_run_are_merged(site, job, main, tmp_path):
    flaky = make_finding("loose", (B,), message="sometimes")
    first = replace(make_report(flaky, commit=HEAD), shard="1", attempt=1)
    again = replace(make_report(passed=(B,), commit=HEAD), shard="1", attempt=2)
    shard = replace(RED, shard="2")
    job.run(packed(tmp_path, first), packed(tmp_path, again), packed(tmp_path, shard))
    assert "2 failing tests → 2 causes" in job.body()
    assert "🟡\u00a0flaky" in job.body()


def test_a_laptop_can_name_the_run(site, bot, main, tmp_path):
    number = site.open_pull()
    own = {"event": "pull_request", "head_branch": "feature", "conclusion": "failure"}
    run = site.add_run(HEAD, packed(tmp_path, RED), **own)
    done = bot.run("comment", "--run", run, token="tok_octo")
    assert done.returncode == 0, done.stderr
    assert len(site.comments(number)) == 1
    on_main = site.add_run(TIP, packed(tmp_path, replace(RED, commit=TIP)))
    assert bot.run("issues", "--run", on_main, token="tok_octo").stdout.startswith("create")
    done = bot.run("issues", "--run", run, token="tok_octo")
    assert "only a run of the default branch" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "Which report? Name a FILE, or --run N"),
        (("--dry-run",), "ask nobody: name the FILE"),
        (("--run", "5", "report.json"), "exclude each other"),
        (("--run", "5", "--base-report", "report.json"), "--base-report goes with a FILE"),
        (("--run", "5"), "Run 5 cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["comment", "issues"])
def test_wrong_usage_is_one_sentence(site, bot, command, args, said):
    bot.save(RED)
    done = bot.run(command, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


# --- what an archive may be


def zipped(*members) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def symlink() -> bytes:
    info = zipfile.ZipInfo("gardener-report.json")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((info, "/etc/passwd"))


HOSTILE = {
    "no-zip": b"hello",
    "cut": zipped(("gardener-report.json", "{}" * 999))[:-40],
    "no-report": zipped(("gardener-report.json", "[1, 2]")),
    "nothing-in-it": zipped(("notes.txt", "x")),
    "symlink": symlink(),
    "bomb": zipped(("gardener-report.json", b" " * 200_000_000)),
    "deep": zipped(("gardener-report.json", "[" * 100_000)),
    "many": zipped(*((f"{n}.json", "{}") for n in range(200))),
    "huge": b"PK\x03\x04" + bytes(65 * 1024 * 1024),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_said_and_fails_the_check(site, bot, main, data, tmp_path):
    head = site.commit()
    number = site.open_pull("patch", head, repository="mallory/chat")
    fork = {"event": "pull_request", "head_repository": {"full_name": "mallory/chat"}}
    run = site.add_run(head, data, **fork, head_branch="patch", conclusion="success")
    payload = run_event("mallory/chat", head, "patch", id=run, conclusion="success")
    before = sorted(tmp_path.rglob("*"))
    done = bot.run("comment", "--check-run", event="workflow_run", payload=payload)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (ours,) = site.comments(number)
    assert ours["body"].splitlines()[1:] == [
        "### the report of the run cannot be read",
        "",
        f"Head `{head[:10]}`. [Look at the run](https://github.example/run/5).",
    ]
    (check,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert check["conclusion"] == "failure"
    new = {p.name for p in tmp_path.rglob("*")} - {p.name for p in before}
    assert new <= {"event.json", "summary.md"}


def test_names_that_lead_outside_write_nothing(site, job, main, tmp_path):
    reports.save(RED, tmp_path / "r.json")
    data = (tmp_path / "r.json").read_bytes()
    job.run(zipped(("../../../evil.json", data), ("/tmp/gardener-evil.json", data)))
    assert "1 failing test" in job.body()
    assert not list(tmp_path.parent.rglob("*evil.json"))


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "success"])
def test_a_run_without_a_report_is_never_silent(site, job, main, conclusion):
    done = job.run(conclusion=conclusion)
    assert done.returncode == 0
    assert "### the run left no report" in job.body()


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "action_required"])
def test_a_run_that_was_not_meant_to_end_says_nothing(site, job, main, conclusion):
    done = job.run(conclusion=conclusion)
    assert done.returncode == 0
    assert "nothing written" in done.stderr
    assert site.comments(job.number) == []


def test_other_artifacts_are_not_fetched(site, job, main, tmp_path):
    run = 100 + len(site.runs)
    site.add_artifact(run, b"wheel", name="dist")
    job.run(packed(tmp_path, RED))
    assert "1 failing test" in job.body()
    assert len([path for _, path, _ in site.asked if path.endswith("/zip")]) == 1


def test_issues_of_a_run_without_a_report_are_not_touched(site, bot, main):
    run = site.add_run(TIP, conclusion="failure")
    payload = run_event(site.repository, TIP, "main", "push", id=run, workflow_id=7)
    done = bot.run("issues", event="workflow_run", payload=payload)
    assert done.returncode == 1
    assert "the run left no report" in done.stderr
    assert site.writes == []


# --- faults on the way


@pytest.mark.parametrize("how", [{"status": 502}, {"cut": True}], ids=str)
@pytest.mark.parametrize("path", ["/artifacts$", "/zip$"])
def test_a_passing_fault_is_outlived(site, job, main, tmp_path, path, how):
    site.fail("GET", path, **how)
    assert job.run(packed(tmp_path, RED)).returncode == 0
    assert "1 failing test" in job.body()


def test_a_download_that_ends_half_way_is_not_half_a_report(site, job, main, tmp_path):
    data = packed(tmp_path, RED)
    site.add_artifact(100 + len(site.runs), data[: len(data) // 2], claims=len(data))
    done = job.run()
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert site.comments(job.number) == []


def test_a_storage_that_drips_is_given_up(site, job, main, tmp_path):
    job.bot.settle(site.settings.replace("timeout = 60", "timeout = 0.3"))
    labels = {"labels": ["any"]}  # whether it is the quiet one, the settings have to say
    site.ask("POST", f"/issues/{job.number}/labels", labels)
    site.add_artifact(100 + len(site.runs), bytes(65_536 * 60), pause=0.25)
    done = job.run()
    assert done.returncode == 1
    assert "too slowly" in done.stderr


@pytest.mark.slow
def test_a_job_that_is_killed_leaves_no_file(site, bot, main, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    run = site.add_run(HEAD, event="pull_request", head_branch="feature", conclusion="failure")
    site.add_artifact(run, bytes(65_536 * 60), pause=0.5)
    site.open_pull()
    payload = run_event(site.repository, id=run, workflow_id=7)
    there = bot.environment(event="workflow_run", payload=payload, TMPDIR=str(temporary))
    command = [sys.executable, "-m", "gardener", "comment"]
    with subprocess.Popen(command, cwd=bot.folder, env=there, stderr=subprocess.PIPE) as job:
        for _ in range(600):
            if any(path.endswith("/zip") for _, path, _ in site.asked):
                break
            time.sleep(0.05)
        time.sleep(1)  # some of it has come
        assert job.poll() is None
        job.kill()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("location", "said"),
    [("file:///etc/passwd", "not followed"), ("/900", "too many redirections")],
)
def test_where_an_artifact_may_be(site, job, main, tmp_path, location, said):
    site.add_artifact(100 + len(site.runs), packed(tmp_path, RED), location=location)
    done = job.run()
    assert done.returncode == 1
    assert said in done.stderr


# --- several pull requests, forks that are gone, many artifacts


def test_two_pull_requests_from_one_branch_are_both_told(site, bot, main, tmp_path):
    job = Job(site, bot, site.repository)
    other = site.open_pull("feature-2")
    site.pulls[other] |= {"ref": "feature", "base": "release"}
    site.tips["release"] = main[5]
    site.add_run(main[2], packed(tmp_path, RED))  # where it left main, it was red before
    site.add_run(main[5], packed(tmp_path, GREEN), head_branch="release")
    done = job.run(packed(tmp_path, RED))
    assert done.returncode == 0, done.stderr
    (into_main,), (into_release,) = site.comments(job.number), site.comments(other)
    assert "### 1 unrelated" in into_main["body"]
    assert "### 1 regression" in into_release["body"]
    assert f"compared with base `{main[5][:10]}`" in into_release["body"]


def test_one_check_run_says_the_worst_of_two_pull_requests(site, bot, main, tmp_path):
    head = site.commit()
    site.graph[head] = [main[2]]
    for branch in ("feature", "feature-2"):
        number = site.open_pull(branch, head)
        site.pulls[number] |= {"ref": "feature", "base": branch.replace("feature", "into")}
    site.tips |= {"into": main[2], "into-2": main[5]}
    site.add_run(main[2], packed(tmp_path, RED), head_branch="into")
    site.add_run(main[5], packed(tmp_path, GREEN), head_branch="into-2")
    red = packed(tmp_path, replace(RED, commit=head))
    run = site.add_run(head, red, event="pull_request", head_branch="feature")
    payload = run_event(site.repository, head, id=run, workflow_id=7)
    done = bot.run("comment", "--check-run", event="workflow_run", payload=payload)
    assert done.returncode == 0, done.stderr
    (check,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert check["conclusion"] == "failure"
    assert bot.summary().count("### ") == 2


@pytest.mark.parametrize("is_known", [True, False])
def test_the_pull_request_of_a_fork_that_is_gone_is_found(site, bot, main, tmp_path, is_known):
    number = site.open_pull(repository="gone")
    if not is_known:
        site.fail("GET", "/commits/[^/]+/pulls$", status=422, message="No commit found")
    fork = {"event": "pull_request", "head_repository": None, "conclusion": "failure"}
    run = site.add_run(HEAD, packed(tmp_path, RED), **fork, head_branch="feature")
    payload = run_event("", id=run, workflow_id=7, head_repository=None)
    done = bot.run("comment", event="workflow_run", payload=payload)
    assert done.returncode == 0, done.stderr
    assert len(site.comments(number)) == 1


def test_the_run_of_a_fork_that_is_gone_without_a_pull_request_is_named(site, bot, main, tmp_path):
    site.open_pull("other", "b" * 40, repository="gone")
    payload = run_event("", id=site.add_run(HEAD), workflow_id=7, head_repository=None)
    done = bot.run("comment", event="workflow_run", payload=payload)
    assert done.returncode == 0
    assert f"no open pull request is at {HEAD[:10]} (branch feature)" in done.stderr
    assert site.writes == []


def test_eight_shards_in_many_attempts_on_two_pages_are_all_read(site, own_job, main, tmp_path):
    run = 100 + len(site.runs)
    for n in range(72):
        site.add_artifact(run, b"", name=f"wheels-{n}")
    for n in range(40):
        nodeids = (f"tests/t_{n % 8}.py::a{n}",)
        shard = make_report(make_finding(f"s{n}", nodeids), commit=HEAD, shard=f"{n % 8 + 1}/8")
        site.add_artifact(run, packed(tmp_path, shard), name=f"gardener-report-{n}")
    done = own_job.run()
    assert done.returncode == 0, done.stderr
    assert "40 failing tests" in own_job.body()


# --- what a fork may claim


def test_a_rerun_that_a_fork_claims_outranks_no_run_of_the_base(site, job, main, tmp_path):
    site.add_run(main[2], packed(tmp_path, GREEN))
    earlier = (PriorResult(A, ("passed",)),)
    passed_later = replace(
        RED, results=(*RED.results, Result(A, "passed", attempt=2)), earlier=earlier
    )
    job.run(packed(tmp_path, passed_later))
    assert "### 1 regression" in job.body()


def test_a_rerun_of_the_repository_s_own_branch_counts(site, own_job, main, tmp_path):
    site.add_run(main[2], packed(tmp_path, GREEN))
    passed_later = replace(RED, results=(*RED.results, Result(A, "passed", attempt=2)))
    own_job.run(packed(tmp_path, passed_later))
    assert "### 1 unrelated" in own_job.body()


@pytest.mark.parametrize(
    ("files", "verdict"),
    [((), "1 regression"), (("tests/t.py",), "1 failure in tests changed here")],
)
def test_which_tests_a_fork_changed_the_site_says(site, job, main, tmp_path, files, verdict):
    site.add_run(main[2], packed(tmp_path, GREEN))
    site.files[job.number] = [{"filename": f, "status": "modified"} for f in files]
    job.run(packed(tmp_path, replace(RED, changed_files=("tests/t.py",))))
    assert f"### {verdict}" in job.body()


def test_the_head_s_own_merge_costs_one_request(site, own_job, main, tmp_path):
    merge = "e" * 40
    site.graph[merge] = [TIP, HEAD]
    site.add_run(TIP, packed(tmp_path, GREEN))
    own_job.run(packed(tmp_path, replace(RED, commit=merge)))
    assert f"compared with base `{TIP[:10]}`." in own_job.body()
    assert not [path for _, path, _ in site.asked if "/compare/" in path]
    assert len(site.asked) <= 11


# --- pushes to the default branch


def push(site, bot, data, head=TIP):
    run = site.add_run(head, data, conclusion="failure")
    payload = run_event(site.repository, head, "main", "push", id=run, workflow_id=7)
    return bot.run("issues", event="workflow_run", payload=payload)


def test_a_push_of_many_commits_is_compared_with_the_run_before_it(site, bot, main, tmp_path):
    site.add_run(main[28], packed(tmp_path, RED))
    done = push(site, bot, packed(tmp_path, replace(RED, commit=TIP)))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("create  [BUG] failing-test-pre-existing-")


def test_a_push_that_replaced_history_is_compared_with_the_run_before_it(site, bot, main, tmp_path):
    site.add_run("7" * 40, packed(tmp_path, RED))
    done = push(site, bot, packed(tmp_path, replace(RED, commit=TIP)))
    assert done.stdout.startswith("create  [BUG] failing-test-pre-existing-")


# --- what it costs

FLEET = {"first": 3, "again": 2, "mended": 3, "green": 8, "fork": 2, "push-green": 4, "push-red": 2}
"""How many jobs of each kind a busy day has: most runs are green."""
MOST = {"first": 13, "again": 10, "mended": 7, "green": 6, "fork": 13}
MOST |= {"push-green": 4, "push-red": 12}
"""Requests that a job of each kind makes at most, that for the settings included."""


@pytest.mark.slow
@pytest.mark.parametrize(("is_kept", "most"), [(False, 8.1), (True, 7.0)])
def test_no_kind_of_job_asks_more_than_it_may(site, bot, main, tmp_path, is_kept, most):
    """With `is_kept` jobs find what the last one of the default branch kept, as the workflow has it."""
    kept, saved = tmp_path / "kept", tmp_path / "saved"
    around = {"GARDENER_BOT_CACHE": str(kept), "GITHUB_SHA": TIP} if is_kept else {}

    def run(command, *words, **surroundings):
        shutil.rmtree(kept, ignore_errors=True)
        if saved.exists():
            shutil.copytree(saved, kept)
        done = bot.run(command, *words, event="workflow_run", **surroundings, **around)
        if command == "issues" and is_kept:
            shutil.rmtree(saved, ignore_errors=True)
            shutil.copytree(kept, saved)
        return asked(done)

    head = site.commit()
    site.graph[head] = [main[2]]
    merge = "e" * 40
    site.graph[merge] = [TIP, head]
    for at in (TIP, main[1], main[2]):
        site.add_run(at, packed(tmp_path, GREEN))
    old = make_finding("old", ("tests/t.py::old",), message="was there before")
    red = make_report(make_finding(tests=("tests/t.py::a",)), old, commit=merge)
    green = make_report(passed=("tests/t.py::a",), commit=merge)

    def pull(report, conclusion, repository=site.repository):
        own = {"event": "pull_request", "head_branch": "feature"}
        side = {"full_name": repository}
        data = packed(tmp_path, report)
        number = site.add_run(head, data, **own, conclusion=conclusion, head_repository=side)
        payload = run_event(repository, head, id=number, workflow_id=7, conclusion=conclusion)
        return run("comment", "--check-run", payload=payload)

    def push(report, conclusion):
        number = site.add_run(TIP, packed(tmp_path, report), conclusion=conclusion)
        payload = run_event(site.repository, TIP, "main", "push", id=number, workflow_id=7)
        payload["workflow_run"]["conclusion"] = conclusion
        return run("issues", payload=payload)

    def asked(done):
        assert done.returncode == 0, done.stderr
        many = len(site.asked)
        site.asked.clear()
        return many

    if is_kept:
        push(replace(GREEN, commit=TIP), "success")
    site.open_pull(head=head, merge=merge)
    site.asked.clear()
    cost = {"green": pull(green, "success")}
    cost |= {"first": pull(red, "failure"), "again": pull(red, "failure")}
    cost |= {"mended": pull(green, "success")}
    cost |= {"push-green": push(replace(GREEN, commit=TIP), "success")}
    cost |= {"push-red": push(replace(red, commit=TIP), "failure")}
    site.pulls[1]["repo"] = "mallory/chat"
    site.asked.clear()
    cost |= {"fork": pull(red, "failure", "mallory/chat")}
    print(cost)
    assert {kind: many for kind, many in cost.items() if many > MOST[kind]} == {}
    average = sum(cost[kind] * many for kind, many in FLEET.items()) / sum(FLEET.values())
    print(f"{average:.1f} requests a job")
    assert average <= most
