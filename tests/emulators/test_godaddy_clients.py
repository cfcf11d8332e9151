"""Clients that nobody here wrote, against the emulator of GoDaddy: lexicon, Apache Libcloud, lego, and curl."""

import json
from pathlib import Path

import pytest

from acme import Acme
from clients import Clients
from godaddy import GoDaddy
from lab import PRIMARY
from proxy import Proxy

HERE = Path(__file__).resolve().parent
# Under a listed suffix: lexicon takes nothing else for a zone.
ZONE = "client-of-godaddy.com"
KEY, SECRET, TOKEN = "gd-key", "gd-secret", "gd_pat_test"
AUTH = ("--auth-key", KEY, "--auth-secret", SECRET)


@pytest.fixture
def godaddy():
    with GoDaddy() as emulator:
        emulator.zone = emulator.zones.add_zone(ZONE)
        emulator.zones.filler(150)
        yield emulator


@pytest.fixture
def proxied(godaddy, tmp_path):
    with Proxy(tmp_path / "ca", {"api.godaddy.com": godaddy, "localhost": godaddy}) as proxy:
        yield proxy
        assert not [host for host in proxy.refused if not host.startswith("localhost")]


@pytest.fixture
def lexicon(proxied, tmp_path):
    clients = Clients(tmp_path / "home", proxied)

    def run(action, *words, zone=ZONE, auth=AUTH):
        return clients.lexicon("godaddy", action, zone, *words, *auth)
    return run


@pytest.fixture
def libcloud(proxied, tmp_path):
    clients = Clients(tmp_path / "home", proxied)

    def run(*steps, secret=SECRET):
        done = clients.run("/usr/bin/python3", HERE / "godaddy_libcloud.py", input=json.dumps(steps),
                           env={"GODADDY_API_KEY": KEY, "GODADDY_API_SECRET": secret})
        assert done.code == 0, done
        return json.loads(done.out)
    return run


@pytest.fixture
def curl(godaddy, tmp_path):
    """(status, document) of one call, as curl makes it."""
    clients = Clients(tmp_path / "home")

    def run(method, path, body=None, auth=f"Bearer {TOKEN}", agent="curl"):
        words = ["-sS", "-X", method, "-w", "\n%{http_code}", "-A", agent, "-H", f"Authorization: {auth}"]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "--data-binary",
                      body if isinstance(body, str) else json.dumps(body)]
        done = clients.run("curl", *words, godaddy.url + path)
        assert done.code == 0, done
        text, _, status = done.out.rpartition("\n")
        return int(status), json.loads(text) if text.startswith(("{", "[")) else text
    return run


def held(emulator):
    return sorted((r.name, r.type, r.data, r.ttl) for r in emulator.zone.records)


# ---- lexicon


@pytest.mark.slow
def test_lexicon_creates_lists_changes_and_deletes(godaddy, lexicon):
    godaddy.zone.fill(12)
    before = godaddy.zone.snapshot()
    done, _ = lexicon("create", "CNAME", "--name", f"s1._domainkey.{ZONE}", "--content", "a.mailer.example", "--ttl", "600")
    assert done.code == 0 and (f"s1._domainkey.{ZONE}", "CNAME", "a.mailer.example", 600) in held(godaddy), done
    done, listed = lexicon("list", "CNAME", "--name", f"s1._domainkey.{ZONE}")
    (record,) = listed
    assert (record["name"], record["content"]) == (f"s1._domainkey.{ZONE}", "a.mailer.example"), done
    done, _ = lexicon("update", "CNAME", "--identifier", record["id"], "--name", f"s1._domainkey.{ZONE}", "--content", "b.mailer.example")
    assert done.code == 0 and (f"s1._domainkey.{ZONE}", "CNAME", "b.mailer.example", 600) in held(godaddy), done
    done, _ = lexicon("delete", "CNAME", "--name", f"s1._domainkey.{ZONE}")
    assert done.code == 0, done
    assert held(godaddy) == sorted(row[1:5] for row in before)
    # It deletes by replacing all that is left of the type: what signpost never does.
    assert godaddy.writes()["PUT records/type"] == 1


