"""Where the module behind a name lies, as Python and pytest would find it."""
