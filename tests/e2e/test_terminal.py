"""What a person sees on a terminal."""

import json
import re
import subprocess

import pytest

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


def test_progress_is_one_line_in_place_or_a_line_a_change(lab, user):
    zones = [lab.zone(), lab.zone()]
    words, _ = three(zones[0])
    shown = user.on_terminal("publish", zones[0], *words, "--provider", "powerdns", "--until", "records", columns=80)[1]
    drawn = [row for row in re.split(r"\r\x1b\[K", shown)[1:] if row.startswith(f"{zones[0]}: ")]
    assert len(drawn) >= 4 and all("\n" not in row and len(row) < 80 for row in drawn), shown
    assert shown[shown.index(f"{zones[0]}: "):].split("\r\x1b[K")[-1].startswith(f"\x1b[1m{zones[0]}\x1b[0m  "), "wiped at the end"
    words, _ = three(zones[1])
    piped = user.run("publish", zones[1], *words, "--provider", "powerdns", "--until", "records")
    lines = piped.err.splitlines()
    assert [line for line in lines if line.startswith(f"{zones[1]}: ")][:4] == [
        f"{zones[1]}: {phase}" for phase in ("finding its zones", "reading what is there", "writing", "asking every name server")]
    assert len(set(lines)) == len(lines) and not re.search(r"[\r\x1b]", piped.err + piped.out), piped
    assert "finding" not in piped.out, "progress is no result"


@pytest.mark.slow
def test_a_long_wait_for_many_shows_that_it_goes_on(lab, user, tmp_path):
    zone, file = lab.zone(), tmp_path / "sets.jsonl"
    domains = [f"d{number}.{zone}" for number in range(21)]
    file.write_text("".join(json.dumps({"domain": domain, "records": [
        {"type": "CNAME", "host": f"sk1.{domain}", "points_to": "u1.mailer.example"}]}) + "\n" for domain in domains))
    words = ["verify", "--records", str(file), "--wait", "--timeout", "6s"]
    code, shown = user.on_terminal(*words, columns=80)
    rows = [row.split("\r")[0].split("\n")[0] for row in re.split(r"\r\x1b\[K", shown)]
    drawn = [row for row in rows if re.fullmatch(r"\[0/21\] waiting for 21 domains, [0-5] s at most", row)]
    assert code == 3 and len(set(drawn)) > 1, shown
    lines = [line for line in plain(shown).replace("\r", "\n").splitlines() if "  Pending validation  missing: sk1.d" in line]
    assert len(lines) == 21 and all(len(line) <= 80 for line in lines), shown
    piped = user.run(*words)
    assert piped.code == 3 and "waiting" not in piped.err, piped


def test_two_records_are_both_or_neither(lab, user):
    zone = lab.zone()
    words, pairs = three(zone)
    words, hosts = words[:4], list(pairs)[:2]
    assert user.json("verify", zone, *words).domain["message"].startswith("neither record is live")
    for host, message in zip(hosts, ("1 of 2 records is live", "both records are live at 2 of 2 name servers")):
        lab.pdns.set(zone, rrset(host, "CNAME", f"{pairs[host]}."))
        lab.wait_for_secondary(zone)
        assert user.json("verify", zone, *words, "--until", "records").domain["message"].startswith(message)


