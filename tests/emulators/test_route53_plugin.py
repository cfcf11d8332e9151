"""The Route 53 plugin against the emulator that real clients have passed, verified over real DNS."""

import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from clients import Clients
from contract import direct, ensure_zone, own_zone
from lab import PRIMARY, RESOLVER, SECONDARY
from proxy import Proxy
from route53 import KEY, SESSION, Route53
from route53_xml import NAMESPACE
from signpost import IS_SANITIZED
from test_route53_clients import HOST, Aws, credentials

TARGETS = ["u1.mailer.example", "a.dkim.mailer.example", "b.dkim.mailer.example"]
LISTS, WRITE = "^/2013-04-01/hostedzone", "/rrset$"


@pytest.fixture
def emulator(feed):
    with Route53(on_change=feed) as emulator:
        emulator.filler(150)
        yield emulator


@pytest.fixture
def user(user, emulator, lab):
    user.env |= {"AWS_ACCESS_KEY_ID": KEY.id, "AWS_SECRET_ACCESS_KEY": KEY.secret,
                 "AWS_ENDPOINT_URL_ROUTE_53": emulator.url, "AWS_REGION": "eu-central-1"}
    return direct(user, lab)


@pytest.fixture
def zone(lab, emulator):
    """A zone at Route 53 that is served by the lab's primary."""
    name = own_zone(lab)
    return emulator.add_zone(name, name_servers=[f"ns1.{name}"])


def pairs(domain, *numbers):
    hosts = [f"sk48601.{domain}", f"sk48601a._domainkey.{domain}", f"sk48601b._domainkey.{domain}"]
    return dict(zip(hosts, TARGETS))


def words(domain):
    return [word for host, target in pairs(domain).items() for word in ("--record", f"{host}={target}")]


def publish(user, zone, *more, **how):
    return user.json("publish", zone.name, *words(zone.name), "--provider", "route53", *more, **how)


def methods(emulator):
    return [(call.method, call.path.rpartition("/")[2]) for call in emulator.calls]


def cnames(emulator, zone):
    return {name: values[0].rstrip(".") for (name, type), values in emulator.sets(zone).items() if type == "CNAME"}


# -- the normal path


def test_from_nothing_to_connected_in_three_calls(user, emulator, lab):
    """Through a resolver of its own, at two servers of different make."""
    name = lab.zone()
    zone = emulator.add_zone(name, name_servers=[f"ns1.{name}", f"ns2.{name}"])
    user.flags = ["--resolver", f"{RESOLVER}:{lab.port}", "--dns-port", str(lab.port)]
    zone.fill(200)
    result = publish(user, zone)
    assert result.code == 0, result
    assert methods(emulator) == [("GET", "hostedzonesbyname"), ("GET", "rrset"), ("POST", "rrset")]
    assert result.domain["status"] == "connected" and result.domain["http_calls"] == 3
    assert {(s["address"], s["state"]) for r in result.domain["records"] for s in r["servers"]} == {
        (PRIMARY, "live"), (SECONDARY, "live")}
    assert {host: cnames(emulator, zone)[host] for host in pairs(zone.name)} == pairs(zone.name)
    for change in result.domain["changes"]:
        assert (change["action"], change["outcome"]) == ("create", "applied")
        assert change["sent_host"] == change["host"] + "."
    assert all(call.user_agent.startswith("signpost/") for call in emulator.calls)


def test_a_second_run_reads_only(user, emulator, zone):
    assert publish(user, zone).code == 0
    emulator.reset_calls()
    result = publish(user, zone)
    assert result.code == 0 and methods(emulator) == [("GET", "hostedzonesbyname"), ("GET", "rrset")]
    assert {c["action"] for c in result.domain["changes"]} == {"keep"}


def test_records_as_the_console_writes_them_are_kept(user, emulator, zone):
    for host, target in pairs(zone.name).items():
        zone.add(host, "CNAME", target.upper(), 300)
    result = publish(user, zone)
    assert result.code == 0 and {c["action"] for c in result.domain["changes"]} == {"keep"}


def test_the_document_is_in_the_schemas_order(user, emulator, zone):
    assert publish(user, zone).code == 0
    root = ET.fromstring(emulator.calls[-1].body)
    assert root.tag == f"{{{NAMESPACE}}}ChangeResourceRecordSetsRequest"
    for one in root.iter(f"{{{NAMESPACE}}}ResourceRecordSet"):
        assert [child.tag.rpartition("}")[2] for child in one] == ["Name", "Type", "TTL", "ResourceRecords"]
    assert [e.text for e in root.iter(f"{{{NAMESPACE}}}Action")] == ["CREATE"] * 3


