"""The commands that need no limb: each a thin shell."""
