"""One name server asked for hundreds of thousands of names: signpost's DNS client (ask.c) and massdns in alternation.

What has to come of each name is known: a CNAME with its target, another target, or none.
"""

import os
import shutil
import statistics
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from lab import Server, free_port, program, wait_for
from measured import measure

ADDRESS = "127.0.3.1"
LABELS = ("sk1", "sk1._domainkey", "sk2._domainkey")
# Known to be massdns' best for one server nearby.
MASSDNS = ("-s", "500", "--rcvbuf", "4194304", "--sndbuf", "4194304", "-i", "100", "--norecurse", "-o", "S")
IN_FLIGHT = 64


def make(folder, n):
    """N names of one zone, a tenth missing, a fiftieth with another target."""
    zone = ["$ORIGIN bulk.test.", "$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60", "@ NS ns1", f"ns1 A {ADDRESS}"]
    expect = []
    for i in range(n):
        label, key = LABELS[i % 3], f"{i // 3 + 1:06}"
        owner, target = f"{label}.d{key}", f"{label.partition('.')[0]}.u{key}.sender.test."
        state = "missing" if i % 10 == 3 else "wrong" if i % 50 == 7 else "ok"
        if state != "missing":
            zone.append(f"{owner} CNAME {'old.' if state == 'wrong' else ''}{target}")
        elif i // 10 % 2:
            zone.append(f'{owner} TXT "no alias"')
        expect.append(f"{owner}.bulk.test\t{target}\t{state}")
    (folder / "bulk.test.zone").write_text("\n".join(zone) + "\n")
    (folder / "expect.tsv").write_text("\n".join(expect) + "\n")
    (folder / "names.txt").write_text("".join(line.partition("\t")[0] + "\n" for line in expect))


def nsd(home, zone_file, port):
    zone = zone_file.name.removesuffix(".zone")
    (home / "nsd.conf").write_text(f"""
server:
    ip-address: {ADDRESS}@{port}
    username: ""
    chroot: ""
    zonesdir: "{zone_file.parent.resolve()}"
    database: ""
    pidfile: ""
    xfrdfile: "{home}/xfrd.state"
    xfrdir: "{home}"
    zonelistfile: "{home}/zone.list"
    server-count: 1
    rrl-ratelimit: 0
    minimal-responses: yes
remote-control:
    control-enable: no
zone:
    name: {zone}
    zonefile: {zone_file.name}
""")
    server = Server(home, "nsd", [*pinned(0), program("nsd"), "-d", "-c", str(home / "nsd.conf")])

    def is_up():
        try:
            return bool(dns.query.udp(dns.message.make_query(zone, "SOA"), ADDRESS, port=port, timeout=1).answer)
        except (OSError, dns.exception.DNSException):
            return not server.alive()
    wait_for("NSD", is_up, 60)
    return server


def pinned(cpu):
    return ["taskset", "-c", str(cpu)] if (os.cpu_count() or 1) > 1 and shutil.which("taskset") else []


def judge(expect, answers):
    """How many verdicts are not what they should be. ANSWERS: {name: target or None}; what is not there was never answered,
    or is told by silence (massdns)."""
    wrong = 0
    for name, target, state in expect:
        got = answers.get(name)
        found = "missing" if got is None else "ok" if got == target else "wrong"
        wrong += found != state
    return wrong


def from_tsv(line):
    name, target, code = line.rstrip("\n").split("\t")
    return name, (target if target.endswith(".") else target + ".") if target else None if code in ("NOERROR", "NXDOMAIN") else code


def from_massdns(line):
    name, kind, target = line.split()
    return name.rstrip(".").lower(), target.lower() if kind == "CNAME" else kind


def run(argv, names, out, read):
    with names.open("rb") as source, out.open("wb") as sink:
        wall, cpu, rss, code = measure([*pinned(1), *argv], source, sink)
    if code:
        raise SystemExit(f"scripts/bench names: {argv[0]} ended with {code}")
    return wall, cpu, rss, dict(read(line) for line in out.open(errors="replace"))


def main(build, work, source, massdns, rounds=5):
    """SOURCE: a folder with NAME.zone, names.txt (a name a line) and expect.tsv (name, target, ok, missing or wrong), or a number of
    names. MASSDNS: the program, or None. False when signpost's client judged a name wrongly."""
    work = Path(work)
    folder = Path(source) if not source.isdigit() else work
    if source.isdigit():
        make(folder, int(source))
    expect = [line.rstrip("\n").split("\t") for line in (folder / "expect.tsv").open()]
    port = free_port((ADDRESS,))
    tools = {"signpost's client": ([str(build / "tests/bench/bench-ask"), f"{ADDRESS}:{port}", str(IN_FLIGHT)], from_tsv)}
    if massdns:
        (work / "resolvers").write_text(f"{ADDRESS}:{port}\n")
        tools["massdns"] = ([massdns, "-q", "-r", str(work / "resolvers"), "-t", "CNAME", *MASSDNS], from_massdns)
    (zone_file,) = folder.glob("*.zone")
    server = nsd(work, zone_file, port)
    runs = {name: [] for name in tools}
    try:
        for _ in range(rounds):
            for name, (argv, read) in tools.items():
                wall, cpu, rss, answers = run(argv, folder / "names.txt", work / "out", read)
                runs[name].append((wall, cpu, rss, judge(expect, answers)))
    finally:
        server.stop()
    report(len(expect), runs)
    return not any(wrong for *_, wrong in runs["signpost's client"])


def report(n, runs):
    print(f"{n} names at one NSD, {len(next(iter(runs.values())))} rounds in alternation, server and client on a processor each, "
          f"{os.cpu_count()} processors at a load of {os.getloadavg()[0]:.1f}; medians:")
    for name, results in runs.items():
        wall, cpu, rss, wrong = (statistics.median(column) for column in zip(*results))
        print(f"  {name:<18} {n / wall / 1000:6.0f} k names/s, wall {wall:6.2f} s, processor {cpu:6.2f} s, {cpu / n * 1e6:5.1f} us a name, "
              f"resident {rss:4.0f} MiB, misjudged {wrong:.0f}")
