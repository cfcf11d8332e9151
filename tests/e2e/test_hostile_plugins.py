"""Plugins that mean harm: one precise message and exit code 8 each, while another domain in the same run succeeds."""

import pytest

from lab import PRIMARY
from signpost import BUILD, IS_SANITIZED

pytestmark = pytest.mark.slow

FOLDER = BUILD / "tests/plugin"

# A sanitizer catches the fault itself and ends the process.
SEGFAULT = "exit status 1" if IS_SANITIZED else "SIGSEGV"
# name, what the message must say, whether only the sandbox stops it
CASES = [
    ("missing-symbol", "signpost_plugin_v1", False),
    ("wrong-abi", "ABI", False),
    ("crash-constructor", SEGFAULT, False),
    ("crash-call", SEGFAULT, False),
    ("endless-loop", "10 s", False),
    ("slow-drip", "60 s", False),
    ("endless-report", "more zones or records than one call may", False),
    ("empty-report", "reported nothing", False),
    ("repeat-applied", "the same change twice", False),
    ("huge-frame", "frame", False),
    ("foreign-origin", "origin", False),
    ("dot-dot", "..", False),
    ("crlf-header", "header", False),
    ("open-socket", "socket", True),
    ("exec", "execve", True),
    ("write-file", "open", True),
    ("read-aws", "open", True),
    ("read-environment", "open", True),
]


def install(tmp_path, name):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / f"evil-{name}.so").symlink_to(FOLDER / f"evil-{name}.so")
    return folder, "EVIL_" + name.upper().replace("-", "_") + "_TOKEN"


def marks(name):
    """What the build under test must have for this case, and whether it takes long."""
    wanted = [pytest.mark.needs_sandbox] if {case: sandboxed for case, _, sandboxed in CASES}[name] else []
    return wanted + ([pytest.mark.slow] if name in ("endless-loop", "slow-drip") else [])


@pytest.mark.parametrize("name, words", [pytest.param(name, words, marks=marks(name)) for name, words, _ in CASES])
def test_one_message_and_exit_8(lab, user, name, words, tmp_path):
    folder, variable = install(tmp_path, name)
    zone = lab.zone()
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", f"evil-{name}",
                       "--plugin-dir", str(folder), "--endpoint", "http://127.0.0.1:1", "--no-wait",
                       env={variable: "secret-of-the-evil"}, timeout=120)
    assert result.code == 8, result
    error = result.domain["error"]
    assert error["kind"] == "plugin", error
    assert words in error["message"], error
    assert error["message"].count("\n") == 0 and len(error["message"]) < 400
    assert "secret-of-the-evil" not in result.out + result.err


# These never come so far as to be recognised by anything.
UNLOADABLE = {"missing-symbol", "wrong-abi", "crash-constructor", "open-socket", "exec", "write-file"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name, _, _ in CASES
                                  if name not in UNLOADABLE])
def test_another_domain_of_the_run_succeeds(lab, user, name, tmp_path):
    """One domain's name servers are the evil plugin's, the other's zone is at PowerDNS."""
    folder, variable = install(tmp_path, name)
    servers, bad, good = f"evil-{name}.example", f"bad-{name}.example", lab.zone()
    if lab.pdns.api("GET", f"/zones/{servers}.")[0] != 200:
        lab.pdns.add_zone(servers, kind="Native", servers=((PRIMARY, "ns1"),))
        status, answer = lab.pdns.api("POST", "/zones", {"name": f"{bad}.", "kind": "Native", "rrsets": [],
                                                         "nameservers": [f"ns1.{servers}."]})
        assert status == 201, answer
    result = user.json("publish", bad, good, "--record", f"sk1.{bad}=u1.mailer.example",
                       "--record", f"good.{good}=u1.mailer.example", "--plugin-dir", str(folder),
                       env={variable: "secret-of-the-evil", f"SIGNPOST_EVIL_{name.upper().replace('-', '_')}_ENDPOINT":
                            "http://127.0.0.1:1"}, timeout=120)
    domains = {entry["domain"]: entry for entry in result.report["domains"]}
    assert domains[bad]["error"]["kind"] == "plugin", domains[bad]
    assert domains[good]["status"] == "connected", domains[good]
    assert result.code == 8


@pytest.mark.parametrize("name", sorted(UNLOADABLE))
def test_a_plugin_that_does_not_load_harms_nobody(lab, user, name, tmp_path):
    folder, _ = install(tmp_path, name)
    zone = lab.zone()
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--plugin-dir", str(folder))
    assert result.code == 0 and result.domain["provider"] == "powerdns", result
    listed = user.run("providers", "--plugin-dir", str(folder))
    assert listed.code == 0 and f"evil-{name}" in listed.out, listed
