"""SARIF 2.1.0: findings as code-scanning results, one rule a category."""

from __future__ import annotations

from gardener import __version__
from gardener.diagnosis.root_cause import frame_of
from gardener.disarm import disarmed_json
from gardener.model import Diagnosis, Finding, Report
from gardener.reports.store import encode
from gardener.text import absences, clean, shortened

_LEVELS = {"P0": "error", "P1": "error", "P2": "warning", "P3": "note"}


def render(report: Report, diagnosis: Diagnosis) -> str:
    """The SARIF log of a diagnosed report."""
    findings = [*diagnosis.findings, *diagnosis.deprecations]
    rules = {finding.category: finding for finding in findings}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gardener",
                        "version": __version__,
                        "rules": [
                            {
                                "id": id_,
                                "shortDescription": {"text": id_.replace("-", " ")},
                                "help": {"text": clean(finding.next_step) or id_},
                            }
                            for id_, finding in rules.items()
                        ],
                    }
                },
                "invocations": [_invocation(report, diagnosis)],
                "properties": {"cells": [clean(cell.name, 500) for cell in report.cells]},
                "results": [_result(finding) for finding in findings],
            }
        ],
    }
    return disarmed_json(encode(log).decode())


def _invocation(report: Report, diagnosis: Diagnosis) -> dict[str, object]:
    """How the run ended, with what is known of shards, cells and tests that did not run."""
    absent = [
        {"level": "warning", "message": {"text": clean(sentence)}}
        for sentence in absences(report, diagnosis)
    ]
    invocation: dict[str, object] = {"executionSuccessful": report.complete}
    if absent:
        invocation["toolExecutionNotifications"] = absent
    return invocation


def _result(finding: Finding) -> dict[str, object]:
    places: dict[tuple[str, int], None] = {}  # in their order, each once
    for failure in finding.failures:
        frame = frame_of(failure)
        places[(frame.file, frame.line) if frame else (failure.file, 1)] = None
    for warning in finding.warnings:
        places[warning.file, warning.line] = None
    text = f"{finding.name}: {finding.title}. {finding.cause} {finding.next_step}"
    if finding.cells:
        text += f" It fails in {shortened(finding.cells)}."
    return {
        "ruleId": finding.category,
        "level": _LEVELS[finding.priority],
        "message": {"text": clean(text, 2000)},
        "partialFingerprints": {"gardener/v1": finding.fingerprint},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(file)},
                    "region": {"startLine": max(line, 1)},
                }
            }
            for file, line in list(places)[:10]  # code scanning shows no more
        ],
        "properties": {
            "status": finding.status,
            "priority": finding.priority,
            "tests": len(finding.tests),
            "cells": [clean(cell, 500) for cell in finding.cells],
        },
    }


def _uri(file: str) -> str:
    from urllib.parse import quote

    plain = clean(file, 1000).replace("\\", "/")
    return "file://" + quote(plain) if plain.startswith("/") else quote(plain)
