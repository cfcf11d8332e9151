"""What crosses to the plugin's process: never a credential, in no form, not even when the provider sends it back."""

import base64
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.parse
from pathlib import Path

import pytest

import signpost
from contract import Relay, Tiny, children, cnames, compiled, direct, own_zone
from lab import API_KEY, RESOLVER
from signpost import BUILD, IS_SANITIZED, PROGRAM
from test_publish import three

MAPPING_MAX = 1 << 30  # a sanitizer reserves terabytes that hold nothing


def forms(secret):
    """How a secret may look on its way: as it is, encoded, and base64 at any offset."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    quoted = urllib.parse.quote(secret, safe="").encode()
    if quoted != raw:
        yield quoted
    for pad in range(3):
        whole = base64.b64encode(b"\0" * pad + raw)
        yield whole[4 if pad else 0:(pad + len(raw)) // 3 * 4]
    yield "".join(f"\\u{ord(c):04x}" for c in secret).encode()


def found_in(data, secret=API_KEY):
    return [form for form in forms(secret) if form in data]


class Echo(Relay):
    """A provider that sends the credential back in what it answers."""

    def answer(self, handler, body):
        answer = super().answer(handler, body)
        if answer is None or handler.command != "GET":
            return answer
        status, text, *headers = answer
        text, n = re.subn(r'"account": ?""', f'"account": "{handler.headers["X-API-Key"]}"', text)
        self.n_echoed += n
        return (status, text, *headers)

    n_echoed = 0


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


@pytest.fixture
def echo(lab, user):
    echo = Echo(lab)
    user.env["PDNS_API_URL"] = echo.url
    yield echo
    echo.let_go()
    echo.stop()


def memory_of(pid):
    """All that the process can read, or None when it is closed to this user."""
    parts = []
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for start, end in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r", maps, re.M):
                length = int(end, 16) - int(start, 16)
                if length > MAPPING_MAX or int(start, 16) >= 1 << 63:
                    continue
                memory.seek(int(start, 16))
                try:
                    parts.append(memory.read(length) or b"")
                except OSError:
                    continue  # [vvar] and the like
    except PermissionError:
        return None
    return b"".join(parts)


def assert_clean(engine, worker, marker, secret):
    """While both are at work. The searches find what is there: the secret in the engine, the marker in the worker."""
    engine_has, worker_has = memory_of(engine), memory_of(worker)
    assert engine_has is None or secret.encode() in engine_has
    if worker_has is None:
        return  # closed to everybody but root
    assert marker.encode() in worker_has
    assert found_in(worker_has, secret) == []


def test_the_workers_memory_while_a_write_is_under_way(lab, user, echo):
    """The zone was read and the write was sent, both with the credential."""
    zone = own_zone(lab)
    words, pairs = three(zone)
    echo.hold = "after"
    running = user.start("publish", zone, *words, "--provider", "powerdns")
    assert echo.reached.wait(20), running.communicate()
    (worker,) = children(running.pid)
    assert_clean(running.pid, worker, zone, API_KEY)
    echo.hold = None
    echo.released.set()
    _, err = running.communicate(timeout=20)
    assert running.returncode == 0 and cnames(lab, zone) == pairs, err
    assert echo.n_echoed > 0, "PowerDNS's answers have no such member any more"


def test_the_workers_memory_beside_an_answer_that_holds_the_credential(lab, user, tmp_path):
    """The first write of a call is answered with the credential, the second one is held."""
    compiled(tmp_path / "plugins", "tiny.c")
    reached, released, writes = threading.Event(), threading.Event(), []

    class Telling(Tiny):
        def answer(self, handler, body):
            answer = super().answer(handler, body)
            if handler.command != "POST" or answer[0] != 200:
                return answer
            writes.append(body)
            if len(writes) == 2:
                reached.set()
                released.wait(30)
            return 200, f"{answer[1]} receipt-77 {handler.headers['Authorization']}", ("Content-Type", "text/plain")
    tiny = Telling(lab)
    zone = tiny.add(own_zone(lab))
    running = user.start("publish", zone, "--record", "sk1=u1.mailer.example", "--record", "sk2=u1.mailer.example",
                         "--provider", "tiny", "--plugin-dir", str(tmp_path / "plugins"),
                         env={"TINY_API_TOKEN": tiny.TOKEN, "SIGNPOST_TINY_ENDPOINT": tiny.url})
    assert reached.wait(20), running.communicate()
    (worker,) = children(running.pid)
    assert_clean(running.pid, worker, "receipt-77", tiny.TOKEN)
    released.set()
    _, err = running.communicate(timeout=20)
    tiny.stop()
    assert running.returncode == 0, err


RECORDER = """#!/usr/bin/python3
import os, select, socket, subprocess, sys
HERE = os.path.dirname(os.path.realpath(sys.argv[0]))
engine = socket.socket(fileno=3)
ours, theirs = socket.socketpair()
def become():
    os.dup2(theirs.fileno(), 3)
