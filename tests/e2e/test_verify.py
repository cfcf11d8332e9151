"""Every wrong state of a record, made by hand at a real server, and what is said about it."""

import time

import pytest

from lab import DEAD, PRIMARY, SECONDARY, gone, rrset
from signpost import Result

HOST, SELECTOR = "sk48601", "sk48601a._domainkey"
GIVEN = ["--record", f"{HOST}=u1.mailer.example", "--record", f"{SELECTOR}=a.dkim.mailer.example"]


def make_right(lab, zone):
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    lab.wait_for_secondary(zone)


def verify(user, zone, *words):
    result = user.json("verify", zone, *GIVEN, *words)
    return result, result.domain, {record["host"].removesuffix("." + zone): record
                                   for record in result.domain["records"]}


def check(record, state, code, severity="blocking"):
    assert record["state"] == state, record
    assert record["diagnosis"]["code"] == code, record
    assert record["diagnosis"]["severity"] == severity
    assert record["diagnosis"]["message"] and record["diagnosis"]["fix"]


def test_connected(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    result, domain, records = verify(user, zone)
    assert result.code == 0 and domain["status"] == "connected"
    assert domain["http_calls"] == 0
    assert all(record["state"] == "live" for record in records.values())


def test_missing(lab, user):
    zone = lab.zone()
    result, domain, records = verify(user, zone)
    assert result.code == 3 and domain["status"] == "pending"
    check(records[HOST], "missing", "missing")
    check(records[SELECTOR], "missing", "missing")
    assert not domain["records_live"]


def test_wrong_target(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u2.mailer.example."))
    lab.wait_for_secondary(zone)
    result, domain, records = verify(user, zone)
    assert result.code == 4 and domain["status"] == "error"
    check(records[HOST], "wrong", "wrong-target")
    assert "u2.mailer.example" in records[HOST]["diagnosis"]["message"]
    assert "u1.mailer.example" in records[HOST]["diagnosis"]["fix"]
    assert records[SELECTOR]["state"] == "live"


def test_doubled_suffix(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, gone(f"{HOST}.{zone}", "CNAME"),
                 rrset(f"{HOST}.{zone}.{zone}", "CNAME", "u1.mailer.example."))
    lab.wait_for_secondary(zone)
    result, _, records = verify(user, zone)
    assert result.code == 4
    check(records[HOST], "missing", "doubled-suffix")
    assert f'"{HOST}"' in records[HOST]["diagnosis"]["fix"]


def test_target_suffix_appended(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", f"u1.mailer.example.{zone}."))
    lab.wait_for_secondary(zone)
    result, _, records = verify(user, zone)
    assert result.code == 4
    check(records[HOST], "wrong", "target-suffix-appended")
    assert "u1.mailer.example." in records[HOST]["diagnosis"]["fix"]


@pytest.mark.parametrize("kind, content", [("TXT", '"v=DKIM1; p=OLD"'), ("MX", "10 mx.mailer.example.")])
def test_conflicting_records(lab, user, kind, content):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, gone(f"{SELECTOR}.{zone}", "CNAME"))
    lab.pdns.set(zone, rrset(f"{SELECTOR}.{zone}", kind, content))
    lab.wait_for_secondary(zone)
    result, _, records = verify(user, zone)
    assert result.code == 4
    check(records[SELECTOR], "wrong", "conflicting-records")
    assert kind in records[SELECTOR]["diagnosis"]["message"]


def test_partial_propagation(lab, user):
    zone = lab.zone()
    lab.knot.control("zone-freeze", zone)
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    result, domain, records = verify(user, zone)
    lab.knot.control("zone-thaw", zone)
    assert result.code == 3
    check(records[HOST], "partial", "partial-propagation")
    assert f"ns2.{zone}" in records[HOST]["diagnosis"]["message"]


def test_one_server_is_lame(lab, user):
    zone = "lame.example"  # the secondary was never told of it, and refuses to answer
    lab.pdns.add_zone(zone, kind="Native")
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    result, domain, records = verify(user, zone)
    assert result.code == 0, result
    assert [w["code"] for w in domain["warnings"]] == ["lame-server"]
    assert {s["address"]: s["state"] for s in records[HOST]["servers"]} == {
        PRIMARY: "live", SECONDARY: "unreachable"}


def test_all_servers_are_lame(lab, user):
    zone = "all-lame.example"
    lab.pdns.add_zone(zone, kind="Native", servers=((SECONDARY, "ns1"),))
    result, _, records = verify(user, zone)
    assert result.code == 4, result
    check(records[HOST], "unreachable", "not-delegated")


@pytest.mark.parametrize("servers, code, state", [
    (((SECONDARY, "ns1"),), 3, "unreachable"), (((PRIMARY, "ns1"), (SECONDARY, "ns2")), 0, "live")])
def test_a_secondary_without_its_copy_fails(lab, user, servers, code, state):
    """Knot answers SERVFAIL for a zone that it has not been able to fetch, or whose copy has expired."""
    zone = lab.free_zones.pop(0)
    lab.knot.control("zone-freeze", zone)
    lab.pdns.add_zone(zone, servers=servers)
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    result, domain, records = verify(user, zone)
    assert result.code == code, result
    check(records[HOST], state, "server-unreachable", "blocking" if code else "advisory")
    said = records[HOST]["diagnosis"]["message"]
    assert "SERVFAIL" in said and f"{servers[-1][1]}.{zone}" in said, said
    assert code or [w["code"] for w in domain["warnings"]] == ["server-unreachable"]


def test_one_server_is_down(lab, user):
    zone = lab.zone(servers=((PRIMARY, "ns1"), (SECONDARY, "ns2"), (DEAD, "ns3")))
    make_right(lab, zone)
    result, domain, records = verify(user, zone)
    assert result.code == 0, result
    assert [w["code"] for w in domain["warnings"]] == ["server-unreachable"]
    assert {s["address"]: s["state"] for s in records[HOST]["servers"]}[DEAD] == "unreachable"


def test_all_servers_are_down(lab, user):
    zone = lab.zone()
    # The delegation that the resolver knows leads nowhere: its servers' addresses are dead.
    lab.pdns.set(zone, rrset(f"ns1.{zone}", "A", DEAD), rrset(f"ns2.{zone}", "A", DEAD))
    lab.wait_for_secondary(zone)
    result, _, records = verify(user, zone)
    assert result.code == 3, result
    check(records[HOST], "unreachable", "server-unreachable")


def test_domain_not_found(lab, user):
    result, domain, records = verify(user, "no-such-domain.example")
    assert result.code == 4 and domain["status"] == "error"
    check(records[HOST], "missing", "domain-not-found")
    check(records[SELECTOR], "missing", "domain-not-found")


def test_target_missing_is_the_platforms_side(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"s1._domainkey.{zone}", "CNAME", "nokey.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, "--record", "s1._domainkey=nokey.mailer.example")
    assert result.code == 3, result
    domain = result.domain
    assert domain["records_live"] and not domain["key_live"]
    assert domain["records"][0]["state"] == "live"
    assert domain["records"][0]["diagnosis"]["code"] == "target-missing"
    assert "your side is done" in domain["message"]
    assert user.json("verify", zone, "--record", "s1._domainkey=nokey.mailer.example",
                     "--until", "records").code == 0


def test_hostile_answers_are_shown_harmless(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, gone(f"{SELECTOR}.{zone}", "CNAME"))
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", r"ev\027[31mil.exa\010mple.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "TXT", r'"\027]0;owned\007 <script> ::error:: $(id)"'))
    lab.wait_for_secondary(zone)
    text = user.run("verify", zone, *GIVEN)
    assert text.code == 4
    assert not [c for c in text.out + text.err if ord(c) < 32 and c != "\n"]
    result, _, records = verify(user, zone)
    check(records[HOST], "wrong", "wrong-target")


def test_the_resolver_is_silent(lab, user):
    user.flags = ["--resolver", f"{DEAD}:{lab.port}", "--dns-port", str(lab.port)]
    result, domain, records = verify(user, "z00.example")
    assert result.code == 3, result
    check(records[HOST], "unreachable", "server-unreachable")
    assert DEAD in records[HOST]["diagnosis"]["message"]


@pytest.mark.parametrize("mistake, code", [
    (lambda zone: rrset(f"{HOST}.{zone}.{zone}", "CNAME", "u1.mailer.example."), "doubled-suffix"),
    (lambda zone: rrset(f"{HOST}.{zone}", "TXT", '"u1.mailer.example"'), "conflicting-records")])
def test_a_mistake_made_during_the_wait_ends_it(lab, user, mistake, code):
    """With --timeout 60s: had it waited for that, communicate() would have given up before."""
    zone = lab.zone()
    process = user.start("verify", zone, "--record", f"{HOST}=u1.mailer.example", "--wait", "--timeout", "60s",
                         "--output", "json")
    try:
        time.sleep(0.5)
        lab.pdns.set(zone, mistake(zone))
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    result = Result(process.returncode, out, err)
    assert result.code == 4, result
    check(result.domain["records"][0], "missing" if code == "doubled-suffix" else "wrong", code)


def test_waiting_ends_early_when_waiting_cannot_help(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u2.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, "--record", f"{HOST}=u1.mailer.example", "--wait", "--timeout", "60s",
                       timeout=20)
    assert result.code == 4
