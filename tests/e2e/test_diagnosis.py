"""What is wrong, told apart: each state is made at real servers, and has its own code, sentence and fix."""

import pytest

from contract import direct, own_zone
from internet import SERVERS, Internet
from lab import DKIM_KEY, PRIMARY, gone, rrset
from test_parent import ZONE, build, own
from test_parent import verify as ask
from test_verify import GIVEN, HOST, SELECTOR, check, make_right, verify


def said(record):
    return record["diagnosis"]["message"] + " | " + record["diagnosis"]["fix"]


@pytest.mark.parametrize("addresses, origin", [
    ((("A", "127.0.0.77"),), "not those of u1.mailer.example"),
    ((("A", "192.0.2.10"),), "those of u1.mailer.example, so the CNAME is flattened"),
    ((("A", "192.0.2.10"), ("AAAA", "2001:db8::10")), "those of u1.mailer.example, so the CNAME is flattened"),
    ((("A", "192.0.2.10"), ("AAAA", "2001:db8::77")), "not those of u1.mailer.example"),
])
def test_addresses_in_place_of_the_cname(lab, user, addresses, origin):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, gone(f"{HOST}.{zone}", "CNAME"))
    lab.pdns.set(zone, *(rrset(f"{HOST}.{zone}", kind, address) for kind, address in addresses))
    lab.wait_for_secondary(zone)
    result, domain, records = verify(user, zone)
    assert result.code == 4, result
    check(records[HOST], "wrong", "proxied-or-flattened")
    assert origin in records[HOST]["diagnosis"]["message"], said(records[HOST])
    assert f'"{HOST}"' in records[HOST]["diagnosis"]["fix"]
    assert records[SELECTOR]["state"] == "live"


def test_a_wildcard_with_another_target(lab, user):
    """It answers for both hosts, as there is no name at or above them."""
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"*.{zone}", "CNAME", "parked.mailer.example."))
    lab.wait_for_secondary(zone)
    result, domain, records = verify(user, zone)
    assert result.code == 4 and not domain["records_live"], result
    for record in records.values():
        check(record, "wrong", "wildcard-only")
        assert "parked.mailer.example" in record["diagnosis"]["message"]
        assert "add a CNAME record" in record["diagnosis"]["fix"]


def test_a_wildcard_with_the_wanted_target(lab, user):
    """It is right for one record and wrong for the other; with that one in place nothing is wrong."""
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"*.{zone}", "CNAME", "u1.mailer.example."))
    lab.wait_for_secondary(zone)
    result, domain, records = verify(user, zone)
    assert result.code == 4
    check(records[HOST], "live", "wildcard-only", "advisory")
    check(records[SELECTOR], "wrong", "wildcard-only")
    assert [w["code"] for w in domain["warnings"]] == ["wildcard-only"]
    lab.pdns.set(zone, rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    lab.wait_for_secondary(zone)
    assert verify(user, zone)[0].code == 0


@pytest.mark.parametrize("kind, content", [("A", "127.0.0.9"), ("TXT", '"v=spf1 -all"')])
def test_a_wildcard_of_other_types_is_in_nobodys_way(lab, user, kind, content):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"*.{zone}", kind, content))
    lab.wait_for_secondary(zone)
    result, _, records = verify(user, zone)
    assert result.code == 3, result
    check(records[HOST], "missing", "missing")
    assert "comes from a wildcard" in records[HOST]["diagnosis"]["message"]


def test_a_wildcard_is_late_not_wrong_just_after_publishing(lab, user):
    """The secondary has not fetched what was published, and answers from the wildcard still."""
    zone = lab.zone(servers=(("127.0.0.2", "ns1"),))
    lab.pdns.set(zone, rrset(f"*.{zone}", "CNAME", "parked.mailer.example."))
    lab.wait_for_secondary(zone)
    lab.knot.control("zone-freeze", zone)
    result = user.json("publish", zone, *GIVEN, "--provider", "powerdns", "--no-wait")
    assert result.code == 3 and result.domain["status"] == "pending", result
    lab.knot.control("zone-thaw", zone)


def test_a_dname_above(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"_domainkey.{zone}", "DNAME", "elsewhere.mailer.example."))
    lab.wait_for_secondary(zone)
    result, _, records = verify(user, zone)
    assert result.code == 4, result
    check(records[SELECTOR], "wrong", "wrong-target")
    assert {server["state"] for server in records[SELECTOR]["servers"]} == {"wrong"}
    assert f"a DNAME record at _domainkey.{zone}" in records[SELECTOR]["diagnosis"]["message"], said(records[SELECTOR])
    assert records[HOST]["state"] == "live"


