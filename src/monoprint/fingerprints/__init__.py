"""Fingerprints: short codes of pictures, one module a kind."""
