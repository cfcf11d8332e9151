"""Verification as the contract words it: what counts as done, the window, what stands behind a record, servers that
answer in odd ways. The servers that misbehave are ours, as no real one can be told to."""

import time

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from contract import NameServer, direct, ensure_zone, own_zone, relayed, witnessed
from lab import DEAD, DKIM_KEY, PRIMARY, RESOLVER, SECONDARY, gone, rrset
from signpost import Result, Signpost
from test_publish import three

ODD = "127.0.0.9"
HOUR = 3600

pytestmark = pytest.mark.slow


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


def given(zone, target, host="s1._domainkey"):
    return ["--record", f"{host}.{zone}={target}"]


def targets(lab, *records):
    """Records on the platform's side, in a zone of its own."""
    zone = ensure_zone(lab, "behind.example")
    if records:
        lab.pdns.set(zone, *(rrset(*record) for record in records))
    return zone


def code_of(result, index=0):
    diagnosis = result.domain["records"][index]["diagnosis"]
    return (diagnosis["code"], diagnosis["severity"]) if diagnosis else None


@pytest.mark.parametrize("name, records, code, status, exit_code", [
    ("nothing", (), "target-missing", "pending", 3),
    ("empty", (("empty.behind.example", "A", "192.0.2.1"),), "dkim-key-missing", "pending", 3),
    ("spf", (("spf.behind.example", "TXT", '"v=spf1 -all"'),), "dkim-key-missing", "pending", 3),
    ("nonsense", (("nonsense.behind.example", "TXT", '"v=DKIM1; k=rsa; p=%%%"'),), "dkim-key-malformed", "error", 4),
    ("revoked", (("revoked.behind.example", "TXT", '"v=DKIM1; p="'),), "dkim-key-revoked", "error", 4),
    ("loop", (("loop.behind.example", "CNAME", "loop2.behind.example."), ("loop2.behind.example", "CNAME", "loop.behind.example.")),
     "cname-loop", "error", 4),
])
def test_what_stands_behind(lab, user, name, records, code, status, exit_code):
    targets(lab, *records)
    zone = own_zone(lab, ("s1._domainkey.{z}", "CNAME", f"{name}.behind.example."))
    result = user.json("verify", zone, *given(zone, f"{name}.behind.example"))
    assert code_of(result) == (code, "blocking") and result.code == exit_code, result
    assert result.domain["status"] == status and not result.domain["key_live"]
    assert result.domain["records_live"] and result.domain["records"][0]["state"] == "live"
    fix = result.domain["records"][0]["diagnosis"]["fix"]
    assert "platform" in fix or "behind.example" in fix, fix
    if code in ("target-missing", "dkim-key-missing"):
        assert user.json("verify", zone, *given(zone, f"{name}.behind.example"), "--until", "records").code == 0


@pytest.mark.parametrize("broken", [(), (("idle.behind.example", "TXT", '"v=DKIM1; p="'),)])
def test_another_selector_with_a_key_is_enough(lab, user, broken):
    targets(lab, *broken)
    name = "idle" if broken else "no-such"
    zone = own_zone(lab, ("s1._domainkey.{z}", "CNAME", f"{name}.behind.example."),
                    ("s2._domainkey.{z}", "CNAME", "a.dkim.mailer.example."))
    result = user.json("verify", zone, *given(zone, f"{name}.behind.example"),
                       *given(zone, "a.dkim.mailer.example", "s2._domainkey"))
    assert result.code == 0 and result.domain["key_live"] and result.domain["status"] == "connected", result
    diagnosis = result.domain["records"][0]["diagnosis"]
    assert diagnosis["severity"] == "advisory" and diagnosis["code"] in ("selector-idle", "dkim-key-revoked"), result


def test_a_key_in_several_strings_and_behind_several_names(lab, user):
    half = len(DKIM_KEY) // 2
    targets(lab, ("far.behind.example", "TXT", f'"{DKIM_KEY[:half]}" "{DKIM_KEY[half:]}"'),
            ("near.behind.example", "CNAME", "far.behind.example."))
    zone = own_zone(lab, ("s1._domainkey.{z}", "CNAME", "near.behind.example."))
    result = user.json("verify", zone, *given(zone, "near.behind.example"))
    assert result.code == 0 and result.domain["key_live"], result


@pytest.mark.parametrize("until, code, status", [("records", 0, "connected"), ("key", 3, "pending")])
def test_publish_until(lab, user, until, code, status):
    zone = own_zone(lab)
    result = user.json("publish", zone, *given(zone, "not-yet.behind.example"), "--provider", "powerdns", "--until", until,
                       "--timeout", "400ms")
    assert (result.code, result.domain["status"]) == (code, status), result
    assert result.domain["records_live"]
    assert until == "records" or "your side is done" in result.domain["message"]


