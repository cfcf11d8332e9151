"""A plugin of a third party, written from the documentation and the public header alone."""

import json

import pytest

from contract import Tiny, cnames, compiled, direct, ensure_zone, one, own_zone
from lab import gone, rrset

ESCAPES = "E_77 \x1b]0;owned\x07 ::error:: \u202e<script> %s%n"

pytestmark = pytest.mark.slow


@pytest.fixture
def user(user, lab, tmp_path):
    """With the plugin "tiny", its credential and its endpoint at hand."""
    ensure_zone(lab, "tiny-dns.example")
    compiled(tmp_path / "plugins", "tiny.c")
    user.flags = ["--plugin-dir", str(tmp_path / "plugins")]
    flags = user.flags
    direct(user, lab).flags += flags
    return user


@pytest.fixture
def tiny(lab, user):
    tiny = Tiny(lab)
    user.env |= {"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}
    yield tiny
    tiny.stop()


def tiny_zone(lab, tiny, *rows):
    """A zone at the provider, with name servers by which the plugin is recognised."""
    return tiny.add(own_zone(lab, server="ns1.tiny-dns.example"), *rows)


def test_from_nothing_to_connected_and_back(lab, user, tiny):
    zone = tiny_zone(lab, tiny, ("@", "A", 600, "192.0.2.7"), ("www", "CNAME", 600, "elsewhere.example"))
    before = tiny.rows(zone)
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--record", "s1._domainkey=a.dkim.mailer.example"]
    result = user.json(*words)
    assert result.code == 0 and result.domain["provider"] == "tiny", result
    assert set(tiny.rows(zone)) - set(before) == {("sk1", "CNAME", 900, "u1.mailer.example"),
                                                  ("s1._domainkey", "CNAME", 900, "a.dkim.mailer.example")}
    assert {c["host"]: c["sent_host"] for c in result.domain["changes"]} == {
        f"sk1.{zone}": "sk1", f"s1._domainkey.{zone}": "s1._domainkey"}
    assert result.domain["http_calls"] == len(tiny.requests) == 4
    assert {headers["Authorization"] for _, _, headers, _ in tiny.requests} == {f"Bearer {tiny.TOKEN}"}
    tiny.requests.clear()
    again = user.json(*words)
    assert again.code == 0 and one("action", again.domain["changes"]) == {"keep"} and set(tiny.methods()) == {"GET"}
    back = user.json("unpublish", zone, "--yes")
    assert back.code == 0 and tiny.rows(zone) == before, back


def test_a_sender_domain_below_the_zone(lab, user, tiny):
    """What is relative is relative to the zone, and the domain itself may be a host in it."""
    zone = tiny_zone(lab, tiny)
    domain = f"news.{zone}"
    result = user.json("publish", domain, "--record", "sk1=u1.mailer.example", "--provider", "tiny")
    assert result.code == 0 and tiny.rows(zone) == [("sk1.news", "CNAME", 900, "u1.mailer.example")], result
    assert (result.domain["domain"], result.domain["zone"]) == (domain, zone)


def test_listed_hosts_are_read_in_the_same_convention(lab, user, tiny):
    """Neither the apex row nor rows of like names are taken for the wanted host."""
    zone = tiny_zone(lab, tiny)
    lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", "u1.mailer.example."))
    tiny.add(zone, ("@", "TXT", 600, "sk1"), ("sk1", "CNAME", 600, "U1.Mailer.Example."), ("sk1.sk1", "A", 600, "192.0.2.1"),
             (f"sk1.{zone}", "CNAME", 600, "doubled.example"))
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example")
    assert result.code == 0 and one("action", result.domain["changes"]) == {"keep"}, result
    assert result.domain["changes"][0]["sent_host"] in ("sk1", None)


@pytest.mark.parametrize("asked, sent", [(None, 900), (60, 600), (599, 600), (600, 600), (1234, 1234), (86400, 86400),
                                         (999999, 86400)])
def test_the_ttl_is_kept_within_the_limits(lab, user, tiny, asked, sent):
    zone = tiny_zone(lab, tiny)
    record = {"type": "CNAME", "host": "sk1", "points_to": "u1.mailer.example"} | ({"ttl": asked} if asked else {})
    result = user.run("publish", zone, "--records", "-", "--output", "json",
                      input=json.dumps({"domain": zone, "records": [record]}))
    assert result.code == 0, result
    assert result.domain["changes"][0]["ttl"] == sent and tiny.rows(zone)[0][2] == sent


def test_updates_and_deletions(lab, user, tiny):
    zone = tiny_zone(lab, tiny, ("sk1", "CNAME", 700, "old.example"), ("s1._domainkey", "TXT", 600, "v=DKIM1; p=OLD"),
                     ("s1._domainkey", "TXT", 600, "another"), ("keep", "TXT", 600, "me"))
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--record", "s1._domainkey=a.dkim.mailer.example"]
    before = tiny.rows(zone)
    for more in ([], ["--replace", "--yes"], ["--replace-types", "TXT", "--yes"], ["--replace", "--replace-types", "TXT"],
                 ["--replace", "--replace-types", "A", "--yes"]):
        refused = user.json(*words, *more)
        assert refused.code == 5 and tiny.rows(zone) == before, (more, refused)
        assert "refused" in one("outcome", refused.domain["changes"]), refused
    assert set(tiny.methods()) == {"GET"}
    done = user.json(*words, "--replace", "--replace-types", "TXT", "--yes")
    assert done.code == 0, done
    assert [(host, kind, value) for host, kind, _, value in tiny.rows(zone)] == [
        ("keep", "TXT", "me"), ("s1._domainkey", "CNAME", "a.dkim.mailer.example"), ("sk1", "CNAME", "u1.mailer.example")]
    update = next(c for c in done.domain["changes"] if c["action"] == "update")
    assert (update["from"], update["to"], update["sent_host"]) == ("old.example", "u1.mailer.example", "sk1")
    assert sorted(one("action", done.domain["changes"])) == ["create", "delete", "update"]
    deletions = [i for i, method in enumerate(tiny.methods()) if method == "DELETE"]
    assert max(deletions) < tiny.methods().index("POST"), "what is in the way goes first"


def test_a_dry_run_sends_nothing_that_changes(lab, user, tiny):
    zone = tiny_zone(lab, tiny, ("sk1", "CNAME", 700, "old.example"), ("s1._domainkey", "TXT", 600, "old"))
    before = tiny.rows(zone)
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--record", "s1._domainkey=a.dkim.mailer.example",
             "--replace", "--replace-types", "TXT", "--yes", "--dry-run"]
    result = user.json(*words)
    assert result.code == 0 and {c["outcome"] for c in result.domain["changes"]} == {"planned"}, result
    assert user.json(*words, "--exit-code").code == 9
    assert set(tiny.methods()) == {"GET"} and tiny.rows(zone) == before
    assert {c["sent_host"] for c in result.domain["changes"]} == {"sk1", "s1._domainkey"}


