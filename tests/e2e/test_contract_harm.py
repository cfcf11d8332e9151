"""Secrets, foreign data and traffic: what leaves the program, and where to."""

import json
import re
import signal
import ssl
import subprocess
import time

import dns.zone
import pytest

from contract import Relay, Tiny, cnames, compiled, direct, own_zone, witnessed
from lab import PRIMARY, gone, rrset, wait_for
from signpost import check_report
from test_publish import three

WRONG_TXT = r'"\027]0;owned\007\027[2J\013\010::error::owned\226\128\174 $(id) `id` %s%n <script> | \" ; \155" "\000\255"'

pytestmark = pytest.mark.slow


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


def harmless(text):
    return not [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in "\u202e\u2066\u200f"]


def hostile_zone(lab):
    zone = own_zone(lab)
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", r'ev\027[31mil\010\013.exa;mple".\226\128\174.mailer.example.'),
                 rrset(f"s1._domainkey.{zone}", "TXT", WRONG_TXT),
                 rrset(f"s2._domainkey.{zone}", "CNAME", f"s9._domainkey.{zone}."), rrset(f"s9._domainkey.{zone}", "TXT", WRONG_TXT))
    return zone, ["--record", f"sk1.{zone}=u1.mailer.example", "--record", f"s1._domainkey.{zone}=a.dkim.mailer.example",
                  "--record", f"s2._domainkey.{zone}=s9._domainkey.{zone}"]


@pytest.mark.parametrize("output", ["text", "json", "jsonl", "zone"])
@pytest.mark.parametrize("command", [["verify"], ["verify", "-v"], ["publish", "--provider", "powerdns", "--dry-run"],
                                     ["publish", "--provider", "powerdns", "--dry-run", "-v", "--replace", "--replace-types", "TXT"],
                                     ["unpublish", "--provider", "powerdns", "--yes"]], ids=" ".join)
def test_hostile_data_is_harmless_in_every_form(lab, user, command, output):
    zone, records = hostile_zone(lab)
    result = user.run(command[0], zone, *records, *command[1:], "--output", output)
    assert harmless(result.err), result
    if output == "text":
        assert harmless(result.out), result
    elif output == "zone":
        assert harmless(result.out), result
        parsed = dns.zone.from_text(f"$ORIGIN {zone}.\n@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\n" + result.out, relativize=False)
        assert {rdata.target.to_text() for _, _, rdata in parsed.iterate_rdatas("CNAME")} <= {
            "u1.mailer.example.", "a.dkim.mailer.example.", f"s9._domainkey.{zone}."}
    else:
        assert harmless(result.out), "JSON escapes what a terminal would act on"
        for line in result.out.splitlines() if output == "jsonl" else [result.out]:
            json.loads(line)


def test_hostile_data_on_a_terminal(lab, user):
    zone, records = hostile_zone(lab)
    _, shown = user.on_terminal("verify", zone, *records, "-v")
    left = re.sub(r"\x1b\[[0-9;]*[mKGAJ]|\x1b\[\?25[lh]|\r", "", shown)
    assert harmless(left.replace("\x1b[?2026h", "")), repr(left)
    assert "\x1b]0" not in shown and "\x1b[2J" not in shown


def test_what_is_replaced_is_kept_as_it_was(lab, user):
    """However odd the old data is, it goes into the before-image and comes out of the way."""
    zone, records = hostile_zone(lab)
    result = user.json("publish", zone, *records, "--provider", "powerdns", "--replace", "--replace-types", "TXT", "--yes",
                       "--no-wait")
    assert {c["action"] for c in result.domain["changes"]} == {"keep", "update", "delete", "create"}, result
    assert cnames(lab, zone)[f"s1._domainkey.{zone}"] == "a.dkim.mailer.example"


