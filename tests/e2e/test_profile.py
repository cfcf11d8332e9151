"""Records out of a Domain Connect template, and what its sidecar says of the time after publishing."""

import json
import sqlite3
import time

import pytest

from lab import rrset
from signpost import ROOT

SIDECAR_SCHEMA = json.loads((ROOT / "schemas/profile.schema.json").read_text())
RECORDS = [{"type": "CNAME", "host": "%id%", "pointsTo": "%user%.mailer.example", "ttl": "1800"},
           {"type": "CNAME", "host": "%id%a._domainkey", "pointsTo": "%key%.dkim.mailer.example"}]
FINISH = {"text": "Tick the box \x1b[31m\"I have added them\" and click Finish.", "url": "https://mailer.example/domains?a=1&b=2"}
SETS = ["--set", "id=sk48601", "--set", "user=u1", "--set", "key=a"]


def profile(folder, records=None, sidecar=None, name="mailer.example.sending"):
    folder.mkdir(exist_ok=True)
    template = {"providerId": "mailer.example", "providerName": "Mailer", "serviceId": "sending", "serviceName": "Mail",
                "version": 1, "description": "anything", "records": RECORDS if records is None else records}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(template))
    if sidecar is not None:
        (folder / f"{name}.signpost.json").write_text(json.dumps(sidecar))
    return ["--profile", path]


def pairs(domain):
    return {(record["host"], record["points_to"], record["leg"]) for record in domain["records"]}


def expected(zone):
    return {(f"sk48601.{zone}", "u1.mailer.example", "return-path"),
            (f"sk48601a._domainkey.{zone}", "a.dkim.mailer.example", "dkim")}


def age(user, seconds):
    """As if it had been published SECONDS ago."""
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE domains SET published_at = ?", (int(time.time()) - seconds,))


def test_records(stranger, tmp_path):
    result = stranger.json("records", "example.com", *profile(tmp_path), *SETS)
    assert result.code == 0 and pairs(result.domain) == expected("example.com"), result
    zone = stranger.run("records", "example.com", *profile(tmp_path), *SETS, "--output", "zone")
    assert "sk48601.example.com. 1800 IN CNAME u1.mailer.example." in zone.out


def test_publish_verify_and_unpublish(lab, user, tmp_path):
    zone = lab.zone()
    words = [zone, *profile(tmp_path), *SETS]
    published = user.json("publish", *words, "--provider", "powerdns")
    assert published.code == 0 and pairs(published.domain) == expected(zone), published
    assert (f"sk48601.{zone}", "CNAME") in lab.pdns.records(zone)
    assert user.json("verify", *words).code == 0
    gone = user.json("unpublish", *words, "--provider", "powerdns", "--yes")
    assert gone.code == 0 and (f"sk48601.{zone}", "CNAME") not in lab.pdns.records(zone), gone


def test_legs_of_the_sidecar(stranger, tmp_path):
    words = profile(tmp_path, sidecar={"legs": {"%id%": "dkim"}})
    legs = {record["host"]: record["leg"] for record in stranger.json("records", "example.com", *words, *SETS).domain["records"]}
    assert legs == {"sk48601.example.com": "dkim", "sk48601a._domainkey.example.com": "dkim"}


@pytest.mark.parametrize("sets, says", [
    (["--set", "user=u1"], "needs a value for id, key"),
    ([*SETS, "--set", "KEY=b"], 'has no variable "KEY"'),
    (["--set", "id"], "--set id has no value"),
    (["--set", "id=a b", *SETS[2:]], "a b"),
    ([*SETS, "--record", "a=b.example"], "either given or generated"),
])
def test_variables_that_do_not_fit(stranger, tmp_path, sets, says):
    result = stranger.run("records", "example.com", *profile(tmp_path), *sets)
    assert result.code == 2 and says in result.err and "fix:" in result.err and not result.out, result


def test_other_records_are_refused_by_name(stranger, tmp_path):
    words = profile(tmp_path, [*RECORDS, {"type": "TXT", "host": "_dmarc", "data": "v=DMARC1; p=none"}])
    result = stranger.run("records", "example.com", *words, *SETS)
    assert result.code == 2 and 'has a TXT record at "_dmarc"' in result.err, result


def test_a_sidecar_that_is_wrong_is_refused(stranger, tmp_path):
    result = stranger.run("records", "example.com", *profile(tmp_path, sidecar={"window": "72 hours"}), *SETS)
    assert result.code == 2 and "sending.signpost.json" in result.err and "window" in result.err, result
    assert stranger.run("records", "example.com", "--profile", tmp_path / "none.json", *SETS).code == 2


