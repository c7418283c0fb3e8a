"""Texts that hold what is made anew in each run, in suites that really run: one cause, one name."""

import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.fingerprint import evidence_of
from gardener.diagnosis.templates import name_template
from gardener.model import Report, Selection, WarningCount
from gardener.reports.store import load

APP = """
import base64, hashlib, itertools, os, random, secrets, socket, string, tempfile, time, uuid

counter = itertools.count(int.from_bytes(os.urandom(2), "big"))
LETTERS = string.ascii_lowercase
NUMBERS = LETTERS + string.digits
MIXED = string.ascii_letters + string.digits

def some(letters, n):
    return "".join(random.choices(letters, k=n))

def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]

NAMES = {
    "base64": lambda: base64.b64encode(os.urandom(18)).decode(),
    "hex4": lambda: secrets.token_hex(2),
    "hex6": lambda: secrets.token_hex(3),
    "hex8": lambda: uuid.uuid4().hex[:8],
    "hex_upper": lambda: secrets.token_hex(4).upper(),
    "hex16": lambda: secrets.token_hex(8),
    "uuid": lambda: uuid.uuid4(),
    "uuid_plain": lambda: uuid.uuid4().hex,
    "sha1": lambda: hashlib.sha1(os.urandom(9)).hexdigest(),
    "sha256": lambda: "sha256:" + hashlib.sha256(os.urandom(9)).hexdigest(),
    "short_sha": lambda: hashlib.sha256(os.urandom(9)).hexdigest()[:7],
    "urlsafe": lambda: secrets.token_urlsafe(16),
    "letters": lambda: some(LETTERS, 8),
    "alphanumeric": lambda: some(NUMBERS, 8),
    "nanoid": lambda: some(MIXED + "_-", 21),
    "ulid": lambda: "01" + some("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24),
    "port": port,
    "address": lambda: f"127.0.0.1:{port()}",
    "url": lambda: f"http://localhost:{port()}/health",
    "temporary": lambda: tempfile.mktemp(),
    "temporary_deep": lambda: tempfile.mktemp(suffix=".db") + "/data/x.bin",
    "temporary_name": lambda: os.path.basename(tempfile.mktemp()),
    "pid": os.getpid,
    "counter": lambda: next(counter),
    "counted": lambda: f"user{next(counter)}",
    "counted_under": lambda: f"user_{next(counter)}",
    "seconds": lambda: time.perf_counter(),
    "now": lambda: time.strftime("%Y-%m-%d %H:%M:%S"),
    "object": lambda: object(),
    "hash": lambda: hash("x"),
}

def plain(name):
    raise RuntimeError(f"cannot create bucket {NAMES[name]()} in region eu")

def joined(name):
    text = f"bucket-{NAMES[name]()} is gone"
    raise LookupError(text)

def joined_under(name):
    raise LookupError("bucket_%s is gone" % NAMES[name]())

def quoted(name):
    raise ValueError("no bucket {!r}, sorry".format(str(NAMES[name]())))
"""
# What may look like a word is told as a value only by the statement that puts it there.
TESTS = """
import pytest
from app import core

WORDLIKE = {"letters", "alphanumeric", "hex4", "urlsafe", "nanoid", "base64"}
HIDDEN = sorted(set(core.NAMES) - WORDLIKE)

@pytest.fixture
def bucket(request):
    core.plain(request.param)

@pytest.mark.parametrize("bucket", sorted(core.NAMES), indirect=True)
def test_fixture(bucket):
    pass

@pytest.mark.parametrize("name", HIDDEN)
def test_joined(name):
    core.joined(name)

@pytest.mark.parametrize("name", sorted(core.NAMES))
def test_joined_under(name):
    core.joined_under(name)

@pytest.mark.parametrize("name", sorted(core.NAMES))
def test_quoted(name):
    core.quoted(name)

@pytest.mark.parametrize("name", HIDDEN)
def test_failed(name):
    pytest.fail(f"server {core.NAMES[name]()} did not start")

def test_assertion():
    assert core.NAMES["hex8"]() == "x"

def test_object():
    assert core.NAMES["object"]() is None

def test_import():
    import importlib
    importlib.import_module("plugin_" + core.NAMES["hex8"]())

def test_attribute():
    type("Model_" + core.NAMES["hex8"](), (), {})().nothing
"""
RUNS = 20


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    root = tmp_path_factory.mktemp("chance")
    subprocess.run(["git", "init", "-q", root], check=True)
    for name, text in {
        "pytest.ini": "[pytest]\npythonpath = .\naddopts = -p no:cacheprovider\n",
        "app/core.py": APP,
        "tests/test_buckets.py": TESTS,
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


def run(root):
    request = ExecutionRequest(root, sys.executable, Selection(everything=True), Config(root))
    return execute(request).report


@pytest.fixture(scope="module")
def first(suite):
    return run(suite)


def names_in(report):
    findings = diagnose(report, Config(Path("."))).findings
    return sorted((finding.fingerprint, finding.name) for finding in findings)


@pytest.mark.slow
def test_the_same_code_has_the_same_causes_in_each_run(suite, first):
    by_test = {failure.nodeid: evidence_of(failure).fingerprint for failure in first.failures}
    assert len(by_test) == len(first.failures) > 130
    for _ in range(RUNS - 1):
        again = run(suite)
        differing = [
            failure.message
            for failure in again.failures
            if evidence_of(failure).fingerprint != by_test[failure.nodeid]
        ]
        assert not differing
        assert names_in(again) == names_in(first)


@pytest.mark.slow
def test_a_fixture_that_names_a_thing_of_its_own_is_one_cause(first):
    findings = diagnose(first, Config(Path("."))).findings
    tests = {finding.symbol: len(finding.tests) for finding in findings}
    counts = {
        name: tests[f"app/core.py:{name}"] for name in ("plain", "joined", "joined_under", "quoted")
    }
    assert counts == {"plain": 30, "joined": 24, "joined_under": 30, "quoted": 30}


@pytest.mark.slow
def test_a_report_without_frames_is_as_stable(suite, tmp_path):
    prints = []
    for attempt in range(3):
        junit = tmp_path / f"{attempt}.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-k", "failed or joined and not under"]
        subprocess.run([*command, f"--junitxml={junit}"], cwd=suite, capture_output=True)
        report = load(junit)
        prints.append(
            {failure.nodeid: evidence_of(failure).fingerprint for failure in report.failures}
        )
    assert len(prints[0]) > 45
    assert prints[0] == prints[1] == prints[2]


@pytest.mark.slow
def test_what_failed_on_the_base_with_other_names_blocks_nothing(suite, first):
    findings = diagnose(run(suite), Config(Path(".")), base=first).findings
    assert {finding.status for finding in findings} == {"pre-existing"}


def test_a_warning_with_a_name_of_its_own_is_one_deprecation_that_keeps_its_stored_cause():
    texts = ("room-3fa8b1c2 is deprecated", "room-77bc01ee is deprecated")
    warnings = tuple(WarningCount("DeprecationWarning", text, "a.py", 1) for text in texts)
    report = Report(created="2026-11-29T00:00:00Z", warnings=warnings)
    (one,) = diagnose(report, Config(Path("."))).deprecations
    assert "1:21f4e3e785f8" in one.aliases


def test_a_hexadecimal_id_without_a_digit_is_made_at_random_too():
    assert name_template("plugin_dfbaaafa") == "plugin_<n>"
    assert name_template("accede_to_facade") == "accede_to_facade"
