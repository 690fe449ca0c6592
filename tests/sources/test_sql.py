"""Queries: what any source promises, on SQLite and PostgreSQL, and that nothing is changed."""

import sqlite3
from contextlib import contextmanager

import pytest

from monoprint.errors import (
    MissingExtra,
    Refused,
    StoreError,
    TooLarge,
    Unreadable,
    UsageError,
)
from monoprint.model.asset import Status, path_name
from monoprint.sources import sql
from monoprint.sources.location import parse
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract


def opened(location, max_bytes=1 << 20):
    return open_source(str(locate(location)), follow_symlinks=False, max_bytes=max_bytes)


class Database:
    """A table `deeds` of pictures."""

    key = "TEXT PRIMARY KEY"

    def make(self):
        self.run(f"CREATE TABLE deeds (id {self.key}, image {self.bytes}, branch TEXT, url TEXT)")

    def located(self, query="SELECT id, image FROM deeds", options=""):
        return f"{self.url}{query}{options}"

    def open(self):
        return opened(self.located())

    def put(self, name, data):
        self.remove(name)
        self.run(f"INSERT INTO deeds (id, image) VALUES ({self.mark}, {self.mark})", name, data)

    def remove(self, name):
        self.run(f"DELETE FROM deeds WHERE id = {self.mark}", name)

    def bar(self, name):
        raise NotImplementedError

    @contextmanager
    def changing(self, name):
        yield

    def remove_store(self):
        self.run("DROP TABLE deeds")


class Sqlite(Database):
    bytes, mark = "BLOB", "?"

    def __init__(self, folder):
        self.path = folder / "land #1 100%.sqlite"
        self.url = f"sqlite:///{self.path}?query="
        self.make()

    @property
    def located_url(self):
        return self.url

    def located(self, query="SELECT id, image FROM deeds", options=""):
        # The file's name has a # in it, so there must be options for it to be told from them.
        return f"{self.url}{query}{options or '#id=id'}"

    def run(self, statement, *values):
        connection = sqlite3.connect(self.path)
        with connection:
            found = connection.execute(statement, values).fetchall()
        connection.close()
        return found


