"""Rows of the scenario matrix: states of the servers, ways to them, delegations, DNSSEC."""

from internet import RESOLVER
from matrix_records import BOTH, KIND_NAMES, LATE_S, U2, both, gone, row
from matrix_row import BROKEN_PLATFORM, KINDS, PLATFORM_NAME, RETURN_PATH, RIGHT, SELECTOR, SPECIAL, Served

SILENT, LAME, FAR = "server-unreachable", "lame-server", "not-delegated"


def live(name, *servers, warnings=(), **how):
    """Connected, whatever else is said of a server."""
    return row(name, "connected", both(warnings[0]) if warnings else {}, servers=servers, warnings=warnings, **how)


def unwell(name, code, *servers, **how):
    """All records have the same, and none is live."""
    return row(name, "error" if code == FAR else "pending", both(code), servers=servers, **how)


NUMBERS = [live(f"{kind} alone", kind) for kind in KIND_NAMES]
NUMBERS += [
    live("four kinds of servers", *KIND_NAMES),
    live("four servers, two processes", "knot", "knot2", "nsd", "nsd2"),
    live("eight servers", "knot", "knot2", "nsd", "nsd2", "bind", "bind2", "pdns", "pdns2"),
    unwell("missing at four kinds of servers", "missing", *KIND_NAMES, at=gone(*BOTH)),
    row("wrong at four kinds of servers", "error", both("wrong-target"), servers=KIND_NAMES,
        at={host: [U2] for host in BOTH}),
    live("NSD fetches from Knot", "knot", "nsd=from-knot"),
    live("BIND fetches from Knot", "knot", "bind=from-knot"),
    unwell("NSD and BIND fetch from Knot, missing", "missing", "knot", "nsd=from-knot", "bind=from-knot", at=gone(*BOTH)),
]

DOWN = [live(f"one of two silent, the other {kind}", kind, "silent", warnings=(SILENT,)) for kind in KIND_NAMES]
DOWN += [
    live("one of two down, the other BIND", "dead", "bind", warnings=(SILENT,)),
    live("one of four silent", "knot", "silent", "nsd", "bind", warnings=(SILENT,)),
    live("three of four silent or down", "dead", "silent", "pdns", "dead", warnings=(SILENT,)),
    unwell("the only one silent", SILENT, "silent"),
    unwell("the only one down", SILENT, "dead"),
    unwell("one silent, one down", SILENT, "silent", "dead"),
    unwell("one silent, the other misses both", "missing", "silent", "nsd", at=gone(*BOTH), warnings=(SILENT,)),
    row("one silent, the other is wrong", "error", {RETURN_PATH: "wrong-target", SELECTOR: SILENT}, servers=("silent", "bind"),
        at={RETURN_PATH: [U2]}, warnings=(SILENT,)),
    row("one silent, two disagree", "pending", both("partial-propagation"), servers=("silent", "knot", "bind=old"),
        variants={"old": gone(*BOTH)}, warnings=(SILENT,)),
    live("one address of a server silent", "knot+silent", "nsd", warnings=(SILENT,)),
    live("one address of the only server down", "bind+dead", warnings=(SILENT,)),
]

LAME_ROWS = [live(f"{kind} does not know the zone, another does", f"{kind}=none", other, warnings=(LAME,))
             for kind, other in zip(KIND_NAMES, ("nsd", "bind", "pdns", "knot"))]
LAME_ROWS += [unwell(f"{kind} alone, and does not know the zone", FAR, f"{kind}=none") for kind in KIND_NAMES]
LAME_ROWS += [
    unwell("two that do not know the zone", FAR, "nsd=none", "bind=none"),
    unwell("two that do not know the zone, published long ago", FAR, "nsd=none", "bind=none", age_s=LATE_S),
    unwell("one lame, one silent", SILENT, "knot=none", "silent"),
    live("one lame, one silent, one live", "knot=none", "silent", "nsd", warnings=(LAME, SILENT)),
    live("a resolver in place of a server", "recursor", "nsd", warnings=(LAME,)),
    unwell("a resolver in place of the only server", FAR, "recursor"),
    unwell("one lame, the other misses both", "missing", "nsd=none", "pdns", at=gone(*BOTH), warnings=(LAME,)),
]

EXPIRED = [live(f"{kind} has no copy, another has", f"{kind}=expired", other, warnings=(SILENT,))
           for kind, other in (("knot", "bind"), ("nsd", "knot"), ("bind", "pdns"))]
