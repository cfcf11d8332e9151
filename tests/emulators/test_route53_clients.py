"""Clients that nobody here wrote, against the Route 53 emulator: awscli, AWS's npm client, lexicon and lego."""

import json

import pytest

from acme import Acme
from clients import Clients
from lab import PRIMARY
from proxy import Proxy
from route53 import KEY, SESSION, Route53

pytestmark = pytest.mark.slow
ZONE = "client.example"
HOST = "route53.amazonaws.com"
TARGET = {"Value": "u1.mailer.example."}


@pytest.fixture
def emulator():
    with Route53() as emulator:
        emulator.filler(150)
        yield emulator


@pytest.fixture
def zone(emulator):
    return emulator.add_zone(ZONE)


def credentials(key=KEY):
    token = {"AWS_SESSION_TOKEN": key.token} if key.token else {}
    return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": ""} | token


def record(name, type="CNAME", *values, ttl=300):
    return {"Name": name, "Type": type, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in values] or [TARGET]}


def change(action, one):
    return {"Action": action, "ResourceRecordSet": one}


class Aws:
    """`aws route53`, Debian's package."""

    def __init__(self, clients, emulator):
        self.clients, self.emulator = clients, emulator

    def __call__(self, command, *words, key=KEY, **env):
        return self.clients.run("/usr/bin/aws", "--endpoint-url", self.emulator.url, "--output", "json", "route53",
                                command, *words, env=credentials(key) | env)

    def ok(self, command, *words, **how):
        done = self(command, *words, **how)
        assert done.code == 0, done
        return json.loads(done.out) if done.out.strip() else None

    def change(self, zone, *changes, **how):
        return self("change-resource-record-sets", "--hosted-zone-id", zone.id, "--change-batch",
                    json.dumps({"Changes": changes}), **how)


@pytest.fixture
def aws(tmp_path, emulator):
    return Aws(Clients(tmp_path / "aws"), emulator)


@pytest.fixture
def node(tmp_path, emulator):
    clients = Clients(tmp_path / "node")

    def run(*steps, key=KEY, **env):
        return clients.node("route53_client.mjs", steps, env=credentials(key) | {"ENDPOINT": emulator.url} | env)
    return run


# -- awscli


def test_awscli_lists_zones_page_by_page(aws, emulator, zone):
    zones = aws.ok("list-hosted-zones")["HostedZones"]
    assert len(zones) == 151 and emulator.count("GET", "/hostedzone$") == 2
    (mine,) = [entry for entry in zones if entry["Name"] == f"{ZONE}."]
    assert mine["Id"] == f"/hostedzone/{zone.id}" and mine["Config"]["PrivateZone"] is False
    assert aws.ok("get-hosted-zone-count")["HostedZoneCount"] == 151
    found = aws.ok("get-hosted-zone", "--id", zone.id)
    assert found["DelegationSet"]["NameServers"] == zone.attributes["name_servers"]


def test_awscli_positions_by_name(aws, emulator, zone):
    below = emulator.add_zone(f"news.{ZONE}")
    dashed = emulator.add_zone("client-2.example")
    answer = aws.ok("list-hosted-zones-by-name", "--dns-name", ZONE, "--max-items", "3")
    # Not a filter: it starts there and goes on. "-" sorts before the final dot.
    assert [entry["Name"] for entry in answer["HostedZones"]] == [f"{ZONE}.", f"news.{ZONE}.", "filler000.example."]
    assert answer["IsTruncated"] and answer["NextDNSName"] == "filler001.example."
    answer = aws.ok("list-hosted-zones-by-name", "--dns-name", dashed.name, "--max-items", "2")
    assert [entry["Id"] for entry in answer["HostedZones"]] == [f"/hostedzone/{z.id}" for z in (dashed, zone)]
    assert below.name.endswith(zone.name)


