"""How often providers are called, and how long it takes: signpost beside lexicon, lego and awscli, all of them
against the same emulator in one run.

What is counted is what the emulator saw. The wall time is that of the client's processes from start to end,
against a server on loopback that answers at once: what remains is what the client itself takes, and waits for.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/emulators")]

from acme import Acme  # noqa: E402
from clients import Clients  # noqa: E402
from cloudflare import TOKEN, Cloudflare  # noqa: E402
from godaddy import GoDaddy  # noqa: E402
from lab import PRIMARY, RESOLVER, Lab  # noqa: E402
from proxy import Proxy  # noqa: E402
from route53 import KEY, Route53  # noqa: E402
from zones import Feed  # noqa: E402

# Under a suffix that everybody knows, as lexicon takes nothing else.
ZONE = "bench-of-signpost.com"
RECORDS = {"sk48601": "u1.mailer.example", "sk48601a._domainkey": "a.dkim.mailer.example",
           "sk48601b._domainkey": "b.dkim.mailer.example"}
GODADDY_TOKEN, GODADDY_KEY, GODADDY_SECRET = "gd_pat_test", "gd-key", "gd-secret"
AWS = {"AWS_ACCESS_KEY_ID": KEY.id, "AWS_SECRET_ACCESS_KEY": KEY.secret, "AWS_DEFAULT_REGION": "us-east-1",
       "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "AWS_POLLING_INTERVAL": "1"}


class Side:
    """One provider: its emulator, and how each client is told of it."""

    def __init__(self, name, host, emulator, endpoint, credentials, lexicon, lego):
        self.name, self.host, self.emulator = name, host, emulator
        self.signpost = credentials | {f"SIGNPOST_{name.upper()}_ENDPOINT": endpoint}
        self.lexicon, self.lego = lexicon, lego

    def add_zone(self, name, **attributes):
        holder = self.emulator if self.name == "route53" else self.emulator.zones
        return holder.add_zone(name, **attributes)


def sides(feed):
    cloudflare, route53, godaddy = Cloudflare(feed), Route53(on_change=feed), GoDaddy(on_change=feed)
    route53.filler(150)
    return [
        Side("cloudflare", "api.cloudflare.com", cloudflare, cloudflare.endpoint, {"CLOUDFLARE_API_TOKEN": TOKEN},
             (["--auth-token", TOKEN], {}), None),  # Debian's lego is built without it
        Side("route53", "route53.amazonaws.com", route53, route53.url,
             {"AWS_ACCESS_KEY_ID": KEY.id, "AWS_SECRET_ACCESS_KEY": KEY.secret},
             ([], AWS | {"LEXICON_ROUTE53_AUTH_ACCESS_KEY": KEY.id, "LEXICON_ROUTE53_AUTH_ACCESS_SECRET": KEY.secret}), AWS),
        Side("godaddy", "api.godaddy.com", godaddy, godaddy.url, {"GODADDY_API_TOKEN": GODADDY_TOKEN},
             (["--auth-key", GODADDY_KEY, "--auth-secret", GODADDY_SECRET], {}),
             {"GODADDY_API_KEY": GODADDY_KEY, "GODADDY_API_SECRET": GODADDY_SECRET, "GODADDY_POLLING_INTERVAL": "1"}),
    ]


class Bench:
    def __init__(self, program, folder, lab):
        self.program, self.folder, self.lab = program, folder, lab

    def row(self, side, who, what, act):
        """Runs ACT, and prints how many calls the emulator saw of it and how long it took."""
        side.emulator.reset_calls()
        start = time.perf_counter()
        note = act()
        took = time.perf_counter() - start
        writes = sum(1 for call in side.emulator.calls if call.method not in ("GET", "HEAD"))
        print(f"  {who:<10} {what:<46} {len(side.emulator.calls):>5} calls, {writes:>3} of them writes {took:8.2f} s"
              f"{'   ' + note if note else ''}", flush=True)

    def signpost(self, side, domains, *words, resolver=PRIMARY):
        home = self.folder / "home"
        argv = [str(self.program), "publish", *domains, "--provider", side.name, *words, "--output", "json",
                "--resolver", f"{resolver}:{self.lab.port}", "--dns-port", str(self.lab.port)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={
            "HOME": str(home), "XDG_STATE_HOME": str(home / side.name), "PATH": "/usr/bin:/bin"} | side.signpost)
        if '"outcome": "applied"' not in done.stdout and '"outcome": "unchanged"' not in done.stdout:
            sys.exit(f"scripts/bench calls: signpost at {side.name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return ""

    def signpost_rows(self, side, n_domains):
        zone = self.lab.zone()
        side.add_zone(zone, name_servers=[f"ns1.{zone}", f"ns2.{zone}"])
        words = [word for host, target in RECORDS.items() for word in ("--record", f"{host}={target}")]
        self.row(side, "signpost", "3 CNAMEs, until connected",
                 lambda: self.signpost(side, [zone], *words, resolver=RESOLVER))
        self.row(side, "signpost", "the same again", lambda: self.signpost(side, [zone], *words, resolver=RESOLVER))
        domains = [f"fleet{i:03}.example" for i in range(n_domains)]
        for domain in domains:
            side.add_zone(domain, is_served=False)
        every = ["--set", "platform=mailer.example", "--no-wait"]
        self.row(side, "signpost", f"{n_domains} domains in as many zones", lambda: self.signpost(side, domains, *every))
        self.row(side, "signpost", "the same again", lambda: self.signpost(side, domains, *every))

    def lexicon_rows(self, side, clients):
        words, env = side.lexicon

        def create():
            failed = 0
            for host, target in RECORDS.items():
                done, _ = clients.lexicon(side.name, "create", ZONE, "CNAME", "--name", f"{host}.{ZONE}", "--content",
                                          target, "--ttl", "3600", *words, env=env)
                failed += done.code != 0
            return f"{failed} of 3 failed" if failed else ""
        self.row(side, "lexicon", "3 CNAMEs, one command each, not verified", create)
        self.row(side, "lexicon", "the same again", create)

    def lego_row(self, side, clients, acme):
        """Its own job: one TXT record written, looked for, and taken away."""
        zone = self.lab.zone()
        side.add_zone(zone)

        def challenge():
            done = acme.lego(clients, side.name, f"www.{zone}", f"{PRIMARY}:{self.lab.port}",
                             side.lego | {"NO_PROXY": "localhost", "no_proxy": "localhost"})
            return "" if done.code == 0 else f"failed: {done.err[-200:]}"
        self.row(side, "lego", "1 TXT written, seen in the DNS, taken away", challenge)

    def aws_row(self, side, clients, zone):
        def aws(*words):
            return clients.run("/usr/bin/aws", "--endpoint-url", side.emulator.url, "route53", *words, env=AWS)

        def three_commands():
            changes = ",".join(
                f'{{"Action":"CREATE","ResourceRecordSet":{{"Name":"c-{host}.{ZONE}","Type":"CNAME","TTL":3600,'
                f'"ResourceRecords":[{{"Value":"{target}"}}]}}}}' for host, target in RECORDS.items())
            done = [aws("list-hosted-zones-by-name", "--dns-name", ZONE, "--max-items", "1"),
                    aws("list-resource-record-sets", "--hosted-zone-id", zone.id),
                    aws("change-resource-record-sets", "--hosted-zone-id", zone.id, "--change-batch",
                        f'{{"Changes":[{changes}]}}')]
            return "" if all(one.code == 0 for one in done) else repr(done)
        self.row(side, "awscli", "3 CNAMEs, three commands typed by hand", three_commands)


def main(program, n_domains):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab = Lab(folder / "lab")
        bench = Bench(program, folder, lab)
        try:
            for side in sides(Feed(lab)):
                print(f"{side.name}:")
                bench.signpost_rows(side, n_domains)
                zone = side.add_zone(ZONE)
                zone.fill(120)
                with Proxy(folder / f"ca-{side.name}", {side.host: side.emulator, "localhost": side.emulator}) as proxy:
                    clients = Clients(folder / f"clients-{side.name}", proxy)
                    bench.lexicon_rows(side, clients)
                    if side.lego:
                        with Acme(folder / f"acme-{side.name}", proxy.authority) as acme:
                            bench.lego_row(side, clients, acme)
                if side.name == "route53":
                    bench.aws_row(side, Clients(folder / "aws"), zone)
                side.emulator.stop()
        finally:
            lab.stop()
