"""The review desk over HTTP: pages that call what could be called without them.

Needs the extra `monoprint[desk]`; web frameworks are imported here and nowhere else.
"""
