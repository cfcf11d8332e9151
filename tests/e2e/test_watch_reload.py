"""SIGHUP: the daemon reads its configuration again, and loses nothing by it, whatever stands there."""

import base64
import json
import os
import pty
import signal
import socket
import subprocess

import pytest

from lab import wait_for
from test_watch import SECRET, SLOW, Receiver, appear, children, known, receiver, user, watch  # noqa: F401

pytestmark = pytest.mark.slow

OTHER_KEY = b"another key, of 24 bytes"
OTHER_SECRET = "whsec_" + base64.b64encode(OTHER_KEY).decode()
OWN = {"SIGNPOST_WEBHOOK_SECRET": ""}  # the configuration's counts
AGAIN = "the configuration was read again: watching "
AS_BEFORE = "signpost: going on with the configuration as it was\n"


@pytest.fixture
def other():
    other = Receiver(key=OTHER_KEY)
    yield other
    other.stop()


def configure(user, watch):
    path = user.home / "config/signpost/config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(watch if isinstance(watch, str) else json.dumps({"watch": watch} if watch else {}))
    new.chmod(0o600)
    new.rename(path)


def command(*words):
    return {"command": ["/bin/sh", "-c", " ".join(words)]}


def said(daemon, words):
    """What it said on standard error until a line had WORDS."""
    lines = ""
    while words not in lines.rpartition("\n")[0].rpartition("\n")[2]:
        line = daemon.process.stderr.readline()
        assert line, lines
        lines += line
    return lines


def read_again(daemon, words=AGAIN):
    daemon.process.send_signal(signal.SIGHUP)
    return said(daemon, words)


def test_another_webhook(lab, user, watch, receiver, other):
    zones = [known(lab, user) for _ in range(3)]
    configure(user, {"webhook": receiver.url, "secret": command("echo", SECRET)})
    daemon = watch("--until", "records", env=OWN)
    said(daemon, f"watching 3 domains, and telling http://127.0.0.1:{receiver.port}")
    appear(lab, zones[0])
    assert zones[0] in daemon.line()
    wait_for("the first", lambda: receiver.changes(zones[0]) == [("pending", "connected")])
    configure(user, {"webhook": other.url, "secret": command("echo", OTHER_SECRET)})
    lines = read_again(daemon)
    assert lines == f"signpost: {AGAIN}3 domains, and telling http://127.0.0.1:{other.port}\n"
    appear(lab, zones[1])
    assert zones[1] in daemon.line()
    wait_for("the second", lambda: other.changes(zones[1]) == [("pending", "connected")])
    configure(user, None)
    assert read_again(daemon) == f"signpost: {AGAIN}3 domains\n"
    appear(lab, zones[2])
    assert zones[2] in daemon.line()
    assert daemon.end()[0] == 0
    assert [event["domain"] for event in receiver.events + other.events] == zones[:2]


def test_a_webhook_where_none_was(lab, user, watch, receiver):
    zone = known(lab, user)
    daemon = watch("--until", "records", env=OWN)
    said(daemon, "watching 1 domain")
    configure(user, {"webhook": receiver.url, "secret": {"value": SECRET}})
    read_again(daemon)
    appear(lab, zone)
    wait_for("the webhook", lambda: receiver.changes(zone) == [("pending", "connected")])


@pytest.mark.parametrize("config, says", [
    ("{", "config.json"),
    ('{"watch": {"webhook": 7}}', "$.watch.webhook"),
    ('{"providers": {"powerdns": {"x9": 1}}}', "x9"),
    ({"webhook": "http://hooks.example.net/", "secret": {"value": SECRET}}, "$.watch.webhook"),
    ({"webhook": "https://hooks.example.net/", "secret": {"value": "short"}}, "secret"),
    ({"webhook": "https://hooks.example.net/", "secret": command("exit 3")}, "status 3"),
    ({"webhook": "https://hooks.example.net/", "secret": {"file": "/nowhere/at/all"}}, "/nowhere/at/all"),
    ({"webhook": "https://hooks.example.net/"}, "no secret"),
])
def test_a_bad_one_changes_nothing(lab, user, watch, receiver, config, says):
    zone = known(lab, user)
    configure(user, {"webhook": receiver.url, "secret": {"value": SECRET}})
    daemon = watch("--until", "records", env=OWN)
    said(daemon, "watching 1 domain")
    configure(user, config)
    lines = read_again(daemon, AS_BEFORE.strip())
    assert says in lines and lines.endswith(AS_BEFORE) and SECRET not in lines, lines
    appear(lab, zone)
    wait_for("the webhook", lambda: receiver.changes(zone) == [("pending", "connected")])
    configure(user, {"webhook": receiver.url, "secret": {"value": SECRET}})
    read_again(daemon)
    assert daemon.end()[0] == 0


