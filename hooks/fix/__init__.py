"""The parts of `gardener fix`: which files to read, and how changes are written and printed."""
