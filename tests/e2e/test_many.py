"""Many domains in one run: each judged once, whatever ends the run; bounded in memory and in what a server is asked."""

import contextlib
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import dns.flags
import dns.message
import pytest

from lab import DKIM_KEY, PRIMARY, RESOLVER, SECONDARY, Server, free_port, listens, program, wait_for
from signpost import IS_SANITIZED, Signpost

pytestmark = pytest.mark.slow

N = 1200
MORE = 1800  # domains that only a large run has
LATE = 520  # domains that get their records while they are waited for: more than are kept under watch at once
LACKING = 60  # every so many'th domain has no record at its return path
COUNTER = "127.0.0.4"  # a name server that is a counting proxy
LIMITED = "127.0.0.5"  # one that limits its negative answers, for all of a zone together, to twenty a second

RECORDS = (("s1._domainkey", "k1"), ("s2._domainkey", "k2"), ("rp", "u1"))


def soa(zone, servers=("ns1", "ns2"), serial=1):
    return (f"$ORIGIN {zone}.\n$TTL 300\n@ SOA ns1.prov.example. h.example. {serial} 3600 600 86400 300\n"
            + "".join(f"@ NS {server}.prov.example.\n" for server in servers))


def cname_lines(prefix="", records=RECORDS):
    return "".join(f"{host}{prefix} CNAME {target}.mailer.example.\n" for host, target in records)


def as_set(domain):
    records = [{"type": "CNAME", "host": f"{host}.{domain}", "points_to": f"{target}.mailer.example"}
               for host, target in RECORDS]
    return json.dumps({"domain": domain, "records": records}) + "\n"


def knot_conf(folder, addresses, port, zones, module=""):
    """ZONES: (zone, file)."""
    listen = "".join(f"    listen: {address}@{port}\n" for address in addresses)
    blocks = "".join(f"  - domain: {zone}.\n    file: {file}\n" for zone, file in zones)
    rrl = "mod-rrl:\n  - id: default\n    rate-limit: 20\n    slip: 2\n" if module else ""
    return f"""
server:
    rundir: {folder}
{listen}    udp-workers: 1
    tcp-workers: 1
database:
    storage: {folder}
{rrl}template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    journal-content: none
    {module}
zone:
{blocks}"""


class World:
    """Knot with a zone for each domain, at two addresses, and Unbound in front of it."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port((PRIMARY, SECONDARY, RESOLVER, COUNTER, LIMITED))
        self.domains = [f"d{i:05}.example" for i in range(N)]
        self.more = [f"m{i:05}.example" for i in range(MORE)]
        self.lacking = set(self.domains[::LACKING])
        zones = {"": soa(""), "prov.example": soa("prov.example")
                 + f"ns1 A {PRIMARY}\nns2 A {SECONDARY}\nns3 A {COUNTER}\nns4 A {LIMITED}\n"}
        text = f'"{DKIM_KEY[:200]}" "{DKIM_KEY[200:]}"'
        zones["mailer.example"] = soa("mailer.example") + (
            f'k1 TXT {text}\nk2 TXT {text}\nu1 MX 10 mx\nu1 TXT "v=spf1 -all"\nmx A 192.0.2.1\n')
        for domain in self.domains + self.more:
            zones[domain] = soa(domain) + cname_lines(records=RECORDS[:2] if domain in self.lacking else RECORDS)
        self.counted = [f"c{i:02}.counted.example" for i in range(40)]
        zones["counted.example"] = soa("counted.example", ["ns3"]) + "".join(
            cname_lines(f".c{i:02}") for i in range(40))
        self.limited = [f"c{i:03}.limited.example" for i in range(150)]
        zones["limited.example"] = soa("limited.example", ["ns4"]) + "".join(
            cname_lines(f".c{i:03}", RECORDS[:2]) for i in range(150))
        zones["late.example"] = self.late_zone(0, 1)
        files = {zone: f"{i}.zone" for i, zone in enumerate(zones)}
        for zone, text in zones.items():
            (folder / files[zone]).write_text(text)
        self.late = folder / files["late.example"]
        (folder / "knot.conf").write_text(knot_conf(folder, (PRIMARY, SECONDARY), self.port, files.items()))
        other = folder / "limited"
        other.mkdir()
        (other / "zone").write_text(zones["limited.example"])
        (other / "knot.conf").write_text(knot_conf(other, (LIMITED,), self.port, [("limited.example", "zone")],
                                                   "global-module: mod-rrl/default"))
        (folder / "unbound.conf").write_text(f"""
