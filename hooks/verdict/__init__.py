"""What else is known of a failing test: from earlier runs, from reruns, from the base."""