def test_what_waits_goes_to_the_new_one(lab, user, watch, receiver, other):
    """A change that the old receiver did not take is not lost."""
    zone = known(lab, user)
    receiver.answers = [500] * 99
    configure(user, {"webhook": receiver.url, "secret": {"value": SECRET}})
    daemon = watch("--until", "records", env=OWN)
    appear(lab, zone)
    said(daemon, "cannot be told")
    configure(user, {"webhook": other.url, "secret": {"value": OTHER_SECRET}})
    read_again(daemon)
    wait_for("the other", lambda: other.changes(zone) == [("pending", "connected")], 30 * SLOW)
    assert set(other.ids) == set(receiver.ids)


def test_looks_go_on_while_a_secret_is_awaited(lab, user, watch, receiver, tmp_path):
    """And signals as well: one more to read it again, one to end."""
    zone, ready = known(lab, user), tmp_path / "ready"
    configure(user, {"webhook": receiver.url, "secret": {"value": SECRET}})
    daemon = watch("--until", "records", env=OWN)
    said(daemon, "watching 1 domain")
    waits = command(f"while ! test -e {ready}; do sleep 0.1; done; echo {SECRET}")
    configure(user, {"webhook": receiver.url, "secret": waits})
    daemon.process.send_signal(signal.SIGHUP)
    wait_for("the command", lambda: children(daemon.process))
    daemon.process.send_signal(signal.SIGHUP)
    appear(lab, zone)
    assert zone in daemon.line()
    wait_for("the webhook", lambda: receiver.changes(zone) == [("pending", "connected")])
    ready.touch()
    assert said(daemon, AGAIN).count("\n") == 1
    assert said(daemon, AGAIN).count("\n") == 1
    ready.unlink()
    daemon.process.send_signal(signal.SIGHUP)
    (shell,) = wait_for("the command", lambda: children(daemon.process))
    code, seconds, err = daemon.end()
    assert (code, err) == (0, "") and seconds < 2 * SLOW
    wait_for("the command's end", lambda: not os.path.exists(f"/proc/{shell}"))


def test_the_flag_stays_and_its_secret_s_file_is_read(lab, user, watch, other, tmp_path):
    zone, secret = known(lab, user), tmp_path / "secret"
    secret.write_text(SECRET)
    daemon = watch("--until", "records", "--webhook", other.url,
                   env=OWN | {"SIGNPOST_WEBHOOK_SECRET_FILE": str(secret)})
    said(daemon, "watching 1 domain")
    secret.write_text(OTHER_SECRET)
    configure(user, {"webhook": "https://hooks.example.net/", "secret": {"value": SECRET}})
    assert f"127.0.0.1:{other.port}" in read_again(daemon)
    appear(lab, zone)
    wait_for("the webhook", lambda: other.changes(zone) == [("pending", "connected")])


def test_the_service_manager_is_told(user, watch, tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10 * SLOW)
        daemon = watch(env=OWN | {"NOTIFY_SOCKET": path})
        said(daemon, "watching 0 domains")
        for config in ({}, "{"):
            configure(user, config)
            daemon.process.send_signal(signal.SIGHUP)
            told = []
            while told[-2:] != ["RELOADING=1", "READY=1"]:
                told.append(manager.recv(4096).decode())
        assert daemon.end()[0] == 0


def test_on_a_terminal_it_ends(lab, user):
    """There SIGHUP says that nobody is there any more."""
    known(lab, user)
    ours, theirs = pty.openpty()
    with subprocess.Popen(user.argv("watch"), env=user.env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        text = b""
        while b"watching 1 domain" not in text:
            text += os.read(ours, 4096)
        process.send_signal(signal.SIGHUP)
        assert process.wait(10 * SLOW) == -signal.SIGHUP
    os.close(ours)
