"""The daemon: it sees what changes at real name servers, tells it, and loses nothing however it ends."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import queue
import re
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path

import jsonschema
import pytest

from contract import direct, own_zone
from lab import free_port, gone, rrset, wait_for
from signpost import IS_SANITIZED, ROOT, check_report

HOST, TARGET = "sk48601", "u1.mailer.example"
KEY = b"0123456789abcdef01234567"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
EVENT_SCHEMA = json.loads((ROOT / "schemas/webhook.schema.json").read_text())
SLOW = 5 if IS_SANITIZED else 1


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


class Receiver:
    """A server that is told of changes. It verifies each signature as docs/watch.md shows."""

    def __init__(self, port=None, key=KEY):
        self.events, self.ids, self.answers, self.key = [], [], [], key
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.take(self.path, self.headers, body)
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/in?token=x1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
        wanted = "v1," + base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        assert hmac.compare_digest(wanted, headers["webhook-signature"])
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        assert path == "/in?token=x1" and headers["content-type"] == "application/json"
        event = json.loads(body)
        jsonschema.validate(event, EVENT_SCHEMA)
        assert event["id"] == headers["webhook-id"]
        self.ids.append(event["id"])
        self.events.append(event)

    def changes(self, domain):
        return [(event["from"], event["to"]) for event in self.events if event["domain"] == domain]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


class Watch:
    """`signpost watch` under way, and its lines as they come."""

    def __init__(self, user, *words, env=None):
        self.process = user.start("watch", *words, env={"SIGNPOST_WEBHOOK_SECRET": SECRET} | (env or {}))
        self.lines, self.seen = queue.Queue(), []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def line(self, seconds=20):
        self.seen.append(self.lines.get(timeout=seconds * SLOW))
        return self.seen[-1]

    def end(self, number=signal.SIGTERM):
        """(exit code, seconds it took, standard error)"""
        started = time.monotonic()
        self.process.send_signal(number)
        err = self.process.stderr.read()
        code = self.process.wait(10 * SLOW)
        return code, time.monotonic() - started, err


@pytest.fixture
def watch(user):
    started = []

    def start(*words, **how):
        started.append(Watch(user, *words, **how))
        return started[-1]
    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def appear(lab, zone, target=TARGET):
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", f"{target}."))


def known(lab, user, is_live=False):
    """A zone whose record is in the ledger."""
    zone = own_zone(lab, label="w")
    if is_live:
        appear(lab, zone)
    user.run("verify", zone, "--record", f"{HOST}={TARGET}", "--until", "records")
    return zone


def test_a_record_appears(lab, user, watch, receiver):
    zone = known(lab, user)
    daemon = watch("--until", "records", "--output", "jsonl", "--webhook", receiver.url)
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    time.sleep(1)
    appear(lab, zone)
    appeared = time.monotonic()
    report = json.loads(daemon.line())
    assert time.monotonic() - appeared < 3 * SLOW
    check_report({"signpost": 1, "domains": [report], "exit_code": 0,
                  "totals": {"http_calls": 0, "dns_queries": 0, "elapsed_ms": 0}})
    assert (report["domain"], report["status"]) == (zone, "connected")
    wait_for("the webhook", lambda: receiver.changes(zone) == [("pending", "connected")])
    code, seconds, err = daemon.end()
    assert code == 0 and seconds < 2 * SLOW, err
    assert "127.0.0.1" in err and "token" not in err and SECRET not in err
    assert daemon.lines.empty()


def test_a_domain_comes_in_while_it_runs(lab, user, watch):
    daemon = watch("--until", "records")
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    zone, other = known(lab, user), known(lab, user, is_live=True)
    lines = sorted([daemon.line(), daemon.line()], key=lambda line: other in line)
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ {zone}: Pending validation: .*missing.*", lines[0])
    assert re.fullmatch(rf"\S+ {other}: Connected: .*", lines[1])
    appear(lab, zone)
    assert re.fullmatch(rf"\S+ {zone}: Connected, was Pending validation: .*", daemon.line())
    assert daemon.end()[0] == 0


def test_what_another_process_sees_is_told(lab, user, watch, receiver):
    zone = known(lab, user, is_live=True)
    daemon = watch("--until", "records", "--webhook", receiver.url)
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    time.sleep(0.5)
    appear(lab, zone, "u2.mailer.example")
    assert user.run("verify", zone, "--until", "records").code == 4
    assert f"{zone}: Error, was Connected: " in daemon.line()
    wait_for("the webhook", lambda: receiver.changes(zone) == [("connected", "error")])
    appear(lab, zone)
    assert user.run("verify", zone, "--until", "records").code == 0
    assert f"{zone}: Connected, was Error: " in daemon.line()
    wait_for("the webhook", lambda: receiver.changes(zone)[1:] == [("error", "connected")])


@pytest.mark.slow
def test_nothing_is_lost_by_a_kill(lab, user, watch):
    """The receiver is down; the daemon is killed; another one goes on: the same event, once it can arrive."""
    zone, port = known(lab, user), free_port(("127.0.0.1",))
    words = ("--until", "records", "--webhook", f"http://127.0.0.1:{port}/in?token=x1")
    daemon = watch(*words)
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    time.sleep(0.5)
    appear(lab, zone)
    assert "Connected" in daemon.line()
    with sqlite3.connect(user.ledger) as ledger:
        wait_for("an attempt", lambda: ledger.execute("SELECT attempts FROM events").fetchone()[0] >= 1)
        (wanted,) = ledger.execute("SELECT id FROM events").fetchone()
    daemon.process.kill()
    daemon.process.wait()
    assert "cannot be told" in daemon.process.stderr.read()
    again = watch(*words)
    receiver = Receiver(port)
    try:
        wait_for("the webhook", lambda: receiver.events, seconds=20 * SLOW)
        assert receiver.changes(zone) == [("pending", "connected")] and receiver.ids == [wanted]
        assert again.end()[0] == 0
        assert again.lines.empty()  # it is not news to the second one
    finally:
        receiver.stop()


@pytest.mark.slow
def test_refused_by_the_receiver_it_comes_again(lab, user, watch, receiver):
    receiver.answers = [500]
    zone = known(lab, user)
    daemon = watch("--until", "records", "--webhook", receiver.url)
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    time.sleep(0.5)
    appear(lab, zone)
    wait_for("the second attempt", lambda: len(receiver.ids) == 2, seconds=20 * SLOW)
    assert len(set(receiver.ids)) == 1
    time.sleep(1.5)
    assert len(receiver.ids) == 2
    assert "answered with status 500" in daemon.end()[2]


@pytest.mark.slow
def test_a_ledger_that_cannot_be_written(lab, user, watch, receiver):
    """What has arrived is not sent again, and is written as soon as that works."""
    zone = known(lab, user)
    daemon = watch("--until", "records", "--webhook", receiver.url)
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    time.sleep(0.5)
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("CREATE TRIGGER full BEFORE UPDATE ON events BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    appear(lab, zone)
    wait_for("the webhook", lambda: receiver.ids)
    time.sleep(2.5)
    assert len(receiver.ids) == 1
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("DROP TRIGGER full")
        ledger.commit()
        (due,) = ledger.execute("SELECT count(*) FROM events WHERE attempts = 0").fetchone()
        assert due == 1
        wait_for("the writing", lambda: ledger.execute("SELECT attempts FROM events").fetchone()[0] == 1,
                 seconds=20 * SLOW)
    time.sleep(1.5)
    assert len(receiver.ids) == 1
    assert daemon.end()[2].count("disk is full") == 1


def test_ends(lab, user, watch):
    known(lab, user)  # pending: a look is under way whenever the signal comes
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
        daemon = watch("--until", "records")
        time.sleep(1)
        got, seconds, err = daemon.end(number)
        assert got == code and seconds < 2 * SLOW, err


def test_one_at_a_time(user, watch):
    first = watch()
    wait_for("the daemon", lambda: Path(f"{user.ledger}-watch").exists())
    second = user.run("watch")
    assert second.code == 5 and f"process {first.process.pid}" in second.err
    first.process.kill()
    first.process.wait()
    third = watch()
    time.sleep(0.5)
    assert third.process.poll() is None


@pytest.mark.parametrize("words, env, code, says", [
    (("--ledger", "none"), {}, 2, "without a ledger"),
    (("--webhook", "https://hooks.example.net/x9"), {}, 6, "SIGNPOST_WEBHOOK_SECRET"),
    (("--webhook", "http://hooks.example.net/x9"), {"SIGNPOST_WEBHOOK_SECRET": SECRET}, 2, "--webhook"),
    (("--webhook", "https://hooks.example.net/x9"), {"SIGNPOST_WEBHOOK_SECRET": "whsec_?"}, 6, "base64"),
    (("--webhook", "https://hooks.example.net/x9"), {"SIGNPOST_WEBHOOK_SECRET_FILE": "/nowhere"}, 2, "/nowhere"),
    (("example.com",), {}, 2, "too many"),
    (("--output", "json"), {}, 2, "jsonl"),
    (("--webhook", ""), {}, 2, "--webhook is empty"),
    (("--webhook", "https://u:x9@hooks.example.net/"), {}, 2, "a user name or password may not stand in it"),
    (("--webhook", "https://:443/x9"), {}, 2, "it names no host"),
])
def test_refused(user, words, env, code, says):
    result = user.run("watch", *words, env=env)
    assert result.code == code and says in result.err and result.out == ""
    assert "x9" not in result.err
    assert not user.ledger.exists()


def test_configured(lab, user, watch, receiver):
    zone = known(lab, user)
    config = user.home / "config/signpost/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"watch": {"webhook": receiver.url, "secret": {
        "command": ["sh", "-c", f"echo {SECRET}"]}}}))
    config.chmod(0o600)
    watch("--until", "records", env={"SIGNPOST_WEBHOOK_SECRET": ""})
    time.sleep(1)
    appear(lab, zone)
    wait_for("the webhook", lambda: receiver.changes(zone) == [("pending", "connected")])


def test_ends_while_the_secret_is_awaited(user, watch):
    config = user.home / "config/signpost/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"watch": {"webhook": "https://hooks.example.net/", "secret": {
        "command": ["sleep", "60"]}}}))
    daemon = watch(env={"SIGNPOST_WEBHOOK_SECRET": ""})
    time.sleep(1)
    code, seconds, err = daemon.end(signal.SIGINT)
    assert code == 130 and seconds < 2 * SLOW and "interrupted" in err


@pytest.mark.parametrize("number, code, says", [
    (signal.SIGTERM, 0, ""), (signal.SIGINT, 130, "signpost: interrupted; nothing is lost\n")])
def test_its_end_is_that_of_all_that_the_command_started(user, watch, number, code, says):
    config = user.home / "config/signpost/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"watch": {"webhook": "http://127.0.0.1:1/", "secret": {
        "command": ["sh", "-c", "sleep 100; echo no"]}}}))
    daemon = watch(env={"SIGNPOST_WEBHOOK_SECRET": ""})
    (shell,) = wait_for("the command", lambda: children(daemon.process))
    below = Path(f"/proc/{shell}/task/{shell}/children")
    (program,) = wait_for("its program", lambda: below.read_text().split())
    assert daemon.end(number)[::2] == (code, says)
    wait_for("the program's end", lambda: is_gone(program))


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def children(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def test_ends_together_with_the_secret_s_command(user, watch):
    """As ^C in a terminal does it: both get the signal, and the command's end comes with it."""
    config = user.home / "config/signpost/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"watch": {"webhook": "http://127.0.0.1:1/", "secret": {
        "command": ["/bin/sleep", "100"]}}}))
    daemon = watch(env={"SIGNPOST_WEBHOOK_SECRET": ""})
    wait_for("the command", lambda: children(daemon.process))
    (command,) = children(daemon.process)
    wait_for("the program", lambda: "sleep" in Path(f"/proc/{command}/comm").read_text())
    daemon.process.send_signal(signal.SIGSTOP)
    os.kill(command, signal.SIGINT)
    daemon.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    code, _, err = daemon.end(signal.SIGCONT)
    assert code == 130 and err == "signpost: interrupted; nothing is lost\n"


