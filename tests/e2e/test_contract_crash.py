"""Killed in the middle of a write: what the next run finds, does and leaves; and what the processes are like meanwhile."""

import json
import os
import re
import resource
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from contract import Relay, Tiny, children, cnames, compiled, direct, ensure_zone, ledger_text, own_zone, until_idle
from lab import rrset, wait_for
from signpost import IS_SANITIZED
from test_publish import three

pytestmark = pytest.mark.slow


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


def start_and_hold(user, relay, stage, *words):
    """Runs the command until its write is at the provider: not done yet ("before"), or done but not answered ("after")."""
    relay.hold = stage
    running = user.start(*words)
    assert relay.reached.wait(20), running.communicate()
    return running


def kill(running, relay):
    """kill -9, and whatever was on its way is gone."""
    running.kill()
    running.communicate()
    relay.let_go()
    relay.requests.clear()


def publish(zone, *more):
    return ["publish", zone, *three(zone)[0], "--provider", "powerdns", *more]


def test_the_intent_is_kept_before_the_write_and_the_outcome_after(lab, user, relay):
    zone = own_zone(lab)
    running = start_and_hold(user, relay, "before", *publish(zone))
    held = ledger_text(user)
    for host, target in three(zone)[1].items():
        assert host in held and target in held
    assert cnames(lab, zone) == {}
    relay.hold = None
    relay.released.set()
    assert running.wait(20) == 0
    running.communicate()
    assert ledger_text(user) != held


def test_killed_before_the_write_was_done(lab, user, relay):
    zone = own_zone(lab)
    kill(start_and_hold(user, relay, "before", *publish(zone)), relay)
    result = user.json(*publish(zone))
    assert result.code == 0, result
    assert relay.methods() == ["GET", "GET", "PATCH"]
    assert cnames(lab, zone) == three(zone)[1]


def test_killed_after_the_write_was_done(lab, user, relay):
    zone = own_zone(lab)
    kill(start_and_hold(user, relay, "after", *publish(zone)), relay)
    serial = [lab.serial("127.0.0.1", zone)]
    result = user.json(*publish(zone))
    assert result.code == 0 and {c["action"] for c in result.domain["changes"]} == {"keep"}, result
    assert relay.methods() == ["GET", "GET"], "what is there is read, nothing is written again"
    assert [lab.serial("127.0.0.1", zone)] == serial and cnames(lab, zone) == three(zone)[1]


@pytest.mark.parametrize("stage", ["before", "after"])
def test_no_intent_is_replayed_over_a_stranger(lab, user, relay, stage):
    """Between kill and next run somebody else takes the host: theirs stays."""
    zone = own_zone(lab)
    kill(start_and_hold(user, relay, stage, *publish(zone)), relay)
    host = f"sk48601.{zone}"
    lab.pdns.set(zone, rrset(host, "CNAME", "somebody.else.example."))
    for command in (publish(zone), ["verify", zone], ["status", zone], ["status"], ["unpublish", zone, "--yes"]):
        user.json(*command)
        assert cnames(lab, zone)[host] == "somebody.else.example", command
    assert user.json(*publish(zone)).code == 5


@pytest.mark.parametrize("command", ["status", "verify", "records"])
def test_reading_commands_after_a_kill_write_nothing(lab, user, relay, command):
    zone = own_zone(lab)
    kill(start_and_hold(user, relay, "before", *publish(zone)), relay)
    result = user.json(command, zone, *(three(zone)[0] if command == "records" else []))
    assert result.code == (0 if command == "records" else 3), result
    assert not [method for method in relay.methods() if method != "GET"] and cnames(lab, zone) == {}


@pytest.mark.parametrize("stage", ["before", "after"])
def test_killed_while_a_record_is_replaced(lab, user, relay, stage):
    zone = own_zone(lab)
    host = f"sk48601.{zone}"
    lab.pdns.set(zone, rrset(host, "CNAME", "what.stood.here.example.", ttl=77))
    kill(start_and_hold(user, relay, stage, *publish(zone, "--replace", "--yes")), relay)
    assert "what.stood.here.example" in ledger_text(user), "the before-image"
    result = user.json(*publish(zone, "--replace", "--yes"))
    assert result.code == 0 and cnames(lab, zone) == three(zone)[1], result
    assert relay.methods().count("PATCH") == (1 if stage == "before" else 0)
    assert "what.stood.here.example" in ledger_text(user) and "77" in ledger_text(user)


