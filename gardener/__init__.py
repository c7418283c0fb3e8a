"""Tends a failing pytest suite."""

__version__ = "0.1.0"
