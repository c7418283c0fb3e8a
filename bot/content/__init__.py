"""What the bot writes: comments, issues, check runs, suggestions."""
