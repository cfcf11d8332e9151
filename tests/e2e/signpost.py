"""Runs the program under test as a user would, and holds every report to its schema."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from pathlib import Path

import jsonschema

from lab import API_KEY, RESOLVER

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SIGNPOST_BUILD", ROOT / "build"))
PROGRAM = BUILD / "signpost"
REPORT_SCHEMA = json.loads((ROOT / "schemas/report.schema.json").read_text())
IS_SANITIZED = os.environ.get("SIGNPOST_BUILD_KIND") == "sanitized"


def check_report(document):
    """Every JSON that any test makes the program print passes through here."""
    jsonschema.validate(document, REPORT_SCHEMA)
    return document


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def report(self):
        return check_report(json.loads(self.out))

    @property
    def domain(self):
        """The only domain of the report."""
        (entry,) = self.report["domains"]
        return entry

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def verdicts(result):
    """What a report says of each domain, without the effort that it took and what only the ledger knows."""
    return [(domain["domain"], domain["status"], domain["records_live"], domain["key_live"],
             [(record["host"], record["state"], record["diagnosis"], record["servers"]) for record in domain["records"]],
             [warning["code"] for warning in domain["warnings"] if warning["code"] not in ("ledger", "interrupted")])
            for domain in sorted(result.report["domains"], key=lambda domain: domain["domain"])]


class Signpost:
    """A user with a home of their own, and a lab to talk to."""

    def __init__(self, home, lab=None):
        self.home, self.lab = home, lab
        home.mkdir(parents=True, exist_ok=True)
        self.ledger = home / "state/signpost/ledger.db"
        self.env = {
            "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config"),
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
            "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99:print_stacktrace=1",
        }
        self.flags = []
        if lab:
            self.env |= {"PDNS_API_KEY": API_KEY, "PDNS_API_URL": lab.pdns.endpoint}
            self.flags = ["--resolver", f"{RESOLVER}:{lab.port}", "--dns-port", str(lab.port)]

    def argv(self, command, *words):
        return [str(PROGRAM), command, *words, *self.flags]

    def start(self, command, *words, env=None, stdin=subprocess.DEVNULL):
        """Ctrl-C reaches it at any moment, even if these tests run where it is ignored (`scripts/test &`)."""
        return subprocess.Popen(self.argv(command, *words), env=self.env | (env or {}), text=True,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                                stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, command, *words, env=None, input=None, timeout=60):
        done = subprocess.run(self.argv(command, *words), env=self.env | (env or {}), text=True,
                              input=input, stdin=subprocess.DEVNULL if input is None else None,
                              capture_output=True, timeout=timeout)
        assert done.returncode not in (99, -6, -11), Result(done.returncode, done.stdout, done.stderr)
        return Result(done.returncode, done.stdout, done.stderr)

    def json(self, command, *words, **how):
        if command == "verify" and "--evidence" not in words:
            return self.verify_twice(*words, **how)
        result = self.run(command, *words, "--output", "json", **how)
        if result.code not in (2, 130):
            assert result.report["exit_code"] == result.code, result
        return result

    def verify_twice(self, *words, **how):
        """Whatever any test verifies: the same comes of it offline, from the evidence alone."""
        file = self.home / f"{uuid.uuid4()}.evidence.json"
        result = self.json("verify", *words, "--evidence", file, **how)
        if file.exists():
            again = self.json("explain", file)
            assert verdicts(again) == verdicts(result), (again, result)
            file.unlink()
        return result

    def raw(self, *argv, env=None):
        """Exactly these words, without the lab's flags."""
        done = subprocess.run([str(PROGRAM), *argv], env=self.env | (env or {}), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        return Result(done.returncode, done.stdout.decode(errors="replace"),
                      done.stderr.decode(errors="replace"))

    def on_terminal(self, *words, answers=(), env=None, seconds=30, columns=None):
        """On a pseudo-terminal: (exit code, everything shown). ANSWERS: (text to wait for, what to type)."""
        pid, terminal = pty.fork()
        if pid == 0:
            if columns:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(PROGRAM, self.argv(*words), self.env | {"TERM": "xterm"} | (env or {}))
        shown, answers, end = b"", list(answers), time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 0.1)
            if ready:
                try:
                    got = os.read(terminal, 65536)
                except OSError:
                    break
                if not got:
                    break
                shown += got
            if answers and re.search(answers[0][0].encode(), shown):
                os.write(terminal, answers.pop(0)[1].encode())
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")


if __name__ == "__main__":
    sys.exit("this is a module of the tests; run scripts/test")
