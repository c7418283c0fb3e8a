"""The loopback GitHub, and the bot's commands as processes against it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import github_site
import pytest

from gardener.reports import store as reports

_counter = itertools.count(1)
SETTINGS = "[tool.gardener.github]\nwrite-pause = 0\ntimeout = 60\npatience = 4\n"


@pytest.fixture(scope="session")
def emulate(tmp_path_factory):
    running = github_site.Emulate(tmp_path_factory.mktemp("emulate"))
    yield running
    running.stop()


@pytest.fixture
def site(emulate):
    """A fresh repository on the loopback GitHub; a request off the contract fails the test."""
    name = f"chat-{next(_counter)}"
    status, _, data = emulate.ask("POST", "/user/repos", {"name": name, "auto_init": True})
    assert status == 201, data
    here = github_site.Site(emulate, f"{github_site.OWNER}/{name}")
    here.settings = SETTINGS
    here.ask("PUT", "/collaborators/github-actions[bot]", {"permission": "push"})
    servers = github_site.serve(here)
    yield here
    for server in servers:
        server.shutdown()
        server.server_close()
    assert here.problems == []


@dataclass
class Bot:
    """Runs gardener's commands as a job of GitHub Actions would."""

    site: github_site.Site
    folder: Path

    def run(self, *args, **surroundings):
        return subprocess.run(
            [sys.executable, "-m", "gardener", *map(str, args)],
            cwd=self.folder,
            env=self.environment(**surroundings),
            capture_output=True,
            text=True,
        )

    def environment(self, *, event="", payload=None, token="ghs_actions", **extra):
        """What the runner sets for a job."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GH_"))}
        env |= {
            "GITHUB_API_URL": self.site.url,
            "GITHUB_REPOSITORY": self.site.repository,
            "GITHUB_TOKEN": token,
            "NO_PROXY": "*",
        }
        if event:
            path = self.folder / "event.json"
            path.write_text(json.dumps(payload or {}))
            env |= {
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": event,
                "GITHUB_EVENT_PATH": str(path),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
                "GITHUB_RUN_ID": "77",
            }
        env |= extra
        return {k: v for k, v in env.items() if v is not None}

    def settle(self, settings: str) -> None:
        """Give the default branch these settings."""
        self.site.settings = settings

    def check_out(self) -> None:
        """Lay the settings of the default branch where the job runs, as a checkout does."""
        (self.folder / "pyproject.toml").write_text(self.site.settings)

    def save(self, report, name="report.json") -> str:
        reports.save(report, self.folder / name)
        return name

    def beside(self) -> Bot:
        """The same job once more, in a folder of its own."""
        folder = self.folder / "other"
        folder.mkdir()
        return Bot(self.site, folder)

    def summary(self) -> str:
        return (self.folder / "summary.md").read_text()


@pytest.fixture
def bot(site, tmp_path):
    """A job in an empty folder, as the one that reports runs."""
    return Bot(site, tmp_path)
