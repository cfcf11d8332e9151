"""Rows of the scenario matrix: what stands at the hosts. The servers take turns."""

import itertools

from matrix_row import RETURN_PATH, SELECTOR, Row, Served

PAIRS = itertools.cycle([("knot", "nsd"), ("bind", "pdns"), ("nsd", "bind"), ("pdns", "knot")])
BOTH = (RETURN_PATH, SELECTOR)
U1, U2, KEY = "CNAME u1.mailer.example.", "CNAME u2.mailer.example.", "CNAME a.dkim.mailer.example."
HOUR_S = 3600


def row(name, status, codes=None, **how):
    return Row(name=name, status=status, codes=codes or {}, servers=how.pop("servers", None) or next(PAIRS), **how)


def both(code):
    return {host: code for host in BOTH}


def gone(*hosts, **others):
    """The records at HOSTS are not there; something else is."""
    return {host: [] for host in hosts} | others


KIND_NAMES = ("knot", "nsd", "bind", "pdns")

# ---- absent, misplaced, mistyped ----
PLACES = [row(f"both live at {kind}", "connected", servers=(kind, f"{kind}2")) for kind in KIND_NAMES]
PLACES += [row(f"both missing at {kind}", "pending", both("missing"), at=gone(*BOTH), servers=(kind, f"{kind}2"))
           for kind in KIND_NAMES]
PLACES += [
    row("return path missing", "pending", {RETURN_PATH: "missing"}, at=gone(RETURN_PATH)),
    row("selector missing", "pending", {SELECTOR: "missing"}, at=gone(SELECTOR)),
    row("an empty zone", "pending", both("missing"), at=gone(*BOTH) | {"www": ["A 192.0.2.80"]}),
    row("a name below the host alone", "pending", {RETURN_PATH: "missing"}, at=gone(RETURN_PATH) | {"x.sk": ["TXT x"]}),
    row("the host has its zone twice", "error", {RETURN_PATH: "doubled-suffix"}, at=gone(RETURN_PATH) | {"sk.{z}": [U1]}),
    row("the selector has its zone twice", "error", {SELECTOR: "doubled-suffix"},
        at=gone(SELECTOR) | {"s1._domainkey.{z}": [KEY]}),
    row("both have their zone twice", "error", both("doubled-suffix"),
        at=gone(*BOTH) | {"sk.{z}": [U1], "s1._domainkey.{z}": [KEY]}),
    row("zone twice at one, the other missing", "error", {RETURN_PATH: "missing", SELECTOR: "doubled-suffix"},
        at=gone(*BOTH) | {"s1._domainkey.{z}": [KEY]}),
    row("zone twice beside the right one", "connected", at={"sk.{z}": [U1]}),
    row("the selector without _domainkey", "pending", {SELECTOR: "missing"}, at=gone(SELECTOR) | {"s1": [KEY]}),
]