def test_a_dry_run_holds_a_plugin_that_writes_while_it_should_look(lab, user, tiny, tmp_path):
    compiled(tmp_path / "plugins", "tiny.c", "-DSNEAKY=1", '-DNAME="sneaky"', '-DVARIABLE="SNEAKY_TOKEN"',
             '-DNAME_SERVERS="sneaky.example"', name="sneaky")
    zone = tiny_zone(lab, tiny)
    tiny.add("sneaky.example")
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "sneaky", "--dry-run", "--yes",
                       env={"SNEAKY_TOKEN": tiny.TOKEN, "SIGNPOST_SNEAKY_ENDPOINT": tiny.url})
    assert result.code == 8 and result.domain["error"]["kind"] == "plugin", result
    assert set(tiny.methods()) <= {"GET"} and tiny.rows("sneaky.example") == []


@pytest.mark.parametrize("status, code, kind", [(401, 6, "credentials"), (403, 6, "credentials"), (404, 7, "provider"),
                                                (409, 5, "refused"), (422, 7, "provider"), (500, 7, "provider"),
                                                (418, 7, "provider")])
@pytest.mark.parametrize("step", ["GET /v1/zones", "POST"])
def test_typed_errors(lab, user, tiny, step, status, code, kind):
    """The provider's own words are kept, and shown harmless."""
    zone = tiny_zone(lab, tiny)
    tiny.faults = {step: (status, ESCAPES)}
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "tiny", "--no-wait"]
    result = user.json(*words)
    error = result.domain["error"]
    if status == 403 or status == 409:
        assert result.code in (5, 6, 7) and error["kind"] in ("refused", "credentials", "provider"), result
    else:
        assert (result.code, error["kind"]) == (code, kind), result
    assert "E_77" in error["message"]
    if step == "POST":
        # 418 and 500 are no answers that the plugin understands: what was asked for may still happen.
        outcome = "unknown" if status in (418, 500) else "failed"
        assert one("outcome", result.domain["changes"]) == {outcome} and tiny.rows(zone) == []
        assert tiny.methods().count("POST") == 1, "what may not be repeated is sent once"
    text = user.run(*words)
    assert not [c for c in text.out + text.err + result.err if (ord(c) < 32 and c != "\n") or c == "\u202e"]


