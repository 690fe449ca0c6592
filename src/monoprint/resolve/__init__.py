"""Resolving: which file stays, what is planned, and how it is carried out and undone."""