EXPIRED += [unwell(f"{kind} alone, without a copy", SILENT, f"{kind}=expired") for kind in ("knot", "nsd", "bind")]
EXPIRED += [
    unwell("one without a copy, the other misses both", "missing", "nsd=expired", "bind", at=gone(*BOTH), warnings=(SILENT,)),
    unwell("one without a copy, one lame", SILENT, "bind=expired", "knot=none"),
    row("one without a copy, missing for long", "error", both("missing"), servers=("knot=expired", "pdns"), at=gone(*BOTH),
        warnings=(SILENT,), age_s=LATE_S),
    row("none has a copy for long", "error", both(SILENT), servers=("knot=expired", "nsd=expired"), age_s=LATE_S),
]
EXPIRED += [unwell("two without a copy", SILENT, "nsd=expired", "bind=expired")]

OLD = {"old": gone(*BOTH)}
PARTIAL = [row(f"an old copy at {kind}", "pending", both("partial-propagation"), servers=(other, f"{kind}=old"), variants=OLD)
           for kind, other in zip(KIND_NAMES, ("nsd", "bind", "pdns", "knot"))]
PARTIAL += [
    row("one record in the old copy", "pending", {SELECTOR: "partial-propagation"}, servers=("knot", "knotb=old"),
        variants={"old": gone(SELECTOR)}),
    row("one serial, two contents", "pending", both("partial-propagation"), servers=("knot", "nsd=other"),
        variants={"other": gone(*BOTH)}),
    row("another target in the old copy", "pending", {RETURN_PATH: "partial-propagation"}, servers=("bind", "pdns=old"),
        variants={"old": {RETURN_PATH: [U2]}}),
    row("an old key in the old copy", "pending", {SELECTOR: "partial-propagation"}, servers=("pdns", "bind=old"),
        variants={"old": {SELECTOR: ['TXT "v=DKIM1; p="']}}),
    row("three of four have it", "pending", both("partial-propagation"), servers=("knot", "nsd", "bind", "pdns=old"),
        variants=OLD),
    row("one of four has it", "pending", both("partial-propagation"),
        servers=("knot=old", "nsd=old", "bind=old", "pdns"), variants=OLD),
    row("each of two has one", "pending", both("partial-propagation"), servers=("knot", "nsd=old"),
        at=gone(RETURN_PATH), variants={"old": {RETURN_PATH: ["CNAME u1.mailer.example."], SELECTOR: []}}),
    row("an old copy behind a slow way", "pending", both("partial-propagation"), servers=("knot", "late300/nsd=old"),
        variants=OLD),
    row("an old copy behind a way that loses", "pending", both("partial-propagation"), servers=("knot", "loss30/nsd=old"),
        variants=OLD),
]

WAYS = [live(f"no UDP to {kind}", f"noudp/{kind}") for kind in KIND_NAMES]
WAYS += [live(f"no TCP to {kind}", f"notcp/{kind}") for kind in ("knot", "bind")]
WAYS += [live(f"TCP refused before {kind}", f"nostream/{kind}", kind) for kind in ("nsd", "pdns")]
WAYS += [live(f"only answers by TCP are whole, {kind}", f"cut/{kind}") for kind in KIND_NAMES]
WAYS += [live(f"10 % loss before {kind}", f"loss10/{kind}", f"loss10/{kind}2") for kind in KIND_NAMES]
WAYS += [live(f"30 % loss before {kind}", f"loss30/{kind}", f"loss30/{kind}2") for kind in KIND_NAMES]
WAYS += [live(f"300 ms before {kind}", f"late300/{kind}", f"late300/{kind}2") for kind in KIND_NAMES]
WAYS += [live(f"300 ms and {loss} % loss before {kind}", f"late300loss{loss}/{kind}", kind)
         for loss, kind in ((10, "knot"), (10, "bind"), (30, "nsd"), (30, "pdns"))]
WAYS += [unwell(f"missing behind {name}", "missing", f"{way}/{kind}", kind, at=gone(*BOTH))
         for name, way, kind in (("30 % loss", "loss30", "knot"), ("300 ms", "late300", "nsd"), ("no UDP", "noudp", "bind"),
                                 ("300 ms and 30 % loss", "late300loss30", "pdns"))]
