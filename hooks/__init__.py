"""Git hook: select, run, record and fix."""