def test_lexicon_is_told_what_is_wrong(godaddy, lexicon):
    done, _ = lexicon("list", "CNAME", auth=("--auth-key", KEY, "--auth-secret", "wrong"))
    assert done.code != 0 and "401" in done.err + done.out, done
    done, _ = lexicon("list", "CNAME", zone="nobody-here.com")
    assert done.code != 0 and "404" in done.err + done.out, done
    godaddy.is_small = True
    done, _ = lexicon("list", "CNAME")
    assert done.code != 0 and "403" in done.err + done.out, done


# ---- Apache Libcloud


def test_libcloud_lists_zones_and_records(godaddy, libcloud):
    godaddy.zone.fill(300)
    zones, records = libcloud(["list_zones"], ["list_records", ZONE])
    assert len(zones) == 100, "one page: it does not ask for the next"
    assert len(records) == 300


def test_libcloud_adds_without_replacing(godaddy, libcloud):
    godaddy.zone.fill(40)
    before = godaddy.zone.snapshot()
    added, again, whole, low = libcloud(
        ["create", ZONE, "sk48601", "CNAME", "u1.mailer.example.", 600],
        ["create", ZONE, "sk48601", "CNAME", "u1.mailer.example", 600],
        ["create", ZONE, f"sk2.{ZONE}", "CNAME", "u1.mailer.example", 600],
        ["create", ZONE, "sk3", "CNAME", "u1.mailer.example", 599])
    assert added == ["sk48601", "CNAME", "u1.mailer.example.", 600]
    assert again["error"] == "DUPLICATE_RECORD" and low["error"] == "INVALID_BODY", (again, low)
    assert "error" not in whole, "a host in full is taken, and doubled"
    assert {row[1:5] for row in godaddy.zone.snapshot()} - {row[1:5] for row in before} == {
        (f"sk48601.{ZONE}", "CNAME", "u1.mailer.example", 600), (f"sk2.{ZONE}.{ZONE}", "CNAME", "u1.mailer.example", 600)}
    (changed,) = libcloud(["update", ZONE, "sk48601", "CNAME", "u2.mailer.example", 3600])
    assert changed[2] == "u2.mailer.example" and (f"sk48601.{ZONE}", "CNAME", "u2.mailer.example", 3600) in held(godaddy)
    assert godaddy.writes() == {"PATCH records": 4, "PUT records/type/name": 1}


def test_libcloud_is_told_what_is_wrong(godaddy, libcloud):
    assert libcloud(["list_zones"], secret="wrong")[0]["error"] != "ok"
    (refused,) = libcloud(["list_records", "nobody-here.com"])
    assert refused["error"] == "UNKNOWN_DOMAIN", refused
    godaddy.fault("429", retry_after=30)
    (throttled,) = libcloud(["list_records", ZONE])
    assert throttled["error"] == "TOO_MANY_REQUESTS", throttled


# ---- lego


@pytest.mark.slow
def test_lego_creates_and_removes_its_challenge(godaddy, proxied, lab, feed, tmp_path):
    name = lab.zone()
    godaddy.zones.on_change = feed
    zone = godaddy.zones.add_zone(name)
    zone.fill(5)
    before = zone.snapshot()
    clients = Clients(tmp_path / "home", proxied)
    with Acme(tmp_path / "acme", proxied.authority) as acme:
        # Pebble is on loopback as well; only what is called localhost goes past the proxy.
        done = acme.lego(clients, "godaddy", f"www.{name}", f"{PRIMARY}:{lab.port}",
                         {"GODADDY_API_KEY": KEY, "GODADDY_API_SECRET": SECRET, "GODADDY_POLLING_INTERVAL": "1",
                          "NO_PROXY": "localhost", "no_proxy": "localhost"})
    assert done.code == 0, done
    at = f"/v1/domains/{name}/records/TXT"
    assert godaddy.count("PUT", f"^{at}/_acme-challenge.www$") == 1, done
    # Its ids change, as it takes its record away by writing all others of the type anew.
    assert sorted(row[1:5] for row in zone.snapshot()) == sorted(row[1:5] for row in before)


