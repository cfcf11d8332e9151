"""Each provider's credentials: in no output, in no file, in nothing that crosses to the worker, and not in its memory;
not even when the provider sends them back."""

import os
from dataclasses import dataclass

import pytest

from cloudflare import EMAIL, KEY, TOKEN, Cloudflare
from contract import direct, own_zone
from godaddy import READ, UPDATE, GoDaddy
from lab import wait_for
from processes import worker_of
from route53 import KEY as AWS_KEY
from route53 import SESSION, Route53
from test_fence import found_in, frames, memory_of  # noqa: F401 (a fixture is used by its name)

pytestmark = pytest.mark.slow

GODADDY_TOKEN, GODADDY_KEY, GODADDY_SECRET = "gd_pat_8c1b0d5f9e7a42b6", "gd-key-5b1f0c77", "gd-secret-90ac3e11d4"
# What carries a credential, or what was made of one.
CARRIERS = ("Authorization", "X-Auth-Email", "X-Auth-Key", "X-Amz-Security-Token")


@dataclass
class Side:
    """One way into one provider. `public`: which of the variables hold no secret."""
    provider: str
    env: dict
    public: tuple = ()

    def secrets(self, env):
        return [value for name, value in env.items() if name not in self.public]

    def wrong(self):
        """Another credential, as long and of the same form."""
        return {name: value if name in self.public else value[:-1] + ("1" if value[-1] == "0" else "0")
                for name, value in self.env.items()}


SIDES = {
    "cloudflare-token": Side("cloudflare", {"CLOUDFLARE_API_TOKEN": TOKEN}),
    "cloudflare-key": Side("cloudflare", {"CLOUDFLARE_EMAIL": EMAIL, "CLOUDFLARE_API_KEY": KEY}),
    "route53": Side("route53", {"AWS_ACCESS_KEY_ID": AWS_KEY.id, "AWS_SECRET_ACCESS_KEY": AWS_KEY.secret},
                    ("AWS_ACCESS_KEY_ID",)),
    "route53-session": Side("route53", {"AWS_ACCESS_KEY_ID": SESSION.id, "AWS_SECRET_ACCESS_KEY": SESSION.secret,
                                        "AWS_SESSION_TOKEN": SESSION.token}, ("AWS_ACCESS_KEY_ID",)),
    "godaddy-token": Side("godaddy", {"GODADDY_API_TOKEN": GODADDY_TOKEN}),
    "godaddy-key": Side("godaddy", {"GODADDY_API_KEY": GODADDY_KEY, "GODADDY_API_SECRET": GODADDY_SECRET}),
}


def emulator_of(provider, feed):
    if provider == "cloudflare":
        return Cloudflare(feed, fillers=0)
    if provider == "route53":
        return Route53(on_change=feed)
    emulator = GoDaddy(on_change=feed)
    emulator.keys, emulator.tokens = {GODADDY_KEY: GODADDY_SECRET}, {GODADDY_TOKEN: {READ, UPDATE}}
    return emulator


def echoing(emulator):
    """From now on every answer holds what was sent of the credential, in its body and in headers."""
    handle = emulator.handle

    def answer(request):
        given = handle(request)
        said = " ".join(request.headers[name] for name in CARRIERS if name in request.headers)
        if isinstance(given.body, dict):
            given.body = given.body | {"message": f"{given.body.get('message', '')} {said}", "messages": [said]}
            for error in given.body.get("errors") or []:
                error["message"] += f" {said}"
        elif isinstance(given.body, list):
            given.body = [*given.body, {"type": "TXT", "name": "echo", "data": said, "ttl": 600}]
        elif given.body.startswith(b"<"):
            given.body = given.body.replace(b"<Message>", b"<Message>" + said.encode() + b" ") + f"<!-- {said} -->".encode()
        given.headers = given.headers | {"X-Echo": said, "ETag": said}
        return given
    emulator.handle = answer


@dataclass
class Stage:
    side: Side
    emulator: object
    zone: object
    user: object

    @property
    def words(self):
        return [self.zone.name, "--record", f"sk1.{self.zone.name}=u1.mailer.example"]

    @property
    def publish(self):
        return ["publish", *self.words, "--provider", self.side.provider]