def test_a_dname_that_leads_to_the_wanted_target_is_right(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"_domainkey.{zone}", "DNAME", "dkim.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, "--record", "a._domainkey=a.dkim.mailer.example")
    assert result.code == 0, result


def test_an_old_key_at_the_selector(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, gone(f"{SELECTOR}.{zone}", "CNAME"))
    lab.pdns.set(zone, rrset(f"{SELECTOR}.{zone}", "TXT", '"v=DKIM1; p="'))
    lab.wait_for_secondary(zone)
    _, _, records = verify(user, zone)
    check(records[SELECTOR], "wrong", "conflicting-records")
    assert "an old DKIM key" in records[SELECTOR]["diagnosis"]["message"]


@pytest.mark.parametrize("target, origin", [
    ("u1.mailer.exmaple", "typing error"),
    ("ul.mailer.example", "typing error"),
    ("a.dkim.mailer.example", "belongs to sk48601a._domainkey"),
    ("u1.mailer", "the end of the target, example, is not there"),
])
def test_what_a_wrong_target_tells(lab, user, target, origin):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", f"{target}."))
    lab.wait_for_secondary(zone)
    _, _, records = verify(user, zone)
    check(records[HOST], "wrong", "wrong-target")
    assert origin in records[HOST]["diagnosis"]["message"], said(records[HOST])
    assert '"u1.mailer.example"' in records[HOST]["diagnosis"]["fix"]


def test_a_target_whose_zone_was_taken_off(lab, user):
    """The target lies in the zone itself, and the page took its name for a part to leave out."""
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mail."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, "--record", f"{HOST}=u1.mail.{zone}")
    (record,) = result.domain["records"]
    check(record, "wrong", "wrong-target")
    assert "the zone's name was taken off" in record["diagnosis"]["message"], said(record)


def test_a_host_without_the_sender_domains_own_labels(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", f"mail.{zone}", "--record", f"{HOST}=u1.mailer.example")
    assert result.code == 3, result
    (record,) = result.domain["records"]
    check(record, "missing", "missing")
    assert f"but {HOST}.{zone} exists" in record["diagnosis"]["message"]
    assert f'"{HOST}.mail"' in record["diagnosis"]["fix"]


def test_servers_that_disagree_tell_their_versions(lab, user):
    zone = lab.zone()
    lab.knot.control("zone-freeze", zone)
    old = lab.serial("127.0.0.2", zone)
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.example."),
                 rrset(f"{SELECTOR}.{zone}", "CNAME", "a.dkim.mailer.example."))
    new = lab.serial(PRIMARY, zone)
    _, _, records = verify(user, zone)
    lab.knot.control("zone-thaw", zone)
    assert old != new
    for record in records.values():
        check(record, "partial", "partial-propagation")
        message = record["diagnosis"]["message"]
        assert f"ns2.{zone} (serial {old})" in message and f"ns1.{zone} (serial {new})" in message, message


def test_a_parked_domain_is_said_to_be_parked(lab, user):
    """Parking services answer every question about addresses, and have nothing else."""
    lab.pdns.add_zone("sedoparking.com", kind="Native", servers=((PRIMARY, "ns1"),))
    zone = own_zone(lab, ("*.{z}", "A", "192.0.2.80"), server="ns1.sedoparking.com")
    result, domain, records = verify(direct(user, lab), zone)
    assert result.code == 3, result
    for record in records.values():
        check(record, "missing", "missing")
        assert "are those of Sedo, where domains are parked" in record["diagnosis"]["message"]
        assert "registrar" in record["diagnosis"]["fix"]


@pytest.mark.parametrize("delegated, named, said", [
    (["ns1"], ["ns1", "ns2"], "only above none, only in the zone ns2.customer.example"),
    (["ns1", "ns3"], ["ns1"], "only above ns3.customer.example, only in the zone none"),
])
def test_the_zone_and_the_zone_above_differ(tmp_path, delegated, named, said):
    internet = Internet(tmp_path)
    try:
        build(internet, delegated, named)
        if "ns3" in delegated:
            internet.serve(SERVERS["ns3"], {ZONE: own(*named)})
        result, states, warnings = ask(internet, tmp_path)
    finally:
        internet.stop()
    assert result.code == 0 and set(states.values()) == {"live"}, result
    assert warnings == ["delegation-mismatch"]
    assert said in result.domain["warnings"][0]["message"]


# ---- what stands behind the records ----

def behind(lab, zone, target, *records, host=HOST):
    """RECORDS are published in ZONE, which is the platform's here as well; HOST points to TARGET there."""
    lab.pdns.set(zone, rrset(f"{host}.{zone}", "CNAME", f"{target}.{zone}."), *(rrset(*record) for record in records))
    lab.wait_for_secondary(zone)
    return ["--record", f"{host}={target}.{zone}"]


@pytest.mark.parametrize("records, codes", [
    ((), ["return-path-mx-missing", "return-path-spf-missing"]),
    ((("MX", "10 mx.mailer.example."),), ["return-path-spf-missing"]),
    ((("MX", "0 ."), ("TXT", '"v=spf1 -all"')), ["return-path-mx-missing"]),
    ((("MX", "10 mx.mailer.example."), ("TXT", '"v=spf10 -all"')), ["return-path-spf-missing"]),
    ((("MX", "10 mx.mailer.example."), ("TXT", '"v=spf1"')), []),
    ((("MX", "10 mx.mailer.example."), ("TXT", '"V=SPF1 mx ~all"')), []),
])
def test_a_return_path_without_mx_or_spf_is_a_warning(lab, user, records, codes):
    zone = lab.zone()
    given = behind(lab, zone, "bounce", (f"bounce.{zone}", "A", "192.0.2.1"),
                   *((f"bounce.{zone}", kind, content) for kind, content in records))
    result = user.json("verify", zone, *given)
    assert result.code == 0 and result.domain["key_live"], result
    assert [warning["code"] for warning in result.domain["warnings"]] == codes
    diagnosis = result.domain["records"][0]["diagnosis"]
    assert (diagnosis and diagnosis["code"]) == (codes[0] if codes else None)


def chain(zone, n):
    """Hops 1 to N, each but the last a CNAME to the next."""
    return [(f"h{i}.{zone}", "CNAME", f"h{i + 1}.{zone}.") for i in range(1, n)]


@pytest.mark.parametrize("n, code", [(2, None), (8, None), (9, "cname-loop")])
def test_a_chain_is_followed_for_eight_hops(lab, user, n, code):
    zone = lab.zone()
    given = behind(lab, zone, "h1", *chain(zone, n), (f"h{n}.{zone}", "TXT", f'"{DKIM_KEY}"'), host=SELECTOR)
    result = user.json("verify", zone, *given)
    diagnosis = result.domain["records"][0]["diagnosis"]
    assert (diagnosis and diagnosis["code"]) == code, result
    assert result.code == (4 if code else 0)
    assert code is None or "more than 8 names" in diagnosis["message"]


def test_a_chain_that_ends_in_nothing_names_the_hop(lab, user):
    zone = lab.zone()
    given = behind(lab, zone, "h1", *chain(zone, 3), host=SELECTOR)
    result = user.json("verify", zone, *given)
    assert result.code == 3, result
    check(result.domain["records"][0], "live", "target-missing")
    assert f"h3.{zone} (hop 3 of the chain) does not exist" in result.domain["message"]


def test_a_chain_that_comes_back_to_the_host_is_a_loop(lab, user):
    zone = lab.zone()
    given = behind(lab, zone, "h1", (f"h1.{zone}", "CNAME", f"{HOST}.{zone}."))
    result = user.json("verify", zone, *given)
    assert result.code == 4, result
    check(result.domain["records"][0], "live", "cname-loop")
    assert "comes back to itself" in result.domain["message"]


def test_one_selector_with_a_key_is_enough(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, rrset(f"s2._domainkey.{zone}", "CNAME", "nokey.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, *GIVEN, "--record", "s2._domainkey=nokey.mailer.example")
    assert result.code == 0, result
    check(result.domain["records"][2], "live", "selector-idle", "advisory")


def test_all_is_live_within_the_queries_it_may_cost(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    lab.pdns.set(zone, rrset(f"s2._domainkey.{zone}", "CNAME", "b.dkim.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, *GIVEN, "--record", "s2._domainkey=b.dkim.mailer.example")
    assert result.code == 0 and not result.domain["warnings"], result
    assert result.domain["dns_queries"] <= 28, result.domain["dns_queries"]
