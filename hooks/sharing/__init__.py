"""Records that travel: merged, kept in a file, pushed to a remote and pulled from it."""
