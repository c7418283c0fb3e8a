"""Real red runs, and whether the findings are their true causes.

    python bench/redruns.py [--only NAME]... [--folder FOLDER] [--checkout NAME=CLONE]... [--explain]

Each file of bench/redruns/ is an old release of a real project with later libraries: the way in
which suites rot. It writes down every version, and says of each failure what it truly comes from.
The source distribution is fetched, installed and run by `gardener run --all`; FOLDER keeps sources
and virtual environments (default: `gardener-redruns` in the user's cache). Needs a package index
and the Pythons that the recipes name, as `python3.N` on the PATH. Releases whose source distribution
holds no tests are run from a clone of the repository that `--checkout` names, else left out.

Each finding is told by one word, the first of these that holds:

    false    it accuses what is innocent, or sends the reader where nothing is to be mended
    merged   not all of its tests have one cause
    split    another finding tells more of the same cause
    vacuous  it does not name what is wrong
    right    none of these

Failing tests that are in no finding are lost. Exit code 1: a failure has no label, or one is lost.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

HERE = Path(__file__).with_suffix("")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gardener-redruns"
VERDICTS = ("right", "split", "merged", "false", "vacuous")
RED = ("failed", "error", "unfinished")
TOLD = ("name", "title", "cause", "next_step", "reason")
ACCUSED = ("name", "cause", "next_step")


class Label(msgspec.Struct, forbid_unknown_fields=True):
    """Failures of one cause: patterns of their nodeids and of what any of their exceptions says."""

    tests: str = ""
    raised: str = ""


class Cause(msgspec.Struct, forbid_unknown_fields=True):
    """What is truly wrong.

    `names` is a pattern that every telling of it has to match, `innocent` one that none may:
    what is not to blame, or cannot be mended there.
    """

    name: str
    truth: str
    failures: list[Label]
    names: str
    innocent: str = ""


class Recipe(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """A red run: which release, on which Python, with which versions, and why it is red.

    Without `tests` all of them run. `tag` is that of the repository where the source distribution
    of the release holds no tests.
    """

    project: str
    version: str
    python: str
    versions: list[str]
    causes: list[Cause]
    tests: tuple[str, ...] = ()
    arguments: list[str] = []
    seconds: int = 300
    tag: str = ""


class Finding(msgspec.Struct):
    """What the judging needs of a finding, as `gardener report --format json` prints it."""

    name: str
    tests: list[str]
    title: str = ""
    cause: str = ""
    next_step: str = ""
    reason: str = ""


class Told(msgspec.Struct):
    """The part of `gardener report --format json` that is judged."""

    findings: list[Finding]


class Raised(msgspec.Struct):
    """An exception of a report."""

    type: str
    message: str


class Failed(Raised):
    """A failure of a report, with the exceptions behind it."""

    nodeid: str
    causes: list[Raised] = []


class Outcome(msgspec.Struct):
    """What became of one test."""

    nodeid: str
    outcome: str


class Run(msgspec.Struct):
    """The part of a report on disk that is judged."""

    failures: list[Failed]
    results: list[Outcome] = []


class Verdict(NamedTuple):
    """One word about one finding, and the cause that most of its tests have."""

    finding: Finding
    word: str
    cause: str


class Judgement(NamedTuple):
    """All verdicts on a run; the tests that no finding has, and those without a label."""

    verdicts: tuple[Verdict, ...]
    lost: tuple[str, ...]
    unlabelled: tuple[str, ...]

    def row(self, name: str, causes: int) -> tuple[str, ...]:
        """One line of the table."""
        words = Counter(verdict.word for verdict in self.verdicts)
        numbers = (causes, len(self.verdicts), *(words[word] for word in VERDICTS), len(self.lost))
        return (name, *map(str, numbers))


def labels(causes: Iterable[Cause], failures: Iterable[Failed]) -> dict[str, set[str]]:
    """The true causes of each failing test: of each of its failures the first that fits, else ""."""
    causes = tuple(causes)
    true: dict[str, set[str]] = {}
    for failure in failures:
        said = "\n".join(f"{e.type}: {e.message}" for e in (failure, *failure.causes))
        fits = (cause.name for cause in causes if _has(cause, failure.nodeid, said))
        true.setdefault(failure.nodeid, set()).update([next(fits, "")])
    return true


def _has(cause: Cause, nodeid: str, said: str) -> bool:
    return any(
        re.search(label.tests, nodeid) and re.search(label.raised, said) for label in cause.failures
    )


def judge(recipe: Recipe, run: Run, findings: Sequence[Finding]) -> Judgement:
    """What is to be said of the findings about a run."""
    true = labels(recipe.causes, run.failures)
    red = {result.nodeid for result in run.results if result.outcome in RED} | set(true)
    told = {test for finding in findings for test in finding.tests}
    unlabelled = sorted(test for test in red if "" in true.get(test, {""}))
    causes = {cause.name: cause for cause in recipe.causes}
    mains = [_main_cause(finding, true, causes) for finding in findings]
    largest = _largest(findings, mains)
    verdicts = []
    for n, (finding, main) in enumerate(zip(findings, mains, strict=True)):
        pure = all(main in true.get(test, ()) for test in finding.tests)
        word = _word(finding, causes.get(main), pure, n == largest[main])
        verdicts.append(Verdict(finding, word, main))
    return Judgement(tuple(verdicts), tuple(sorted(red - told)), tuple(unlabelled))


def _main_cause(finding: Finding, true: Mapping[str, set[str]], causes: Mapping[str, Cause]) -> str:
    """The cause that most tests of a finding have; among equals the one that it names.

    A test that fails twice, as it runs and as it is cleaned up, may have two.
    """
    counts = Counter(cause for test in finding.tests for cause in true.get(test, ()) if cause)

    def rank(cause: str) -> tuple[int, bool, str]:
        return -counts[cause], not re.search(causes[cause].names, _text(finding, TOLD)), cause

    return min(counts, key=rank, default="")


def _largest(findings: Sequence[Finding], mains: Sequence[str]) -> dict[str, int]:
    """The finding that tells most of each cause, by its number."""
    numbers = defaultdict(list)
    for n, main in enumerate(mains):
        numbers[main].append(n)
    return {main: max(of, key=lambda n: len(findings[n].tests)) for main, of in numbers.items()}


def _word(finding: Finding, cause: Cause | None, pure: bool, largest: bool) -> str:
    if cause and cause.innocent and re.search(cause.innocent, _text(finding, ACCUSED)):
        return "false"
    if not pure or cause is None:
        return "merged"
    if not largest:
        return "split"
    return "right" if re.search(cause.names, _text(finding, TOLD)) else "vacuous"


def _text(finding: Finding, parts: Iterable[str]) -> str:
    return "\n".join(getattr(finding, part) for part in parts)


def recipes(only: Sequence[str]) -> dict[str, Recipe]:
    """The recipes by name, in the order of their names."""
    files = {file.stem: file for file in sorted(HERE.glob("*.toml"))}
    unknown = set(only) - set(files)
    if unknown:
        sys.exit(f"There is no recipe {', '.join(sorted(unknown))}; there are {', '.join(files)}.")
    return {
        name: msgspec.toml.decode(file.read_bytes(), type=Recipe)
        for name, file in files.items()
        if not only or name in only
    }


def fetch(recipe: Recipe, python: Path, top: Path) -> None:
    """Unpack the source distribution of a release into `top`."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
        subprocess.run(
            [*pip, "-d", folder, f"{recipe.project}=={recipe.version}"], check=True, env=clean()
        )
        (archive,) = Path(folder).iterdir()
        with tarfile.open(archive) as packed:
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
            packed.extractall(folder)
        archive.unlink()
        (unpacked,) = Path(folder).iterdir()
        shutil.copytree(unpacked, top)


