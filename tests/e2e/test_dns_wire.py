"""What goes over the wire to a name server: read from the bytes, before real servers and before spoilt ones."""

import struct
import threading
import time
from types import SimpleNamespace

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from authority import ID, Authority, Tap
from contract import direct, own_zone
from lab import PRIMARY, rrset

pytestmark = pytest.mark.slow

ASKED, BELOW = "127.0.0.21", "127.0.0.22"
EDNS_SIZE = 1232


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


@pytest.fixture
def wire(lab, user, tmp_path):
    """A zone at a real server behind a tap: wire(kind, number of records, ...) gives (tap, verify())."""
    parts = []

    def build(kind, n_records=3, change=None, is_published=True, **how):
        zone = own_zone(lab)
        lab.pdns.set(zone, rrset(f"ns1.{zone}", "A", ASKED))
        hosts = [f"s{i}._domainkey" for i in range(n_records)]
        records = [(host, "CNAME", "a.dkim.mailer.example.") for host in hosts if is_published]
        parts.append(Authority(tmp_path, kind, zone, records, **how))
        parts.append(Tap(ASKED, lab.port, parts[-1], change))
        given = [word for host in hosts for word in ("--record", f"{host}.{zone}=a.dkim.mailer.example")]
        return parts[-1], lambda *words: user.json("verify", zone, *given, *words)
    yield build
    for part in reversed(parts):
        part.stop()


def question(wire):
    """The bytes of the question's name and type."""
    end = 12
    while wire[end]:
        end += 1 + wire[end]
    return wire[12:end + 5]


def check_query(wire, has_edns=True):
    message = dns.message.from_wire(wire)
    assert not message.flags & (dns.flags.RD | dns.flags.AD | dns.flags.CD) and len(message.question) == 1
    assert message.edns == (0 if has_edns else -1)
    if has_edns:
        assert message.payload == EDNS_SIZE and not message.ednsflags & dns.flags.DO
        assert [option.otype for option in message.options] == [dns.edns.NSID]
    return message


def is_mixed(queries):
    names = b"".join(question(query) for query in queries)
    return names != names.lower() and names != names.upper()


@pytest.mark.parametrize("kind", ["knot", "nsd", "bind"])
def test_questions_to_real_servers(wire, kind):
    tap, verify = wire(kind)
    result = verify()
    assert result.code == 0, result
    queries = [query for _, query, _ in tap.seen]
    assert not any(over_tcp for over_tcp, _, _ in tap.seen)
    messages = [check_query(query) for query in queries]
    assert len({message.id for message in messages}) > 1 and is_mixed(queries)
    for _, query, answer in tap.seen:
        assert question(query) == question(answer)
        assert [option.data for option in dns.message.from_wire(answer).options] == [ID.encode()]


def has_edns(query):
    return dns.message.from_wire(query).edns == 0


def error(query, rcode, **how):
    answer = dns.message.make_response(dns.message.from_wire(query))
    answer.use_edns(**how)
    answer.set_rcode(rcode)
    return answer.to_wire()


def without_edns(answer):
    message = dns.message.from_wire(answer)
    message.use_edns(-1)
    return message.to_wire()


def lower(wire):
    name = question(wire)
    return wire[:12] + name[:-4].lower() + name[-4:] + wire[12 + len(name):]


# What stands before the server: (what it makes of an answer, questions it costs by UDP and by TCP for the first record
# of three, whether the last question has EDNS and mixed letters).
BOXES = {
    "FORMERR to EDNS": (lambda q, a, tcp: error(q, dns.rcode.FORMERR, edns=-1) if has_edns(q) else a, False, True),
    "NOTIMP to EDNS": (lambda q, a, tcp: error(q, dns.rcode.NOTIMP, edns=-1) if has_edns(q) else a, False, True),
    "BADVERS": (lambda q, a, tcp: error(q, dns.rcode.BADVERS, edns=0) if has_edns(q) else a, False, True),
    "an error without question": (
        lambda q, a, tcp: q[:2] + struct.pack("!5H", 0x8001, 0, 0, 0, 0) if has_edns(q) else a, False, True),
    "silence to EDNS": (lambda q, a, tcp: None if has_edns(q) else a, False, True),
    "no OPT in answers": (lambda q, a, tcp: without_edns(a), True, True),
    "lower-case letters": (lambda q, a, tcp: lower(a), True, False),
    "lower-case letters by UDP": (lambda q, a, tcp: a if tcp else lower(a), True, True),
    "lower-case letters, no TCP": (lambda q, a, tcp: None if tcp else lower(a), True, False),
}


@pytest.mark.parametrize("box", BOXES)
def test_what_stands_before_a_server(wire, box):
    change, ends_with_edns, ends_mixed = BOXES[box]
    tap, verify = wire("knot", 8, change)
    result = verify()
    assert result.code == 0, result
    # Every record was asked for once more at most, by each protocol.
    assert len(tap.seen) <= 8 * 4, len(tap.seen)
    queries = [query for _, query, _ in tap.seen]
    answered = [query for over_tcp, query, answer in tap.seen if change(query, answer, over_tcp)][-8:]
    assert all(has_edns(query) == ends_with_edns for query in answered)
    assert is_mixed(queries) and (ends_mixed or tap.count(over_tcp=True) > 0)


