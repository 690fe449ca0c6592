"""The catalog's lock: one scan at a time, freed by the system."""

import subprocess
import sys

import pytest

from monoprint.catalog.store import open_catalog
from monoprint.errors import CatalogBusy

HOLD = """
import sys, time
from monoprint.catalog.store import open_catalog
with open_catalog(sys.argv[1]).lock():
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(catalog_url, child_environment):
    """Start another process that holds the catalog's lock."""
    command = [sys.executable, "-c", HOLD, catalog_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_scan_is_refused_at_once(catalog_url, holder):
    with pytest.raises(CatalogBusy) as raised, open_catalog(catalog_url).lock():
        pytest.fail("two hold the lock")
    assert raised.value.exit_code == 5
    assert raised.value.advice


def test_a_locked_catalog_can_be_read(catalog_url, holder):
    assert open_catalog(catalog_url).stores() == {}


def test_the_lock_of_a_killed_process_is_free(catalog_url, holder, wait_for):
    holder.kill()
    holder.wait()
    catalog = open_catalog(catalog_url)

    def locked() -> bool:
        try:
            with catalog.lock():
                return True
        except CatalogBusy:
            return False

    wait_for(locked, "the lock is free")


def test_the_lock_is_free_after_its_scan(catalog_url):
    catalog = open_catalog(catalog_url)
    for _ in range(2):
        with catalog.lock():
            pass


def test_an_error_within_the_lock_frees_it_and_stays_itself(catalog_url):
    catalog = open_catalog(catalog_url)
    with pytest.raises(ZeroDivisionError), catalog.lock():
        raise ZeroDivisionError
    with catalog.lock():
        pass


@pytest.mark.postgres
def test_the_lock_keeps_no_transaction_open(postgres_url):
    import psycopg

    sessions = (
        "SELECT DISTINCT state FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with open_catalog(postgres_url).lock(), psycopg.connect(postgres_url) as connection:
        assert connection.execute(sessions).fetchall() == [("idle",)]
