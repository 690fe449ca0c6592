"""Matching: which assets show one picture."""
