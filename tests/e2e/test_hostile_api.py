"""A provider's API that lies, rambles, breaks off or shows escape sequences. The server is ours, because no real one does
this on purpose; what a right answer looks like is held by the tests against the real PowerDNS."""

import http.server
import json
import socket
import threading

import pytest

from signpost import Signpost

pytestmark = pytest.mark.slow

ZONE = "hostile.example"  # no DNS server of the lab knows it
ESCAPES = "\x1b]0;owned\x07\x1b[2J\r\n::error::owned\u202e<script>%s%n"


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.requests.append(("GET", self.path, dict(self.headers)))
        self.server.behaviour(self)

    def do_PATCH(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(("PATCH", self.path, dict(self.headers)))
        self.server.behaviour(self)

    def log_message(self, *_):
        pass


@pytest.fixture
def api():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.requests, server.behaviour = [], None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def zones(handler):
    handler.answer(200, json.dumps([{"id": f"{ZONE}.", "name": f"{ZONE}.", "kind": "Native"}]).encode())


def normal(handler):
    if handler.command == "PATCH":
        handler.answer(204, b"")
    elif "/zones/" in handler.path:
        handler.answer(200, json.dumps({"name": f"{ZONE}.", "rrsets": []}).encode())
    else:
        zones(handler)


def at(step, evil):
    """Normal, but for one step: 'find', 'list' or 'apply'."""
    def behave(handler):
        here = "apply" if handler.command == "PATCH" else "list" if "/zones/" in handler.path else "find"
        evil(handler) if here == step else normal(handler)
    return behave


def publish(user: Signpost, api, *words):
    return user.json("publish", ZONE, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--endpoint",
                     f"http://127.0.0.1:{api.server_port}", "--no-wait", *words)


def say(status, text, *headers):
    return lambda handler: handler.answer(status, text.encode(), headers)


def reset(handler):
    handler.close_connection = True
    handler.connection.shutdown(2)


def cut(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'[{"id": ')
    reset(handler)


def huge(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 40))
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b" " * (1 << 20))
    except OSError:
        pass


BAD_ANSWERS = {
    "escapes in an error": (say(422, json.dumps({"error": ESCAPES})), 7),
    "escapes in plain text": (say(500, ESCAPES), 7),
    "forbidden": (say(403, "Forbidden"), 6),
    "a redirect to a stranger": (say(302, "", ("Location", "http://127.0.0.9:9/steal")), 7),
    "a reset": (reset, 7),
    "cut in the middle": (cut, 7),
    "larger than any answer may be": (huge, 7),
}
# An answer to PATCH has no content that could be wrong.
BAD_CONTENT = {
    "HTML instead of JSON": (say(200, "<html><h1>Welcome</h1></html>"), 7),
    "numbers for strings": (say(200, '[{"id": 1, "name": 2, "kind": 3}]'), 7),
    "another zone than asked for": (say(200, '[{"id": "x.", "name": "other.example."}]'), 7),
}


@pytest.mark.parametrize("step, name", [(step, name) for step in ("find", "list", "apply") for name in BAD_ANSWERS]
                         + [(step, name) for step in ("find", "list") for name in BAD_CONTENT])
def test_a_bad_answer(user, api, step, name):
    evil, code = (BAD_ANSWERS | BAD_CONTENT)[name]
    api.behaviour = at(step, evil)
    result = publish(user, api)
    assert result.code == code, result
    error = result.domain["error"]
    assert error["kind"] == ("credentials" if code == 6 else "provider"), error
    assert error["message"]
    assert not [c for c in result.err if ord(c) < 32 and c != "\n"], result.err
    text = user.run("publish", ZONE, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--endpoint",
                    f"http://127.0.0.1:{api.server_port}", "--no-wait")
    assert not [c for c in text.out + text.err if (ord(c) < 32 and c != "\n") or c == "\u202e"]
    assert all("steal" not in path for _, path, _ in api.requests)
    # What changes something is sent once, whatever became of it.
    assert [m for m, _, _ in api.requests].count("PATCH") <= 2


def error_of(user, endpoint, **env):
    result = user.json("publish", ZONE, "--record", "sk1=u1.mailer.example", "--provider", "powerdns", "--endpoint",
                       endpoint, "--no-wait", env=env)
    return result.code, result.domain["error"]


