"""A small internet in a network namespace of its own: addresses that are not loopback, servers at port 53, and a
top-level domain that delegates. What the program does only there is tested there."""

import os
import subprocess

from lab import DKIM_KEY, Server, program, wait_for

TOP, PLATFORM, RESOLVER = "192.0.2.1", "192.0.2.2", "192.0.2.53"
SERVERS = {"ns1": "192.0.2.11", "ns2": "192.0.2.12", "ns3": "192.0.2.13"}
TARGET = "a.dkim.mailer.example"
SOA = "@ SOA ns hostmaster 1 3600 600 86400 5"
PLATFORM_ZONE = [SOA, "@ NS ns", f"ns A {PLATFORM}", f'a.dkim TXT {DKIM_KEY[:120]!r} {DKIM_KEY[120:]!r}'.replace("'", '"')]


class Internet:
    def __init__(self, folder):
        self.folder, self.servers = folder, []
        self.holder = subprocess.Popen(["unshare", "--map-root-user", "--net", "--mount", "sleep", "3600"],
                                       stdin=subprocess.DEVNULL)
        mine = os.readlink("/proc/self/ns/net")
        wait_for("the namespace", lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != mine)
        wait_for("its users", lambda: open(f"/proc/{self.holder.pid}/uid_map", encoding="ascii").read().split()[:1] == ["0"])
        self.run("ip", "link", "set", "lo", "up")
        for address in (TOP, PLATFORM, RESOLVER, *SERVERS.values()):
            self.run("ip", "address", "add", f"{address}/32", "dev", "lo")

    def inside(self, *argv):
        return ["nsenter", f"--target={self.holder.pid}", "--user", "--net", "--mount", "--preserve-credentials", *argv]

    def run(self, *argv):
        return subprocess.run(self.inside(*argv), check=True, capture_output=True, text=True).stdout

    def serve(self, address, zones):
        """A Knot at ADDRESS with ZONES: {name: lines}."""
        folder = self.folder / address
        folder.mkdir()
        blocks = []
        for zone, lines in zones.items():
            (folder / zone).write_text("\n".join([f"$ORIGIN {zone}.", "$TTL 60", *lines]) + "\n")
            blocks.append(f"  - domain: {zone}\n    storage: {folder}\n    file: {zone}\n")
        (folder / "conf").write_text(f"""
server:
    rundir: {folder}
    listen: {address}@53
    udp-workers: 1
    tcp-workers: 1
database:
    storage: {folder}
zone:
{"".join(blocks)}""")
        self.servers.append(Server(folder, "knot", self.inside(program("knotd"), "-c", str(folder / "conf"))))
        wait_for(f"Knot at {address}", lambda: self.servers[-1].alive() and self.answers(address, next(iter(zones))))

    def resolve(self, stubs, is_https=False):
        """Unbound, which begins at STUBS: {zone: address}. By HTTPS as well, with a certificate of its own."""
        folder = self.folder / "unbound"
        folder.mkdir()
        https = ""
        if is_https:
            subprocess.run([program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", str(folder / "key"), "-out", str(folder / "cert"), "-days", "2", "-subj",
                            "/CN=resolver", "-addext", f"subjectAltName=IP:{RESOLVER}"], check=True, capture_output=True)
            https = f"""  interface: {RESOLVER}@443
  https-port: 443
  tls-service-key: "{folder}/key"
  tls-service-pem: "{folder}/cert"
"""
        parts = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {address}\n' for zone, address in stubs.items())
        (folder / "conf").write_text(f"""
server:
  interface: {RESOLVER}
{https}
  directory: "{folder}"
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  log-queries: yes
  do-ip6: no
  num-threads: 1
  module-config: "iterator"
  access-control: 192.0.2.0/24 allow
  local-zone: "example." nodefault
remote-control:
  control-enable: no
{parts}""")
        self.servers.append(Server(folder, "unbound", self.inside(program("unbound"), "-d", "-p", "-c", str(folder / "conf"))))
        wait_for("Unbound", lambda: self.servers[-1].alive() and self.answers(RESOLVER, "mailer.example"))

    def trust(self):
        """The resolver's certificate becomes the only one that programs in here trust."""
        self.run("mount", "--bind", str(self.folder / "unbound/cert"), "/etc/ssl/certs/ca-certificates.crt")

    def answers(self, address, zone):
        done = subprocess.run(self.inside(program("dig"), f"@{address}", zone, "SOA", "+short", "+time=1", "+tries=1"),
                              capture_output=True, text=True, check=False)
        return done.returncode == 0 and "hostmaster" in done.stdout

    def stop(self):
        for server in reversed(self.servers):
            server.stop()
        self.holder.kill()
        self.holder.wait()
