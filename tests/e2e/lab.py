"""A small internet on loopback, made of real servers.

PowerDNS is the primary, with its HTTP API; Knot is its secondary, at another address on the same port;
Unbound is the recursive resolver. Every lab has its own folder, port and processes, so labs run side by
side. Nothing here speaks to anything but 127.0.0.0/8.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import dns.exception
import dns.message
import dns.query

PRIMARY, SECONDARY, RESOLVER = "127.0.0.1", "127.0.0.2", "127.0.0.3"
# Nobody listens here: a name server that is down.
DEAD = "127.0.0.66"
API_KEY = "lab-api-key-5e1f0c9b7a"
# One for each test that wants one: a name is not used again, as servers and resolvers remember it.
ZONES = [f"z{i:02}.example" for i in range(400)]


def program(name):
    """The path of a server program, which Debian may keep in a folder that users do not search."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin:/usr/local/sbin")
    if not found:
        raise RuntimeError(f"{name} is not installed: run scripts/setup")
    return found


def free_port(addresses=(PRIMARY, SECONDARY, RESOLVER)):
    """A port that is free over UDP and TCP at all the addresses, at this moment."""
    for _ in range(200):
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            first.bind((addresses[0], 0))
            port = first.getsockname()[1]
            try:
                for address in addresses:
                    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        if address == addresses[0] and kind == socket.SOCK_DGRAM:
                            continue
                        stack.enter_context(socket.socket(socket.AF_INET, kind)).bind((address, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def wait_for(what, check, seconds=15):
    """Calls CHECK until it returns something true; returns that."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def listens(address, port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((address, port)) == 0


class Server:
    """One server process with a log."""

    def __init__(self, folder, name, argv):
        self.log = folder / f"{name}.log"
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log.open("wb"),
                                        stderr=subprocess.STDOUT, cwd=folder)

    def alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"server ended:\n{self.log.read_text(errors='replace')[-2000:]}")
        return True

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class PowerDNS:
    """The primary, and the provider that signpost publishes to."""

    def __init__(self, folder, port):
        self.folder, self.port = folder / "pdns", port
        self.folder.mkdir()
        self.api_port = free_port((PRIMARY,))
        self.endpoint = f"http://127.0.0.1:{self.api_port}"
        database = self.folder / "pdns.sqlite3"
        schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
        with open(schema, encoding="ascii") as source:
            subprocess.run([program("sqlite3"), str(database)], stdin=source, check=True)
        (self.folder / "pdns.conf").write_text(f"""
launch=gsqlite3
gsqlite3-database={database}
gsqlite3-pragma-synchronous=0
local-address={PRIMARY}
local-port={port}
socket-dir={self.folder}
api=yes
api-key={API_KEY}
webserver=yes
webserver-address=127.0.0.1
webserver-port={self.api_port}
webserver-loglevel=normal
loglevel=5
primary=yes
only-notify=
also-notify={SECONDARY}:{port}
allow-axfr-ips=127.0.0.0/8
xfr-cycle-interval=1
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
dname-processing=yes
default-soa-content=ns1.@ hostmaster.@ 1 10800 3600 604800 5
""")
        self.server = Server(self.folder, "pdns",
                             [program("pdns_server"), f"--config-dir={self.folder}", "--daemon=no",
                              "--guardian=no"])

    def ready(self):
        return self.server.alive() and listens("127.0.0.1", self.api_port) and listens(PRIMARY, self.port)

    def api(self, method, path, body=None):
        """One call of the API, made by the tests themselves: (status, document)."""
        request = urllib.request.Request(
            f"{self.endpoint}/api/v1/servers/localhost{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": API_KEY, "Content-Type": "application/json", "User-Agent": "lab"})
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def calls(self):
        """The API calls in the server's own log that were not made by the tests: (method, path)."""
        text = self.server.log.read_text(errors="replace")
        return re.findall(r'"(GET|PATCH|PUT|POST|DELETE) (/api/v1/\S*) HTTP/1\.[01]"', text)

    def add_zone(self, zone, kind="Master", servers=((PRIMARY, "ns1"), (SECONDARY, "ns2")), records=()):
        rrsets = [rrset(f"{name}.{zone}", "A", address) for address, name in servers]
        rrsets += [rrset(*record) for record in records]
        status, answer = self.api("POST", "/zones", {
            "name": f"{zone}.", "kind": kind, "rrsets": rrsets,
            "nameservers": [f"{name}.{zone}." for _, name in servers]})
        assert status == 201, answer

    def set(self, zone, *rrsets):
        status, answer = self.api("PATCH", f"/zones/{zone}.", {"rrsets": list(rrsets)})
        assert status == 204, answer

    def records(self, zone):
        """{(host, type): [contents]} without the final dots of hosts; SOA left out."""
        _, document = self.api("GET", f"/zones/{zone}.")
        return {(entry["name"].rstrip("."), entry["type"]): sorted(r["content"] for r in entry["records"])
                for entry in document["rrsets"] if entry["type"] != "SOA"}


def rrset(name, kind, *contents, ttl=60, changetype="REPLACE"):
    return {"name": f"{name}.", "type": kind, "ttl": ttl, "changetype": changetype,
            "records": [{"content": content, "disabled": False} for content in contents]}


def gone(name, kind):
    return {"name": f"{name}.", "type": kind, "changetype": "DELETE"}


class Knot:
    """The secondary: a second real server, fed by zone transfer."""

    def __init__(self, folder, port, zones):
        self.folder, self.port = folder / "knot", port
        self.folder.mkdir()
        blocks = "\n".join(f"  - domain: {zone}" for zone in zones)
        (self.folder / "knot.conf").write_text(f"""
server:
    rundir: {self.folder}
    listen: {SECONDARY}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {self.folder}
log:
  - target: stdout
    any: info
remote:
  - id: primary
    address: {PRIMARY}@{port}
acl:
  - id: notified
    address: 127.0.0.0/8
    action: notify
template:
  - id: default
    storage: {self.folder}
    master: primary
    acl: notified
    zonefile-sync: -1
    journal-content: none
zone:
{blocks}
""")
        self.server = Server(self.folder, "knot", [program("knotd"), "-c", str(self.folder / "knot.conf")])

    def ready(self):
        return self.server.alive() and (self.folder / "knot.sock").exists() and listens(SECONDARY, self.port)

    def control(self, *words):
        return subprocess.run([program("knotc"), "-c", str(self.folder / "knot.conf"), "-b", *words],
                              capture_output=True, text=True, check=True).stdout


class Unbound:
    """The recursive resolver: a real cache, told where the lab's zones are served."""

    def __init__(self, folder, port, zones):
        self.folder, self.port = folder / "unbound", port
        self.folder.mkdir()
        stubs = "\n".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {PRIMARY}@{port}\n'
                          f"  stub-addr: {SECONDARY}@{port}\n" for zone in zones)
        (self.folder / "unbound.conf").write_text(f"""
server:
  interface: {RESOLVER}@{port}
  directory: "{self.folder}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  verbosity: 1
  log-queries: yes
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  so-reuseport: no
  num-threads: 1
  local-zone: "undelegated.example." always_nxdomain
remote-control:
  control-enable: no
{stubs}
stub-zone:
  name: "."
  stub-addr: {PRIMARY}@{port}
  stub-no-cache: yes
""")
        self.server = Server(self.folder, "unbound",
                             [program("unbound"), "-d", "-p", "-c", str(self.folder / "unbound.conf")])

    def ready(self):
        return self.server.alive() and listens(RESOLVER, self.port)

    def queries(self):
        """(name, type) of every question it was asked, from its own log; the letters' case is chance."""
        text = self.server.log.read_text(errors="replace")
        found = re.findall(r"info: 127\.0\.0\.\d+ (\S+?)\.? ([A-Z]+) IN", text)
        return [(name.lower(), kind) for name, kind in found]


class Lab:
    """All of it, with helpers that tests share."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.servers = []
        self.pdns = self._add(PowerDNS(folder, self.port))
        wait_for("PowerDNS", self.pdns.ready)
        # The root of this small internet: what is not in it does not exist.
        self._add_root()
        self.knot = self._add(Knot(folder, self.port, ZONES + ["mailer.example"]))
        self.unbound = self._add(Unbound(folder, self.port, ZONES + ["mailer.example"]))
        wait_for("Knot", self.knot.ready)
        wait_for("Unbound", self.unbound.ready)
        self.free_zones = list(ZONES)
        self.pdns.add_zone("mailer.example", records=MAILER_RECORDS)
        self.wait_for_secondary("mailer.example")

    def _add(self, part):
        self.servers.append(part.server)
        return part

    def _add_root(self):
        status, answer = self.pdns.api("POST", "/zones", {
            "name": ".", "kind": "Native", "nameservers": ["ns.lab."],
            "rrsets": [{"name": "ns.lab.", "type": "A", "ttl": 60, "changetype": "REPLACE",
                        "records": [{"content": PRIMARY, "disabled": False}]}]})
        assert status == 201, answer

    def stop(self):
        for server in reversed(self.servers):
            server.stop()

    def zone(self, **how):
        """A new zone of its own for a test, served by both servers."""
        zone = self.free_zones.pop(0)
        self.pdns.add_zone(zone, **how)
        if how.get("kind", "Master") == "Master":
            self.wait_for_secondary(zone)
        return zone

    def serial(self, address, zone):
        query = dns.message.make_query(zone, "SOA")
        try:
            answer = dns.query.udp(query, address, port=self.port, timeout=2)
        except (dns.exception.DNSException, OSError):
            return None
        return answer.answer[0][0].serial if answer.answer else None

    def wait_for_secondary(self, zone):
        def equal():
            serial = self.serial(SECONDARY, zone)
            if serial is None:
                self.knot.control("zone-refresh", zone)
                time.sleep(0.05)
            return serial is not None and serial == self.serial(PRIMARY, zone)
        wait_for(f"{zone} at the secondary", equal)


# What the platform publishes on its side: the targets, and a DKIM key behind one of them.
DKIM_KEY = ("v=DKIM1; k=rsa; p="
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq/77p/2ygJ9fEOTcpd5rOHJ1VxogfoUVh6c51Z2pp36AoLl9OCEgbBjU"
            "JsEP5dK05NmjcQUxTmMiDJ1rpqO3roU731yQY6xs+MBlD1oWa3L0fPGwfXBeHtfMFgbMoOvUiK1spqe8urlQ9BVH3jx55/h1ZGmf"
            "bHvNSxDpxJe72IgS5772yGxsUjgfDO9anQDlvtrJutfpdk9IH8gvTLCuItmj8Uy79FrXQOBOSTc07WIH7LjdqkxkPD6+PfOvPUAP"
            "BG0KlS+WO7Din9bF/HMzbDXpHQ67jM1XLoK1wwsyKthXMoY+xyCq5hCUBgglRXJ1m2hZ5G5SRwAS1xtxPQt8LQIDAQAB")
MAILER_RECORDS = (
    ("u1.mailer.example", "MX", "10 mx.mailer.example."),
    ("u1.mailer.example", "TXT", '"v=spf1 a -all"'),
    ("u1.mailer.example", "A", "192.0.2.10"),
    ("u1.mailer.example", "AAAA", "2001:db8::10"),
    ("mx.mailer.example", "A", "127.0.0.1"),
    ("a.dkim.mailer.example", "TXT", f'"{DKIM_KEY}"'),
    ("b.dkim.mailer.example", "TXT", f'"{DKIM_KEY}"'),
)
