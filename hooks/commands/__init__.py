"""The commands around the user's tests: each a thin shell."""
