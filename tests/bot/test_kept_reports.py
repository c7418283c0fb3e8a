"""Fewer requests: reports that a run joined, and reports of bases that earlier jobs kept."""

import base64
import shutil

import msgspec
import pytest
from botcases import make_finding, make_report
from test_comment_site import HEAD
from test_runs_site import GREEN, RED, main, own_job, packed  # noqa: F401 - fixtures among them

from gardener.reports.merging import merge


def fetched(site):
    return len([1 for _, path, _ in site.asked if path.endswith("/zip")])


def shard(number, attempt=1):
    finding = make_finding(f"s{number}", (f"tests/t.py::a{number}",))
    return make_report(finding, commit=HEAD, shard=f"{number}/4", attempt=attempt)


def test_of_reports_that_the_run_joined_one_is_fetched_and_those_of_later_attempts(
    site,
    own_job,  # noqa: F811
    main,  # noqa: F811
    tmp_path,
):
    parts = [shard(n) for n in range(1, 5)]
    run = 100 + len(site.runs)
    for n, part in enumerate(parts):
        site.add_artifact(run, packed(tmp_path, part), name=f"gardener-report-1-{n}")
    site.add_artifact(run, packed(tmp_path, merge(parts)), name="gardener-whole-1")
    site.add_artifact(run, packed(tmp_path, shard(4, attempt=2)), name="gardener-report-2-3")
    done = own_job.run()
    assert done.returncode == 0, done.stderr
    assert "4 failing tests" in own_job.body()
    assert fetched(site) == 2


def test_a_whole_that_lacks_a_shard_says_so(site, own_job, main, tmp_path):  # noqa: F811
    whole = merge([shard(1), shard(2), shard(4)])
    site.add_artifact(100 + len(site.runs), packed(tmp_path, whole), name="gardener-whole-1")
    assert own_job.run().returncode == 0
    assert "missing: " in own_job.body()
    assert "3/4" in own_job.body()


def test_the_report_of_a_base_is_fetched_once(site, own_job, main, tmp_path):  # noqa: F811
    site.add_run(main[2], packed(tmp_path, GREEN))
    kept = tmp_path / "kept"
    own_job.bot.run = _with(own_job.bot.run, GARDENER_BOT_CACHE=str(kept))
    counts = []
    for _ in range(2):
        assert own_job.run(packed(tmp_path, RED)).returncode == 0
        assert "1 regression" in own_job.body()
        counts.append(fetched(site))
    assert counts == [2, 1]
    # Another attempt of it is another report, and what is damaged is fetched again.
    next(r for r in site.runs if r["head_sha"] == main[2])["run_attempt"] = 2
    assert own_job.run(packed(tmp_path, RED)).returncode == 0
    assert fetched(site) == 2
    for path in kept.rglob("run-*.json"):
        path.write_bytes(path.read_bytes()[:100])
    assert own_job.run(packed(tmp_path, RED)).returncode == 0
    assert fetched(site) == 2
    shutil.rmtree(kept)
    kept.write_text("no folder")
    assert own_job.run(packed(tmp_path, RED)).returncode == 0


def _with(run, **variables):
    return lambda *words, **how: run(*words, **how, **variables)


def test_only_a_few_reports_are_kept(tmp_path, monkeypatch):
    from gardener.bot.github.kept import Kept

    monkeypatch.setenv("GARDENER_BOT_CACHE", str(tmp_path))
    kept = Kept("https://api.example", "octo/chat")
    for number in range(30):
        kept.keep_report(number, 1, RED)
    assert len([*tmp_path.rglob("run-*.json")]) == 20
    assert kept.report(29, 1) == RED
    assert kept.report(0, 1) is None
    assert Kept("https://api.example", "octo/other").report(29, 1) is None
    monkeypatch.delenv("GARDENER_BOT_CACHE")
    assert Kept("https://api.example", "octo/chat").report(29, 1) is None


@pytest.mark.parametrize("tag", ["", " ", '"a"\r\nX: y', '"\u2028"', '"é"', ' "a"'])
def test_a_tag_that_no_request_can_carry_is_as_none(tmp_path, monkeypatch, tag):
    from gardener.bot.github.kept import Kept, Tagged

    monkeypatch.setenv("GARDENER_BOT_CACHE", str(tmp_path))
    kept = Kept("https://api.example", "octo/chat")
    kept.keep_settings(Tagged('"a"', b"[tool]"))
    assert kept.settings() == Tagged('"a"', b"[tool]")
    (path,) = tmp_path.rglob("settings.json")
    path.write_bytes(msgspec.json.encode(("", tag, base64.b64encode(b"[tool]").decode())))
    assert kept.settings() is None
