"""Says what is set up in a repository, and what is left to do."""
