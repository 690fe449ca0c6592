"""The catalog's tables: as the migrations make them, on both databases."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

import monoprint.catalog
from monoprint.catalog import schema
from monoprint.catalog.store import open_catalog
from monoprint.errors import CatalogError, MissingExtra

MIGRATIONS = Path(monoprint.catalog.__file__).parent / "migrations"


def engine_of(catalog_url: str) -> Engine:
    url = catalog_url.replace("postgresql:", "postgresql+psycopg:")
    return create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=NullPool)


def test_migrations_make_exactly_the_tables_of_the_schema(catalog_url):
    open_catalog(catalog_url).close()
    with engine_of(catalog_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.metadata)
    assert differences == []


@pytest.mark.postgres
def test_paths_are_ordered_by_code_point_on_postgres_too(postgres_url):
    open_catalog(postgres_url).close()
    wanted = (
        "SELECT collation_name FROM information_schema.columns "
        "WHERE table_name = 'file' AND column_name = 'path'"
    )
    with engine_of(postgres_url).connect() as connection:
        assert connection.scalar(text(wanted)) == "C"


def test_revision_is_the_newest_of_the_scripts():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]


def test_opening_again_changes_nothing(catalog_url):
    open_catalog(catalog_url).close()
    open_catalog(catalog_url).close()
    with engine_of(catalog_url).connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert [tuple(row) for row in found] == [(schema.REVISION,)]


def test_a_newer_catalog_is_not_touched(catalog_url):
    open_catalog(catalog_url).close()
    engine = engine_of(catalog_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogError, match="9999") as raised:
        open_catalog(catalog_url)
    assert raised.value.exit_code == 4
    assert "newer version" in raised.value.advice
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_bytes(b"no database at all\n" * 200)
    with pytest.raises(CatalogError) as raised:
        open_catalog(other)
    assert raised.value.advice
    assert other.read_bytes() == b"no database at all\n" * 200


def test_a_folder_is_no_catalog(tmp_path):
    with pytest.raises(CatalogError):
        open_catalog(tmp_path)


def test_a_catalog_below_a_file_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError):
        open_catalog(tmp_path / "file" / "catalog.sqlite")


def test_a_server_that_is_not_there_is_a_catalog_error(tmp_path):
    with pytest.raises(CatalogError):
        open_catalog(f"postgresql://nobody@/none?host={tmp_path}")


@pytest.mark.parametrize("url", ["nosuchdatabase://there/x", "oracle://there/x"])
def test_an_unknown_database_asks_for_its_package(url):
    with pytest.raises(MissingExtra) as raised:
        open_catalog(url)
    assert raised.value.exit_code == 8


@pytest.mark.parametrize("name", ["a?b=c#d%20.sqlite", "ü 日本.sqlite", "new\nline.sqlite"])
def test_the_catalog_lies_where_its_odd_name_says(tmp_path, name):
    open_catalog(tmp_path / name).close()
    assert name in {path.name for path in tmp_path.iterdir()}
    with sqlite3.connect(tmp_path / name) as connection:
        assert connection.execute("SELECT count(*) FROM file").fetchone() == (0,)


def test_a_catalog_of_the_first_revision_is_brought_up_to_date(catalog_url):
    from alembic import command

    if "://" not in catalog_url:
        Path(catalog_url).parent.mkdir(parents=True, exist_ok=True)
    engine = engine_of(catalog_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO store (id, name, location) VALUES (7, 'a', '/a')"))
    opened = open_catalog(catalog_url)
    assert opened.stores()["a"][0] == 7
    opened.close()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        heads = connection.execute(text("SELECT seq, digest FROM history_head")).all()
    assert [(seq, bytes(digest)) for seq, digest in heads] == [(0, bytes(32))]
