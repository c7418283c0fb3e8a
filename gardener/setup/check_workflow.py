"""The workflow that runs the tests: on one machine, or divided among several."""

from __future__ import annotations

import json

from gardener.setup.project_install import Install

# Pinned by hash: a tag can be moved to other code at any time.
_PINS = {
    "checkout": "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
    "python": "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0",
    "upload": "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    "download": "actions/download-artifact@634f93cb2916e3fdff6788551b99b062d0335ce0 # v5.0.0",
    "restore": "actions/cache/restore@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0",
    "save": "actions/cache/save@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0",
}

RESTORE, SAVE = _PINS["restore"], _PINS["save"]
"""The actions that only restore, and only save."""

_TOP = """\
# Written by `gardener init`. Runs the tests that a change can affect and keeps the report.
# It has no right to write anything: gardener-report.yml reports what failed.
name: gardener check

on:
  pull_request:
  merge_group:
  push:
    branches: [<branch>]

permissions: {}

concurrency:
  group: gardener-check-${{ github.event.pull_request.number || github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

jobs:
"""

_CHECKOUT = """\
      - name: Check out with history, to find the merge base
        uses: <checkout>
        with:
          fetch-depth: 0
          persist-credentials: false
      - name: Set up Python
        uses: <python>
        with:
          <version>
"""

_INSTALL = """\
      # <because>. Change it to what your project needs.
      - name: Install the project and its tests
<project>
"""

_PULL = """\
      - name: Fetch what tests executed on the default branch (what pull requests cache is their own)
        uses: <restore>
        with:
          path: ~/.cache/gardener.record
          key: gardener-record-${{ github.sha }}
          restore-keys: gardener-record-
      - name: Use it, if there is some
        run: gardener record pull ~/.cache/gardener.record || true
"""

_REPORT = """\
      - name: Say the causes here, in the summary of this job and at the lines that fail
        if: "!cancelled() && hashFiles('gardener-report.json') != ''"
        run: gardener comment gardener-report.json --summary
      - name: Keep the report
        if: always()
        uses: <upload>
        with:
          name: gardener-report-${{ github.run_attempt }}<of-shard>
          path: gardener-report.json
          if-no-files-found: warn
          retention-days: 14
"""

_SAVE = """\
        uses: <save>
        with:
          path: ~/.cache/gardener.record
          key: gardener-record-${{ github.sha }}
"""

_PLAIN = """\
  test:
    name: Run the tests
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
    steps:
<checkout-steps><install-steps><gardener>
<pull-steps>      - name: Run the tests
        env:
          BASE: ${{ github.base_ref }}
        run: |
          if [ -n "$BASE" ]; then
            gardener run --since "origin/$BASE" --verify-base --python <interpreter> --report gardener-report.json
          else
            gardener run --all --python <interpreter> --report gardener-report.json
          fi
<report-steps>      - name: Keep what the tests executed, on the default branch
        id: record
        if: "!cancelled() && github.event_name == 'push'"
        run: gardener record push ~/.cache/gardener.record
      - name: Keep it for later runs
        if: "!cancelled() && steps.record.outcome == 'success'"
<save-step>"""

