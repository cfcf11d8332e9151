"""Bad input: exit 2, a sentence on stderr that names the thing, nothing on stdout, nothing changed."""

import json
import random

import pytest

LONG = "a" * 64 + ".example"

DOMAINS = [
    ("www.example.com", "example.com"), ("https://example.com", "example.com"),
    ("https://www.example.com/path", "example.com"), ("info@example.com", "example.com"),
    ("example.com/", "example.com"), ("example.com/path", "example.com"), ("192.0.2.1", None), ("2001:db8::1", None),
    ("localhost", None), ("example..com", "example.com"), ("*.example.com", "example.com"),
    ("exam ple.com", None), (LONG, None), (".".join(["abcdefgh"] * 40), None), ("", None), ("_dmarc.example.com", None),
    ("example.com:53", "example.com"), ("exa\x1b[31mmple.com", None), ("-example.com", None),
]


@pytest.mark.parametrize("domain, suggestion", DOMAINS)
def test_a_sender_domain_that_is_none(stranger, domain, suggestion):
    for command in ("publish", "verify", "records", "unpublish", "status"):
        result = stranger.raw(command, "--set", "platform=mailer.example", "--", domain) \
            if command not in ("status",) else stranger.raw(command, "--", domain)
        assert result.code == 2, result
        assert result.out == ""
        assert result.err.count("\n") <= 4 and result.err.startswith("signpost: "), result
        assert "\x1b" not in result.err
        if suggestion:
            assert f'"{suggestion}"' in result.err, result
    assert not stranger.ledger.exists() or stranger.ledger.stat().st_size >= 0


def test_each_refusal_has_its_own_sentence(stranger):
    sentences = {}
    for domain, _ in DOMAINS[:14]:
        sentence = stranger.raw("records", "--set", "platform=m.example", "--", domain).err.splitlines()[0]
        sentences.setdefault(sentence.replace(domain, "X"), []).append(domain)
    # URL twice, path twice, address twice, over-long twice; otherwise no two alike.
    assert len(sentences) >= 9, sentences


@pytest.mark.parametrize("argv", [
    ["publish"], ["frobnicate"], ["publish", "example.com", "--no-such-flag"],
    ["publish", "example.com", "--timeout", "soon", "--record", "a=b.example"],
    ["publish", "example.com", "--dns-port", "0", "--record", "a=b.example"],
    ["publish", "example.com", "--dns-port", "65536", "--record", "a=b.example"],
    ["publish", "example.com", "--resolver", "nonsense", "--record", "a=b.example"],
    ["publish", "example.com", "--record", "nonsense"],
    ["publish", "example.com", "--record", "=b.example"],
    ["publish", "example.com", "--record", "a="],
    ["publish", "example.com", "--record", "a=b.example", "--output", "xml"],
    ["publish", "example.com", "--record", "a=b.example", "--until", "tomorrow"],
    ["publish", "example.com", "--records", "/no/such/file"],
    ["publish", "example.com", "--set", "platform"],
    ["publish", "example.com", "--set", "platfrom=mailer.example"],
    ["publish", "example.com", "--record", "a=b.example", "--endpoint", "http://192.0.2.1:8081"],
    ["publish", "example.com", "--record", "a=b.example", "--endpoint", "ftp://127.0.0.1"],
    ["publish", "example.com", "--record", "a=b.example", "--plugin-dir", "/no/such/folder"],
    ["publish", "example.com", "--record", "a=b.example", "--config", "/no/such/file"],
    ["schema", "nonsense"], ["verify", "example.com", "--wait=yes"], ["records", "example.com"],
    ["publish", "example.com"], ["unpublish", "example.com"],
])
def test_a_wrong_call(stranger, argv):
    result = stranger.raw(*argv, env={"PDNS_API_KEY": "k" * 20, "PDNS_API_URL": "http://127.0.0.1:1"})
    assert result.code == 2, result
    assert result.out == ""
    assert result.err.startswith("signpost: "), result


def test_unknown_words_get_a_suggestion(stranger):
    assert "publish" in stranger.raw("pubish", "example.com").err
    assert "--dry-run" in stranger.raw("publish", "example.com", "--dryrun").err


def test_with_neither_role_both_are_explained(stranger):
    err = stranger.raw("publish", "example.com").err
    assert "--record" in err and "--set platform=" in err


BAD_FILES = [b"", b"\x00\x01\x02", b"{", b"[1,2]", b'{"domain": "example.com"}', b'{"domain": 5, "records": []}',
             b'{"domain": "example.com", "records": [{"type": "TXT", "host": "a", "points_to": "b.example"}]}',
             b'{"domain": "example.com", "domain": "example.org", "records": []}', b"[" * 5000 + b"]" * 5000,
             b"sk1.example.com. 300 IN TXT \"x\"", b"a b c d e f", b"\xff\xfe\xfd", b"sk1 -> ", b"=" * 4000,
             b"sk1.example.com=" + b"a" * 300 + b".example"]


@pytest.mark.parametrize("content", BAD_FILES)
def test_a_records_file_that_is_none(stranger, tmp_path, content):
    file = tmp_path / "records"
    file.write_bytes(content)
    result = stranger.raw("records", "example.com", "--records", str(file))
    assert result.code == 2, result
    assert result.out == "" and result.err.startswith("signpost: ")


def test_a_ledger_that_is_none_stays_as_it_is(stranger, tmp_path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff\xe0 not a database")
    before = file.read_bytes()
    result = stranger.raw("records", "example.com", "--set", "platform=m.example", "--ledger", str(file))
    status = stranger.raw("status", "--ledger", str(file))
    assert status.code == 2, status
    assert file.read_bytes() == before
    assert result.code in (0, 2)


def test_random_arguments_never_corrupt(stranger, lab, user):
    """Fuzzed words in fuzzed order: exit 2 or a regular end, and the ledger as it was."""
    zone = lab.zone()
    assert user.run("verify", zone, "--record", "sk1=u1.mailer.example").code == 3
    before = user.json("status").out
    random.seed(20261123)
    words = ["publish", "verify", "status", "records", "unpublish", "--record", "--records", "--set", "--", "=",
             "--output", "json", "--wait", "--timeout", "1s", "-q", "-v", "--until", "key", "\x1b[2J", "%s%n", "../..",
             "a" * 5000, "exämple.com", "example.com", "sk1=", "=x.example", "-", "--yes", "--ledger", "none", "\xff"]
    for _ in range(150):
        argv = random.choices(words, k=random.randint(1, 6))
        if "publish" in argv or "unpublish" in argv or "verify" in argv:
            argv += ["--resolver", "127.0.0.66:1", "--dns-port", "1", "--timeout", "1ms", "--no-such-flag"]
        result = user.raw(*argv)
        assert result.code in (0, 2), (argv, result)
        if result.code == 2:
            assert result.out == "" and result.err, (argv, result)
    assert json.loads(user.json("status").out)["domains"] == json.loads(before)["domains"]
