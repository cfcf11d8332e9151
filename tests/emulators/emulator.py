"""What the emulators of all providers share: an HTTP/1.1 server on loopback that counts its calls and
fails on demand.

A provider's emulator derives from Emulator and overrides handle(), throttled() and failed(). One call is
handled at a time (`lock`), so that what an emulator holds needs no locks of its own.
"""

import json
import re
import socket
import struct
import threading
import urllib.parse
from collections import namedtuple
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Call = namedtuple("Call", "method path query body status user_agent")
HTML = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
MIB = 1 << 20


@dataclass
class Answer:
    """What is sent back. A body that is a dict or a list is sent as JSON."""
    status: int
    body: object = b""
    headers: dict = field(default_factory=dict)

    def content(self):
        """(bytes, content type or None)."""
        if isinstance(self.body, (dict, list)):
            return json.dumps(self.body).encode(), "application/json"
        if isinstance(self.body, str):
            return self.body.encode(), "text/plain; charset=utf-8"
        return self.body, None


class BadBody(ValueError):
    """The request's body is not JSON."""


class Request:
    """One request as it came. `segments` is the path, split and then decoded; `query` keeps order and doubles."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.raw_path, _, self.raw_query = target.partition("?")
        self.segments = [urllib.parse.unquote(part) for part in self.raw_path.strip("/").split("/") if part]
        self.query = urllib.parse.parse_qsl(self.raw_query, keep_blank_values=True)

    @property
    def path(self):
        return urllib.parse.unquote(self.raw_path)

    def one(self, name, default=None):
        """The value of the query parameter NAME; the last one where it stands twice."""
        values = [value for key, value in self.query if key == name]
        return values[-1] if values else default

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BadBody(str(error)) from error


@dataclass
class Fault:
    """A fault that waits for its call. `applied`: whether the emulator handles the request before it."""
    kind: str
    times: int = 1
    method: str = None
    path: str = None
    after: int = 0
    details: dict = field(default_factory=dict)

    # Where nothing is said: a fault in the answer leaves the request applied, a refusal does not.
    APPLIED = {"reset": True, "lost": True, "slow": True, "malformed": True, "truncated": True, "huge": True}

    @property
    def is_applied(self):
        return self.details.get("applied", self.APPLIED.get(self.kind, False))

    def matches(self, request):
        if self.method and self.method != request.method:
            return False
        return not self.path or re.search(self.path, request.path) is not None


class Emulator:
    """The server; `url` is where it listens. Usable in a with statement."""

    def __init__(self):
        self.lock = threading.RLock()
        self.calls, self._faults = [], []
        self._stopping = threading.Event()
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    # -- overridden by a provider

    def handle(self, request):
        """The provider itself: an Answer to REQUEST."""
        raise NotImplementedError

    def throttled(self, request, retry_after):
        """How the provider says "too many requests"; RETRY_AFTER in seconds, or None to say nothing."""
        return Answer(429, "Too Many Requests", {} if retry_after is None else {"Retry-After": str(retry_after)})

    def failed(self, request, status):
        """How the provider's edge says 5xx."""
        return page(status)

    # -- for tests

    def fault(self, kind, times=1, method=None, path=None, after=0, **details):
        """Lets the next TIMES (None: all) calls of METHOD and PATH (a regular expression, searched) fail,
        after letting AFTER of them pass. KIND:

        "429"                      throttled(); retry_after= (1; None for no header)
        "500" "502" "503" "504"    failed()
        "lost"                     the connection ends where the answer should begin
        "reset"                    the connection is reset in the middle of the answer
        "slow"                     seconds= of silence, then the answer
        "html"                     200 and a page where the API's format should be
        "malformed"                an answer cut in the middle, its Content-Length right
        "truncated"                an answer that ends before its Content-Length does
        "huge"                     megabytes= (300) of blanks in front of the answer

        applied= says whether the request is carried out nevertheless: by default it is where the fault is
        one of the answer ("lost" to "slow", "malformed" to "huge"), and not where the call is refused."""
        known = {"429", "500", "502", "503", "504", "html", *Fault.APPLIED}
        if kind not in known:
            raise ValueError(f"no such fault: {kind}")
        with self.lock:
            self._faults.append(Fault(kind, times, method, path, after, details))

    def clear_faults(self):
        with self.lock:
            self._faults.clear()

    def reset_calls(self):
        with self.lock:
            self.calls = []

    def count(self, method=None, path=""):
        """How many calls of METHOD (None: any) there were whose path holds the regular expression PATH."""
        with self.lock:
            return sum(1 for call in self.calls
                       if method in (None, call.method) and re.search(path, call.path))

    def stop(self):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # -- serving

    def _fault_for(self, request):
        for fault in self._faults:
            if not fault.matches(request):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            return fault
        return None

    def _answer(self, request):
        """(answer, fault or None), and the call is in the book."""
        with self.lock:
            fault = self._fault_for(request)
            answer = self.handle(request) if fault is None or fault.is_applied else None
            if fault:
                answer = self._spoiled(fault, request, answer)
            self.calls.append(Call(request.method, request.path, request.query, request.body, answer.status,
                                   request.headers.get("User-Agent")))
        return answer, fault

    def _spoiled(self, fault, request, answer):
        if fault.kind == "429":
            return self.throttled(request, fault.details.get("retry_after", 1))
        if fault.kind == "html":
            return Answer(200, HTML.format("Just a moment"), {"Content-Type": "text/html"})
        if fault.kind.isdigit():
            return self.failed(request, int(fault.kind))
        return answer or page(502)


def page(status):
    """An HTML page as a proxy in front of an API sends it."""
    return Answer(status, HTML.format(f"{status} {HTTPStatus(status).phrase}"), {"Content-Type": "text/html"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Not joined at the end: a client may keep its connection open for ever.
    block_on_close = False
    request_queue_size = 256

    def __init__(self, emulator):
        self.emulator = emulator
        super().__init__(("127.0.0.1", 0), _Connection)

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are nothing to tell."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        """`calls` is the log."""

    def __getattr__(self, name):
        # Any method is the emulator's to judge.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return body

    def _serve(self):
        emulator = self.server.emulator
        request = Request(self.command, self.path, self.headers, self._body())
        answer, fault = emulator._answer(request)
        kind = fault.kind if fault else None
        if kind == "slow":
            emulator._stopping.wait(fault.details.get("seconds", 2))
        body, content_type = answer.content()
        if kind == "malformed":
            body = body[:max(1, len(body) // 2)]
        extra = fault.details.get("megabytes", 300) * MIB if kind == "huge" else 0
        head = self._head(answer, content_type, len(body) + extra)
        if kind in ("lost", "reset", "truncated"):
            self._break_off(kind, head, body)
        elif self.command == "HEAD":
            self.wfile.write(head)
        elif kind == "huge":
            self._flood(head, extra, body)
        else:
            self.wfile.write(head + body)

    def _head(self, answer, content_type, length):
        headers = {"Date": self.date_time_string(), "Content-Type": content_type} | answer.headers
        # 204 has no body and no length (RFC 9110 section 8.6).
        if answer.status != 204:
            headers["Content-Length"] = str(length)
        try:
            phrase = HTTPStatus(answer.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {answer.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _break_off(self, kind, head, body):
        if kind != "lost":
            self.wfile.write(head + body[:len(body) // 2])
        if kind == "reset":
            # What is closed with a linger time of zero is reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def _flood(self, head, length, body):
        self.wfile.write(head)
        blanks = b" " * MIB
        while length > 0 and not self.server.emulator._stopping.is_set():
            self.wfile.write(blanks)
            length -= MIB
        self.wfile.write(body)
