"""The godaddy plugin where the answer to a write is lost, where it is told to wait, and what others then read."""

import json
import time
from pathlib import Path

import pytest

from clients import Clients
from godaddy import Refused
from proxy import Proxy
from test_godaddy_plugin import (  # noqa: F401 (fixtures are used by their names)
    HOSTS, KEY, SECRET, TARGETS, godaddy, held, outcomes, publish, records, spare, user, wanted, zone)

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent


def test_the_wait_that_only_the_body_tells_is_kept(user, godaddy, zone):
    def throttled(request, retry_after):
        return Refused(429, "TOO_MANY_REQUESTS", "Too many requests received within interval", retryAfterSec=4).answer
    godaddy.throttled = throttled
    # HTTP's own tries know headers alone.
    godaddy.fault("429", times=4, method="PATCH")
    begin = time.monotonic()
    assert publish(user, zone).code == 0
    assert time.monotonic() - begin >= 4 and held(zone) == wanted(zone)


@pytest.mark.parametrize("kind", ["lost", "500", "html"])
@pytest.mark.parametrize("is_applied", [True, False])
def test_an_old_key_is_gone_and_the_answer_to_its_successor_is_lost(user, godaddy, zone, kind, is_applied):
    """What makes room is removed by a call of its own: what comes in its place is read before anything is said."""
    host = f"s1._domainkey.{zone.name}"
    zone.add(host, "TXT", "v=DKIM1; p=OLD", 1800)
    strangers = zone.snapshot(host)
    # The first adds what needs no room.
    godaddy.fault(kind, method="PATCH", after=1, applied=is_applied)
    result = publish(user, zone, "--replace-types", "TXT", "--yes", "--no-wait")
    told = [(c["action"], c["outcome"]) for c in result.domain["changes"] if c["sent_host"] == "s1._domainkey"]
    methods = [call.method for call in godaddy.calls]
    assert methods[:5] == ["GET", "PATCH", "DELETE", "PATCH", "GET"], "read before anything else"
    if is_applied:
        assert result.code == 3 and told == [("delete", "applied"), ("create", "applied")], result
        assert len(methods) == 5
    else:
        assert result.code == 7 and ("create", "applied") not in told, result
        assert "run the same command again" in result.domain["error"]["fix"]
        assert "1 record removed for it is gone" in result.domain["error"]["message"], result
    assert publish(user, zone, "--replace-types", "TXT", "--yes").code == 0
    assert held(zone) == wanted(zone) and len(zone.at(host)) == 1
    assert zone.snapshot(*(f"{name}.{zone.name}" for name in HOSTS)) == strangers


def test_a_shorter_ttl_is_sent_as_the_shortest_that_is_taken(user, godaddy, zone, tmp_path):
    file = tmp_path / "records.json"
    file.write_text(json.dumps({"domain": zone.name, "records": [
        {"type": "CNAME", "host": f"{HOSTS[0]}.{zone.name}", "points_to": TARGETS[0], "ttl": 60}]}))
    result = user.json("publish", zone.name, "--records", str(file), "--provider", "godaddy", "--no-wait")
    assert held(zone) == {(f"{HOSTS[0]}.{zone.name}", "CNAME"): (TARGETS[0], 600)}, result


def test_what_is_written_is_read_by_other_clients(user, godaddy, tmp_path):
    # Under a listed suffix, for lexicon; nobody delegates it here.
    zone = godaddy.zones.add_zone("read-back-of-godaddy.com")
    zone.fill(40)
    assert publish(user, zone, "--no-wait").domain["changes"] and held(zone) == wanted(zone)
    with Proxy(tmp_path / "ca", {"api.godaddy.com": godaddy}) as proxy:
        clients = Clients(tmp_path / "client", proxy)
        done, by_lexicon = clients.lexicon("godaddy", "list", zone.name, "CNAME", "--auth-key", KEY, "--auth-secret", SECRET)
        assert done.code == 0, done
        done = clients.run("/usr/bin/python3", HERE / "godaddy_libcloud.py", input=json.dumps([["list_records", zone.name]]),
                           env={"GODADDY_API_KEY": KEY, "GODADDY_API_SECRET": SECRET})
    (by_libcloud,) = json.loads(done.out)
    ours = {host: data for (host, _), data in wanted(zone).items()}
    assert {r["name"]: (r["content"], r["ttl"]) for r in by_lexicon if r["name"] in ours} == ours
    assert {f"{name}.{zone.name}": (data, ttl) for name, type, data, ttl in by_libcloud if name in HOSTS} == ours
