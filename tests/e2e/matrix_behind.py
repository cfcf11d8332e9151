"""Rows of the scenario matrix: what stands behind the records, at the platform."""

from matrix_records import KEY, LATE_S, row
from matrix_row import PLATFORM_NAME, RETURN_PATH, RETURN_PATH_RECORDS, RIGHT, SELECTOR
from matrix_row import txt as key_text
from lab import DKIM_KEY
from test_keys import CASES, filled, txt

GOOD_KEY = key_text(DKIM_KEY)
OTHER = "s2._domainkey"
OTHER_KEY = "".join(map(filled, CASES["rsa-4096"]["records"][0]))


def behind(name, status, code, lines, *, host=SELECTOR, others=None, **how):
    """HOST points to a name of the row's own at the platform, which has LINES there ({t}: that name)."""
    target = f"t.{{r}}.{PLATFORM_NAME}"
    codes = ({host: code} if code else {}) | how.pop("codes", {})
    return row(name, status, codes, records={host: target} | (others or {}),
               platform=tuple(line.replace("{t}", f"{target}.") for line in lines), **how)


def chain(n, end):
    """N names, each but the last a CNAME to the next; END: what stands at the last."""
    names = ["{t}", *(f"h{i}.{{t}}" for i in range(2, n + 1))]
    return [f"{one} CNAME {other}" for one, other in zip(names, names[1:])] + [f"{names[-1]} {end}"] * bool(end)


CHAINS = [behind(f"a chain of {n} names", "connected", None, chain(n, GOOD_KEY)) for n in (1, 2, 3, 4, 6, 8)]
CHAINS += [behind(f"a chain that ends at hop {n}", "pending", "target-missing", chain(n, None)) for n in (2, 4, 8)]
CHAINS += [
    behind("a chain of 9 names", "error", "cname-loop", chain(9, GOOD_KEY)),
    behind("a chain of 12 names", "error", "cname-loop", chain(12, GOOD_KEY)),
    behind("a chain that ends at once", "pending", "target-missing", []),
    behind("a target that points to itself", "error", "cname-loop", ["{t} CNAME {t}"]),
    behind("two targets that point to each other", "error", "cname-loop", ["{t} CNAME x.{t}", "x.{t} CNAME {t}"]),
    behind("a target that points back to the host", "error", "cname-loop", [f"{{t}} CNAME {SELECTOR}.{{z}}."]),
    behind("a loop, where records are enough", "error", "cname-loop", ["{t} CNAME {t}"], words=("--until", "records")),
    behind("a chain whose end has no key", "pending", "dkim-key-missing", chain(3, "A 192.0.2.1")),
    behind("a chain into silence", "pending", "server-unreachable", ["{t} CNAME x.silent.example."]),
    behind("a target that is a name with names below it", "pending", "dkim-key-missing", ["x.{t} TXT x"]),
]

KEY_CODES = {  # state in the corpus: (status, code)
    "valid": ("connected", None), "valid-weak": ("connected", "dkim-key-weak"),
    "valid-testing": ("connected", "dkim-key-testing"), "weak": ("error", "dkim-key-weak"),
    "revoked": ("error", "dkim-key-revoked"), "malformed": ("error", "dkim-key-malformed"),
    "none": ("pending", "dkim-key-missing"),
}


def with_key(name):
    case = CASES[name]
    status, code = KEY_CODES[case["state"]]
    lines = [f"{{t}} TXT {txt(strings)}" for strings in case["records"]]
    return behind(f"key {name}", status, code, lines, warnings=(code,) if status == "connected" and code else ())


KEYS = [with_key(name) for name in (
    "rsa-4096", "p-alone", "split-in-many", "blanks-within-the-key", "ed25519", "rsa-1024", "testing", "rsa-768", "revoked",
    "version-2", "no-p", "base64-cut", "no-base64", "ed25519-short", "sha1-only", "not-for-email", "two-keys",
    "a-key-and-a-revoked-one", "spf", "type-dsa")]
