"""Publishing to a real PowerDNS, with a real secondary, through a real resolver."""

import random
import signal
import time

import pytest

from lab import PRIMARY, SECONDARY, gone, rrset, wait_for

TARGETS = ["u1.mailer.example", "a.dkim.mailer.example", "b.dkim.mailer.example"]


def three(zone):
    """The three records a platform gave, as arguments, and as a mapping."""
    hosts = [f"sk48601.{zone}", f"sk48601a._domainkey.{zone}", f"sk48601b._domainkey.{zone}"]
    pairs = dict(zip(hosts, TARGETS))
    return [word for host, target in pairs.items() for word in ("--record", f"{host}={target}")], pairs


def cnames(lab, zone):
    return {host: contents[0].rstrip(".") for (host, kind), contents in lab.pdns.records(zone).items()
            if kind == "CNAME"}


def calls_since(lab, before):
    return lab.pdns.calls()[len(before):]


def by_host(entry, key="changes"):
    return {item["host"]: item for item in entry[key]}


def test_from_nothing_to_connected(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    before = lab.pdns.calls()
    result = user.json("publish", zone, *words, "--provider", "powerdns")
    assert result.code == 0, result
    entry = result.domain
    assert entry["status"] == "connected"
    assert entry["message"] == "all 3 records are live at 2 of 2 name servers"
    assert entry["records_live"] and entry["key_live"]
    assert (entry["zone"], entry["provider"], entry["error"]) == (zone, "powerdns", None)
    # The report and the server's own log agree.
    assert [method for method, _ in calls_since(lab, before)] == ["GET", "GET", "PATCH"]
    assert entry["http_calls"] == result.report["totals"]["http_calls"] == 3
    assert entry["dns_queries"] > 0
    assert cnames(lab, zone) == pairs
    for host, change in by_host(entry).items():
        assert (change["action"], change["outcome"], change["to"]) == ("create", "applied", pairs[host])
        assert change["sent_host"] == host + "."
    for record in entry["records"]:
        assert record["state"] == "live" and record["diagnosis"] is None
        assert {(s["name"], s["address"], s["state"]) for s in record["servers"]} == {
            (f"ns1.{zone}", PRIMARY, "live"), (f"ns2.{zone}", SECONDARY, "live")}


def test_second_run_reads_and_writes_nothing(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns").code == 0
    before, serial = lab.pdns.calls(), lab.serial(PRIMARY, zone)
    result = user.json("publish", zone, *words, "--provider", "powerdns")
    assert result.code == 0
    assert [method for method, _ in calls_since(lab, before)] == ["GET", "GET"]
    assert result.domain["http_calls"] == 2
    assert {(c["action"], c["outcome"]) for c in result.domain["changes"]} == {("keep", "unchanged")}
    assert lab.serial(PRIMARY, zone) == serial


def test_identical_records_of_somebody_else_are_adopted(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    lab.pdns.set(zone, *(rrset(host, "CNAME", target.upper() + ".") for host, target in pairs.items()))
    lab.wait_for_secondary(zone)
    result = user.json("publish", zone, *words, "--provider", "powerdns")
    assert result.code == 0
    assert {c["action"] for c in result.domain["changes"]} == {"keep"}


def test_nothing_else_in_the_zone_changes(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"www.{zone}", "A", "127.0.0.1", "127.0.0.9"),
                 rrset(f"sk.{zone}", "TXT", '"v=spf1 -all"'), rrset(zone, "MX", f"10 mx.{zone}."),
                 rrset(f"other._domainkey.{zone}", "TXT", '"v=DKIM1; p=AAAA"'),
                 rrset(f"alias.{zone}", "CNAME", "www.example."))
    before = lab.pdns.records(zone)
    words, pairs = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns").code == 0
    after = lab.pdns.records(zone)
    assert {key: after[key] for key in before} == before
    assert {host for host, _ in set(after) - set(before)} == set(pairs)
    assert user.run("unpublish", zone, "--yes", "--provider", "powerdns").code == 0
    assert lab.pdns.records(zone) == before


def test_another_target_is_refused_without_replace(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "old.platform.example."))
    lab.wait_for_secondary(zone)
    before = lab.pdns.records(zone)
    refused = user.json("publish", zone, *words, "--provider", "powerdns")
    assert refused.code == 5
    assert refused.domain["error"]["kind"] == "refused"
    assert "--replace" in refused.domain["error"]["fix"]
    assert by_host(refused.domain)[f"sk48601.{zone}"]["outcome"] == "refused"
    assert lab.pdns.records(zone) == before, "a refused domain is not half published"
    # Without a terminal an update needs --yes as well.
    unconfirmed = user.json("publish", zone, *words, "--provider", "powerdns", "--replace")
    assert unconfirmed.code == 5 and "--yes" in unconfirmed.domain["error"]["fix"]
    assert lab.pdns.records(zone) == before
    done = user.json("publish", zone, *words, "--provider", "powerdns", "--replace", "--yes")
    assert done.code == 0, done
    change = by_host(done.domain)[f"sk48601.{zone}"]
    assert (change["action"], change["from"], change["to"]) == (
        "update", "old.platform.example", "u1.mailer.example")
    assert cnames(lab, zone) == pairs


def test_an_old_dkim_txt_is_replaced_only_when_named(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    selector = f"sk48601a._domainkey.{zone}"
    lab.pdns.set(zone, rrset(selector, "TXT", '"v=DKIM1; p=OLD"', '"v=DKIM1; p=OLDER"'))
    lab.wait_for_secondary(zone)
    refused = user.json("publish", zone, *words, "--provider", "powerdns", "--replace", "--yes")
    assert refused.code == 5 and "--replace-types TXT" in refused.domain["error"]["fix"]
    plan = user.json("publish", zone, *words, "--provider", "powerdns", "--replace-types", "TXT", "--dry-run")
    assert plan.code == 0
    assert ("delete", "TXT", selector, "planned") in {
        (c["action"], c["type"], c["host"], c["outcome"]) for c in plan.domain["changes"]}
    done = user.json("publish", zone, *words, "--provider", "powerdns", "--replace-types", "TXT", "--yes")
    assert done.code == 0, done
    assert cnames(lab, zone) == pairs
    assert (selector, "TXT") not in lab.pdns.records(zone)


def test_dry_run_writes_nothing(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    before, records = lab.pdns.calls(), lab.pdns.records(zone)
    before = lab.pdns.calls()
    plan = user.json("publish", zone, *words, "--provider", "powerdns", "--dry-run")
    assert plan.code == 0
    assert {c["outcome"] for c in plan.domain["changes"]} == {"planned"}
    assert user.json("publish", zone, *words, "--provider", "powerdns", "--dry-run", "--exit-code").code == 9
    assert {method for method, _ in calls_since(lab, before)} == {"GET"}
    assert lab.pdns.records(zone) == records
    assert user.run("publish", zone, *words, "--provider", "powerdns").code == 0
    assert user.json("publish", zone, *words, "--provider", "powerdns", "--dry-run", "--exit-code").code == 0


def test_several_domains_each_with_its_own_outcome(lab, user):
    good, taken, other = lab.zone(), lab.zone(), lab.zone()
    lab.pdns.set(taken, rrset(f"sk48601.{taken}", "A", "127.0.0.1"))
    words = [word for zone in (good, taken, other) for word in three(zone)[0]]
    result = user.json("publish", good, taken, other, "nosuch.mailer.example", *words,
                       "--record", "sk1.nosuch.mailer.example=u1.mailer.example", "--provider", "powerdns")
    domains = {entry["domain"]: entry for entry in result.report["domains"]}
    assert domains[good]["status"] == domains[other]["status"] == "connected"
    assert domains[taken]["error"]["kind"] == "refused"
    assert domains["nosuch.mailer.example"]["zone"] == "mailer.example"
    assert result.code == 5
    lab.pdns.set("mailer.example", gone("sk1.nosuch.mailer.example", "CNAME"))


def test_a_sender_domain_below_its_zone(lab, user):
    zone = lab.zone()
    domain = f"news.{zone}"
    result = user.json("publish", domain, "--record", f"sk48601.{domain}=u1.mailer.example",
                       "--record", f"s1._domainkey.{domain}=a.dkim.mailer.example", "--provider", "powerdns")
    assert result.code == 0, result
    assert result.domain["zone"] == zone
    assert cnames(lab, zone) == {f"sk48601.{domain}": "u1.mailer.example",
                                 f"s1._domainkey.{domain}": "a.dkim.mailer.example"}
    # A cache was never asked for a name that was about to be created, nor for what lies above it.
    asked = {name for name, _ in lab.unbound.queries()}
    assert not {name for name in asked if name.endswith(f".{zone}") and not name.startswith("ns")}, asked


def test_a_zone_below_the_sender_domain(lab, user):
    zone = lab.zone()
    child = f"_domainkey.{zone}"
    status, answer = lab.pdns.api("POST", "/zones", {"name": f"{child}.", "kind": "Native", "rrsets": [],
                                                     "nameservers": [f"ns1.{zone}."]})
    assert status == 201, answer
    lab.pdns.set(zone, rrset(child, "NS", f"ns1.{zone}."))
    lab.wait_for_secondary(zone)
    words, pairs = three(zone)
    result = user.json("publish", zone, *words, "--provider", "powerdns")
    assert result.code == 0, result
    zones = {record["host"]: record["zone"] for record in result.domain["records"]}
    assert zones == {f"sk48601.{zone}": zone, f"sk48601a._domainkey.{zone}": child,
                     f"sk48601b._domainkey.{zone}": child}
    assert set(cnames(lab, child)) == {host for host in pairs if "_domainkey" in host}
    assert set(cnames(lab, zone)) == {f"sk48601.{zone}"}


def test_generated_records_need_no_ledger(lab, user):
    zone = lab.zone()
    words = ["publish", zone, "--set", "platform=mailer.example", "--provider", "powerdns", "--until", "records",
             "--ledger", "none"]
    first = user.json(*words)
    assert first.code == 0, first
    assert len(cnames(lab, zone)) == 3
    again = user.json(*words)
    assert {c["action"] for c in again.domain["changes"]} == {"keep"}
    assert not user.ledger.exists()


def test_live_at_one_of_two_servers(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    lab.knot.control("zone-freeze", zone)
    pending = user.json("publish", zone, *words, "--provider", "powerdns", "--timeout", "1s")
    assert pending.code == 3, pending
    record = pending.domain["records"][0]
    assert record["state"] == "partial"
    assert record["diagnosis"]["code"] == "partial-propagation"
    assert {s["address"]: s["state"] for s in record["servers"]} == {PRIMARY: "live", SECONDARY: "missing"}
    waiting = user.start("verify", zone, "--wait", "--output", "json")
    time.sleep(0.5)
    lab.knot.control("zone-thaw", zone)
    lab.knot.control("zone-refresh", zone)
    out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, out + err


def test_credentials(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    wrong = user.json("publish", zone, *words, "--provider", "powerdns", env={"PDNS_API_KEY": "wrong-key-123"})
    assert wrong.code == 6
    assert wrong.domain["error"]["kind"] == "credentials"
    assert "wrong-key-123" not in wrong.out + wrong.err
    missing = user.json("publish", zone, *words, "--provider", "powerdns", env={"PDNS_API_KEY": ""})
    assert missing.code == 6
    assert "PDNS_API_KEY" in missing.domain["error"]["message"] + missing.domain["error"]["fix"]
    key_file = user.home / "key"
    key_file.write_text(user.env["PDNS_API_KEY"] + "\n")
    key_file.chmod(0o600)
    from_file = user.json("publish", zone, *words, "--provider", "powerdns",
                          env={"PDNS_API_KEY": "", "PDNS_API_KEY_FILE": str(key_file)})
    assert from_file.code == 0, from_file


def test_the_server_is_down(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    result = user.json("publish", zone, *words, "--provider", "powerdns", "--endpoint", "http://127.0.0.1:1")
    assert result.code == 7
    assert "127.0.0.1:1" in result.domain["error"]["message"]


def test_a_zone_that_the_provider_lacks(lab, user):
    result = user.json("publish", "nowhere.example", "--record", "sk1=u1.mailer.example", "--provider", "powerdns")
    assert result.code == 7
    assert result.domain["error"]["code"] == "zone-not-found"
    assert "the domain nowhere.example does not exist in the DNS" in result.domain["error"]["message"]
    assert "check its spelling" in result.domain["error"]["fix"]


def test_a_secondary_zone_is_not_written(lab, user):
    zone = lab.zone()
    status, answer = lab.pdns.api("PUT", f"/zones/{zone}.", {"kind": "Slave", "masters": ["127.0.0.66"]})
    assert status == 204, answer
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns")
    assert result.code == 5, result
    assert "secondary" in result.domain["error"]["message"]


def test_an_undelegated_zone(lab, user):
    """PowerDNS holds it; nothing above it points there."""
    zone = "undelegated.example"
    lab.pdns.add_zone(zone, kind="Native", servers=((PRIMARY, "ns1"),))
    record = ("--record", "sk1=u1.mailer.example")
    before = lab.pdns.records(zone)
    automatic = user.json("publish", zone, *record)
    assert automatic.code == 5, automatic
    assert lab.pdns.records(zone) == before
    named = user.json("publish", zone, *record, "--provider", "powerdns")
    assert named.code == 4, named
    assert cnames(lab, zone) == {f"sk1.{zone}": "u1.mailer.example"}
    assert named.domain["records"][0]["diagnosis"]["code"] == "not-delegated"
    assert "not-delegated" in {warning["code"] for warning in named.domain["warnings"]}


@pytest.mark.parametrize("key", [{}, {"PDNS_API_KEY": ""}])
def test_a_domain_that_does_not_exist(lab, user, key):
    """Its records cannot be entered anywhere, so that nobody is told to; unless it is asked for by name."""
    words = ["no-such-domain.example", "--record", "sk1=u1.mailer.example"]
    result = user.json("publish", *words, env=key)
    assert result.code == 5 and not result.domain["changes"], result
    assert result.domain["error"]["code"] == "domain-not-found" and "spelling" in result.domain["error"]["fix"], result
    assert "Enter these" not in result.out + result.err, result
    by_hand = user.json("publish", *words, "--provider", "manual", env=key)
    assert by_hand.code == 4 and by_hand.domain["records"][0]["diagnosis"]["code"] == "domain-not-found", by_hand


def test_provider_is_found_by_the_credential(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    result = user.json("publish", zone, *words)
    assert result.code == 0, result
    assert result.domain["provider"] == "powerdns"
    assert cnames(lab, zone) == pairs


def test_manual_shows_both_forms_and_waits(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    waiting = user.start("publish", zone, *words, "--provider", "manual", "--timeout", "20s")
    time.sleep(1)
    lab.pdns.set(zone, *(rrset(host, "CNAME", target + ".") for host, target in pairs.items()))
    out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, out + err
    assert f"sk48601.{zone}" in out
    assert "sk48601a._domainkey\x20" in out, "the form relative to the zone stands alone"
    assert f"{zone}  Connected" in out.splitlines()


def test_manual_dry_run_looks_at_the_dns(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    words = ["publish", zone, *words, "--provider", "manual", "--dry-run", "--exit-code"]
    missing = user.json(*words)
    assert missing.code == 9, missing
    assert {c["outcome"] for c in missing.domain["changes"]} == {"planned"}
    lab.pdns.set(zone, *(rrset(host, "CNAME", target + ".") for host, target in pairs.items()))
    lab.wait_for_secondary(zone)
    live = user.json(*words)
    assert live.code == 0, live
    assert {(c["action"], c["outcome"]) for c in live.domain["changes"]} == {("keep", "unchanged")}


def test_manual_unpublish_remembers_what_is_still_served(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    lab.pdns.set(zone, *(rrset(host, "CNAME", target + ".") for host, target in pairs.items()))
    lab.wait_for_secondary(zone)
    assert user.run("publish", zone, *words, "--provider", "manual").code == 0
    asked = user.run("unpublish", zone, "--provider", "manual")
    assert asked.code == 0, asked
    assert f"Delete these CNAME records where the zone {zone} is edited" in asked.out
    assert "Enter these" not in asked.out and "enter the short form" not in asked.out
    assert f"3 records are to be deleted by hand; run `signpost unpublish {zone}` again" in asked.out
    assert user.json("verify", zone).code == 0, "they are remembered"
    first = next(iter(pairs))
    lab.pdns.set(zone, gone(first, "CNAME"))
    lab.wait_for_secondary(zone)
    some = user.json("unpublish", zone, "--provider", "manual")
    assert by_host(some.domain)[first]["outcome"] == "applied", some
    assert sorted(c["outcome"] for c in some.domain["changes"]) == ["applied", "planned", "planned"]
    lab.pdns.set(zone, *(gone(host, "CNAME") for host in pairs))
    lab.wait_for_secondary(zone)
    rest = user.json("unpublish", zone, "--provider", "manual")
    assert rest.code == 0 and rest.domain["message"] == "2 records taken back", rest


def test_a_missing_credential_is_said(lab, user):
    zone = lab.zone()
    result = user.json("publish", zone, *three(zone)[0], "--dry-run", env={"PDNS_API_KEY": ""})
    assert result.code == 0 and result.domain["provider"] == "manual"
    (warning,) = result.domain["warnings"]
    assert warning["code"] == "no-credential"
    assert "PowerDNS needs PDNS_API_KEY" in warning["message"] and "--provider" in warning["fix"]
    assert "AWS_SECRET_ACCESS_KEY" in warning["message"] and "AWS_SESSION_TOKEN" not in warning["message"], "optional"


def test_a_resolver_that_is_down_is_no_missing_delegation(lab, user):
    zone = lab.zone()
    user.flags = ["--resolver", "127.0.0.1:1", "--dns-port", str(lab.port)]
    words = ["publish", zone, *three(zone)[0], "--dry-run"]
    named = user.json(*words, "--provider", "powerdns")
    assert named.code == 0, named
    (warning,) = named.domain["warnings"]
    assert warning["code"] == "delegation-unknown"
    assert "127.0.0.1" in warning["message"] and "--resolver" in warning["fix"]
    automatic = user.json(*words)
    assert automatic.code == 5, automatic
    assert automatic.domain["error"]["code"] == "delegation-unknown"
    assert "registrar" not in automatic.domain["error"]["fix"]


def test_one_fix_has_every_flag(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    first, second, _ = pairs
    lab.pdns.set(zone, rrset(first, "CNAME", "old.platform.example."), rrset(second, "A", "127.0.0.1"),
                 rrset(second, "TXT", '"v=DKIM1; p=OLD"'))
    lab.wait_for_secondary(zone)
    refused = user.json("publish", zone, *words, "--provider", "powerdns")
    assert refused.code == 5
    flags = refused.domain["error"]["fix"].rpartition(" with ")[2].split()
    assert {"--replace", "--replace-types", "--yes"} < set(flags)
    assert by_host(refused.domain)[first]["from"] == "old.platform.example"
    assert by_host(refused.domain)[second]["from"] in ("127.0.0.1", '"v=DKIM1; p=OLD"')
    done = user.json("publish", zone, *words, "--provider", "powerdns", *flags)
    assert done.code == 0, done
    assert cnames(lab, zone) == pairs


@pytest.mark.parametrize("after_ms", [0, 5, 10, 15, 20, 25, 30, 40, 50, 70])
def test_kill_9_at_any_moment_then_converge(lab, user, after_ms):
    zone = "killed.example"
    if lab.pdns.api("GET", f"/zones/{zone}.")[0] != 200:
        lab.pdns.add_zone(zone, kind="Native", servers=((PRIMARY, "ns1"),))
    user.flags = ["--resolver", f"{PRIMARY}:{lab.port}", "--dns-port", str(lab.port)]
    words, pairs = three(zone)
    for host in pairs:
        lab.pdns.set(zone, gone(host, "CNAME"))
    running = user.start("publish", zone, *words, "--provider", "powerdns")
    time.sleep(after_ms / 1000)
    running.kill()
    running.communicate()
    result = user.json("publish", zone, *words, "--provider", "powerdns")
    assert result.code == 0, result
    assert cnames(lab, zone) == pairs


def test_interrupt_keeps_the_state(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    lab.knot.control("zone-freeze", zone)
    running = user.start("publish", zone, *words, "--provider", "powerdns")
    wait_for("the records", lambda: cnames(lab, zone) == pairs)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 130, out + err
    lab.knot.control("zone-thaw", zone)
    lab.knot.control("zone-refresh", zone)
    status = user.json("status", zone)
    assert status.code == 3, status
    assert user.json("verify", zone, "--wait").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", ["publish", "verify"])
def test_interrupts_at_random_moments(lab, user, command):
    """Every library's sockets, timers and children are under way at some of these moments."""
    zone = lab.zone()
    words, pairs = three(zone)
    random.seed(command)
    for _ in range(25):
        running = user.start(command, zone, *words, *(["--provider", "powerdns"] if command == "publish" else ["--wait"]))
        time.sleep(random.uniform(0, 0.12))
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=15)
        # Before the program watches for signals it dies of this one, as any program does.
        assert running.returncode in (0, 130, -signal.SIGINT), (running.returncode, out, err)
        assert "ERROR: AddressSanitizer" not in err and "runtime error" not in err, err
    if command == "publish":
        assert user.json("publish", zone, *words, "--provider", "powerdns").code == 0
        assert cnames(lab, zone) == pairs


def test_unpublish_takes_back_only_what_is_ours(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns").code == 0
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "somebody.else.example."))
    refused = user.json("unpublish", zone, "--provider", "powerdns", "--yes")
    assert refused.code == 5, refused
    assert cnames(lab, zone)[f"sk48601.{zone}"] == "somebody.else.example"
    unconfirmed = user.json("unpublish", zone, *three(zone)[0][2:], "--provider", "powerdns")
    assert unconfirmed.code == 5 and "--yes" in unconfirmed.domain["error"]["fix"]
    done = user.json("unpublish", zone, *three(zone)[0][2:], "--provider", "powerdns", "--yes")
    assert done.code == 0, done
    assert set(cnames(lab, zone)) == {f"sk48601.{zone}"}