@pytest.mark.slow
def test_what_was_written_reads_the_same_for_other_clients(user, emulator, lab, tmp_path):
    # lexicon takes nothing under an unlisted suffix for a zone.
    name = ensure_zone(lab, "read-by-others.com")
    zone = emulator.add_zone(name, name_servers=[f"ns1.{name}"])
    assert publish(user, zone).code == 0
    written = pairs(name)
    aws = Aws(Clients(tmp_path / "aws"), emulator)
    listed = aws.ok("list-resource-record-sets", "--hosted-zone-id", zone.id)["ResourceRecordSets"]
    (read,) = Clients(tmp_path / "node").node("route53_client.mjs", [["ListResourceRecordSets", {"HostedZoneId": zone.id}]],
                                              env=credentials() | {"ENDPOINT": emulator.url})
    for sets in (listed, read["ok"]["ResourceRecordSets"]):
        assert {one["Name"].rstrip("."): one["ResourceRecords"][0]["Value"].rstrip(".")
                for one in sets if one["Type"] == "CNAME"} == written
        assert {one["TTL"] for one in sets if one["Type"] == "CNAME"} == {300}
    with Proxy(tmp_path / "ca", {HOST: emulator}) as proxy:
        done, found = Clients(tmp_path / "lexicon", proxy).lexicon("route53", "list", name, "CNAME", env=credentials() | {
            "LEXICON_ROUTE53_AUTH_ACCESS_KEY": KEY.id, "LEXICON_ROUTE53_AUTH_ACCESS_SECRET": KEY.secret})
    assert done.code == 0, done
    assert {one["name"]: one["content"].rstrip(".") for one in found} == written


# -- changing and taking back


def test_another_target_is_replaced_by_exact_removal_and_creation(user, emulator, zone):
    zone.add(f"sk48601.{zone.name}", "CNAME", "old.platform.example", 77)
    refused = publish(user, zone)
    assert refused.code == 5 and "--replace" in refused.domain["error"]["fix"]
    assert emulator.count("POST") == 0
    result = publish(user, zone, "--replace", "--yes")
    assert result.code == 0, result
    assert cnames(emulator, zone) == pairs(zone.name)
    body = emulator.calls[-1].body.decode()
    assert sorted(re.findall("<Action>(.*?)</Action>", body)) == ["CREATE", "CREATE", "CREATE", "DELETE"]
    assert re.findall(f"<Action>(\\w+)</Action><ResourceRecordSet><Name>sk48601.{zone.name}", body) == ["DELETE", "CREATE"]
    assert "<TTL>77</TTL><ResourceRecords><ResourceRecord><Value>old.platform.example</Value>" in body


def test_an_old_dkim_txt_makes_room_in_one_batch(user, emulator, zone):
    selector = f"sk48601a._domainkey.{zone.name}"
    # Two values, one of them in two strings, with what XML escapes.
    old = ['"v=DKIM1; p=AAA<B>" "C&D\\"E"', '"v=DKIM1; p=OLDER"']
    zone.add(selector, "TXT", "\n".join(old), 3600)
    zone.add(f"other._domainkey.{zone.name}", "TXT", '"v=DKIM1; p=KEEP"', 3600)
    before = zone.snapshot(selector)
    plan = publish(user, zone, "--replace-types", "TXT", "--dry-run")
    assert ("delete", "TXT", selector) in {(c["action"], c["type"], c["host"]) for c in plan.domain["changes"]}
    assert emulator.count("POST") == 0
    result = publish(user, zone, "--replace-types", "TXT", "--yes")
    assert result.code == 0, result
    assert emulator.count("POST") == 1
    assert (selector, "TXT") not in emulator.sets(zone)
    assert cnames(emulator, zone) == pairs(zone.name)
    assert zone.snapshot(*pairs(zone.name)) == before


def test_taking_back_removes_what_was_published_and_nothing_else(user, emulator, zone):
    zone.fill(20)
    before = zone.snapshot()
    assert publish(user, zone).code == 0
    result = user.json("unpublish", zone.name, "--provider", "route53", "--yes")
    assert result.code == 0, result
    assert zone.snapshot() == before


