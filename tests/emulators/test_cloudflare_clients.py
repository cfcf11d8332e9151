"""Clients that nobody here wrote, against the emulator of Cloudflare: its own npm client, and lexicon."""

import pytest

from acme import Acme
from clients import Clients
from cloudflare import EMAIL, KEY, TOKEN, Cloudflare, Token
from proxy import Proxy

pytestmark = pytest.mark.slow

# Under a listed suffix: lexicon takes nothing else for a zone.
ZONE = "client-of-lexicon.com"


@pytest.fixture
def cloudflare():
    with Cloudflare() as emulator:
        emulator.zone = emulator.zones.add_zone(ZONE)
        yield emulator


@pytest.fixture
def npm(cloudflare, tmp_path):
    """Runs steps with the npm client; returns their results."""
    clients = Clients(tmp_path)

    def run(*steps, **env):
        return clients.node("cloudflare_client.mjs", steps, env={
            "CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_BASE_URL": cloudflare.endpoint} | env)
    return run


@pytest.fixture
def lexicon(cloudflare, tmp_path):
    with Proxy(tmp_path / "ca", {"api.cloudflare.com": cloudflare}) as proxy:
        clients = Clients(tmp_path / "home", proxy)

        def run(action, *words, auth=("--auth-token", TOKEN)):
            return clients.lexicon("cloudflare", action, ZONE, *words, *auth)
        yield run
        assert set(proxy.tunnels) == {"api.cloudflare.com"}


def cname(name, target, **more):
    return {"type": "CNAME", "name": name, "content": target, "ttl": 300, "proxied": False} | more


def held(cloudflare):
    return sorted((r.name, r.type, r.data, r.ttl) for r in cloudflare.zone.records)


# ---- the npm client


def test_npm_finds_a_zone_by_name_and_by_pages(cloudflare, npm):
    named, listed, none = npm(["zones.list", {"name": ZONE}], ["zones.list", {"per_page": 50}],
                              ["zones.list", {"name": "nobody.example"}])
    assert [zone["id"] for zone in named["ok"]] == [cloudflare.zone.id]
    assert len(listed["ok"]) == 151 and none["ok"] == []
    assert [dict(call.query).get("page") for call in cloudflare.calls
            if ("per_page", "50") in call.query][:4] == [None, "2", "3", "4"]


def test_npm_creates_lists_changes_and_deletes(cloudflare, npm):
    zone_id = cloudflare.zone.id
    (created,) = npm(["dns.records.create", {"zone_id": zone_id, **cname(f"s._domainkey.{ZONE}", "a.b.example.")}])
    record = created["ok"]
    assert (record["name"], record["content"], record["proxied"]) == (f"s._domainkey.{ZONE}", "a.b.example", False)
    found, edited, updated, read = npm(
        ["dns.records.list", {"zone_id": zone_id, "name": {"endswith": f"._domainkey.{ZONE}"}}],
        ["dns.records.edit", record["id"],
         {"zone_id": zone_id, **cname(record["name"], "c.b.example"), "comment": "k"}],
        ["dns.records.update", record["id"], {"zone_id": zone_id, **cname(record["name"], "d.b.example"), "ttl": 1}],
        ["dns.records.get", record["id"], {"zone_id": zone_id}])
    assert found["ok"] == [record]
    assert (edited["ok"]["content"], edited["ok"]["comment"]) == ("c.b.example", "k")
    # What a PUT does not name falls back to its default.
    assert (updated["ok"]["content"], updated["ok"]["comment"], updated["ok"]["ttl"]) == ("d.b.example", None, 1)
    assert read["ok"] == updated["ok"]
    (gone,) = npm(["dns.records.delete", record["id"], {"zone_id": zone_id}])
    assert gone["ok"] == {"id": record["id"]} and not cloudflare.zone.records


