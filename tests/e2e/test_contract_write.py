"""What is written and for whom: domains that share hosts, zones that take several writes, writes that fail half-way, and
records that were there before."""

import json
import sqlite3

import pytest

from contract import Relay, Tiny, cnames, compiled, direct, ensure_zone, one, own_zone
from lab import gone, rrset
from test_publish import three

pytestmark = pytest.mark.slow


@pytest.fixture
def user(user, lab, tmp_path):
    """With the plugin "tiny" at hand, whose provider takes one record at a time."""
    ensure_zone(lab, "tiny-dns.example")
    compiled(tmp_path / "plugins", "tiny.c")
    direct(user, lab)
    user.flags += ["--plugin-dir", str(tmp_path / "plugins")]
    return user


@pytest.fixture
def tiny(lab, user):
    tiny = Tiny(lab)
    user.env |= {"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}
    yield tiny
    tiny.stop()


@pytest.fixture
def relay(lab, user):
    relay = Relay(lab)
    user.env["PDNS_API_URL"] = relay.url
    yield relay
    relay.stop()


def tiny_zone(lab, tiny, *rows, **how):
    return tiny.add(own_zone(lab, server="ns1.tiny-dns.example", **how), *rows)


def records_file(user, domains):
    path = user.home / "records.json"
    path.write_text("".join(json.dumps({"domain": domain, "records": [
        {"type": "CNAME", "host": host, "points_to": target}]}) + "\n" for domain, host, target in domains))
    return str(path)


def by_domain(result):
    return {entry["domain"]: entry for entry in result.report["domains"]}


# ---- several domains ----


def test_two_domains_that_want_one_host_differently(lab, user):
    zone = own_zone(lab)
    news, host = f"news.{zone}", f"sk1.news.{zone}"
    path = records_file(user, [(zone, host, "u1.mailer.example"), (news, host, "u2.mailer.example")])
    result = user.json("publish", zone, news, "--records", path, "--provider", "powerdns", "--no-wait")
    domains = by_domain(result)
    assert result.code == 5 and domains[zone]["error"] is None, result
    assert domains[news]["error"]["code"] == "same-host-twice" and domains[news]["changes"] == []
    assert cnames(lab, zone) == {host: "u1.mailer.example"}


def test_two_domains_that_want_one_host_alike(lab, user, relay):
    zone = own_zone(lab)
    news, host = f"news.{zone}", f"sk1.news.{zone}"
    path = records_file(user, [(zone, host, "u1.mailer.example"), (news, host, "u1.mailer.example")])
    result = user.json("publish", zone, news, "--records", path, "--provider", "powerdns")
    assert {entry["changes"][0]["outcome"] for entry in result.report["domains"]} == {"applied"}, result
    (body,) = [json.loads(request[3]) for request in relay.requests if request[0] == "PATCH"]
    assert len(body["rrsets"]) == 1 and cnames(lab, zone) == {host: "u1.mailer.example"}


def test_a_domain_named_twice(lab, user):
    zone = own_zone(lab)
    result = user.json("publish", zone, zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns")
    assert result.code == 0 and result.domain["changes"][0]["outcome"] == "applied", result


def test_a_hundred_domains_in_one_zone(lab, user, relay):
    """One look-up, one listing, one write, whatever their number."""
    zone = own_zone(lab)
    domains = [f"d{i}.{zone}" for i in range(100)]
    words = [word for domain in domains for word in three(domain)[0]]
    result = user.json("publish", *domains, *words, "--provider", "powerdns", "--no-wait")
    assert relay.methods() == ["GET", "GET", "PATCH"] and len(cnames(lab, zone)) == 300
    assert {c["outcome"] for e in result.report["domains"] for c in e["changes"]} == {"applied"}


def test_a_write_refused_for_one_domain_of_ten(lab, user, relay):
    """Somebody takes a host of one of them after the zone was read: the others get their records all the same."""
    zone = own_zone(lab)
    domains = [f"d{i}.{zone}" for i in range(10)]
    words = [word for domain in domains for word in three(domain)[0]]
    taken = next(iter(three(domains[6])[1]))
    answer = relay.answer

    def take_it_first(handler, body):
        if handler.command == "PATCH" and "PATCH" not in relay.methods()[:-1]:
            lab.pdns.set(zone, rrset(taken, "TXT", '"somebody else"'))
        return answer(handler, body)
    relay.answer = take_it_first
    result = user.json("publish", *domains, *words, "--provider", "powerdns", "--no-wait")
    outcomes = {name: {change["outcome"] for change in entry["changes"]} for name, entry in by_domain(result).items()}
    assert outcomes == {domain: {"failed" if domain == domains[6] else "applied"} for domain in domains}, result
    assert result.code == 5 and by_domain(result)[domains[6]]["error"]["code"] == "conflict"
    assert len(cnames(lab, zone)) == 27
    assert relay.methods() == ["GET", "GET"] + 7 * ["PATCH"], "halves of halves"
    assert result.report["totals"]["http_calls"] == 9 == sum(e["http_calls"] for e in result.report["domains"])


@pytest.mark.parametrize("bad", [1, 3, 6])
def test_domains_that_crash_the_plugin_cost_nobody_else(lab, user, tiny, bad):
    zones = [tiny_zone(lab, tiny, label="boom") for _ in range(bad)]
    good = tiny_zone(lab, tiny)
    records = [word for zone in [*zones, good] for word in ("--record", f"sk1.{zone}=u1.mailer.example")]
    domains = by_domain(user.json("publish", *zones, good, *records, "--provider", "tiny"))
    assert domains[good]["status"] == "connected"
    assert {domains[zone]["error"]["kind"] for zone in zones} == {"plugin"}


def test_a_crash_while_a_shared_zone_is_read(lab, user, tiny):
    zone = tiny_zone(lab, tiny, ("sk1.fine", "TXT", 600, "old"))
    domains = [f"{label}.{zone}" for label in ("one", "bang", "fine")]
    records = [word for domain in domains for word in ("--record", f"sk1.{domain}=u1.mailer.example")]
    found = by_domain(user.json("publish", *domains, *records, "--provider", "tiny", "--replace-types", "TXT", "--yes"))
    assert [found[domain]["status"] for domain in domains] == ["connected", None, "connected"], found
    assert found[domains[1]]["error"]["kind"] == "plugin"
    assert [row[0] for row in tiny.rows(zone)] == ["sk1.fine", "sk1.one"]


# ---- half-way ----


def old_key(lab, tiny):
    zone = tiny_zone(lab, tiny, ("s1._domainkey", "TXT", 700, "v=DKIM1; p=OLD"), ("s1._domainkey", "TXT", 700, "second"))
    words = ["--record", f"s1._domainkey.{zone}=a.dkim.mailer.example", "--record", f"sk1.{zone}=u1.mailer.example",
             "--provider", "tiny", "--replace-types", "TXT", "--yes"]
    return zone, ["publish", zone, *words]


def refuse_cname_at_key(tiny, status=422, and_txt=False):
    real = tiny.answer

    def answer(handler, body):
        kind = body.split(" ")[0]
        if handler.command == "POST" and "_domainkey" in body and (kind == "CNAME" or and_txt):
            return status, "E_NO not this one"
        return real(handler, body)
    tiny.answer = answer


def test_what_was_removed_in_vain_is_put_back(lab, user, tiny):
    zone, words = old_key(lab, tiny)
    before = tiny.rows(zone)
    refuse_cname_at_key(tiny)
    result = user.json(*words)
    outcomes = {(c["action"], c["host"].split(".")[0]): c["outcome"] for c in result.domain["changes"]}
    assert outcomes == {("delete", "s1"): "rolled-back", ("create", "s1"): "failed", ("create", "sk1"): "applied"}, result
    assert sorted(tiny.rows(zone)) == sorted([*before, ("sk1", "CNAME", 900, "u1.mailer.example")])
    assert result.code == 7 and "put back" in result.domain["error"]["message"]


def test_what_could_not_be_put_back_is_said(lab, user, tiny):
    zone, words = old_key(lab, tiny)
    refuse_cname_at_key(tiny, and_txt=True)
    result = user.json(*words)
    assert "could not be put back" in result.domain["error"]["message"], result
    assert {c["from"] for c in result.domain["changes"] if c["action"] == "delete"} == {"v=DKIM1; p=OLD", "second"}
    assert one("outcome", [c for c in result.domain["changes"] if c["action"] == "delete"]) == {"applied"}
    assert tiny.rows(zone) == [("sk1", "CNAME", 900, "u1.mailer.example")]


def test_a_lost_write_that_lands_later(lab, user, relay):
    """Not seen yet is not failed: the next run finds it, and it is ours."""
    zone = own_zone(lab)
    real = relay.answer
    relay.answer = lambda handler, body: None if handler.command == "PATCH" else real(handler, body)
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns"]
    lost = user.json(*words)
    assert lost.code == 7 and lost.domain["changes"][0]["outcome"] == "unknown", lost
    relay.answer = real
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
    found = user.json(*words)
    assert found.code == 0 and found.domain["changes"][0]["action"] == "keep", found
    assert user.json("unpublish", zone, "--yes").domain["changes"][0]["outcome"] == "applied" and cnames(lab, zone) == {}


def test_planned_is_the_word_of_dry_runs(lab, user):
    zone = own_zone(lab)
    words, _ = three(zone)
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "old.platform.example."))
    refused = user.json("publish", zone, *words, "--provider", "powerdns")
    assert refused.code == 5 and one("outcome", refused.domain["changes"]) == {"refused"}
    dry = user.json("publish", zone, *words, "--provider", "powerdns", "--replace", "--dry-run")
    assert one("outcome", dry.domain["changes"]) == {"planned"}


