"""Credentials from the configuration: a value, a file, a command; behind the environment, and shown to nobody."""

import json

import pytest

from contract import own_zone
from lab import API_KEY
from signpost import ROOT

RECORD = ["--record", "sk1=u1.mailer.example"]


def configure(user, secret, mode=0o600, name="api_key"):
    path = user.home / "config/signpost/config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"providers": {"powerdns": {"credentials": {name: secret}}}}))
    path.chmod(mode)
    return path


def given(user, kind):
    file = user.home / "key"
    file.write_text(f"{API_KEY}\nurl: {user.env['PDNS_API_URL']}\n" if kind == "command" else f"{API_KEY}\n")
    file.chmod(0o600)
    return {"value": {"value": API_KEY}, "file": {"file": str(file)}, "command": {"command": ["cat", str(file)]}}[kind]


@pytest.mark.parametrize("kind", ["value", "file", "command"])
def test_each_kind_publishes_and_is_named(lab, user, kind):
    del user.env["PDNS_API_KEY"]
    configure(user, given(user, kind))
    zone = own_zone(lab)
    result = user.json("publish", zone, *RECORD, "--provider", "powerdns", "--no-wait", "-v")
    assert [change["outcome"] for change in result.domain["changes"]] == ["applied"], result
    shown = user.run("providers", "powerdns")
    assert f"config: {kind}" in shown.out and API_KEY not in shown.out + result.out + result.err
    (provider,) = json.loads(user.run("providers", "powerdns", "--output", "json").out)["providers"]
    assert provider["has_credentials"] and provider["source"].startswith(f"config: {kind}")
    assert provider["credentials"][0]["secrets"][0]["name"] == "api_key"
    for path in (user.home / "state").rglob("*"):
        assert not path.is_file() or API_KEY.encode() not in path.read_bytes(), path


def test_a_command_may_ask_at_the_terminal(lab, user):
    """As `pass` and `op` do for what opens their store."""
    del user.env["PDNS_API_KEY"]
    words = given(user, "command")["command"]
    ask = 'printf "passphrase: " >/dev/tty; read word </dev/tty; test "$word" = sesame && exec "$@"'
    configure(user, {"command": ["sh", "-c", ask, "sh", *words]})
    code, shown = user.on_terminal("publish", own_zone(lab), *RECORD, "--provider", "powerdns", "--until", "records",
                                   answers=[("passphrase: ", "sesame\n")])
    assert code == 0 and "Connected" in shown and API_KEY not in shown, shown


def test_the_environment_goes_first(lab, user):
    configure(user, {"command": ["/no/such/program"]})
    result = user.json("publish", own_zone(lab), *RECORD, "--provider", "powerdns", "--no-wait")
    assert result.domain["changes"][0]["outcome"] == "applied", result
    del user.env["PDNS_API_KEY"]
    result = user.json("publish", own_zone(lab), *RECORD, "--provider", "powerdns", "--no-wait")
    assert result.code == 6 and "does not start" in result.domain["error"]["message"], result


@pytest.mark.parametrize("secret, mode, words", [
    ({"value": "not-for-others"}, 0o640, "can be read by others"),
    ({"value": "not-for-others"}, 0o604, "can be read by others"),
    ({"file": "/no/such/key"}, 0o644, "/no/such/key"),
    ({"value": "a-key", "file": "/key"}, 0o600, "one of value, file and command"),
    ({}, 0o600, "one of value, file and command"), ({"command": []}, 0o600, "names no program"),
    ({"command": "pass show"}, 0o600, "expected an array"), ({"file": "key"}, 0o600, "no absolute path"),
    ({"token": "a-key"}, 0o600, "unknown member"),
])
def test_what_is_refused(stranger, secret, mode, words):
    configure(stranger, secret, mode)
    result = stranger.raw("publish", "example.com", *RECORD, "--provider", "powerdns", "--endpoint", "http://127.0.0.1:1")
    assert result.code == 2 and words in result.err and result.out == "", result
    assert "not-for-others" not in result.err and "a-key" not in result.err


def test_a_misspelt_name_is_told(stranger):
    configure(stranger, {"value": "a-key"}, name="apikey")
    result = stranger.raw("publish", "example.com", *RECORD, "--provider", "powerdns", "--endpoint", "http://127.0.0.1:1")
    assert result.code == 2 and '"apikey"' in result.err and "api_key" in result.err, result


def test_what_is_no_json_is_not_cited(stranger):
    path = configure(stranger, {})
    path.write_text('{"providers": {"powerdns": {"credentials": {"api_key": {"value" "a-key-to-keep"}}}}}')
    result = stranger.raw("providers")
    assert result.code == 2 and "line 1" in result.err and "a-key-to-keep" not in result.err, result


def test_the_schema_agrees():
    import jsonschema
    schema = json.loads((ROOT / "schemas/config.schema.json").read_text())
    for secret, is_good in [({"value": "a"}, True), ({"file": "/a"}, True), ({"command": ["pass", "show", "x"]}, True),
                            ({}, False), ({"value": "a", "file": "/a"}, False), ({"command": []}, False),
                            ({"file": "a"}, False)]:
        document = {"providers": {"powerdns": {"credentials": {"api_key": secret}}}}
        assert jsonschema.Draft202012Validator(schema).is_valid(document) == is_good, secret
