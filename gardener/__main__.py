"""Lets `python -m gardener` stand for the command `gardener`."""

import sys

from gardener.cli import main

if __name__ == "__main__":
    sys.exit(main())
