"""From the moment at which the last name server serves the records to the verdict: signpost beside lego's loop.

Zones are changed, by dynamic updates, under commands that wait; Knot and BIND serve them. All that the two ask
passes a wire that keeps a log, each at addresses of its own.
"""

import bisect
import json
import os
import random
import statistics
import subprocess
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.update

from lab import DKIM_KEY, RESOLVER, Server, free_port, listens, program, wait_for
from wire import Place, Wire

# Where the zones' NS records lead, and where the model of lego asks the same servers.
SERVERS, FOR_LEGO = ("127.0.1.1", "127.0.1.2"), ("127.0.1.3", "127.0.1.4")
KNOT, BIND = "127.0.1.5", "127.0.0.1"
HOSTS = ("sk48601", "sk48601a._domainkey", "sk48601b._domainkey")
# Seconds after the start of the wait.
SPANS = ((0.3, 10), (30, 35), (60, 65))
A_SECOND_MAX = 10


def zone_text(zone, records=()):
    lines = [f"$ORIGIN {zone}.", "$TTL 60", "@ SOA ns1 hostmaster 1 3600 600 86400 5"]
    for i, address in enumerate(SERVERS, 1):
        lines += [f"@ NS ns{i}", f"ns{i} A {address}"]
    return "\n".join([*lines, *records]) + "\n"


def targets(name):
    """What the platform has for the sender domain NAME.example: a name for each host."""
    return [f"{leg}.{name}.mailer.example" for leg in ("u1", "a", "b")]


class World:
    """Knot, BIND and Unbound with a zone for each of NAMES."""

    def __init__(self, folder, names, wire_program):
        self.port = free_port((*SERVERS, *FOR_LEGO, RESOLVER))
        self.knot_port, self.bind_port = free_port((KNOT,)), free_port((BIND,))
        self.servers = []
        zones = [f"{name}.example" for name in names]
        mailer = []
        for name in names:
            mailer += [f"u1.{name} MX 10 mx", f'u1.{name} TXT "v=spf1 -all"', f"u1.{name} A 192.0.2.10"]
            mailer += [f'{leg}.{name} TXT "{DKIM_KEY[:200]}" "{DKIM_KEY[200:]}"' for leg in "ab"]
        texts = {"mailer.example": zone_text("mailer.example", [*mailer, "mx A 127.0.0.1"])} | {zone: zone_text(zone) for zone in zones}
        try:
            for kind in ("knot", "bind", "unbound"):
                home = folder / kind
                home.mkdir(parents=True)
                for zone, text in texts.items():
                    (home / f"{zone}.zone").write_text(text)
                (home / "conf").write_text(getattr(self, f"_{kind}")(home, list(texts)))
                argv = {"knot": ["knotd", "-c"], "bind": ["named", "-g", "-4", "-c"], "unbound": ["unbound", "-d", "-p", "-c"]}[kind]
                self.servers.append(Server(home, kind, [program(argv[0]), *argv[1:], str(home / "conf")]))
            for address, port in ((KNOT, self.knot_port), (BIND, self.bind_port), (RESOLVER, self.port)):
                wait_for(address, lambda at=(address, port): listens(*at))
            behind = ((KNOT, self.knot_port), (BIND, self.bind_port))
            places = [Place(address, f"127.0.1.{20 + i}", *behind[i % 2], 0, 0)
                      for i, address in enumerate(SERVERS + FOR_LEGO)]
            self.wire = Wire(wire_program, folder, self.port, places)
        except BaseException:
            self.stop()
            raise

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
    tcp-workers: 1
    background-workers: 1
database:
    storage: {home}
acl:
  - id: anybody
    address: 127.0.0.0/8
    action: update
template:
  - id: default
    storage: {home}
    acl: anybody
    zonefile-sync: -1
    file: "%s.zone"
zone:
""" + "".join(f"  - domain: {zone}\n" for zone in zones)

    def _bind(self, home, zones):
        return f"""
options {{ directory "{home}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;
  listen-on port {self.bind_port} {{ {BIND}; }}; }};