# ---- whose it is ----


def test_an_adopted_record_is_not_ours_to_delete(lab, user):
    zone = own_zone(lab)
    words = ["--record", "sk1=u1.mailer.example", "--record", "sk2=u1.mailer.example"]
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
    assert user.json("publish", zone, *words, "--provider", "powerdns").code == 0
    result = user.json("unpublish", zone, "--yes")
    assert cnames(lab, zone) == {f"sk1.{zone}": "u1.mailer.example"}
    assert result.code == 0 and one("code", result.domain["warnings"]) == {"not-published-here"}, result
    assert {c["host"]: c["outcome"] for c in result.domain["changes"]} == {f"sk1.{zone}": "unchanged", f"sk2.{zone}": "applied"}
    named = user.json("unpublish", zone, *words, "--yes", "--provider", "powerdns")
    assert named.code == 0 and cnames(lab, zone) == {}, "what is named is taken back, whoever wrote it"


def test_a_dry_run_says_what_stays(lab, user):
    zone = own_zone(lab)
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
    assert user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns").code == 0
    result = user.json("unpublish", zone, "--dry-run", "--exit-code")
    assert result.code == 0 and result.domain["changes"][0]["action"] == "keep", result


def test_taking_back_twice(lab, user):
    """The second run finds nothing to do; that is no bad input."""
    zone = own_zone(lab)
    assert user.json("publish", zone, *three(zone)[0], "--provider", "powerdns").code == 0
    assert user.json("unpublish", zone, "--yes").code == 0
    assert user.run("unpublish", zone, "--yes").code == 0