@pytest.fixture(params=SIDES)
def stage(request, lab, feed, user):
    side = SIDES[request.param]
    with emulator_of(side.provider, feed) as emulator:
        name = own_zone(lab, label="secret")
        zone = (emulator if side.provider == "route53" else emulator.zones).add_zone(name, name_servers=[f"ns1.{name}"])
        user.env = {key: value for key, value in user.env.items() if not key.startswith("PDNS_")}
        user.env |= side.env | {f"SIGNPOST_{side.provider.upper()}_ENDPOINT": getattr(emulator, "endpoint", emulator.url)}
        echoing(emulator)
        yield Stage(side, emulator, zone, direct(user, lab))


def assert_clean(data, secrets):
    for secret in secrets:
        assert found_in(data, secret) == [], found_in(data, secret)


def kept(user, command):
    """What a command can be told to keep, each time in new files."""
    name = user.home / str(len(list(user.home.iterdir())))
    return (["--trace", f"{name}.trace"] * (command in ("publish", "unpublish", "verify")) +
            ["--evidence", f"{name}.evidence"] * (command in ("publish", "verify")))


def test_no_output_and_no_file_holds_them(stage):
    side, user, name = stage.side, stage.user, stage.zone.name
    runs = [(stage.publish + ["--no-wait"], {}), (["status", name], {}), (["verify", *stage.words], {}),
            (["providers"], {}), (["providers", side.provider], {}),
            (["publish", *stage.words, "--provider", side.provider, "--dry-run"], {}),
            (["unpublish", name, "--provider", side.provider, "--yes"], {})]
    wrong = side.wrong()
    runs += [(stage.publish + ["--no-wait"], wrong)]
    secrets = side.secrets(side.env) + side.secrets(wrong)
    for how in (["-q"], [], ["-v"], ["-v", "--output", "json"], ["-v", "--output", "jsonl"]):
        for words, env in runs:
            if words[0] == "providers" and "jsonl" in how:
                continue
            done = user.run(*words, *how, *kept(user, words[0]), env=env)
            assert_clean((done.out + done.err).encode(), secrets)
    for kind in ("500", "html", "malformed"):
        stage.emulator.fault(kind, times=None)
        done = user.run(*stage.publish, "-v", "--no-wait", *kept(user, "publish"))
        stage.emulator.clear_faults()
        assert_clean((done.out + done.err).encode(), secrets)
    assert {200} < {call.status for call in stage.emulator.calls}, "used, and refused"
    files = [path for path in user.home.rglob("*") if path.is_file()]
    assert user.ledger in files and any(path.suffix == ".evidence" for path in files)
    assert any(b'"http-answer"' in path.read_bytes() for path in files if path.suffix == ".trace")
    for path in files:
        assert_clean(path.read_bytes(), secrets)


def test_no_frame_holds_them(frames, stage):
    user, name = stage.user, stage.zone.name
    assert user.run(*stage.publish).code == 0 and len(stage.emulator.calls) >= 2
    assert user.run("unpublish", name, "--provider", stage.side.provider, "--yes").code == 0
    assert user.run(*stage.publish, env=stage.side.wrong()).code == 6
    said = frames.read_bytes()
    assert said.count(b"SPF1") > 10 and name.encode() in said
    assert_clean(said, stage.side.secrets(stage.side.env) + stage.side.secrets(stage.side.wrong()))


def test_the_workers_memory_holds_none(stage):
    emulator = stage.emulator
    # All that was read has been answered with an echo by then.
    emulator.fault("slow", method="PATCH" if stage.side.provider == "godaddy" else "POST", seconds=8)
    process = stage.user.start(*stage.publish, "--no-wait")
    try:
        wait_for("the write", lambda: not emulator._faults)
        engine, worker = memory_of(process.pid), memory_of(worker_of(process.pid))
    finally:
        process.kill()
        process.communicate()
    secrets = stage.side.secrets(stage.side.env)
    # Here they are: what is searched for is found where it is. To all but root the sandbox closes the worker.
    assert engine is None or all(secret.encode() in engine for secret in secrets)
    if worker is not None or os.geteuid() == 0:
        assert stage.zone.name.encode() in worker and len(worker) > 1 << 20
        assert_clean(worker, secrets)
