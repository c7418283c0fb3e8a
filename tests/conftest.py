"""What holds for all tests."""

import signal

# A script that runs the tests in the background ignores Ctrl-C for them, and all that they
# start would inherit that: the tests of Ctrl-C could not end anything.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
