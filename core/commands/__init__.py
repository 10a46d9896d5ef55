"""The commands of `mutoscope` that need a page of their own; `core.cli` puts them together."""