def test_awscli_creates_lists_updates_deletes(aws, emulator, zone):
    assert aws.change(zone, change("CREATE", record(f"*.{ZONE}")), change("CREATE", record(f"A._domainkey.{ZONE}."))).code == 0
    assert emulator.sets(zone) == {(f"*.{ZONE}", "CNAME"): ["u1.mailer.example."],
                                   (f"a._domainkey.{ZONE}", "CNAME"): ["u1.mailer.example."]}
    sets = aws.ok("list-resource-record-sets", "--hosted-zone-id", zone.id)["ResourceRecordSets"]
    assert [one["Name"] for one in sets] == [f"{ZONE}.", f"{ZONE}.", f"\\052.{ZONE}.", f"a._domainkey.{ZONE}."]
    assert aws.change(zone, change("UPSERT", record(f"*.{ZONE}", "CNAME", "u2.mailer.example"))).code == 0
    assert emulator.sets(zone)[f"*.{ZONE}", "CNAME"] == ["u2.mailer.example"]
    wrong = aws.change(zone, change("DELETE", record(f"*.{ZONE}")))
    assert wrong.code == 254 and "the values provided do not match the current values" in wrong.err
    done = aws.change(zone, change("DELETE", record(f"*.{ZONE}", "CNAME", "u2.mailer.example")),
                      change("CREATE", record(f"*.{ZONE}")))
    assert done.code == 0, done
    assert emulator.sets(zone)[f"*.{ZONE}", "CNAME"] == ["u1.mailer.example."]


def test_awscli_waits_for_a_change(aws, emulator, zone):
    emulator.insync_after_s = 3600
    info = json.loads(aws.change(zone, change("CREATE", record(f"a.{ZONE}"))).out)["ChangeInfo"]
    assert info["Status"] == "PENDING"
    assert aws.ok("get-change", "--id", info["Id"])["ChangeInfo"]["Status"] == "PENDING"
    emulator.insync_after_s = 0
    aws.ok("wait", "resource-record-sets-changed", "--id", info["Id"])


def test_awscli_reads_records_page_by_page(aws, emulator, zone):
    zone.fill(650)
    sets = aws.ok("list-resource-record-sets", "--hosted-zone-id", zone.id)["ResourceRecordSets"]
    assert len(sets) == 652 and emulator.count("GET", "/rrset$") == 3
    emulator.reset_calls()
    page = aws.ok("list-resource-record-sets", "--hosted-zone-id", zone.id, "--no-paginate", "--start-record-name",
                  f"other00010.{ZONE}", "--start-record-type", "CNAME", "--max-items", "2")
    assert [one["Name"] for one in page["ResourceRecordSets"]] == [f"other00010.{ZONE}.", f"other00011.{ZONE}."]


def test_awscli_makes_and_removes_zones(aws, emulator):
    made = aws.ok("create-hosted-zone", "--name", "made.example", "--caller-reference", "once")
    again = aws("create-hosted-zone", "--name", "made.example", "--caller-reference", "once")
    assert "HostedZoneAlreadyExists" in again.err
    (zone,) = emulator.zones.named("made.example")
    assert made["HostedZone"]["Id"] == f"/hostedzone/{zone.id}" and len(made["DelegationSet"]["NameServers"]) == 4
    assert aws.change(zone, change("CREATE", record("a.made.example"))).code == 0
    assert "HostedZoneNotEmpty" in aws("delete-hosted-zone", "--id", zone.id).err
    assert aws.change(zone, change("DELETE", record("a.made.example"))).code == 0
    aws.ok("delete-hosted-zone", "--id", zone.id)
    assert "NoSuchHostedZone" in aws("get-hosted-zone", "--id", zone.id).err


@pytest.mark.parametrize("changes, message", [
    ([change("CREATE", record(ZONE))], "is not permitted at apex in zone"),
    ([change("CREATE", record("a.elsewhere.example"))], f"is not permitted in zone {ZONE}."),
    ([change("CREATE", record(f"t.{ZONE}"))], "because a conflicting RRSet of type TXT with the same DNS name already exists"),
    ([change("CREATE", record(f"t.{ZONE}", "TXT", '"x"'))], "but it already exists"),
    ([change("CREATE", record(f"w.{ZONE}"))], "cannot be created as other RRSets exist with the same name and type"),
    ([change("DELETE", record(f"no.{ZONE}"))], "but it was not found"),
    ([change("CREATE", record(f"a.{ZONE}")), change("CREATE", record(f"a.{ZONE}"))], "an invalid set of changes"),
    ([change("CREATE", record(f"a.{ZONE}", "TXT", "x"))], "Value should be enclosed in quotation marks"),
    ([change("CREATE", record(f"a.{ZONE}", "CNAME", "a..b"))], "DomainLabelEmpty"),
    ([change("CREATE", record(f"a.{ZONE}", "A", "192.0.2.999"))], "Value is not a valid IPv4 address"),
])
def test_awscli_is_told_why_a_batch_is_refused(aws, emulator, zone, changes, message):
    zone.add(f"t.{ZONE}", "TXT", '"old"', 300)
    zone.add(f"w.{ZONE}", "CNAME", "w.example", 300, set_id="blue", routing={"Weight": 1})
    before = zone.snapshot()
    # The first of the batch is good, and is not applied either.
    done = aws.change(zone, change("CREATE", record(f"good.{ZONE}")), *changes)
    assert done.code == 254 and "(InvalidChangeBatch)" in done.err and message in done.err, done
    assert zone.snapshot() == before