WAYS += [
    unwell("the only server is slower than anybody waits", SILENT, "late3000/knot"),
    live("one is slower than anybody waits", "late3000/knot", "nsd", warnings=(SILENT,)),
    row("wrong behind 30 % loss", "error", {RETURN_PATH: "wrong-target"}, servers=("loss30/bind", "loss30/knot"),
        at={RETURN_PATH: [U2]}),
    row("zone twice behind 30 % loss", "error", {RETURN_PATH: "doubled-suffix"}, servers=("loss30/pdns", "loss30/knot"),
        at=gone(RETURN_PATH) | {"sk.{z}": ["CNAME u1.mailer.example."]}),
    row("a wildcard behind 30 % loss", "error", {RETURN_PATH: "wildcard-only"}, servers=("loss30/nsd", "loss30/bind"),
        at=gone(RETURN_PATH) | {"*": [U2]}),
    row("addresses behind 300 ms and 30 % loss", "error", {RETURN_PATH: "proxied-or-flattened"},
        servers=("late300loss30/bind",), at={RETURN_PATH: ["A 192.0.2.200"]}),
    row("text behind no UDP", "error", {SELECTOR: "conflicting-records"}, servers=("noudp/pdns",), at={SELECTOR: ['TXT "x"']}),
    row("_domainkey delegated behind 300 ms", "connected", servers=("late300/knot", "late300/nsd"),
        children={"_domainkey": Served(servers=("late300/bind",))}),
    live("no UDP and 300 ms before Knot", "noudplate300/knot", "nsd"),
    # The resolver does not find the addresses of the servers below, as it does not turn to TCP by itself.
    row("_domainkey delegated behind no UDP", "pending", {SELECTOR: SILENT}, servers=("noudp/knot",),
        children={"_domainkey": Served(servers=("noudp/bind",))}),
    row("_domainkey delegated behind 30 % loss", "connected", servers=("loss30/knot", "loss30/nsd"),
        children={"_domainkey": Served(servers=("loss30/bind", "loss30/pdns"))}),
    row("four servers behind four ways", "connected", servers=("late300/knot", "loss30/nsd", "noudp/bind", "cut/pdns")),
    unwell("lame behind 30 % loss", FAR, "loss30/nsd=none", "loss30/bind=none"),
]

LIMITED = [live(f"a rate limit at {kind}", kind) for kind in ("knotrrl", "nsdrrl", "bindrrl")]
LIMITED += [unwell(f"missing under a rate limit at {kind}", "missing", kind, at=gone(*BOTH))
            for kind in ("knotrrl", "nsdrrl", "bindrrl")]
LIMITED += [
    live("rate limits at three", "knotrrl", "nsdrrl", "bindrrl"),
    row("eight records under a rate limit", "connected", servers=("knotrrl",),
        records={f"s{i}._domainkey": "a.dkim.mailer.example" for i in range(8)}),
    row("eight missing under a rate limit", "pending", {f"s{i}._domainkey": "missing" for i in range(8)},
        servers=("nsdrrl", "bindrrl"), records={f"s{i}._domainkey": "a.dkim.mailer.example" for i in range(8)},
        at={f"s{i}._domainkey": [] for i in range(8)}),
    row("an old copy under a rate limit", "pending", both("partial-propagation"), servers=("knot", "bindrrl=old"), variants=OLD),
    live("a rate limit behind 30 % loss", "loss30/knotrrl", "nsd"),
]

FAMILIES = [live(f"{kind} at IPv6 alone", f"{kind}6") for kind in KIND_NAMES]
FAMILIES += [
    live("both families at one server", "knot+knot6", "nsd+nsd6"),
    live("IPv6 right, IPv4 silent", "bind6+silent", warnings=(SILENT,)),
    row("IPv6 and IPv4 disagree", "pending", both("partial-propagation"), servers=("knot6+nsd=old",), variants=OLD),
]

