"""What a person sees on a terminal."""

import re

from lab import rrset
from test_publish import cnames, three


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_colour_only_on_a_terminal(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    code, shown = user.on_terminal("publish", zone, *words, "--provider", "powerdns")
    assert code == 0, shown
    assert "\x1b[" in shown
    assert f"{zone}  Connected" in plain(shown)
    for env, flags in (({"NO_COLOR": "1"}, []), ({}, ["--no-color"])):
        _, shown = user.on_terminal("verify", zone, *flags, env=env)
        assert not re.search(r"\x1b\[[0-9;]*m", shown), shown
    assert "\x1b" not in user.run("verify", zone).out


def test_paste_at_the_prompt(lab, user):
    zone = lab.zone()
    pasted = (f"Host\tPoints to\nsk48601.{zone}\tu1.mailer.example\n"
              f"sk48601a._domainkey.{zone}\ta.dkim.mailer.example\n\n")
    code, shown = user.on_terminal("publish", zone, "--provider", "powerdns", answers=[("[Pp]aste", pasted)])
    assert code == 0, shown
    assert cnames(lab, zone) == {f"sk48601.{zone}": "u1.mailer.example",
                                 f"sk48601a._domainkey.{zone}": "a.dkim.mailer.example"}


def test_updates_are_asked_about(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "old.platform.example."))
    lab.wait_for_secondary(zone)
    code, shown = user.on_terminal("publish", zone, *words, "--provider", "powerdns", "--replace",
                                   answers=[(r"\[y/N\]", "n\n")])
    assert code == 5, shown
    assert "old.platform.example" in shown
    assert "not changed: the answer was no" in plain(shown)
    assert cnames(lab, zone) == {f"sk48601.{zone}": "old.platform.example"}
    code, shown = user.on_terminal("publish", zone, *words, "--provider", "powerdns", "--replace",
                                   answers=[(r"\[y/N\]", "y\n")])
    assert code == 0, shown
    assert cnames(lab, zone) == pairs


def test_the_first_line_answers_and_the_last_says_what_next(lab, user):
    zone = lab.zone()
    result = user.run("verify", zone, "--record", "sk1=u1.mailer.example")
    lines = result.out.rstrip().splitlines()
    assert lines[0].startswith(f"{zone}  Pending validation"), result
    assert lines[-1].startswith("Next: signpost "), result
    assert any(f"sk1.{zone}" in line and "u1.mailer.example" in line and "missing" in line for line in lines)


def test_quiet_and_verbose(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns", "-q").err == ""
    assert user.run("verify", zone, "-v").code == 0


def test_jsonl_is_one_domain_a_line(lab, user):
    import json
    zones = [lab.zone(), lab.zone()]
    words = [word for zone in zones for word in three(zone)[0]]
    result = user.run("publish", *zones, *words, "--provider", "powerdns", "--output", "jsonl")
    assert result.code == 0, result
    entries = [json.loads(line) for line in result.out.splitlines()]
    assert {entry["domain"] for entry in entries} == set(zones)


def test_zone_output_is_read_by_a_real_server(stranger, tmp_path):
    """The BIND snippet loads where it will be used."""
    import subprocess

    from lab import program
    result = stranger.run("records", "example.com", "--set", "platform=mailer.example", "--output", "zone")
    assert result.code == 0, result
    zone = tmp_path / "zone"
    zone.write_text("$TTL 300\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\n" + result.out)
    done = subprocess.run([program("named-checkzone"), "example.com", str(zone)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