def extract(clone: Path, tag: str, top: Path) -> None:
    """Unpack the files of a tag of a clone into `top`."""
    top.mkdir(parents=True)
    packed = subprocess.run(
        ["git", "-C", clone, "archive", "--format=tar", tag],
        check=True, env=clean(), capture_output=True,
    ).stdout  # fmt: skip
    subprocess.run(["tar", "-x", "-C", top], input=packed, check=True)


def prepare(recipe: Recipe, place: Path, clone: Path | None = None) -> Path:
    """The source and the virtual environment of a recipe, kept in `place`; its interpreter.

    The source is that of a tag of `clone`, if it is given. What the release itself demands is not asked: a later library is what it breaks with.
    """
    python, done = place / "venv" / "bin" / "python", place / "installed"
    wanted = hashlib.sha256(msgspec.json.encode(recipe.versions)).hexdigest()
    if done.exists() and done.read_text() == wanted:
        return python
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    subprocess.run([f"python{recipe.python}", "-m", "venv", place / "venv"], check=True)
    if clone:
        extract(clone, recipe.tag, place / "source")
    else:
        fetch(recipe, python, place / "source")
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*install, *recipe.versions], check=True)
    subprocess.run([*install, "-e", place / "source"], check=True, env=clean())
    done.write_text(wanted)
    return python