def test_before_images_of_removed_types_are_kept(lab, user):
    zone = own_zone(lab)
    lab.pdns.set(zone, rrset(f"sk48601a._domainkey.{zone}", "TXT", '"v=DKIM1; p=THE-OLD-ONE"', '"v=DKIM1; p=A-SECOND"'))
    assert user.json(*publish(zone, "--replace-types", "TXT", "--yes")).code == 0
    assert "THE-OLD-ONE" in ledger_text(user) and "A-SECOND" in ledger_text(user)


def test_unpublish_after_a_kill_takes_back_what_was_written(lab, user, relay):
    zone = own_zone(lab)
    kill(start_and_hold(user, relay, "after", *publish(zone)), relay)
    result = user.json("unpublish", zone, "--provider", "powerdns", "--yes")
    assert result.code == 0 and cnames(lab, zone) == {}, result


def test_unpublish_after_a_kill_that_wrote_nothing(lab, user, relay):
    zone = own_zone(lab)
    kill(start_and_hold(user, relay, "before", *publish(zone)), relay)
    result = user.json("unpublish", zone, "--provider", "powerdns", "--yes")
    assert result.code == 0 and cnames(lab, zone) == {}, result
    assert set(relay.methods()) <= {"GET"}


@pytest.mark.parametrize("stage", ["before", "after"])
def test_killed_while_taking_back(lab, user, relay, stage):
    zone = own_zone(lab)
    assert user.json(*publish(zone)).code == 0
    kill(start_and_hold(user, relay, stage, "unpublish", zone, "--provider", "powerdns", "--yes"), relay)
    result = user.json("unpublish", zone, "--provider", "powerdns", "--yes")
    assert result.code == 0 and cnames(lab, zone) == {}, result
    assert relay.methods().count("PATCH") == (1 if stage == "before" else 0)