class Postgres(Database):
    bytes, mark = "BYTEA", "%s"

    def __init__(self, url):
        self.plain = url
        self.url = f"{url}&query="
        self.make()

    def run(self, statement, *values):
        import psycopg

        with psycopg.connect(self.plain, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Postgres(request.getfixturevalue("postgres_url"))


class TestQuery(SourceContract):
    # What a database calls text is of one encoding.
    NAMES = tuple(
        name for name in SourceContract.NAMES if name.encode("utf-8", "replace").decode() == name
    )

    @pytest.fixture
    def harness(self, database):
        return database

    def test_an_entry_that_changes_during_the_read_is_unreadable(self, harness):
        """One statement reads a row, so it is of one state or of the other."""
        harness.put("a.jpg", b"a" * 100)
        source = harness.open()
        harness.put("a.jpg", b"b" * 90)
        assert source.read("a.jpg").data == b"b" * 90

    def test_an_entry_that_cannot_be_read_is_listed_with_the_reason(self, harness):
        """A row without a picture is told."""
        harness.put("a.jpg", b"a")
        harness.put("b.jpg", None)
        first, second = harness.open().listing()
        assert not first.barred
        assert (second.status, second.barred) == (Status.UNSUPPORTED, "no picture: image is null")
        with pytest.raises(Unreadable, match="no picture"):
            harness.open().read("b.jpg")


def entries(source):
    return {entry.path: entry for entry in source.listing()}


# What a query gives


def test_other_columns_are_attributes(database):
    database.put("7", b"seven")
    database.run("UPDATE deeds SET branch = 'main'")
    source = opened(database.located("SELECT id, image, branch, 3 AS floor FROM deeds"))
    (entry,) = source.listing()
    assert entry.attributes == (("branch", "main"), ("floor", "3"))
    assert entry.bytes == 5


def test_columns_are_named_otherwise(database):
    database.put("7", b"seven")
    database.run("UPDATE deeds SET branch = 'main'")
    options = "#id=branch,image=image"
    source = opened(database.located("SELECT url, image, id, branch FROM deeds", options))
    (entry,) = source.listing()
    assert (entry.path, entry.attributes) == ("main", (("id", "7"),))
    assert source.read("main").data == b"seven"


def test_numbers_are_ids_and_are_looked_up_as_such(database):
    for n in (7, 12, 100):
        database.run(f"INSERT INTO deeds (id, image) VALUES ('{n}', {database.mark})", b"%d" % n)
    query = "SELECT CAST(id AS integer) AS id, image FROM deeds WHERE id LIKE '%' AND id <> ':x'"
    source = opened(database.located(query))
    assert list(entries(source)) == ["100", "12", "7"]
    assert source.read("12").data == b"12"
    with pytest.raises(Unreadable, match=r"\w"):
        source.read("13")
    with pytest.raises(Unreadable, match=r"\w"):
        source.read("12' OR '1'='1")


def test_a_listing_fetches_no_picture_and_tells_its_checksum(database):
    database.put("7", b"seven")
    (before,) = database.open().listing()
    assert before.checksum == f"sha-256:{sql._sha256_hex(b'seven')}"
    database.put("7", b"SEVEN")
    (after,) = database.open().listing()
    assert after.version != before.version
    assert after.bytes == before.bytes


def test_ids_that_come_twice_or_are_none_are_told(database):
    for name in ("1", "2", "3"):
        database.put(name, b"x")
    database.run("UPDATE deeds SET branch = 'same' WHERE id <> '3'")
    found = entries(opened(database.located("SELECT branch, image FROM deeds", "#id=branch")))
    assert len(found) == 3
    reasons = [entry.barred for entry in found.values()]
    assert sorted(reasons) == ["", "another row has the same id", "its id cannot be used: branch"]
    with pytest.raises(Unreadable, match="several rows"):
        opened(database.located("SELECT branch, image FROM deeds", "#id=branch")).read("same")


def test_a_picture_that_is_too_large_is_not_fetched(database):
    database.put("7", b"x" * 2_000)
    source = opened(database.located(), max_bytes=1_000)
    with pytest.raises(TooLarge, match="2,000 bytes"):
        source.read("7")


def test_a_column_of_urls_is_asked_as_tables_are(database):
    database.put("7", b"")
    database.put("8", b"")
    database.run("UPDATE deeds SET url = 'http://127.0.0.1:9/a.jpg?key=secret' WHERE id = '7'")
    database.run("UPDATE deeds SET url = 'file:///etc/passwd' WHERE id = '8'")
    source = opened(database.located("SELECT id, url FROM deeds", "#url=url"))
    found = entries(source)
    assert "secret" not in repr(found)
    assert "not an http" in found["8"].barred
    assert not source.atomic
    with pytest.raises(Refused, match="private address"):
        source.read("7")
    with pytest.raises(Unreadable, match="not an http"):
        source.read("8")


def test_a_column_that_is_not_there_is_told_with_those_that_are(database):
    for options in ("#url=photo", "#image=photo", "#id=photo"):
        with pytest.raises(UsageError, match="no one column photo") as error:
            list(opened(database.located(options=options)).listing())
        assert "id, image" in error.value.advice
    with pytest.raises(UsageError, match="column of ids and one of pictures"):
        list(opened(database.located("SELECT id FROM deeds")).listing())


def test_text_that_is_no_picture_is_an_error_on_postgres(postgres_url):
    database = Postgres(postgres_url)
    database.put("7", b"x")
    with pytest.raises(StoreError, match="sha256") as error:
        list(opened(database.located("SELECT id, id AS image FROM deeds")).listing())
    assert "#url=COLUMN" in error.value.advice


# Nothing is changed


@pytest.mark.parametrize(
    "query",
    [
        "",
        "DELETE FROM deeds",
        "UPDATE deeds SET id = 'x'",
        "SELECT id, image FROM deeds; DROP TABLE deeds",
        "SELECT id, image FROM deeds) AS q; DROP TABLE deeds; SELECT * FROM (SELECT 1",
        "SELECT id, image FROM deeds -- and so on",
        "SELECT id, image FROM deeds /* and",
        "SELECT 1) AS q, (SELECT 2",
        "SELECT id, image FROM (deeds",
        "PRAGMA writable_schema = 1",
        "ATTACH 'x' AS y",
        "COPY deeds TO PROGRAM 'touch /tmp/x'",
    ],
)
def test_what_is_not_one_select_is_refused(database, query):
    with pytest.raises(UsageError, match="quer"):
        locate(database.located(query))
    assert database.run("SELECT count(*) FROM deeds") == [(0,)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, image FROM deeds WHERE id <> 'a;b--c(' AND id <> 'it''s /*'",
        "SELECT id, image FROM deeds ; ",
    ],
)
def test_signs_within_texts_are_no_statements(database, query):
    database.put("7", b"x")
    assert list(entries(opened(database.located(query)))) == ["7"]


@pytest.mark.postgres
def test_a_select_that_writes_is_refused_by_the_session(postgres_url):
    database = Postgres(postgres_url)
    database.put("7", b"x")
    database.run(
        "CREATE FUNCTION eat() RETURNS text AS "
        "'BEGIN DELETE FROM deeds; RETURN 1; END' LANGUAGE plpgsql"
    )
    for query in (
        "SELECT id, image, eat() AS a FROM deeds",
        "WITH gone AS (DELETE FROM deeds RETURNING id, image) SELECT id, image FROM gone",
    ):
        with pytest.raises(StoreError, match=r"read-only|top level"):
            list(opened(database.located(query)).listing())
    assert database.run("SELECT count(*) FROM deeds") == [(1,)]


