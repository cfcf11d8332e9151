"""Ctrl-C at a terminal, and kill -9: what is under way ends as it should, and nothing stays behind."""

import os
import pty
import select
import signal
import sqlite3
import threading
import time

import pytest

from contract import Relay, children, cnames, direct, own_zone, until_idle
from lab import wait_for
from signpost import PROGRAM
from test_hostile_plugins import install
from test_publish import three


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


@pytest.fixture
def relay(lab, user):
    relay = Relay(lab)
    user.env["PDNS_API_URL"] = relay.url
    yield relay
    relay.let_go()
    relay.stop()


class Terminal:
    """A program on a pseudo-terminal, as a login shell would start it: Ctrl-C goes to its whole foreground group."""

    def __init__(self, user, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, user.argv(*words), user.env | {"TERM": "xterm"})

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, seconds=20):
        """(exit code, all that was shown)"""
        shown, until = b"", time.monotonic() + seconds
        while time.monotonic() < until:
            ready, _, _ = select.select([self.fd], [], [], 0.2)
            try:
                got = os.read(self.fd, 65536) if ready else None
            except OSError:
                break
            if got == b"":
                break
            shown += got or b""
        else:
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), shown.decode(errors="replace")


def outcomes(user):
    with sqlite3.connect(f"file:{user.ledger}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT outcome FROM changes")]


@pytest.mark.parametrize("stage", ["before", "after"])
def test_ctrl_c_lets_the_write_under_way_finish(lab, user, relay, stage):
    """The write is held for 0.8 s at the provider; Ctrl-C is typed meanwhile."""
    zone = own_zone(lab)
    words, pairs = three(zone)
    relay.hold = stage
    running = Terminal(user, "publish", zone, *words, "--provider", "powerdns")
    assert relay.reached.wait(20)
    workers = children(running.pid)
    threading.Timer(0.8, relay.released.set).start()
    running.type("\x03")
    code, shown = running.end()
    assert code == 130, shown
    assert cnames(lab, zone) == pairs and set(outcomes(user)) == {"applied"}, shown
    until_idle(workers)
    relay.hold = None
    relay.requests.clear()
    again = user.json("publish", zone, *words, "--provider", "powerdns", "--no-wait")
    assert {change["action"] for change in again.domain["changes"]} == {"keep"}, again
    assert set(relay.methods()) == {"GET"}


def test_a_second_ctrl_c_ends_it_at_once(lab, user, relay):
    zone = own_zone(lab)
    words, _ = three(zone)
    relay.hold = "before"
    running = Terminal(user, "publish", zone, *words, "--provider", "powerdns")
    assert relay.reached.wait(20)
    workers, since = children(running.pid), time.monotonic()
    running.type("\x03")
    time.sleep(0.3)
    running.type("\x03")
    code, shown = running.end()
    assert code in (130, -signal.SIGINT) and time.monotonic() - since < 1.5, shown
    until_idle(workers)
    assert outcomes(user) == [None] * 3, "the next run looks"


def test_a_worker_that_computes_dies_with_the_engine(lab, user, tmp_path):
    """It does not listen to its socket, and it is out of the terminal's group."""
    folder, variable = install(tmp_path, "endless-loop")
    running = user.start("publish", own_zone(lab), "--record", "sk1=u1.mailer.example", "--provider", "evil-endless-loop",
                         "--plugin-dir", str(folder), "--endpoint", "http://127.0.0.1:1", env={variable: "token"})
    wait_for("a worker that computes", lambda: len(children(running.pid)) == 1 and busy(children(running.pid)[0]))
    workers = children(running.pid)
    running.kill()
    running.communicate()
    until_idle(workers)


def busy(pid):
    """More than 0.3 s of processor time: loading is over."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return int(file.read().rsplit(")", 1)[1].split()[11]) > 30
