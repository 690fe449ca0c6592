"""Frozen values that the stages hand to each other; nothing here does I/O."""
