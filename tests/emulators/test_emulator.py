"""The ground that the emulators stand on: counting, faults, the proxy, the feed into real DNS."""

import http.client
import json
import socket
import ssl
import subprocess
import sys

import dns.message
import dns.query
import pytest

from emulator import Answer, Emulator
from lab import PRIMARY, wait_for
from proxy import Proxy
from zones import Zones


class Counter(Emulator):
    """Adds one for every POST, so that tests see what was applied."""

    def __init__(self):
        super().__init__()
        self.value = 0

    def handle(self, request):
        self.value += request.method == "POST"
        return Answer(200, {"value": self.value, "segments": request.segments, "padding": "x" * 2000})


@pytest.fixture
def counter():
    with Counter() as emulator:
        yield emulator


def fetch(emulator, method="GET", path="/a%2Fb/c?x=1&x=2&y=", body=None):
    """(status, body) over a connection of its own; raises what http.client raises."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=5)
    connection.request(method, path, body, {"User-Agent": "tester"})
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def test_calls_are_kept_as_they_came(counter):
    status, body = fetch(counter, "POST", body=b"{}")
    assert status == 200 and json.loads(body)["segments"] == ["a/b", "c"]
    (call,) = counter.calls
    assert call == ("POST", "/a/b/c", [("x", "1"), ("x", "2"), ("y", "")], b"{}", 200, "tester")
    assert (counter.count("POST"), counter.count("GET"), counter.count(path="^/a")) == (1, 0, 1)


def test_a_connection_serves_many_calls(counter):
    connection = http.client.HTTPConnection("127.0.0.1", counter.port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/")
        assert connection.getresponse().read()
    connection.close()
    assert len(counter.calls) == 3


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504", "html"])
def test_a_refused_call_is_not_applied(counter, kind):
    counter.fault(kind)
    status, _ = fetch(counter, "POST")
    assert status == (200 if kind == "html" else int(kind)) and counter.value == 0
    assert fetch(counter, "POST")[0] == 200 and counter.value == 1


@pytest.mark.parametrize("kind, error", [("lost", http.client.RemoteDisconnected),
                                         ("reset", (ConnectionResetError, http.client.IncompleteRead)),
                                         ("truncated", http.client.IncompleteRead)])
def test_a_broken_answer_leaves_the_call_applied(counter, kind, error):
    counter.fault(kind)
    with pytest.raises(error):
        fetch(counter, "POST")
    assert counter.value == 1


def test_a_malformed_answer_has_the_right_length(counter):
    counter.fault("malformed")
    status, body = fetch(counter)
    assert status == 200 and body
    with pytest.raises(ValueError):
        json.loads(body)


def test_a_huge_answer_is_huge(counter):
    counter.fault("huge", megabytes=3)
    _, body = fetch(counter)
    assert len(body) > 3 << 20 and json.loads(body)


def test_faults_wait_for_their_call(counter):
    counter.fault("500", method="POST", path="^/b", after=1)
    seen = [fetch(counter, "GET", "/b")[0], fetch(counter, "POST", "/a")[0], fetch(counter, "POST", "/b")[0],
            fetch(counter, "POST", "/b")[0], fetch(counter, "POST", "/b")[0]]
    assert seen == [200, 200, 200, 500, 200]
    counter.fault("500", times=None, applied=True)
    value = counter.value
    assert [fetch(counter, "POST")[0] for _ in range(2)] == [500, 500] and counter.value == value + 2


def test_a_transaction_is_whole_or_not_at_all():
    changes = []
    zones = Zones(on_change=lambda zone, names: changes.append((zone.name, names)))
    zone = zones.add_zone("z.example")
    with pytest.raises(RuntimeError), zone.transaction():
        zone.add("a.z.example", "A", "192.0.2.1")
        raise RuntimeError
    assert not zone.records and not changes
    with zone.transaction():
        record = zone.add("a.z.example", "A", "192.0.2.1", 60)
        zone.add("b.z.example", "A", "192.0.2.2", 60)
    assert changes == [("z.example", {"a.z.example": {"A": [("192.0.2.1", 60)]},
                                      "b.z.example": {"A": [("192.0.2.2", 60)]}})]
    zone.remove(record)
    assert changes[-1] == ("z.example", {"a.z.example": {}})


def test_what_is_held_is_served(lab, feed):
    name = lab.zone()
    zones = Zones(on_change=feed)
    zone, elsewhere = zones.add_zone(name), zones.add_zone("not-in-the-lab.example")
    elsewhere.add("a.not-in-the-lab.example", "A", "192.0.2.1")
    text = zone.add(f"k.{name}", "TXT", 'say "hi"', 60)

    def ask(type):
        answer = dns.query.udp(dns.message.make_query(f"k.{name}", type), PRIMARY, port=lab.port, timeout=2)
        return [rdata.to_text() for rrset in answer.answer for rdata in rrset]
    assert ask("TXT") == ['"say \\"hi\\""']
    with zone.transaction():
        zone.remove(text)
        zone.add(f"k.{name}", "CNAME", "t.example", 1)
    assert wait_for("the CNAME", lambda: ask("CNAME")) == ["t.example."]
    lab.wait_for_secondary(name)


def test_the_proxy_leads_to_the_emulator_and_nowhere_else(counter, tmp_path):
    with Proxy(tmp_path / "ca", {"api.provider.example": counter}) as proxy:
        code = ("import sys, urllib.request as u\n"
                "print(u.urlopen('https://api.provider.example/x').status)\n"
                "try: u.urlopen('https://elsewhere.example/')\n"
                "except OSError as error: print(error)\n")
        done = subprocess.run([sys.executable, "-c", code], env=proxy.environment(), capture_output=True,
                              text=True, timeout=20)
        assert done.stdout.splitlines()[0] == "200" and "403" in done.stdout, done
        assert proxy.tunnels == ["api.provider.example"] and proxy.refused == ["elsewhere.example"]
        assert counter.count("GET", "^/x$") == 1


def test_the_certificate_is_the_test_authoritys(counter, tmp_path):
    with Proxy(tmp_path / "ca", {"api.provider.example": counter}) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"CONNECT api.provider.example:443 HTTP/1.1\r\n\r\n")
            assert b" 200 " in raw.recv(100)
            with pytest.raises(ssl.SSLCertVerificationError):
                ssl.create_default_context().wrap_socket(raw, server_hostname="api.provider.example")