@pytest.mark.parametrize("setting, words", [
    (lambda e: e.denied.add("ListHostedZones"), ["AccessDenied", "is not authorized to perform: route53:ListHostedZones"]),
    (lambda e: e.keys.clear(), ["InvalidClientTokenId"]),
    (lambda e: setattr(e.keys[KEY.id], "is_expired", True), ["ExpiredToken"]),
    (lambda e: setattr(e, "clock_ahead_s", 600), ["SignatureDoesNotMatch", "Signature expired"]),
    (lambda e: setattr(e, "region", "cn-northwest-1"), ["SignatureDoesNotMatch", "valid region, not 'us-east-1'"]),
    (lambda e: e.fault("429"), ["Throttling", "Rate exceeded"]),
    (lambda e: setattr(e, "rate", (0, 0)), ["Throttling", "Rate exceeded"]),
    (lambda e: e.fault("500"), ["InternalFailure"]),
    (lambda e: e.fault("503"), ["ServiceUnavailable"]),
], ids=["denied", "unknown", "expired", "skewed", "region", "throttled", "bucket", "500", "503"])
def test_awscli_understands_errors(aws, emulator, setting, words):
    try:
        setting(emulator)
        done = aws("list-hosted-zones")
        assert done.code in (254, 255), done
        for word in words:
            assert word in done.err, done
    finally:
        KEY.is_expired = False


def test_awscli_with_temporary_credentials(aws, zone):
    assert len(aws.ok("list-hosted-zones", key=SESSION)["HostedZones"]) == 151
    stale = aws("list-hosted-zones", key=SESSION, AWS_SESSION_TOKEN="another")
    assert "InvalidClientTokenId" in stale.err


def test_awscli_outlives_a_throttled_call(aws, emulator):
    emulator.fault("429", times=2)
    assert len(aws.ok("list-hosted-zones", AWS_MAX_ATTEMPTS="4")["HostedZones"]) == 150
    assert [call.status for call in emulator.calls] == [400, 400, 200, 200]


# -- npm


def test_npm_client_pages_and_changes(node, emulator, zone):
    zone.fill(650)
    (zones,) = node(["paginateListHostedZones", {}])
    assert zones["ok"]["pages"] == 2 and len(zones["ok"]["items"]) == 151
    first, = node(["ListResourceRecordSets", {"HostedZoneId": zone.id}])
    assert first["ok"]["IsTruncated"] and len(first["ok"]["ResourceRecordSets"]) == 300
    then, = node(["ListResourceRecordSets", {"HostedZoneId": zone.id, "StartRecordName": first["ok"]["NextRecordName"],
                                             "StartRecordType": first["ok"]["NextRecordType"]}])
    assert {one["Name"] for one in then["ok"]["ResourceRecordSets"]}.isdisjoint(
        one["Name"] for one in first["ok"]["ResourceRecordSets"])
    batch = {"Changes": [change("CREATE", record(f"a.{ZONE}")), change("CREATE", record(f"b.{ZONE}", "TXT", '"x"', '"y"'))]}
    made, again, listed = node(
        ["ChangeResourceRecordSets", {"HostedZoneId": zone.id, "ChangeBatch": batch}],
        ["ChangeResourceRecordSets", {"HostedZoneId": zone.id, "ChangeBatch": batch}],
        ["ListResourceRecordSets", {"HostedZoneId": zone.id, "StartRecordName": f"a.{ZONE}", "MaxItems": 2}])
    assert made["ok"]["ChangeInfo"]["Status"] == "PENDING"
    assert again["code"] == "InvalidChangeBatch" and again["status"] == 400, again
    assert listed["ok"]["ResourceRecordSets"] == [record(f"a.{ZONE}."), record(f"b.{ZONE}.", "TXT", '"x"', '"y"')]
    assert emulator.sets(zone)[f"b.{ZONE}", "TXT"] == ['"x"', '"y"']


