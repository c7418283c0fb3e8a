"""Sets gardener up in a repository: configuration, hook entries, workflows."""