def test_no_wait_looks_once(lab, user):
    zone = lab.zone()
    lab.knot.control("zone-freeze", zone)
    started = time.monotonic()
    result = user.json("publish", zone, *given(zone, "a.dkim.mailer.example"), "--provider", "powerdns", "--no-wait")
    assert time.monotonic() - started < 5
    lab.knot.control("zone-thaw", zone)
    record = result.domain["records"][0]
    assert result.code == 3 and result.domain["status"] == "pending", result
    assert {server["address"]: server["state"] for server in record["servers"]} == {PRIMARY: "live", SECONDARY: "missing"}


def test_waiting_has_an_end(lab, user):
    zone = own_zone(lab)
    for words in (["verify", "--wait"], ["publish", "--provider", "manual"]):
        started = time.monotonic()
        result = user.json(words[0], zone, *given(zone, "a.dkim.mailer.example"), *words[1:], "--timeout", "1s")
        assert result.code == 3 and 0.9 < time.monotonic() - started < 4, result


def test_verify_looks_once_by_default_and_waits_when_told(lab, user):
    zone = own_zone(lab)
    started = time.monotonic()
    assert user.json("verify", zone, *given(zone, "a.dkim.mailer.example")).code == 3
    assert time.monotonic() - started < 3
    waiting = user.start("verify", zone, *given(zone, "a.dkim.mailer.example"), "--wait", "--timeout", "30s")
    time.sleep(0.7)
    lab.pdns.set(zone, rrset(f"s1._domainkey.{zone}", "CNAME", "a.dkim.mailer.example."))
    appeared = time.monotonic()
    assert waiting.wait(20) == 0, waiting.communicate()
    assert time.monotonic() - appeared < 2
    waiting.communicate()


def test_what_was_live_must_still_be(lab, user):
    """The record is live at one server, then gone there, and then live at the other: at no time at both."""
    zone = lab.free_zones.pop(0)
    host = f"s1._domainkey.{zone}"
    lab.pdns.add_zone(zone, kind="Native", servers=((PRIMARY, "ns1"), (ODD, "ns2")),
                      records=[(host, "CNAME", "a.dkim.mailer.example.")])
    started = time.monotonic()

    def respond(query, _):
        response = relayed(lab, query)
        if query.question[0].rdtype == dns.rdatatype.CNAME and query.question[0].name.to_text(True).lower() == host:
            response.answer = [dns.rrset.from_text(f"{host}.", 60, "IN", "CNAME", "a.dkim.mailer.example.")]
            response.answer *= time.monotonic() - started > 3.5
            response.set_rcode(dns.rcode.NOERROR)
        return response
    server = NameServer(ODD, lab.port, respond)
    waiting = user.start("verify", zone, *given(zone, "a.dkim.mailer.example"), "--wait", "--timeout", "6s", "--output", "json")
    time.sleep(0.7)
    lab.pdns.set(zone, gone(host, "CNAME"))
    out, err = waiting.communicate(timeout=30)
    server.stop()
    result = Result(waiting.returncode, out, err)
    states = {entry["address"]: entry["state"] for entry in result.domain["records"][0]["servers"]}
    assert result.code == 3 and states == {PRIMARY: "missing", ODD: "live"}, result


WINDOW = [(0, 3, "pending"), (47 * HOUR, 3, "pending"), (49 * HOUR, 4, "error"), (400 * 24 * HOUR, 4, "error")]


@pytest.mark.parametrize("later_s, code, status", WINDOW)
@pytest.mark.parametrize("what", ["missing", "target-missing", "server-unreachable"])
def test_the_window_runs_from_publishing(lab, user, tmp_path, what, later_s, code, status):
    zone = own_zone(lab)
    target = "never.behind.example" if what == "target-missing" else "a.dkim.mailer.example"
    assert user.json("publish", zone, *given(zone, target), "--provider", "powerdns", "--no-wait").code in (0, 3)
    if what == "missing":
        lab.pdns.set(zone, gone(f"s1._domainkey.{zone}", "CNAME"))
    elif what == "server-unreachable":
        lab.pdns.set(zone, rrset(f"ns1.{zone}", "A", DEAD))
    env, _ = witnessed(tmp_path, later_s)
    result = user.json("verify", zone, env=env)
    assert (result.code, result.domain["status"]) == (code, status), result
    assert code_of(result) == (what, "blocking")


