"""What a row of the scenario matrix says: who serves a zone, what they have of it, and what signpost has to find."""

import json
from dataclasses import dataclass, field

from internet import RESOLVER
from lab import DKIM_KEY

PLATFORM_NAME = "mailer.example"
BROKEN_PLATFORM = "broken.example"  # the same, and the zone above knows another key of it than it has: none
FOREIGN_DS = f"12345 13 2 {'ab' * 32}"
RETURN_PATH, SELECTOR = "sk", "s1._domainkey"
RIGHT = {RETURN_PATH: f"u1.{PLATFORM_NAME}", SELECTOR: f"a.dkim.{PLATFORM_NAME}"}

# The addresses at which server processes listen. The name says the program, and the process: one process has one copy
# of a zone, at all its addresses.
PROCESSES = {
    "knot": {"knot": "198.51.100.11", "knot2": "198.51.100.12", "knot6": "2001:db8::11"},
    "knotb": {"knotb": "198.51.100.13"},
    "nsd": {"nsd": "198.51.100.21", "nsd2": "198.51.100.22", "nsd6": "2001:db8::21"},
    "bind": {"bind": "198.51.100.31", "bind2": "198.51.100.32", "bind6": "2001:db8::31"},
    "pdns": {"pdns": "198.51.100.41", "pdns2": "198.51.100.42", "pdns6": "2001:db8::41"},
    "knotrrl": {"knotrrl": "198.51.100.61"},
    "nsdrrl": {"nsdrrl": "198.51.100.62"},
    "bindrrl": {"bindrrl": "198.51.100.63"},
}
KINDS = {kind: (process, address) for process, kinds in PROCESSES.items() for kind, address in kinds.items()}
RECURSOR, DEAD, SILENT = "198.51.100.71", "198.51.100.90", "203.0.113.1"
SPECIAL = {"recursor": RECURSOR, "dead": DEAD, "silent": SILENT}


@dataclass(frozen=True)
class Endpoint:
    """One address of a name server, written "[path/]kind[=copy]": through which path it is reached, and which copy of the
    zone it has: one of the variants, "none" (not told of the zone), "expired" (could never fetch it), "from-knot"."""
    path: str
    kind: str
    copy: str

    @staticmethod
    def read(text):
        place, _, copy = text.partition("=")
        path, _, kind = place.rpartition("/")
        return Endpoint(path, kind, copy)


@dataclass(kw_only=True)
class Served:
    """A zone and its servers ns1, ns2, ...: each one Endpoint, or several with "+" between. AT and VARIANTS: what stands
    at a host of the zone in place of the right record, in all copies and in one. DELEGATED, NAMED: which of the servers
    (from 0) the zone above and the zone itself name; all of them if None."""
    servers: tuple = ("knot", "nsd")
    at: dict = field(default_factory=dict)
    variants: dict = field(default_factory=dict)
    delegated: tuple = None
    named: tuple = None
    signed: str = ""  # "yes", "expired"; "no" with a DS: the zone above promises signatures that are not there
    ds: str = "right"  # "wrong": of another key; "none"
    zone: str = ""

    def server_name(self, i):
        """Of the zone; where its own name cannot be a host's, beside the zone."""
        labels = self.zone.split(".")
        while any("_" in label for label in labels):
            labels.pop(0)
        place = ".".join(labels)
        return f"ns{i + 1}.{place}." if place == self.zone else f"ns{i + 1}-below.{place}."

    def endpoints(self, i):
        return [Endpoint.read(part) for part in self.servers[i].split("+")]

    def is_broken(self):
        return self.signed == "no" or self.ds == "wrong"

    def all_endpoints(self):
        return [endpoint for i in range(len(self.servers)) for endpoint in self.endpoints(i)]


