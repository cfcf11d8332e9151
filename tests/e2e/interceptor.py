"""What a network may do to port 53: run as a program, in a network namespace, with a manner and addresses.

silence: takes questions and says nothing. forward: asks the resolver, whoever was asked, and passes its answer on.
refuse: says REFUSED, whoever was asked."""

import socket
import socketserver
import struct
import sys
import threading

MANNER, RESOLVER, ADDRESSES = sys.argv[1], sys.argv[2], sys.argv[3:]


def reply(query):
    if MANNER == "silence":
        return b""
    if MANNER == "refuse":
        return query[:2] + b"\x80\x85" + query[4:6] + bytes(6) + query[12:query.index(0, 12) + 5]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        asker.connect((RESOLVER, 53))
        asker.send(query[:2] + bytes([query[2] | 1]) + query[3:])
        return asker.recv(65535)


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        answer = reply(self.request[0])
        if answer:
            self.request[1].sendto(answer, self.client_address)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        while head := self.request.recv(2, socket.MSG_WAITALL):
            answer = reply(self.request.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL))
            if answer:
                self.request.sendall(struct.pack("!H", len(answer)) + answer)


class UdpServer(socketserver.ThreadingMixIn, socketserver.UDPServer):
    daemon_threads = True


class TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads, allow_reuse_address = True, True


for address in ADDRESSES:
    for server in (UdpServer((address, 53), Udp), TcpServer((address, 53), Tcp)):
        threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
