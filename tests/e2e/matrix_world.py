"""The internet of the scenario matrix: one process of each server program with the zones of all rows, in a network of
its own (internet.py), the root, the top-level domains, the platform, spoilt ways, and a validating resolver."""

import json
import subprocess
import sys
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdata

from internet import PLATFORM, RESOLVER, TOP, Inhabitant, Internet
from lab import program, wait_for
from matrix_row import (BROKEN_PLATFORM, DEAD, FOREIGN_DS, KINDS, PLATFORM_LINES, PLATFORM_NAME, PROCESSES, RECURSOR, SILENT, SPECIAL, delegation,
                        zone_text)

TOP_SOA = "@ SOA ns hostmaster 1 3600 600 86400 5"
HALF_TOP = "203.0.113.2"  # the other server of the domain "half", which is silent as well
WAYS = {
    "blocked": {"udp": False, "tcp": False},
    "noudp": {"udp": False},
    "notcp": {"tcp": False},
    "nostream": {"tcp": None},  # nobody listens
    "cut": {"cut": True},
    "loss10": {"loss": 0.1},
    "loss30": {"loss": 0.3},
    "late300": {"delay_ms": 300},
    "late300loss10": {"delay_ms": 300, "loss": 0.1},
    "late300loss30": {"delay_ms": 300, "loss": 0.3},
    "noudplate300": {"udp": False, "delay_ms": 300},
    "late3000": {"delay_ms": 3000},
}
STRAIGHT = {"udp": True, "tcp": True, "loss": 0, "delay_ms": 0, "cut": False}
RRL_PER_S = 2


