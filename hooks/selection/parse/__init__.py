"""What one Python file says, read without running it."""
