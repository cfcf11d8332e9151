"""The report: its keys, its words, its sums, and every form it is printed in."""

import json
import re
import subprocess
import time

import dns.zone
import jsonschema
import pytest

from contract import Relay, Tiny, compiled, direct, ensure_zone, one, own_zone
from lab import PRIMARY, SECONDARY, gone, rrset
from signpost import PROGRAM, ROOT
from test_profile import FINISH, SETS, profile
from test_publish import three

DOMAIN = {"domain", "zone", "provider", "status", "message", "records_live", "key_live", "changes", "records", "warnings",
          "error", "http_calls", "dns_queries", "elapsed_ms"}
CHANGE = {"action", "type", "host", "zone", "provider", "sent_host", "from", "to", "ttl", "outcome"}
RECORD = {"type", "host", "points_to", "leg", "zone", "provider", "state", "diagnosis", "servers"}
NAMES = {"domain", "zone", "host", "points_to", "name"}


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


def walk(value, key=None):
    """(key, value) of everything in a document."""
    if isinstance(value, dict):
        for inner, part in value.items():
            yield from walk(part, inner)
    elif isinstance(value, list):
        for part in value:
            yield from walk(part, key)
    else:
        yield key, value


def check_keys(report):
    assert set(report) == {"signpost", "domains", "totals", "exit_code"} and report["signpost"] == 1
    assert set(report["totals"]) == {"http_calls", "dns_queries", "elapsed_ms"}
    for domain in report["domains"]:
        assert set(domain) == DOMAIN
        assert all(set(change) == CHANGE for change in domain["changes"])
        for record in domain["records"]:
            assert set(record) == RECORD
            assert all(set(server) == {"name", "address", "state"} for server in record["servers"])
            assert record["diagnosis"] is None or set(record["diagnosis"]) == {"code", "severity", "message", "fix"}
        assert all(set(warning) == {"code", "message", "fix"} for warning in domain["warnings"])
        assert domain["error"] is None or set(domain["error"]) == {"kind", "code", "message", "fix"}
    for key, value in walk(report):
        if key in NAMES and value is not None:
            assert re.fullmatch(r"[a-z0-9_.-]*[a-z0-9_-]", value), (key, value)


def test_every_command_has_exactly_these_keys(lab, user):
    zone = own_zone(lab)
    words, _ = three(zone)
    runs = [user.json("records", zone, *words), user.json("verify", zone, *words), user.json("status", zone),
            user.json("publish", zone, *words, "--dry-run", "--provider", "powerdns"),
            user.json("publish", zone, *words, "--provider", "powerdns"), user.json("status", zone),
            user.json("unpublish", zone, "--dry-run", "--yes"), user.json("unpublish", zone, "--yes"),
            user.json("publish", zone, *words, "--provider", "no-such-plugin")]
    for result in runs:
        check_keys(result.report)
        assert result.domain["domain"] == zone


def test_a_profile_that_says_what_to_do_afterwards_adds_no_key(lab, user, tmp_path):
    zone = own_zone(lab)
    words = [zone, *profile(tmp_path, sidecar={"window": "72h", "finish": FINISH}), *SETS]
    for result in (user.json("publish", *words, "--provider", "powerdns"), user.json("verify", zone), user.json("status", zone)):
        check_keys(result.report)
        assert result.domain["records_live"], result


def test_where_a_record_is_edited_is_said_by_every_command(lab, user, tmp_path):
    zone = own_zone(lab)
    words, _ = three(zone)
    assert user.json("publish", zone, *words, "--provider", "powerdns").code == 0
    evidence = tmp_path / "evidence.json"
    for result in (user.json("verify", zone, "--evidence", evidence), user.json("status", zone), user.json("status"),
                   user.json("explain", evidence)):
        assert (result.domain["zone"], result.domain["provider"]) == (zone, "powerdns")
        assert {(record["zone"], record["provider"]) for record in result.domain["records"]} == {(zone, "powerdns")}, result


