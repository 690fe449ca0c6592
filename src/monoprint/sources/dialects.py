"""What kinds of databases call things, and what text is one query that only reads."""

import re
from dataclasses import dataclass
from typing import Final

from monoprint.errors import UsageError

# A statement that takes longer holds up others who work with the database.
_STATEMENT_SECONDS: Final = 300

# What may hold any sign in a query, and what else decides whether it is one statement.
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a kind of database calls things.

    `read_only` are statements that bar a session from writing and bound its statements; `length`
    and `digest` are expressions of a column's bytes, `digest` for its SHA-256 in hexadecimal.
    """

    driver: str
    read_only: tuple[str, ...]
    length: str
    digest: str


DIALECTS: Final = {
    "postgresql": Dialect(
        "postgresql+psycopg",
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            f"SET statement_timeout = {_STATEMENT_SECONDS * 1000}",
        ),
        "octet_length({})",
        "encode(sha256({}), 'hex')",
    ),
    "mysql": Dialect(
        "mysql",
        (
            "SET SESSION TRANSACTION READ ONLY",
            f"SET SESSION max_execution_time = {_STATEMENT_SECONDS * 1000}",
        ),
        "octet_length({})",
        "sha2({}, 256)",
    ),
    "mariadb": Dialect(
        "mariadb",
        (
            "SET SESSION TRANSACTION READ ONLY",
            f"SET SESSION max_statement_time = {_STATEMENT_SECONDS}",
        ),
        "octet_length({})",
        "sha2({}, 256)",
    ),
    # The file is opened to be read only; `sha256_hex` is made here.
    "sqlite": Dialect("sqlite", (), "length(CAST({} AS BLOB))", "sha256_hex({})"),
}


def one_query(text: str) -> str:
    """Return a query that can stand in brackets. Raises UsageError for what is not one SELECT.

    That it changes nothing is the session's to ensure; this is so that people learn at once.
    """
    query = text.strip().removesuffix(";").strip()
    bare = _LITERAL.sub("''", query)
    depth = lowest = 0
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        lowest = min(lowest, depth)
    if not re.match(r"(?:SELECT|WITH|VALUES|TABLE)\b", bare, re.IGNORECASE):
        why = "does not begin with SELECT"
    elif ";" in bare:
        why = "is more than one statement"
    elif "--" in bare or "/*" in bare:
        why = "has a comment in it"
    elif depth or lowest:
        why = "has brackets that do not match"
    else:
        return query
    raise UsageError(
        f"the query {why}: {query[:200]}" if query else "no query is named",
        advice="For example: 'postgresql://host/land?query=SELECT id, image FROM deeds'",
    )
