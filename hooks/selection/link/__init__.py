"""What names mean across the files of a project."""
