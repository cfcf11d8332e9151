"""What goes wrong at Route 53, and what the user is told: nothing is lost, nothing is doubled."""

import json
import re

import pytest

from route53 import KEY, SESSION
from test_route53_plugin import cnames, emulator, pairs, publish, user, zone  # noqa: F401
from zones import Record

pytestmark = pytest.mark.slow


def told(result):
    error = result.domain["error"]
    return error["kind"], error["code"], error["message"], error["fix"]


def converges(user, emulator, zone):
    """The next run, without faults, ends where it should, whatever was before."""
    emulator.clear_faults()
    result = publish(user, zone)
    assert result.code == 0, result
    assert cnames(emulator, zone) == pairs(zone.name)
    return result


# -- faults that pass


@pytest.mark.parametrize("kind, path", [
    ("429", "hostedzonesbyname"), ("429", "/rrset$"), ("500", "hostedzonesbyname"), ("502", "/rrset$"),
    ("503", "/rrset$"), ("504", "hostedzonesbyname"), ("reset", "/rrset$"), ("lost", "hostedzonesbyname"),
    ("truncated", "/rrset$"), ("slow", "/rrset$")])
def test_a_fault_in_a_reading_passes(user, emulator, zone, kind, path):
    emulator.fault(kind, times=1, method="GET", path=path, seconds=1)
    result = publish(user, zone)
    assert result.code == 0, result
    assert cnames(emulator, zone) == pairs(zone.name) and emulator.count("POST") == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_throttled_write_is_made_again(user, emulator, zone, times):
    emulator.fault("429", times=times, method="POST")
    result = publish(user, zone)
    assert result.code == 0, result
    assert [call.status for call in emulator.calls if call.method == "POST"] == [400] * times + [200]


def test_a_zone_that_is_busy_is_waited_for(user, emulator, zone):
    handle, refused = emulator.handle, []

    def busy(request):
        if request.method == "POST" and len(refused) < 2:
            refused.append(request)
            return emulator.busy(zone)
        return handle(request)
    emulator.handle = busy
    result = publish(user, zone)
    assert result.code == 0 and len(refused) == 2, result
    assert cnames(emulator, zone) == pairs(zone.name)


# -- faults of a write whose outcome is unknown


@pytest.mark.parametrize("kind", ["lost", "reset", "truncated", "malformed"])
def test_an_answer_that_does_not_come_is_found_out_by_reading(user, emulator, zone, kind):
    """The batch was applied, the answer got lost: it is read again, and never written again."""
    emulator.fault(kind, method="POST")
    result = publish(user, zone)
    assert emulator.count("POST") == 1
    assert emulator.count("GET", "/rrset$") == 2, "read again before anything is decided"
    assert result.code == 0, result
    assert {c["outcome"] for c in result.domain["changes"]} == {"applied"}
    assert cnames(emulator, zone) == pairs(zone.name)


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "html", "lost"])
def test_a_write_without_an_answer_that_is_not_seen_stays_unknown(user, emulator, zone, kind):
    emulator.fault(kind, method="POST", applied=False)
    result = publish(user, zone)
    assert emulator.count("POST") == 1, "a POST is never repeated blindly"
    assert emulator.count("GET", "/rrset$") == 2
    assert result.code == 7, result
    # It may yet come to pass.
    assert {c["outcome"] for c in result.domain["changes"]} == {"unknown"}, result
    assert "it reads before it writes" in told(result)[3]
    assert cnames(emulator, zone) == {}
    converges(user, emulator, zone)


def test_a_fault_may_have_applied_it(user, emulator, zone):
    emulator.fault("500", method="POST", applied=True)
    result = publish(user, zone)
    assert result.code == 0 and emulator.count("POST") == 1, result
    assert cnames(emulator, zone) == pairs(zone.name)


# -- faults that stay


@pytest.mark.parametrize("kind, code, message", [
    ("500", "provider-unavailable", "HTTP 500"),
    ("html", "bad-reply", "HTTP 200: the answer is no ListHostedZonesByNameResponse"),
    ("malformed", "bad-reply", "HTTP 200: the answer is no ListHostedZonesByNameResponse"),
    ("huge", "bad-reply", ""),
])
def test_a_fault_that_stays_is_named(user, emulator, zone, kind, code, message):
    emulator.fault(kind, times=None, path="hostedzonesbyname", megabytes=100)
    result = publish(user, zone)
    assert result.code == 7, result
    kind, found, text, fix = told(result)
    assert kind == "provider" and message in text and fix, result
    assert found == code or code == "bad-reply" and found == "provider-unavailable", result
    assert emulator.count("POST") == 0 and emulator.sets(zone) == {}
    converges(user, emulator, zone)


