"""One job of the bot: where it runs, the reports it tells about, and what could not be done."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import structs

from gardener import config as settings
from gardener import git
from gardener.config import Config
from gardener.errors import GardenerError, GitError, MissingExtraError
from gardener.model import Finding, Report
from gardener.redaction import use

from .content import checks, text
from .evidence import Evidence, Gathering, Sources, read_files
from .github.errors import NotDone, SiteError
from .github.event import Place, read_place, with_run

if TYPE_CHECKING:
    from .github.api_types import Pull
    from .github.client import Site

_LOCAL_EVENTS = frozenset({"push", "schedule", "workflow_dispatch"})


def say(words: str) -> None:
    """Tell people something on stderr."""
    click.echo(f"gardener: {text.line(words, 600)}", err=True)


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
        self._gathering = Gathering(read_files(sources) if sources.files else None, say)
        self._failed = False
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
        return self.config.github.author or self.site.me()

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
            self._failed = True

    @property
    def failed(self) -> bool:
        """Whether something could not be done."""
        return self._failed or self._gathering.failed

    def fail(self) -> None:
        """Remember that something could not be done."""
        self._failed = True

    def claimed(self) -> Report | None:
        """The report of the files, before anything is asked; None when it is to be fetched."""
        return self._gathering.files.run if self._gathering.files else None

    def evidence(self, pull: Pull | None = None) -> Evidence:
        """The reports of the files or of the run, with what they mean for what is to be merged."""
        return self._gathering.evidence(self.site, self.place, pull, lambda: self.config)


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


def annotate(findings: Sequence[Finding], fail_on: Sequence[str]) -> None:
    """Print the places where causes crash as commands that the runner shows at their lines."""
    for line in checks.workflow_annotations(checks.annotate(findings, fail_on)):
        click.echo(line)


def has_summary() -> bool:
    """Whether the runner offers a summary of the job."""
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def summarize(body: str) -> bool:
    """Append a text to the job's summary, where the runner offers one; whether that worked."""
    if has_summary():
        try:
            with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
                summary.write(body + "\n")
        except OSError as wrong:
            say(f"the job summary cannot be written: {wrong.strerror}")
            return False
    return True
