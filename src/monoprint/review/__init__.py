"""The review: what is to be decided, what was decided, by whom. It knows no web framework."""
