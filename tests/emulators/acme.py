"""Pebble, the ACME test server, as what makes lego call its DNS provider: lego has no other use for one."""

import json
import os
import subprocess

from lab import free_port, listens, program, wait_for


class Acme:
    """Finds every challenge valid, so that no DNS is asked. AUTHORITY (proxy.Authority) has `localhost` among its
    hosts. Usable in a with statement; `directory` is what lego's --server takes."""

    def __init__(self, folder, authority):
        folder.mkdir(parents=True, exist_ok=True)
        port, management = free_port(("127.0.0.1",)), free_port(("127.0.0.1",))
        config = folder / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(authority.chain), "privateKey": str(authority.key), "httpPort": 5002, "tlsPort": 5001}}))
        self.directory = f"https://localhost:{port}/dir"
        self.log = folder / "pebble.log"
        self._process = subprocess.Popen(
            [program("pebble"), "-config", str(config)], stdin=subprocess.DEVNULL, stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"], "PEBBLE_VA_ALWAYS_VALID": "1",
                                           "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
        wait_for("Pebble", lambda: self._process.poll() is None and listens("127.0.0.1", port))

    def lego(self, clients, provider, domain, resolver, env, *words):
        """One order for DOMAIN: lego creates the challenge's record, is believed, and takes the record away."""
        return clients.run(program("lego"), "--server", self.directory, "--accept-tos", "--email", "lab@lab.example",
                           "--path", str(clients.home / "lego"), "--domains", domain, "--dns", provider,
                           "--dns.resolvers", resolver, "--dns.disable-cp", *words, "run", env=env)

    def stop(self):
        self._process.terminate()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
