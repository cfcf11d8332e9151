"""Plugins that mean harm: one precise message and exit code 8 each, while another domain in the same run succeeds."""

import pytest

from signpost import BUILD, IS_SANITIZED

FOLDER = BUILD / "tests/plugin"

# name, what the message must say, whether only the sandbox stops it
CASES = [
    ("missing-symbol", "signpost_plugin_v1", False),
    ("wrong-abi", "ABI", False),
    ("crash-constructor", "SIGSEGV", False),
    ("crash-call", "SIGSEGV", False),
    ("endless-loop", "10 s", False),
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


@pytest.mark.parametrize("name, words, needs_sandbox", CASES)
def test_one_message_and_exit_8(lab, user, name, words, needs_sandbox, tmp_path):
    if needs_sandbox and IS_SANITIZED:
        pytest.skip("this build runs without the sandbox, as its output says")
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / f"evil-{name}.so").symlink_to(FOLDER / f"evil-{name}.so")
    zone = lab.zone()
    variable = "EVIL_" + name.upper().replace("-", "_") + "_TOKEN"
    result = user.json("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", f"evil-{name}",
                       "--plugin-dir", str(folder), "--endpoint", "http://127.0.0.1:1", "--no-wait",
                       env={variable: "secret-of-the-evil"})
    assert result.code == 8, result
    error = result.domain["error"]
    assert error["kind"] == "plugin", error
    assert words in error["message"], error
    assert error["message"].count("\n") == 0 and len(error["message"]) < 400
    assert "secret-of-the-evil" not in result.out + result.err