worker = subprocess.Popen(["signpost-worker", *sys.argv[1:]], executable={worker!r}, env={{}}, preexec_fn=become,
                          pass_fds=(3, 4))
theirs.close()
os.close(4)
other = {{engine: ours, ours: engine}}
with open(HERE + "/frames", "ab", buffering=0) as frames:
    while other:
        for side in select.select(list(other), [], [])[0]:
            try:
                data = side.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                worker.kill()
                sys.exit(worker.wait() and 1)
            frames.write(data)
            other[side].sendall(data)
"""


@pytest.fixture
def frames(tmp_path, monkeypatch):
    """The program with a recorder between it and its workers; the file that holds all they said to each other."""
    folder = tmp_path / "installation"
    folder.mkdir()
    shutil.copy2(PROGRAM, folder / "signpost")
    (folder / "plugins").symlink_to(BUILD / "plugins")
    recorder = folder / "signpost-worker"
    recorder.write_text(RECORDER.format(worker=str(BUILD / "signpost-worker")))
    recorder.chmod(0o755)
    monkeypatch.setattr(signpost, "PROGRAM", folder / "signpost")
    return folder / "frames"


def test_the_frames_of_a_run(lab, user, echo, frames):
    zone = own_zone(lab)
    words, pairs = three(zone)
    result = user.json("publish", zone, *words, "--provider", "powerdns")
    assert result.code == 0 and cnames(lab, zone) == pairs, result
    assert user.json("unpublish", zone, "--yes").code == 0
    said = frames.read_bytes()
    assert echo.n_echoed > 0 and said.count(b"SPF1") > 10 and zone.encode() in said
    assert found_in(said) == []


def test_the_frames_of_a_refused_credential(lab, user, frames):
    """The provider quotes the credential in its refusal."""
    secret = "wrong-key-5f0c9e17aa"

    class Quoting(Relay):
        def answer(self, handler, body):
            return 401, f'{{"error": "no such key: {handler.headers["X-API-Key"]}"}}', ("X-Key", secret)
    server = Quoting(lab)
    result = user.json("publish", own_zone(lab), "--record", "sk1=u1.mailer.example", "--provider", "powerdns",
                       env={"PDNS_API_KEY": secret, "PDNS_API_URL": server.url})
    server.stop()
    assert result.code == 6, result
    said = frames.read_bytes()
    assert b"no such key" in said and found_in(said, secret) == []
    assert found_in((result.out + result.err).encode(), secret) == []


def test_the_search_finds_every_form():
    for text in (API_KEY, API_KEY.encode().hex(), base64.b64encode(b"u:" + API_KEY.encode()).decode(),
                 base64.b64encode(API_KEY.encode()).decode()):
        assert found_in(b"..." + text.encode() + b"..."), text


def test_the_engine_leaves_no_core_and_lets_nobody_look(lab, tmp_path):
    """What may be dumped, or read by its own user's debugger, belongs to that user in /proc; what may not, to root."""
    folder = Path(tempfile.mkdtemp(prefix="signpost-"))
    try:
        nobody = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
        folder.chmod(0o755)
        program = shutil.copy(PROGRAM, folder / "signpost")
        running = subprocess.Popen(
            [program, "verify", lab.zone(), "--record", "sk1=u1.mailer.example", "--wait", "--ledger", "none",
             "--resolver", f"{RESOLVER}:{lab.port}", "--dns-port", str(lab.port)], user=nobody, cwd=folder,
            env={"HOME": str(folder), "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            assert running.stderr.readline(), "it has begun"
            assert re.search(r"^Max core file size +0 +0 ", Path(f"/proc/{running.pid}/limits").read_text(), re.M)
            # Leak checkers attach as a debugger does: sanitizer builds stay open to them.
            assert Path(f"/proc/{running.pid}/status").stat().st_uid == (nobody if IS_SANITIZED else 0)
        finally:
            running.kill()
            running.communicate()
    finally:
        shutil.rmtree(folder)