def test_a_window_without_a_unit_is_refused(stranger, tmp_path):
    result = stranger.run("records", "example.com", *profile(tmp_path, sidecar={"window": "72"}), *SETS)
    assert result.code == 2 and 'sending.signpost.json' in result.err and 'window: "72" has no unit' in result.err, result
    assert '"72h"' in result.err.split("fix:")[1], result


def test_the_schema_and_the_program_agree(stranger, tmp_path):
    import jsonschema
    for sidecar, is_good in [({}, True), ({"window": "72h", "finish": FINISH, "legs": {"%id%": "dkim"}}, True),
                             ({"windows": "1h"}, False), ({"window": "72"}, False), ({"finish": {"text": ""}}, False), ({"finish": {"text": " \n"}}, False),
                             ({"finish": {}}, False), ({"finish": {"url": "ftp://a"}}, False),
                             ({"legs": {"%id%": "other"}}, False), ({"finish": {"text": "x" * 1001}}, False)]:
        result = stranger.run("records", "example.com", *profile(tmp_path, sidecar=sidecar), *SETS)
        assert (result.code == 0) == is_good, result
        assert jsonschema.Draft202012Validator(SIDECAR_SCHEMA).is_valid(sidecar) == is_good, sidecar


def test_what_to_do_at_the_platform_is_said_once_the_records_are_live(lab, user, tmp_path):
    zone = lab.zone()
    words = [zone, *profile(tmp_path, sidecar={"finish": FINISH}), *SETS]
    before = user.run("verify", *words)
    assert before.code == 3 and "next: Tick" not in before.out, before
    published = user.run("publish", *words, "--provider", "powerdns")
    assert published.code == 0 and "next: Tick the box" in published.out, published
    shown = user.run("verify", zone)
    assert 'next: Tick the box \\x1b[31m"I have added them" and click Finish.\n        https://mailer' in shown.out, shown
    assert "next: Tick the box" in user.run("status", zone).out


@pytest.mark.slow
def test_it_is_said_while_the_key_is_not_there(lab, user, tmp_path):
    zone = lab.zone()
    words = [zone, *profile(tmp_path, sidecar={"finish": FINISH}), *SETS[:-1], "key=none"]
    result = user.json("publish", *words, "--provider", "powerdns", "--timeout", "4s")
    domain = result.domain
    assert result.code == 3 and domain["records_live"] and not domain["key_live"], result
    assert "your side is done; the platform has not published its" in domain["message"]
    assert "next: Tick the box" in user.run("status", zone).out
    assert user.json("verify", zone, "--until", "records").domain["status"] == "connected"


def test_the_window_of_the_sidecar_is_remembered(lab, user, tmp_path):
    zone = lab.zone()
    words = [zone, *profile(tmp_path, sidecar={"window": "90m"}), *SETS[:-1], "key=none"]
    assert user.run("publish", *words, "--provider", "powerdns", "--no-wait").code == 3
    lab.wait_for_secondary(zone)
    age(user, 89 * 60)
    assert user.json("verify", zone).code == 3
    age(user, 91 * 60)
    late = user.json("verify", zone)
    assert late.code == 4 and late.domain["message"].startswith("after 90 minutes, "), late
    fix = late.domain["records"][1]["diagnosis"]["fix"]
    assert fix.startswith("start the verification at the platform again, because its 90 minutes are over; if the key still"), fix
    shown = user.run("verify", zone).out
    assert shown.startswith(f"{zone}  Error\n  target-missing: your side is done; the platform has still not"), shown
    kept = user.run("status", zone).out
    assert kept.startswith(f"{zone}  Error\n  your side is done; the platform has still not published its key: none."), kept
    assert "after 90 minutes" not in kept and "\n  both records are live at 2 of 2 name servers\n" in kept, kept
    assert "after 90 minutes" not in shown and "\n  both records are live at " in shown, shown


def test_without_a_window_it_is_48_hours(lab, user, tmp_path):
    zone = lab.zone()
    user.run("publish", zone, *profile(tmp_path), *SETS, "--provider", "powerdns")
    lab.pdns.set(zone, {**rrset(f"sk48601.{zone}", "CNAME"), "changetype": "DELETE"})
    lab.wait_for_secondary(zone)
    age(user, 47 * 3600)
    assert user.json("verify", zone).code == 3
    age(user, 49 * 3600)
    late = user.json("verify", zone)
    assert late.code == 4 and "after 48 hours, " in late.domain["message"], late


def test_what_was_taken_back_begins_afresh(lab, user, tmp_path):
    zone = lab.zone()
    user.run("publish", zone, *profile(tmp_path, sidecar={"window": "1s", "finish": FINISH}), *SETS, "--provider", "powerdns")
    user.run("unpublish", zone, "--yes", "--provider", "powerdns")
    result = user.run("publish", zone, "--record", "sk1=u1.mailer.example", "--provider", "powerdns")
    assert result.code == 0 and "next: Tick" not in result.out, result
