"""What a job knows: the reports, and what they mean beside those of the base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import ReportError
from gardener.model import Diagnosis, Report, Status
from gardener.reports.merging import merge
from gardener.reports.redacting import redacted

from .content.compared import Compared, from_reports
from .github import artifacts, runs
from .github.errors import NotDone
from .github.event import Place

if TYPE_CHECKING:
    from .github.api_types import Pull
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


class Files(NamedTuple):
    """The reports in files: of the run, and of its base where one was named."""

    run: Report
    base: Report | None = None

    def evidence(self, find: Callable[[], Config], *, is_fork: bool = False) -> Evidence:
        """What they mean, by the settings that `find` finds."""
        compared = from_reports(self.run, self.base)
        if _means_nothing(self.run):
            return Evidence(self.run, Diagnosis(), compared)
        config = find()
        run, base = redacted(self.run), redacted(self.base) if self.base else None
        if base and is_fork:
            run = runs.without_excuses(run)
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


class Gathering:
    """Finds out what there is to tell: from files, or from what a run left behind."""

    def __init__(self, files: Files | None, say: Callable[[str], None]) -> None:
        self.files = files
        self.failed = False
        self._say = say
        self._fetched: Evidence | None = None
        self._by_branch: dict[str, Evidence] = {}

    def evidence(
        self, site: Site, place: Place, pull: Pull | None, find: Callable[[], Config]
    ) -> Evidence:
        """What the run found out about a pull request, or about the default branch."""
        if self.files:
            return self.files.evidence(find, is_fork=place.is_fork)
        if self._fetched is None:
            self._fetched = self._fetch(site, place)
        fetched = self._fetched
        if fetched.missing or _means_nothing(fetched.report):
            return fetched
        branch = pull.base.ref if pull else place.default_branch
        if branch not in self._by_branch:
            self._by_branch[branch] = self._weighed(site, place, pull, find())
        return self._by_branch[branch]

    def _fetch(self, site: Site, place: Place) -> Evidence:
        """The report alone, or why there is none."""
        nothing = Report(created="", commit=place.head, complete=False)
        try:
            report = runs.read(site, place.run)
        except ReportError as wrong:
            self._say(f"run {place.run}: {wrong}")
            self.failed = True
            return Evidence(nothing, Diagnosis(), missing="the report of the run cannot be read")
        if report is None:
            return Evidence(nothing, Diagnosis(), missing="the run left no report")
        if place.tells_default_branch and place.attempt:
            site.kept.keep_report(place.run, place.attempt, report)  # others are compared with it
        return Evidence(report, Diagnosis())

    def _weighed(self, site: Site, place: Place, pull: Pull | None, config: Config) -> Evidence:
        """The report beside that of its base."""
        assert self._fetched
        report = redacted(self._fetched.report)  # after the settings' own patterns too
        diagnosis = diagnose(report, config)
        if not diagnosis.findings:
            return Evidence(report, diagnosis)
        branch = pull.base.ref if pull else place.default_branch
        merge_commit = (pull.merge_commit_sha if pull else "") or ""
        change = runs.Change(report, branch, merge_commit)
        base = runs.find_base(site, place, change, self._say)
        report, base = runs.weigh(report, base, place)
        if base.compared.at:
            report = structs.replace(report, base=base.compared.at)
        diagnosis = diagnose(report, config, base.report)
        if place.is_fork and any(f.status is Status.ACTIVE_DEV for f in diagnosis.findings):
            report = structs.replace(report, changed_files=self._changed(site, pull))
            diagnosis = diagnose(report, config, base.report)
        return Evidence(report, diagnosis, base.compared)

    def _changed(self, site: Site, pull: Pull | None) -> tuple[str, ...] | None:
        """The files of the pull request by the site's word, which a fork cannot change."""
        try:
            return tuple(each.filename for each in site.files(pull.number)) if pull else None
        except NotDone as wrong:
            self._say(f"the files of the pull request are not known: {wrong}")
            return None
