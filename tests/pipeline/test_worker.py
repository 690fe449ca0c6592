"""What a worker process does with a task, without the process."""

import pytest

from monoprint.pipeline import worker


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """Forget the stores that are open; gives the locations that are opened, as they are."""
    worker._opened.cache_clear()
    locations = []

    def open_source(location, open_source=worker.open_source, **options):
        locations.append(location)
        return open_source(location, **options)

    monkeypatch.setattr(worker, "open_source", open_source)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield locations
    worker._opened.cache_clear()


def ahead(place):
    return worker.open_ahead({"do": "open", "location": place, "follow_symlinks": False})


def test_a_store_that_was_opened_as_it_was_named_is_not_opened_again(server, url, opened, draw):
    server.put("folder/a.png", draw.file(draw.photo(1, (64, 48)), "PNG"))
    options = f"allow_http=yes,endpoint={url}"
    assert ahead(f"s3://bucket/folder/#{options}") == {}
    located = f"s3://bucket/folder#{options}"
    assert opened == [located]
    task = {"do": "read", "location": located, "path": "a.png", "checksum": "", "modified_ns": 0,
            "follow_symlinks": False, "iscc": False, "local": False}  # fmt: skip
    assert worker.read(task)["status"] == "ok"
    assert opened == [located]


def test_nothing_is_asked_of_a_store_that_is_opened_ahead(server, url):
    ahead(f"s3://bucket#endpoint={url},allow_http=yes")
    assert not server.asked


@pytest.mark.parametrize(
    "place", ["nothing:://at.all", "s3://bucket#reigon=x", "s3://bucket#credentials=nobody"]
)
def test_a_store_that_cannot_be_opened_is_left_to_who_reads_it(place, opened):
    assert ahead(place) == {}
    assert worker._opened.cache_info().currsize == 0