MISMATCH = "delegation-mismatch"
DELEGATIONS = [
    row("the zone above names one of two", "connected", servers=("knot", "nsd"), delegated=(0,), warnings=(MISMATCH,)),
    row("the zone names one of two", "connected", servers=("bind", "pdns"), named=(0,), warnings=(MISMATCH,)),
    row("the zone above names an old server that misses both", "pending", both("partial-propagation"),
        servers=("knot", "nsd=old"), named=(0,), variants=OLD, warnings=(MISMATCH,)),
    row("only the zone names a server that misses both", "pending", both("partial-propagation"), servers=("knot", "nsd=old"),
        delegated=(0,), variants=OLD, warnings=(MISMATCH,)),
    live("the zone above names a lame server as well", "pdns", "knot=none", named=(0,), warnings=(LAME, MISMATCH)),
    live("the zone names a silent server as well", "nsd", "silent", delegated=(0,), warnings=(SILENT, MISMATCH)),
    row("no such domain", "error", both("domain-not-found"), servers=("knot",), delegated=()),
    row("no such domain, published long ago", "error", both("domain-not-found"), servers=("knot",), delegated=(), age_s=LATE_S),
    row("no such domain nor top-level domain", "error", both("domain-not-found"), servers=("knot",), delegated=(), tld="nowhere"),
    row("only the resolver knows the zone", "connected", servers=("knot", "bind"), delegated=(), stub=True,
        warnings=("delegation-from-resolver",)),
    row("only the resolver knows the zone, missing", "pending", both("missing"), servers=("nsd", "pdns"), delegated=(),
        stub=True, at=gone(*BOTH), warnings=("delegation-from-resolver",)),
    row("the zone above is silent", "connected", servers=("knot", "nsd"), tld="quiet", stub=True,
        warnings=("delegation-from-resolver",)),
    row("the zone above is silent, missing", "pending", both("missing"), servers=("bind", "pdns"), tld="quiet", stub=True,
        at=gone(*BOTH), warnings=("delegation-from-resolver",)),
    row("one server of the zone above is silent", "connected", servers=("knot", "nsd"), tld="half"),
    row("one server of the zone above is silent, wrong", "error", {RETURN_PATH: "wrong-target"}, servers=("bind", "nsd"),
        tld="half", at={RETURN_PATH: [U2]}),
]

BLOCKED = "port-53-blocked"


def blocked(name, status, codes, **how):
    """Nobody can be asked from here but the resolver, which sees all."""
    return row(f"port 53 blocked, {name}", status, codes, servers=("blocked/knot", "blocked/nsd"), tld="quiet", stub=True,
               warnings=(BLOCKED,), **how)


PORT_53 = [
    blocked("live", "connected", {}),
    blocked("missing", "pending", both(SILENT), at=gone(*BOTH)),
    blocked("missing for long", "pending", both(SILENT), at=gone(*BOTH), age_s=LATE_S),
    blocked("wrong", "pending", {RETURN_PATH: SILENT}, at={RETURN_PATH: [U2]}),
    blocked("a wildcard", "pending", {RETURN_PATH: SILENT}, at=gone(RETURN_PATH) | {"*": [U2]}),
    blocked("no key", "pending", {"s2._domainkey": "target-missing"}, records={"s2._domainkey": "nobody.mailer.example"}),
    blocked("a revoked key", "error", {SELECTOR: "dkim-key-revoked"}, records={SELECTOR: "revoked.{r}.mailer.example"},
            platform=('revoked.{r} TXT "v=DKIM1; p="',)),
]

RESOLVERS = [
    live("the first resolver is silent", "knot", "nsd", resolvers=(SPECIAL["silent"], RESOLVER)),
    live("the first resolver is down", "nsd", "bind", resolvers=(SPECIAL["dead"], RESOLVER)),
    live("the first resolver refuses", "bind", "pdns", resolvers=(KINDS["knot"][1], RESOLVER)),
    unwell("the first resolver is silent, missing", "missing", "knot", "nsd", at=gone(*BOTH),
           resolvers=(SPECIAL["silent"], RESOLVER)),
    unwell("the only resolver is silent", SILENT, "knot", "nsd", resolvers=(SPECIAL["silent"],)),
    unwell("the only resolver is down", SILENT, "knot", "nsd", resolvers=(SPECIAL["dead"],)),
    unwell("the only resolver is silent for long", SILENT, "knot", "nsd", resolvers=(SPECIAL["silent"],), age_s=LATE_S),
    unwell("the only resolver refuses", SILENT, "knot", "nsd", resolvers=(KINDS["knot"][1],)),
]