# ---- other targets ----
TARGETS = [
    row("another target", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: [U2]}),
    row("another target at both", "error", both("wrong-target"), at={RETURN_PATH: [U2], SELECTOR: [U2]}),
    row("the targets are swapped", "error", both("wrong-target"), at={RETURN_PATH: [KEY], SELECTOR: [U1]}),
    row("two letters swapped", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: ["CNAME u1.mailer.exmaple."]}),
    row("l for 1", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: ["CNAME ul.mailer.example."]}),
    row("the target's end is lost", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: ["CNAME u1.mailer."]}),
    row("a label too many", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: ["CNAME www.u1.mailer.example."]}),
    row("to the host itself", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: ["CNAME sk.{z}."]}),
    row("through another name to the target", "error", {RETURN_PATH: "wrong-target"},
        at={RETURN_PATH: ["CNAME other.{z}."], "other": [U1]}),
    row("the zone after the target", "error", {RETURN_PATH: "target-suffix-appended"},
        at={RETURN_PATH: ["CNAME u1.mailer.example.{z}."]}),
    row("the zone after both targets", "error", both("target-suffix-appended"),
        at={RETURN_PATH: ["CNAME u1.mailer.example"], SELECTOR: ["CNAME a.dkim.mailer.example"]}),
    row("wrong at one, missing at the other", "error", {RETURN_PATH: "missing", SELECTOR: "wrong-target"},
        at={RETURN_PATH: [], SELECTOR: [U2]}),
    row("the target in capitals", "connected", at={RETURN_PATH: ["CNAME U1.Mailer.EXAMPLE."]}),
    row("the host in capitals", "connected", at=gone(RETURN_PATH) | {"SK": [U1]}),
    row("asked for in capitals", "connected", records={"SK": "U1.MAILER.example", "S1._DomainKey": "a.dkim.Mailer.example"}),
    row("a target within the zone", "connected", records={"s1._domainkey": "key.{z}"},
        at={"key": ["TXT \"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\""]}),
    row("a target within the zone, its zone taken off", "error", {"s1._domainkey": "wrong-target"},
        records={"s1._domainkey": "key.x.{z}"}, at={"s1._domainkey": ["CNAME key.x."]}),
]

# ---- other types ----
TYPES = [
    row("an old key at the selector", "error", {SELECTOR: "conflicting-records"}, at={SELECTOR: ['TXT "v=DKIM1; p="']}),
    row("text at the host", "error", {RETURN_PATH: "conflicting-records"}, at={RETURN_PATH: ['TXT "x"']}),
    row("MX at the host", "error", {RETURN_PATH: "conflicting-records"}, at={RETURN_PATH: ["MX 10 mx.mailer.example."]}),
    row("MX and addresses at the host", "error", {RETURN_PATH: "conflicting-records"},
        at={RETURN_PATH: ["MX 10 mx.mailer.example.", "A 192.0.2.10"]}),
    row("the target's addresses at the host", "error", {RETURN_PATH: "proxied-or-flattened"},
        at={RETURN_PATH: ["A 192.0.2.10", "AAAA 2001:db8:1::10"]}),
    row("other addresses at the host", "error", {RETURN_PATH: "proxied-or-flattened"},
        at={RETURN_PATH: ["A 192.0.2.200", "A 192.0.2.201"]}),
    row("an IPv6 address alone at the host", "error", {RETURN_PATH: "proxied-or-flattened"},
        at={RETURN_PATH: ["AAAA 2001:db8:1::77"]}),
    row("an address at the selector", "error", {SELECTOR: "proxied-or-flattened"}, at={SELECTOR: ["A 192.0.2.200"]}),
    row("types at one, wrong at the other", "error", {RETURN_PATH: "proxied-or-flattened", SELECTOR: "wrong-target"},
        at={RETURN_PATH: ["A 192.0.2.200"], SELECTOR: [U2]}),
]