def test_without_a_known_publish_time_the_window_has_just_opened(lab, user, tmp_path):
    zone = own_zone(lab)
    env, _ = witnessed(tmp_path, 400 * 24 * HOUR)
    for more in ([], ["--ledger", "none"]):
        result = user.json("verify", zone, *given(zone, "a.dkim.mailer.example"), *more, env=env)
        assert result.code == 3 and code_of(result) == ("missing", "blocking"), result


def test_a_second_run_does_not_open_the_window_again(lab, user, tmp_path):
    zone = own_zone(lab)
    words = ["publish", zone, *given(zone, "never.behind.example"), "--provider", "powerdns", "--no-wait"]
    assert user.json(*words).code == 3
    env, _ = witnessed(tmp_path, 30 * HOUR)
    assert user.json(*words, env=env).code == 3
    env["WITNESS_CLOCK_SHIFT"] = str(49 * HOUR)
    assert user.json("verify", zone, env=env).code == 4


@pytest.mark.parametrize("kind", ["another target", "another type"])
def test_what_was_replaced_may_still_be_served(lab, user, tmp_path, kind):
    """Until the old record's TTL is over, servers that still have it are late, not wrong."""
    zone = lab.zone(servers=((SECONDARY, "ns1"),))
    host = f"s1._domainkey.{zone}"
    old = ("CNAME", "old.mailer.example.") if kind == "another target" else ("TXT", '"v=DKIM1; p=OLD"')
    lab.pdns.set(zone, rrset(host, *old, ttl=600))
    lab.wait_for_secondary(zone)
    lab.knot.control("zone-freeze", zone)
    result = user.json("publish", zone, *given(zone, "a.dkim.mailer.example"), "--provider", "powerdns", "--replace",
                       "--replace-types", "TXT", "--yes", "--no-wait")
    assert result.code == 3 and result.domain["status"] == "pending", result
    assert user.json("verify", zone).code == 3
    env, _ = witnessed(tmp_path, 3 * HOUR)
    late = user.json("verify", zone, env=env)
    lab.knot.control("zone-thaw", zone)
    assert late.code == 4 and late.domain["status"] == "error", late


def test_what_a_stranger_changed_is_wrong_at_once(lab, user):
    zone = own_zone(lab)
    assert user.json("publish", zone, *given(zone, "a.dkim.mailer.example"), "--provider", "powerdns").code == 0
    lab.pdns.set(zone, rrset(f"s1._domainkey.{zone}", "CNAME", "stranger.example."))
    result = user.json("verify", zone)
    assert result.code == 4 and code_of(result) == ("wrong-target", "blocking"), result


def odd_zone(lab, respond):
    """A zone whose only name server is at the odd address: (zone, server)."""
    zone = own_zone(lab, ("s1._domainkey.{z}", "CNAME", "a.dkim.mailer.example."))
    lab.pdns.set(zone, rrset(f"ns1.{zone}", "A", ODD))
    return zone, NameServer(ODD, lab.port, respond)


ODD_SERVERS = {
    "truncates over UDP": (lambda lab, q, tcp: relayed(lab, q) if tcp else truncated(q), 0, None),
    "is silent over UDP": (lambda lab, q, tcp: relayed(lab, q) if tcp else None, 0, None),
    "is silent": (lambda lab, q, tcp: None, 3, "server-unreachable"),
    "refuses": (lambda lab, q, tcp: answer(q, dns.rcode.REFUSED), 4, "not-delegated"),
    "fails": (lambda lab, q, tcp: answer(q, dns.rcode.SERVFAIL), 3, "server-unreachable"),
    "has no authority": (lambda lab, q, tcp: without_aa(relayed(lab, q)), 4, "not-delegated"),
    "answers another question": (lambda lab, q, tcp: other_question(q), 3, "server-unreachable"),
    "answers with another id": (lambda lab, q, tcp: other_id(relayed(lab, q)), 3, "server-unreachable"),
    "answers with rubbish": (lambda lab, q, tcp: b"\x00" * 7, 3, "server-unreachable"),
}


def truncated(query):
    message = dns.message.make_response(query)
    message.flags |= dns.flags.TC | dns.flags.AA
    return message


def answer(query, rcode):
    message = dns.message.make_response(query)
    message.set_rcode(rcode)
    return message


def without_aa(message):
    message.flags &= ~dns.flags.AA
    return message


def other_id(message):
    message.id ^= 0x5555
    return message


def other_question(query):
    other = dns.message.make_query("else.example", "A", id=query.id)
    return dns.message.make_response(other)


