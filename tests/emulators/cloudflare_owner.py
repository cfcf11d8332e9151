"""A user whose zones are at the emulator of Cloudflare, and what they publish there."""

import pytest

from cloudflare import TOKEN, Cloudflare


@pytest.fixture
def cloudflare(feed):
    with Cloudflare(feed) as emulator:
        yield emulator


@pytest.fixture
def owner(user, cloudflare):
    """A user whose zones are at the emulator."""
    user.env = {key: value for key, value in user.env.items() if not key.startswith("PDNS_")}
    user.env |= {"CLOUDFLARE_API_TOKEN": TOKEN, "SIGNPOST_CLOUDFLARE_ENDPOINT": cloudflare.endpoint}
    return user


@pytest.fixture
def zone(lab, cloudflare):
    """A zone that the emulator holds and the lab serves, with strangers' records in it."""
    name = lab.zone()
    zone = cloudflare.zones.add_zone(name, name_servers=[f"ns1.{name}", f"ns2.{name}"])
    zone.fill(20)
    return zone


def wanted(domain, version=1):
    """{host: target}: the three records of a domain."""
    return {f"sk1.{domain}": f"u{version}.mailer.example",
            f"sk1._domainkey.{domain}": f"{'a' if version == 1 else 'b'}.dkim.mailer.example",
            f"sk2._domainkey.{domain}": "b.dkim.mailer.example"}


def flags(domain, version=1):
    return [word for host, target in wanted(domain, version).items() for word in ("--record", f"{host}={target}")]


def publish(owner, domain, *words, version=1, **how):
    return owner.json("publish", domain, *flags(domain, version), "--provider", "cloudflare", *words, **how)


def ours(zone, domain=None):
    """{host: target} of the CNAMEs at our hosts."""
    return {r.name: r.data for r in zone.records if r.name in wanted(domain or zone.name) and r.type == "CNAME"}


def paths(cloudflare):
    return [(call.method, call.path.rpartition("/")[2]) for call in cloudflare.calls]


def outcomes(result):
    return sorted((change["action"], change["outcome"]) for change in result.domain["changes"])