def test_throttling_without_end_is_given_up(user, emulator, zone):
    emulator.fault("429", times=None, path="hostedzonesbyname")
    result = publish(user, zone)
    assert result.code == 7, result
    assert told(result)[1] == "rate-limited" and "Throttling: Rate exceeded" in told(result)[2]
    assert 2 <= len(emulator.calls) <= 8


@pytest.mark.parametrize("action, function", [
    ("ListHostedZonesByName", "looking for the zone"), ("ListResourceRecordSets", "reading the zone"),
    ("ChangeResourceRecordSets", "changing the zone")])
def test_a_missing_permission_is_named(user, emulator, zone, action, function):
    emulator.denied.add(action)
    result = publish(user, zone)
    assert result.code == 6, result
    kind, code, message, fix = told(result)
    assert (kind, code) == ("credentials", "credentials-rejected")
    assert function in message and f"route53:{action}" in message
    assert "route53:ChangeResourceRecordSets" in fix
    assert emulator.sets(zone) == {}


# -- what the provider would not take


def test_a_zone_that_goes_away_between_two_calls(user, emulator, zone):
    handle = emulator.handle

    def vanish(request):
        if request.path.endswith("/rrset") and request.method == "GET":
            emulator.zones.remove_zone(zone)
            emulator.handle = handle
        return handle(request)
    emulator.handle = vanish
    result = publish(user, zone)
    assert result.code == 7 and told(result)[1] == "zone-not-found" and zone.id in told(result)[2], result


@pytest.mark.parametrize("is_old", [False, True])
def test_a_refused_batch_in_both_forms(user, emulator, zone, is_old):
    emulator.is_old = is_old
    handle = emulator.handle

    def interfere(request):
        if request.method == "POST":
            zone.records = [r for r in zone.records if r.name != f"sk48601.{zone.name}"]
            zone.add(f"sk48601.{zone.name}", "TXT", '"mine"', 60)
        return handle(request)
    emulator.handle = interfere
    result = publish(user, zone)
    assert result.code == 5 and told(result)[1] == "conflict", result
    assert "conflicting RRSet of type TXT" in told(result)[2]
    assert cnames(emulator, zone) == {}


def test_a_list_that_does_not_end(user, emulator, zone):
    handle = emulator.handle

    def endless(request):
        answer = handle(request)
        if request.path.endswith("/hostedzonesbyname"):
            answer.body = re.sub(b"<IsTruncated>.*</IsTruncated>", b"<IsTruncated>true</IsTruncated>", answer.body)
            answer.body = re.sub(b"<NextDNSName>.*</NextDNSName>", b"", answer.body).replace(
                b"<MaxItems>", b"<NextDNSName>aaa.</NextDNSName><MaxItems>")
        return answer
    emulator.handle = endless
    result = publish(user, zone)
    assert result.code == 7 and told(result)[1] == "bad-reply", result
    assert len(emulator.calls) <= 2


@pytest.mark.parametrize("body", [
    b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><ListHostedZonesByNameResponse>&b;</ListHostedZonesByNameResponse>",
    b"<ListHostedZonesByNameResponse>" + b"<a>" * 30000,
    b"<ListHostedZonesByNameResponse><HostedZones><HostedZone><Name>" + b"a" * 9000,
    b"", b"null", b"<html></html>"], ids=["entities", "deep", "long", "empty", "json", "html"])
def test_hostile_documents(user, emulator, zone, body):
    handle = emulator.handle

    def hostile(request):
        answer = handle(request)
        answer.body = body
        return answer
    emulator.handle = hostile
    result = publish(user, zone)
    assert result.code == 7 and told(result)[1] == "bad-reply", result


def test_hostile_names_and_values_are_bounded(user, emulator, zone):
    """A name of which every byte is escaped, and a value with all that means something somewhere."""
    with_both = ".".join(["*" * 60] * 3) + "." + zone.name, f"*.sk48601.{zone.name}"
    for i, name in enumerate(with_both):
        zone.records.append(Record(f"hostile{i}", name, "TXT", '"<&>\\" \\\\ \\303\\274 %s %n"', 60))
    before = zone.snapshot()
    assert publish(user, zone).code == 0
    assert zone.snapshot(*pairs(zone.name)) == before


# -- credentials


