"""Runs pytest in the project's interpreter and reads what happened."""
