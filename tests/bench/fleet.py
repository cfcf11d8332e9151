"""Thousands of domains at hundreds of name servers as they are in the field: near and far, some silent, all losing
now and then, with rate limits. What has to come of each domain is known.

Knot and NSD serve all zones; a wire (wire.c) makes 500 addresses of them, each with a distance of its own.
"""

import json
import os
import random
import resource
from collections import Counter, namedtuple
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from lab import DKIM_KEY, RESOLVER, Server, free_port, listens, program, wait_for
from measured import measure
from wire import Place, Wire

KNOT, NSD = "127.0.2.1", "127.0.2.2"
N_ADDRESSES, DEAD_PER_MILLE, LOSS_PER_MILLE, RATE_LIMIT = 500, 20, 10, 5
HOSTS = ("sk48601", "sk48601a._domainkey", "sk48601b._domainkey")
# Of a thousand domains, and the status that each has to get. "unserved": at dead servers alone.
KINDS = {"live": (800, "connected"), "missing": (60, "pending"), "one-missing": (30, "pending"), "wrong": (40, "error"),
         "doubled": (30, "error"), "partial": (38, "pending"), "unserved": (2, "pending")}
# Every tenth domain is a sub-domain in a zone that it shares with others.
SHARED_EVERY, SHARED_SIZE = 10, 50

Domain = namedtuple("Domain", "name zone kind")


def address_of(i):
    return f"127.20.{i // 250}.{i % 250 + 1}"


def source_of(i):
    """The address that the servers see: each in a network of its own, as rate limits count networks."""
    return f"127.{40 + i // 250}.{i % 250}.1"