@dataclass(kw_only=True)
class Row(Served):
    """NAME says the state, STATUS what has to come of it; CODES: the code at each record that has one; WARNINGS: their
    codes. The sender domain is the zone itself, or lies SENDER below it."""
    name: str
    status: str
    codes: dict = field(default_factory=dict)
    warnings: tuple = ()
    records: dict = field(default_factory=lambda: dict(RIGHT))
    keys: dict = field(default_factory=dict)  # {host: the DKIM key that the platform said it would have}
    sender: str = ""
    children: dict = field(default_factory=dict)
    tld: str = "example"
    stub: bool = False  # the resolver knows the zone's servers whatever the zone above says
    platform: tuple = ()
    words: tuple = ()
    resolvers: tuple = (RESOLVER,)
    age_s: int = None  # since it was published
    superseded: tuple = ()  # (host, type, value)
    queries: int = None  # that it may cost

    def name_zones(self, label):
        self.zone = f"{label}.{self.tld}"
        for below, child in self.children.items():
            child.zone = f"{below}.{self.zone}"

    def zones(self):
        return [self, *self.children.values()]

    @property
    def domain(self):
        return f"{self.sender}.{self.zone}" if self.sender else self.zone

    def fill(self, text):
        return text.replace("{z}", self.zone).replace("{r}", self.zone.split(".")[0])

    def silences(self):
        """How long it may take: the servers that are asked in vain."""
        return sum(endpoint.kind == "silent" for served in self.zones() for endpoint in served.all_endpoints())

    def given(self, home):
        """The words that name the records; with keys, they are in a file at HOME."""
        pairs = [(f"{host}.{self.domain}", self.fill(target)) for host, target in self.records.items()]
        if not self.keys:
            return [word for host, target in pairs for word in ("--record", f"{host}={target}")]
        records = [{"type": "CNAME", "host": host, "points_to": target} for host, target in pairs]
        for record, key in ((record, self.keys.get(host)) for record, host in zip(records, self.records)):
            record |= {"dkim_key": key} if key else {}
        file = home / "records.json"
        file.write_text(json.dumps({"domain": self.domain, "records": records}))
        return ["--records", str(file)]

    def home_of(self, name):
        """The zone of this row that holds NAME."""
        return max((served for served in self.zones() if name == served.zone or name.endswith("." + served.zone)),
                   key=lambda served: len(served.zone))


def zone_text(row, served, copy, address_of):
    """The COPY of SERVED's zone as a file; ADDRESS_OF(endpoint) gives an address."""
    serial = 9 if copy.startswith("old") else 10
    lines = [f"$ORIGIN {served.zone}.", "$TTL 60", f"@ SOA ns1 hostmaster {serial} 3600 600 86400 5"]
    named = range(len(served.servers)) if served.named is None else served.named
    lines += [f"@ NS {served.server_name(i)}" for i in named]
    if served.server_name(0).endswith(f".{served.zone}."):
        lines += glue(served, range(len(served.servers)), address_of)
    for below in (child for child in row.children.values() if served is row):
        lines += delegation(below, address_of, [FOREIGN_DS] * below.is_broken())
    hosts = {f"{host}.{row.domain}": [f"CNAME {target}."] for host, target in row.records.items()}
    for given in (row.at, served.at, served.variants.get(copy, {})):
        hosts |= {row.zone if host == "@" else host.rstrip(".") if host.endswith(".") else f"{host}.{row.zone}": values
                  for host, values in given.items()}
    lines += [row.fill(f"{host}. {value}") for host, values in hosts.items() if row.home_of(host) is served
              for value in values]
    return "\n".join(lines) + "\n"


def glue(served, numbers, address_of):
    lines = []
    for i in numbers:
        for endpoint in served.endpoints(i):
            address = address_of(endpoint)
            lines.append(f"{served.server_name(i)} {'AAAA' if ':' in address else 'A'} {address}")
    return lines


def delegation(served, address_of, ds=()):
    """The lines of the zone above."""
    numbers = range(len(served.servers)) if served.delegated is None else served.delegated
    return [f"{served.zone}. NS {served.server_name(i)}" for i in numbers] + glue(served, numbers, address_of) + [
        f"{served.zone}. DS {entry}" for entry in ds]


def txt(text):
    """TEXT as the strings of one TXT record."""
    return "TXT " + " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text) or 1, 200))


RETURN_PATH_RECORDS = ("MX 10 mx", 'TXT "v=spf1 a -all"', "A 192.0.2.10", "AAAA 2001:db8:1::10")
PLATFORM_LINES = [f"u1 {record}" for record in RETURN_PATH_RECORDS] + [
    f"u2 {record}" for record in RETURN_PATH_RECORDS] + [
    "mx A 192.0.2.99", f"a.dkim {txt(DKIM_KEY)}", f"b.dkim {txt(DKIM_KEY)}"]
