"""DKIM keys of every kind, judged by signpost, by opendkim-testkey and by python3-dkim, all at one real server.

Where a stranger judges otherwise than RFC 6376 has it, the corpus says so, with the reason; a two-key record set seen by
python3-dkim is the first of its records, and so on. Everywhere else all three have to agree on what can be used."""

import json
import re
import subprocess

import dkim
import dns.message
import dns.query
import dns.rdatatype
import pytest

from lab import PRIMARY, RESOLVER, program, rrset
from signpost import ROOT

CORPUS = json.loads((ROOT / "tests/keys/keys.json").read_text())
CASES = {case["name"]: case for case in CORPUS["cases"]}
EXPECTED = {  # state in the corpus: (code, severity, exit code)
    "valid": (None, None, 0), "valid-weak": ("dkim-key-weak", "advisory", 0),
    "valid-testing": ("dkim-key-testing", "advisory", 0), "valid-weak-testing": ("dkim-key-weak", "advisory", 0),
    "weak": ("dkim-key-weak", "blocking", 4), "revoked": ("dkim-key-revoked", "blocking", 4),
    "malformed": ("dkim-key-malformed", "blocking", 4), "none": ("dkim-key-missing", "blocking", 3),
}


def filled(text):
    """{name} is a key of the corpus, {name:from:to} a part of it."""
    def key(match):
        name, *bounds = match.group(1).split(":")
        return CORPUS["keys"][name][slice(*([int(bound) if bound else None for bound in bounds] or [None]))]
    return re.sub(r"\{(\w+(?::\d*)*)\}", key, text)


def txt(strings):
    """One TXT record in presentation form; what is longer than a string may be becomes several."""
    parts = [text[at:at + 255] for text in map(filled, strings) for at in range(0, max(len(text), 1), 255)]
    return " ".join('"' + re.sub(r'([\\"])', r"\\\1", part).replace("\t", r"\009") + '"' for part in parts)


@pytest.fixture(scope="module")
def platform(lab):
    """The zone in which every case's key is published."""
    zone = lab.zone()
    lab.pdns.set(zone, *(rrset(f"{name}._domainkey.{zone}", "TXT", *map(txt, case["records"]))
                         for name, case in CASES.items()))
    lab.wait_for_secondary(zone)
    return zone


@pytest.fixture(scope="module")
def customer(lab, platform):
    zone = lab.zone()
    lab.pdns.set(zone, *(rrset(f"{name}._domainkey.{zone}", "CNAME", f"{name}._domainkey.{platform}.") for name in CASES))
    lab.wait_for_secondary(zone)
    return zone


@pytest.fixture(scope="module")
def testkey(lab, tmp_path_factory):
    """Calls opendkim-testkey, whose resolver is the lab's."""
    folder = tmp_path_factory.mktemp("opendkim")
    (folder / "unbound.conf").write_text("server:\n  do-not-query-localhost: no\n  module-config: \"iterator\"\n"
                                         f"forward-zone:\n  name: \".\"\n  forward-addr: {RESOLVER}@{lab.port}\n")
    (folder / "opendkim.conf").write_text(f"ResolverConfiguration {folder}/unbound.conf\n")

    def judge(zone, name):
        done = subprocess.run([program("opendkim-testkey"), "-x", str(folder / "opendkim.conf"), "-d", zone, "-s", name, "-vvv"],
                              capture_output=True, text=True, timeout=30, check=False)
        return "key OK" in done.stderr + done.stdout, done.stderr + done.stdout
    return judge


def dkimpy(lab, zone, name):
    """Whether python3-dkim would verify with the key."""
    def first_txt(host, timeout=5):
        answer = dns.query.tcp(dns.message.make_query(host, "TXT"), PRIMARY, port=lab.port, timeout=timeout)
        texts = [b"".join(item.strings) for rrset in answer.answer if rrset.rdtype == dns.rdatatype.TXT for item in rrset]
        return texts[0] if texts else None
    try:
        key, bits, kind, is_for_reports = dkim.load_pk_from_dns(f"{name}._domainkey.{zone}", first_txt)
    except (dkim.DKIMException, ValueError) as error:
        return False, repr(error)
    return key is not None and not is_for_reports and (kind != b"rsa" or bits >= 1024), (kind, bits)


def test_the_corpus_holds_every_kind():
    assert len(CASES) == len(CORPUS["cases"]) >= 60
    assert {case["state"] for case in CASES.values()} == set(EXPECTED)


@pytest.mark.parametrize("name", CASES)
def test_signpost_judges(lab, user, platform, customer, name):
    result = user.json("verify", customer, "--record", f"{name}._domainkey={name}._domainkey.{platform}")
    (record,) = result.domain["records"]
    diagnosis = record["diagnosis"] or {"code": None, "severity": None}
    assert (diagnosis["code"], diagnosis["severity"], result.code) == EXPECTED[CASES[name]["state"]], result
    assert result.domain["key_live"] == CASES[name]["state"].startswith("valid")
    codes = {warning["code"] for warning in result.domain["warnings"]}
    assert ("dkim-key-testing" in codes) == ("testing" in CASES[name]["state"])


@pytest.mark.parametrize("name", CASES)
def test_strangers_agree(lab, platform, testkey, name):
    case = CASES[name]
    usable = case["state"].startswith("valid")
    for stranger, (verdict, said) in (("dkimpy", dkimpy(lab, platform, name)), ("testkey", testkey(platform, name))):
        differs = case.get("strangers", {}).get(stranger)
        assert (verdict != usable) == bool(differs), (stranger, verdict, said, differs)
