"""Runs API clients that were written elsewhere: Debian packages, and npm packages below build/clients.

scripts/setup --test installs both. A client's home is a folder of its own, and its environment holds
nothing of this machine's.
"""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE.parents[1] / "build/clients/node_modules"


class Done:
    """How a client ended."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __repr__(self):
        return f"{' '.join(map(str, self.argv))}: exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Clients:
    """What runs clients, in the folder HOME; PROXY (a proxy.Proxy) is how they reach the emulator."""

    def __init__(self, home, proxy=None):
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore",
                    "NODE_MODULES": str(NODE_MODULES)} | (proxy.environment() if proxy else {})

    def run(self, *argv, env=None, input=None, timeout=60):
        done = subprocess.run([*map(str, argv)], env=self.env | (env or {}), input=input or "", text=True,
                              capture_output=True, timeout=timeout, cwd=self.home)
        return Done(argv, done.returncode, done.stdout, done.stderr)

    def lexicon(self, provider, *words, env=None):
        """The Debian package lexicon: (exit, list of records or what it printed)."""
        done = self.run("/usr/bin/lexicon", provider, *words, "--output", "JSON", env=env)
        try:
            return done, json.loads(done.out)
        except ValueError:
            return done, None

    def node(self, script, steps, env=None):
        """A script of this folder, which reads STEPS as JSON and prints one JSON result for each."""
        if not NODE_MODULES.is_dir():
            raise RuntimeError("build/clients is not there: run scripts/setup --test")
        done = self.run("node", HERE / script, env=env, input=json.dumps(steps))
        if done.code:
            raise RuntimeError(repr(done))
        return json.loads(done.out)