controls {{ }};
""" + "".join(f'zone "{zone}" {{ type primary; file "{zone}.zone"; allow-update {{ 127.0.0.0/8; }}; }};\n' for zone in zones)

    def _unbound(self, home, zones):
        stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {KNOT}@{self.knot_port}\n'
                        f"  stub-addr: {BIND}@{self.bind_port}\n" for zone in zones)
        return f"""
server:
  interface: {RESOLVER}@{self.port}
  directory: "{home}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  num-threads: 1
remote-control:
  control-enable: no
{stubs}stub-zone:
  name: "."
  stub-addr: {KNOT}@{self.knot_port}
  stub-no-cache: yes
"""

    def update(self, i, name):
        """Adds the records at one server; (moment before, moment after)."""
        update = dns.update.Update(f"{name}.example")
        for host, target in zip(HOSTS, targets(name)):
            update.add(host, 60, "CNAME", f"{target}.")
        address, port = ((KNOT, self.knot_port), (BIND, self.bind_port))[i]
        before = time.monotonic()
        answer = dns.query.tcp(update, address, port=port, timeout=10)
        assert answer.rcode() == dns.rcode.NOERROR, answer
        return before, time.monotonic()


class Wait:
    """One domain that is waited for, by both, and the change in the middle of it."""

    def __init__(self, world, signpost, name, chance, span):
        self.world, self.name, self.zone = world, name, f"{name}.example"
        self.signpost, self.span = signpost, span
        self.last_at = chance.uniform(*span)
        self.first_at = max(0.1, self.last_at - chance.choice((0, 0.2, 1.5)))
        self.order = chance.sample((0, 1), 2)
        self.lag = self.lego_lag = None
        self.lego_resolver = 0

    def run(self):
        argv = [str(self.signpost), "verify", self.zone, "--wait", "--timeout", "2m", "--output", "jsonl", "--ledger", "none",
                "--resolver", f"{RESOLVER}:{self.world.port}", "--dns-port", str(self.world.port)]
        for host, target in zip(HOSTS, targets(self.name)):
            argv += ["--record", f"{host}={target}"]
        self.start = time.monotonic()
        watcher = threading.Thread(target=self._lego)
        watcher.start()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        changer = threading.Thread(target=self._change)
        changer.start()
        line = process.stdout.readline()
        verdict_at = time.monotonic()
        process.wait()
        process.stdout.close()
        changer.join()
        watcher.join()
        status = json.loads(line)["status"] if line else "nothing"
        if status != "connected":
            raise RuntimeError(f"{self.zone}: {status}, not connected")
        self.lag = verdict_at - self.served[0]

    def _change(self):
        time.sleep(max(0, self.start + self.first_at - time.monotonic()))
        self.world.update(self.order[0], self.name)
        time.sleep(max(0, self.start + self.last_at - time.monotonic()))
        self.served = self.world.update(self.order[1], self.name)
        self.served_after = self.served[0] - self.start

    # lego, as its source has it at a0e15c2 (challenge/dns01/dns_challenge.go, dns_challenge_precheck.go;
    # internal/wait/wait.go): the zone by a walk up from the name, asking the resolver for SOA, and its servers by NS
    # and A; then a pause of one interval before the first check, and after each; a check asks one server after
    # another and ends with the first that fails. Left out, in its favour: that a recursive resolver has to have each
    # record as well, which a negative answer kept there delays.
    INTERVAL = 2.0

    def _lego(self):
        servers = self._lego_servers()
        while self.lego_lag is None:
            time.sleep(self.INTERVAL)
            if all(self._has(server, host) for host in HOSTS for server in servers):
                self.lego_at = time.monotonic()
                break
            if time.monotonic() - self.start > 120:
                raise RuntimeError(f"{self.zone}: lego's loop did not end")

    def _lego_servers(self):
        name = f"{HOSTS[1]}.{self.zone}"
        while not self._resolve(name, "SOA"):
            name = name.partition(".")[2]
        found = []
        for entry in self._resolve(name, "NS"):
            found += [FOR_LEGO[SERVERS.index(a.address)] for a in self._resolve(str(entry.target), "A")]
        return sorted(found)

    def _resolve(self, name, kind):
        self.lego_resolver += 1
        answer = dns.query.udp(dns.message.make_query(name, kind, use_edns=0), RESOLVER, port=self.world.port, timeout=10)
        return [rdata for part in answer.answer if part.rdtype == dns.rdatatype.from_text(kind) for rdata in part]

    def _has(self, server, host):
        query = dns.message.make_query(f"{host}.{self.zone}", "CNAME", use_edns=0)
        query.flags = 0
        return bool(dns.query.udp(query, server, port=self.world.port, timeout=10).answer)


def most_in_a_second(times):
    """The largest number of TIMES, which are in order, in any one second."""
    return max((i + 1 - bisect.bisect_right(times, at - 1) for i, at in enumerate(times)), default=0)


def attribute(waits, questions):
    """What was asked for each domain, signpost's and lego's: {name: {address: [times]}}."""
    known = {wait.name for wait in waits}
    asked = defaultdict(lambda: defaultdict(list))
    for question in questions:
        for label in question.name.split("."):
            if label in known:
                asked[label][question.address].append(question.time)
                break
    return asked


def span_row(span, waits, asked):
    lags = [wait.lag for wait in waits]
    lego = [wait.lego_at - wait.served[0] for wait in waits]
    share = max(wait.lag / wait.served_after for wait in waits)
    ours = statistics.median(sum(len(asked[wait.name][a]) for a in SERVERS) for wait in waits)
    theirs = statistics.median(sum(len(asked[wait.name][a]) for a in FOR_LEGO) for wait in waits)
    in_time = [wait.lag <= max(0.5, 0.05 * wait.served_after) for wait in waits]
    goal = statistics.median(lags) < 0.15 and max(lags) < 0.5 if span[1] <= 10 else all(in_time)
    what = "median < 0.15 s, worst < 0.5 s" if span[1] <= 10 else "5 % of the time, or 0.5 s"
    print(f"  {span[0]:4g} to {span[1]:2g} s  {statistics.median(lags):6.3f} {max(lags):6.3f} s {share:6.1%}  {ours:6.0f}"
          f"   {statistics.median(lego):6.3f} {max(lego):6.3f} s {theirs:6.0f}   {what}: {'reached' if goal else 'missed'}")
    return goal


def report(waits, asked, hold):
    print(f"signpost verify --wait, {len(waits)} domains of 3 records at 2 servers (Knot, BIND), changed at both while waiting; "
          f"{os.cpu_count()} processors at a load of {os.getloadavg()[0]:.1f}")
    print("from sending the update to the last server (it takes "
          f"{statistics.median(w.served[1] - w.served[0] for w in waits) * 1000:.0f} ms itself) to the verdict's line; questions to both servers in all:")
    print("  changed after    signpost                          lego's loop")
    print("                   median  worst   share  asked   median  worst     asked   goal")
    for span in SPANS:
        group = [wait for wait in waits if wait.span == span]
        if group:
            span_row(span, group, asked)
    most = Counter({(wait.name, address): most_in_a_second(asked[wait.name][address]) for wait in waits for address in SERVERS})
    (name, address), n = most.most_common(1)[0]
    print(f"  most questions to one server in any one second: signpost {n} ({name} at {address}; allowed: {A_SECOND_MAX}), lego's loop "
          f"{max(most_in_a_second(asked[wait.name][a]) for wait in waits for a in FOR_LEGO)}")
    return n <= hold


def main(build, folder, rounds, seconds):
    """ROUNDS domains for each of SPANS that ends within SECONDS. False when a server was asked too often."""
    spans = [span for span in SPANS if span[1] <= seconds]
    chance = random.Random(4)
    names = [f"d{i:03}" for i in range(rounds * len(spans))]
    world = World(Path(folder), names, build / "tests/bench/bench-wire")
    try:
        waits = [Wait(world, build / "signpost", name, chance, spans[i % len(spans)]) for i, name in enumerate(names)]
        errors = []

        def run(wait, delay):
            time.sleep(delay)
            try:
                wait.run()
            except Exception as error:  # told below, with the others'
                errors.append(f"{wait.name}: {error!r}")
        threads = [threading.Thread(target=run, args=(wait, 0.35 * i)) for i, wait in enumerate(waits)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise SystemExit("scripts/bench detect: " + "\n".join(errors))
        return report(waits, attribute(waits, world.wire.stop()), A_SECOND_MAX)
    finally:
        world.stop()
