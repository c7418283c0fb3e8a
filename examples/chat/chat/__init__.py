"""A chat backend over WebSockets."""