def test_npm_client_updates_deletes_and_positions(node, emulator, zone):
    def batch(*changes):
        return ["ChangeResourceRecordSets", {"HostedZoneId": zone.id, "ChangeBatch": {"Changes": changes}}]
    new = record(f"a.{ZONE}", "CNAME", "u2.mailer.example")
    results = node(batch(change("CREATE", record(f"a.{ZONE}"))), batch(change("UPSERT", new)),
                   ["ListHostedZonesByName", {"DNSName": ZONE, "MaxItems": 1}], batch(change("DELETE", new)),
                   ["GetHostedZone", {"Id": zone.id}], ["GetHostedZone", {"Id": "Z0"}])
    assert all("ok" in result for result in results[:5]), results
    assert results[2]["ok"]["HostedZones"][0]["Id"] == f"/hostedzone/{zone.id}"
    assert results[5]["code"] == "NoSuchHostedZone" and results[5]["status"] == 404
    assert emulator.sets(zone) == {}


def test_npm_client_errors_in_both_forms(node, emulator, zone):
    bad = ["ChangeResourceRecordSets", {"HostedZoneId": zone.id, "ChangeBatch": {
        "Changes": [change("DELETE", record(f"no.{ZONE}"))]}}]
    assert node(bad)[0]["code"] == "InvalidChangeBatch"
    emulator.is_old = True
    assert node(bad)[0]["status"] == 400
    emulator.fault("429")
    assert node(bad)[0]["code"] == "Throttling"
    assert node(bad, AWS_SECRET_ACCESS_KEY="wrong")[0]["code"] == "SignatureDoesNotMatch"


# -- lexicon and lego, which have a built-in https address


@pytest.fixture
def proxied(tmp_path, emulator):
    """Clients that think they speak to Route 53."""
    # `localhost` is the name of the ACME server's certificate; it needs no proxy.
    with Proxy(tmp_path / "ca", {HOST: emulator, "localhost": emulator}) as proxy:
        yield Clients(tmp_path / "home", proxy), proxy


def test_lexicon_creates_lists_updates_deletes(proxied, emulator):
    clients, proxy = proxied
    # It takes nothing under an unlisted suffix for a zone.
    name = "client-of-lexicon.com"
    zone = emulator.add_zone(name)
    zone.fill(400)

    def lexicon(*words):
        done, found = clients.lexicon("route53", words[0], name, *words[1:], env=credentials() | {
            "LEXICON_ROUTE53_AUTH_ACCESS_KEY": KEY.id, "LEXICON_ROUTE53_AUTH_ACCESS_SECRET": KEY.secret})
        assert done.code == 0, done
        return found
    lexicon("create", "CNAME", "--name", "sk1", "--content", "u1.mailer.example")
    assert emulator.sets(zone)[f"sk1.{name}", "CNAME"] == ["u1.mailer.example"]
    assert emulator.count("GET", "/hostedzonesbyname") == 2, "all pages of zones are read"
    (found,) = lexicon("list", "CNAME", "--name", "sk1")
    assert (found["name"], found["content"]) == (f"sk1.{name}", "u1.mailer.example")
    lexicon("update", "CNAME", "--name", "sk1", "--content", "u2.mailer.example")
    assert emulator.sets(zone)[f"sk1.{name}", "CNAME"] == ["u2.mailer.example"]
    lexicon("delete", "CNAME", "--name", "sk1")
    assert (f"sk1.{name}", "CNAME") not in emulator.sets(zone)
    assert set(proxy.tunnels) == {HOST} and proxy.refused == []


def test_lego_creates_and_removes_its_challenge(proxied, emulator, lab, tmp_path):
    clients, proxy = proxied
    name = lab.zone()
    zone = emulator.add_zone(name)
    zone.add(f"other.{name}", "TXT", '"stays"', 60)
    before = zone.snapshot()
    with Acme(tmp_path / "acme", proxy.authority) as acme:
        done = acme.lego(clients, "route53", f"www.{name}", f"{PRIMARY}:{lab.port}",
                         credentials() | {"AWS_POLLING_INTERVAL": "1", "AWS_PROPAGATION_TIMEOUT": "10"})
    assert done.code == 0, done
    written = [call for call in emulator.calls if call.method == "POST"]
    assert [call.status for call in written] == [200, 200]
    assert f"_acme-challenge.www.{name}".encode() in written[0].body and b"DELETE" in written[1].body
    assert zone.snapshot() == before
    assert emulator.count("GET", "/hostedzonesbyname") >= 1 and emulator.count("GET", "/change/") >= 1
    assert set(proxy.tunnels) == {HOST} and proxy.refused == []
