"""The order of checks, and the exit code of several domains together."""

import itertools
import json
import os
import socket
import time

import pytest

from contract import Tiny, compiled, direct, ensure_zone, lines, own_zone, witnessed
from lab import DEAD, rrset

RECORD = ["--record", "sk1=u1.mailer.example"]
COMMANDS = {"records": ["example.com", *RECORD], "verify": ["example.com", *RECORD, "--timeout", "1s"],
            "publish": ["example.com", *RECORD, "--provider", "powerdns", "--no-wait"], "status": [],
            "unpublish": ["example.com", *RECORD, "--provider", "powerdns"], "providers": [], "schema": ["report"]}

pytestmark = pytest.mark.slow


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


@pytest.fixture
def sink():
    """A resolver that never answers and keeps what it gets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.77", 0))
        tcp.bind(udp.getsockname())
        tcp.listen()
        udp.setblocking(False)
        tcp.setblocking(False)
        yield udp, tcp, "{}:{}".format(*udp.getsockname())


def is_untouched(udp, tcp):
    for attempt in (lambda: udp.recv(512), tcp.accept):
        with pytest.raises(BlockingIOError):
            attempt()
    return True


@pytest.mark.parametrize("wrong", [
    ["www.example.com", *RECORD], ["example.com", "--record", "nonsense"], ["example.com", "--records", "/no/such"],
    ["example.com"], ["example.com", *RECORD, "--endpoint", "http://192.0.2.1"], ["example.com", *RECORD, "--dns-port", "x"],
    ["example.com", *RECORD, "--config", "/no/such"], ["example.com", *RECORD, "--timeout", "-1s"],
    ["example.com", "--set", "platform=not a name"], ["example.org", "www.example.com", *RECORD],
    ["example.com", *RECORD, "--set", "platform=mailer.example"], ["example.com", *RECORD, "--ledger", "/dev/null/x"],
], ids=lambda words: " ".join(words)[:40])
def test_usage_comes_before_the_plugin(stranger, wrong):
    for output in ("text", "json", "jsonl", "zone"):
        result = stranger.raw("publish", *wrong, "--provider", "no-such-plugin", "--output", output)
        assert result.code == 2, result
        assert result.out == "" and result.err.startswith("signpost: ")


def test_the_plugin_comes_before_the_credential(stranger, sink):
    udp, tcp, address = sink
    result = stranger.json("publish", "example.com", *RECORD, "--provider", "no-such-plugin", "--resolver", address)
    assert result.code == 8, result
    assert result.domain["error"]["kind"] == "plugin" and "no-such-plugin" in result.domain["error"]["message"]
    assert is_untouched(udp, tcp)
    assert (result.domain["http_calls"], result.domain["dns_queries"]) == (0, 0)


def test_a_plugin_that_does_not_load_comes_before_its_credential(stranger, sink, tmp_path):
    udp, tcp, address = sink
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "broken.so").write_bytes(b"\x7fELF and nothing more")
    result = stranger.json("publish", "example.com", *RECORD, "--provider", "broken", "--plugin-dir", str(folder),
                           "--resolver", address)
    assert result.code == 8 and result.domain["error"]["kind"] == "plugin", result
    assert is_untouched(udp, tcp)


@pytest.mark.parametrize("command", ["publish", "unpublish"])
def test_the_credential_comes_before_dns(stranger, sink, command):
    udp, tcp, address = sink
    result = stranger.json(command, "example.com", "example.org", "--record", "sk1.example.com=u1.mailer.example", "--record",
                           "sk1.example.org=u1.mailer.example", "--provider", "powerdns", "--resolver", address,
                           "--endpoint", "http://127.0.0.1:1")
    assert result.code == 6, result
    for entry in result.report["domains"]:
        assert entry["error"]["kind"] == "credentials" and entry["dns_queries"] == 0
    assert is_untouched(udp, tcp)


def test_dns_comes_before_http(lab, user, tmp_path):
    zone = own_zone(lab)
    env, log = witnessed(tmp_path)
    assert user.run("publish", zone, *RECORD, "--provider", "powerdns", "--no-wait", env=env).code == 0
    ports = [line.split()[2] for line in log.read_text().splitlines()]
    assert str(lab.port) in ports[:ports.index(str(lab.pdns.api_port))]


def test_a_silent_resolver_is_no_reason_to_write_blindly(lab, user):
    """Without DNS nothing is known of the zone's delegation: nothing is written when the provider is to be guessed."""
    zone = own_zone(lab)
    before = lab.pdns.records(zone)
    user.flags = ["--resolver", f"{DEAD}:{lab.port}", "--dns-port", str(lab.port)]
    started = time.monotonic()
    result = user.json("publish", zone, *RECORD, "--no-wait")
    assert result.code in (3, 4, 5), result
    assert lab.pdns.records(zone) == before
    assert time.monotonic() - started < 30


