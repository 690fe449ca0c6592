"""Contract tests for people who write a part of Monoprint; needs pytest."""
