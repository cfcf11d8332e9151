"""Records typed by hand at a DNS host that is known by its name servers, and the data about those hosts."""

import json
import time

import jsonschema
import pytest

from lab import PRIMARY, SECONDARY, rrset
from signpost import ROOT

HOSTS = json.loads((ROOT / "plugins/manual/hosts.json").read_text(encoding="utf-8"))
SCHEMA = json.loads((ROOT / "plugins/manual/hosts.schema.json").read_text())
SERVERS = ("ns01.domaincontrol.com", "ns02.domaincontrol.com")


def test_the_data_is_as_its_schema_says():
    jsonschema.validate(HOSTS, SCHEMA)
    names = [host["name"] for host in HOSTS]
    assert len(set(names)) == len(names) >= 20
    assert {"GoDaddy", "Namecheap", "Squarespace", "Wix", "Hostinger", "IONOS", "Bluehost", "SiteGround"} <= set(names)
    suffixes = [suffix for host in HOSTS for suffix in host["name_servers"]]
    assert len(set(suffixes)) == len(suffixes)
    for host in HOSTS:
        assert (host["host_box"] is None) == (host["host"] == "none"), host["name"]


@pytest.fixture(scope="module")
def at_godaddy(lab):
    """Makes zones whose name servers are called like GoDaddy's, and are the lab's."""
    lab.pdns.add_zone("domaincontrol.com", kind="Native", servers=((PRIMARY, "ns01"), (SECONDARY, "ns02")))

    def make():
        zone = lab.free_zones.pop(0)
        status, answer = lab.pdns.api("POST", "/zones", {
            "name": f"{zone}.", "kind": "Master", "nameservers": [f"{name}." for name in SERVERS]})
        assert status == 201, answer
        lab.wait_for_secondary(zone)
        return zone
    return make


def words(zone):
    return [zone, "--provider", "manual", "--record", f"sk48601.{zone}=u1.mailer.example",
            "--record", f"s1._domainkey.{zone}=a.dkim.mailer.example"]


def test_what_the_page_of_the_host_wants_is_shown(user, at_godaddy):
    zone = at_godaddy()
    shown = user.run("publish", *words(zone), "--no-wait")
    assert shown.code == 3, shown
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert {f"{zone} Enter these CNAME records at GoDaddy (recognised by {name}):" for name in SERVERS} & set(lines)
    table = lines[lines.index("Name Value"):]
    assert table[1:3] == ["sk48601 u1.mailer.example", "s1._domainkey a.dkim.mailer.example"]
    assert f"GoDaddy adds {zone} by itself" in shown.out and "Host, whole" not in shown.out
    assert lines[lines.index(f"$ORIGIN {zone}.") + 1] == "sk48601 3600 IN CNAME u1.mailer.example."


def test_without_a_credential_the_way_by_hand_is_named(user, at_godaddy):
    zone = at_godaddy()
    refused = user.json("publish", zone, "--record", f"sk48601.{zone}=u1.mailer.example", "--no-wait")
    assert refused.code == 6 and refused.domain["provider"] == "godaddy", refused
    fix = refused.domain["error"]["fix"]
    assert fix.index("GODADDY_API_TOKEN") < fix.index("domains.dns:update") < fix.index("--provider manual"), fix


def test_of_an_unknown_host_both_forms_are_shown_and_which_to_try(lab, user):
    zone = lab.zone()
    shown = user.run("publish", *words(zone), "--no-wait").out
    assert "Host, short" in shown and "Host, whole" in shown
    assert "try the short form first" in shown and f"$ORIGIN {zone}." in shown


@pytest.mark.parametrize("is_known", [True, False])
def test_a_doubled_name_is_told_at_once(lab, user, at_godaddy, is_known):
    zone = at_godaddy() if is_known else lab.zone()
    waiting = user.start("publish", *words(zone), "--timeout", "60s")
    time.sleep(1)
    begin = time.monotonic()
    lab.pdns.set(zone, rrset(f"sk48601.{zone}.{zone}", "CNAME", "u1.mailer.example.", ttl=1))
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 4, out + err
    assert time.monotonic() - begin < 20
    told = " ".join(out.split())
    who = "GoDaddy" if is_known else "your DNS provider"
    box = ' in the box "Name"' if is_known else ""
    assert f'{who} appends the domain: enter "sk48601" only{box}, and delete sk48601.{zone}.{zone}' in told, told


def test_verify_speaks_of_the_host_too(user, at_godaddy):
    zone = at_godaddy()
    report = user.json("verify", zone, "--record", f"sk48601.{zone}=u1.mailer.example")
    (record,) = report.domain["records"]
    assert 'at GoDaddy with "sk48601" in the box "Name"' in record["diagnosis"]["fix"], record