@pytest.mark.parametrize("how", ODD_SERVERS)
def test_a_server_that(lab, user, how):
    respond, code, diagnosis = ODD_SERVERS[how]
    zone, server = odd_zone(lab, lambda query, over_tcp: respond(lab, query, over_tcp))
    try:
        result = user.json("verify", zone, *given(zone, "a.dkim.mailer.example"), timeout=40)
    finally:
        server.stop()
    assert result.code == code, result
    assert (code_of(result) or (None,))[0] == diagnosis, result
    assert server.asked


def test_a_resolver_named_among_the_servers_does_not_count(lab, user):
    """Unbound as a name server answers rightly, and without authority."""
    zone = lab.zone(servers=((PRIMARY, "ns1"), (RESOLVER, "ns2")))
    lab.pdns.set(zone, rrset(f"s1._domainkey.{zone}", "CNAME", "a.dkim.mailer.example."))
    lab.wait_for_secondary(zone)
    result = user.json("verify", zone, *given(zone, "a.dkim.mailer.example"))
    assert result.code == 0 and [w["code"] for w in result.domain["warnings"]] == ["lame-server"], result


def test_a_second_resolver_helps_the_first(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"s1._domainkey.{zone}", "CNAME", "a.dkim.mailer.example."))
    lab.wait_for_secondary(zone)
    user.flags = ["--resolver", f"{DEAD}:{lab.port}", "--resolver", f"{RESOLVER}:{lab.port}", "--dns-port", str(lab.port)]
    result = user.json("verify", zone, *given(zone, "a.dkim.mailer.example"))
    assert result.code == 0, result


def test_records_are_asked_without_recursion_at_the_servers(lab, user):
    asked = []

    def respond(query, _):
        asked.append((query.question[0].name.to_text(True).lower(), bool(query.flags & dns.flags.RD)))
        return relayed(lab, query)
    zone, server = odd_zone(lab, respond)
    user.json("verify", zone, *given(zone, "a.dkim.mailer.example"))
    server.stop()
    assert (f"s1._domainkey.{zone}", False) in asked and not [name for name, recursion in asked if recursion]


def test_parents_out_of_reach_are_neither_an_error_nor_a_wait(lab, tmp_path):
    """The resolver knows the zone and nothing above it."""
    zone = own_zone(lab, ("s1._domainkey.{z}", "CNAME", "a.dkim.mailer.example."))

    def respond(query, _):
        name = query.question[0].name.to_text(True).lower()
        return relayed(lab, query) if name.endswith(zone) or name.endswith("mailer.example") else answer(query, dns.rcode.SERVFAIL)
    server = NameServer(ODD, lab.port, respond)
    user = Signpost(tmp_path / "other-home", lab)
    user.flags = ["--resolver", f"{ODD}:{lab.port}", "--dns-port", str(lab.port)]
    started = time.monotonic()
    result = user.json("publish", zone, *three(zone)[0], "--provider", "powerdns", "--no-wait")
    took = time.monotonic() - started
    server.stop()
    assert result.code == 0 and took < 2.5, (took, result)


def test_no_call_names_an_address_outside(lab, user, tmp_path):
    """Whoever watches the calls of a run on loopback sees loopback alone."""
    zone = own_zone(lab)
    env, log = witnessed(tmp_path)
    assert user.run("verify", zone, "--record", "sk1=u1.mailer.example", env=env).code == 3
    hosts = {line.split()[1] for line in log.read_text().splitlines()}
    assert not [host for host in hosts if not host.startswith("127.") and host != "::1"], hosts


@pytest.mark.parametrize("is_dead", [True, False])
def test_the_report_says_when_the_parent_is_out_of_reach(lab, user, is_dead):
    """CONTRACT: "the resolver's NS answer serves as delegation and the report says so". Here the parent is a zone whose
    only server is dead, and the resolver knows the child."""
    parent = own_zone(lab)
    zone = f"mail.{parent}"
    lab.pdns.add_zone(zone, kind="Native", servers=((PRIMARY, "ns1"),),
                      records=[(f"s1._domainkey.{zone}", "CNAME", "a.dkim.mailer.example.")])
    if is_dead:
        lab.pdns.set(parent, rrset(f"ns1.{parent}", "A", DEAD))
    started = time.monotonic()
    result = user.json("verify", zone, *given(zone, "a.dkim.mailer.example"))
    assert result.code == 0 and result.domain["zone"] == zone and time.monotonic() - started < 2.5, result
    assert [w["code"] for w in result.domain["warnings"]] == ["delegation-from-resolver"] * is_dead, result
    text = user.run("verify", zone, *given(zone, "a.dkim.mailer.example"))
    assert [parent in line for line in text.out.splitlines() if "warning:" in line] == [True] * is_dead, text