def make_places(chance, knot_port, nsd_port, n=N_ADDRESSES):
    """Addresses with an even number lead to Knot, the others to NSD."""
    dead = set(chance.sample(range(0, n, 2), max(1, n * DEAD_PER_MILLE // 2000)))
    dead |= set(chance.sample(range(1, n, 2), max(1, n * DEAD_PER_MILLE // 2000)))
    places = []
    for i in range(n):
        server, port = (KNOT, knot_port) if i % 2 == 0 else (NSD, nsd_port)
        delay_ms = round(5 * 40 ** chance.random())  # 5 to 200, as many below 32 as above
        places.append(Place(address_of(i), source_of(i), None if i in dead else server, port, delay_ms, LOSS_PER_MILLE))
    return places


def make_domains(chance, n):
    kinds = [kind for kind, (per_mille, _) in KINDS.items() for _ in range(per_mille)]
    chance.shuffle(kinds)
    domains = []
    for i in range(n):
        kind = kinds[i % len(kinds)]
        if i % SHARED_EVERY == 3 and kind not in ("unserved", "partial"):
            zone = f"s{i // (SHARED_EVERY * SHARED_SIZE):03}.example"
            domains.append(Domain(f"d{i:05}.{zone}", zone, kind))
        else:
            domains.append(Domain(f"d{i:05}.example", f"d{i:05}.example", kind))
    return domains


def targets(domain):
    return [f"{leg}.{domain.name.partition('.')[0]}.mailer.example." for leg in ("u1", "a", "b")]


def record_lines(domain, is_nsd):
    if domain.kind == "missing" or (domain.kind == "partial" and is_nsd):
        return []
    hosts = [f"{host}.{domain.name}" for host in HOSTS]
    if domain.kind == "doubled":
        hosts = [f"{host}.{domain.zone}" for host in hosts]
    wanted = targets(domain)
    if domain.kind == "wrong":
        wanted[0] = "elsewhere.mailer.example."
    lines = [f"{host}. CNAME {target}" for host, target in zip(hosts, wanted)]
    return lines[1:] if domain.kind == "one-missing" else lines


def choose_servers(chance, kind, places):
    """Some of both servers' addresses: two, or every tenth time four; not all of them dead, but for "unserved"."""
    def pool(side):
        found = [place for i, place in enumerate(places) if i % 2 == side]
        if kind in ("unserved", "partial"):
            found = [place for place in found if (place.server is None) == (kind == "unserved")]
        return found
    n = 2 if kind != "unserved" and chance.random() < 0.1 else 1
    while True:
        chosen = [place for side in (0, 1) for place in chance.sample(pool(side), n)]
        if kind == "unserved" or any(place.server for place in chosen):
            return chosen


def make_zones(chance, domains, places):
    """{zone: (lines at Knot, lines at NSD)}"""
    zones = {}
    for domain in domains:
        if domain.zone not in zones:
            head = [f"$ORIGIN {domain.zone}.", "$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60"]
            for i, place in enumerate(choose_servers(chance, domain.kind, places), 1):
                head += [f"@ NS ns{i}", f"ns{i} A {place.address}"]
            zones[domain.zone] = ([*head], [*head])
        for is_nsd in (0, 1):
            zones[domain.zone][is_nsd].extend(record_lines(domain, is_nsd))
    return zones


def mailer_zone(domains):
    lines = ["$ORIGIN mailer.example.", "$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60", "@ NS ns1", f"ns1 A {KNOT}",
             "mx A 127.0.0.1", "elsewhere A 192.0.2.9"]
    for domain in domains:
        u1, a, b = targets(domain)
        lines += [f"{u1} MX 10 mx", f'{u1} TXT "v=spf1 -all"', f"{u1} A 192.0.2.10"]
        lines += [f'{key} TXT "{DKIM_KEY[:200]}" "{DKIM_KEY[200:]}"' for key in (a, b)]
    return lines


class World:
    def __init__(self, folder, domains, wire_program):
        chance = random.Random(7)
        self.knot_port, self.nsd_port = free_port((KNOT,)), free_port((NSD,))
        self.port = free_port((RESOLVER, address_of(0), address_of(N_ADDRESSES - 1)))
        self.places = make_places(chance, self.knot_port, self.nsd_port)
        zones = make_zones(chance, domains, self.places)
        self.servers = []
        try:
            for kind in ("knot", "nsd", "unbound"):
                home = folder / kind
                home.mkdir()
                if kind != "unbound":
                    for zone, lines in zones.items():
                        (home / f"{zone}.zone").write_text("\n".join(lines[kind == "nsd"]) + "\n")
                if kind == "knot":
                    (home / "mailer.example.zone").write_text("\n".join(mailer_zone(domains)) + "\n")
                (home / "conf").write_text(getattr(self, f"_{kind}")(home, zones))
                argv = {"knot": ["knotd", "-c"], "nsd": ["nsd", "-d", "-c"], "unbound": ["unbound", "-d", "-p", "-c"]}[kind]
                self.servers.append(Server(home, kind, [program(argv[0]), *argv[1:], str(home / "conf")]))
            self._wait_until_loaded(list(zones)[-1])
            self.wire = Wire(wire_program, folder, self.port, self.places)
        except BaseException:
            self.stop()
            raise

    def _wait_until_loaded(self, zone):
        def has(address, port, name):
            try:
                return bool(dns.query.udp(dns.message.make_query(name, "SOA"), address, port=port, timeout=1).answer)
            except (OSError, dns.exception.DNSException):
                return False
        for address, port in ((KNOT, self.knot_port), (NSD, self.nsd_port), (RESOLVER, self.port)):
            wait_for(address, lambda at=(address, port): all(server.alive() for server in self.servers) and listens(*at), 120)
        for name in (zone, "mailer.example"):
            wait_for(name, lambda n=name: has(KNOT, self.knot_port, n), 120)
        wait_for(zone, lambda: has(NSD, self.nsd_port, zone), 120)

    def stop(self):
        if hasattr(self, "wire"):
            self.wire.stop()
        for server in self.servers:
            server.stop()

    def _knot(self, home, zones):
        return f"""
server:
    rundir: {home}
    listen: {KNOT}@{self.knot_port}
    udp-workers: 1
    tcp-workers: 2
    background-workers: 2
database:
    storage: {home}
mod-rrl:
  - id: default
    rate-limit: {RATE_LIMIT}
    slip: 2
    whitelist: 127.0.0.0/16
template:
  - id: default
    storage: {home}
    global-module: mod-rrl/default
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
    file: "%s.zone"
zone:
""" + "".join(f"  - domain: {zone}\n" for zone in [*zones, "mailer.example"])

    def _nsd(self, home, zones):
        return f"""
server:
    ip-address: {NSD}@{self.nsd_port}
    username: ""
    chroot: ""
    zonesdir: "{home}"
    database: ""
    pidfile: ""
    xfrdfile: "{home}/xfrd.state"
    xfrdir: "{home}"
    zonelistfile: "{home}/zone.list"
    server-count: 1
    tcp-count: 500
    rrl-ratelimit: {RATE_LIMIT}
    rrl-slip: 2
remote-control:
    control-enable: no
""" + "".join(f"zone:\n    name: {zone}\n    zonefile: {zone}.zone\n" for zone in zones)

    def _unbound(self, home, zones):
        return f"""
server:
  interface: {RESOLVER}@{self.port}
  outgoing-interface: {RESOLVER}
  directory: "{home}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  qname-minimisation: no
  access-control: 127.0.0.0/8 allow
  num-threads: 1
remote-control:
  control-enable: no
""" + "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {KNOT}@{self.knot_port}\n' for zone in [*zones, "mailer.example"])


def write_sets(path, domains):
    with path.open("w") as out:
        for domain in domains:
            records = [{"type": "CNAME", "host": f"{host}.{domain.name}", "points_to": target.rstrip(".")}
                       for host, target in zip(HOSTS, targets(domain))]
            out.write(json.dumps({"domain": domain.name, "records": records}) + "\n")


def run(build, folder, world, words):
    """(the report's domains, what it took)"""
    argv = [str(build / "signpost"), "verify", "--records", str(folder / "sets.jsonl"), "--output", "jsonl", "--ledger", "none",
            "--resolver", f"{RESOLVER}:{world.port}", "--dns-port", str(world.port), "-q", *words]
    with (folder / "out.jsonl").open("wb") as out, (folder / "err").open("wb") as err:
        took = measure(argv, stdout=out, stderr=err)
    return [json.loads(line) for line in (folder / "out.jsonl").open()], took


def report(domains, entries, took, questions):
    got = {entry["domain"]: entry for entry in entries}
    wrong = [(domain, got.get(domain.name)) for domain in domains
             if domain.name not in got or got[domain.name]["status"] != KINDS[domain.kind][1]]
    kinds = Counter(domain.kind for domain in domains)
    n = len(domains)
    print(f"signpost verify --records: {n} domains ({', '.join(f'{v} {k}' for k, v in kinds.most_common())}) at {N_ADDRESSES} addresses "
          f"of Knot and NSD, 5 to 200 ms away, {DEAD_PER_MILLE / 10:g} % dead, {LOSS_PER_MILLE / 10:g} % of the datagrams lost, at most "
          f"{RATE_LIMIT} answers of one kind a second; {os.cpu_count()} processors at a load of {os.getloadavg()[0]:.1f}")
    print(f"  wall {took.wall_s:.1f} s, {n / took.wall_s:.0f} domains a second; processor {took.cpu_s:.1f} s, "
          f"{took.cpu_s / n * 1000:.2f} ms a domain; resident {took.rss_mib:.0f} MiB; exit {took.code}")
    cut = sum(q.is_cut for q in questions)
    print(f"  questions a domain: {sum(e['dns_queries'] for e in entries) / n:.1f} in all, by its own count; "
          f"{len(questions) / n:.1f} at the name servers, by the wire's, of them {sum(q.is_tcp for q in questions)} by TCP; "
          f"without an answer {sum(q.code is None for q in questions)}, cut by rate limits {cut}")
    print(f"  wrong verdicts: {len(wrong)}")
    for domain, entry in wrong[:10]:
        said = f"{entry['status']}: {entry['message']}" if entry else "nothing"
        print(f"    {domain.name} ({domain.kind}): {said}")
    return not wrong


def main(build, folder, n, words=()):
    """N domains, one set a line. False when a verdict was wrong."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = Path(folder)
    domains = make_domains(random.Random(5), n)
    write_sets(folder / "sets.jsonl", domains)
    world = World(folder, domains, build / "tests/bench/bench-wire")
    try:
        entries, took = run(build, folder, world, words)
        return report(domains, entries, took, world.wire.stop())
    finally:
        world.stop()
