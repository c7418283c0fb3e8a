"""From a change to the tests that it can affect."""
