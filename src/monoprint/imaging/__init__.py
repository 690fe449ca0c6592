"""Imaging: the only place where bytes become pixels."""
