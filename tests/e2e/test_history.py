"""What time does: what caches may still hold, what earlier looks found, and a set that was connected once."""

import re
import sqlite3
import time
from datetime import datetime, timezone

import pytest

from lab import PRIMARY, SECONDARY, gone, rrset

pytestmark = pytest.mark.slow

HOST, SELECTOR = "sk48601", "sk48601a._domainkey"
GIVEN = ["--record", f"{HOST}=u1.mailer.example", "--record", f"{SELECTOR}=a.dkim.mailer.example"]
ONE = ["--record", f"{HOST}=u1.mailer.example"]


def seconds(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def set_soa(lab, zone, ttl, minimum):
    lab.pdns.set(zone, rrset(zone, "SOA", f"ns1.{zone}. hostmaster.{zone}. 0 3600 600 604800 {minimum}", ttl=ttl))
    lab.wait_for_secondary(zone)


def caches_in(user, zone):
    """Seconds from now until no cache should hold the old answer."""
    return seconds(history(user, zone)["caches_until"]) - time.time()


def make_live(lab, zone, target="u1.mailer.example."):
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", target))
    lab.wait_for_secondary(zone)


def history(user, zone):
    return user.json("status", zone, "--history").domain["history"]


# ---- caches ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ttl, minimum", [(900, 7200), (7200, 900)])
def test_a_created_name_may_be_held_absent_for_the_lesser_of_ttl_and_minimum(lab, user, ttl, minimum):
    zone = lab.zone()
    set_soa(lab, zone, ttl, minimum)
    result = user.json("publish", zone, *GIVEN, "--provider", "powerdns")
    assert result.code == 0, result
    told = history(user, zone)["caches_until"]
    assert 880 < caches_in(user, zone) <= 901
    assert user.json("verify", zone, *GIVEN).code == 0
    assert history(user, zone)["caches_until"] == told


def test_a_changed_name_may_be_held_for_the_old_ttl(lab, user):
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "old.mailer.example.", ttl=1234))
    lab.wait_for_secondary(zone)
    result = user.json("publish", zone, *ONE, "--provider", "powerdns", "--replace", "--yes")
    assert result.code == 0, result
    assert 1210 < caches_in(user, zone) <= 1235


def test_what_nobody_wrote_is_held_by_no_cache(lab, user):
    zone = lab.zone()
    assert user.json("verify", zone, *ONE).code == 3
    assert history(user, zone)["caches_until"] is None
    make_live(lab, zone)
    assert user.json("verify", zone, *ONE).code == 0
    assert history(user, zone)["caches_until"] is None
    kept = user.json("publish", zone, *ONE, "--provider", "powerdns")
    assert kept.code == 0 and history(user, zone)["caches_until"] is None, kept


def test_it_is_said_as_a_clock_time(lab, user):
    zone = lab.zone()
    set_soa(lab, zone, ttl=600, minimum=600)
    shown = user.run("publish", zone, *GIVEN, "--provider", "powerdns", env={"TZ": "CET-1"})
    line = r"caches may hold the old answer until (\d\d\d\d-\d\d-\d\d )?\d\d:\d\d CET, as far as seen from here"
    assert re.search(line, shown.out), shown
    assert re.search(line, user.run("status", zone, env={"TZ": "CET-1"}).out)
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE domains SET caches_until = ?", (int(time.time()) - 1,))
    assert "caches may hold" not in user.run("status", zone).out


def test_one_question_more_and_only_once(lab, user):
    zone = lab.zone()
    first = user.json("publish", zone, *GIVEN, "--provider", "powerdns")
    assert first.code == 0 and first.domain["dns_queries"] <= 28, first
    counts = [user.json("verify", zone, *GIVEN, "--evidence", user.home / str(i)).domain["dns_queries"] for i in range(2)]
    assert counts[0] == counts[1]


# ---- earlier looks ---------------------------------------------------------------------------------------------------