class World(Internet):
    def __init__(self, folder, rows):
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self.rows, self.ways = rows, {}
        for number, row in enumerate(rows):
            row.name_zones(f"r{number:03}")
        addresses = [address for _, address in KINDS.values()] + list(SPECIAL.values()) + [HALF_TOP]
        self.files, self.hosted = {}, {process: {} for process in PROCESSES}
        for row in rows:
            for served in row.zones():
                self.host(row, served)
        self.add_addresses(addresses + [way["address"] for way in self.ways.values()])

    def start_all(self):
        self.start_ways()
        for process in PROCESSES:
            self.start(process)
        self.start_tops()
        self.start_resolver()

    # ---- what is where ----

    def address_of(self, endpoint):
        address = SPECIAL[endpoint.kind] if endpoint.kind in SPECIAL else KINDS[endpoint.kind][1]
        if not endpoint.path:
            return address
        key = (endpoint.path, endpoint.kind)
        if key not in self.ways:
            self.ways[key] = STRAIGHT | WAYS[endpoint.path] | {"address": f"203.0.113.{100 + len(self.ways)}",
                                                                "target": address}
        return self.ways[key]["address"]

    def resolvers_address_of(self, endpoint):
        """The resolver is outside of the network that blocks."""
        return KINDS[endpoint.kind][1] if endpoint.path == "blocked" else self.address_of(endpoint)

    def host(self, row, served):
        for endpoint in served.all_endpoints():
            self.address_of(endpoint)
            if endpoint.kind in SPECIAL or endpoint.copy == "none":
                continue
            process = KINDS[endpoint.kind][0]
            before = self.hosted[process].setdefault(served.zone, (row, served, endpoint.copy))
            assert before[2] == endpoint.copy, f"{row.name}: {process} has one copy of a zone"

    def add_addresses(self, addresses):
        batch = "".join(f"address add {address}/{128 if ':' in address else 32} dev lo"
                        f"{' nodad' if ':' in address else ''}\n" for address in addresses)
        subprocess.run(self.inside("ip", "-batch", "-"), input=batch, text=True, check=True)

    def folder_of(self, process):
        folder = self.folder / process
        folder.mkdir(exist_ok=True)
        return folder

    def write_zone(self, process, zone):
        """The file that PROCESS reads; None for a zone that it fetches, from nobody or from Knot."""
        row, served, copy = self.hosted[process][zone]
        if copy in ("expired", "from-knot"):
            return None
        file = self.folder_of(process) / f"{zone}.zone"
        file.write_text(zone_text(row, served, copy, self.address_of))
        if served.signed == "expired":
            self.sign_in_the_past(file, zone)
        return file

    def sign_in_the_past(self, file, zone):
        keys = [subprocess.run([program("dnssec-keygen"), "-q", "-a", "ECDSAP256SHA256", *flag, zone], cwd=file.parent, text=True,
                               check=True, capture_output=True).stdout.strip() for flag in (["-f", "KSK"], [])]
        with file.open("a") as zone_file:
            zone_file.writelines((file.parent / f"{key}.key").read_text() for key in keys)
        subprocess.run([program("dnssec-signzone"), "-P", "-o", zone, "-s", "20200101000000", "-e", "20200201000000", "-f",
                        str(file), str(file)], cwd=file.parent, check=True, capture_output=True)

    # ---- processes ----

    def begin(self, name, conf, *argv, wait_at, zones):
        """ZONES: what the program has to have before it is ready."""
        folder = self.folder_of(name)
        (folder / ("pdns.conf" if argv[0] == "pdns_server" else "conf")).write_text(conf)
        self.servers.append(Inhabitant(folder, "server", self.inside(program(argv[0]), *argv[1:])))
        wait_for(name, lambda: self.servers[-1].alive() and self.has_all(wait_at, zones), 30)

    def has_all(self, address, zones):
        questions = [word for zone in zones for word in (zone, "SOA")]
        done = subprocess.run(self.inside(program("dig"), f"@{address}", "+short", "+time=1", "+tries=1", *questions),
                              capture_output=True, text=True, check=False)
        return done.stdout.count("hostmaster") == len(zones)

    def start(self, process):
        program_name = next(name for name in ("knot", "nsd", "bind", "pdns") if process.startswith(name))
        zones = {zone: self.write_zone(process, zone) for zone in self.hosted[process]}
        addresses = list(PROCESSES[process].values())
        conf, argv = getattr(self, f"{program_name}_conf")(self.folder_of(process), addresses, process, zones)
        self.begin(process, conf, *argv, wait_at=addresses[0], zones=[zone for zone, file in zones.items() if file])

    def knot_conf(self, folder, addresses, process, zones):
        blocks = []
        for zone, file in zones.items():
            served = self.hosted[process][zone][1] if process in self.hosted else None
            source = f"file: {file}" if file else "master: nobody"
            signing = "\n    dnssec-signing: on" if served and served.signed == "yes" and file else ""
            limit = "\n    module: mod-rrl/limit" if process == "knotrrl" else ""
            blocks.append(f"  - domain: {zone}\n    {source}{signing}{limit}")
        limit = f"mod-rrl:\n  - id: limit\n    rate-limit: {RRL_PER_S}\n    slip: 2\n"
        return "\n".join([f"server:\n    rundir: {folder}\n    udp-workers: 1\n    tcp-workers: 1\n    background-workers: 1",
                          *(f"    listen: {address}@53" for address in addresses),
                          f"database:\n    storage: {folder}\n    journal-db-max-size: 64M\n    kasp-db-max-size: 64M",
                          f"remote:\n  - id: nobody\n    address: {DEAD}",
                          "acl:\n  - id: all\n    action: transfer\n    address: [0.0.0.0/0]",
                          limit if process == "knotrrl" else "",
                          f"template:\n  - id: default\n    storage: {folder}\n    acl: all\n    zonefile-sync: -1",
                          "zone:", *blocks]) + "\n", ("knotd", "-c", str(folder / "conf"))

    def nsd_conf(self, folder, addresses, process, zones):
        blocks = []
        for zone, file in zones.items():
            master = DEAD if self.hosted[process][zone][2] == "expired" else KINDS["knot"][1]
            source = f"zonefile: {file}" if file else f"request-xfr: AXFR {master} NOKEY"
            blocks.append(f"zone:\n    name: {zone}\n    {source}")
        return "\n".join(["server:", *(f"    ip-address: {address}@53" for address in addresses), f"""\
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    database: ""
    pidfile: ""
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    server-count: 1
    rrl-ratelimit: {RRL_PER_S if process == "nsdrrl" else 0}
remote-control:
    control-enable: no""", *blocks]) + "\n", ("nsd", "-d", "-c", str(folder / "conf"))

    def bind_conf(self, folder, addresses, process, zones):
        blocks = []
        for zone, file in zones.items():
            _, served, copy = self.hosted[process][zone]
            master = DEAD if copy == "expired" else KINDS["knot"][1]
            what = f'type primary; file "{file}";' if file else f"type secondary; primaries {{ {master}; }};"
            signing = " dnssec-policy default; inline-signing yes;" if file and served.signed == "yes" else ""
            blocks.append(f'zone "{zone}" {{ {what}{signing} }};')
        v4, v6 = (" ".join(f"{address};" for address in addresses if (":" in address) == is_v6) for is_v6 in (False, True))
        limit = f"rate-limit {{ responses-per-second {RRL_PER_S}; slip 2; window 5; }};" if process == "bindrrl" else ""
        return "\n".join([f"""\
options {{
    directory "{folder}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;
    check-names primary ignore;
    listen-on {{ {v4} }}; listen-on-v6 {{ {v6 or "none;"} }}; {limit}
}};
controls {{ }};""", *blocks]) + "\n", ("named", "-g", "-n", "1", "-c", str(folder / "conf"))

    def pdns_conf(self, folder, addresses, process, zones):
        conf = f"""\
launch=gsqlite3
gsqlite3-database={folder}/db
gsqlite3-pragma-synchronous=0
local-address={",".join(addresses)}
local-port=53
socket-dir={folder}
dname-processing=yes
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
loglevel=4
"""
        with open("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql", encoding="ascii") as schema:
            subprocess.run([program("sqlite3"), str(folder / "db")], stdin=schema, check=True)
        (folder / "pdns.conf").write_text(conf)
        for words in (*(("load-zone", zone, str(file)) for zone, file in zones.items()), ("rectify-all-zones",)):
            subprocess.run([program("pdnsutil"), f"--config-dir={folder}", *words], check=True, capture_output=True)
        return conf, ("pdns_server", f"--config-dir={folder}", "--daemon=no", "--guardian=no")

    def start_ways(self):
        paths = [*self.ways.values(), *(STRAIGHT | {"address": address, "target": DEAD, "udp": False, "tcp": False}
                                        for address in (SILENT, HALF_TOP))]
        (self.folder / "ways.json").write_text(json.dumps(paths))
        self.servers.append(Inhabitant(self.folder, "ways", self.inside(
            sys.executable, str(Path(__file__).with_name("matrix_path.py")), str(self.folder / "ways.json"))))
        wait_for("the ways", lambda: self.servers[-1].alive() and "ready" in (self.folder / "ways.log").read_text())

    # ---- above the zones, and beside ----

    def keys_of(self, address, zone):
        """The keys that sign ZONE's keys, as served, once they are."""
        def ask():
            done = subprocess.run(self.inside(program("dig"), f"@{address}", zone, "DNSKEY", "+short", "+tries=1"), text=True,
                                  capture_output=True, check=False)
            return [line for line in done.stdout.splitlines() if line.startswith("257 ")]
        return [dns.rdata.from_text("IN", "DNSKEY", line) for line in wait_for(f"the keys of {zone}", ask, 30)]

    def ds_of(self, served):
        if served.ds == "none" or not served.signed:
            return []
        if served.is_broken():
            return [FOREIGN_DS]
        signer = next(endpoint for endpoint in served.all_endpoints() if not endpoint.copy)
        return [dns.dnssec.make_ds(dns.name.from_text(served.zone), key, "SHA256").to_text()
                for key in self.keys_of(KINDS[signer.kind][1], served.zone)]

    def start_tops(self):
        tops = {"example": [TOP], "half": [TOP, HALF_TOP], "quiet": [SILENT]}
        zones = {".": [TOP_SOA, "@ NS ns.root", f"ns.root A {TOP}"]}
        for top, addresses in tops.items():
            names = [f"{top}. NS ns{i}.{top}." for i in range(len(addresses))]
            names += [f"ns{i}.{top}. A {address}" for i, address in enumerate(addresses)]
            zones["."] += names
            zones[top] = [TOP_SOA, *names]
        zones["example"] += ["lame NS ns.lame", f"ns.lame A {KINDS['knot'][1]}"]
        zones["example"] += ["broken NS ns.broken", f"ns.broken A {PLATFORM}", f"broken DS {FOREIGN_DS}"]
        zones["example"] += ["mailer NS ns.mailer", f"ns.mailer A {PLATFORM}", "silent NS ns.silent", f"ns.silent A {SILENT}"]
        for row in self.rows:
            if row.tld in zones and row.servers:
                zones[row.tld] += delegation(row, self.address_of, self.ds_of(row))
        folder = self.folder_of("top")
        files = {}
        for zone, lines in zones.items():
            files[zone] = folder / f"{zone}.zone"
            files[zone].write_text("\n".join([f"$ORIGIN {zone.rstrip('.')}.", "$TTL 60", *lines]) + "\n")
        conf, argv = self.knot_conf(folder, [TOP], "top", files)
        self.begin("top", conf.replace(f"file: {files['example']}", f"file: {files['example']}\n    dnssec-signing: on"),
                   *argv, wait_at=TOP, zones=zones)
        lines = [*PLATFORM_LINES, *(row.fill(line) for row in self.rows for line in row.platform)]
        own = [TOP_SOA, "@ NS ns", f"ns A {PLATFORM}"]
        self.serve(PLATFORM, {PLATFORM_NAME: [*own, *lines], BROKEN_PLATFORM: [*own, *PLATFORM_LINES]})

    def start_resolver(self):
        anchors = "".join(f'  trust-anchor: "example. DNSKEY {key.to_text()}"\n' for key in self.keys_of(TOP, "example"))
        stubs = "".join(f'stub-zone:\n  name: "{row.zone}"\n' + "".join(
            f"  stub-addr: {self.resolvers_address_of(endpoint)}\n" for endpoint in row.all_endpoints())
            for row in self.rows if row.stub)
        anchors += "".join(f'  domain-insecure: "{row.zone}"\n' for row in self.rows if row.stub)
        folder = self.folder_of("unbound")
        self.begin("unbound", f"""\
server:
  interface: {RESOLVER}
  interface: {RECURSOR}
  directory: "{folder}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  do-ip6: yes
  num-threads: 1
  module-config: "validator iterator"
  ede: yes
  access-control: 0.0.0.0/0 allow_snoop
  local-zone: "example." nodefault
{anchors}remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: {TOP}
{stubs}""", "unbound", "-d", "-p", "-c", str(folder / "conf"), wait_at=RESOLVER, zones=[PLATFORM_NAME])