def every_file(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_secrets_stay_where_they_are(lab, user, tmp_path):
    """In no output at any verbosity, in no ledger, in no file, whatever goes wrong."""
    compiled(tmp_path / "plugins", "tiny.c")
    tiny = Tiny(lab)
    zone, profile_key = own_zone(lab), "profile-key-4dd1b0"
    user.env |= {"SIGNPOST_PROFILE_KEY": profile_key, "TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}
    secrets = [user.env["PDNS_API_KEY"], profile_key, tiny.TOKEN]
    plugins = ["--plugin-dir", str(tmp_path / "plugins")]
    generated = ["--set", "platform=mailer.example"]
    tiny.faults = {"POST": (422, f"your token {tiny.TOKEN} is wrong"), "/v1/zones/echo": (500, tiny.TOKEN[::-1] + tiny.TOKEN)}
    tiny.add("echo.example")
    runs = [["publish", zone, *generated, "--provider", "powerdns", "--until", "records"], ["status", zone], ["verify", zone],
            ["publish", zone, *generated, "--provider", "powerdns", "--endpoint", "http://127.0.0.1:1"],
            ["publish", zone, *generated, "--provider", "powerdns", "--endpoint", tiny.url],
            ["publish", tiny.add(own_zone(lab)), "--record", "sk1=u1.mailer.example", "--provider", "tiny", "--no-wait"],
            ["publish", "echo.example", "--record", "sk1=u1.mailer.example", "--provider", "tiny", "--no-wait"],
            ["providers"], ["providers", "tiny"], ["unpublish", zone, "--yes"], ["records", zone, *generated]]
    for words in runs:
        for output in ("text", "json"):
            result = user.run(*words, *plugins, "-v", "--output", output)
            for secret in secrets:
                assert secret not in result.out + result.err, (words, result)
    tiny.stop()
    assert [headers for _, _, headers, _ in tiny.requests if headers.get("Authorization") == f"Bearer {tiny.TOKEN}"]
    for file in every_file(user.home):
        for secret in secrets:
            assert secret.encode() not in file.read_bytes(), file


def test_a_credential_goes_to_its_own_provider_alone(lab, user, tmp_path):
    """Asked with another plugin, an endpoint sees that plugin's credential and no other."""
    compiled(tmp_path / "plugins", "tiny.c")
    tiny = Tiny(lab)
    zone = own_zone(lab)
    user.env |= {"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}
    user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--plugin-dir", str(tmp_path / "plugins"), "--no-wait")
    user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--plugin-dir", str(tmp_path / "plugins"), "--no-wait",
             "--provider", "tiny")
    tiny.stop()
    assert tiny.requests
    for _, _, headers, body in tiny.requests:
        assert user.env["PDNS_API_KEY"] not in json.dumps(headers) + body


def test_a_key_file_that_is_not_usable(lab, user):
    zone = own_zone(lab)
    (user.home / "empty").write_text("\n")
    (user.home / "two-lines").write_text("a\nInjected: header\n")
    for file in ("empty", "two-lines", "missing", "."):
        result = user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--no-wait",
                          env={"PDNS_API_KEY": "", "PDNS_API_KEY_FILE": str(user.home / file)})
        assert result.code in (2, 6) and cnames(lab, zone) == {}, (file, result)
        assert "Injected" not in result.out + result.err


def test_traffic_goes_nowhere_else(lab, user, tmp_path):
    """Resolver, name servers, endpoint: no system resolver, no other port, no look-up of names through libc."""
    zone = lab.zone()
    env, log = witnessed(tmp_path)
    for words in (["publish", zone, *three(zone)[0], "--provider", "powerdns"], ["verify", zone], ["unpublish", zone, "--yes"],
                  ["providers"], ["status"], ["records", zone, *three(zone)[0]]):
        assert user.run(*words, env=env).code == 0
    seen = {tuple(line.split()[1:]) for line in log.read_text().splitlines()}
    dns_port, api_port = str(lab.port), str(lab.pdns.api_port)
    asked = {(host, port) for host, port in seen if port not in ("0",)}
    probes = {(host, port) for host, port in asked if port == "53" and ":" in host}
    assert asked - probes == {(PRIMARY, dns_port), ("127.0.0.2", dns_port), (PRIMARY, api_port)}, seen
    assert all(line.startswith("connect ") for line in log.read_text().splitlines() if line.split()[2] == "53")
    assert not [host for host, _ in seen if host.startswith("unix:")]


def test_reading_commands_send_nothing(lab, user, tmp_path):
    zone = own_zone(lab)
    env, log = witnessed(tmp_path)
    for words in (["records", zone, "--set", "platform=mailer.example"], ["status"], ["providers"], ["schema", "report"],
                  ["publish", "www.example.com", "--record", "a=b.example"]):
        user.run(*words, env=env)
    sent = [line for line in (log.read_text().splitlines() if log.exists() else []) if line.split()[2] not in ("0", "53")]
    assert sent == []


def test_the_worst_plan_in_a_dry_run_makes_reads_alone(lab, user):
    zone = own_zone(lab)
    words, pairs = three(zone)
    lab.pdns.set(zone, *(rrset(host, "CNAME", "old.example.") for host in list(pairs)[:2]),
                 rrset(list(pairs)[2], "TXT", '"old"', '"older"'))
    before, serial, relay = lab.pdns.records(zone), lab.serial(PRIMARY, zone), Relay(lab)
    result = user.json("publish", zone, *words, "--provider", "powerdns", "--replace", "--replace-types", "TXT", "--yes", "--dry-run",
                       "--exit-code", "--endpoint", relay.url)
    relay.stop()
    assert result.code == 9 and {c["outcome"] for c in result.domain["changes"]} == {"planned"}, result
    assert set(relay.methods()) == {"GET"} and len(relay.requests) == result.domain["http_calls"]
    assert lab.pdns.records(zone) == before and lab.serial(PRIMARY, zone) == serial


def test_unpublish_dry_run_and_twice(lab, user):
    zone = own_zone(lab)
    words, pairs = three(zone)
    assert user.json("publish", zone, *words, "--provider", "powerdns").code == 0
    planned = user.json("unpublish", zone, "--yes", "--dry-run", "--exit-code")
    assert planned.code == 9 and {(c["action"], c["outcome"]) for c in planned.domain["changes"]} == {("delete", "planned")}
    assert cnames(lab, zone) == pairs
    done = user.json("unpublish", zone, "--yes")
    assert done.code == 0 and {(c["action"], c["outcome"]) for c in done.domain["changes"]} == {("delete", "applied")}
    for words in (["unpublish", zone, "--yes"], ["unpublish", zone, *words, "--provider", "powerdns", "--yes"]):
        serial = lab.serial(PRIMARY, zone)
        again = user.run(*words)
        assert again.code in (0, 2) and lab.serial(PRIMARY, zone) == serial, again


def test_named_records_are_taken_back_without_a_ledger(lab, user):
    zone = own_zone(lab)
    words, pairs = three(zone)
    assert user.json("publish", zone, *words, "--provider", "powerdns", "--ledger", "none").code == 0
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "somebody.else.example."))
    refused = user.json("unpublish", zone, *words, "--provider", "powerdns", "--yes", "--ledger", "none")
    assert cnames(lab, zone)[f"sk48601.{zone}"] == "somebody.else.example" and refused.code == 5
    done = user.json("unpublish", zone, *words[2:], "--provider", "powerdns", "--yes", "--ledger", "none")
    assert done.code == 0 and set(cnames(lab, zone)) == {f"sk48601.{zone}"}, done


