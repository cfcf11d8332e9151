"""DNSSEC with real servers: signed zones on Knot, one broken on purpose, and Unbound that validates them."""

import subprocess
from types import SimpleNamespace

import pytest

from authority import Tap, zone_text
from lab import DKIM_KEY, PRIMARY, RESOLVER, Server, free_port, listens, program, wait_for
from signpost import Signpost

ZONE, HOST, PLATFORM = "customer.example", "s1._domainkey.customer.example", "mailer.example"
TARGET = f"a.dkim.{PLATFORM}"
KEY = " ".join(f'"{DKIM_KEY[at:at + 200]}"' for at in range(0, len(DKIM_KEY), 200))
TAPPED = ("127.0.0.33", "127.0.0.34", "127.0.0.35")  # two servers and the resolver
EXPIRED = ["-s", "20200101000000", "-e", "20200201000000"]


class World:
    """The customer's zone and the platform's on a Knot, and an Unbound with the anchors it is given."""

    def __init__(self, folder):
        self.folder, self.servers, self.zones, self.anchors = folder, [], {}, []
        self.port = free_port((PRIMARY, RESOLVER))

    def zone(self, name, records, how=None, is_anchored=True, change=None, place=PRIMARY):
        """HOW: words for dnssec-signzone, or None for a zone that is not signed. CHANGE: of the signed text."""
        text = zone_text(name, records, place)
        if how is not None:
            text, anchor = self.sign(name, text, how)
            self.anchors += [anchor] if is_anchored else []
        (self.folder / name).write_text(change(text) if change else text)
        self.zones[name] = self.folder / name

    def sign(self, name, text, how):
        folder = self.folder / f"keys.{name}"
        folder.mkdir()
        (folder / "zone").write_text(text)
        made = subprocess.run([program("dnssec-keygen"), "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", name], cwd=folder,
                              check=True, capture_output=True, text=True)
        signed = subprocess.run([program("dnssec-signzone"), "-S", "-z", "-P", *how, "-o", name, "-O", "full", "-f", "signed", "zone"],
                                cwd=folder, check=False, capture_output=True, text=True)
        assert signed.returncode == 0, signed.stderr
        key = (folder / f"{made.stdout.strip()}.key").read_text().splitlines()
        return (folder / "signed").read_text(), next(line for line in key if "DNSKEY" in line and line[0] != ";")

    def start(self, is_validating=True, has_words=True, is_platform_reachable=True):
        blocks = "".join(f"  - domain: {name}\n    file: {path}\n" for name, path in self.zones.items())
        (self.folder / "knot.conf").write_text(f"""
server:
    rundir: {self.folder}
    listen: {PRIMARY}@{self.port}
    udp-workers: 1
    tcp-workers: 1
database:
    storage: {self.folder}
zone:
{blocks}""")
        stubs = "".join(f'stub-zone:\n  name: "{name}"\n  stub-addr: {PRIMARY}@{self.port if is_platform_reachable else 1}\n'
                        for name in self.zones)
        anchors = "".join(f"  trust-anchor: '{anchor}'\n" for anchor in self.anchors)
        (self.folder / "unbound.conf").write_text(f"""
server:
  interface: {RESOLVER}
  port: {self.port}
  directory: "{self.folder}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  do-not-query-localhost: no
  do-ip6: no
  num-threads: 1
  module-config: "{'validator ' if is_validating else ''}iterator"
  ede: {'yes' if has_words else 'no'}
  val-log-level: 2
  access-control: 127.0.0.0/8 allow
  local-zone: "example." nodefault
{anchors}
remote-control:
  control-enable: no
{stubs}""")
        self.servers.append(Server(self.folder, "knot", [program("knotd"), "-c", str(self.folder / "knot.conf")]))
        self.servers.append(Server(self.folder, "unbound", [program("unbound"), "-d", "-p", "-c",
                                                            str(self.folder / "unbound.conf")]))
        for server, address in zip(self.servers, (PRIMARY, RESOLVER)):
            wait_for("the servers", lambda: server.alive() and listens(address, self.port))

    def verify(self, *words, **how):
        user = Signpost(self.folder / "home")
        user.flags = ["--resolver", f"{RESOLVER}:{self.port}", "--dns-port", str(self.port)]
        result = user.json("verify", ZONE, "--record", f"{HOST}={TARGET}", *words, **how)
        return result, result.domain["records"][0]["diagnosis"]

    def stop(self):
        for server in self.servers:
            server.stop()


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.stop()


def customer(world, **how):
    world.zone(ZONE, [("s1._domainkey", "CNAME", f"{TARGET}.")], **how)


def platform(world, records=(), **how):
    world.zone(PLATFORM, [("a.dkim", "TXT", KEY), *records], **how)


def test_a_signed_zone(world):
    customer(world, how=[])
    platform(world, how=[])
    world.start()
    result, diagnosis = world.verify()
    assert (result.code, result.domain["status"], diagnosis) == (0, "connected", None), result
    assert result.domain["dns_queries"] <= 28 and result.domain["warnings"] == []