def test_sqlite_is_opened_to_be_read_only(tmp_path):
    database = Sqlite(tmp_path)
    source = database.open()
    assert list(source.listing()) == []
    with pytest.raises(Exception, match="readonly"):
        source._run(source._connection(), "DELETE FROM deeds")


def test_columns_that_changed_since_the_listing_are_told(database):
    database.put("7", b"x")
    source = database.open()
    database.run("ALTER TABLE deeds RENAME COLUMN image TO picture")
    with pytest.raises(Unreadable, match="image"):
        source.read("7")
    query = "SELECT * FROM deeds"
    with pytest.raises(Unreadable, match="no one column image"):
        opened(database.located(query, "#image=image")).read("7")


def test_no_password_is_in_a_location():
    for name in ("password", "sslpassword", "passwd"):
        with pytest.raises(UsageError, match="password"):
            locate(f"postgresql://host/land?{name}=secret&query=SELECT id, image FROM deeds")
    with pytest.raises(UsageError, match="password"):
        locate("postgresql://me:secret@host/land?query=SELECT id, image FROM deeds")
    with pytest.raises(UsageError, match="password"):
        locate("sql:postgresql://me:secret@host/land#query=SELECT 1 AS a%2C 2 AS b")


@pytest.mark.parametrize(
    ("location", "error", "why"),
    [
        ("oracle", UsageError, "no kind of store"),
        ("sql:oracle://host/land#query=SELECT 1", UsageError, "without the risk"),
        ("sql:nothing#query=SELECT 1", UsageError, "no URL of a database"),
        ("postgresql://host/land#query=SELECT 1,branch=b", UsageError, "no option branch"),
        ("postgresql://host/land#query=SELECT 1,url=b,image=a", UsageError, "image= or behind"),
        ("postgresql://host/land#query=SELECT 1,credentials=nobody", UsageError, "no credentials"),
        ("sqlite:////nowhere/land.sqlite?query=SELECT 1", StoreError, "does not exist"),
        ("mysql+nodriver://host/land#query=SELECT 1", UsageError, "no kind of store"),
        ("sql:mysql+nodriver://host/land#query=SELECT 1", MissingExtra, "driver of mysql"),
        ("postgresql://host:x/land?query=SELECT 1", UsageError, "no URL of a database"),
        ("sqlite:///gone.sqlite?query=SELECT 1", StoreError, "gone.sqlite does not exist"),
    ],
)
def test_locations_that_make_no_sense_are_refused(location, error, why, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(error, match=why):
        locate(f"{location}://host/land?query=SELECT 1" if location == "oracle" else location)


def test_the_location_can_be_opened_again(database):
    database.put("7", b"x")
    query = "SELECT id, image FROM deeds WHERE id <> '#, %41='"
    first = locate(database.located(query, "#id=id"))
    again = locate(str(first))
    assert str(again) == str(first)
    assert parse(str(first)).option("query") == query
    assert list(entries(open_source(str(again), follow_symlinks=False, max_bytes=10))) == ["7"]


@pytest.mark.postgres
def test_credentials_are_found_by_name(postgres_url, monkeypatch):
    database = Postgres(postgres_url)
    database.put("7", b"x")
    database.run("CREATE ROLE reader LOGIN PASSWORD 'quite secret'")
    database.run("GRANT SELECT ON deeds TO reader")
    monkeypatch.setenv("MONOPRINT_LAND_USERNAME", "reader")
    monkeypatch.setenv("MONOPRINT_LAND_PASSWORD", "quite secret")
    query = "SELECT id, image, current_user AS who FROM deeds"
    source = opened(database.located(query, "#credentials=LAND"))
    (entry,) = source.listing()
    assert entry.attributes == (("who", "reader"),)
    assert "secret" not in source.location
    database.run("DROP OWNED BY reader")
    database.run("DROP ROLE reader")


# A database that goes away


@pytest.mark.postgres
def test_a_lost_connection_is_made_again(postgres_url, monkeypatch):
    monkeypatch.setattr(sql, "_FIRST_WAIT", 0.0)
    database = Postgres(postgres_url)
    database.put("7", b"x")
    source = database.open()
    assert source.read("7").data == b"x"
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    assert database.run(others) == [(True,)]
    assert source.read("7").data == b"x"


def test_a_database_that_is_gone_is_told(tmp_path):
    database = Sqlite(tmp_path)
    database.put("7", b"x")
    source = database.open()
    database.path.unlink()
    with pytest.raises(StoreError, match="unable to open"):
        list(source.listing())
    with pytest.raises(Unreadable, match="unable to open"):
        source.read(path_name("7"))
