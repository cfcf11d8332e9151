"""What the zone above delegates against what the zone says of itself, with real servers of all the zones concerned."""

import json
import subprocess
import time
from datetime import datetime, timezone

import pytest

from internet import PLATFORM, PLATFORM_ZONE, RESOLVER, SERVERS, SOA, TARGET, TOP, Internet
from signpost import Result, Signpost

ZONE, HOST = "customer.example", "s1._domainkey"


@pytest.fixture
def internet(tmp_path):
    internet = Internet(tmp_path)
    yield internet
    internet.stop()


def own(*servers):
    """The zone as its own servers have it."""
    return [SOA, *(f"@ NS {name}" for name in servers), *(f"{name} A {address}" for name, address in SERVERS.items()),
            f"{HOST} CNAME {TARGET}."]


def top(*servers):
    """The top-level domain, which delegates the zone to SERVERS."""
    delegation = [f"customer NS {name}.customer" for name in servers]
    glue = [f"{name}.customer A {SERVERS[name]}" for name in servers]
    return [SOA, "@ NS ns", f"ns A {TOP}", "mailer NS ns.mailer", f"ns.mailer A {PLATFORM}", *delegation, *glue]


def verify(internet, tmp_path, *resolvers, words=()):
    user = Signpost(tmp_path / "home")
    user.flags = [word for resolver in resolvers or [RESOLVER] for word in ("--resolver", resolver)]
    argv = internet.inside(*user.argv("verify", ZONE, "--record", f"{HOST}={TARGET}", *words, "--output", "json"))
    done = subprocess.run(argv, env=user.env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                          check=False)
    result = Result(done.returncode, done.stdout, done.stderr)
    assert json.loads(done.stdout), result
    states = {server["name"].split(".")[0]: server["state"] for server in result.domain["records"][0]["servers"]}
    return result, states, [warning["code"] for warning in result.domain["warnings"]]


def build(internet, delegated, named, stubs=()):
    internet.serve(TOP, {"example": top(*delegated)})
    internet.serve(PLATFORM, {"mailer.example": PLATFORM_ZONE})
    for name in named:
        internet.serve(SERVERS[name], {ZONE: own(*named)})
    internet.resolve({"example": TOP, **dict(stubs)})


def test_both_agree(internet, tmp_path):
    build(internet, ["ns1", "ns2"], ["ns1", "ns2"])
    result, states, warnings = verify(internet, tmp_path)
    assert (result.code, states, warnings) == (0, {"ns1": "live", "ns2": "live"}, []), result
    assert result.domain["dns_queries"] <= 28


def test_a_server_that_only_the_zone_names(internet, tmp_path):
    build(internet, ["ns1"], ["ns1", "ns2"])
    result, states, _ = verify(internet, tmp_path)
    assert (result.code, states) == (0, {"ns1": "live", "ns2": "live"}), result


def test_a_server_that_only_the_zone_above_names(internet, tmp_path):
    """An old provider that still serves the zone, without the records: some resolvers ask it."""
    build(internet, ["ns1", "ns3"], ["ns1"])
    internet.serve(SERVERS["ns3"], {ZONE: own("ns3")[:-1]})
    result, states, _ = verify(internet, tmp_path)
    assert (result.code, states) == (3, {"ns1": "live", "ns3": "missing"}), result
    assert result.domain["records"][0]["diagnosis"]["code"] == "partial-propagation"


NS_TTL, OLD_TTL = 5000, 700


@pytest.mark.parametrize("delegated, old, rest_s", [
    (["ns1"], [], NS_TTL + 600),
    (["ns1"], [f"{HOST} {OLD_TTL} CNAME old.mailer.example."], NS_TTL + OLD_TTL),
    (["ns1", "ns3"], [f"{HOST} {OLD_TTL} CNAME old.mailer.example."], OLD_TTL),
])
def test_how_long_caches_go_on_asking_a_server(internet, tmp_path, delegated, old, rest_s):
    """One that the zone above names no more is asked as long as the NS records that name it are kept."""
    build(internet, delegated, [])
    zone = [f"@ 600 {SOA.removeprefix('@ ').rsplit(' ', 1)[0]} 600", *own("ns1", "ns3")[1:-1]]
    zone = [line.replace("@ NS", f"@ {NS_TTL} NS") for line in zone]
    internet.serve(SERVERS["ns1"], {ZONE: [*zone, f"{HOST} CNAME {TARGET}."]})
    internet.serve(SERVERS["ns3"], {ZONE: [*zone, *old]})
    began_s = time.time()
    result, states, _ = verify(internet, tmp_path)
    assert states == {"ns1": "live", "ns3": "wrong" if old else "missing"}, result
    told = Signpost(tmp_path / "home").json("status", ZONE, "--history").domain["history"]["caches_until"]
    until_s = datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
    assert began_s - 1 <= until_s - rest_s <= time.time() + 1


def test_a_delegation_to_servers_without_the_zone(internet, tmp_path):
    build(internet, ["ns3"], [])
    internet.serve(SERVERS["ns3"], {"other.example": [SOA, "@ NS ns", "ns A 192.0.2.13"]})
    result, _, _ = verify(internet, tmp_path)
    assert result.code == 4, result
    assert result.domain["records"][0]["diagnosis"]["code"] == "not-delegated"


def test_a_zone_that_only_the_resolver_knows(internet, tmp_path):
    """Split horizon: the top-level domain knows nothing of it, and that is no error."""
    build(internet, [], ["ns1"], [(ZONE, SERVERS["ns1"])])
    result, states, warnings = verify(internet, tmp_path)
    assert (result.code, states) == (0, {"ns1": "live"}), result
    assert warnings == ["delegation-from-resolver"]


def test_a_domain_that_is_not_registered(internet, tmp_path):
    build(internet, [], [])
    result, _, _ = verify(internet, tmp_path)
    assert result.code == 4, result
    assert result.domain["records"][0]["diagnosis"]["code"] == "domain-not-found"
