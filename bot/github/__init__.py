"""GitHub: its API, its events, its artifacts."""
