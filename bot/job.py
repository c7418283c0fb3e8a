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
from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import GardenerError, GitError, MissingExtraError, ReportError
from gardener.model import Diagnosis, Report
from gardener.redaction import use
from gardener.reports.merging import merge
from gardener.reports.redacting import redacted

from .content import text
from .content.compared import Compared, from_reports
from .github import artifacts, runs
from .github.errors import NotDone, SiteError
from .github.event import Place, read_place, with_run

if TYPE_CHECKING:
    from .github.client import Site


_LOCAL_EVENTS = frozenset({"push", "schedule", "workflow_dispatch"})


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


class Files(NamedTuple):
    """The reports in files: of the run, and of its base where one was named."""

    run: Report
    base: Report | None = None

    def evidence(self, find: Callable[[], Config]) -> Evidence:
        """What they mean, by the settings that `find` finds."""
        compared = from_reports(self.run, self.base)
        if _means_nothing(self.run):
            return Evidence(self.run, Diagnosis(), compared)
        config = find()
        run, base = redacted(self.run), redacted(self.base) if self.base else None
        return Evidence(run, diagnose(run, config, base), compared)


def _means_nothing(report: Report) -> bool:
    """Whether there is nothing in it that a setting could change, so that none need be read."""
    return not report.failures and not report.warnings


def read_files(sources: Sources) -> Files:
    """The reports in files, merged.

    Raises:
        ReportError: one of them is no report.
    """
    loaded = [(report, str(path)) for path in sources.files for report in artifacts.load(path)]
    run = merge([report for report, _ in loaded], [name for _, name in loaded])
    return Files(run, merge(artifacts.load(sources.base)) if sources.base else None)


def find_config() -> Config:
    """The settings of the repository at hand."""
    try:
        config = settings.load(git.find_root())
    except GitError:
        config = settings.load(Path.cwd())
    return _keeping_its_secrets(config)


def _keeping_its_secrets(config: Config) -> Config:
    """The settings, after whose patterns everything is redacted from now on."""
    use(config.redaction.patterns, config.redaction.keep)
    return config


def _has_own_settings(place: Place) -> bool:
    """Whether the folder at hand is to be trusted: a laptop's, or that of the default branch.

    What a job of a pull request or a merge group checked out is what somebody proposes, and the
    job that reports (`workflow_run`) has no checkout.
    """
    if place.event and not (place.event in _LOCAL_EVENTS and place.tells_default_branch):
        return False
    try:
        root = git.find_root()
    except GitError:
        root = Path.cwd()
    return (root / "pyproject.toml").is_file()


class Job:
    """Reports on their way to one repository, and whether something could not be done.

    Raises:
        GardenerError: nobody said which repository or which reports, or there is no token.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        # Read first: a file that is no report is wrong usage, and costs no request.
        self._from_files = read_files(sources) if sources.files else None
        self.failed = False
        place = _place()
        token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
        if not token:
            raise GardenerError("GITHUB_TOKEN is not set; --dry-run shows a FILE without it.")
        self.site: Site = _connect(place, token)
        self._config: Config | None = None
        if _has_own_settings(place):
            self._use(find_config())
        self.place = self._placed(place)

    @property
    def config(self) -> Config:
        """The settings: those at hand, else those of the default branch, asked for when needed.

        Raises:
            ConfigError: they are not understood.
        """
        return self._config or self._use(self._asked_config())

    def _asked_config(self) -> Config:
        nowhere = Path("/nonexistent")  # no path of a checkout may mean anything
        try:
            source = self.site.settings_file()
        except NotDone as wrong:
            say(
                f"the settings of the default branch cannot be read, the defaults are taken: {wrong}"
            )
            return Config(nowhere)
        return _keeping_its_secrets(settings.parse(source, nowhere))

    def _use(self, config: Config) -> Config:
        self._config = config
        self.site.use(config.github)
        return config

    def me(self) -> str:
        """The login under which the bot writes."""
        assert self.config
        return self.site.me()

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
        return self._from_files.run if self._from_files else None

    def evidence(self, branch: str) -> Evidence:
        """The reports of the files or of the run, with what they mean against `branch`."""
        if self._from_files:
            return self._from_files.evidence(lambda: self.config)
        nothing = Report(created="", commit=self.place.head, complete=False)
        try:
            report = runs.read(self.site, self.place.run)
        except ReportError as wrong:
            say(f"run {self.place.run}: {wrong}")
            self.failed = True
            return Evidence(nothing, Diagnosis(), missing="the report of the run cannot be read")
        if report is None:
            return Evidence(nothing, Diagnosis(), missing="the run left no report")
        if _means_nothing(report):
            return Evidence(report, Diagnosis())
        config = self.config
        report = redacted(report)  # after the settings' own patterns too
        diagnosis = diagnose(report, config)
        if not diagnosis.findings:
            return Evidence(report, diagnosis)
        base = runs.find_base(self.site, self.place, report, branch, say)
        report, base = runs.weigh(report, base, self.place)
        if base.compared.at:
            report = structs.replace(report, base=base.compared.at)
        return Evidence(report, diagnose(report, config, base.report), base.compared)


def _connect(place: Place, token: str) -> Site:
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
    return Site(place, token, say)


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
