"""One job of the bot: where it runs, the reports it tells about, and what could not be done."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from msgspec import structs

from gardener import config as settings
from gardener import git
from gardener.config import Config, GitHub
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import GardenerError, GitError, MissingExtraError, ReportError
from gardener.model import Diagnosis, Report
from gardener.redaction import use
from gardener.reports.merging import merge

from .content import text
from .content.compared import Compared, from_reports
from .github import artifacts, runs
from .github.errors import NotDone, SiteError
from .github.event import Place, read_place, with_run

if TYPE_CHECKING:
    from .github.client import Site


class Sources(NamedTuple):
    """Where the reports are, as the command line says it: files, or a run of a workflow."""

    files: tuple[Path, ...] = ()
    base: Path | None = None
    run: int = 0


class Evidence(NamedTuple):
    """What was found: a report and what it means, or in `missing` why there is none."""

    report: Report
    diagnosis: Diagnosis
    compared: Compared = Compared()
    missing: str = ""


def say(words: str) -> None:
    """Tell people something on stderr."""
    click.echo(f"gardener: {text.line(words, 600)}", err=True)


def read_files(sources: Sources, config: Config) -> Evidence:
    """The reports in files, merged, and what they mean.

    Raises:
        ReportError: one of them is no report.
    """
    loaded = [(report, str(path)) for path in sources.files for report in artifacts.load(path)]
    run = merge([report for report, _ in loaded], [name for _, name in loaded])
    base = merge(artifacts.load(sources.base)) if sources.base else None
    return Evidence(run, diagnose(run, config, base), from_reports(run, base))


def find_config() -> Config:
    """The settings of the repository at hand; a job that only reports needs no checkout."""
    try:
        config = settings.load(git.find_root())
    except GitError:
        config = settings.load(Path.cwd())
    use(config.redaction.patterns, config.redaction.keep)
    return config


class Job:
    """Reports on their way to one repository, and whether something could not be done.

    Raises:
        GardenerError: nobody said which repository or which reports, or there is no token.
    """

    def __init__(self, sources: Sources) -> None:
        self.config = find_config()
        self.sources = sources
        # Read first: a file that is no report is wrong usage, and costs no request.
        self._from_files = read_files(sources, self.config) if sources.files else None
        self.failed = False
        place = _place()
        token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
        if not token:
            raise GardenerError("GITHUB_TOKEN is not set; --dry-run shows a FILE without it.")
        self.site: Site = _connect(place, token, self.config.github)
        self.place = self._placed(place)

    def _placed(self, place: Place) -> Place:
        if self.sources.run:
            try:
                default = place.default_branch or self.site.default_branch()
                place = structs.replace(place, default_branch=default)
                return with_run(place, self.site.run(self.sources.run))
            except NotDone as wrong:
                raise SiteError(f"Run {self.sources.run} cannot be read: {wrong}.") from None
        if not self.sources.files and not place.run:
            raise GardenerError("Which report? Name a FILE, or --run N for what a run left.")
        return place

    def attempt(self, task: str, do: Callable[[], None]) -> None:
        """Do one thing; what goes wrong is said and does not stop the others."""
        try:
            do()
        except NotDone as wrong:
            say(f"{task} could not be written: {wrong}")
            self.failed = True

    def claimed(self) -> Report | None:
        """The report of the files, before anything is asked; None when it is to be fetched."""
        return self._from_files.report if self._from_files else None

    def evidence(self, branch: str) -> Evidence:
        """The reports of the files or of the run, with what they mean against `branch`."""
        if self._from_files:
            return self._from_files
        nothing = Report(created="", commit=self.place.head, complete=False)
        try:
            report = runs.read(self.site, self.place.run)
        except ReportError as wrong:
            say(f"run {self.place.run}: {wrong}")
            self.failed = True
            return Evidence(nothing, Diagnosis(), missing="the report of the run cannot be read")
        if report is None:
            return Evidence(nothing, Diagnosis(), missing="the run left no report")
        diagnosis = diagnose(report, self.config)
        if not diagnosis.findings:
            return Evidence(report, diagnosis)
        base = runs.find_base(self.site, self.place, report, branch, say)
        report, base = runs.weigh(report, base, self.place)
        if base.compared.at:
            report = structs.replace(report, base=base.compared.at)
        return Evidence(report, diagnose(report, self.config, base.report), base.compared)


def _connect(place: Place, token: str, config: GitHub) -> Site:
    """The repository on GitHub; PyGithub is imported here, and not for a dry run.

    Raises:
        GardenerError: the extra `bot` is not installed.
    """
    try:
        from .github.client import Site
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "github":
            raise
        raise MissingExtraError("PyGithub", "bot", "`comment` and `issues` need") from None
    return Site(place, token, config, say)


def _place() -> Place:
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    try:
        event = Path(path).read_bytes() if path else b""
    except OSError as wrong:
        raise GardenerError(f"{path} cannot be read: {wrong.strerror}.") from None
    place = read_place(os.environ, event)
    if not place.repository:
        raise GardenerError("Which repository? Set GITHUB_REPOSITORY to OWNER/NAME.")
    return place


def summarize(body: str) -> None:
    """Append a text to the job's summary, where the runner offers one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            with Path(path).open("a", encoding="utf-8") as summary:
                summary.write(body + "\n")
        except OSError as wrong:
            say(f"the job summary cannot be written: {wrong.strerror}")