def test_equal_looks_are_one_span(lab, user):
    zone = lab.zone()
    for _ in range(3):
        user.run("verify", zone, *ONE)
    assert [(check["status"], check["looks"]) for check in history(user, zone)["checks"]] == [("pending", 3)]
    make_live(lab, zone)
    user.run("verify", zone, *ONE)
    user.run("verify", zone, *ONE)
    kept = history(user, zone)
    assert [(check["status"], check["looks"]) for check in kept["checks"]] == [("pending", 3), ("connected", 2)]
    assert kept["checks"][0]["to"] <= kept["checks"][1]["from"] <= kept["checks"][1]["to"]
    assert [check["records_live"] for check in kept["checks"]] == [False, True]


def test_where_a_record_was_first_seen(lab, user):
    zone = lab.zone()
    make_live(lab, zone)
    user.run("verify", zone, *ONE)
    first = history(user, zone)["first_seen"]
    assert {(seen["host"], seen["points_to"], seen["server"], seen["address"]) for seen in first} == {
        (f"{HOST}.{zone}", "u1.mailer.example", f"ns1.{zone}", PRIMARY),
        (f"{HOST}.{zone}", "u1.mailer.example", f"ns2.{zone}", SECONDARY)}
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE first_seen SET at = 1000000000")
    user.run("verify", zone, *ONE)
    assert {seen["at"] for seen in history(user, zone)["first_seen"]} == {"2001-09-09T01:46:40Z"}


def test_a_record_that_is_written_anew_is_seen_anew(lab, user):
    zone = lab.zone()
    user.run("publish", zone, *ONE, "--provider", "powerdns")
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE first_seen SET at = 1000000000")
    lab.pdns.set(zone, gone(f"{HOST}.{zone}", "CNAME"))
    user.run("publish", zone, *ONE, "--provider", "powerdns")
    first = history(user, zone)["first_seen"]
    assert len(first) == 2 and all(time.time() - seconds(seen["at"]) < 60 for seen in first), first


def test_history_as_text(lab, user):
    zone = lab.zone()
    user.run("verify", zone, *ONE)
    make_live(lab, zone)
    user.run("verify", zone, *ONE)
    shown = user.run("status", zone, "--history", env={"TZ": "UTC"}).out
    assert re.search(r"\d\d:\d\d UTC  Pending validation, 1 look\n      the record is not live", shown), shown
    assert re.search(r"\d\d:\d\d UTC  Connected, 1 look\n      the record is live", shown), shown
    assert re.search(rf"First seen live\n    {HOST}.{zone}\n      [-0-9]+ \d\d:\d\d UTC at ns[12].{zone} \(127", shown)
    assert "history" not in user.json("status", zone).domain


def test_history_takes_no_more_room_than_it_may(lab, user):
    zone = lab.zone()
    user.run("verify", zone, *ONE)
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
            INSERT INTO checks (domain, at, status, message, is_records_live, is_key_live, first_at)
            SELECT ?, i, 'pending', 'look ' || i, 0, 0, i FROM n""", (zone,))
    user.run("verify", zone, *ONE)
    checks = history(user, zone)["checks"]
    assert len(checks) == 1000 and checks[-2]["message"] == "look 2000"


# ---- was connected ---------------------------------------------------------------------------------------------------


def test_a_set_that_was_connected_and_is_no_more(lab, user):
    zone = lab.zone()
    make_live(lab, zone)
    assert user.json("verify", zone, *ONE).code == 0
    with sqlite3.connect(user.ledger) as ledger:
        ledger.execute("UPDATE domains SET connected_at = 1000000000")
    make_live(lab, zone, "elsewhere.mailer.example.")
    words = "was connected until 2001-09-09 01:46 UTC; the record is not live"
    broken = user.json("verify", zone, *ONE)
    assert broken.code == 4 and broken.domain["message"].startswith(words), broken
    assert words in user.run("verify", zone, *ONE).out
    assert words in user.run("status", zone).out
    assert user.json("status", zone).domain["message"].startswith(words)
    make_live(lab, zone)
    assert "was connected" not in user.json("verify", zone, *ONE).domain["message"]


def test_what_is_published_anew_was_not_connected_before(lab, user):
    zone = lab.zone()
    assert user.run("publish", zone, *ONE, "--provider", "powerdns").code == 0
    other = ["--record", f"{HOST}=nowhere.mailer.example"]
    result = user.json("publish", zone, *other, "--provider", "powerdns", "--replace", "--yes", "--no-wait")
    assert result.code == 3 and "was connected" not in result.domain["message"], result
