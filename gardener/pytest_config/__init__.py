"""What a project's own configuration says about pytest."""