def test_some_of_several_changes_fail(lab, user, tiny):
    """Not atomic: each record says what became of it, and the next run does the rest."""
    zone = tiny_zone(lab, tiny)
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--record", "sk2=u1.mailer.example", "--record",
             "sk3=u1.mailer.example", "--no-wait"]
    real = tiny.answer

    def third_fails(handler, body):
        return (422, "E_QUOTA") if handler.command == "POST" and len(tiny.rows(zone)) == 2 else real(handler, body)
    tiny.answer = third_fails
    result = user.json(*words)
    assert result.code == 7 and "E_QUOTA" in result.domain["error"]["message"], result
    outcomes = {c["sent_host"]: c["outcome"] for c in result.domain["changes"]}
    applied = {host for host, outcome in outcomes.items() if outcome == "applied"}
    assert applied == {row[0] for row in tiny.rows(zone)} and len(applied) == 2
    assert sorted(outcomes.values()) == ["applied", "applied", "failed"]
    tiny.answer = real
    again = user.json(*words)
    assert again.code == 0 and sorted(c["action"] for c in again.domain["changes"]) == ["create", "keep", "keep"], again
    assert len(tiny.rows(zone)) == 3


def test_a_write_of_unknown_effect(lab, user, tiny):
    """The connection breaks after a POST was sent: it is not sent again, what is there decides."""
    zone = tiny_zone(lab, tiny)
    tiny.faults = {"POST": None}
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--no-wait"]
    result = user.json(*words)
    assert tiny.methods().count("POST") == 1 and result.code == 7, result
    assert one("outcome", result.domain["changes"]) <= {"failed", "unknown"}
    tiny.faults = {}
    assert user.json(*words).code == 0 and len(tiny.rows(zone)) == 1


def test_a_write_of_unknown_effect_that_cannot_be_read_back(lab, user, tiny):
    zone = tiny_zone(lab, tiny)
    real = tiny.answer

    def breaks(handler, body):
        if handler.command == "POST":
            real(handler, body)
            tiny.faults = {"GET": None}
            return None
        return real(handler, body)
    tiny.answer = breaks
    words = ["publish", zone, "--record", "sk1=u1.mailer.example", "--no-wait"]
    result = user.json(*words)
    assert result.code == 7 and one("outcome", result.domain["changes"]) == {"unknown"}, result
    tiny.answer, tiny.faults = real, {}
    tiny.requests.clear()
    again = user.json(*words)
    assert again.code == 0 and set(tiny.methods()) == {"GET"} and len(tiny.rows(zone)) == 1, again