# ---- curl: what the documentation says and no client tries


RECORDS = f"/v1/domains/{ZONE}/records"
GOOD = {"type": "CNAME", "name": "sk1", "data": "u1.mailer.example", "ttl": 600}


@pytest.mark.parametrize("change, field, code", [
    ({"ttl": 599}, "ttl", "UNKNOWN_RESTRICTION"), ({"ttl": 604801}, "ttl", "UNKNOWN_RESTRICTION"),
    ({"ttl": "600"}, "ttl", "UNEXPECTED_TYPE"), ({"ttl": True}, "ttl", "UNEXPECTED_TYPE"),
    ({"name": ""}, "name", "MISMATCH_FORMAT"), ({"name": f"sk1.{ZONE}."}, "name", "MISMATCH_FORMAT"),
    ({"name": ".sk1"}, "name", "MISMATCH_FORMAT"), ({"data": ""}, "data", "MISMATCH_FORMAT"),
    ({"data": None}, "data", "MISSING_VALUE"), ({"type": "SPF"}, "type", "INVALID_VALUE_ENUM"),
    ({"proxied": False}, "proxied", "UNEXPECTED_PROPERTY"),
])
def test_a_body_that_is_not_as_documented_is_refused_whole(godaddy, curl, change, field, code):
    status, answer = curl("PATCH", RECORDS, [GOOD, GOOD | {"name": "sk2"} | change])
    assert status == 422 and answer["code"] == "INVALID_BODY", answer
    assert [(f["path"], f["code"]) for f in answer["fields"]] == [(f"records[1].{field}", code)], answer
    assert not godaddy.zone.records


@pytest.mark.parametrize("auth, status, code", [
    ("", 401, "MISSING_CREDENTIALS"), ("Basic eDp5", 401, "MISSING_CREDENTIALS"),
    ("Bearer nobody", 401, "UNABLE_TO_AUTHENTICATE"), (f"sso-key {KEY}:no", 401, "UNABLE_TO_AUTHENTICATE"),
    (f"sso-key {KEY}:{SECRET}", 200, None), (f"Bearer {TOKEN}", 200, None), ("Bearer reader", 200, None),
])
def test_who_is_let_in(godaddy, curl, auth, status, code):
    godaddy.tokens["reader"] = {"domains.domain:read"}
    got, answer = curl("GET", RECORDS, auth=auth)
    assert got == status and (code is None or answer["code"] == code), answer


def test_a_token_needs_the_scope_of_what_it_does(godaddy, curl):
    godaddy.tokens["reader"] = {"domains.domain:read"}
    status, answer = curl("PATCH", RECORDS, [GOOD], auth="Bearer reader")
    assert (status, answer["code"]) == (403, "ACCESS_DENIED") and "domains.dns:update" in answer["message"]
    godaddy.is_small = True
    assert curl("GET", RECORDS)[0] == 200, "a token is not held to the rule for small accounts"
    status, answer = curl("GET", RECORDS, auth=f"sso-key {KEY}:{SECRET}")
    assert (status, answer["code"], answer["message"]) == (403, "ACCESS_DENIED", "Authenticated user is not allowed access")


def test_a_call_without_a_user_agent_is_turned_away(curl):
    status, answer = curl("GET", RECORDS, agent="")
    assert status == 403 and "<html>" in answer


