"""A CONNECT proxy that brings clients with a built-in https address to an emulator, unmodified.

It ends TLS for the host names it knows, with a certificate of its own test CA, and forwards the bytes to
the emulator. Every other host is refused and remembered: nothing leaves loopback.
"""

import os
import select
import socket
import ssl
import subprocess
import threading
import urllib.parse

LINE = 65536


class Authority:
    """A certificate authority for the tests: `bundle` is its certificate, `chain` and `key` the leaf's."""

    def __init__(self, folder, hosts):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.bundle, self.chain, self.key = folder / "ca.pem", folder / "leaf.pem", folder / "leaf.key"
        ca_key, request, extensions = folder / "ca.key", folder / "leaf.csr", folder / "leaf.ext"
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._openssl("req", "-x509", *curve, "-days", "30", "-subj", "/CN=signpost test CA",
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                      "-keyout", ca_key, "-out", self.bundle)
        self._openssl("req", *curve, "-subj", f"/CN={hosts[0]}", "-keyout", self.key, "-out", request)
        names = ",".join(f"DNS:{host}" for host in hosts)
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n"
                              "extendedKeyUsage=serverAuth\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey", ca_key, "-days", "30",
                      "-CAcreateserial", "-extfile", extensions, "-out", self.chain)

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise RuntimeError(f"openssl {words[0]}: {done.stderr}")


class Proxy:
    """`hosts`: {"api.example.net": emulator or its url}. Usable in a with statement.

    `tunnels` lists the hosts that were let through, `refused` those that were not."""

    def __init__(self, folder, hosts):
        self.hosts = {}
        for host, there in hosts.items():
            url = urllib.parse.urlsplit(getattr(there, "url", there))
            self.hosts[host] = (url.hostname, url.port)
        self.authority = Authority(folder, list(self.hosts))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.authority.chain, self.authority.key)
        self.tls.set_alpn_protocols(["http/1.1"])
        self.tunnels, self.refused = [], []
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def environment(self):
        """What a client must have in its environment to go through here and to trust the test CA."""
        bundle = str(self.authority.bundle)
        return {"HTTPS_PROXY": self.url, "https_proxy": self.url, "NO_PROXY": "", "no_proxy": "",
                "REQUESTS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle, "SSL_CERT_DIR": os.devnull,
                "NODE_EXTRA_CA_CERTS": bundle, "AWS_CA_BUNDLE": bundle, "CURL_CA_BUNDLE": bundle,
                "LEGO_CA_CERTIFICATES": bundle}

    def stop(self):
        self._stopping.set()
        self._thread.join()
        self._listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _accept(self):
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client:
                client.settimeout(30)
                host = self._connect(client)
                if host not in self.hosts:
                    self.refused.append(host)
                    client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                self.tunnels.append(host)
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with self.tls.wrap_socket(client, server_side=True) as inside, \
                        socket.create_connection(self.hosts[host]) as outside:
                    self._tunnel(inside, outside)
        except OSError:
            pass  # a client that goes away, or that does not trust the test CA

    @staticmethod
    def _connect(client):
        """The host that a CONNECT names; what else was asked, where it is none."""
        head = b""
        while b"\r\n\r\n" not in head and len(head) < LINE:
            # Nothing can follow the head before it is answered, so that reading more than it is safe.
            got = client.recv(4096)
            if not got:
                break
            head += got
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) == 3 and words[0] == "CONNECT":
            return words[1].rpartition(":")[0]
        return " ".join(words[:2])

    def _tunnel(self, inside, outside):
        """One thread a connection: a TLS object must not be read and written by two at once."""
        inside.settimeout(None)
        while not self._stopping.is_set():
            ready = [inside] if inside.pending() else select.select([inside, outside], [], [], 0.1)[0]
            for source, sink in ((inside, outside), (outside, inside)):
                if source in ready:
                    data = source.recv(LINE)
                    if not data:
                        return
                    sink.sendall(data)
