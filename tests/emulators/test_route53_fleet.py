"""Many domains, many records, many runs at Route 53: how often it is called, and that strangers' records stay."""

import json
import random
import time

import pytest

from clients import Clients
from route53_batch import escaped, values_of
from test_route53_clients import Aws
from test_route53_plugin import TARGETS, cnames, emulator, pairs, publish, user, zone  # noqa: F401


def records_file(tmp_path, domains):
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps({"domain": domain, "records": [
        {"type": "CNAME", "host": host, "points_to": target} for host, target in pairs(domain).items()]}) + "\n"
        for domain in domains))
    return path


def publish_all(user, path, domains, *more):
    """All in one run, which looks once: the zones are in no DNS."""
    start = time.monotonic()
    result = user.json("publish", *domains, "--records", str(path), "--provider", "route53", "--no-wait", *more,
                       timeout=300)
    return result, time.monotonic() - start


def outcomes(result):
    return {change["outcome"] for entry in result.report["domains"] for change in entry["changes"]}


@pytest.mark.slow
def test_a_hundred_domains_in_a_hundred_zones(user, emulator, tmp_path):
    zones = [emulator.add_zone(f"customer{i:03}.example", is_served=False) for i in range(100)]
    domains = [zone.name for zone in zones]
    path = records_file(tmp_path, domains)
    result, elapsed = publish_all(user, path, domains)
    assert outcomes(result) == {"applied"}, result
    assert all(cnames(emulator, zone) == pairs(zone.name) for zone in zones)
    # 250 zones are three pages of a hundred, of which the second and third hold nobody's.
    assert emulator.count("GET", "hostedzonesbyname") <= 3
    assert (emulator.count("GET", "/rrset$"), emulator.count("POST")) == (100, 100)
    assert result.report["totals"]["http_calls"] == len(emulator.calls)
    print(f"100 zones, first run: {len(emulator.calls)} calls, {elapsed:.1f} s")
    emulator.reset_calls()
    result, elapsed = publish_all(user, path, domains)
    assert outcomes(result) == {"unchanged"}
    assert len(emulator.calls) <= 103 and emulator.count("POST") == 0
    print(f"100 zones, second run: {len(emulator.calls)} calls, {elapsed:.1f} s")


@pytest.mark.slow
def test_a_hundred_subdomains_in_one_zone(user, emulator, tmp_path):
    zone = emulator.add_zone("platform.example", is_served=False)
    zone.fill(1000)
    before = zone.snapshot()
    domains = [f"customer{i:03}.platform.example" for i in range(100)]
    path = records_file(tmp_path, domains)
    result, elapsed = publish_all(user, path, domains)
    assert outcomes(result) == {"applied"}, result
    assert emulator.count("GET", "hostedzonesbyname") == 1
    assert (emulator.count("GET", "/rrset$"), emulator.count("POST")) == (1, 1)
    assert len(cnames(emulator, zone)) - len([r for r in before if r[2] == "CNAME"]) == 300
    print(f"100 sub-domains: {len(emulator.calls)} calls, {elapsed:.1f} s")
    result, _ = publish_all(user, path, domains)
    assert outcomes(result) == {"unchanged"}
    assert emulator.count("GET", "/rrset$") <= 4 and emulator.count("POST") == 1
    assert zone.snapshot(*(host for domain in domains for host in pairs(domain))) == before


@pytest.mark.slow
def test_values_that_do_not_fit_into_one_batch(user, emulator, tmp_path):
    """32,000 characters are one batch's limit: 150 old keys of 300 characters take two."""
    zone = emulator.add_zone("platform.example", is_served=False)
    domains = [f"c{i:03}.platform.example" for i in range(150)]
    for domain in domains:
        zone.add(f"sk48601a._domainkey.{domain}", "TXT", f'"v=DKIM1; p={"A" * 240}" "{"B" * 50}"', 300)
    result, _ = publish_all(user, records_file(tmp_path, domains), domains, "--replace-types", "TXT", "--yes")
    assert outcomes(result) == {"applied"}, result
    assert emulator.count("POST") == 2 and {call.status for call in emulator.calls} == {200}
    assert {type for _, type in emulator.sets(zone)} == {"CNAME"} and len(emulator.sets(zone)) == 450


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["500", "429", "lost"])
def test_the_second_of_three_batches_fails(user, emulator, tmp_path, kind):
    """What was applied is told as such, a host is never without both records, and the next run does the rest."""
    zone = emulator.add_zone("platform.example", is_served=False)
    domains = [f"c{i:03}.platform.example" for i in range(150)]
    selectors = [f"sk48601a._domainkey.{domain}" for domain in domains]
    for selector in selectors:
        zone.add(selector, "TXT", f'"v=DKIM1; p={"A" * 240}" "{"B" * 50}"', 300)
    path = records_file(tmp_path, domains)
    emulator.fault(kind, method="POST", after=1, applied=False)
    result, _ = publish_all(user, path, domains, "--replace-types", "TXT", "--yes")
    held = emulator.sets(zone)
    for selector in selectors:
        assert ((selector, "TXT") in held) != ((selector, "CNAME") in held)
    told = {(change["host"], change["action"]) for entry in result.report["domains"] for change in entry["changes"]
            if change["outcome"] == "applied"}
    assert {host for host, action in told if action == "create"} == {name for name, type in held if type == "CNAME"}
    emulator.clear_faults()
    result, _ = publish_all(user, path, domains, "--replace-types", "TXT", "--yes")
    assert {type for _, type in emulator.sets(zone)} == {"CNAME"} and len(emulator.sets(zone)) == 450, result


