"""The catalog: what was listed and read, and the only SQL."""
