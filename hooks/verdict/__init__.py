"""What is known of a failing test beyond this run: from reruns, and from the base."""
