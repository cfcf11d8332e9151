"""DNS over HTTPS (RFC 8484) with a real resolver, in a network of its own."""

import subprocess

import pytest

from internet import PLATFORM, PLATFORM_ZONE, RESOLVER, SERVERS, SOA, TARGET, TOP, Internet
from signpost import Result, Signpost

ZONE, HOST = "customer.example", "s1._domainkey"
URL = f"https://{RESOLVER}/dns-query"


@pytest.fixture
def internet(tmp_path):
    internet = Internet(tmp_path)
    try:
        internet.serve(TOP, {"example": [SOA, "@ NS ns", f"ns A {TOP}", "mailer NS ns.mailer", f"ns.mailer A {PLATFORM}",
                                         "customer NS ns1.customer", f"ns1.customer A {SERVERS['ns1']}"]})
        internet.serve(PLATFORM, {"mailer.example": PLATFORM_ZONE})
        internet.serve(SERVERS["ns1"], {ZONE: [SOA, "@ NS ns1", f"ns1 A {SERVERS['ns1']}", f"{HOST} CNAME {TARGET}."]})
        internet.resolve({"example": TOP}, is_https=True)
        yield internet
    finally:
        internet.stop()


def verify(internet, tmp_path, *resolvers):
    user = Signpost(tmp_path / "home")
    user.flags = [word for resolver in resolvers for word in ("--resolver", resolver)]
    argv = internet.inside(*user.argv("verify", ZONE, "--record", f"{HOST}={TARGET}", "--output", "json"))
    done = subprocess.run(argv, env=user.env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                          check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def asked(internet):
    log = (internet.folder / "unbound/unbound.log").read_text()
    return [line for line in log.splitlines() if " IN" in line and "mailer.example. SOA" not in line]


def test_the_resolver_is_asked_by_https(internet, tmp_path):
    internet.trust()
    result = verify(internet, tmp_path, URL)
    assert result.code == 0 and result.domain["status"] == "connected", result
    assert result.domain["key_live"] and result.domain["warnings"] == []
    questions = asked(internet)
    # What is about to be created, or was just, is no business of a cache's.
    assert any("TXT" in line for line in questions) and not any(HOST in line and ZONE in line for line in questions)
    # Every one of them came by HTTPS: to the port of plain DNS nothing was sent but the tests' own.
    assert internet.run("ss", "-Htan", "state", "time-wait", "sport", "=", ":53").count(RESOLVER) == 0


def test_a_resolver_without_trust_is_not_believed(internet, tmp_path):
    result = verify(internet, tmp_path, URL)
    assert result.code == 3 and result.domain["status"] == "pending", result
    assert URL in result.domain["records"][0]["diagnosis"]["message"]


def test_the_next_resolver_is_asked(internet, tmp_path):
    internet.trust()
    result = verify(internet, tmp_path, "https://192.0.2.11/dns-query", RESOLVER)
    assert result.code == 0, result
    result = verify(internet, tmp_path, "192.0.2.99", URL)
    assert result.code == 0, result


@pytest.mark.parametrize("url", ["http://192.0.2.53/dns-query", "https://", "https://user@192.0.2.53/", "https://192.0.2.53/?dns="])
def test_other_urls_are_refused(stranger, url):
    result = stranger.raw("verify", ZONE, "--record", f"{HOST}={TARGET}", "--resolver", url)
    assert result.code == 2 and "--resolver" in result.err, result
