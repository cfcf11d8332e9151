"""The cloudflare plugin when the API fails: the right exit code, nothing lost, nothing doubled."""

import re
import time

import pytest

from cloudflare import TOKEN, Cloudflare
from cloudflare_owner import (  # noqa: F401 (fixtures are used by their names)
    cloudflare, ours, outcomes, owner, paths, publish, wanted, zone)
from cloudflare_records import Refused
from emulator import Answer

pytestmark = pytest.mark.slow

FIND, READ, WRITE = ("GET", "/zones$"), ("GET", "/dns_records$"), ("POST", "/batch$")


@pytest.mark.parametrize("call", [FIND, READ, WRITE], ids=["find", "read", "write"])
@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "reset", "lost", "html", "malformed", "truncated",
                                  "huge"])
def test_a_lasting_fault(owner, cloudflare, zone, call, kind):
    before = zone.snapshot()
    method, path = call
    cloudflare.fault(kind, times=None, method=method, path=path, applied=False, megabytes=100)
    result = publish(owner, zone.name, "--no-wait")
    assert result.code == 7 and result.domain["error"]["kind"] == "provider", result
    assert result.domain["error"]["fix"] and zone.snapshot() == before
    if call == WRITE:
        # A write whose outcome is unknown is never sent twice: what is there is read instead.
        assert cloudflare.count(*WRITE) <= (1 if kind not in ("503",) else 4)
    cloudflare.clear_faults()
    healed = publish(owner, zone.name)
    assert healed.code == 0 and ours(zone) == wanted(zone.name), healed
    assert len(zone.records) == 23


@pytest.mark.parametrize("kind", ["500", "502", "504", "reset", "lost", "html", "malformed", "truncated", "huge"])
def test_a_write_that_was_applied_without_an_answer(owner, cloudflare, zone, kind):
    cloudflare.fault(kind, method="POST", applied=True, megabytes=100)
    result = publish(owner, zone.name)
    assert result.code == 0 and ours(zone) == wanted(zone.name) and len(zone.records) == 23, result
    assert paths(cloudflare) == [("GET", "zones"), ("GET", "dns_records"), ("POST", "batch"), ("GET", "dns_records")]
    assert set(outcomes(result)) == {("create", "applied")}


@pytest.mark.parametrize("call", [FIND, READ, WRITE], ids=["find", "read", "write"])
@pytest.mark.parametrize("kind", ["429", "503"])
def test_a_passing_fault_is_waited_for(owner, cloudflare, zone, call, kind):
    method, path = call
    cloudflare.fault(kind, method=method, path=path)
    started = time.monotonic()
    result = publish(owner, zone.name)
    if kind == "503" and call == WRITE:
        assert result.code in (0, 7), result
        return
    assert result.code == 0 and ours(zone) == wanted(zone.name), result
    assert kind != "429" or time.monotonic() - started >= 1, "Retry-After: 1"


def test_too_many_requests_for_too_long(owner, cloudflare, zone):
    before = zone.snapshot()
    cloudflare.fault("429", times=None, retry_after=300)
    result = publish(owner, zone.name)
    assert result.code == 7 and "971" in result.domain["error"]["message"] and zone.snapshot() == before, result


def test_a_slow_answer_is_waited_for(owner, cloudflare, zone):
    cloudflare.fault("slow", method="POST", seconds=2)
    result = publish(owner, zone.name)
    assert result.code == 0 and cloudflare.count("POST") == 1, result


def test_what_a_second_batch_fails_for(owner, cloudflare, zone):
    """Each batch is whole or not at all. One that is refused for all is tried for each domain, while there is room."""
    domains = [f"s{i:03}.{zone.name}" for i in range(100)]
    zone.attributes["records_max"] = len(zone.records) + 250
    words = ("publish", *domains, "--set", "platform=mailer.example", "--provider", "cloudflare", "--no-wait")
    result = owner.json(*words)
    done = [change["outcome"] for entry in result.report["domains"] for change in entry["changes"]]
    n = done.count("applied")
    assert result.code == 7 and len(zone.records) == 20 + n and done.count("failed") == 300 - n, result
    assert 247 < n <= 250 and cloudflare.count("POST") <= 2 + 34
    zone.attributes["records_max"] = 1000
    again = owner.json(*words)
    assert again.code in (0, 3, 4) and len(zone.records) == 320, again


# ---- what the API says by number

REFUSED = [
    (FIND, 400, 6003, 6, "credentials-rejected"), (FIND, 403, 9109, 6, "credentials-rejected"),
    (FIND, 403, 10000, 6, "credentials-rejected"), (READ, 403, 10000, 6, "credentials-rejected"),
    (READ, 400, 7003, 7, "zone-not-found"), (WRITE, 400, 7003, 7, "zone-not-found"),
    (WRITE, 403, 10000, 6, "credentials-rejected"), (WRITE, 400, 81053, 5, "conflict"),
    (WRITE, 400, 81054, 5, "conflict"), (WRITE, 400, 81057, 5, "conflict"), (WRITE, 400, 81058, 5, "conflict"),
    (WRITE, 404, 81044, 5, "conflict"), (WRITE, 400, 1004, 7, "unsupported"), (WRITE, 400, 9007, 7, "unsupported"),
]


