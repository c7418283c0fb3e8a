"""Reports of test runs: gardener's own on disk, and those of other tools."""