def test_nobody_reads_the_lines(lab, user, watch):
    zone = known(lab, user)
    daemon = user.start("watch", "--until", "records")
    time.sleep(1)
    daemon.stdout.close()
    appear(lab, zone)
    assert daemon.wait(10 * SLOW) == 1
    assert "cannot write" in daemon.stderr.read()


def test_the_service_manager_is_told(lab, user, watch, tmp_path):
    known(lab, user)
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10 * SLOW)
        daemon = watch("--until", "records", env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"})
        told, beats = [], []
        while len(beats) < 4 or "READY=1" not in told:
            word = manager.recv(4096).decode()
            beats.append(time.monotonic()) if word == "WATCHDOG=1" else told.append(word)
        assert max(b - a for a, b in zip(beats, beats[1:])) < 0.9 * SLOW
        assert "STATUS=1 domains: 0 connected, 1 pending, 0 error" in told
        assert daemon.end()[0] == 0
        while word != "STOPPING=1":
            word = manager.recv(4096).decode()


@pytest.mark.slow
def test_memory_and_descriptors_are_flat(lab, user, watch):
    """Thirty domains that are looked at without a pause; the soak of a month is tests/unit/test_soak.c."""
    zones = [own_zone(lab, label="w") for _ in range(30)]
    records = user.home / "records.jsonl"
    records.write_text("".join(json.dumps({"domain": zone, "records": [
        {"type": "CNAME", "host": f"{HOST}.{zone}", "points_to": TARGET}]}) + "\n" for zone in zones))
    user.run("verify", "--records", records, "--until", "records", *zones)
    daemon = watch("--until", "records")

    def descriptors():
        return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))

    def memory_kib():
        status = Path(f"/proc/{daemon.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    time.sleep(6)
    before = descriptors(), memory_kib()
    time.sleep(9)
    after = descriptors(), memory_kib()
    assert after[0] <= before[0] + 10
    assert IS_SANITIZED or after[1] < before[1] + 2000
    assert daemon.end()[0] == 0


@pytest.mark.slow
def test_it_leaves_with_the_last_record(lab, user, watch):
    zone = known(lab, user)
    daemon = watch("--until", "records", "-v")
    assert "as seen" in daemon.line()
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE domains SET is_withdrawn = 1")
    time.sleep(13)  # the look under way ends, and the ledger is read
    while not daemon.lines.empty():
        daemon.line()
    time.sleep(3)
    assert daemon.lines.empty() and zone
    assert daemon.end()[0] == 0


@pytest.mark.slow
def test_gone_for_a_moment_is_no_change(lab, user, watch):
    """What was connected is given up after a second look only."""
    zone = known(lab, user, is_live=True)
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE checks SET at = at - 200000, first_at = first_at - 200000")  # it is due
    lab.pdns.set(zone, gone(f"{HOST}.{zone}", "CNAME"))
    daemon = watch("--until", "records", "-v")
    assert "to be confirmed" in daemon.line()
    appear(lab, zone)
    assert re.search("Connected, as seen", daemon.line(seconds=40))
    assert daemon.end()[0] == 0 and daemon.lines.empty()
    assert user.run("status", zone).code == 0