def forged(query, answer, over_tcp):
    """What somebody who has guessed the id and the port sends first: another target, the letters not known."""
    return answer if over_tcp else lower(answer).replace(b"\x01a\x04dkim", b"\x01x\x04dkim")


def test_a_forged_datagram_counts_for_nothing(wire):
    tap, verify = wire("knot", 2, forged)
    result = verify()
    assert result.code == 0, result
    assert tap.count(over_tcp=True) == tap.count(over_tcp=False) >= 2


@pytest.fixture
def late_cut(lab, user, tmp_path):
    """(hears, verify()): _domainkey is delegated, and as long as not HEARS is set the servers above answer no question
    for name servers, so that nobody knows of that."""
    zone, hears, target = own_zone(lab), threading.Event(), "a.dkim.mailer.example"
    below = f"_domainkey.{zone}"
    lab.pdns.set(zone, rrset(f"ns1.{zone}", "A", ASKED), rrset(f"ns1.{below}", "A", BELOW))
    above = Authority(tmp_path / "above", "knot", zone, [("_domainkey", "NS", f"ns1.{below}."), (f"ns1.{below}.", "A", BELOW)],
                      place=ASKED)
    child = Authority(tmp_path / "below", "nsd", below, [("s1", "CNAME", f"{target}.")], place=BELOW)

    def change(query, answer, _):
        return answer if hears.is_set() or dns.message.from_wire(query).question[0].rdtype != dns.rdatatype.NS else None
    parts = [Tap(ASKED, lab.port, above, change), Tap(BELOW, lab.port, child), above, child]
    yield hears, lambda *words: user.json("verify", zone, "--record", f"s1.{below}={target}", *words)
    for part in parts:
        part.stop()


def test_a_referral_below_the_zone_is_not_lame(late_cut):
    result = late_cut[1]()
    [record] = result.domain["records"]
    assert (result.code, result.domain["status"], record["diagnosis"]["code"]) == (3, "pending", "server-unreachable"), result
    assert "answers with a referral to a zone below" in record["diagnosis"]["message"], result


def test_a_referral_below_the_zone_has_its_cut_looked_for_again(late_cut):
    hears, verify = late_cut
    later = threading.Timer(4, hears.set)
    later.start()
    result = verify("--wait", "--timeout", "30s")
    assert (result.code, result.domain["status"]) == (0, "connected"), result
    assert result.domain["zone"] == result.domain["domain"] and not result.domain["warnings"]


# Every how many of the answers over the limit come as "use TCP"; 0: none does. Answers that a name does not exist are
# counted by zone, others by name.
LIMITS = [("knot", 1), ("knot", 2), ("knot", 0), ("nsd", 2), ("nsd", 0), ("bind", 1), ("bind", 2)]


@pytest.mark.parametrize("kind, slip", LIMITS)
def test_a_rate_limit_is_no_silence(wire, kind, slip):
    tap, verify = wire(kind, 40, is_published=False, limit=4, slip=slip)
    for _ in range(2):
        result = verify()
        assert {record["state"] for record in result.domain["records"]} == {"missing"}, result
        assert {record["diagnosis"]["code"] for record in result.domain["records"]} == {"missing"}
        assert result.domain["warnings"] == []
    limited = [answer for over_tcp, _, answer in tap.seen
               if not over_tcp and (answer is None or dns.message.from_wire(answer).flags & dns.flags.TC)]
    assert limited, "the server's limit was not reached"


@pytest.mark.parametrize("slip", [1, 0])
def test_a_change_is_seen_under_a_rate_limit(wire, slip):
    """Waiting asks often for what does not exist: the server begins to say nothing, and then has the records."""
    tap, verify = wire("knot", 3, is_published=False, limit=1, slip=slip)
    published = []

    def publish():
        tap.server.add([(f"s{i}._domainkey", "CNAME", "a.dkim.mailer.example.") for i in range(3)])
        published.append(time.monotonic())
    later = threading.Timer(4, publish)
    later.start()
    result = verify("--wait", "--timeout", "20s")
    seen = time.monotonic()
    assert result.code == 0, result
    assert any(answer is None or dns.message.from_wire(answer).flags & dns.flags.TC for _, _, answer in tap.seen)
    assert seen - published[0] < 1.5


def test_domains_that_wait_share_a_pace(lab, user, tmp_path):
    tap = Tap(ASKED, lab.port, SimpleNamespace(address=PRIMARY, port=lab.port))
    zones = [own_zone(lab) for _ in range(8)]
    for zone in zones:
        lab.pdns.set(zone, rrset(f"ns1.{zone}", "A", ASKED))
    records = tmp_path / "records"
    records.write_text("".join(f"s1._domainkey.{zone}. CNAME a.dkim.mailer.example.\n" for zone in zones))
    result = user.run("verify", *zones, "--records", str(records), "--wait", "--timeout", "6s")
    tap.stop()
    assert result.code == 3, result
    asked = [at - tap.times[0] for at in tap.times]
    seconds = [sum(start <= at < start + 1 for at in asked) for start in (2, 3, 4)]
    assert max(seconds) <= 10 and sum(seconds) >= 4, seconds