def test_npm_lists_by_pages_and_filters(cloudflare, npm):
    cloudflare.zone.fill(250)
    cloudflare.zone.add(f"sk1.{ZONE}", "TXT", '"mine"')
    cloudflare.zone.add(f"k._domainkey.{ZONE}", "CNAME", "t.example")
    zone_id = cloudflare.zone.id
    every, either, both, texts = npm(
        ["dns.records.list", {"zone_id": zone_id}],
        ["dns.records.list", {"zone_id": zone_id, "match": "any",
                              "name": {"endswith": f"._domainkey.{ZONE}", "exact": f"SK1.{ZONE}"}}],
        ["dns.records.list", {"zone_id": zone_id, "name": {"endswith": f"._domainkey.{ZONE}", "exact": f"sk1.{ZONE}"}}],
        ["dns.records.list", {"zone_id": zone_id, "type": "TXT", "name": {"startswith": "sk"}}])
    assert len(every["ok"]) == 252 and len({record["id"] for record in every["ok"]}) == 252
    assert {record["name"] for record in either["ok"]} == {f"sk1.{ZONE}", f"k._domainkey.{ZONE}"}
    assert both["ok"] == []
    assert [record["name"] for record in texts["ok"]] == [f"sk1.{ZONE}"]


def test_npm_batch_is_one_transaction_in_a_fixed_order(cloudflare, npm):
    zone_id = cloudflare.zone.id
    old = cloudflare.zone.add(f"a.{ZONE}", "A", "192.0.2.1", proxied=False)
    kept = cloudflare.zone.add(f"b.{ZONE}", "CNAME", "old.example", proxied=True, comment="ours")
    before = held(cloudflare)
    # The A record makes room for the CNAME of the same name: deletes come first wherever they stand.
    change = {"zone_id": zone_id, "posts": [cname(f"a.{ZONE}", "new.example"), cname(f"c.{ZONE}", "new.example")],
              "patches": [{"id": kept.id, "content": "new.example", "proxied": False, "ttl": 300}],
              "deletes": [{"id": old.id}]}
    refused, done = npm(["dns.records.batch", change | {"posts": [*change["posts"], cname(f"b.{ZONE}", "x.example")]}],
                        ["dns.records.batch", change])
    assert refused["status"] == 400 and [error["code"] for error in refused["errors"]] == [81053]
    assert {key: len(value) for key, value in done["ok"].items()} == {"deletes": 1, "patches": 1, "puts": 0, "posts": 2}
    assert before != held(cloudflare)
    assert held(cloudflare) == [(f"{host}.{ZONE}", "CNAME", "new.example", 300) for host in "abc"]
    assert done["ok"]["patches"][0]["comment"] == "ours" and cloudflare.count("POST") == 2


def test_npm_sees_nothing_of_a_refused_batch(cloudflare, npm):
    cloudflare.zone.fill(8)
    before = cloudflare.zone.snapshot()
    (refused,) = npm(["dns.records.batch", {"zone_id": cloudflare.zone.id, "posts": [
        cname(f"n{i}.{ZONE}", "t.example") for i in range(3)] + [cname(f"n0.{ZONE}", "t.example")]}])
    assert [error["code"] for error in refused["errors"]] == [81058] and cloudflare.zone.snapshot() == before


@pytest.mark.parametrize("step, status, code", [
    ((f"a.{ZONE}", {"type": "CNAME", "content": "t.example"}), 400, 81053),
    ((f"c.{ZONE}", {"type": "A", "content": "192.0.2.9"}), 400, 81054),
    ((f"c.{ZONE}", {"type": "CNAME", "content": "T.example."}), 400, 81058),
    ((f"new.{ZONE}", {"type": "CNAME", "content": "not a host"}), 400, 1004),
    ((f"new.{ZONE}", {"type": "CNAME", "content": f"new.{ZONE}"}), 400, 1004),
    ((f"new.{ZONE}", {"type": "CNAME", "content": "t.example", "ttl": 59}), 400, 9021),
    ((f"new.{ZONE}", {"type": "CNAME", "content": "t.example", "ttl": "60"}), 400, 9207),
    ((f"new.{ZONE}", {"type": "CNAME", "content": "t.example", "colour": "blue"}), 400, 9207),
    ((f"new.{ZONE}", {"type": "CNAME", "content": "t.example", "tags": ["a:b"]}), 400, 1004),
    ((f"new.{ZONE}", {"type": "CNAME", "content": "t.example", "comment": "x" * 101}), 400, 9313),
    ((f"new.{ZONE}", {"type": "TXT", "content": '"x"', "proxied": True}), 400, 9004),
])
def test_npm_gets_the_documented_refusals(cloudflare, npm, step, status, code):
    cloudflare.zone.attributes["plan"] = "free"
    cloudflare.zone.add(f"a.{ZONE}", "A", "192.0.2.1")
    cloudflare.zone.add(f"c.{ZONE}", "CNAME", "t.example")
    before = held(cloudflare)
    name, body = step
    (result,) = npm(["dns.records.create", {"zone_id": cloudflare.zone.id, "name": name, "ttl": 1} | body])
    assert (result["status"], result["errors"][0]["code"]) == (status, code) and held(cloudflare) == before