def test_three_records_of_a_signed_zone_within_the_questions_they_may_cost(world):
    """Unbound asks the servers directly: what passes the taps is signpost's."""
    targets = {"sk1": f"u1.{PLATFORM}", "s1._domainkey": TARGET, "s2._domainkey": f"b.dkim.{PLATFORM}"}
    records = [(host, "CNAME", f"{target}.") for host, target in targets.items()]
    world.zone(ZONE, records + [("@", "NS", "ns2"), ("ns2", "A", TAPPED[1])], how=[], place=TAPPED[0])
    platform(world, how=[], records=[("b.dkim", "TXT", KEY), ("u1", "MX", "10 mx"), ("u1", "TXT", '"v=spf1 -all"'), ("mx", "A", PRIMARY)])
    world.start()
    behind = [SimpleNamespace(address=address, port=world.port) for address in (PRIMARY, PRIMARY, RESOLVER)]
    taps = [Tap(address, world.port, server) for address, server in zip(TAPPED, behind)]
    user = Signpost(world.folder / "home")
    user.flags = ["--resolver", f"{TAPPED[2]}:{world.port}", "--dns-port", str(world.port)]
    result = user.json("verify", ZONE, *[word for host, to in targets.items() for word in ("--record", f"{host}.{ZONE}={to}")])
    for tap in taps:
        tap.stop()
    assert (result.code, result.domain["status"], result.domain["warnings"]) == (0, "connected", []), result
    asked = [len(tap.seen) for tap in taps]
    assert all(n > 0 for n in asked) and sum(asked) == result.domain["dns_queries"] <= 28, (asked, result)


@pytest.mark.parametrize("has_words", [True, False], ids=["ede", "no-ede"])
@pytest.mark.parametrize("has_record", [True, False], ids=["live", "missing"])
def test_expired_signatures(world, has_words, has_record):
    """The very first question to the resolver fails."""
    world.zone(ZONE, [("s1._domainkey", "CNAME", f"{TARGET}.")] if has_record else [], how=EXPIRED)
    platform(world)
    world.start(has_words=has_words)
    result, diagnosis = world.verify()
    assert (result.code, result.domain["status"]) == (4, "error"), result
    record = result.domain["records"][0]
    assert record["state"] == ("live" if has_record else "missing") and record["servers"], result
    assert (diagnosis["code"], diagnosis["severity"]) == ("dnssec-bogus", "blocking"), result
    assert ZONE in diagnosis["message"] and f"{RESOLVER}:{world.port}" in diagnosis["message"]
    assert ("signature expired" in diagnosis["message"]) == has_words, diagnosis
    assert "DS record" in diagnosis["fix"] and ZONE in diagnosis["fix"]


def test_a_ds_record_of_another_key(world):
    customer(world, how=[])
    platform(world)
    world.anchors = [f"{ZONE}. IN DS 12345 13 2 {'ab' * 32}"]
    world.start()
    result, diagnosis = world.verify()
    assert (result.code, diagnosis["code"]) == (4, "dnssec-bogus"), result


@pytest.mark.parametrize("has_words", [True, False], ids=["ede", "no-ede"])
def test_one_signature_is_broken(world, has_words):
    """The zone is well but for the record itself, which the resolver is asked for once it is live."""
    def change(text):
        lines = text.splitlines()
        at = next(i for i, line in enumerate(lines) if "RRSIG" in line and "CNAME" in line)
        words = lines[at].split()
        words[-1] = words[-1][::-1].replace("=", "") + "=" * words[-1].count("=")
        lines[at] = " ".join(words)
        return "\n".join(lines) + "\n"

    customer(world, how=[], change=change)
    platform(world)
    world.start(has_words=has_words)
    result, diagnosis = world.verify()
    assert (result.code, result.domain["records"][0]["state"]) == (4, "live"), result
    assert diagnosis["code"] == "dnssec-bogus" and HOST in diagnosis["message"], result


@pytest.mark.parametrize("has_words", [True, False], ids=["ede", "no-ede"])
def test_the_platforms_zone_is_broken(world, has_words):
    customer(world)
    platform(world, how=EXPIRED)
    world.start(has_words=has_words)
    result, diagnosis = world.verify()
    assert (result.code, result.domain["records_live"], result.domain["key_live"]) == (4, True, False), result
    assert diagnosis["code"] == "dnssec-bogus" and "the platform behind" in diagnosis["fix"], result
    assert TARGET in diagnosis["message"]
    result, _ = world.verify("--until", "records")
    assert (result.code, [warning["code"] for warning in result.domain["warnings"]]) == (0, ["dnssec-bogus"]), result


def test_a_resolver_that_does_not_validate(world):
    customer(world, how=EXPIRED, is_anchored=False)
    platform(world)
    world.start(is_validating=False)
    result, diagnosis = world.verify()
    assert (result.code, diagnosis) == (0, None), result


@pytest.mark.slow
@pytest.mark.parametrize("has_words", [True, False], ids=["ede", "no-ede"])
def test_a_failure_that_is_none_of_dnssec(world, has_words):
    customer(world, how=[])
    platform(world)
    world.start(has_words=has_words, is_platform_reachable=False)
    result, diagnosis = world.verify()
    assert (result.code, result.domain["status"]) == (3, "pending"), result
    assert diagnosis["code"] == "server-unreachable", result
