"""Bad input: exit 2, a sentence on stderr that names the thing, nothing on stdout, nothing changed."""

import contextlib
import json
import random
import sqlite3

import pytest

from lab import rrset, wait_for

LONG = "a" * 64 + ".example"

DOMAINS = [
    ("www.example.com", "example.com"), ("https://example.com", "example.com"),
    ("https://www.example.com/path", "example.com"), ("info@example.com", "example.com"),
    ("example.com/", "example.com"), ("example.com/path", "example.com"), ("192.0.2.1", None), ("2001:db8::1", None),
    ("localhost", None), ("example..com", "example.com"), ("*.example.com", "example.com"),
    ("exam ple.com", None), (LONG, None), (".".join(["abcdefgh"] * 40), None), ("", None), ("_dmarc.example.com", None),
    ("example.com:53", "example.com"), ("exa\x1b[31mmple.com", None), ("-example.com", None), ("co.uk", None),
]


@pytest.mark.parametrize("domain, suggestion", DOMAINS)
def test_a_sender_domain_that_is_none(stranger, domain, suggestion):
    for command in ("publish", "verify", "records", "unpublish", "status"):
        result = stranger.raw(command, "--set", "platform=mailer.example", "--", domain) \
            if command not in ("status",) else stranger.raw(command, "--", domain)
        assert result.code == 2, result
        assert result.out == ""
        assert result.err.count("\n") <= 4 and result.err.startswith("signpost: "), result
        assert "\x1b" not in result.err
        if suggestion:
            assert f'"{suggestion}"' in result.err, result
    assert not stranger.ledger.exists() or stranger.ledger.stat().st_size >= 0


def test_each_refusal_has_its_own_sentence(stranger):
    sentences = {}
    for domain, _ in DOMAINS[:14]:
        sentence = stranger.raw("records", "--set", "platform=m.example", "--", domain).err.splitlines()[0]
        sentences.setdefault(sentence.replace(domain, "X"), []).append(domain)
    # URL twice, path twice, address twice, over-long twice; otherwise no two alike.
    assert len(sentences) >= 9, sentences


@pytest.mark.parametrize("argv", [
    ["publish"], ["frobnicate"], ["publish", "example.com", "--no-such-flag"],
    ["publish", "example.com", "--timeout", "soon", "--record", "a=b.example"],
    ["publish", "example.com", "--dns-port", "0", "--record", "a=b.example"],
    ["publish", "example.com", "--dns-port", "65536", "--record", "a=b.example"],
    ["publish", "example.com", "--resolver", "nonsense", "--record", "a=b.example"],
    ["publish", "example.com", "--record", "nonsense"],
    ["publish", "example.com", "--record", "=b.example"],
    ["publish", "example.com", "--record", "a="],
    ["publish", "example.com", "--record", "a=b.example", "--output", "xml"],
    ["publish", "example.com", "--record", "a=b.example", "--until", "tomorrow"],
    ["publish", "example.com", "--records", "/no/such/file"],
    ["publish", "example.com", "--set", "platform"],
    ["publish", "example.com", "--set", "platfrom=mailer.example"],
    ["publish", "example.com", "--record", "a=b.example", "--endpoint", "http://192.0.2.1:8081"],
    ["publish", "example.com", "--record", "a=b.example", "--endpoint", "ftp://127.0.0.1"],
    ["publish", "example.com", "--record", "a=b.example", "--plugin-dir", "/no/such/folder"],
    ["publish", "example.com", "--record", "a=b.example", "--config", "/no/such/file"],
    ["schema", "nonsense"], ["verify", "example.com", "--wait=yes"], ["records", "example.com"],
    ["publish", "example.com"], ["unpublish", "example.com"],
])
def test_a_wrong_call(stranger, argv):
    result = stranger.raw(*argv, env={"PDNS_API_KEY": "k" * 20, "PDNS_API_URL": "http://127.0.0.1:1"})
    assert result.code == 2, result
    assert result.out == ""
    assert result.err.startswith("signpost: "), result


def test_unknown_words_get_a_suggestion(stranger):
    assert "publish" in stranger.raw("pubish", "example.com").err
    assert "--dry-run" in stranger.raw("publish", "example.com", "--dryrun").err


def test_with_neither_role_both_are_explained(stranger):
    err = stranger.raw("publish", "example.com").err
    assert "--record" in err and "--set platform=" in err