def clean() -> dict[str, str]:
    """The environment without what git tells its hooks, and without a virtual environment."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "VIRTUAL_ENV"))}


def executed(recipe: Recipe, place: Path, clone: Path | None = None) -> tuple[Run, list[Finding]]:
    """Run a recipe as a repository without a past: its report and its findings."""
    python, top, report = prepare(recipe, place, clone), place / "source", place / "report.json"
    shutil.rmtree(top / ".git", ignore_errors=True)
    git = ["git", "-c", "user.name=B", "-c", "user.email=b@example.org"]
    for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", recipe.version]):
        subprocess.run([*git, *words], cwd=top, check=True, env=clean())
    gardener = [sys.executable, "-m", "gardener"]
    report.unlink(missing_ok=True)
    with (place / "output.txt").open("wb") as output:
        ran = [*gardener, "run", *(recipe.tests or ["--all"]), "--python", python]
        child = subprocess.Popen(
            [*ran, "--report", report, *(["--", *recipe.arguments] if recipe.arguments else [])],
            cwd=top, env=clean(), stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            child.wait(recipe.seconds)
        except subprocess.TimeoutExpired:  # a report of what ran until then
            os.killpg(child.pid, signal.SIGINT)
            child.wait()
    told = subprocess.run(
        [*gardener, "report", report, "--format", "json"],
        cwd=top, env=clean(), capture_output=True, check=True,
    )  # fmt: skip
    run = msgspec.json.decode(report.read_bytes(), type=Run)
    return run, msgspec.json.decode(told.stdout, type=Told).findings


def explain(judgement: Judgement) -> None:
    """Print each finding with its verdict, and the tests that are lost or have no label."""
    for verdict in judgement.verdicts:
        finding = verdict.finding
        print(
            f"  {verdict.word:8} {verdict.cause or '-':28} {len(finding.tests):4}  {finding.name}"
        )
        print(f"           {finding.cause} {finding.next_step}")
    for word, tests in (("lost", judgement.lost), ("no label", judgement.unlabelled)):
        for test in tests:
            print(f"  {word:8} {test}")


def main() -> int:
    """Run the recipes and print one line each, then the sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--folder", type=Path, default=CACHE, help="keeps sources and venvs")
    parser.add_argument("--checkout", action="append", default=[], metavar="NAME=CLONE")
    parser.add_argument("--explain", action="store_true", help="each finding with its verdict")
    options = parser.parse_args()
    print("| run | causes | findings |", " | ".join((*VERDICTS, "lost")), "|")
    print("|---|" + "---:|" * (len(VERDICTS) + 3))
    clones = {name: Path(clone) for name, _, clone in (c.partition("=") for c in options.checkout)}
    rows, bad = [], False
    for name, recipe in recipes(options.only).items():
        if recipe.tag and name not in clones:
            print(f"{name}: left out, it needs --checkout {name}=CLONE", file=sys.stderr)
            continue
        run, findings = executed(recipe, options.folder.absolute() / name, clones.get(name))
        judgement = judge(recipe, run, findings)
        present = set().union(*labels(recipe.causes, run.failures).values())
        rows.append(judgement.row(name, len(present - {""})))
        print("|", " | ".join(rows[-1]), "|", flush=True)
        if options.explain:
            explain(judgement)
        if judgement.unlabelled:
            print(f"{name}: {len(judgement.unlabelled)} failures have no label", file=sys.stderr)
        bad = bad or bool(judgement.lost or judgement.unlabelled)
    sums = [str(sum(map(int, column))) for column in list(zip(*rows, strict=True))[1:]]
    print("|", " | ".join(("sum", *sums)), "|")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