def test_npm_a_name_outside_the_zone_is_taken_as_relative(cloudflare, npm):
    results = npm(*(["dns.records.create", {"zone_id": cloudflare.zone.id, **cname(name, "t.example")}]
                    for name in ("bare", "other.example", f"whole.{ZONE}.", f"Ü.{ZONE}")))
    assert [result["ok"]["name"] for result in results] == [
        f"bare.{ZONE}", f"other.example.{ZONE}", f"whole.{ZONE}", f"xn--tda.{ZONE}"]


def test_npm_zones_are_shown_in_unicode_and_asked_for_in_either_form(cloudflare, npm):
    zone = cloudflare.zones.add_zone("xn--bcher-kva.example")
    results = npm(["zones.list", {"name": "xn--bcher-kva.example"}], ["zones.list", {"name": "bücher.example"}])
    assert [[(z["id"], z["name"]) for z in result["ok"]] for result in results] == [[(zone.id, "bücher.example")]] * 2


@pytest.mark.parametrize("env, status, code", [
    ({"CLOUDFLARE_API_TOKEN": "x" * 40}, 403, 9109),
    ({"CLOUDFLARE_API_TOKEN": KEY}, 400, 6003),
    ({"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": EMAIL, "CLOUDFLARE_API_KEY": TOKEN}, 400, 6003),
    ({"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": EMAIL, "CLOUDFLARE_API_KEY": KEY[::-1]}, 403, 9103),
    ({"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": EMAIL, "CLOUDFLARE_API_KEY": KEY}, None, None),
])
def test_npm_bad_credentials_are_refused(cloudflare, npm, env, status, code):
    (result,) = npm(["zones.list", {"name": ZONE}], **env)
    assert (result.get("status"), (result.get("errors") or [{}])[0].get("code")) == (status, code), result


def test_npm_a_token_sees_what_it_was_made_for(cloudflare, npm):
    other = cloudflare.zones.add_zone("other.example")
    cloudflare.tokens = {"s" * 40: Token(zones={other.id}), "r" * 40: Token(may_edit_dns=False)}
    listed, hidden, foreign, mine = npm(
        ["zones.list", {}], ["zones.list", {"name": ZONE}], ["dns.records.list", {"zone_id": cloudflare.zone.id}],
        ["dns.records.list", {"zone_id": other.id}], CLOUDFLARE_API_TOKEN="s" * 40)
    assert (listed["status"], hidden["ok"], foreign["errors"][0]["code"], mine["ok"]) == (403, [], 10000, [])
    seen, refused = npm(["zones.list", {"name": ZONE}], ["dns.records.list", {"zone_id": other.id}],
                        CLOUDFLARE_API_TOKEN="r" * 40)
    assert len(seen["ok"]) == 1 and refused["errors"][0]["code"] == 10000


def test_npm_wrong_paths_and_stale_ids(cloudflare, npm):
    zone_id = cloudflare.zone.id
    named, stale = npm(["dns.records.list", {"zone_id": ZONE}],
                       ["dns.records.delete", "0" * 32, {"zone_id": zone_id}])
    assert (named["status"], named["errors"][0]["code"]) == (400, 7003)
    assert (stale["status"], stale["errors"][0]["code"]) == (404, 81044)