def test_records_of_one_domain_at_two_providers(lab, user, tiny):
    zone = own_zone(lab)
    child = f"_domainkey.{zone}"
    lab.pdns.set(zone, rrset(child, "NS", "ns1.tiny-dns.example."))
    status, answer = lab.pdns.api("POST", "/zones", {"name": f"{child}.", "kind": "Native", "rrsets": [],
                                                     "nameservers": ["ns1.tiny-dns.example."]})
    assert status == 201, answer
    tiny.add(child)
    # Served already: two writers at once are too much for PowerDNS's SQLite backend.
    tiny.lab = None
    lab.pdns.set(child, rrset(f"s1.{child}", "CNAME", "a.dkim.mailer.example."))
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--record", "s1._domainkey=a.dkim.mailer.example")
    assert result.code == 0, result
    assert {(c["host"], c["zone"], c["provider"], c["sent_host"]) for c in result.domain["changes"]} == {
        (f"sk1.{zone}", zone, "powerdns", f"sk1.{zone}."), (f"s1._domainkey.{zone}", child, "tiny", "s1")}
    assert {(r["host"], r["zone"], r["provider"]) for r in result.domain["records"]} == {
        (f"sk1.{zone}", zone, "powerdns"), (f"s1._domainkey.{zone}", child, "tiny")}
    assert tiny.rows(child) == [("s1", "CNAME", 900, "a.dkim.mailer.example")]
    back = user.json("unpublish", zone, "--yes")
    assert back.code == 0 and cnames(lab, zone) == {} and tiny.rows(child) == [], back


@pytest.mark.parametrize("flags, words", [
    (['-DNAME="powerdns"', '-DVARIABLE="POWERDNS_TOKEN"'], "powerdns"), (['-DNAME="manual"', '-DVARIABLE="MANUAL_TOKEN"'], "manual"),
    (['-DNAME="greedy"', '-DVARIABLE="PDNS_API_KEY"'], "variables"),
    (['-DNAME="greedy"', '-DVARIABLE="AWS_SECRET_ACCESS_KEY"'], "variables"),
    (['-DNAME="greedy"', '-DVARIABLE="HOME"'], "variables"), (['-DNAME="greedy"', '-DVARIABLE="GREEDYX_TOKEN"'], "variables"),
    (['-DNAME="Greedy"', '-DVARIABLE="GREEDY_TOKEN"'], "name"), (['-DNAME="../greedy"', '-DVARIABLE="GREEDY_TOKEN"'], "name"),
    (['-DNAME="greedy"', '-DVARIABLE="GREEDY_TOKEN"', '-DNAME_SERVERS=""'], "name_servers"),
])
def test_a_plugin_that_claims_too_much(lab, user, tiny, tmp_path, flags, words):
    """Refused with 8 where it was asked for, and no reason for anything else to fail."""
    folder = tmp_path / "greedy"
    compiled(folder, "tiny.c", *flags, name="greedy")
    zone = own_zone(lab)
    env = {name: tiny.TOKEN for name in ("GREEDY_TOKEN", "GREEDYX_TOKEN", "AWS_SECRET_ACCESS_KEY", "POWERDNS_TOKEN", "MANUAL_TOKEN")}
    env |= {"SIGNPOST_GREEDY_ENDPOINT": tiny.url}
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "greedy", "--plugin-dir", str(folder),
                       env=env)
    assert result.code == 8 and result.domain["error"]["kind"] == "plugin", result
    assert tiny.requests == [] and tiny.TOKEN not in result.out + result.err
    listed = json.loads(user.run("providers", "--output", "json", "--plugin-dir", str(folder), env=env).out)
    (greedy,) = [entry for entry in listed["providers"] if entry["path"].startswith(str(folder))]
    assert not greedy["is_usable"] and greedy["error"] and words in greedy["error"]["message"], greedy
    other = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--plugin-dir", str(folder),
                      env=env)
    assert other.code == 0 and tiny.requests == [], other


