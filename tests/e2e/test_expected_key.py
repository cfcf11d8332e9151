"""The key that a platform said it would publish, against the one behind the selector."""

import base64
import json
import subprocess

import pytest

from lab import DKIM_KEY, rrset

SELECTOR = "s1._domainkey"
P = DKIM_KEY.split("p=")[1]


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, check=True, capture_output=True).stdout


def bare(p):
    """The same RSA key without the algorithm around it, as RFC 6376 has it."""
    return base64.b64encode(openssl("rsa", "-pubin", "-inform", "DER", "-RSAPublicKey_out", "-outform", "DER",
                                    data=base64.b64decode(p))).decode()


def other():
    private = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    return base64.b64encode(openssl("pkey", "-pubout", "-outform", "DER", data=private)).decode()


def records(tmp_path, zone, key, host=SELECTOR):
    path = tmp_path / "records.json"
    path.write_text(json.dumps({"domain": zone, "records": [
        {"type": "CNAME", "host": host, "points_to": "a.dkim.mailer.example", "dkim_key": key}]}))
    return ["--records", str(path)]


@pytest.fixture
def zone(lab):
    name = lab.zone()
    lab.pdns.set(name, rrset(f"{SELECTOR}.{name}", "CNAME", "a.dkim.mailer.example."))
    lab.wait_for_secondary(name)
    return name


@pytest.mark.parametrize("key", [P, DKIM_KEY, bare(P), f"k=rsa; p={P[:30]} {P[30:]}", None],
                         ids=["p", "record", "bare", "blanks", "null"])
def test_the_expected_key(zone, user, tmp_path, key):
    result = user.json("verify", zone, *records(tmp_path, zone, key))
    assert (result.code, result.domain["status"]) == (0, "connected"), result


def test_another_key(zone, user, tmp_path):
    result = user.json("verify", zone, *records(tmp_path, zone, other()))
    diagnosis = result.domain["records"][0]["diagnosis"]
    assert (result.code, result.domain["records_live"], result.domain["key_live"]) == (4, True, False), result
    assert (diagnosis["code"], diagnosis["severity"]) == ("dkim-key-mismatch", "blocking")
    assert "the platform behind a.dkim.mailer.example" in diagnosis["fix"]


def test_the_ledger_keeps_what_is_expected(lab, user, tmp_path):
    zone, given = lab.zone(), None
    given = records(tmp_path, zone, other())
    published = user.json("publish", zone, *given, "--provider", "powerdns")
    assert published.code == 4 and published.domain["records"][0]["diagnosis"]["code"] == "dkim-key-mismatch", published
    again = user.json("verify", zone)
    assert again.code == 4 and again.domain["records"][0]["diagnosis"]["code"] == "dkim-key-mismatch", again


@pytest.mark.parametrize("host, key, word", [(SELECTOR, "no key", "dkim_key"), ("sk1", P, "no selector"), (SELECTOR, 7, "dkim_key")])
def test_what_is_no_key(user, tmp_path, host, key, word):
    result = user.run("verify", "a.example", *records(tmp_path, "a.example", key, host), "--ledger", "none")
    assert result.code == 2 and not result.out, result
    assert word in result.err or "DKIM key" in result.err