def test_of_a_record_that_was_only_found_the_zone_is_said_where_it_is_known(lab, user):
    """A zone may begin at any name between the domain and the host."""
    zone = own_zone(lab)
    words, _ = three(zone)
    user.json("publish", zone, *words, "--provider", "powerdns")
    user.ledger.unlink()
    user.json("publish", zone, *words, "--provider", "powerdns")
    for record in user.json("status", zone).domain["records"]:
        is_right_below = record["host"].split(".", 1)[1] == zone
        assert (record["zone"], record["provider"]) == ((zone, "powerdns") if is_right_below else (None, None)), record


def test_what_a_command_has_nothing_for_is_null_or_empty(lab, user):
    records = user.json("records", "example.com", "--record", "sk1=u1.mailer.example").domain
    for key in ("zone", "provider", "status", "records_live", "key_live", "error"):
        assert records[key] is None, key
    assert records["changes"] == records["warnings"] == []
    assert records["records"][0]["state"] is records["records"][0]["diagnosis"] is None
    zone = own_zone(lab)
    verify = user.json("verify", zone, "--record", "sk1=u1.mailer.example").domain
    assert verify["provider"] is None and verify["changes"] == [] and verify["error"] is None
    empty = user.json("status")
    assert empty.report["domains"] and empty.report["totals"]["http_calls"] == 0
    fresh = user.json("status", "--ledger", str(user.home / "fresh.db"))
    assert fresh.code == 0 and fresh.report["domains"] == []


def test_names_are_lower_case_a_labels_without_final_dot(lab, user):
    zone = own_zone(lab, label="mixed-c")
    typed = zone.upper() + "."
    result = user.json("publish", typed, "--record", f"SK1.{typed}=U1.Mailer.Example.", "--provider", "powerdns")
    assert result.code == 0, result
    check_keys(result.report)
    assert result.domain["domain"] == result.domain["zone"] == zone
    assert result.domain["records"][0]["points_to"] == result.domain["changes"][0]["to"] == "u1.mailer.example"


def test_a_domain_in_its_own_script(lab, user):
    text = "münchen-contract.example"
    zone = ensure_zone(lab, text.encode("idna").decode())
    result = user.json("publish", text, "--record", f"sk1.{text}=u1.mailer.example", "--provider", "powerdns")
    assert result.code == 0, result
    check_keys(result.report)
    assert (result.domain["domain"], result.domain["records"][0]["host"]) == (zone, f"sk1.{zone}")
    assert result.domain["changes"][0]["sent_host"] == f"sk1.{zone}."
    words = ("records", "--set", "platform=mailer.example")
    assert user.run(*words, text).out == user.run(*words, zone).out == user.run(*words, text.upper() + ".").out


def test_the_sums_are_those_of_the_domains(lab, user):
    zones, relay = [own_zone(lab) for _ in range(3)], Relay(lab)
    user.env["PDNS_API_URL"] = relay.url
    words = [word for zone in zones for word in three(zone)[0]]
    for provider in (["--provider", "powerdns"], []):
        relay.requests.clear()
        started = time.monotonic()
        report = user.json("publish", *zones, *words, *provider).report
        took = 1000 * (time.monotonic() - started)
        for key in ("http_calls", "dns_queries"):
            assert report["totals"][key] == sum(entry[key] for entry in report["domains"]), key
        assert report["totals"]["http_calls"] == len(relay.requests)
        assert max(entry["elapsed_ms"] for entry in report["domains"]) <= report["totals"]["elapsed_ms"] <= took
        assert [entry["domain"] for entry in report["domains"]] == zones
    relay.stop()