WAIT = ("--wait", "--timeout", "90s")
SIGNED = [live(f"signed by {kind}", kind, f"{kind}2", signed="yes") for kind in ("knot", "bind")]
SIGNED += [
    live("signed by Knot, fetched by NSD and BIND", "knot", "nsd=from-knot", "bind=from-knot", signed="yes"),
    live("signed, the zone above does not know", "knot", signed="yes", ds="none"),
    row("signed, three records, the zones above asked", "connected", servers=("knot", "bind=from-knot"), signed="yes", queries=28,
        records=RIGHT | {"s2._domainkey": f"b.dkim.{PLATFORM_NAME}"}),
    unwell("signed, missing", "missing", "knot", signed="yes", at=gone(*BOTH)),
    row("signed, wrong", "error", {RETURN_PATH: "wrong-target"}, servers=("bind",), signed="yes", at={RETURN_PATH: [U2]}),
    row("signed, a wildcard with another target", "error", {RETURN_PATH: "wildcard-only"}, servers=("knot",), signed="yes",
        at=gone(RETURN_PATH) | {"*": [U2]}),
    live("signed, only answers by TCP are whole", "cut/knot", signed="yes"),
    # The resolver needs its time for all the keys.
    live("signed, 30 % loss", "loss30/bind", "loss30/bind2", signed="yes", words=WAIT),
    live("signed, a server silent", "knot", "silent", warnings=(SILENT,), signed="yes"),
    live("signed, a server lame", "bind", "nsd=none", warnings=(LAME,), signed="yes"),
    row("signed, _domainkey delegated unsigned", "connected", servers=("knot",), signed="yes",
        children={"_domainkey": Served(servers=("nsd",))}),
]

BOGUS = "dnssec-bogus"
BROKEN = [
    row("the DS record of another key, Knot", "error", both(BOGUS), servers=("knot",), signed="yes", ds="wrong"),
    row("the DS record of another key, BIND", "error", both(BOGUS), servers=("bind",), signed="yes", ds="wrong"),
    row("a DS record and no signatures", "error", both(BOGUS), servers=("nsd", "pdns"), signed="no"),
    row("signatures expired, NSD", "error", both(BOGUS), servers=("nsd",), signed="expired"),
    row("signatures expired, BIND", "error", both(BOGUS), servers=("bind",), signed="expired"),
    row("signatures expired, 30 % loss", "error", both(BOGUS), servers=("loss30/nsd", "loss30/nsd2"), signed="expired",
        words=WAIT),
    row("signatures expired, missing", "error", both(BOGUS), servers=("nsd",), signed="expired", at=gone(*BOTH)),
    row("a DS record and no signatures, missing", "error", both(BOGUS), servers=("knot", "bind"), signed="no", at=gone(*BOTH)),
    row("signatures expired, published long ago", "error", both(BOGUS), servers=("nsd",), signed="expired", age_s=LATE_S),
    row("signatures expired, records are enough", "error", both(BOGUS), servers=("nsd",), signed="expired",
        words=("--until", "records")),
    # The resolver asks the silent one for long before it says anything.
    row("signatures expired, a server silent", "pending", both(SILENT), servers=("nsd", "silent"), signed="expired",
        warnings=(SILENT,)),
    row("a DS record and no signatures, all silent", "pending", both(SILENT), servers=("silent",), signed="no"),
    row("signed, _domainkey with a DS record and no signatures", "error", {SELECTOR: BOGUS}, servers=("knot",), signed="yes",
        children={"_domainkey": Served(servers=("nsd",), signed="no")}),
    row("the platform's zone with a DS record and no signatures", "error", {SELECTOR: BOGUS},
        records={RETURN_PATH: "u1.mailer.example", SELECTOR: f"a.dkim.{BROKEN_PLATFORM}"}),
    row("the platform's zone broken for one selector of two", "connected", {"s2._domainkey": BOGUS}, warnings=(BOGUS,),
        records={SELECTOR: "a.dkim.mailer.example", "s2._domainkey": f"a.dkim.{BROKEN_PLATFORM}"}),
    row("the platform's zone broken, records are enough", "connected", {SELECTOR: BOGUS}, warnings=(BOGUS,),
        records={SELECTOR: f"a.dkim.{BROKEN_PLATFORM}"}, words=("--until", "records")),
]

SERVERS = [*NUMBERS, *DOWN, *LAME_ROWS, *EXPIRED, *PARTIAL, *WAYS, *LIMITED, *FAMILIES, *DELEGATIONS, *PORT_53, *RESOLVERS, *SIGNED, *BROKEN]
