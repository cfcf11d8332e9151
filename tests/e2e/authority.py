"""Real name servers beside the lab's, each with a zone of its own, and a tap on the wire before them."""

import socket
import socketserver
import struct
import subprocess
import threading
import time

from lab import PRIMARY, Server, free_port, listens, program, wait_for

ID = "id-of-this-server"


def zone_text(zone, records, place=PRIMARY):
    """RECORDS: (host within the zone, type, content). PLACE: the address of ns1."""
    lines = [f"$ORIGIN {zone}.", "$TTL 60", "@ SOA ns1 hostmaster 1 3600 600 86400 5", "@ NS ns1", f"ns1 A {place}"]
    return "\n".join(lines + [f"{host} {kind} {content}" for host, kind, content in records]) + "\n"


class Authority:
    """One server process with one zone, at 127.0.0.1 (BIND listens at an interface's own addresses alone). LIMIT: answers of one kind that it gives a second, or None; SLIP: every how
    many of the others come as "use TCP" instead of not at all. PLACE: where the zone says that it is."""

    def __init__(self, folder, kind, zone, records, limit=None, slip=2, place=PRIMARY):
        self.folder, self.address, self.port = folder / kind, PRIMARY, free_port((PRIMARY,))
        self.folder.mkdir(parents=True)
        (self.folder / "zone").write_text(zone_text(zone, records, place))
        (self.folder / "conf").write_text(getattr(self, f"{kind}_conf")(zone, limit, slip))
        name, *words = {"knot": ["knotd"], "nsd": ["nsd", "-d"], "bind": ["named", "-g", "-4"]}[kind]
        self.server = Server(self.folder, kind, [program(name), *words, "-c", str(self.folder / "conf")])
        wait_for(kind, lambda: self.server.alive() and listens(self.address, self.port))

    def stop(self):
        self.server.stop()

    def add(self, records):
        """More records, served as soon as this returns (Knot)."""
        with (self.folder / "zone").open("a") as file:
            file.writelines(f"{host} {kind} {content}\n" for host, kind, content in records)
            file.write("@ SOA ns1 hostmaster 2 3600 600 86400 5\n")
        subprocess.run([program("knotc"), "-c", str(self.folder / "conf"), "-b", "zone-reload"], check=True,
                       capture_output=True)

    def knot_conf(self, zone, limit, slip):
        rrl = "" if limit is None else f"mod-rrl:\n  - id: default\n    rate-limit: {limit}\n    slip: {slip}\n"
        return f"""
server:
    rundir: {self.folder}
    listen: {self.address}@{self.port}
    nsid: {ID}
    udp-workers: 1
    tcp-workers: 1
database:
    storage: {self.folder}
{rrl}
zone:
  - domain: {zone}
    storage: {self.folder}
    file: zone
    {'module: mod-rrl/default' if rrl else ''}
"""

    def nsd_conf(self, zone, limit, slip):
        return f"""
server:
    ip-address: {self.address}@{self.port}
    username: ""
    chroot: ""
    zonesdir: "{self.folder}"
    database: ""
    pidfile: ""
    xfrdfile: "{self.folder}/xfrd.state"
    xfrdir: "{self.folder}"
    zonelistfile: "{self.folder}/zone.list"
    server-count: 1
    nsid: "ascii_{ID}"
    rrl-ratelimit: {limit or 0}
    rrl-slip: {slip}
remote-control:
    control-enable: no
zone:
    name: {zone}
    zonefile: zone
"""

    def bind_conf(self, zone, limit, slip):
        rrl = "" if limit is None else f"rate-limit {{ responses-per-second {limit}; slip {slip}; window 5; }};"
        return f"""
options {{
    directory "{self.folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {self.port} {{ {self.address}; }};
    recursion no;
    dnssec-validation no;
    server-id "{ID}";
    {rrl}
}};
controls {{ }};
zone "{zone}" {{ type primary; file "zone"; }};
"""


class Tap:
    """Passes what comes to ADDRESS on to SERVER and notes both directions as bytes. CHANGE(query, answer, over_tcp)
    gives what is sent back, or None; ANSWER is None when the server did not say anything."""

    def __init__(self, address, port, server, change=None):
        self.seen = []  # (over TCP, query, answer or None)
        self.times, self.server, self.turn = [], server, threading.Lock()
        outer, target = self, (server.address, server.port)

        def over_udp(query):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
                asker.settimeout(0.4)
                asker.connect(target)
                try:
                    asker.send(query)
                    return asker.recv(65535)
                except OSError:
                    return None

        def over_tcp(query):
            with socket.create_connection(target, 5) as asker:
                asker.sendall(struct.pack("!H", len(query)) + query)
                return exactly(asker, struct.unpack("!H", exactly(asker, 2))[0])

        def reply(query, is_tcp):
            at = time.monotonic()
            answer = over_tcp(query) if is_tcp else over_udp(query)
            with outer.turn:
                outer.times.append(at)
                outer.seen.append((is_tcp, query, answer))
            return change(query, answer, is_tcp) if change else answer

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                answer = reply(self.request[0], False)
                if answer:
                    self.request[1].sendto(answer, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    while head := self.request.recv(2, socket.MSG_WAITALL):
                        answer = reply(exactly(self.request, struct.unpack("!H", head)[0]), True)
                        if not answer:
                            return
                        self.request.sendall(struct.pack("!H", len(answer)) + answer)
                except OSError:
                    pass

        class UdpServer(socketserver.ThreadingMixIn, socketserver.UDPServer):
            daemon_threads = True

        class TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
            daemon_threads, allow_reuse_address, request_queue_size = True, True, 64

        self.servers = [UdpServer((address, port), Udp), TcpServer((address, port), Tcp)]
        for part in self.servers:
            threading.Thread(target=part.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def count(self, over_tcp):
        return sum(is_tcp == over_tcp for is_tcp, _, _ in self.seen)

    def stop(self):
        for part in self.servers:
            part.shutdown()
            part.server_close()


def exactly(channel, size):
    data = b""
    while len(data) < size:
        part = channel.recv(size - len(data))
        if not part:
            raise ConnectionError("the other side has closed")
        data += part
    return data
