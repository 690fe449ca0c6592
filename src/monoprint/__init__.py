"""Monoprint: a hash-based audit of duplicated images."""
