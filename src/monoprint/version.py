"""The version of this package, as written into what it produces."""

VERSION = "0.1.0"