def test_a_refused_plugin_says_what_to_do_about_which_variable(lab, user, tmp_path):
    folder = tmp_path / "greedy"
    compiled(folder, "tiny.c", '-DNAME="greedy"', '-DVARIABLE="AWS_SECRET_ACCESS_KEY"', name="greedy")
    result = user.json("publish", own_zone(lab), "--record", "sk1=u1.mailer.example", "--provider", "greedy", "--plugin-dir",
                       str(folder))
    error = result.domain["error"]
    assert "AWS_SECRET_ACCESS_KEY" in error["message"] and "GREEDY_" in error["fix"], error


def test_an_empty_variable_does_not_hide_the_configuration(lab, user):
    zone = own_zone(lab)
    config = user.home / "mine.json"
    config.write_text(json.dumps({"providers": {"powerdns": {"endpoint": lab.pdns.endpoint}}}))
    config.chmod(0o600)
    del user.env["PDNS_API_URL"]
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--config", str(config),
                       env={"SIGNPOST_POWERDNS_ENDPOINT": ""})
    assert result.code == 0, result


def test_one_domain_that_crashes_the_plugin(lab, user, tiny):
    good = [tiny_zone(lab, tiny) for _ in range(2)]
    bad = tiny.add(own_zone(lab, label="boom", server="ns1.tiny-dns.example"))
    for zones in ([bad, *good], [good[0], bad, good[1]], [*good, bad]):
        records = [word for zone in zones for word in ("--record", f"sk1.{zone}=u1.mailer.example")]
        result = user.json("publish", *zones, *records, "--provider", "tiny")
        domains = {entry["domain"]: entry for entry in result.report["domains"]}
        assert result.code == 8 and domains[bad]["error"]["kind"] == "plugin", result
        assert "SIGABRT" in domains[bad]["error"]["message"] and domains[bad]["status"] is None
        assert {domains[zone]["status"] for zone in good} == {"connected"}, result


def test_a_name_twice_among_the_plugins(lab, user, tiny, tmp_path):
    compiled(tmp_path / "more", "tiny.c")
    zone = tiny_zone(lab, tiny)
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "tiny", "--plugin-dir",
                       str(tmp_path / "more"))
    assert result.code in (0, 8), result
    assert result.code == 0 or result.domain["error"]["kind"] == "plugin"


def test_its_credential_from_a_file(lab, user, tiny):
    zone = tiny_zone(lab, tiny)
    file = user.home / "token"
    file.write_text(tiny.TOKEN + "\n")
    file.chmod(0o600)
    del user.env["TINY_API_TOKEN"]
    words = ["publish", zone, "--record", "sk1=u1.mailer.example"]
    assert user.json(*words, "--provider", "tiny").code == 6
    assert user.json(*words, env={"TINY_API_TOKEN_FILE": str(file)}).code == 0
    lab.pdns.set(zone, gone(f"sk1.{zone}", "CNAME"))


def test_an_endpoint_that_is_not_the_default_is_shown(lab, user, tiny):
    zone = tiny_zone(lab, tiny)
    shown = user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "tiny")
    assert tiny.url in shown.out + shown.err, shown
    assert tiny.url in user.run("providers", "tiny").out


def test_redirects_are_not_followed(lab, user, tiny):
    zone, stranger = tiny_zone(lab, tiny), Tiny()
    stranger.add(zone)
    for step in ("GET /v1/zones", "/records"):
        for status in (301, 302, 303, 307, 308):
            tiny.faults = {step: (status, "", ("Location", stranger.url + "/v1/zones"))}
            result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "tiny")
            assert result.code == 7 and stranger.requests == [], result
    stranger.stop()
