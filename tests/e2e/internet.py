"""A small internet in a network namespace of its own: addresses that are not loopback, servers at port 53, and a
top-level domain that delegates. What the program does only there is tested there."""

import functools
import os
import subprocess

from lab import DKIM_KEY, Server, program, wait_for

TOP, PLATFORM, RESOLVER = "192.0.2.1", "192.0.2.2", "192.0.2.53"
SERVERS = {"ns1": "192.0.2.11", "ns2": "192.0.2.12", "ns3": "192.0.2.13"}
TARGET = "a.dkim.mailer.example"
SOA = "@ SOA ns hostmaster 1 3600 600 86400 5"
PLATFORM_ZONE = [SOA, "@ NS ns", f"ns A {PLATFORM}", f'a.dkim TXT {DKIM_KEY[:120]!r} {DKIM_KEY[120:]!r}'.replace("'", '"')]


@functools.cache
def is_anybody_allowed():
    """Whether this user may make namespaces; not in a chroot, and not where AppArmor forbids it, as on Ubuntu. Then
    sudo makes them."""
    done = subprocess.run(["unshare", "--map-root-user", "--net", "--mount", "true"], capture_output=True, check=False)
    return done.returncode == 0


def as_this_user(*rights):
    """The words after which sudo's is this user again, with RIGHTS."""
    rights = ",".join(rights)
    return ["setpriv", f"--reuid={os.getuid()}", f"--regid={os.getgid()}", "--init-groups",
            *([f"--inh-caps={rights}", f"--ambient-caps={rights}"] if rights else [])]


def without_network(*argv):
    """The words that run ARGV where there is no network at all, not even loopback."""
    if is_anybody_allowed():
        return ["unshare", "--map-root-user", "--net", *argv]
    return ["sudo", "-n", "--preserve-env", "unshare", "--net", *as_this_user(), *argv]


class Inhabitant(Server):
    """A server inside, which sudo may have started."""

    def stop(self):
        if is_anybody_allowed() or self.process.poll() is not None:
            super().stop()
        else:
            kill(self.process)


def kill(process):
    subprocess.run(["sudo", "-n", "pkill", "-KILL", "--parent", str(process.pid)], check=False)
    process.wait(5)


class Internet:
    def __init__(self, folder):
        self.folder, self.servers = folder, []
        how = ["unshare", "--map-root-user"] if is_anybody_allowed() else ["sudo", "-n", "unshare"]
        self.holder = subprocess.Popen([*how, "--net", "--mount", "sh", "-c", "echo $$; exec sleep 3600"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.pid = int(self.holder.stdout.readline())
        self.run("ip", "link", "set", "lo", "up")
        for address in (TOP, PLATFORM, RESOLVER, *SERVERS.values()):
            self.run("ip", "address", "add", f"{address}/32", "dev", "lo")

    def inside(self, *argv):
        """The words that run ARGV inside, with port 53 open to it; `ip` and `mount` as the administrator."""
        enter = ["nsenter", f"--target={self.pid}", "--net", "--mount", "--root"]
        if is_anybody_allowed():
            return [*enter, "--user", "--preserve-credentials", *argv]
        enter = ["sudo", "-n", "--preserve-env", *enter]
        if argv[0] in ("ip", "mount"):
            return [*enter, *argv]
        return [*enter, *as_this_user("+net_bind_service"), *argv]

    def run(self, *argv):
        return subprocess.run(self.inside(*argv), check=True, capture_output=True, text=True).stdout

    def serve(self, address, zones, port=53):
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
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
database:
    storage: {folder}
zone:
{"".join(blocks)}""")
        self.servers.append(Inhabitant(folder, "knot", self.inside(program("knotd"), "-c", str(folder / "conf"))))
        wait_for(f"Knot at {address}", lambda: self.servers[-1].alive() and self.answers(address, next(iter(zones)), port))

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
        self.servers.append(Inhabitant(folder, "unbound", self.inside(program("unbound"), "-d", "-p", "-c", str(folder / "conf"))))
        wait_for("Unbound", lambda: self.servers[-1].alive() and self.answers(RESOLVER, "mailer.example"))

    def trust(self):
        """The resolver's certificate becomes the only one that programs in here trust."""
        self.run("mount", "--bind", str(self.folder / "unbound/cert"), "/etc/ssl/certs/ca-certificates.crt")

    def answers(self, address, zone, port=53):
        done = subprocess.run(self.inside(program("dig"), f"@{address}", "-p", str(port), zone, "SOA", "+short", "+time=1", "+tries=1"),
                              capture_output=True, text=True, check=False)
        return done.returncode == 0 and "hostmaster" in done.stdout

    def stop(self):
        for server in reversed(self.servers):
            server.stop()
        if is_anybody_allowed():
            self.holder.kill()
            self.holder.wait()
        else:
            kill(self.holder)