def test_a_put_replaces_all_that_its_path_covers(godaddy, curl):
    godaddy.zone.fill(8)
    godaddy.zone.add(ZONE, "NS", "ns01.domaincontrol.com")
    assert curl("PUT", RECORDS + "/CNAME/sk1", [{"data": "u1.mailer.example"}])[0] == 200
    assert len(godaddy.zone.records) == 10
    assert curl("PUT", RECORDS + "/CNAME", [{"name": "sk2", "data": "u1.mailer.example"}])[0] == 200
    assert [r.name for r in godaddy.zone.records if r.type == "CNAME"] == [f"sk2.{ZONE}"]
    assert curl("PUT", RECORDS, [GOOD])[0] == 200
    assert held(godaddy) == [(ZONE, "NS", "ns01.domaincontrol.com", 3600), (f"sk1.{ZONE}", "CNAME", "u1.mailer.example", 600)]
    assert curl("PUT", RECORDS + "/CNAME", [])[0] == 422


def test_what_stands_in_the_way_is_named(godaddy, curl):
    godaddy.zone.add(f"sk1.{ZONE}", "TXT", "old")
    status, answer = curl("PATCH", RECORDS, [GOOD | {"name": "first"}, GOOD])
    assert status == 422 and "conflicts" in answer["message"], answer
    assert [r.name for r in godaddy.zone.at(f"first.{ZONE}")] == [f"first.{ZONE}"], "the first was added all the same"
    godaddy.is_atomic = True
    assert curl("PATCH", RECORDS, [GOOD | {"name": "second"}, GOOD])[0] == 422
    assert not godaddy.zone.at(f"second.{ZONE}")
    assert curl("DELETE", RECORDS + "/TXT/sk1")[0] == 204
    assert curl("DELETE", RECORDS + "/TXT/sk1")[0] == 404
    assert curl("DELETE", RECORDS + "/NS/@")[0] == 422
    assert curl("PATCH", RECORDS, [GOOD])[0] == 200


def test_names_and_targets_as_they_are_listed(godaddy, curl):
    godaddy.zone.add(f"www.{ZONE}", "CNAME", ZONE)
    godaddy.zone.add(ZONE, "MX", "mx.mailer.example", priority=10)
    godaddy.residual(godaddy.zone, "old")
    _, listed = curl("GET", RECORDS)
    assert [(r["name"], r["data"]) for r in listed] == [("www", "@"), ("@", "mx.mailer.example"), ("old", "")]
    assert listed[1]["priority"] == 10
    assert curl("GET", RECORDS + "/CNAME/nobody") == (200, [])
    assert curl("GET", f"/v1/domains/{ZONE}x/records")[1]["code"] == "UNKNOWN_DOMAIN"
    assert curl("GET", "/v1/domains/not_a_domain/records")[0] == 422


@pytest.mark.parametrize("paging, second", [("page", "offset=2"), ("skip", "offset=500")])
def test_pages_of_500(godaddy, curl, paging, second):
    godaddy.zone.fill(700)
    godaddy.paging = paging
    _, first = curl("GET", RECORDS + "?limit=500")
    _, rest = curl("GET", RECORDS + f"?limit=500&{second}")
    assert len(first) == 500 and len(rest) == 200 and not {r["name"] for r in first} & {r["name"] for r in rest}
    assert curl("GET", RECORDS + "?limit=501")[0] == 422


def test_sixty_calls_a_minute_and_endpoint(godaddy, curl):
    godaddy.limit = 2
    assert [curl("GET", RECORDS)[0] for _ in range(2)] == [200, 200]
    status, answer = curl("GET", RECORDS)
    assert status == 429 and answer["code"] == "TOO_MANY_REQUESTS" and 1 <= answer["retryAfterSec"] <= 60
    assert curl("PATCH", RECORDS, [GOOD])[0] == 200, "another endpoint has a budget of its own"


def test_domains_are_listed_by_pages_without_those_only_hosted(godaddy, curl):
    godaddy.zones.add_zone("hosted-only.com", is_registered=False)
    _, first = curl("GET", "/v1/domains?limit=100")
    _, rest = curl("GET", f"/v1/domains?limit=100&marker={first[-1]['domain']}")
    assert (len(first), len(rest)) == (100, 51)
    assert curl("GET", "/v1/domains/hosted-only.com")[0] == 404
    assert curl("GET", "/v1/domains/hosted-only.com/records") == (200, [])
