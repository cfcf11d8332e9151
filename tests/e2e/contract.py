"""What the tests of the contract share: zones without number, servers that can be stopped in the middle, a provider
that somebody else wrote, and a library that sees where the program goes and what time it thinks it is."""

import http.server
import itertools
import json
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode

from lab import PRIMARY, gone, rrset, wait_for
from signpost import ROOT

HERE = Path(__file__).resolve().parent
SOCKET_FAULTS = (OSError, EOFError)
_numbers = itertools.count(1)


def own_zone(lab, *records, label="c", server="ns1"):
    """A zone of the test's own, served by the primary alone; records are rrset()'s arguments with {z} for the zone."""
    zone = f"{label}{next(_numbers)}.example"
    filled = [tuple(part.replace("{z}", zone) for part in record) for record in records]
    if server == "ns1":
        lab.pdns.add_zone(zone, kind="Native", servers=((PRIMARY, "ns1"),), records=filled)
    else:
        status, answer = lab.pdns.api("POST", "/zones", {
            "name": f"{zone}.", "kind": "Native", "nameservers": [f"{server}."], "rrsets": [rrset(*r) for r in filled]})
        assert status == 201, answer
    return zone


def direct(user, lab):
    """The user asks the primary, which knows own_zone()'s zones, in place of a resolver that would look for their
    servers at port 53."""
    user.flags = ["--resolver", f"{PRIMARY}:{lab.port}", "--dns-port", str(lab.port)]
    return user


def ensure_zone(lab, zone, *records):
    """A zone that several tests share."""
    if lab.pdns.api("GET", f"/zones/{zone}.")[0] != 200:
        lab.pdns.add_zone(zone, kind="Native", servers=((PRIMARY, "ns1"),))
    if records:
        lab.pdns.set(zone, *(rrset(*record) for record in records))
    return zone


def cnames(lab, zone):
    return {host: contents[0].rstrip(".") for (host, kind), contents in lab.pdns.records(zone).items()
            if kind == "CNAME"}


def one(key, values):
    return {value[key] for value in values}


def ledger_text(user):
    """All that the ledger remembers, as one text, whatever its tables are."""
    with sqlite3.connect(f"file:{user.ledger}?mode=ro", uri=True) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for table in tables for row in database.execute(f'SELECT * FROM "{table}"'))


def compiled(folder, source, *flags, name=None):
    """A shared object from a C file of this folder."""
    target = folder / f"{name or Path(source).stem}.so"
    folder.mkdir(exist_ok=True)
    subprocess.run(["cc", "-std=gnu99", "-Wall", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", "-I",
                    str(ROOT / "core/plugin/include"), *flags, "-o", str(target), str(HERE / source), "-ldl"],
                   check=True)
    return target