def test_other_types_and_neighbours_survive_taking_back(lab, user):
    zone = own_zone(lab)
    words, pairs = three(zone)
    assert user.json("publish", zone, *words, "--provider", "powerdns").code == 0
    host = next(iter(pairs))
    lab.pdns.set(zone, gone(host, "CNAME"))
    lab.pdns.set(zone, rrset(host, "TXT", '"mine now"'), rrset(f"below.{host}", "A", "192.0.2.1"))
    user.json("unpublish", zone, "--yes")
    left = lab.pdns.records(zone)
    assert (host, "TXT") in left and (f"below.{host}", "A") in left


def test_a_certificate_that_nobody_vouches_for(lab, user, tmp_path):
    """https is only worth something when it is checked: no request, and no credential, passes."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate), "-days",
                    "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    tiny = Tiny()
    tiny.server.socket = context.wrap_socket(tiny.server.socket, server_side=True)
    zone = own_zone(lab)
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--endpoint",
                       tiny.url.replace("http:", "https:"))
    tiny.stop()
    assert result.code == 7 and "certificate" in result.domain["error"]["message"], result
    assert tiny.requests == []


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_no_proxy_sees_a_credential(lab, user, variable):
    zone, proxy = own_zone(lab), Tiny()
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", env={variable: proxy.url})
    proxy.stop()
    assert result.code == 0 and proxy.requests == [], result


def test_publishing_adds(lab, user):
    """A second set leaves the first alone and answers for itself; what is taken back unnamed is all of it."""
    zone = own_zone(lab)
    words = ["publish", zone, "--provider", "powerdns"]
    assert user.json(*words, "--record", "sk1=u1.mailer.example").code == 0
    lab.pdns.set(zone, gone(f"sk1.{zone}", "CNAME"))
    second = user.json(*words, "--record", "sk2=u1.mailer.example")
    assert second.code == 0 and [r["host"] for r in second.domain["records"]] == [f"sk2.{zone}"], second
    assert user.json(*words, "--record", "sk1=u1.mailer.example", "--record", "sk3=u1.mailer.example").code == 0
    assert len(cnames(lab, zone)) == 3
    named = user.json("unpublish", zone, "--record", "sk2=u1.mailer.example", "--yes")
    assert named.code == 0 and set(cnames(lab, zone)) == {f"sk1.{zone}", f"sk3.{zone}"}
    assert user.json("unpublish", zone, "--yes").code == 0 and cnames(lab, zone) == {}


def test_without_a_credential_it_is_done_by_hand(lab, user):
    zone = own_zone(lab)
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--no-wait", env={"PDNS_API_KEY": ""})
    assert result.code == 3 and result.domain["provider"] == "manual" and result.domain["http_calls"] == 0, result
    assert cnames(lab, zone) == {}
    rejected = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--no-wait", env={"PDNS_API_KEY": "rejected-key"})
    assert rejected.code == 6 and rejected.domain["error"]["kind"] == "credentials", rejected


def test_an_interrupted_report_is_whole(lab, user):
    zone = lab.zone()
    lab.knot.control("zone-freeze", zone)
    running = user.start("publish", zone, *three(zone)[0], "--provider", "powerdns", "--output", "json")
    wait_for("the records", lambda: cnames(lab, zone) == three(zone)[1])
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=15)
    lab.knot.control("zone-thaw", zone)
    report = check_report(json.loads(out))
    assert running.returncode == report["exit_code"] == 130, err
    assert {change["outcome"] for change in report["domains"][0]["changes"]} == {"applied"}
