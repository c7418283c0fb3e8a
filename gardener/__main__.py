"""Where the command `gardener` begins: at a glance for a hook with nothing to do, else in full."""

import gc
import sys


def main() -> int:
    """Run the command; returns its exit code."""
    # Most of what a short process makes it keeps: to look for dead cycles after every 700
    # objects costs a tenth of a selection, and a fifth of a cold one.
    gc.set_threshold(100_000)
    arguments = sys.argv[1:]
    if arguments[:1] == ["fix"]:
        from importlib import import_module  # the core knows hooks by name only

        try:
            if import_module("gardener.hooks.fix.fast_path").nothing_to_do(arguments[1:]):
                return 0
        except KeyboardInterrupt:
            sys.stderr.write("gardener: interrupted.\n")
            return 130
    from gardener.cli import main as command

    return command()


def start() -> None:
    """Run the command and end the process with its exit code."""
    code = main()
    if _is_alone():
        _leave(code)
    sys.exit(code)


def _is_alone() -> bool:
    """Whether nobody waits for the end of the interpreter: no other thread, profiler, or tracer."""
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return False
    return sys.getprofile() is None and sys.gettrace() is None and not sys.flags.dev_mode


def _leave(code: int) -> None:
    """End the process without taking apart what it holds: that takes a fifth of a selection.

    Returns where something could not be written: Python says that at its own end.
    """
    import atexit
    import os

    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


if __name__ == "__main__":
    start()
