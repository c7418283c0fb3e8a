"""Codemods: one file each; the file name is the codemod's name."""
