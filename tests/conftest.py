"""What holds for all tests."""

import os
import shutil
import signal

import pytest
from hypothesis import HealthCheck, settings

# A script that runs the tests in the background ignores Ctrl-C for them, and all that they
# start would inherit that: the tests of Ctrl-C could not end anything.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# `git bisect run` and git hooks name their repository to what they start: a test that makes one
# of its own would change that one.
for name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[name]

# How long an example takes says something about the machine, not about the code: on a busy one,
# and under coverage.py, it takes several times longer.
settings.register_profile("gardener", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gardener")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def browser():
    """The path of a Chromium; without one a test is skipped, or fails where one is required."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        reason = f"no browser: none of {', '.join(BROWSERS)} is on PATH, and CHROMIUM is not set"
        if os.environ.get("GARDENER_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