def test_an_endpoint_with_a_path_is_named_as_the_cause(lab, user):
    endpoint = f"{lab.pdns.endpoint}/api/v1"
    code, error = error_of(user, endpoint)
    assert (code, error["code"]) == (7, "bad-reply"), error
    assert f"{endpoint} is the base address of PowerDNS" in error["fix"]


def test_where_nothing_listens_the_endpoint_is_named(user):
    with socket.socket() as taken:  # bound, not listening
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, error = error_of(user, endpoint)
    assert (code, error["code"]) == (7, "provider-unavailable"), error
    assert "connection refused" in error["message"]
    assert endpoint in error["fix"] and "the server runs" in error["fix"]


def test_https_to_a_server_without_it(lab, user):
    code, error = error_of(user, lab.pdns.endpoint.replace("http:", "https:"))
    assert (code, error["code"]) == (7, "provider-unavailable"), error
    assert "TLS handshake failed" in error["message"]
    assert "speaks https" in error["fix"]


def test_a_refused_key_names_its_variable(lab, user):
    code, error = error_of(user, lab.pdns.endpoint, PDNS_API_KEY="wrong")
    assert (code, error["code"]) == (6, "credentials-rejected"), error
    assert error["fix"].startswith("check the value of PDNS_API_KEY, which was refused. It must be the value of `api-key`")


def test_a_missing_key_names_its_variables(lab, user):
    code, error = error_of(user, lab.pdns.endpoint, PDNS_API_KEY="")
    assert (code, error["code"]) == (6, "credentials-missing"), error
    assert error["message"].endswith("it takes PDNS_API_KEY"), error
    assert error["fix"].startswith("set PDNS_API_KEY (or PDNS_API_KEY_FILE naming a file). It must be the value"), error


@pytest.mark.parametrize("provider", ["cloudflare", "route53", "powerdns"])
def test_a_missing_credential_is_said_in_whole_sentences(user, provider):
    """Every way in the message, the advised one in the fix, and neither cut off."""
    entry = json.loads(user.raw("providers", provider, "--output", "json").out)["providers"][0]
    env = {secret["variables"][0]: "" for way in entry["credentials"] for secret in way["secrets"]}
    error = user.json("publish", "example.com", "--record", "sk1=u1.mailer.example", "--provider", provider,
                      env=env).domain["error"]
    assert error["code"] == "credentials-missing", error
    for way in entry["credentials"]:
        for secret in way["secrets"]:
            assert secret["is_optional"] or secret["variables"][0] in error["message"], error
    assert error["fix"].endswith(entry["credentials"][0]["help"] or "AWS tools"), error
    assert error["fix"].count("(") == error["fix"].count(")"), error


def test_a_passing_fault_is_retried(user, api):
    seen = []

    def flaky(handler):
        seen.append(handler.path)
        if len(seen) == 1:
            handler.answer(503, b"later", (("Retry-After", "0"),))
        else:
            normal(handler)
    api.behaviour = flaky
    result = publish(user, api)
    assert result.domain["error"] is None, result
    assert result.domain["http_calls"] == len(api.requests) == 4


def test_a_secret_echoed_by_the_provider_is_not_shown(user, api):
    def echo(handler):
        handler.answer(422, json.dumps({"error": "bad key " + handler.headers["X-API-Key"]}).encode())
    api.behaviour = echo
    result = publish(user, api, "-v")
    secret = user.env["PDNS_API_KEY"]
    assert result.code == 7, result
    assert any(headers.get("X-API-Key") == secret for _, _, headers in api.requests)
    assert secret not in result.out + result.err
    for kept in user.ledger.parent.glob("*"):
        assert secret.encode() not in kept.read_bytes(), kept


def test_a_lost_answer_to_a_write_is_read_back(user, api):
    """The change was applied, the answer was lost: the records decide, not a second write."""
    state = {"rrsets": []}

    def lossy(handler):
        if handler.command == "PATCH":
            state["rrsets"] = [{"name": f"sk1.{ZONE}.", "type": "CNAME", "ttl": 3600,
                                "records": [{"content": "u1.mailer.example.", "disabled": False}]}]
            reset(handler)
        elif "/zones/" in handler.path:
            handler.answer(200, json.dumps(state).encode())
        else:
            zones(handler)
    api.behaviour = lossy
    result = publish(user, api)
    assert [c["outcome"] for c in result.domain["changes"]] == ["applied"], result
    assert [m for m, _, _ in api.requests] == ["GET", "GET", "PATCH", "GET"]