# ---- wildcards and DNAME ----
WILD = [
    row("a wildcard with another target", "error", {RETURN_PATH: "wildcard-only"}, at=gone(RETURN_PATH) | {"*": [U2]}),
    row("a wildcard with another target below _domainkey", "error", {SELECTOR: "wildcard-only"},
        at=gone(SELECTOR) | {"*._domainkey": [U2]}),
    row("a wildcard with the one's target and not the other's", "error", {RETURN_PATH: "wildcard-only", "sk2": "wildcard-only"},
        records={RETURN_PATH: "u1.mailer.example", "sk2": "u2.mailer.example"}, at=gone(RETURN_PATH, "sk2") | {"*": [U1]},
        warnings=("wildcard-only",)),
    row("a wildcard with the wanted target, another host wrong", "error", {SELECTOR: "wrong-target"},
        at=gone(RETURN_PATH) | {"*": [U1], SELECTOR: [U2]}),
    row("a wildcard with the wanted target", "connected", at=gone(RETURN_PATH) | {"*": [U1]}),
    row("a wildcard of addresses", "pending", {RETURN_PATH: "missing"}, at=gone(RETURN_PATH) | {"*": ["A 192.0.2.80"]}),
    row("a wildcard of text", "pending", {RETURN_PATH: "missing"}, at=gone(RETURN_PATH) | {"*": ['TXT "v=spf1 -all"']}),
    row("a wildcard of MX", "pending", {RETURN_PATH: "missing"}, at=gone(RETURN_PATH) | {"*": ["MX 10 mx.mailer.example."]}),
    row("a wildcard beside the right records", "connected", at={"*": [U2]}),
    row("a wildcard that the host's neighbour stops", "pending", {SELECTOR: "missing"},
        at=gone(SELECTOR) | {"*": [U2], "s2._domainkey": [KEY]}),
    row("a DNAME above the selector, elsewhere", "error", {SELECTOR: "wrong-target"},
        at=gone(SELECTOR) | {"_domainkey": ["DNAME elsewhere.mailer.example."]}),
    row("a DNAME above the selector, to the target", "connected", records={"a._domainkey": "a.dkim.mailer.example"},
        at={"a._domainkey": [], "_domainkey": ["DNAME dkim.mailer.example."]}),
    row("a DNAME beside", "connected", at={"x": ["DNAME elsewhere.mailer.example."]}),
]

# ---- zones ----
BELOW = {"sender": "mail"}
ZONES = [
    row("the sender below its zone", "connected", **BELOW),
    row("the sender three labels below its zone", "connected", sender="a.b.c"),
    row("the sender below its zone, missing", "pending", both("missing"), at=gone("sk.mail", "s1._domainkey.mail"), **BELOW),
    row("the sender's own label left out", "pending", {RETURN_PATH: "missing"}, at={"sk.mail": [], "sk": [U1]}, **BELOW),
    row("the sender below its zone, zone twice", "error", {RETURN_PATH: "doubled-suffix"},
        at={"sk.mail": [], "sk.mail.{z}": [U1]}, **BELOW),
    row("the sender's zone is delegated", "connected", children={"mail": Served(servers=("bind", "pdns"))}, **BELOW),
    row("the sender's zone is delegated and empty", "pending", both("missing"),
        children={"mail": Served(servers=("bind", "pdns"), at=gone("sk.mail", "s1._domainkey.mail"))}, **BELOW),
    row("the sender's zone is delegated to a lame server", "error", both("not-delegated"),
        children={"mail": Served(servers=("bind=none",))}, **BELOW),
    row("the sender's zone is delegated to a silent server", "pending", both("server-unreachable"),
        children={"mail": Served(servers=("silent",))}, **BELOW),
    row("_domainkey is delegated", "connected", children={"_domainkey": Served(servers=("pdns", "nsd"))}),
    row("_domainkey is delegated to the same server", "connected", servers=("knot",),
        children={"_domainkey": Served(servers=("knot",))}),
    row("_domainkey is delegated and empty", "pending", {SELECTOR: "missing"},
        children={"_domainkey": Served(servers=("knot", "bind"), at=gone(SELECTOR))}),
    row("_domainkey is delegated and wrong", "error", {SELECTOR: "wrong-target"},
        children={"_domainkey": Served(servers=("knot", "bind"), at={SELECTOR: [U2]})}),
    row("_domainkey is delegated to lame servers", "error", {SELECTOR: "not-delegated"},
        children={"_domainkey": Served(servers=("nsd=none", "knot=none"))}),
    row("_domainkey is delegated to a silent server", "pending", {SELECTOR: "server-unreachable"},
        children={"_domainkey": Served(servers=("silent",))}),
    row("_domainkey is delegated to one silent and one live", "connected", {SELECTOR: "server-unreachable"},
        children={"_domainkey": Served(servers=("silent", "bind"))}, warnings=("server-unreachable",)),
    row("_domainkey is delegated to one lame and one live", "connected", {SELECTOR: "lame-server"},
        children={"_domainkey": Served(servers=("nsd=none", "bind"))}, warnings=("lame-server",)),
    row("the selector itself is a zone", "error", {SELECTOR: "conflicting-records"},
        children={SELECTOR: Served(servers=("bind",), at={SELECTOR: ['TXT "v=DKIM1; p="']})}),
    row("the selector itself is a zone without a server", "error", {SELECTOR: "conflicting-records"},
        children={SELECTOR: Served(servers=("silent",))}),
    row("the selector itself is a zone at servers that have both", "error", {SELECTOR: "conflicting-records"},
        servers=("knot", "nsd"), children={SELECTOR: Served(servers=("knot", "nsd"), at={SELECTOR: []})}),
]