def test_npm_limits(cloudflare, npm):
    zone = cloudflare.zone
    zone.attributes |= {"plan": "free", "records_max": 201}
    zone.fill(1)
    posts = [cname(f"n{i}.{ZONE}", "t.example") for i in range(201)]
    big, quota, right = npm(["dns.records.batch", {"zone_id": zone.id, "posts": posts}],
                            ["dns.records.batch", {"zone_id": zone.id, "posts": posts[:200]}],
                            ["dns.records.create", {"zone_id": zone.id, **posts[200]}])
    assert big["status"] == 400 and len(quota["ok"]["posts"]) == 200 and right["errors"][0]["code"] == 81045


def test_npm_waits_as_it_is_told(cloudflare, npm):
    cloudflare.fault("429", retry_after=1)
    cloudflare.fault("502")
    (result,) = npm(["zones.list", {"name": ZONE}], RETRIES="3")
    assert len(result["ok"]) == 1
    assert [call.status for call in cloudflare.calls][:3] == [429, 502, 200]


def test_too_many_requests_are_refused_until_the_window_has_passed(cloudflare, npm):
    cloudflare.requests_max = 2
    results = npm(["zones.list", {"name": ZONE, "page": 9}], ["zones.list", {"name": ZONE, "page": 9}],
                  ["zones.list", {"name": ZONE, "page": 9}])
    assert [result.get("status") for result in results] == [None, None, 429]


# ---- lexicon


def test_lexicon_creates_lists_updates_and_deletes(cloudflare, lexicon):
    cloudflare.zone.fill(120)
    host = f"sk1.{ZONE}"
    done, _ = lexicon("create", "CNAME", "--name", host, "--content", "u1.mailer.example", "--ttl", "3600")
    assert done.code == 0 and (host, "CNAME", "u1.mailer.example", 3600) in held(cloudflare), done
    _, listed = lexicon("list", "CNAME", "--name", "sk1")
    assert [(r["name"], r["content"]) for r in listed] == [(host, "u1.mailer.example")]
    done, _ = lexicon("update", "CNAME", "--name", host, "--content", "u2.mailer.example")
    assert done.code == 0 and [r.data for r in cloudflare.zone.at(host)] == ["u2.mailer.example"], done
    # Two pages of a hundred.
    _, everything = lexicon("list", "TXT")
    assert len(everything) == 30
    done, _ = lexicon("delete", "CNAME", "--name", host)
    assert done.code == 0 and not cloudflare.zone.at(host) and len(cloudflare.zone.records) == 120, done


def test_lexicon_with_the_legacy_key(cloudflare, lexicon):
    done, listed = lexicon("list", "TXT", auth=("--auth-username", EMAIL, "--auth-token", KEY))
    assert done.code == 0 and listed == []


def test_lexicon_is_told_what_is_wrong(cloudflare, lexicon):
    cloudflare.zone.add(f"a.{ZONE}", "A", "192.0.2.1")
    conflict, _ = lexicon("create", "CNAME", "--name", f"a.{ZONE}", "--content", "t.example")
    denied, _ = lexicon("list", "A", auth=("--auth-token", "x" * 40))
    assert conflict.code and "400" in conflict.err and denied.code and "403" in denied.err


# ---- lego


def test_lego_of_debian_cannot_speak_to_cloudflare(cloudflare, tmp_path):
    """Asserted rather than skipped: it documents the provider, and was built without it. When a build has it,
    its calls belong in here."""
    # `localhost` is the name of the ACME server's certificate; it needs no proxy.
    with Proxy(tmp_path / "ca", {"api.cloudflare.com": cloudflare, "localhost": cloudflare}) as proxy:
        clients = Clients(tmp_path / "home", proxy)
        with Acme(tmp_path / "acme", proxy.authority) as acme:
            done = acme.lego(clients, "cloudflare", f"www.{ZONE}", "127.0.0.1:53", {"CF_DNS_API_TOKEN": TOKEN})
    print("Debian's lego:", done.err)
    assert done.code == 1 and "unrecognized DNS provider: cloudflare" in done.err + done.out, done
    assert not cloudflare.calls