BAD_FILES = [b"", b"\x00\x01\x02", b"{", b"[1,2]", b'{"domain": "example.com"}', b'{"domain": 5, "records": []}',
             b'{"domain": "example.com", "records": [{"type": "TXT", "host": "a", "points_to": "b.example"}]}',
             b'{"domain": "example.com", "domain": "example.org", "records": []}', b"[" * 5000 + b"]" * 5000,
             b"sk1.example.com. 300 IN TXT \"x\"", b"a b c d e f", b"\xff\xfe\xfd", b"sk1 -> ", b"=" * 4000,
             b"sk1.example.com=" + b"a" * 300 + b".example"]


@pytest.mark.parametrize("content", BAD_FILES)
def test_a_records_file_that_is_none(stranger, tmp_path, content):
    file = tmp_path / "records"
    file.write_bytes(content)
    result = stranger.raw("records", "example.com", "--records", str(file))
    assert result.code == 2, result
    assert result.out == "" and result.err.startswith("signpost: ")


def test_a_ledger_that_is_none_stays_as_it_is(stranger, tmp_path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff\xe0 not a database")
    before = file.read_bytes()
    result = stranger.raw("records", "example.com", "--set", "platform=m.example", "--ledger", str(file))
    status = stranger.raw("status", "--ledger", str(file))
    assert status.code == 2, status
    assert file.read_bytes() == before
    assert result.code in (0, 2)


def test_random_arguments_never_corrupt(stranger, lab, user):
    """Fuzzed words in fuzzed order: exit 2 or a regular end, and the ledger as it was."""
    zone = lab.zone()
    assert user.run("verify", zone, "--record", "sk1=u1.mailer.example").code == 3
    before = user.json("status").out
    random.seed(20261123)
    words = ["publish", "verify", "status", "records", "unpublish", "--record", "--records", "--set", "--", "=",
             "--output", "json", "--wait", "--timeout", "1s", "-q", "-v", "--until", "key", "\x1b[2J", "%s%n", "../..",
             "a" * 5000, "exämple.com", "example.com", "sk1=", "=x.example", "-", "--yes", "--ledger", "none", "\xff"]
    for _ in range(150):
        argv = random.choices(words, k=random.randint(1, 6))
        if "publish" in argv or "unpublish" in argv or "verify" in argv:
            argv += ["--resolver", "127.0.0.66:1", "--dns-port", "1", "--timeout", "1ms", "--no-such-flag"]
        result = user.raw(*argv)
        assert result.code in (0, 2), (argv, result)
        if result.code == 2:
            assert result.out == "" and result.err, (argv, result)
    assert json.loads(user.json("status").out)["domains"] == json.loads(before)["domains"]


@pytest.mark.parametrize("closed, code", [("<&-", 0), (">&-", 1), ("2>&-", 0), ("<&- >&- 2>&-", 1)])
def test_a_closed_standard_descriptor(stranger, closed, code):
    """No ledger and no socket takes its place."""
    import subprocess

    from signpost import PROGRAM
    for words in ("status", "verify example.com --record sk1=u1.mailer.example --resolver 127.0.0.66:1"):
        done = subprocess.run(["/bin/sh", "-c", f"{PROGRAM} {words} {closed}"], env=stranger.env, capture_output=True,
                              timeout=60, check=False)
        assert done.returncode == (code if words == "status" else code or 3), done


@pytest.mark.parametrize("argv", [
    ["records", "example.com", "--records", "/no/such/file"],
    ["records", "example.com", "--record", "a=b.example", "--config", "/no/such/file"],
    ["verify", "example.com", "--wait", "--no-wait"],
    ["publish", "example.com", "--yes=1"],
    ["publish", "example.com", "--record", "a=b.example", "--replace-types", "NS"],
    ["records", "example.com", "--record", "em 1=u1.mailer.example"],
    ["records", "example.com", "--record", "a" * 64 + "=u1.mailer.example"],
])
def test_a_refusal_says_what_to_do(stranger, argv):
    result = stranger.raw(*argv)
    assert result.code == 2 and "  fix: " in result.err, result


def test_providers_say_which_credential_would_be_used(stranger):
    """What is optional is not missed, and a profile of the provider's own tools counts."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "never-shown-4411"}
    (stranger.home / ".aws").mkdir()
    profile = stranger.home / ".aws/credentials"
    profile.write_text("[work]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = never-shown-4412\n")
    profile.chmod(0o600)
    for env, shown, source in (({}, "AWS_ACCESS_KEY_ID (not set) + AWS_SECRET_ACCESS_KEY (not set)", None),
                               (keys, "AWS_ACCESS_KEY_ID (set) + AWS_SECRET_ACCESS_KEY (set)", "AWS_ACCESS_KEY_ID"),
                               ({"AWS_PROFILE": "work"}, "AWS_PROFILE work", "AWS_PROFILE work"),
                               ({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}, "AWS_ACCESS_KEY_ID (set) + AWS_SECRET_ACCESS_KEY (not set)", None),
                               ({**keys, "SIGNPOST_ROUTE53_REGION": "no region"}, "which is no region", None)):
        text = stranger.raw("providers", "route53", env=env)
        (entry,) = json.loads(stranger.raw("providers", "route53", "--output", "json", env=env).out)["providers"]
        assert text.code == 0 and shown in text.out and "AWS_SESSION_TOKEN" not in text.out, text
        assert entry["has_credentials"] == bool(source) and (entry["source"] or "").startswith(source or ""), entry
        assert "never-shown" not in text.out + json.dumps(entry)


def test_a_provider_that_was_mistyped(stranger):
    for name in ("PowerDNS", "powrdns"):
        result = stranger.raw("publish", "example.com", "--record", "sk1=u1.mailer.example", "--provider", name)
        assert result.code == 8 and "did you mean powerdns?" in result.err, result


def test_a_configured_endpoint_is_looked_at_by_who_uses_it(stranger, tmp_path):
    """And libcurl, which that takes, is not loaded by the others: here it is no library."""
    (tmp_path / "libcurl.so.4").write_text("no library")
    (stranger.home / "config/signpost").mkdir(parents=True)
    config = stranger.home / "config/signpost/config.json"
    record = ["example.com", "--record", "sk1=u1.mailer.example"]
    config.write_text(json.dumps({"providers": {"powerdns": {"endpoint": "https://api.example"}}}))
    without = stranger.raw("records", *record, env={"LD_LIBRARY_PATH": str(tmp_path)})
    assert without.code == 0 and without.err.count("\n") == 1, without
    config.write_text(json.dumps({"providers": {"powerdns": {"endpoint": "http://192.0.2.1/"}}}))
    for words in (["publish", *record, "--provider", "powerdns", "--dry-run"], ["providers"]):
        result = stranger.raw(*words)
        assert result.code == 2 and result.out == "", result
        assert f"{config}: $.providers.powerdns.endpoint: http://192.0.2.1/ is not" in result.err, result


def test_a_dry_run_makes_no_ledger(stranger):
    result = stranger.raw("publish", "example.com", "--record", "sk1=u1.mailer.example", "--dry-run",
                          "--resolver", "127.0.0.66:1")
    assert result.code == 0 and "1 to create" in result.out, result
    assert not stranger.ledger.exists()


def test_a_domain_that_is_not_there_is_not_remembered(lab, user):
    assert user.json("verify", "no-such-domain.example", "--record", "sk1=u1.mailer.example").code == 4
    assert user.raw("status", "no-such-domain.example").code == 2


@pytest.mark.slow
def test_a_ledger_in_use_is_a_warning_and_no_other_verdict(lab, user):
    """Neither a domain that is known nor a new one can be written down meanwhile."""
    zones = [lab.zone(), lab.zone()]
    words = [word for zone in zones for word in ("--record", f"sk1.{zone}=u1.mailer.example")]
    for zone in zones:
        lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
        lab.wait_for_secondary(zone)
    first = user.json("verify", zones[0], *words[:2], "--until", "records")
    assert first.code == 0 and not first.domain["warnings"], first
    with contextlib.closing(sqlite3.connect(user.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = user.json("verify", *zones, *words, "--until", "records")
    # One wait for the ledger in a run (10 s), not one a domain.
    assert held.code == 0 and held.report["totals"]["elapsed_ms"] < 18000, held
    for domain in held.report["domains"]:
        (warning,) = domain["warnings"]
        assert domain["status"] == "connected" and warning["code"] == "ledger", held
        assert "not remembered" in warning["message"], held


def test_taking_back_twice(lab, user):
    zone = lab.zone()
    assert user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--no-wait").code in (0, 3)
    asked = user.run("publish", zone)
    assert asked.code == 2 and "publish needs the records" in asked.err, asked
    assert user.run("unpublish", zone, "--provider", "powerdns", "--yes").code == 0
    again = user.json("unpublish", zone, "--provider", "powerdns", "--yes")
    assert again.code == 0 and again.domain["message"] == "already taken back" and not again.domain["changes"], again
    assert user.run("unpublish", zone).out == f"{zone}  already taken back\n"
    verified = user.run("verify", zone)
    assert verified.code == 2 and f"the records of {zone} were taken back" in verified.err, verified


def test_an_interruption_is_said_once(lab, user):
    import signal
    import time
    zone = lab.zone()
    running = user.start("verify", zone, "--record", "sk1=u1.mailer.example", "--wait")
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=15)
    assert running.returncode == 130
    assert (out + err).lower().count("interrupted") == 1 and "interrupted; nothing is lost" in err
    assert f"Next: signpost verify {zone} --wait" in out and "--record" not in out  # the ledger has it


def test_the_next_step_waits_only_where_waiting_helps(lab, user):
    zone = lab.zone()
    words = ["--record", "sk1=u1.mailer.example"]
    assert f"Next: signpost verify {zone} --wait" in user.run("verify", zone, *words).out
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "somebody.else.example."))
    wait_for("Knot", lambda: user.json("verify", zone, *words).domain["status"] == "error")
    told = user.run("verify", zone, *words)
    assert told.code == 4 and f"Next: signpost verify {zone}" in told.out and "--wait" not in told.out, told


@pytest.mark.parametrize("option", ["--why", "--evidence", "--trace"])
def test_status_says_that_it_asks_nobody(stranger, tmp_path, option):
    words = [option] if option == "--why" else [option, tmp_path / "file"]
    result = stranger.raw("status", *words)
    assert result.code == 0 and f"{option} has no effect with status" in result.err, result
    assert not (tmp_path / "file").exists()


def test_status_as_zone_lines(lab, user):
    zone = lab.zone()
    assert user.run("verify", zone, "--record", "sk1=u1.mailer.example").code == 3
    assert f"sk1.{zone}. 3600 IN CNAME u1.mailer.example." in user.run("status", "--output", "zone").out


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "zone"])
def test_exit_2_writes_to_standard_error_alone(stranger, form):
    """Also where it is found late: PowerDNS has no address of its own."""
    result = stranger.raw("publish", "example.com", "--record", "sk1=u1.mailer.example", "--provider", "powerdns",
                          "--resolver", "127.0.0.66:1", "--output", form, env={"PDNS_API_KEY": "a key"})
    assert result.code == 2 and result.out == "" and "PDNS_API_URL" in result.err, result


def test_an_endpoint_that_is_not_the_documented_one_is_shown(lab, user):
    zone = lab.zone()
    shown = user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--dry-run")
    assert f"\n  endpoint: {lab.pdns.endpoint}\n" in shown.out, shown


def test_help_says_that_status_makes_no_look(stranger):
    text = " ".join(stranger.run("help", "status").out.split())
    for option in ("--evidence FILE", "--why", "--trace FILE"):
        assert f"{option} of `signpost verify`: without effect here, since status asks no server" in text, option
    assert "show what the verdict rests on" in " ".join(stranger.run("help", "verify").out.split())


@pytest.mark.parametrize("words, message, fix", [
    (["--resolver", "https://u:p@resolver.example/"], "is not a usable DNS-over-HTTPS resolver: a user name or password", "https://HOST[:PORT]/dns-query"),
    (["--resolver", "http://127.0.0.1/dns-query"], "DNS-over-HTTPS resolver: only https is spoken", "https://HOST[:PORT]/dns-query"),
    (["--resolver", "resolver.example"], '"resolver.example" is not an IP address', "https://HOST/dns-query"),
    (["--older", "2026-11-24"], '"2026-11-24" is neither a duration nor a time', "2026-11-24T15:00:00Z"),
    (["--older", "2099-01-01T00:00:00Z"], "2099-01-01T00:00:00Z is still to come", "how long ago"),
    (["--older", "8d"], "neither", "at most 7d"),
    (["--qps", "0"], "--qps: 0 is not from 1 to 100000", "from 1 to"),
    (["--qps", "x"], '"x" is no number', "from 1 to"),
    (["--dns-port", "65536"], "65536 is not from 1 to 65535", "from 1 to"),
    (["--records", "/dev/null"], "/dev/null is empty", "one record a line"),
])
def test_what_is_wrong_with_a_value_is_said(user, words, message, fix):
    flags, user.flags = user.flags, []
    result = user.run("verify", *([] if "--records" in words else ["example.com", "--record", "a=b.example"]), *words)
    user.flags = flags
    said = " ".join(result.err.split())
    assert result.code == 2 and not result.out and "u:p" not in said, result
    assert message in said, said
    assert fix in said.split("fix: ")[-1], said