ALIAS = {"alias": {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net.", "EvaluateTargetHealth": False}}


@pytest.mark.parametrize("type, extra, note", [
    ("CNAME", ALIAS, "alias"), ("A", ALIAS, "alias"), ("CNAME", {"set_id": "blue", "routing": {"Weight": 10}}, "weight"),
    ("CNAME", {"set_id": "eu", "routing": {"GeoLocation": {"ContinentCode": "EU"}}}, "place"),
    ("TXT", {"set_id": "near", "routing": {"Region": "eu-central-1"}}, "place"),
    ("CNAME", {"set_id": "first", "routing": {"Failover": "PRIMARY"}}, "health"),
    ("A", {"set_id": "one", "routing": {"MultiValueAnswer": True}}, "chosen"),
    ("CNAME", {"policy": "policy-1"}, "traffic policy"),
])
def test_what_is_no_plain_record_is_never_touched(user, emulator, zone, type, extra, note):
    host = f"sk48601.{zone.name}"
    data = {"CNAME": "old.platform.example", "TXT": '"old"', "A": "192.0.2.1"}[type]
    zone.add(host, type, "" if "alias" in extra else data, 300, **extra)
    before = zone.snapshot()
    result = publish(user, zone, "--replace", "--replace-types", "TXT,A", "--yes")
    assert result.code == 5, result
    assert note in result.domain["error"]["message"], result
    assert zone.snapshot() == before and emulator.count("POST") == 0


def test_a_record_that_appears_after_the_reading_is_not_overwritten(user, emulator, zone):
    host, handle = f"sk48601.{zone.name}", emulator.handle

    def interfere(request):
        if request.method == "POST" and not zone.at(host):
            zone.add(host, "CNAME", "somebody.else.example", 60)
        return handle(request)
    emulator.handle = interfere
    result = publish(user, zone)
    assert result.code == 5, result
    assert "already exists" in result.domain["error"]["message"]
    assert cnames(emulator, zone) == {host: "somebody.else.example"}


# -- which zone


def test_the_longest_public_zone_is_taken(user, emulator, zone):
    name = zone.name
    emulator.add_zone(name, is_private=True)
    emulator.add_zone(f"_domainkey.{name}", is_private=True)
    result = publish(user, zone)
    assert result.code == 0, result
    assert cnames(emulator, zone) == pairs(name)
    assert emulator.count("GET", "hostedzonesbyname") == 1


def test_a_private_zone_alone_is_refused_and_said(user, emulator, lab):
    private = emulator.add_zone(own_zone(lab), is_private=True)
    result = publish(user, private)
    assert result.code == 5 and "private hosted zone" in result.domain["error"]["message"], result
    assert emulator.sets(private) == {}


def test_two_zones_of_one_name_are_told_apart_by_their_servers(user, emulator, lab):
    name = own_zone(lab)
    stale = emulator.add_zone(name, is_served=False)
    live = emulator.add_zone(name, name_servers=[f"ns1.{name}"])
    result = publish(user, live)
    assert result.code == 0, result
    assert emulator.sets(stale) == {} and cnames(emulator, live) == pairs(name)
    assert result.domain["http_calls"] == 5


def test_two_zones_that_nothing_tells_apart_are_refused(user, emulator, lab):
    name = own_zone(lab)
    zones = [emulator.add_zone(name, name_servers=["ns1.elsewhere.example"]) for _ in range(2)]
    result = publish(user, zones[0])
    assert result.code == 5 and result.domain["error"]["code"] == "zone-ambiguous", result
    assert all(zone.id in result.domain["error"]["message"] for zone in zones)
    assert emulator.count("POST") == 0


def test_a_zone_of_another_service_is_read_only(user, emulator, lab):
    name = own_zone(lab)
    zone = emulator.add_zone(name, name_servers=[f"ns1.{name}"], service="servicediscovery.amazonaws.com")
    result = publish(user, zone)
    assert result.code == 5 and "AWS service" in result.domain["error"]["message"], result


def test_zones_of_one_name_across_a_page(user, emulator, lab):
    """The namesakes of the wanted zone fill pages of their own: none is overlooked."""
    name = own_zone(lab)
    many = [emulator.add_zone(name, is_private=True) for _ in range(130)]
    zone = emulator.add_zone(name, name_servers=[f"ns1.{name}"])
    result = publish(user, zone)
    assert result.code == 0, result
    assert not any(emulator.sets(other) for other in many)


def test_the_cut_seen_in_the_dns_spares_a_page(user, emulator, lab):
    """Names above it would be looked for first, among all that lie between."""
    parent = own_zone(lab, label="many")
    name = ensure_zone(lab, f"x.{parent}")
    for i in range(120):
        emulator.add_zone(f"f{i:03}.{parent}")
    zone = emulator.add_zone(name, name_servers=[f"ns1.{name}"])
    result = publish(user, zone)
    assert result.code == 0, result.domain
    assert emulator.count("GET", "hostedzonesbyname") == 1


def test_no_zone_is_said_so(user, emulator, lab):
    class Nowhere:
        name = own_zone(lab)
    result = publish(user, Nowhere)
    assert result.code == 7 and result.domain["error"]["code"] == "zone-not-found", result


# -- reading


def test_a_page_that_ends_in_the_middle_is_continued(user, emulator, zone):
    # Between `_domainkey` and `sk48601` lie more record sets than a page has.
    with zone.transaction():
        for i in range(400):
            zone.add(f"m{i:03}.{zone.name}", "A", "192.0.2.1", 60)
    result = publish(user, zone)
    assert result.code == 0, result
    assert emulator.count("GET", "/rrset$") == 2


def test_a_page_that_ends_within_a_name_is_continued(user, emulator, zone):
    host = f"sk48601a._domainkey.{zone.name}"
    with zone.transaction():
        for i in range(310):
            zone.add(host, "CNAME", f"t{i}.example", 60, set_id=f"set{i:03}", routing={"Weight": 1})
    result = publish(user, zone, "--replace", "--yes")
    assert result.code == 5, result
    assert [call.query for call in emulator.calls if call.path.endswith("/rrset")][1] == [
        ("maxitems", "300"), ("name", f"{host}."), ("type", "CNAME"), ("identifier", "set300")]


def test_the_final_dot_counts_in_the_order(user, emulator, zone):
    """`-` sorts before the dot that ends a label: a-1 is listed before a and all that is below a."""
    old = f"a-1.{zone.name}"
    with zone.transaction():
        zone.add(old, "CNAME", "old.platform.example", 60)
        for i in range(350):
            zone.add(f"x{i:03}.a.{zone.name}", "A", "192.0.2.1", 60)
    result = user.json("publish", zone.name, "--record", f"a.{zone.name}=u1.mailer.example", "--record",
                       f"{old}=u1.mailer.example", "--provider", "route53")
    # Found by reading: a batch that fails would be a conflict.
    assert result.code == 5 and result.domain["error"]["code"] == "other-target", result
    assert emulator.count("POST") == 0


def proc(pid, name):
    """A file of a process, "" when the process is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


def peak_kib(user, zone):
    """The most memory that the engine, or its worker, had in one run, as far as looking every millisecond shows."""
    process = user.start("publish", zone.name, *words(zone.name), "--provider", "route53", "--no-wait")
    peak = 0
    while process.poll() is None:
        for pid in [process.pid, *proc(process.pid, f"task/{process.pid}/children").split()]:
            peak = max([peak, *map(int, re.findall(r"VmHWM:\s+(\d+)", proc(pid, "status")))])
        time.sleep(0.001)
    process.communicate()
    return peak


@pytest.mark.slow
def test_ten_thousand_other_records(user, emulator, lab):
    names = [own_zone(lab) for _ in range(2)]
    small, big = [emulator.add_zone(name, name_servers=[f"ns1.{name}"]) for name in names]
    big.fill(10000)
    before = big.snapshot()
    little = peak_kib(user, small)
    emulator.reset_calls()
    start = time.monotonic()
    much = peak_kib(user, big)
    elapsed = time.monotonic() - start
    # Three hosts, each at its place in the list: a page that begins at the first may not reach to the last.
    assert emulator.count("GET", "/rrset$") <= 2 and emulator.count("POST") == 1
    assert cnames(emulator, small) == pairs(small.name)
    assert big.snapshot(*pairs(big.name)) == before and len(big.records) == len(before) + 3
    assert much < little + 4096 or IS_SANITIZED, (little, much)
    print(f"10,000 other records: {elapsed:.2f} s, {len(emulator.calls)} calls, {little} KiB without and {much} KiB with them")


# -- whose zone it is


def test_recognised_by_its_name_servers(user, emulator, lab):
    ensure_zone(lab, "awsdns-07.com", ("ns-7.awsdns-07.com", "A", PRIMARY))
    name = own_zone(lab, server="ns-7.awsdns-07.com")
    zone = emulator.add_zone(name, name_servers=["ns-7.awsdns-07.com"])
    result = user.json("publish", name, *words(name))
    assert result.code == 0, result
    assert result.domain["provider"] == "route53" and cnames(emulator, zone) == pairs(name)
    text = user.run("publish", name, *words(name))
    assert "ns-7.awsdns-07.com" in text.out + text.err, text


def test_vanity_servers_are_asked_about_with_the_credentials_at_hand(user, emulator, zone):
    user.env = {key: value for key, value in user.env.items() if not key.startswith("PDNS_")}
    result = user.json("publish", zone.name, *words(zone.name))
    assert result.code == 0, result
    assert result.domain["provider"] == "route53" and cnames(emulator, zone) == pairs(zone.name)
