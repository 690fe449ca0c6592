"""Sources: stores that can be listed and read."""
