"""What the ledger keeps of looks: of which records, and while they are being waited for."""

import json
import signal

import pytest

from contract import own_zone
from lab import gone, rrset, wait_for

pytestmark = pytest.mark.slow

RIGHT, TYPO = "u1.mailer.example", "u1.mailer.exmaple"


def given(*hosts, target=RIGHT):
    return [word for host in hosts for word in ("--record", f"{host}={target}")]


def make_live(lab, zone, *hosts):
    lab.pdns.set(zone, *[rrset(f"{host}.{zone}", "CNAME", f"{RIGHT}.") for host in hosts])
    lab.wait_for_secondary(zone)


def remembered(user, zone):
    """The hosts and targets that are looked at when none are given."""
    return {(record["host"].removesuffix(f".{zone}"), record["points_to"])
            for record in user.json("verify", zone).domain["records"]}


def spans(user, zone):
    result = user.run("status", zone, "--history", "--output", "json")
    return result.domain["history"]["checks"] if result.out else []


def warned(result):
    return [warning["message"] for warning in result.domain["warnings"] if warning["code"] == "ledger"]


# ---- of which records ------------------------------------------------------------------------------------------------


def test_a_corrected_record_is_what_is_remembered(lab, user):
    zone = lab.zone()
    make_live(lab, zone, "sk1", "sk2")
    assert user.json("verify", zone, *given("sk1"), *given("sk2", target=TYPO)).code == 4
    assert user.json("verify", zone, *given("sk1", "sk2")).code == 0
    assert user.json("status", zone).domain["status"] == "connected"
    assert remembered(user, zone) == {("sk1", RIGHT), ("sk2", RIGHT)}


def test_hosts_that_are_given_no_more_are_forgotten(lab, user):
    zone = lab.zone()
    make_live(lab, zone, "sk2")
    assert user.json("verify", zone, *given("sk1")).code == 3
    assert user.json("verify", zone, *given("sk2")).code == 0
    assert remembered(user, zone) == {("sk2", RIGHT)}


def test_a_look_at_a_part_changes_nothing(lab, user):
    zone = lab.zone()
    make_live(lab, zone, "sk1")
    assert user.json("verify", zone, *given("sk1", "sk2")).code == 3
    part = user.json("verify", zone, *given("sk1"))
    assert part.code == 0 and not warned(part), part
    assert user.json("status", zone).domain["status"] == "pending"
    assert remembered(user, zone) == {("sk1", RIGHT), ("sk2", RIGHT)}


def test_what_was_published_stands(lab, user):
    zone = lab.zone()
    assert user.json("publish", zone, *given("sk1"), "--provider", "powerdns").code == 0
    other = user.json("verify", zone, *given("sk1", target=TYPO))
    assert other.code == 4 and "was connected" not in other.domain["message"], other
    assert any("not remembered" in message and "published" in message for message in warned(other)), other
    assert user.json("status", zone).domain["status"] == "connected"
    assert remembered(user, zone) == {("sk1", RIGHT)}


def test_publishing_takes_nothing_over_from_a_look(lab, user):
    zone = lab.zone()
    assert user.json("verify", zone, *given("typo", "sk2")).code == 3
    assert user.json("publish", zone, *given("sk1"), "--provider", "powerdns").code == 0
    assert remembered(user, zone) == {("sk1", RIGHT)}


def test_publishing_adds_to_what_was_published(lab, user):
    zone = lab.zone()
    assert user.json("publish", zone, *given("sk1"), "--provider", "powerdns").code == 0
    assert user.json("publish", zone, *given("sk2"), "--provider", "powerdns").code == 0
    assert remembered(user, zone) == {("sk1", RIGHT), ("sk2", RIGHT)}


def test_another_set_was_never_connected(lab, user):
    zone = lab.zone()
    make_live(lab, zone, "sk1")
    assert user.json("verify", zone, *given("sk1")).code == 0
    lab.pdns.set(zone, gone(f"sk1.{zone}", "CNAME"))
    lab.wait_for_secondary(zone)
    assert "was connected until" in user.json("verify", zone).domain["message"]
    assert "was connected until" not in user.json("verify", zone, *given("sk9")).domain["message"]
    assert "was connected until" not in user.json("verify", zone).domain["message"]


def test_an_older_look_at_other_records_leaves_nothing_out(lab, user, tmp_path):
    zone = lab.zone()
    make_live(lab, zone, "sk1")
    assert user.json("verify", zone, *given("sk1", target=TYPO)).code == 4
    sets = tmp_path / "sets.jsonl"
    sets.write_text(json.dumps({"domain": zone, "records": [
        {"type": "CNAME", "host": f"sk1.{zone}", "points_to": RIGHT}]}) + "\n")
    looked = user.run("verify", "--records", sets, "--older", "1h", "--output", "jsonl")
    assert looked.code == 0 and zone in looked.out, looked
    again = user.run("verify", "--records", sets, "--older", "1h", "--output", "jsonl")
    assert again.code == 0 and zone not in again.out, again


# ---- while they are waited for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("command", [["verify", "--wait"], ["publish", "--provider", "powerdns"]])
def test_what_was_seen_while_waiting_is_kept(lab, user, command, end):
    zone = lab.zone()
    key = f"k1._domainkey={zone.replace('.', '-')}.no-key.mailer.example"
    word, *more = command
    process = user.start(word, zone, *given("sk1"), "--record", key, *more, "--timeout", "60s")
    if word == "verify":
        wait_for("the first look is kept", lambda: user.run("status", zone).code == 3)
        lab.pdns.set(zone, rrset(f"sk1.{zone}", "CNAME", f"{RIGHT}."),
                     rrset(f"k1._domainkey.{zone}", "CNAME", f"{key.split('=')[1]}."))
    wait_for("live records are kept", lambda: any(span["records_live"] for span in spans(user, zone)))
    process.send_signal(end)
    process.communicate(timeout=20)
    history = user.json("status", zone, "--history").domain["history"]
    assert history["checks"][-1]["status"] == "pending" and history["checks"][-1]["records_live"], history
    assert {sighting["host"] for sighting in history["first_seen"]} == {f"sk1.{zone}", f"k1._domainkey.{zone}"}