# ---- since when, and what was there before ----
LATE_S = 49 * HOUR_S
WINDOW = [
    row("missing for an hour", "pending", both("missing"), at=gone(*BOTH), age_s=HOUR_S),
    row("missing for 47 hours", "pending", both("missing"), at=gone(*BOTH), age_s=47 * HOUR_S),
    row("missing for 49 hours", "error", both("missing"), at=gone(*BOTH), age_s=LATE_S),
    row("one missing for 49 hours", "error", {SELECTOR: "missing"}, at=gone(SELECTOR), age_s=LATE_S),
    row("live after 49 hours", "connected", age_s=LATE_S),
    row("partial for 49 hours", "error", both("partial-propagation"), servers=("knot", "knotb=old"),
        variants={"old": gone(*BOTH)}, age_s=LATE_S),
    row("no key for 49 hours", "error", {"s2._domainkey": "target-missing"},
        records={"s2._domainkey": "nobody.mailer.example"}, age_s=LATE_S),
    row("no key for 49 hours, records are enough", "connected", {"s2._domainkey": "target-missing"},
        records={"s2._domainkey": "nobody.mailer.example"}, age_s=LATE_S, words=("--until", "records"),
        warnings=("target-missing",)),
    row("all silent for 49 hours", "error", both("server-unreachable"), servers=("silent",), age_s=LATE_S),
    row("the platform is silent for 49 hours", "pending", {RETURN_PATH: "server-unreachable"},
        records={RETURN_PATH: "x.silent.example"}, age_s=LATE_S),
    row("one silent, live after 49 hours", "connected", both("server-unreachable"), servers=("silent", "nsd"), age_s=LATE_S,
        warnings=("server-unreachable",)),
    row("a wildcard just after publishing", "pending", {RETURN_PATH: "wildcard-only"}, at=gone(RETURN_PATH) | {"*": [U2]},
        age_s=600),
    row("a wildcard hours after publishing", "error", {RETURN_PATH: "wildcard-only"}, at=gone(RETURN_PATH) | {"*": [U2]},
        age_s=3 * HOUR_S),
    row("what was replaced is served still", "pending", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: [U2]}, age_s=600,
        superseded=(RETURN_PATH, "CNAME", "u2.mailer.example")),
    row("something else than what was replaced", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: [U2]}, age_s=600,
        superseded=(RETURN_PATH, "CNAME", "u3.mailer.example")),
    row("what was replaced hours ago", "error", {RETURN_PATH: "wrong-target"}, at={RETURN_PATH: [U2]}, age_s=3 * HOUR_S,
        superseded=(RETURN_PATH, "CNAME", "u2.mailer.example")),
    row("an old key that was replaced is served still", "pending", {SELECTOR: "conflicting-records"},
        at={SELECTOR: ['TXT "v=DKIM1; p=OLD"']}, age_s=600, superseded=(SELECTOR, "TXT", "v=DKIM1; p=OLD")),
]

RECORDS = [*PLACES, *TARGETS, *TYPES, *WILD, *ZONES, *WINDOW]
