"""What `pytest --gardener` asks for in processes of its own: to select before it, to explain after.

`begin FOLDER MODE REF` writes the plan into the folder, `end FOLDER STATUS COLOUR` reads what the
recorder wrote there; see `hooks/pytest_entry.py`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from msgspec import structs

from gardener.config import load
from gardener.errors import CLEAN, USAGE, GardenerError
from gardener.git import find_root, merge_base
from gardener.model import Mode, SelectionSummary
from gardener.nodeid import file_of
from gardener.redaction import redact, use
from gardener.reports.history import RunState
from gardener.reports.redacting import redacted

from ..changes import Entry
from ..pytest_run.crash import explain
from ..pytest_run.events import read
from ..pytest_run.evidence import with_evidence
from ..pytest_run.execution import Execution
from ..pytest_run.injection import plugin_folder, watch
from ..pytest_run.interrupts import without_interrupted
from ..pytest_run.picked_tests import ProjectUnderTest
from ..pytest_run.process import Ending
from ..pytest_run.run_report import Ended, joined_report, placed
from ..record.content import content
from ..record.store import keep, snapshot
from ..record.suspicion import suspected
from ..verdict.evidence import VerificationPlan, collect_evidence
from .concluding import tell
from .executing import folders_with_data
from .request import RunRequest, Talk
from .selecting import intent, select

PLAN, STATE = "plan.json", "state.json"


def begin(folder: Path, mode: Mode, ref: str) -> None:
    """Select, and write what pytest has to know and what `end` has to.

    Raises:
        GardenerError: there is no repository, or no such ref.
    """
    root = find_root()
    config = load(root)
    request = RunRequest(root, config, mode, ref, python=sys.executable, quiet=True)
    choice = select(request)
    files = snapshot(root)
    if config.record:
        watch(folder, folders_with_data(files))
    selection = choice.selection
    plan = {
        "root": str(root),
        "plugin": str(plugin_folder(root, folder)),
        "traces": config.record,
        "everything": selection.everything,
        "is_empty": choice.is_empty,
        "tests": [selected.test for selected in selection.tests],
        "files": [file_of(selected.test) for selected in selection.tests],
        "notes": list(selection.notes),
        "intent": intent(selection),
    }
    if choice.is_empty:
        plan["intent"] = f"No tests to run: {selection.reason or 'no test is affected'}."
    state = {
        "mode": mode,
        "ref": ref,
        "summary": structs.asdict(choice.summary),
        "files": {path: list(entry) for path, entry in files.items()},
        "content": content(root, sys.executable)._asdict(),
    }
    (folder / PLAN).write_text(json.dumps(plan), encoding="ascii")
    (folder / STATE).write_text(json.dumps(state), encoding="ascii")


def end(folder: Path, status: int, *, color: bool) -> None:
    """Keep what was recorded, and print what was found.

    Raises:
        GardenerError: what the recorder wrote is damaged.
    """
    state: dict[str, Any] = json.loads((folder / STATE).read_bytes())
    root = find_root()
    config = load(root)
    use(config.redaction.patterns, config.redaction.keep)
    mode, ref = Mode(state["mode"]), state["ref"]
    request = RunRequest(root, config, mode, ref, python=sys.executable, color=color or None)
    execution = _recorded(request, folder, status, state)
    project = ProjectUnderTest(
        root, sys.executable, config, RunState(**state["content"]), say=Talk()
    )
    execution = collect_evidence(execution, VerificationPlan(mode, ref), project)
    tell(request, execution._replace(report=redacted(execution.report)), None)


def _recorded(request: RunRequest, folder: Path, status: int, state: dict[str, Any]) -> Execution:
    """The run that has ended; what it recorded is kept."""
    root = request.root
    facts = read(folder)
    if facts.interrupted:
        facts = without_interrupted(facts)
    facts = explain(facts, Ending(status), Path(os.devnull), root)
    report = placed(
        with_evidence(
            joined_report([Ended(facts, status)], all_started=True), root, request.config.evidence
        ),
        root,
        SelectionSummary(**{**state["summary"], "mode": request.mode}),
        base=merge_base(root, request.ref) if request.mode is Mode.SINCE else "",
        command=("pytest", "--gardener"),
        duration=sum(result.duration for result in facts.results),
    )
    report = suspected(report, facts.traces)
    files = {path: Entry(*entry) for path, entry in state["files"].items()}
    trouble = keep(root, files, facts.traces, report, sys.executable)
    return Execution(
        report,
        interrupted=facts.interrupted,
        notes=(trouble,) if trouble else (),
        traces=facts.traces,
    )


def main(words: list[str]) -> int:
    """Do what is asked for; a trouble of the user is one sentence on stderr."""
    try:
        if words[0] == "begin":
            begin(Path(words[1]), Mode(words[2]), words[3])
        else:
            end(Path(words[1]), int(words[2]), color=words[3] == "color")
    except GardenerError as wrong:
        sys.stderr.write(f"gardener: {redact(str(wrong))}\n")
        return USAGE
    return CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
