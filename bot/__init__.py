"""Pre-merge bot: pull request comment and issues."""
