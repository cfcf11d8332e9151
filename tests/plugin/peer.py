"""The engine's part of the conversation with a worker (core/plugin/wire.h), for tests of the real program."""

import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import struct
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SIGNPOST_BUILD", ROOT / "build/plain"))
PLUGINS = BUILD / "tests/plugin"
MAGIC = 0x53504631
PATIENCE_S = 20
NOBODY = 65534

CONFIG = (BUILD / "core/config.h").read_text() if (BUILD / "core/config.h").exists() else ""
HAS_SANDBOX = "#define SP_SANDBOX_REQUIRED 1" in CONFIG


class Gone(Exception):
    """The worker closed its end."""


def without_landlock():
    """Makes this process, and what it executes, believe that the kernel has no Landlock."""
    landlock_create_ruleset, errno_action = 444, 0x00050000 | errno.ENOSYS
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(0x7FFF0000))
    library.seccomp_rule_add(context, errno_action, landlock_create_ruleset, 0)
    library.seccomp_load(context)


class Worker:
    """One worker process; use it in a `with`. PREPARE runs in the child before the program starts."""

    def __init__(self, plugin="good", mode="required", prepare=None, arguments=None, extra_fds=0):
        path = plugin if isinstance(plugin, Path) else PLUGINS / f"{plugin}.so"
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_S)
        self.socket = ours
        self.stderr, stderr = os.pipe()
        arguments = ["signpost-worker", mode] if arguments is None else arguments
        with open(path, "rb") as file:
            self.pid = os.fork()
            if self.pid == 0:
                self._become(theirs.fileno(), file.fileno(), stderr, arguments, prepare, extra_fds)
        theirs.close()
        os.close(stderr)
        self.status = None
        self.waiting = b""

    @staticmethod
    def _become(sock, plugin, stderr, arguments, prepare, extra_fds):
        try:
            high = [os.dup(os.open("/dev/null", os.O_RDWR)) for _ in range(60)]
            kept = [os.dup(fd) for fd in (sock, plugin, stderr)]
            null = high[0]
            for number, fd in enumerate((null, null, kept[2], kept[0], kept[1])):
                os.dup2(fd, number, inheritable=True)
            for number in range(5, 5 + extra_fds):
                os.dup2(null, number, inheritable=True)
            if prepare:
                prepare()
            os.execve(BUILD / "signpost-worker", arguments, {})
        finally:
            os._exit(99)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self.stderr)

    def wait(self):
        """The exit code, or minus the signal's number."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def end(self):
        """Hangs up; the exit code."""
        self.socket.close()
        return self.wait()

    def words(self):
        """What it wrote to standard error; only after the end."""
        return os.read(self.stderr, 65536).decode(errors="replace")

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, meta, body=b""):
        text = json.dumps(meta).encode()
        self.send_bytes(struct.pack(">III", MAGIC, len(text), len(body)) + text + body)

    def _take(self, n):
        while len(self.waiting) < n:
            try:
                got = self.socket.recv(65536)
            except ConnectionResetError:
                got = b""
            if not got:
                raise Gone
            self.waiting += got
        taken, self.waiting = self.waiting[:n], self.waiting[n:]
        return taken

    def receive(self):
        """The next frame: its JSON and its body."""
        magic, meta_len, body_len = struct.unpack(">III", self._take(12))
        assert magic == MAGIC
        assert meta_len <= 1 << 20 and body_len <= 64 << 20, "no frame is that long"
        meta = json.loads(self._take(meta_len))
        return meta, self._take(body_len)

    def expect(self, kind):
        meta, body = self.receive()
        assert meta["type"] == kind, meta
        return (meta, body) if body else meta

    def is_silent(self, seconds):
        self.socket.settimeout(seconds)
        try:
            self.receive()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(PATIENCE_S)
        return False

    def load(self):
        """Through hello to the description."""
        self.expect("hello")
        self.send({"type": "load"})
        return self.expect("description")["description"]

    def find_zones(self, *names):
        self.send({"type": "call", "function": "find_zones", "dry_run": False,
                   "wanted": [{"name": name, "guess": None} for name in names or ("sk1.example.com.",)]})

    def call(self, function, **members):
        zone = members.pop("zone", {"id": "z1", "name": "example.com.", "note": None, "flags": 0, "name_servers": []})
        self.send({"type": "call", "function": function, "dry_run": False, "zone": zone, **members})

    def answer(self, body=b"", status=200, headers=()):
        self.send({"type": "answer", "status": status, "headers": [list(pair) for pair in headers]}, body)


def elapsed_ms(since):
    return (time.monotonic() - since) * 1000