server:
  interface: {RESOLVER}@{self.port}
  directory: "{folder}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  num-threads: 1
  so-reuseport: no
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: {PRIMARY}@{self.port}
  stub-addr: {SECONDARY}@{self.port}
""")
        self.servers = [Server(folder, "knot", [program("knotd"), "-c", str(folder / "knot.conf")]),
                        Server(other, "knot", [program("knotd"), "-c", str(other / "knot.conf")]),
                        Server(folder, "unbound", [program("unbound"), "-d", "-p", "-c", str(folder / "unbound.conf")])]
        wait_for("Knot", lambda: self.servers[0].alive() and listens(SECONDARY, self.port))
        wait_for("Knot", lambda: self.servers[1].alive() and listens(LIMITED, self.port))
        wait_for("Unbound", lambda: self.servers[2].alive() and listens(RESOLVER, self.port))

    def stop(self):
        for server in self.servers:
            server.stop()

    @staticmethod
    def late_zone(n, serial):
        return (soa("late.example", serial=serial) + "".join(f"l{i:03} A 192.0.2.1\n" for i in range(LATE))
                + "".join(cname_lines(f".l{i:03}") for i in range(n)))

    def serve_late(self, n, serial):
        """The records of n domains within late.example, at both addresses at once."""
        self.late.write_text(self.late_zone(n, serial))
        subprocess.run([program("knotc"), "-c", str(self.folder / "knot.conf"), "-b", "zone-reload", "late.example"],
                       check=True, capture_output=True)

    def file(self, path, domains):
        path.write_text("".join(as_set(domain) for domain in domains))
        return str(path)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("many"))
    yield world
    world.stop()


@pytest.fixture
def user(tmp_path, world):
    user = Signpost(tmp_path / "home")
    user.flags = ["--resolver", f"{RESOLVER}:{world.port}", "--dns-port", str(world.port)]
    return user


def lines(text):
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def statuses(user):
    """{domain: status of the last check} in the ledger."""
    with sqlite3.connect(user.ledger) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'checks'").fetchone():
            return {}  # it is being made
        return dict(ledger.execute("SELECT domain, status FROM checks ORDER BY id"))


def test_a_thousand_domains_are_each_told_once(world, user, tmp_path):
    path = world.file(tmp_path / "sets.jsonl", world.domains)
    done = user.run("verify", "--records", path, "--output", "jsonl", timeout=120)
    told = lines(done.out)
    assert done.code == 3 and len(told) == N
    for domain in told:
        lacking = domain["domain"] in world.lacking
        assert domain["status"] == ("pending" if lacking else "connected"), domain
    assert {domain["domain"] for domain in told} == set(world.domains)
    assert sum(domain["dns_queries"] for domain in told) < 12 * N
    assert statuses(user) == {domain["domain"]: domain["status"] for domain in told}

    everything = user.run("verify", "--all", timeout=120)
    rows = [line for line in everything.out.splitlines() if re.match(r"d\d{5}\.example +(Connected|Pending)", line)]
    assert len(rows) == N and everything.code == 3
    n = len(world.lacking)
    assert f"\n1,200 domains: {N - n:,} connected, {n} pending, 0 error (" in everything.out
    document = user.run("verify", "--all", "--output", "json", timeout=120).report
    assert [domain["domain"] for domain in document["domains"]] == sorted(world.domains)


def test_only_what_has_changed(world, user, tmp_path):
    path = world.file(tmp_path / "sets.jsonl", world.domains[:100])
    first = user.run("verify", "--records", path, "--only-changed")
    assert len(re.findall(r"^d\d{5}", first.out, re.M)) == 100 and ", 100 changed (" in first.out
    second = user.run("verify", "--all", "--only-changed")
    assert not re.search(r"^d\d{5}", second.out, re.M) and ", 0 changed (" in second.out
    assert second.code == first.code == 3
    assert user.run("verify", "--all", "--only-changed", "--output", "jsonl").out == ""
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE checks SET status = 'error' WHERE domain = ?", [world.domains[5]])
    (changed,) = lines(user.run("verify", "--all", "--only-changed", "--output", "jsonl").out)
    assert changed["domain"] == world.domains[5]


def test_killed_in_the_middle_what_was_told_is_remembered(world, user, tmp_path):
    path = world.file(tmp_path / "sets.jsonl", world.domains)
    run = user.start("verify", "--records", path, "--output", "jsonl", "--qps", "300")
    text = "".join(run.stdout.readline() for _ in range(50))
    run.send_signal(signal.SIGKILL)
    text += run.stdout.read()
    run.wait()
    told, known = {domain["domain"] for domain in lines(text)}, statuses(user)
    assert 50 <= len(told) < N and told <= set(known)

    rest = user.run("verify", "--records", path, "--output", "jsonl", "--older", "1h", timeout=120)
    assert {domain["domain"] for domain in lines(rest.out)} == set(world.domains) - set(known)
    assert set(statuses(user)) == set(world.domains)
    nothing = user.run("verify", "--all", "--older", "1h")
    assert nothing.code == 0
    assert nothing.out == ("0 domains: 0 connected, 0 pending, 0 error (0.0 s)\n"
                           "1,200 more were looked at lately enough and left out\n")


def test_an_interrupted_run_says_how_it_goes_on(world, user, tmp_path):
    path = world.file(tmp_path / "sets.jsonl", world.domains)
    run = user.start("verify", "--records", path, "--qps", "300")
    shown = run.stdout.readline()
    run.send_signal(signal.SIGINT)
    shown += run.stdout.read()
    assert run.wait() == 130 and "interrupted; nothing is lost" in run.stderr.read()
    n = len(re.findall(r"^d\d{5}\S+ +(?:Connected|Pending)", shown, re.M))
    assert 0 < n < N and f", {N - n:,} interrupted (" in shown
    (words,) = re.findall(r"^Next: signpost (verify .*)$", shown.replace("\\\n", ""), re.M)
    rest = user.raw(*words.split(), "--output", "jsonl", "--qps", "100000")
    assert "--older " in words and len(lines(rest.out)) == N - n


# What the kernel says of a program includes the one that it was forked from: a small one, here.
LAUNCHER = """
import os, sys
child = os.fork()
if not child:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
sys.stderr.write(f"{os.waitstatus_to_exitcode(status)} {used.ru_maxrss}")
"""


def peak_kb(user, words, n):
    """The most memory that a look at n domains took."""
    argv = [sys.executable, "-S", "-E", "-c", LAUNCHER, *user.argv("verify", *words, "-q")]
    done = subprocess.run(argv, env=user.env, capture_output=True, text=True, timeout=120, check=False)
    ended = re.fullmatch(r"3 (\d+)", done.stderr)
    assert ended, done.stderr
    assert len(re.findall(r'^(?:{"domain": ?")?[dm]\d{5}', done.stdout, re.M)) == n
    return int(ended[1])


@pytest.mark.parametrize("words", [["--output", "jsonl"], []], ids=["jsonl", "text"])
def test_memory_is_flat(world, user, tmp_path, words):
    few, many = world.domains[:1000], world.domains + world.more
    given = [peak_kb(user, ["--records", world.file(tmp_path / "sets.jsonl", domains), *words], len(domains))
             for domains in (few, many)]
    known = peak_kb(user, ["--all", *words], len(many))
    # A set takes a quarter of a kilobyte, or more than three as the engine has it; zones, targets and servers more
    # still. Sanitizers keep what was freed.
    for peak in (given[1], known):
        assert IS_SANITIZED or peak - given[0] < (len(many) - len(few)) * 4, (given, known)


class Proxy:
    """Passes datagrams on to the server at another address of the same port, and notes when they came."""

    def __init__(self, address, port, server):
        self.times, self.server = [], (server, port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.connect(self.server)
            while True:
                query, client = self.socket.recvfrom(65535)
                if not query:
                    return
                self.times.append(time.monotonic())
                asker.send(query)
                self.socket.sendto(asker.recv(65535), client)

    def busiest_second(self):
        return max(sum(1 for at in self.times if start <= at < start + 1) for start in self.times)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


@pytest.fixture
def counter(world):
    proxy = Proxy(COUNTER, world.port, PRIMARY)
    yield proxy
    proxy.stop()


def test_a_server_is_asked_no_faster_than_allowed(world, user, tmp_path, counter):
    path = world.file(tmp_path / "sets.jsonl", world.counted)
    done = user.run("verify", "--records", path, "--output", "jsonl", "--qps", "60")
    assert [domain["status"] for domain in lines(done.out)] == ["connected"] * 40, done
    assert len(counter.times) >= 120
    # The proxy may be late for one that came at the end of a second.
    assert counter.busiest_second() <= 60 + 6


def test_a_limit_that_is_met_is_no_finding(world, user, tmp_path):
    path = world.file(tmp_path / "sets.jsonl", world.limited)
    done = user.run("verify", "--records", path, "--output", "jsonl", timeout=120)
    told = lines(done.out)
    assert len(told) == 150
    for domain in told:
        assert [record["state"] for record in domain["records"]] == ["live", "live", "missing"], domain
        assert (domain["status"], domain["records"][2]["diagnosis"]["code"]) == ("pending", "missing"), domain
        assert not domain["warnings"], domain
    # And it is there to be met: a client that does not mind gets cut answers, or none.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.2)
        asker.connect((LIMITED, world.port))
        for domain in world.limited:
            asker.send(dns.message.make_query(f"rp.{domain}", "CNAME").to_wire())
        whole = 0
        with contextlib.suppress(TimeoutError):
            while True:
                whole += not dns.message.from_wire(asker.recv(65535)).flags & dns.flags.TC
    assert whole < len(world.limited)


def test_hundreds_that_are_pending_are_waited_for(world, user, tmp_path):
    domains = [f"l{i:03}.late.example" for i in range(LATE)]
    path = world.file(tmp_path / "sets.jsonl", domains)
    run = user.start("verify", "--records", path, "--output", "jsonl", "--wait", "--timeout", "90s")
    wait_for("the first looks", lambda: user.ledger.exists() and len(statuses(user)) == LATE, 60)
    assert set(statuses(user).values()) == {"pending"}
    world.serve_late(LATE, 2)
    out, err = run.communicate(timeout=120)
    told = lines(out)
    assert run.returncode == 0 and len(told) == LATE, err
    assert {domain["status"] for domain in told} == {"connected"}


def test_all_of_nothing_is_refused(user):
    """A job that runs with another home stays not green for ever."""
    absent = user.run("verify", "--all")
    assert absent.code == 2 and not absent.out and not user.ledger.exists(), absent
    assert f"there is no ledger at {user.ledger}" in absent.err and "fix: " in absent.err
    none = user.run("verify", "--all", "--ledger", "none")
    assert none.code == 2 and not none.out and "--ledger none" in none.err.split("fix: ")[1], none
    user.ledger.parent.mkdir(parents=True, exist_ok=True)
    user.ledger.touch(0o600)
    for words in ([], ["--output", "json"], ["--older", "1h"]):
        empty = user.run("verify", "--all", *words)
        assert empty.code == 2 and not empty.out and f"the ledger at {user.ledger} knows no domain" in empty.err, empty


def test_all_is_all_that_is_known(world, user):
    for words in ([world.domains[1]], ["--set", "platform=mailer.example"], ["--record", "rp=u1.mailer.example"]):
        both = user.run("verify", "--all", *words)
        assert both.code == 2 and "--all means what the ledger knows" in both.err, both
    for wrong in ("0", "many", "100001"):
        assert user.run("verify", "--all", "--qps", wrong).code == 2