_SHARDED = """\
  plan:
    name: Divide the tests
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
    outputs:
      matrix: ${{ steps.plan.outputs.matrix }}
    steps:
<checkout-steps><gardener>
<pull-steps>      - name: Select the tests, and divide them
        id: plan
        env:
          BASE: ${{ github.base_ref }}
        run: |
          if [ -n "$BASE" ]; then set -- --since "origin/$BASE"; else set -- --all; fi
          gardener plan "$@" --shards <shards> --format github-matrix -o gardener-plan.json > gardener-matrix.json
          echo "matrix=$(cat gardener-matrix.json)" >> "$GITHUB_OUTPUT"
      - name: Keep the plan for the shards
        uses: <upload>
        with:
          name: gardener-plan
          path: gardener-plan.json
          overwrite: true
          retention-days: 14
      - name: Report that no test is affected, where none is
        if: steps.plan.outputs.matrix == '{"shard":[]}'
        env:
          BASE: ${{ github.base_ref }}
        run: gardener run --since "origin/$BASE" --report gardener-report.json
      - name: Keep that report
        if: steps.plan.outputs.matrix == '{"shard":[]}'
        uses: <upload>
        with:
          name: gardener-report-${{ github.run_attempt }}
          path: gardener-report.json
          retention-days: 14

  test:
    name: Run the tests (${{ matrix.shard }})
    needs: plan
    if: needs.plan.outputs.matrix != '{"shard":[]}'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
    strategy:
      fail-fast: false
      matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}
    steps:
<checkout-steps><install-steps><gardener>
<pull-steps>      - name: Fetch the plan
        uses: <download>
        with:
          name: gardener-plan
      - name: Run the tests of this shard
        env:
          BASE: ${{ github.base_ref }}
          SHARD: ${{ matrix.shard }}
        run: |
          if [ -n "$BASE" ]; then set -- --verify-base; fi
          gardener run --shard "$SHARD" --plan gardener-plan.json "$@" --python <interpreter> --report gardener-report.json
<report-steps>      - name: Write what the tests executed, on the default branch
        id: record
        if: "!cancelled() && github.event_name == 'push'"
        run: gardener record push "gardener-$INDEX.record"
        env:
          INDEX: ${{ strategy.job-index }}
      - name: Keep it for the job that merges
        if: "!cancelled() && steps.record.outcome == 'success'"
        uses: <upload>
        with:
          name: gardener-record-${{ strategy.job-index }}
          path: gardener-*.record
          overwrite: true
          retention-days: 1

  merge:
    name: Join what the shards left
    needs: test
    if: "!cancelled() && needs.test.result != 'skipped'"
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
    steps:
      - name: Set up Python
        uses: <python>
        with:
          python-version: "3.x"
<gardener>
      - name: Fetch the report of each shard, of all attempts
        uses: <download>
        with:
          pattern: gardener-report-*
      - name: Join them, so that the bot fetches one
        run: gardener merge gardener-report-*/gardener-report.json -o gardener-report.json
      - name: Keep it
        uses: <upload>
        with:
          name: gardener-whole-${{ github.run_attempt }}
          path: gardener-report.json
          retention-days: 14
      - name: Fetch what each shard recorded, on the default branch
        id: recorded
        if: "!cancelled() && github.event_name == 'push'"
        uses: <download>
        with:
          pattern: gardener-record-*
          merge-multiple: true
      - name: Merge it
        id: record
        if: "!cancelled() && steps.recorded.outcome == 'success'"
        run: |
          mkdir -p ~/.cache
          gardener record merge gardener-*.record -o ~/.cache/gardener.record
      - name: Keep it for later runs
        if: "!cancelled() && steps.record.outcome == 'success'"
<save-step>"""


def text(*, install: Install, branch: str, version: str, gardener: str, shards: int = 0) -> str:
    """The workflow; `install` and `gardener` install them, above one of `shards` it is divided.

    `version` is the line that says which Python.
    """
    pieces = {
        "checkout-steps": _CHECKOUT,
        "install-steps": _INSTALL,
        "pull-steps": _PULL,
        "save-step": _SAVE,
        "report-steps": _REPORT,
        "of-shard": "-${{ strategy.job-index }}" if shards > 1 else "",
        **_PINS,
        "branch": branch,
        "version": version,
        "because": install.because[:1].upper() + install.because[1:],
        "project": _run_step(install),
        "interpreter": install.python,
        "gardener": gardener,
        "shards": str(shards),
    }
    workflow = _TOP + (_SHARDED if shards > 1 else _PLAIN)
    for name, piece in pieces.items():
        workflow = workflow.replace(f"<{name}>", piece)
    return workflow


def _run_step(install: Install) -> str:
    """The environment and the commands of the step that installs the project."""
    lines = ["env:"] if install.environment else []
    lines += [f"  {name}: {json.dumps(value)}" for name, value in install.environment]
    lines += ["run: |", *(f"  {command}" for command in install.commands)]
    return "\n".join(f"        {line}" for line in lines)
