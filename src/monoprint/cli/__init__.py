"""The command line: one module a verb; heavy imports happen inside the verbs."""
