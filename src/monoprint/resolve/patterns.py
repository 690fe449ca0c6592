"""Path patterns: ``*`` within a folder, ``**`` through folders, ``?`` one character."""

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Return a pattern as a regular expression for whole paths (text form, with ``/``).

    ``**/`` stands for any folders or none; a pattern without a slash at its beginning is still of
    the whole path: ``masters/**`` is not found below other folders, ``**/masters/**`` is.
    """
    out = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out += "(?:[^/]+/)*"
            at += 3
        elif pattern.startswith("**", at):
            out += ".*"
            at += 2
        elif pattern[at] == "*":
            out += "[^/]*"
            at += 1
        elif pattern[at] == "?":
            out += "[^/]"
            at += 1
        else:
            out += re.escape(pattern[at])
            at += 1
    return re.compile(out, re.DOTALL)


def matches(pattern: str, path: str) -> bool:
    """Say whether a whole path is of a pattern."""
    return compiled(pattern).fullmatch(path) is not None