def test_a_configuration_that_others_can_write_is_refused(stranger):
    folder = stranger.home / "config/signpost"
    folder.mkdir(parents=True)
    config = folder / "config.json"
    config.write_text("{}")
    config.chmod(0o666)
    result = stranger.raw("publish", "example.com", *RECORD, "--provider", "no-such-plugin")
    assert result.code == 2 and result.out == "" and "config.json" in result.err, result
    config.chmod(0o600)
    assert stranger.raw("publish", "example.com", *RECORD, "--provider", "no-such-plugin").code == 8


@pytest.mark.parametrize("text", ["", "[]", "{", '{"no-such-key": 1}', '{"providers": []}',
                                  '{"providers": {"powerdns": {"endpoint": 5}}}',
                                  '{"providers": {"powerdns": {"api_key": "inline"}}}',
                                  '{"providers": {"powerdns": {"endpoint": "http://192.0.2.1:1"}}}'])
def test_a_configuration_that_is_none(stranger, text):
    config = stranger.home / "mine.json"
    config.write_text(text)
    config.chmod(0o600)
    result = stranger.raw("publish", "example.com", *RECORD, "--provider", "powerdns", "--config", str(config))
    assert result.code == 2 and result.out == "" and result.err.startswith("signpost: "), result


def test_no_file_of_the_working_directory_is_read(user, lab):
    """A config.json or a key lying about where the program is started has no say."""
    zone, here = own_zone(lab), os.getcwd()
    os.chdir(user.home)
    try:
        for name in ("config.json", "signpost.json", ".env", ".signpost.json"):
            (user.home / name).write_text('{"providers": {"powerdns": {"endpoint": "http://127.0.0.1:1"}}}\nPDNS_API_KEY=no\n')
        assert user.json("publish", zone, *RECORD, "--provider", "powerdns", "--no-wait").code == 0
    finally:
        os.chdir(here)


def test_endpoints_of_the_environment_and_the_configuration(lab, user):
    zone, dead = own_zone(lab), "http://127.0.0.1:1"
    words = ["publish", zone, *RECORD, "--provider", "powerdns", "--no-wait"]
    config = user.home / "mine.json"
    config.write_text(json.dumps({"providers": {"powerdns": {"endpoint": lab.pdns.endpoint}}}))
    config.chmod(0o600)
    env = {"PDNS_API_URL": dead, "SIGNPOST_POWERDNS_ENDPOINT": lab.pdns.endpoint}
    assert user.json(*words, env=env).code == 0, "signpost's own variable goes before the provider's"
    del user.env["PDNS_API_URL"]
    assert user.json(*words).code == 2
    assert user.json(*words, "--config", str(config)).code == 0
    env = {"PDNS_API_URL": dead, "SIGNPOST_POWERDNS_ENDPOINT": dead}
    assert user.json(*words, env=env).code == 7
    assert user.json(*words, "--endpoint", lab.pdns.endpoint, env=env).code == 0, "the flag goes before all"


@pytest.mark.parametrize("url", [
    "http://192.0.2.1:8081", "http://example.com", "http://127.0.0.1.example.com", "http://127.0.0.1@192.0.2.1/",
    "http://[2001:db8::1]:8081", "ftp://127.0.0.1", "127.0.0.1:8081", "https://", "https://host/path?query=1",
    "https://user:password@host.example", "https://host.example/#fragment", "file:///etc/passwd", "http://169.254.169.254",
    "http://10.0.0.1", "http://0.0.0.0:1",
])
def test_endpoints_that_are_refused(stranger, url):
    env = {"PDNS_API_KEY": "k" * 20}
    for how in ({"words": ["--endpoint", url]}, {"env": {"SIGNPOST_POWERDNS_ENDPOINT": url}}, {"env": {"PDNS_API_URL": url}}):
        result = stranger.raw("publish", "example.com", *RECORD, "--provider", "powerdns", "--resolver", "127.0.0.66:1",
                              *how.get("words", []), env=env | how.get("env", {}))
        assert result.code == 2 and result.out == "", (how, result)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_common_flags(stranger, command, tmp_path):
    flags = ["--resolver", "127.0.0.66:1", "--resolver", "127.0.0.67:1", "--dns-port", "1", "--endpoint",
             "http://127.0.0.1:1", "--ledger", "none", "--plugin-dir", str(tmp_path), "-q", "-v", "--no-color"]
    result = stranger.raw(command, *COMMANDS[command], *flags, env={"PDNS_API_KEY": "k" * 20})
    assert result.code in (0, 3, 7), result


@pytest.mark.parametrize("url", ["http://[::1]:1", "http://127.0.0.1:1/", "http://127.9.9.9:1/below/this", "https://127.0.0.1:1"])
def test_endpoints_that_are_taken(user, lab, url):
    zone = own_zone(lab)
    result = user.json("publish", zone, *RECORD, "--provider", "powerdns", "--endpoint", url)
    assert result.code == 7 and result.domain["error"]["kind"] == "provider", result


