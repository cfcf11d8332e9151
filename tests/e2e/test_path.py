"""A network in which port 53 is blocked or intercepted, so that only the resolver can be asked. The name servers
themselves are at another port, where the resolver finds them."""

import sys
from pathlib import Path

import pytest

from internet import PLATFORM, PLATFORM_ZONE, RESOLVER, SERVERS, SOA, TOP, Inhabitant, Internet
from lab import wait_for
from signpost import Signpost
from test_parent import HOST, ZONE, own, top, verify

NOBODYS = "203.0.113.53"
HIDDEN = 5353


@pytest.fixture
def internet(tmp_path):
    internet = Internet(tmp_path)
    internet.run("ip", "address", "add", f"{NOBODYS}/32", "dev", "lo")
    yield internet
    internet.stop()


def build(internet, manner, records=None, has_top=True, **how):
    """MANNER: what happens at port 53 of every address; None: nobody listens."""
    places = {"example": TOP, ZONE: SERVERS["ns1"], "mailer.example": PLATFORM}
    zone = own("ns1", "ns2") if records is None else own("ns1", "ns2")[:-1] + records
    for (name, address), lines in zip(places.items(), (top("ns1", "ns2"), zone, PLATFORM_ZONE)):
        internet.serve(address, {name: lines}, HIDDEN)
    internet.resolve({name: f"{address}@{HIDDEN}" for name, address in places.items()}, **how)
    if manner:
        addresses = [SERVERS["ns1"], SERVERS["ns2"], PLATFORM, NOBODYS] + ([TOP] if has_top else [])
        internet.servers.append(Inhabitant(internet.folder, "interceptor", internet.inside(
            sys.executable, str(Path(__file__).with_name("interceptor.py")), manner, RESOLVER, *addresses)))
        wait_for("the interceptor", lambda: "ready" in internet.servers[-1].log.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("manner, code", [(None, "port-53-blocked"), ("silence", "port-53-blocked"),
                                          ("forward", "port-53-intercepted"), ("refuse", "port-53-intercepted")])
def test_what_the_resolver_sees_counts(internet, tmp_path, manner, code):
    build(internet, manner)
    result, _, warnings = verify(internet, tmp_path)
    assert (result.code, result.domain["status"], warnings) == (0, "connected", [code]), result
    assert result.domain["records"][0]["state"] == "live" and result.domain["key_live"]
    assert f"as seen by the resolver {RESOLVER}:53 only" in result.domain["message"], result


@pytest.mark.slow
@pytest.mark.parametrize("manner", [None, "silence", "forward", "refuse"])
@pytest.mark.parametrize("records", [[], [f"{HOST} CNAME old.mailer.example."]], ids=["absent", "another"])
def test_what_it_does_not_see_is_never_missing(internet, tmp_path, manner, records):
    """It may have kept an old answer: neither missing nor wrong, and no error."""
    build(internet, manner, records)
    result, _, warnings = verify(internet, tmp_path)
    record = result.domain["records"][0]
    assert (result.code, result.domain["status"], record["state"]) == (3, "pending", "unreachable"), result
    assert record["diagnosis"]["code"] == "server-unreachable" and RESOLVER in record["diagnosis"]["message"], result
    assert ("old.mailer.example" in record["diagnosis"]["message"]) == bool(records)
    assert warnings == ["port-53-intercepted" if manner in ("forward", "refuse") else "port-53-blocked"]


def test_by_https_as_well(internet, tmp_path):
    build(internet, None, is_https=True)
    internet.trust()
    result, _, warnings = verify(internet, tmp_path, f"https://{RESOLVER}/dns-query")
    assert (result.code, warnings) == (0, ["port-53-blocked"]), result
    assert f"https://{RESOLVER}/dns-query" in result.domain["message"]


def test_two_resolvers_that_do_not_agree(internet, tmp_path):
    build(internet, None)
    other = "192.0.2.54"
    internet.run("ip", "address", "add", f"{other}/32", "dev", "lo")
    internet.serve(other, {ZONE: own("ns1", "ns2")[:-1], "mailer.example": PLATFORM_ZONE})
    result, _, warnings = verify(internet, tmp_path, RESOLVER, other)
    assert (result.code, warnings) == (3, ["port-53-blocked"]), result
    assert "1 of 2 resolvers" in result.domain["records"][0]["diagnosis"]["message"], result


def test_dead_servers_are_no_blocked_port(internet, tmp_path):
    """The zone above answers: then it is the zone's own servers that do not."""
    internet.serve(TOP, {"example": top("ns1", "ns2")})
    internet.serve(PLATFORM, {"mailer.example": PLATFORM_ZONE})
    internet.serve(SERVERS["ns1"], {ZONE: own("ns1", "ns2")}, HIDDEN)
    internet.resolve({"example": TOP, ZONE: f"{SERVERS['ns1']}@{HIDDEN}"})
    result, _, warnings = verify(internet, tmp_path)
    assert (result.code, warnings) == (3, []), result
    assert result.domain["records"][0]["diagnosis"]["code"] == "server-unreachable"
    log = (internet.folder / "unbound/unbound.log").read_text()
    assert not any(HOST in line and "IN" in line for line in log.splitlines() if " info: " in line), "asked of a cache"


def test_servers_without_the_zone_are_no_interceptor(internet, tmp_path):
    """Both say REFUSED, and the zone above is silent: nobody answers at an address that has no server."""
    internet.run("ip", "address", "del", f"{NOBODYS}/32", "dev", "lo")
    internet.serve(TOP, {"example": top("ns1", "ns2")}, HIDDEN)
    for name in ("ns1", "ns2"):
        internet.serve(SERVERS[name], {"other.example": [SOA, "@ NS ns", "ns A 192.0.2.13"]})
    internet.serve(PLATFORM, {"mailer.example": PLATFORM_ZONE})
    internet.serve(SERVERS["ns3"], {ZONE: own("ns1", "ns2")}, HIDDEN)
    internet.resolve({"example": f"{TOP}@{HIDDEN}", ZONE: f"{SERVERS['ns3']}@{HIDDEN}"})
    result, _, _ = verify(internet, tmp_path)
    assert result.code == 4 and result.domain["records"][0]["diagnosis"]["code"] == "not-delegated", result


def test_evidence_tells_the_same_again(internet, tmp_path):
    build(internet, "refuse")
    file = tmp_path / "evidence.json"
    seen, _, _ = verify(internet, tmp_path, RESOLVER, words=["--evidence", str(file)])
    told = Signpost(tmp_path / "home").json("explain", str(file))
    assert (told.code, told.domain["message"]) == (0, seen.domain["message"]), told
    assert [warning["code"] for warning in told.domain["warnings"]] == ["port-53-intercepted"], told