def test_temporary_credentials(user, emulator, zone):
    env = {"AWS_ACCESS_KEY_ID": SESSION.id, "AWS_SECRET_ACCESS_KEY": SESSION.secret, "AWS_SESSION_TOKEN": SESSION.token}
    assert publish(user, zone, env=env).code == 0
    result = publish(user, zone, env=env | {"AWS_SESSION_TOKEN": "another"})
    assert result.code == 6 and "InvalidClientTokenId" in told(result)[2], result


@pytest.mark.parametrize("env, word", [
    ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"), ({"AWS_ACCESS_KEY_ID": "AKIDNOBODY"}, "InvalidClientTokenId")])
def test_wrong_credentials(user, emulator, zone, env, word):
    result = publish(user, zone, env=env)
    assert result.code == 6 and word in told(result)[2], result
    assert "Canonical" not in result.out + result.err, "what was signed is nobody's business"


def test_an_expired_token(user, emulator, zone):
    try:
        KEY.is_expired = True
        result = publish(user, zone)
        assert result.code == 6 and "ExpiredToken" in told(result)[2], result
    finally:
        KEY.is_expired = False


def without_keys(user):
    user.env = {name: value for name, value in user.env.items() if not name.startswith("AWS_") or "ENDPOINT" in name}


def test_no_credentials_at_all(user, emulator, zone):
    without_keys(user)
    result = publish(user, zone)
    assert result.code == 6 and "AWS_ACCESS_KEY_ID" in told(result)[2] + told(result)[3], result
    assert emulator.calls == []


@pytest.mark.parametrize("env, section", [({}, "default"), ({"AWS_PROFILE": "work"}, "work")])
def test_a_profile_of_the_aws_tools(user, emulator, zone, env, section):
    without_keys(user)
    folder = user.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[other]\naws_access_key_id = no\naws_secret_access_key = no\n\n[{section}]\naws_access_key_id = {SESSION.id}\n"
        f"aws_secret_access_key = {SESSION.secret}\naws_session_token = {SESSION.token}\n")
    result = publish(user, zone, env=env)
    assert result.code == 0, result


def test_a_program_that_gives_credentials(user, emulator, zone):
    without_keys(user)
    (user.home / ".aws").mkdir()
    giver = user.home / "giver"
    giver.write_text("#!/bin/sh\ncat <<'X'\n" + json.dumps({
        "Version": 1, "AccessKeyId": SESSION.id, "SecretAccessKey": SESSION.secret, "SessionToken": SESSION.token}) + "\nX\n")
    giver.chmod(0o755)
    (user.home / ".aws/config").write_text(f"[profile login]\ncredential_process = {giver}\n")
    result = publish(user, zone, env={"AWS_PROFILE": "login"})
    assert result.code == 0, result


def test_the_aws_cli_gives_what_only_it_can_look_up(user, emulator, zone):
    """As docs/providers/route53.md says, for roles and logins that signpost does not look up itself."""
    without_keys(user)
    (user.home / ".aws").mkdir()
    (user.home / ".aws/credentials").write_text(f"[source]\naws_access_key_id = {SESSION.id}\naws_secret_access_key = "
                                                f"{SESSION.secret}\naws_session_token = {SESSION.token}\n")
    (user.home / ".aws/config").write_text(
        "[profile login]\ncredential_process = /usr/bin/aws configure export-credentials --profile source\n")
    result = publish(user, zone, env={"AWS_PROFILE": "login"})
    assert result.code == 0, result


# -- clock, region, endpoint


@pytest.mark.parametrize("ahead_s", [-1000, 1000])
def test_a_clock_that_is_off_is_said_and_bridged(user, emulator, zone, ahead_s):
    emulator.clock_ahead_s = ahead_s
    result = publish(user, zone)
    assert result.code == 0, result
    assert "clock" in result.err + json.dumps(result.domain["warnings"]), result
    # One refused signature, and not one for every call.
    assert [call.status for call in emulator.calls].count(403) == 1


def test_the_region_of_another_partition(user, emulator, zone):
    emulator.region = "cn-northwest-1"
    result = publish(user, zone)
    assert result.code == 6 and "valid region, not 'us-east-1'" in told(result)[2], result
    assert publish(user, zone, env={"SIGNPOST_ROUTE53_REGION": "cn-northwest-1"}).code == 0


def test_the_endpoint_may_be_a_flag(user, emulator, zone):
    del user.env["AWS_ENDPOINT_URL_ROUTE_53"]
    assert publish(user, zone, "--endpoint", emulator.url).code == 0
    assert publish(user, zone, env={"SIGNPOST_ROUTE53_ENDPOINT": emulator.url}).code == 0
    assert len(emulator.calls) == 5