CODES = {
    0: "u1.mailer.example", 3: "nothing-there.mailer.example", 4: "broken-key.contract-targets.example",
}


@pytest.fixture(scope="module")
def fates(lab, tmp_path_factory):
    """One domain for every fate a domain can have in one run of `publish --no-wait`, and how to run it."""
    ensure_zone(lab, "contract-targets.example", ("broken-key.contract-targets.example", "TXT", '"v=DKIM1; k=rsa; p=%%%"'))
    ensure_zone(lab, "tiny-dns.example")
    ensure_zone(lab, "boom-dns.example")
    folder = tmp_path_factory.mktemp("fates")
    compiled(folder, "tiny.c")
    compiled(folder, "tiny.c", '-DNAME="boom"', '-DVARIABLE="BOOM_API_TOKEN"', '-DNAME_SERVERS="boom-dns.example"', name="boom")
    tiny, names = Tiny(), {}
    for code in (0, 3, 4, 5):
        names[code] = own_zone(lab, label=f"fate{code}x")
    lab.pdns.set(names[5], rrset(f"s1._domainkey.{names[5]}", "A", "127.0.0.1"))
    for code in (6, 7):
        names[code] = tiny.add(own_zone(lab, label=f"fate{code}x", server="ns1.tiny-dns.example"))
    tiny.faults = {f"GET /v1/zones/{names[6]}": (401, "E_EXPIRED"), f"GET /v1/zones/{names[7]}": (422, "E_BROKEN")}
    names[8] = own_zone(lab, label="boomx", server="ns1.boom-dns.example")
    env = {"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url, "BOOM_API_TOKEN": tiny.TOKEN,
           "SIGNPOST_BOOM_ENDPOINT": tiny.url}
    yield names, ["--plugin-dir", str(folder), "--no-wait"], env
    tiny.stop()


def run_fates(user, fates, codes, *words):
    names, flags, env = fates
    records = [word for code in codes for word in
               ("--record", f"s1._domainkey.{names[code]}={CODES.get(code, 'a.dkim.mailer.example')}")]
    if 0 in codes:
        records[codes.index(0) * 2 + 1] = f"sk1.{names[0]}=u1.mailer.example"
    return user.json("publish", *(names[code] for code in codes), *records, *flags, *words, env=env)


@pytest.mark.parametrize("code", [0, 3, 4, 5, 6, 7, 8])
def test_each_fate_alone(user, fates, code):
    assert run_fates(user, fates, [code]).code == code


@pytest.mark.parametrize("worse, better", itertools.pairwise([8, 6, 7, 5, 4, 3, 0]))
def test_the_worse_of_two_counts(user, fates, worse, better):
    for codes in ([worse, better], [better, worse]):
        result = run_fates(user, fates, codes)
        assert result.code == worse, result
        assert [entry["domain"] for entry in result.report["domains"]] == [fates[0][code] for code in codes]


def test_the_worst_of_all_counts_and_each_has_its_own_outcome(user, fates):
    codes = [0, 3, 4, 5, 6, 7, 8]
    result = run_fates(user, fates, codes)
    assert result.code == 8, result
    kinds = [(entry["error"] or {"kind": entry["status"]})["kind"] for entry in result.report["domains"]]
    assert kinds == ["connected", "pending", "error", "refused", "credentials", "provider", "plugin"]


@pytest.mark.parametrize("worse", [8, 6, 7, 5])
def test_changes_pending_is_worth_less_than_any_failure(lab, user, fates, worse):
    names, flags, env = fates
    new = own_zone(lab)
    fates = ({**names, 9: new}, flags, env)
    assert run_fates(user, fates, [9, worse], "--dry-run", "--exit-code").code == worse
    assert run_fates(user, fates, [9, 0], "--dry-run", "--exit-code").code == 9
    assert run_fates(user, fates, [9], "--dry-run").code == 0


def test_the_status_says_what_the_statuses_say(user, fates):
    names = fates[0]
    run_fates(user, fates, [0, 3, 4])
    for codes, expected in (([0], 0), ([3], 3), ([4], 4), ([0, 3], 3), ([3, 4], 4), ([0, 3, 4], 4)):
        status = user.json("status", *(names[code] for code in codes))
        assert status.code == expected, status
    assert user.json("status").code == 4


def test_the_lines_of_jsonl_hold_to_the_exit_code_too(user, fates):
    names, flags, env = fates
    result = user.run("publish", names[5], names[0], "--record", f"s1._domainkey.{names[5]}=a.dkim.mailer.example", "--record",
                      f"sk1.{names[0]}=u1.mailer.example", *flags, "--output", "jsonl", env=env)
    assert result.code == 5, result
    assert {entry["domain"]: entry["status"] for entry in lines(result)}[names[0]] == "connected"


