"""Findings: what the matches mean, and what the copies cost."""