def witnessed(tmp_path, clock_shift_s=0):
    """(environment, file): with the first the program writes where it connects and sends to into the second, and lives
    so many seconds in the future."""
    library, log = compiled(tmp_path, "witness.c"), tmp_path / "witnessed"
    return {"LD_PRELOAD": str(library), "WITNESS_LOG": str(log), "WITNESS_CLOCK_SHIFT": str(clock_shift_s),
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:verify_asan_link_order=0"}, log


class Http:
    """An HTTP server in a thread. Subclasses answer()."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length", 0))
                outer.handle(self, self.rfile.read(length).decode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.requests = []
        self.server = http.server.ThreadingHTTPServer((PRIMARY, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, handler, body):
        self.requests.append((handler.command, handler.path, dict(handler.headers), body))
        answer = self.answer(handler, body)
        if answer is None:
            handler.close_connection = True
            return
        status, text, *headers = answer
        try:
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(text.encode())))
            handler.end_headers()
            handler.wfile.write(text.encode())
        except SOCKET_FAULTS:
            pass  # the program was killed meanwhile

    def answer(self, handler, body):
        raise NotImplementedError

    def methods(self):
        return [request[0] for request in self.requests]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Relay(Http):
    """Stands before the lab's PowerDNS and can hold its writes: before they are done, or done but not answered. One call
    at a time: PowerDNS's SQLite backend fails at two writes at once."""

    def __init__(self, lab):
        self.lab, self.hold = lab, None
        self.reached, self.released, self.is_dropped = threading.Event(), threading.Event(), False
        self.turn = threading.Lock()
        super().__init__()

    def wait_here(self, stage, handler):
        if self.hold == stage and handler.command == "PATCH":
            self.reached.set()
            self.released.wait(30)
            return not self.is_dropped
        return True

    def answer(self, handler, body):
        if not self.wait_here("before", handler):
            return None
        request = urllib.request.Request(self.lab.pdns.endpoint + handler.path, method=handler.command,
                                         data=body.encode() or None, headers={"X-API-Key": handler.headers["X-API-Key"]})
        try:
            with self.turn, urllib.request.urlopen(request) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        return (status, text) if self.wait_here("after", handler) else None

    def let_go(self):
        """After a kill: what is held comes to nothing, what follows passes."""
        self.is_dropped, self.hold = True, None
        self.released.set()


class Tiny(Http):
    """The provider of tiny.c: zones and records as lines of text. With a lab, what it holds is served there."""

    TOKEN = "tiny-token-0c1ad7f3e9"

    def __init__(self, lab=None):
        self.lab, self.zones, self.faults, self.ids = lab, {}, {}, itertools.count(100)
        super().__init__()

    def add(self, zone, *rows):
        """ROWS: (host, type, ttl, value) as the provider writes them."""
        self.zones[zone] = {str(next(self.ids)): row for row in rows}
        return zone

    def rows(self, zone):
        return sorted(self.zones[zone].values())

    def full(self, zone, host):
        return zone if host == "@" else f"{host}.{zone}"

    def serve(self, zone, row, is_gone=False):
        if self.lab:
            name = self.full(zone, row[0])
            value = f'"{row[3]}"' if row[1] == "TXT" else row[3].rstrip(".") + "."
            self.lab.pdns.set(zone, gone(name, row[1]) if is_gone else rrset(name, row[1], value))

    def answer(self, handler, body):
        for part, answer in self.faults.items():
            if part in f"{handler.command} {handler.path}":
                return answer
        if handler.headers.get("Authorization") != f"Bearer {self.TOKEN}":
            return 401, "E_TOKEN no such token"
        parts = handler.path.strip("/").split("/")
        if parts == ["v1", "zones"]:
            return 200, "".join(f"{zone} {zone}\n" for zone in self.zones)
        zone = self.zones[parts[2]]
        if handler.command == "GET":
            return 200, "".join(f"{key} {kind} {ttl} {host} {value}\n" for key, (host, kind, ttl, value) in zone.items())
        if handler.command == "DELETE":
            self.serve(parts[2], zone.pop(parts[4]), is_gone=True)
            return 200, ""
        kind, ttl, host, value = body.split(" ", 3)
        key = parts[4] if handler.command == "PUT" else str(next(self.ids))
        zone[key] = (host, kind, int(ttl), value)
        self.serve(parts[2], zone[key])
        return 200, key


class NameServer:
    """A name server in threads, at an address of loopback. respond(question, over_tcp) gives a message, bytes or None."""

    def __init__(self, address, port, respond):
        import socketserver
        outer, self.asked = self, []

        def reply(wire, over_tcp):
            message = dns.message.from_wire(wire)
            question = message.question[0]
            outer.asked.append((time.monotonic(), question.name.to_text(True).lower(), question.rdtype, over_tcp))
            answer = respond(message, over_tcp)
            return answer.to_wire() if isinstance(answer, dns.message.Message) else answer

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                wire, channel = self.request
                answer = reply(wire, False)
                if answer:
                    channel.sendto(answer, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    while head := self.request.recv(2, 8):
                        wire = b""
                        while len(wire) < int.from_bytes(head, "big"):
                            wire += self.request.recv(65536)
                        answer = reply(wire, True)
                        if not answer:
                            return
                        self.request.sendall(len(answer).to_bytes(2, "big") + answer)
                except SOCKET_FAULTS:
                    pass

        class UdpServer(socketserver.ThreadingMixIn, socketserver.UDPServer):
            daemon_threads, allow_reuse_address = True, True

        class TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
            daemon_threads, allow_reuse_address = True, True

        self.servers = [UdpServer((address, port), Udp), TcpServer((address, port), Tcp)]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def relayed(lab, message, address=PRIMARY):
    """What the server at ADDRESS answers to MESSAGE."""
    return dns.query.udp(message, address, port=lab.port, timeout=5)


def until_idle(processes, seconds=5):
    wait_for(f"the end of {processes}", lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), seconds)


def children(pid):
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


def lines(result):
    return [json.loads(line) for line in result.out.splitlines()]