KEYS += [
    behind("one selector with a key, one without", "connected", "selector-idle", [], host=OTHER, others=RIGHT,
           warnings=("selector-idle",)),
    behind("one selector with a key, one with a name and no key", "connected", "selector-idle", ["{t} A 192.0.2.1"],
           host=OTHER, others=RIGHT, warnings=("selector-idle",)),
    behind("one selector with a key, one taken back", "connected", "dkim-key-revoked", ['{t} TXT "v=DKIM1; p="'], host=OTHER,
           others=RIGHT, warnings=("dkim-key-revoked",)),
    behind("one selector with a key, one malformed", "connected", "dkim-key-malformed", ['{t} TXT "v=DKIM1; p=%"'],
           host=OTHER, others=RIGHT, warnings=("dkim-key-malformed",)),
    behind("no selector with a key", "pending", "target-missing", [], host=OTHER,
           others={"s3._domainkey": f"none.{PLATFORM_NAME}"}, codes={"s3._domainkey": "target-missing"}),
    behind("one selector with a key, one missing at the servers", "pending", "missing", [], host=OTHER, others=RIGHT,
           at={OTHER: []}),
    behind("no key, records are enough", "connected", "target-missing", [], words=("--until", "records"),
           warnings=("target-missing",)),
    behind("a revoked key, records are enough", "connected", "dkim-key-revoked", ['{t} TXT "v=DKIM1; p="'],
           words=("--until", "records"), warnings=("dkim-key-revoked",)),
    behind("another key than the platform said", "error", "dkim-key-mismatch", chain(1, GOOD_KEY), keys={SELECTOR: OTHER_KEY}),
    behind("the key that the platform said", "connected", None, chain(1, GOOD_KEY), keys={SELECTOR: DKIM_KEY}),
    behind("another key than was said, at the end of a chain", "error", "dkim-key-mismatch", chain(3, GOOD_KEY),
           keys={SELECTOR: OTHER_KEY}),
    behind("another key than was said, just published", "error", "dkim-key-mismatch", chain(1, GOOD_KEY),
           keys={SELECTOR: OTHER_KEY}, age_s=0),
    behind("no key yet where one was said", "pending", "dkim-key-missing", ["{t} A 192.0.2.1"], keys={SELECTOR: OTHER_KEY}),
    behind("a revoked key where another was said", "error", "dkim-key-revoked", ['{t} TXT "v=DKIM1; p="'],
           keys={SELECTOR: OTHER_KEY}),
    behind("one selector with the key that was said, one with another", "connected", "dkim-key-mismatch", chain(1, GOOD_KEY),
           host=OTHER, others=RIGHT, keys={OTHER: OTHER_KEY, SELECTOR: DKIM_KEY}, warnings=("dkim-key-mismatch",)),
    behind("two selectors, both with another key than was said", "error", "dkim-key-mismatch", chain(1, GOOD_KEY), host=OTHER,
           others=RIGHT, keys={OTHER: OTHER_KEY, SELECTOR: OTHER_KEY}, codes={SELECTOR: "dkim-key-mismatch"}),
    behind("another key than was said, records are enough", "connected", "dkim-key-mismatch", chain(1, GOOD_KEY),
           keys={SELECTOR: OTHER_KEY}, words=("--until", "records"), warnings=("dkim-key-mismatch",)),
    row("missing, records are enough", "pending", {SELECTOR: "missing"}, at={SELECTOR: []}, words=("--until", "records")),
    row("wrong, records are enough", "error", {SELECTOR: "wrong-target"}, at={SELECTOR: ["CNAME x."]},
        words=("--until", "records")),
]

NO_MX, NO_SPF = "return-path-mx-missing", "return-path-spf-missing"


def bounce(name, status, code, lines, *warnings, **how):
    return behind(name, status, code, [f"{{t}} {line}" for line in lines], host=RETURN_PATH,
                  others={SELECTOR: RIGHT[SELECTOR]}, warnings=warnings, **how)


BOUNCES = [
    bounce("return path complete", "connected", None, [line.replace(" mx", " mx.mailer.example.") for line in RETURN_PATH_RECORDS]),
    bounce("return path without MX", "connected", NO_MX, ['TXT "v=spf1 -all"'], NO_MX),
    bounce("return path without SPF", "connected", NO_SPF, ["MX 10 mx.mailer.example."], NO_SPF),
    bounce("return path with addresses alone", "connected", NO_MX, ["A 192.0.2.1"], NO_MX, NO_SPF),
    bounce("return path that takes no mail", "connected", NO_MX, ["MX 0 .", 'TXT "v=spf1 -all"'], NO_MX),
    bounce("return path that does not exist", "pending", "target-missing", []),
    bounce("return path that does not exist, records are enough", "connected", "target-missing", [], "target-missing",
           words=("--until", "records")),
    bounce("return path that points to itself", "error", "cname-loop", ["CNAME {t}"]),
    row("return path at a silent platform", "pending", {RETURN_PATH: "server-unreachable"},
        records={RETURN_PATH: "x.silent.example"}),
    row("return path at a lame platform", "pending", {RETURN_PATH: "server-unreachable"},
        records={RETURN_PATH: "x.lame.example"}),
    row("key at a lame platform, published long ago", "pending", {SELECTOR: "server-unreachable"},
        records={SELECTOR: "x.lame.example"}, age_s=LATE_S),
    row("return path at a platform that does not exist", "pending", {RETURN_PATH: "target-missing"},
        records={RETURN_PATH: "u1.nowhere.example"}),
    row("key gone and the other record wrong", "error", {RETURN_PATH: "wrong-target"},
        records={RETURN_PATH: RIGHT[RETURN_PATH], SELECTOR: f"none.{PLATFORM_NAME}"}, at={RETURN_PATH: [KEY]}),
]

BEHIND = [*CHAINS, *KEYS, *BOUNCES]