def test_killed_between_two_of_several_writes(lab, user, tmp_path):
    """A provider that takes one record at a time: no record is doubled, the others follow."""
    ensure_zone(lab, "tiny-dns.example")
    compiled(tmp_path / "plugins", "tiny.c")
    tiny = Tiny(lab)
    zone = tiny.add(own_zone(lab, server="ns1.tiny-dns.example"))
    env = {"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url}
    words = ["publish", zone, *three(zone)[0], "--provider", "tiny", "--plugin-dir", str(tmp_path / "plugins")]
    real = tiny.answer
    writes = []

    def slow_second(handler, body):
        if handler.command == "POST":
            writes.append(body)
            if len(writes) == 2:
                real(handler, body)
                running.kill()
                time.sleep(0.2)
                return None
        return real(handler, body)
    tiny.answer = slow_second
    running = user.start(*words, env=env)
    running.communicate(timeout=20)
    assert running.returncode == -signal.SIGKILL and len(tiny.rows(zone)) == 2
    result = user.json(*words, env=env)
    tiny.stop()
    assert result.code == 0, result
    assert len(tiny.rows(zone)) == len({row[0] for row in tiny.rows(zone)}) == 3 and len(writes) == 3


def test_interrupted_during_the_write(lab, user, relay):
    zone = own_zone(lab)
    running = start_and_hold(user, relay, "before", *publish(zone, "--output", "json"))
    workers = children(running.pid)
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    assert running.returncode == 130 and time.monotonic() - started < 15
    until_idle(workers)
    relay.let_go()
    relay.requests.clear()
    assert user.json(*publish(zone)).code == 0 and cnames(lab, zone) == three(zone)[1]


def test_a_kill_leaves_no_process_behind(lab, user, relay):
    zone = own_zone(lab)
    running = start_and_hold(user, relay, "before", *publish(zone))
    workers = children(running.pid)
    assert workers, "the plugin runs in a process of its own"
    kill(running, relay)
    until_idle(workers)


def test_a_regular_end_leaves_no_process_behind(lab, user, relay):
    zone = own_zone(lab)
    running = start_and_hold(user, relay, "before", *publish(zone))
    workers = children(running.pid)
    relay.hold = None
    relay.released.set()
    assert running.wait(20) == 0 and not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    running.communicate()


def test_a_damaged_ledger_is_said_and_kept(lab, user):
    zone = own_zone(lab)
    assert user.json(*publish(zone)).code == 0
    with open(user.ledger, "r+b") as file:
        file.write(b"this is no database any more, sorry")
    damaged = user.ledger.read_bytes()
    result = user.run(*publish(zone))
    assert result.code in (1, 2) and "ledger" in result.err, result
    assert user.ledger.read_bytes() == damaged


def test_a_ledger_in_use_is_waited_for(lab, user):
    """Another program holds the ledger for a moment."""
    zone = own_zone(lab)
    assert user.json("verify", zone, *three(zone)[0]).code == 3
    with sqlite3.connect(user.ledger, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        running = user.start(*publish(zone))
        time.sleep(0.5)
        other.execute("COMMIT")
    assert running.wait(20) == 0, running.communicate()
    running.communicate()


def test_many_at_once_with_one_ledger(lab, user, relay):
    zones = [own_zone(lab) for _ in range(6)]
    running = [user.start(*publish(zone)) for zone in zones]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    status = user.json("status")
    assert relay.methods().count("PATCH") == len(zones)
    assert {entry["domain"]: entry["status"] for entry in status.report["domains"]} == dict.fromkeys(zones, "connected")


def readable(path):
    """Its content; None when the process is closed to others, which is better still."""
    try:
        return Path(path).read_bytes()
    except PermissionError:
        return None


def test_the_processes_at_work(lab, user, relay):
    zone = own_zone(lab)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    secret = user.env["PDNS_API_KEY"].encode()
    running = start_and_hold(user, relay, "before", *publish(zone))
    (worker,) = children(running.pid)
    for pid in (running.pid, worker):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.M), limits
        assert secret not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert "NoNewPrivs:\t1" in Path(f"/proc/{worker}/status").read_text() or IS_SANITIZED
    assert "Seccomp:\t2" in Path(f"/proc/{worker}/status").read_text() or IS_SANITIZED
    assert readable(f"/proc/{worker}/environ") in (None, b"")
    maps = (readable(f"/proc/{worker}/maps") or b"").decode()
    for library in ("libcurl", "libsqlite3", "libcrypto", "libssl", "libcares", "libnss", "libresolv"):
        assert library not in maps, library
    for descriptor in Path(f"/proc/{worker}/fd").iterdir() if os.access(f"/proc/{worker}/fd", os.R_OK) else []:
        target = os.readlink(descriptor)
        assert target.startswith("socket:") or target == "/dev/null" or int(descriptor.name) <= 2, (descriptor, target)
    assert secret not in memory_of(worker)
    kill(running, relay)


def memory_of(pid):
    """All readable memory of a process; nothing when it is closed to others."""
    found = []
    try:
        with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps", encoding="ascii") as maps:
            for line in maps:
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                if "r" in line.split()[1] and "[v" not in line and end - start < 1 << 28:
                    try:
                        memory.seek(start)
                        found.append(memory.read(end - start))
                    except (OSError, ValueError):
                        continue
    except PermissionError:
        return b""
    return b"".join(found)


def test_the_core_limit_is_set_by_the_program_itself(lab, user, relay):
    """Started with room for a core file, it takes that away."""
    zone = own_zone(lab)
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        running = start_and_hold(user, relay, "before", *publish(zone))
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert re.search(r"^Max core file size +0 +", Path(f"/proc/{running.pid}/limits").read_text(), re.M)
    kill(running, relay)


def test_the_ledger_is_for_its_owner_alone(lab, user):
    zone = own_zone(lab)
    old = os.umask(0)
    try:
        assert user.json(*publish(zone)).code == 0
    finally:
        os.umask(old)
    assert user.ledger.parent.stat().st_mode & 0o777 == 0o700
    for file in user.ledger.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file


def test_no_ledger_leaves_no_file(lab, user):
    zone = own_zone(lab)
    assert user.json(*publish(zone, "--ledger", "none")).code == 0
    assert user.json("verify", zone, *three(zone)[0], "--ledger", "none").code == 0
    assert [path for path in user.home.rglob("*") if path.is_file()] == []


def test_a_worker_that_is_killed_during_the_write(lab, user, relay):
    zone = own_zone(lab)
    running = start_and_hold(user, relay, "after", *publish(zone, "--output", "json"))
    (worker,) = children(running.pid)
    os.kill(worker, signal.SIGKILL)
    relay.hold = None
    relay.released.set()
    out, err = running.communicate(timeout=20)
    assert running.returncode in (0, 8), (out, err)
    assert running.returncode == 8 or {c["outcome"] for c in json.loads(out)["domains"][0]["changes"]} == {"applied"}
    wait_for("the records", lambda: cnames(lab, zone) == three(zone)[1])
    relay.requests.clear()
    assert user.json(*publish(zone)).code == 0 and "PATCH" not in relay.methods()