@pytest.mark.slow
def test_the_documented_rate_is_kept(user, emulator, tmp_path):
    """A bucket of 50 and 10 more a second, as the documentation has it: slower, and nothing fails."""
    zones = [emulator.add_zone(f"customer{i:03}.example", is_served=False) for i in range(60)]
    emulator.rate = (50, 10)
    domains = [zone.name for zone in zones]
    result, elapsed = publish_all(user, records_file(tmp_path, domains), domains)
    assert outcomes(result) == {"applied"}, result
    assert all(cnames(emulator, zone) == pairs(zone.name) for zone in zones)
    refused = sum(call.status == 400 for call in emulator.calls)
    print(f"60 zones at 10 calls a second: {len(emulator.calls)} calls, {refused} of them throttled, {elapsed:.1f} s")


# -- strangers


def strangers(chance, zone, hosts):
    """Records of every kind round the wanted hosts, none of them at one."""
    kinds = [("A", "192.0.2.7"), ("TXT", '"v=spf1 -all"\n"other \\"text\\" \\\\ \\052"'), ("MX", "10 mx.example."),
             ("CNAME", "somewhere.example"), ("CAA", '0 issue "ca.example"'), ("AAAA", "2001:db8::1")]
    with zone.transaction():
        for i in range(40):
            kind, data = chance.choice(kinds)
            name = chance.choice([f"x{i}.{chance.choice(hosts)}", f"x{i}._domainkey.{zone.name}", f"x{i}.{zone.name}",
                                  f"sk48601{i}.{zone.name}"])
            zone.add(name, kind, data, chance.choice([60, 300, 86400]))
    for i in range(6):
        zone.records.append(type(zone.records[0])(f"w{i}", f"_weighted{i % 2}.{zone.name}", "A", "192.0.2.8", 60,
                                                  {"set_id": f"s{i}", "routing": {"Weight": i}}))
        zone.records.append(type(zone.records[0])(f"a{i}", f"*.alias{i}.{zone.name}", "A", "", 0, {"alias": {
            "HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net.", "EvaluateTargetHealth": True}}))


def disturb(chance, zone, hosts):
    """Somebody else edits the wanted hosts between two runs."""
    host = chance.choice(hosts)
    with zone.transaction():
        zone.remove(*zone.at(host))
        kind = chance.choice(["gone", "CNAME", "TXT"])
        if kind == "CNAME":
            zone.add(host, "CNAME", "old.platform.example", 123)
        elif kind == "TXT":
            zone.add(host, "TXT", '"v=DKIM1; p=OLD"\n"second"', 456)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_strangers_records_never_change(user, emulator, zone, tmp_path, seed):
    chance, hosts = random.Random(seed), list(pairs(zone.name))
    strangers(chance, zone, hosts)
    neighbour = emulator.add_zone(f"neighbour-of-{zone.name}")
    neighbour.fill(30)
    before, beside = zone.snapshot(*hosts), neighbour.snapshot()
    for _ in range(8):
        disturb(chance, zone, hosts)
        if chance.random() < 0.25:
            emulator.fault(chance.choice(["lost", "500", "429", "reset"]), method="POST")
        if chance.random() < 0.7:
            publish(user, zone, *chance.choice([[], ["--replace", "--yes"], ["--replace", "--replace-types", "TXT", "--yes"]]),
                    "--no-wait")
        else:
            user.json("unpublish", zone.name, "--provider", "route53", "--yes")
        assert zone.snapshot(*hosts) == before and neighbour.snapshot() == beside
    emulator.clear_faults()
    assert publish(user, zone, "--replace", "--replace-types", "TXT", "--yes").code == 0
    assert {host: cnames(emulator, zone)[host] for host in hosts} == dict(zip(hosts, TARGETS))
    assert zone.snapshot(*hosts) == before
    # What other clients read is what is held.
    aws = Aws(Clients(tmp_path / "aws"), emulator)
    listed = aws.ok("list-resource-record-sets", "--hosted-zone-id", zone.id)["ResourceRecordSets"]
    assert sorted((escaped(r.name), r.type, r.extra.get("set_id"), values_of(r)) for r in zone.records) == sorted(
        (one["Name"], one["Type"], one.get("SetIdentifier"), [v["Value"] for v in one.get("ResourceRecords", [])])
        for one in listed)
