"""How often one name server is asked while something is waited for, as its side of the wire has it."""

import pytest

from authority import Authority, Tap
from contract import direct, own_zone
from lab import DKIM_KEY, rrset

pytestmark = pytest.mark.slow

ASKED = ("127.0.0.31", "127.0.0.32")
MAX_A_SECOND = 10
TAP_S = 0.1  # by how much the tap may see two questions nearer than they were sent
TARGETS = {"s1._domainkey": "a.dkim.mailer.example", "s2._domainkey": "b.dkim.mailer.example",
           "rp": "u1.mailer.example"}
LIVE = [(host, "CNAME", f"{target}.") for host, target in TARGETS.items()]
KEY = f'"{DKIM_KEY[:200]}" "{DKIM_KEY[200:]}"'


def at_each(kind, content):
    return [(host, kind, content) for host in TARGETS]


# What the zone holds: (records at one server, at the other or None for the same, status, codes). Names that exist and
# hold nothing answer as each absent one does in a zone with compact denial (RFC 9824).
STATES = {
    "no such names": ([], None, "pending", {"missing"}),
    "empty names": ([(f"deeper.{host}", "TXT", "x") for host in TARGETS], None, "pending", {"missing"}),
    "old keys": (at_each("TXT", KEY), None, "error", {"conflicting-records"}),
    "addresses": (at_each("A", "192.0.2.1") + at_each("AAAA", "2001:db8::1"), None, "error", {"proxied-or-flattened"}),
    "other types": (at_each("TXT", "x") + at_each("A", "192.0.2.1") + at_each("MX", "10 mail.example."), None, "error",
                    {"conflicting-records"}),
    "other targets": (at_each("CNAME", "elsewhere.example."), None, "error", {"wrong-target"}),
    "doubled": ([(f"{host}.{{z}}", kind, to) for host, kind, to in LIVE], None, "error", {"doubled-suffix"}),
    "one record live": (LIVE[:1], None, "pending", {None, "missing"}),
    "one server old": (LIVE, [], "pending", {"partial-propagation"}),
    "one server empty": (LIVE, [(f"deeper.{host}", "TXT", "x") for host in TARGETS], "pending",
                         {"partial-propagation"}),
    "live": (LIVE, None, "connected", {None}),
}


def busiest_second(times):
    return max(sum(start <= at < start + 1 - TAP_S for at in times) for start in times)


class World:
    """A zone at real servers, each behind a tap at one of ADDRESSES."""

    def __init__(self, lab, user, tmp_path, addresses, records):
        self.parts, self.taps, self.user, self.zone = [], [], user, own_zone(lab)
        lab.pdns.set(self.zone, rrset(f"ns1.{self.zone}", "A", *addresses))
        for i, address in enumerate(addresses):
            filled = [(host.replace("{z}", self.zone), *rest) for host, *rest in records[i]]
            self.parts.append(Authority(tmp_path / str(i), "knot", self.zone, filled))
            self.taps.append(Tap(address, lab.port, self.parts[-1]))

    def wait(self, timeout):
        given = [word for host, target in TARGETS.items() for word in ("--record", f"{host}.{self.zone}={target}")]
        return self.user.json("verify", self.zone, *given, "--wait", "--timeout", timeout)

    def stop(self):
        for part in self.taps + self.parts:
            part.stop()


@pytest.fixture
def world(lab, user, tmp_path):
    worlds = []

    def build(addresses, *records):
        worlds.append(World(lab, direct(user, lab), tmp_path, addresses, records))
        return worlds[-1]
    yield build
    for each in worlds:
        each.stop()


@pytest.mark.parametrize("n_servers", [2, 1], ids=["two", "one"])
@pytest.mark.parametrize("state", STATES)
def test_no_server_is_asked_more_than_ten_times_a_second(lab, world, state, n_servers):
    one, other, status, codes = STATES[state]
    if other is not None and n_servers == 1:
        status, codes = "connected", {None}
    world = world(ASKED[:n_servers], one, one if other is None else other)
    result = world.wait("4s")
    assert result.domain["status"] == status, result
    assert {record["diagnosis"] and record["diagnosis"]["code"] for record in result.domain["records"]} == codes, result
    asked = [busiest_second(tap.times) for tap in world.taps]
    assert all(1 <= n <= MAX_A_SECOND for n in asked), asked
