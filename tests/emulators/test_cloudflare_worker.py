"""The cloudflare plugin inside its process: what it asks for, and what it cannot know."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugin"))

from peer import BUILD, Worker  # noqa: E402

ZONE = {"id": "z" * 32, "name": "example.com", "note": None, "flags": 0, "name_servers": []}
DISABLED = 2


@pytest.fixture
def worker():
    with Worker(BUILD / "plugins/cloudflare.so") as worker:
        worker.load()
        yield worker


def record(host, type="CNAME", value="t.example", **more):
    return {"type": type, "host": host, "value": value, "ttl": 300, "flags": 0, "id": None, "note": None} | more


def reply(worker, items, page=1, pages=1):
    worker.answer(json.dumps({"success": True, "errors": [], "result": items, "result_info": {
        "page": page, "total_pages": pages}}).encode(), headers=[("content-type", "application/json")])


def asked(worker, found=None):
    """The query of its next request; what it reports before that is added to FOUND."""
    while (frame := worker.receive()[0])["type"] == "found":
        found += frame.get("zones") or frame.get("records")
    assert frame["type"] == "http", frame
    return dict(map(tuple, frame["query"]))


def the_rest(worker, found):
    """FOUND and what it reports until it is done."""
    while (frame := worker.receive()[0])["type"] == "found":
        found += frame.get("zones") or frame.get("records")
    assert frame == {"type": "done", "value": 0}
    return found


def test_a_batch_says_what_is_to_happen_in_one_request(worker):
    before = record("b.example.com", id="2")
    worker.call("apply_changes", zone=ZONE, changes=[
        {"action": 1, "after": record("a.example.com")},
        {"action": 2, "before": before, "after": record("b.example.com", value="u.example")},
        {"action": 3, "before": record("c.example.com", "TXT", '"x"', id="3")},
        {"action": 1, "after": record("d.example.com", "A", "192.0.2.1", flags=DISABLED, ttl=1)}])
    request, body = worker.expect("http")
    assert request["path"] == ["zones", ZONE["id"], "dns_records", "batch"]
    assert request["headers"] == [["Content-Type", "application/json"]]
    put = {"type": "CNAME", "ttl": 300, "proxied": False}
    assert json.loads(body) == {
        "deletes": [{"id": "3"}],
        "patches": [put | {"id": "2", "name": "b.example.com", "content": "u.example"}],
        "posts": [put | {"name": "a.example.com", "content": "t.example"},
                  # Listed as disabled is what was proxied: put back, it is again.
                  {"type": "A", "name": "d.example.com", "content": "192.0.2.1", "ttl": 1, "proxied": True}]}
    worker.answer(b'{"success": true, "errors": [], "result": {}}')
    assert worker.expect("done")["value"] == 0


DKIM = [f"s{i}._domainkey.example.com" for i in range(3)]


@pytest.mark.parametrize("hosts, filters", [
    (["a.example.com"], {"match": "any", "name.endswith": "a.example.com"}),
    (DKIM, {"match": "any", "name.endswith": "._domainkey.example.com"}),
    (["sk1.example.com", *DKIM], {"match": "any", "name.endswith": "._domainkey.example.com",
                                  "name.exact": "sk1.example.com"}),
    (["a.example.com", *DKIM, "b.example.com", "c.example.com"],
     {"match": "any", "name.endswith": "._domainkey.example.com", "name.exact": "a.example.com",
      "name.startswith": "b.example.com", "name.contains": "c.example.com"}),
    (["a.example.com", "b.example.com"], {"match": "any", "name.endswith": "a.example.com",
                                          "name.exact": "b.example.com"}),
    # More than the filters of one call can say: everything, page by page.
    ([f"{c}.example.com" for c in "abcde"], {}),
    ([f"s._domainkey.{c}.example.com" for c in "abcde"], {}),
])
def test_one_read_lets_all_hosts_through(worker, hosts, filters):
    worker.call("list_records", zone=ZONE, hosts=hosts)
    found = []
    assert asked(worker) == {"page": "1", "per_page": "1000"} | filters
    reply(worker, [{"id": "1", "type": "CNAME", "name": hosts[0], "content": "t.example", "ttl": 1, "proxied": True}],
          pages=2)
    assert asked(worker, found)["page"] == "2"
    reply(worker, [{"id": "2", "type": "TXT", "name": hosts[-1], "content": '"x"', "ttl": 60}], page=2, pages=2)
    first, second = the_rest(worker, found)
    assert (first["host"], first["flags"], second["type"], second["flags"]) == (hosts[0], DISABLED, "TXT", 0)


def zone(id, name):
    return {"id": id, "name": name, "status": "active", "type": "full", "account": {"name": "Example Ltd"}}


def find(worker, pairs):
    worker.send({"type": "call", "function": "find_zones", "dry_run": False,
                 "wanted": [{"name": name, "guess": guess} for name, guess in pairs]})


def test_a_zone_unknown_to_the_dns_is_walked_to(worker):
    find(worker, [("k._domainkey.a.example.com", None), ("sk.a.example.com", None)])
    names, found = [], []
    for _ in range(4):
        names.append(asked(worker)["name"])
        reply(worker, [zone("1", "example.com")] if names[-1] == "example.com" else [])
    assert names == ["k._domainkey.a.example.com", "_domainkey.a.example.com", "a.example.com", "example.com"]
    # The second host's parents are known by then, all but itself.
    assert asked(worker, found)["name"] == "sk.a.example.com"
    reply(worker, [])
    assert [entry["name"] for entry in the_rest(worker, found)] == ["example.com"]


def test_many_names_are_asked_for_one_by_one_where_the_list_is_longer(worker):
    names = [f"z{i}.example" for i in range(4)]
    find(worker, [(f"sk.{name}", name) for name in names])
    assert "name" not in asked(worker)
    reply(worker, [zone("x", "other.example")], pages=5)
    found = []
    for i, name in enumerate(names):
        assert asked(worker, found)["name"] == name
        reply(worker, [zone(str(i), name)])
    assert [entry["name"] for entry in the_rest(worker, found)] == names


def test_where_the_filter_is_refused_the_list_is_read(worker):
    find(worker, [("sk.example.com", "example.com")])
    assert asked(worker)["name"] == "example.com"
    worker.answer(b'{"success": false, "errors": [{"code": 1001, "message": "Invalid filter"}]}', status=400)
    assert "name" not in asked(worker)
    reply(worker, [zone("1", "example.com")])
    assert [entry["id"] for entry in the_rest(worker, [])] == ["1"]