def test_a_call_for_several_domains_is_counted_on_the_first(lab, user, tmp_path):
    """One listing of zones serves all three."""
    ensure_zone(lab, "tiny-dns.example")
    compiled(tmp_path / "plugins", "tiny.c")
    tiny = Tiny(lab)
    zones = [tiny.add(own_zone(lab, server="ns1.tiny-dns.example")) for _ in range(3)]
    words = [word for zone in zones for word in ("--record", f"sk1.{zone}=u1.mailer.example")]
    report = user.json("publish", *zones, *words, "--provider", "tiny", "--plugin-dir", str(tmp_path / "plugins"),
                       env={"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}).report
    tiny.stop()
    assert report["exit_code"] == 0
    calls = [entry["http_calls"] for entry in report["domains"]]
    assert sum(calls) == report["totals"]["http_calls"] == len(tiny.requests)
    assert calls[0] >= calls[1] == calls[2]


def test_the_words_of_actions_and_outcomes(lab, user):
    zone = own_zone(lab)
    words, pairs = three(zone)
    first, second, third = pairs
    lab.pdns.set(zone, rrset(first, "CNAME", pairs[first] + ".", ttl=120), rrset(second, "CNAME", "old.mailer.example.", ttl=90),
                 rrset(third, "TXT", '"old key"'))
    allow = ["--replace", "--replace-types", "TXT", "--provider", "powerdns"]

    def seen(*more):
        return {(c["action"], c["type"], c["host"]): c for c in user.json("publish", zone, *words, *allow, *more).domain["changes"]}
    planned, applied, again = seen("--dry-run"), seen("--yes", "--no-wait"), seen("--yes", "--no-wait")
    expected = {("keep", "CNAME", first), ("update", "CNAME", second), ("delete", "TXT", third), ("create", "CNAME", third)}
    assert set(planned) == set(applied) == expected
    assert {key[0]: change["outcome"] for key, change in planned.items()} == {
        "keep": "unchanged", "update": "planned", "delete": "planned", "create": "planned"}
    assert {key[0]: change["outcome"] for key, change in applied.items()} == {
        "keep": "unchanged", "update": "applied", "delete": "applied", "create": "applied"}
    assert {(c["action"], c["outcome"]) for c in again.values()} == {("keep", "unchanged")}
    update, create, delete = (applied[key] for key in (("update", "CNAME", second), ("create", "CNAME", third),
                                                       ("delete", "TXT", third)))
    assert (update["from"], update["to"]) == ("old.mailer.example", pairs[second])
    assert (create["from"], create["to"], create["ttl"]) == (None, pairs[third], 3600)
    assert delete["to"] is None and "old key" in delete["from"]
    for change in applied.values():
        assert (change["zone"], change["provider"], change["sent_host"]) == (zone, "powerdns", change["host"] + ".")


def test_legs(user):
    result = user.json("records", "example.com", "--record", "sk1=a.example.org", "--record", "s._domainkey=b.example.org",
                       "--record", "s._domainkey.mail.example.com=c.example.org", "--record", "domainkey=d.example.org")
    assert [record["leg"] for record in result.domain["records"]] == ["return-path", "dkim", "dkim", "return-path"]


def test_json_is_one_document_and_nothing_else(lab, user):
    zone = own_zone(lab)
    words, _ = three(zone)
    for more in ([], ["-v"], ["-q"]):
        result = user.run("publish", zone, *words, "--provider", "powerdns", "--output", "json", *more)
        assert json.loads(result.out)["exit_code"] == result.code == 0
        assert more != ["-q"] or result.err == ""


def test_jsonl_comes_as_it_is_decided(lab, user):
    """The domain that is done is told while the other is still waited for."""
    slow, fast = lab.zone(), own_zone(lab)
    lab.knot.control("zone-freeze", slow)
    records = ["--record", f"sk1.{slow}=u1.mailer.example", "--record", f"sk1.{fast}=u1.mailer.example"]
    running = user.start("publish", slow, fast, *records, "--provider", "powerdns", "--output", "jsonl", "--timeout", "60s")
    first = json.loads(running.stdout.readline())
    assert (first["domain"], first["status"]) == (fast, "connected") and set(first) == DOMAIN
    assert running.poll() is None, "the other one is still under way"
    lab.knot.control("zone-thaw", slow)
    lab.knot.control("zone-refresh", slow)
    rest, err = running.communicate(timeout=40)
    assert running.returncode == 0, err
    assert [json.loads(line)["domain"] for line in rest.splitlines()] == [slow]


@pytest.mark.parametrize("command", ["records", "publish", "verify", "status"])
def test_zone_output_is_a_zone_file_of_exactly_the_records(lab, user, command):
    zone = own_zone(lab)
    words, pairs = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns").code == 0
    result = user.run(command, zone, *(words if command != "status" else []), "--output", "zone")
    assert result.code == 0, result
    assert not [line for line in result.out.splitlines() if not re.match(r";|\S+\.\s+\d+\s+IN\s+CNAME\s+\S+\.( ; \w+)?$", line)]
    parsed = dns.zone.from_text(f"$ORIGIN {zone}.\n@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\n" + result.out, relativize=False)
    found = {name.to_text(True): rdata.target.to_text(True) for name, _, rdata in parsed.iterate_rdatas("CNAME")}
    assert found == pairs


def test_text_answers_with_the_host_the_target_the_state_and_the_next_command(lab, user):
    zone = own_zone(lab)
    words, pairs = three(zone)
    result = user.run("publish", zone, *words, "--provider", "powerdns")
    lines = result.out.splitlines()
    assert lines[0] == f"{zone}  Connected" and re.match(r"Next: signpost \w+", lines[-1])
    for host, target in pairs.items():
        assert any(re.match(rf"\s+{re.escape(host)}\s+{re.escape(target)}\s+live$", line) for line in lines), lines
    for line in result.err.splitlines():
        assert zone in line, "progress names its domain, one line per change"


def test_the_readme_session_prints_what_it_says(user):
    shown = re.findall(r"^  (sk\S+)\s+(\S+)\s+live$", (ROOT / "README.md").read_text(), re.M)
    report = user.json("records", "example.com", "--set", "platform=mailer.example").domain
    assert shown == [(record["host"], record["points_to"]) for record in report["records"]]


def test_a_domain_wide_finding_stands_on_every_record(user):
    words, pairs = three("no-such-thing.example")
    domain = user.json("verify", "no-such-thing.example", *words).domain
    assert len(domain["records"]) == len(pairs)
    assert {record["diagnosis"]["code"] for record in domain["records"]} == {"domain-not-found"}


def test_errors_name_a_fix_and_diagnoses_a_sentence(lab, user):
    zone = own_zone(lab)
    result = user.json("verify", zone, "--record", "sk1=u1.mailer.example")
    diagnosis = result.domain["records"][0]["diagnosis"]
    assert diagnosis["severity"] == "blocking" and diagnosis["fix"].strip() and "\n" not in diagnosis["fix"]


@pytest.mark.parametrize("name", ["report", "records", "providers", "config"])
def test_schemas_are_printed_and_valid(stranger, name):
    document = json.loads(stranger.raw("schema", name).out)
    jsonschema.validators.validator_for(document).check_schema(document)


def test_providers_as_json_hold_to_their_schema(user, tmp_path):
    compiled(tmp_path / "plugins", "tiny.c")
    (tmp_path / "plugins/broken.so").write_bytes(b"none")
    schema = json.loads((ROOT / "schemas/providers.schema.json").read_text())
    result = user.run("providers", "--output", "json", "--plugin-dir", str(tmp_path / "plugins"),
                      env={"TINY_API_TOKEN": "a-secret-to-keep"})
    document = json.loads(result.out)
    jsonschema.validate(document, schema)
    by_name = {entry["name"]: entry for entry in document["providers"]}
    assert {"manual", "powerdns", "tiny"} <= set(by_name)
    assert by_name["powerdns"]["has_credentials"] and by_name["tiny"]["has_credentials"]
    assert by_name["tiny"]["endpoint"] == "https://api.tiny-dns.example"
    assert [entry for entry in document["providers"] if not entry["is_usable"] and entry["error"]]
    assert "a-secret-to-keep" not in result.out + result.err and user.env["PDNS_API_KEY"] not in result.out


def test_output_that_cannot_be_written_is_no_success(lab, user):
    zone = own_zone(lab)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(PROGRAM), "records", zone, "--set", "platform=mailer.example"], env=user.env, stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and done.stderr


def test_two_servers_are_told_apart(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
    lab.wait_for_secondary(zone)
    record = user.json("verify", zone, "--record", "sk1=u1.mailer.example").domain["records"][0]
    assert {(server["name"], server["address"]) for server in record["servers"]} == {
        (f"ns1.{zone}", PRIMARY), (f"ns2.{zone}", SECONDARY)}
    assert one("state", record["servers"]) == {"live"}
    lab.pdns.set(zone, gone(f"sk1.{zone}", "CNAME"))
