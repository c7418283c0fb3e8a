"""What holds for all tests."""

import os
import signal

# A script that runs the tests in the background ignores Ctrl-C for them, and all that they
# start would inherit that: the tests of Ctrl-C could not end anything.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# `git bisect run` and git hooks name their repository to what they start: a test that makes one
# of its own would change that one.
for name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[name]