def test_quiet_and_verbose(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns", "-q").err == ""
    assert user.run("verify", zone, "-v").code == 0


def test_jsonl_is_one_domain_a_line(lab, user):
    zones = [lab.zone(), lab.zone()]
    words = [word for zone in zones for word in three(zone)[0]]
    result = user.run("publish", *zones, *words, "--provider", "powerdns", "--output", "jsonl")
    assert result.code == 0, result
    entries = [json.loads(line) for line in result.out.splitlines()]
    assert {entry["domain"] for entry in entries} == set(zones)


def test_zone_output_is_read_by_a_real_server(stranger, tmp_path):
    """The BIND snippet loads where it will be used."""
    from lab import program
    result = stranger.run("records", "example.com", "--set", "platform=mailer.example", "--output", "zone")
    assert result.code == 0, result
    zone = tmp_path / "zone"
    zone.write_text("$TTL 300\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\n" + result.out)
    done = subprocess.run([program("named-checkzone"), "example.com", str(zone)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_end_of_input_is_no_answer(lab, user):
    zone = lab.zone()
    words, _ = three(zone)
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "old.platform.example."))
    lab.wait_for_secondary(zone)
    code, shown = user.on_terminal("publish", zone, *words, "--provider", "powerdns", "--replace",
                                   answers=[(r"\[y/N\]", "\x04")])
    assert code == 5, shown
    assert "not changed: there was no answer" in plain(shown) and "use --yes" in plain(shown), shown
    assert cnames(lab, zone) == {f"sk48601.{zone}": "old.platform.example"}


def test_nothing_is_wider_than_the_terminal(lab, user):
    """But for words that are, and a command that is broken can be typed as it stands."""
    zone = lab.zone()
    words, _ = three(zone)
    lab.pdns.set(zone, rrset(f"sk48601.{zone}", "CNAME", "old.platform.example."))
    lab.wait_for_secondary(zone)
    shown = plain(user.on_terminal("publish", zone, *words, "--provider", "powerdns", "--replace",
                                   answers=[(r"\[y/N\]", "n\n")], columns=80)[1])
    assert "UPDATE" in shown and all(len(line) <= 80 for line in re.split("[\r\n]+", shown)), shown
    shown = plain(user.on_terminal("records", zone, *words, columns=80)[1]).replace("\r", "")
    lines = shown[shown.index("Next: "):].rstrip("\n").split("\n")
    assert len(lines) > 2 and all(len(line) <= 80 for line in lines), shown
    assert all(line.endswith(" \\") and next_line.startswith("      --") for line, next_line in zip(lines, lines[1:]))
    typed = subprocess.run(["bash", "-c", "printf '%s\\n' " + "\n".join(lines)[len("Next: "):]], capture_output=True,
                           text=True, check=True).stdout.split("\n")
    assert typed[:3] == ["signpost", "publish", zone] and [w for w in words if w not in typed] == [], typed


@pytest.mark.parametrize("columns", [50, 60, 80])
def test_lists_in_a_narrow_terminal(lab, user, columns):
    """Lines are broken between words, and go on below the column that they stand in."""
    zones = [lab.zone(), lab.zone()]
    for zone in zones:
        user.run("verify", zone, "--record", "sk1=u1.mailer.example")
    for words in (["providers"], ["providers", "cloudflare"], ["providers", "route53"], ["status"]):
        shown = plain(user.on_terminal(*words, columns=columns)[1]).replace("\r", "")
        for line in shown.splitlines():
            text = line[20:] if line.startswith(" " * 4) else line
            assert len(line) <= columns or " " not in text.strip(), shown
    assert "\n  the record is not live" in shown if columns < 60 else f"{zones[0]}  Pending validation  checked " in shown
    shown = plain(user.on_terminal("providers", "cloudflare", columns=columns)[1]).replace("\r", "")
    help_lines = shown[shown.index("    credentials     "):shown.index("    documentation")].splitlines()
    assert all(line[:20].strip() in ("", "credentials") and line[20] != " " for line in help_lines), shown
    code, shown = user.on_terminal("publish", zones[0], answers=[("empty line:", "\n\x04")], columns=columns)
    assert code == 2 and "nothing was pasted" in shown and "--records FILE" in shown, shown


def test_status_is_a_line_a_domain_or_all_of_one(lab, user):
    zones = [lab.zone(), lab.zone()]
    for zone in zones:
        user.run("verify", zone, "--record", f"sk1.{zone}=u1.mailer.example")
    many = user.run("status")
    lines = many.out.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == sorted(zones), many
    assert len({line.index("checked ") for line in lines}) == 1 and all("Pending validation" in line for line in lines), many
    assert user.run("status", *zones).out.splitlines()[0].startswith(f"{zones[0]}  Pending validation  checked ")
    _, shown = user.on_terminal("status", columns=70)
    assert all(len(line) <= 70 for line in plain(shown).splitlines()), shown
    one = user.run("status", zones[0])
    assert one.out.splitlines()[0] == f"{zones[0]}  Pending validation", one
    assert f"sk1.{zones[0]}" in one.out and "u1.mailer.example" in one.out and "the record is not live" in one.out, one
    assert re.search(r"^  Published  never$", one.out, re.M) and re.search(r"^  Checked    \S", one.out, re.M), one


def test_a_domain_in_its_own_script_where_the_locale_can_show_it(stranger):
    words = ["records", "müller.example", "--record", "sk1=u1.mailer.example"]
    for env, shown in (({"LANG": "C.UTF-8"}, "müller.example (xn--mller-kva.example)"), ({"LANG": "C"}, "xn--mller-kva.example"),
                       ({"LC_ALL": "C"}, "xn--mller-kva.example")):
        result = stranger.raw(*words, env=env)
        assert result.out.startswith(f"{shown}  1 record\n"), result
        assert "sk1.xn--mller-kva.example" in result.out, "what is typed elsewhere is in A-labels"
        refused = stranger.raw("publish", words[1], "--record", "sk1=u1.mailer.example", "--provider", "powerdns", env=env)
        assert f"signpost: {shown}: " in refused.err, refused
