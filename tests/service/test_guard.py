"""What the desk refuses: other hosts, other origins, strangers, paths, and forms too long."""

import http.client
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from monoprint.model.review import Duty
from monoprint.review import queue


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory, draw, run):
    folder = tmp_path_factory.mktemp("guard")
    draw.store(folder / "store", {"a.jpg": draw.jpeg(1), "b.jpg": draw.jpeg(1)})
    place = str(folder / "catalog.sqlite")
    assert run("audit", folder / "store", "--out", folder / "out", "--catalog", place).code == 0
    return serving(place, folder)


@pytest.fixture(scope="module")
def ada(served):
    with closing(served.client("ada")) as client:
        yield client


def group_of(served):
    (group,) = queue.page(served.catalog).groups
    return queue.group(served.catalog, group.key)


def picture_path(view, position=0, side=160):
    member = view.members[position]
    return f"/pictures/{view.group.key.hex()}/{position}/{member.sha256.hex()[:16]}/{side}"


LAID = "/laid/{key}/{first}/{content}/{second}/{other}/{side}"


def laid_parts(view):
    one, other = (member.sha256.hex()[:16] for member in view.members[:2])
    return {"key": view.group.key.hex(), "first": "0", "content": one, "second": "1",
            "other": other, "side": "1600"}  # fmt: skip


PAGES = ("/", "/sign-off", "/plans", "/warnings", "/history", "/more", "/counts")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_log_in(served, page):
    answer = httpx.get(served.base + page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/enter")


def test_a_stranger_gets_no_picture(served):
    view = group_of(served)
    for path in (picture_path(view), LAID.format(**laid_parts(view))):
        answer = httpx.get(served.base + path)
        assert answer.status_code == 303
        assert "image" not in answer.headers.get("content-type", "")


def test_every_answer_bears_what_keeps_others_out(served, ada):
    answers = (
        ada.get("/"),
        ada.get(picture_path(group_of(served))),
        ada.get("/none"),
        ada.get("/", headers={"Host": "x"}),
        httpx.get(served.base + "/enter"),
    )
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served):
    token = urlsplit(served.link("ada")).fragment
    answer = httpx.post(
        served.base + "/enter", data={"token": token}, headers={"Origin": served.base}
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_link_opens_once(served):
    token = urlsplit(served.link("ada")).fragment
    for code in (303, 403):
        answer = httpx.post(
            served.base + "/enter", data={"token": token}, headers={"Origin": served.base}
        )
        assert answer.status_code == code


def test_logging_out_ends_the_session_for_good(served):
    client = served.client("ada")
    cookies = dict(client.cookies)
    assert client.get("/").status_code == 200
    assert client.post("/leave").status_code == 303
    assert httpx.get(served.base + "/", cookies=cookies).status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1:1", ""]
)
def test_another_host_is_refused(served, ada, host):
    assert ada.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", None]
)
def test_a_form_from_elsewhere_changes_nothing(served, ada, origin):
    view = group_of(served)
    headers = {} if origin is None else {"Origin": origin}
    answer = httpx.post(
        f"{served.base}/groups/{view.group.key.hex()}/decide",
        data={"version": view.group.version, "keep": 0},
        cookies=dict(ada.cookies),
        headers=headers,
    )
    assert answer.status_code == 403
    assert group_of(served) == view


def test_a_form_that_the_browser_calls_cross_site_is_refused(served, ada):
    answer = ada.post("/leave", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert ada.get("/").status_code == 200


def test_a_form_too_long_is_not_read(served, ada):
    answer = ada.post("/enter", content=b"token=" + b"x" * 1_000_001)
    assert answer.status_code == 413


def test_pictures_are_made_anew(served, ada):
    answer = ada.get(picture_path(group_of(served)))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")
    first = served.folder / "store" / "a.jpg"
    assert answer.content != first.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"key": "00" * 32}, {"key": "zz"}, {"position": "99"}, {"position": "-1"},
        {"position": "../../etc/passwd"}, {"content": "0" * 16}, {"side": "161"}, {"side": "0"},
        {"key": "..%2f..%2fetc%2fpasswd"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_asset_of_the_catalog_gives_no_picture(served, ada, change):
    view = group_of(served)
    parts = {"key": view.group.key.hex(), "position": "0",
             "content": view.members[0].sha256.hex()[:16], "side": "160"} | change  # fmt: skip
    answer = ada.get("/pictures/{key}/{position}/{content}/{side}".format(**parts))
    assert answer.status_code in {400, 404}
    assert "image" not in answer.headers["content-type"]


@pytest.mark.parametrize(
    "change",
    [
        {"key": "00" * 32}, {"first": "99"}, {"second": "-1"}, {"second": "../../etc/passwd"},
        {"content": "0" * 16}, {"other": "0" * 16}, {"side": "161"},
    ],
    ids=str,
)  # fmt: skip
def test_only_assets_of_the_catalog_are_laid_on_each_other(served, ada, change):
    parts = laid_parts(group_of(served))
    assert ada.get(LAID.format(**parts)).status_code == 204  # equal bytes lie as they are
    answer = ada.get(LAID.format(**parts | change))
    assert answer.status_code in {400, 404}
    assert "image" not in answer.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2f..%2fapp.py", "/static/x/../../../../etc/passwd",
     "/pictures/../../../../etc/passwd", "/static/x/desk.css", "//etc/passwd"],
)  # fmt: skip
def test_no_path_leads_out(served, ada, path):
    # As it stands, without a client that tidies it.
    place = urlsplit(served.base)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    cookie = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in {400, 404}
    assert b"root:" not in body
    assert b"import" not in body


def test_a_file_that_changed_since_the_scan_is_not_shown(serving, tmp_path, draw, run):
    draw.store(tmp_path / "store", {"a.jpg": draw.jpeg(1), "b.jpg": draw.jpeg(1)})
    place = str(tmp_path / "catalog.sqlite")
    assert run("audit", tmp_path / "store", "--out", tmp_path / "out", "--catalog", place).code == 0
    served = serving(place, tmp_path)
    (tmp_path / "store" / "a.jpg").write_bytes(draw.jpeg(2))
    view = group_of(served)
    at = next(m.position for m in view.members if m.path == "a.jpg")
    with closing(served.client("ada")) as ada:
        answer = ada.get(picture_path(view, at))
        assert answer.status_code == 404
        assert "Changed since it was scanned" in answer.text
        assert ada.get(picture_path(view, 1 - at)).status_code == 200


def test_files_that_were_compared_by_derivatives_are_told(serving, tmp_path, draw, run):
    first, second = (draw.photo(seed) for seed in (1, 2))
    pages = draw.file(first, "TIFF", save_all=True, append_images=[second])
    draw.store(tmp_path / "store", {"a.tif": pages, "page.png": draw.file(first, "PNG")})
    place = str(tmp_path / "catalog.sqlite")
    assert run("audit", tmp_path / "store", "--out", tmp_path / "out", "--catalog", place).code == 0
    served = serving(place, tmp_path)
    view = group_of(served)
    address = f"/groups/{view.group.key.hex()}"
    with closing(served.client("ada")) as ada:
        shown = ada.get(address).text
        sides = ada.get(f"{address}/sides", params={"left": 0, "right": 1}).text
    (derived,) = {m.derived for m in view.members} - {""}
    assert shown.count("Compared by a derivative") == 1
    assert derived in shown
    assert derived in sides


def test_who_may_not_approve_is_refused(served):
    with closing(served.client("kim", Duty.REVIEWER)) as kim:
        answer = kim.post(f"/plans/{'00' * 32}/approve")
    assert answer.status_code == 403