@pytest.mark.parametrize("call, status, number, code, word", REFUSED,
                         ids=lambda value: value[1] if isinstance(value, tuple) else str(value))
def test_each_number_has_its_meaning(owner, cloudflare, zone, call, status, number, code, word):
    method, path = call
    handle, before = cloudflare.handle, zone.snapshot()

    def refuse(request):
        if request.method == method and re.search(path, request.path):
            return cloudflare.error(Refused(status, number, "That will not do", (number + 1, "for this reason")))
        return handle(request)
    cloudflare.handle = refuse
    result = publish(owner, zone.name, "--no-wait")
    error = result.domain["error"]
    assert (result.code, error["code"]) == (code, word), result
    assert f"HTTP {status}" in error["message"] and f"{number} That will not do: for this reason" in error["message"]
    assert error["fix"] and zone.snapshot() == before and cloudflare.count(*WRITE) <= 1


@pytest.mark.parametrize("type, data, number", [("A", "192.0.2.1", "81053"), ("CNAME", "u1.mailer.example", "81058")])
def test_what_appears_after_the_reading_is_left_alone(owner, cloudflare, zone, type, data, number):
    """By another program, or another run of this one: nothing is applied, and the next run sees what is there."""
    handle, host = cloudflare.handle, f"sk1.{zone.name}"

    def interfere(request):
        if request.method == "POST" and not zone.at(host):
            zone.add(host, type, data, 60)
        return handle(request)
    cloudflare.handle = interfere
    result = publish(owner, zone.name)
    assert result.code == 5 and number in result.domain["error"]["message"], result
    assert [(r.type, r.data) for r in zone.records[20:]] == [(type, data)]
    assert publish(owner, zone.name).code == (0 if type == "CNAME" else 5)


# ---- an API that has lost its mind

ZONE_ID = "0" * 32
PAGE = {"page": 1, "per_page": 50, "count": 1, "total_count": 1, "total_pages": 1}


class Mad(Cloudflare):
    """Answers every read with the next of `answers`, then with the last of them for ever."""

    def __init__(self, answers):
        super().__init__(fillers=0)
        self.answers = answers

    def handle(self, request):
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return answer if isinstance(answer, Answer) else Answer(200, answer)


def page(items, **info):
    return {"success": True, "errors": [], "messages": [], "result": items, "result_info": PAGE | info}


def mad_zone(**fields):
    return {"id": ZONE_ID, "name": "mad.example", "status": "active", "type": "full", "name_servers": []} | fields


@pytest.mark.parametrize("answers", [
    [{}], [[]], [{"success": True}], [{"success": False, "errors": None}], [{"success": True, "result": None}],
    [page([{}])], [page([None, 7, "x", []])], [page([mad_zone(id=7, name=None)])], [page([mad_zone(id="../../x")])],
    [page([mad_zone(name="x" * 5000)])], [page([mad_zone(name_servers=[None, 7, ["x"]])] * 3)],
    [page([mad_zone(name_servers=["ns.example"] * 5000)])], [page([], total_pages=10**15)],
    [page([mad_zone()], total_pages=-5)], [page([mad_zone()], total_pages="1")],
    [page([mad_zone()]), page([{}])], [page([mad_zone()]), page([None, 7, [], {"name": 7, "type": None}])],
    [page([mad_zone()]), page([{"id": 1, "name": "sk1.mad.example", "type": "CNAME", "content": "x" * 70000}])],
    [page([mad_zone()]), page([{"id": "", "name": "sk1.mad.example", "type": "", "content": "", "ttl": -1}])],
    [page([mad_zone()]), page([], total_pages=10**15), {"success": True, "errors": [{"code": 10**30}]}],
    [page([mad_zone()]), page([]), Answer(400, {"success": False, "errors": [{"code": "x", "message": 7}, None]})],
    [page([mad_zone()]), page([]), Answer(200, {"success": False, "errors": [{"code": 7003, "error_chain": [7]}]})],
])
def test_an_api_that_lost_its_mind(user, answers):
    with Mad(answers) as emulator:
        user.env |= {"CLOUDFLARE_API_TOKEN": TOKEN, "SIGNPOST_CLOUDFLARE_ENDPOINT": emulator.endpoint}
        result = publish(user, "mad.example", "--no-wait")
        assert result.code not in (0, 1) and len(emulator.calls) < 20, result
        assert emulator.count("POST") <= 1