def test_the_window_of_a_killed_run(lab, user, relay):
    """What was written without an outcome counts from when it was written."""
    zone = own_zone(lab)
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--no-wait"]
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
    assert user.json(*words).code in (0, 3)
    lab.pdns.set(zone, gone(f"sk1.{zone}", "CNAME"))
    relay.hold = "after"
    running = user.start(*words)
    assert relay.reached.wait(20)
    running.kill()
    running.communicate()
    relay.let_go()
    hour_ago, days_ago = 3600, 3 * 86400
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE changes SET intended_at = intended_at - ?", (hour_ago,))
        ledger.execute("UPDATE domains SET published_at = published_at - ?", (days_ago,))
        (known,) = ledger.execute("SELECT published_at FROM domains").fetchone()
    assert user.json(*words).code in (0, 3)
    with sqlite3.connect(user.ledger) as ledger:
        (at,) = ledger.execute("SELECT published_at FROM domains").fetchone()
    assert 0 <= at - known - (days_ago - hour_ago) < 60


# ---- whose address it is ----


def test_an_endpoint_for_another_provider(lab, user, tiny):
    """The only credential is PowerDNS's, the name servers are Tiny's: nobody can tell whom the address is for."""
    zone = tiny_zone(lab, tiny)
    del user.env["TINY_API_TOKEN"]
    result = user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--endpoint", lab.pdns.endpoint)
    assert result.code == 2 and "--provider" in result.err and result.out == "" and tiny.requests == [], result
