"""The godaddy plugin, whole: published at the emulator, served by real DNS, verified."""

import json
import random
import re
import subprocess
import time

import pytest

from clients import Clients
from emulator import Answer
from godaddy import READ, UPDATE, GoDaddy, invalid
from lab import PRIMARY, SECONDARY, wait_for
from processes import peak_kib, worker_of
from proxy import Proxy
from signpost import IS_SANITIZED, ROOT

pytestmark = pytest.mark.slow

TOKEN, KEY, SECRET = "gd_pat_test", "gd-key", "gd-secret"
TARGETS = ("u1.mailer.example", "a.dkim.mailer.example", "b.dkim.mailer.example")
HOSTS = ("sk48601", "s1._domainkey", "s2._domainkey")


@pytest.fixture
def godaddy(feed):
    with GoDaddy(on_change=feed) as emulator:
        yield emulator


@pytest.fixture
def user(user, godaddy):
    """Has a personal access token, and no other provider's credential."""
    user.env |= {"GODADDY_API_TOKEN": TOKEN, "SIGNPOST_GODADDY_ENDPOINT": godaddy.url}
    del user.env["PDNS_API_KEY"], user.env["PDNS_API_URL"]
    return user


@pytest.fixture(scope="module")
def spare():
    """Zones of the lab that an earlier test has left empty."""
    return []


@pytest.fixture
def zone(lab, godaddy, spare):
    """One of the lab's zones, held by the emulator with records of strangers in it."""
    zone = godaddy.zones.add_zone(spare.pop() if spare else lab.zone())
    zone.fill(40)
    yield zone
    zone.remove(*zone.records)
    lab.wait_for_secondary(zone.name)
    spare.append(zone.name)


def records(zone, hosts=HOSTS):
    """The words that ask for three records."""
    return [word for host, target in zip(hosts, TARGETS) for word in ("--record", f"{host}.{zone}={target}")]


def publish(user, zone, *words, command="publish", **how):
    return user.json(command, zone.name, *records(zone.name), "--provider", "godaddy", *words, **how)


def held(zone):
    return {(r.name, r.type): (r.data, r.ttl) for r in zone.records if not r.name.startswith("other")}


def wanted(zone):
    return {(f"{host}.{zone.name}", "CNAME"): (target, 3600) for host, target in zip(HOSTS, TARGETS)}


def outcomes(result):
    return {change["sent_host"]: (change["action"], change["outcome"]) for change in result.domain["changes"]}


def other_plugin(folder, source):
    """SOURCE, a changed copy of the plugin's, as a stranger's plugin: the folder for --plugin-dir."""
    for old, new in (('"godaddy"', '"gdx"'), ("GODADDY_API_", "GDX_API_"), ('{"domaincontrol.com"}', '{"gdx.example"}')):
        assert source.count(old), old
        source = source.replace(old, new)
    folder.mkdir(parents=True)
    (folder / "gdx.c").write_text(source)
    plugins = ROOT / "plugins"
    subprocess.run(["cc", "-std=gnu17", "-fPIC", "-shared", "-I", ROOT / "core/plugin/include", "-I", plugins, "-o",
                    folder / "gdx.so", folder / "gdx.c", plugins / "kit/json.c", plugins / "kit/reply.c", "-ljansson"],
                   check=True)
    return folder


def publish_with(user, zone, godaddy, folder):
    return user.json("publish", zone.name, *records(zone.name), "--provider", "gdx", "--plugin-dir", str(folder),
                     "--endpoint", godaddy.url, env={"GDX_API_TOKEN": TOKEN})


# ---- the normal way


def test_first_run_two_calls_second_run_one(user, godaddy, zone):
    strangers = zone.snapshot()
    first = publish(user, zone)
    assert first.code == 0 and first.domain["status"] == "connected", first
    assert [(call.method, call.status) for call in godaddy.calls] == [("GET", 200), ("PATCH", 200)]
    assert first.domain["http_calls"] == 2 and godaddy.writes() == {"PATCH records": 1}
    assert held(zone) == wanted(zone)
    assert {c["sent_host"] for c in first.domain["changes"]} == set(HOSTS), "relative to the zone"
    assert all((call.user_agent or "").startswith("signpost/") for call in godaddy.calls)
    godaddy.reset_calls()
    again = publish(user, zone)
    assert again.code == 0 and again.domain["http_calls"] == 1
    assert [call.method for call in godaddy.calls] == ["GET"]
    assert {c["outcome"] for c in again.domain["changes"]} == {"unchanged"}
    godaddy.reset_calls()
    back = user.json("unpublish", zone.name, "--provider", "godaddy", "--yes")
    assert back.code == 0 and zone.snapshot() == strangers
    assert godaddy.writes() == {"DELETE records/type/name": 3}


def test_a_classic_key_is_used_where_there_is_no_token(user, godaddy, zone):
    env = {"GODADDY_API_TOKEN": "", "GODADDY_API_KEY": KEY, "GODADDY_API_SECRET": SECRET}
    assert publish(user, zone, env=env).code == 0
    godaddy.tokens.clear()
    rejected = publish(user, zone)
    assert rejected.code == 6 and "GODADDY_API_TOKEN" in rejected.domain["error"]["fix"], rejected
    env["GODADDY_API_SECRET"] = "wrong"
    rejected = publish(user, zone, env=env)
    assert rejected.code == 6 and "UNABLE_TO_AUTHENTICATE" in rejected.domain["error"]["message"], rejected
    classic = user.run("providers", "godaddy").out
    assert "end after 2026" in classic and "GODADDY_API_TOKEN" in classic


def test_recognised_by_its_name_servers(lab, user, godaddy):
    lab.pdns.add_zone("domaincontrol.com", kind="Native", servers=((PRIMARY, "ns51"), (SECONDARY, "ns52")))
    zone = godaddy.zones.add_zone(lab.free_zones.pop(0))
    lab.pdns.api("POST", "/zones", {"name": f"{zone.name}.", "kind": "Master",
                                    "nameservers": ["ns51.domaincontrol.com.", "ns52.domaincontrol.com."]})
    lab.wait_for_secondary(zone.name)
    result = user.run("publish", zone.name, *records(zone.name), "-v")
    assert result.code == 0 and re.search(r"recognised by ns5[12]\.domaincontrol\.com", result.out), result


def test_vanity_name_servers_are_claimed_by_the_credential_that_holds_the_zone(lab, user, godaddy, zone):
    result = user.json("publish", zone.name, *records(zone.name))
    assert result.code == 0 and result.domain["provider"] == "godaddy", result
    assert result.domain["http_calls"] == 2
    nobody = lab.zone()
    other = user.json("publish", nobody, *records(nobody), "--dry-run")
    assert other.code == 0 and other.domain["provider"] == "manual", other


def test_hosts_relative_to_the_zone_not_to_the_domain(user, godaddy, zone):
    domain = f"mail.{zone.name}"
    result = user.json("publish", domain, *records(domain), "--provider", "godaddy")
    assert result.code == 0, result
    assert {c["sent_host"] for c in result.domain["changes"]} == {f"{host}.mail" for host in HOSTS}
    assert [call.path for call in godaddy.calls] == [f"/v1/domains/{zone.name}/records"] * 2


def test_a_dry_run_reads_only(user, godaddy, zone):
    before = zone.snapshot()
    planned = publish(user, zone, "--dry-run", "--exit-code")
    assert planned.code == 9 and [call.method for call in godaddy.calls] == ["GET"]
    assert zone.snapshot() == before


def test_a_record_with_another_target_is_changed_when_allowed(user, godaddy, zone):
    host = f"sk48601.{zone.name}"
    zone.add(host, "CNAME", "old.platform.example", 700)
    refused = publish(user, zone)
    assert refused.code == 5 and godaddy.writes() == {}, refused
    godaddy.reset_calls()
    changed = publish(user, zone, "--replace", "--yes")
    assert changed.code == 0 and held(zone) == wanted(zone), changed
    assert godaddy.writes() == {"PATCH records": 1, "PUT records/type/name": 1}


@pytest.mark.parametrize("data, name", [("@", "www"), ("U1.Mailer.Example", "SK48601")])
def test_listed_names_and_targets_are_compared_as_dns_does(user, godaddy, zone, data, name):
    target = zone.name if data == "@" else data
    zone.add(f"{name}.{zone.name}".lower(), "CNAME", target)
    pair = f"{name.lower()}.{zone.name}={target.lower()}"
    result = user.json("publish", zone.name, "--record", pair, "--provider", "godaddy", "--until", "records", "--no-wait")
    assert {c["outcome"] for c in result.domain["changes"]} == {"unchanged"}, result
    assert godaddy.writes() == {}


def test_what_an_older_account_left_over_is_in_nobodys_way(user, godaddy, zone):
    godaddy.residual(zone, "sk48601")
    assert publish(user, zone).code == 0


@pytest.mark.parametrize("paging", ["page", "skip"])
@pytest.mark.parametrize("n", [499, 500, 501, 1234])
def test_a_conflict_is_seen_on_every_page(user, godaddy, zone, paging, n):
    godaddy.paging = paging
    zone.fill(n - 1 - len(zone.records))
    zone.add(f"sk48601.{zone.name}", "A", "192.0.2.1")
    assert len(zone.records) == n
    result = publish(user, zone, "--dry-run")
    assert result.code == 5 and result.domain["error"]["code"] == "other-type", result


# ---- an old DKIM TXT at the selector


def test_an_old_txt_makes_room(user, godaddy, zone):
    host = f"s1._domainkey.{zone.name}"
    zone.add(host, "TXT", "v=DKIM1; p=OLD", 1800)
    zone.add(host, "TXT", "v=DKIM1; p=OLDER", 1800)
    refused = publish(user, zone)
    assert refused.code == 5 and "--replace-types TXT" in refused.domain["error"]["fix"], refused
    done = publish(user, zone, "--replace-types", "TXT", "--yes")
    assert done.code == 0 and held(zone) == wanted(zone), done
    assert [c["action"] for c in done.domain["changes"]].count("delete") == 2


@pytest.mark.parametrize("type, data, extra", [
    ("TXT", "v=DKIM1; p=OLD", {}), ("MX", "mx.old.example", {"priority": 20}), ("A", "192.0.2.7", {})])
def test_what_was_removed_is_put_back_when_the_rest_fails(user, godaddy, zone, type, data, extra):
    host = f"s1._domainkey.{zone.name}"
    zone.add(host, type, data, 1800, **extra)
    before = [row[1:] for row in zone.snapshot()]
    refusals = [None, invalid(("records[0].data", "INVALID_VALUE", "is not welcome"))]

    def refuse(_):
        refusal = refusals.pop(0) if refusals else None
        if refusal:
            raise refusal
    godaddy.before_add = refuse
    failed = publish(user, zone, "--replace-types", type, "--yes")
    assert failed.code == 7, failed
    assert ("delete", "rolled-back") in [(c["action"], c["outcome"]) for c in failed.domain["changes"]], failed
    rest = [row[1:] for row in zone.snapshot(*(f"{h}.{zone.name}" for h in HOSTS if h != "s1._domainkey"))]
    assert sorted(rest) == sorted(before)


# ---- what goes wrong


@pytest.mark.parametrize("kind, code, times", [
    ("500", 7, None), ("502", 7, None), ("503", 7, None), ("504", 7, None), ("html", 7, None), ("malformed", 7, None),
    ("truncated", 7, None), ("lost", 7, None), ("reset", 7, None)])
def test_a_reading_that_fails_changes_nothing(user, godaddy, zone, kind, code, times):
    before = zone.snapshot()
    godaddy.fault(kind, times=times, method="GET")
    result = publish(user, zone)
    assert result.code == code and result.domain["error"]["message"], result
    assert zone.snapshot() == before and godaddy.writes() == {}


@pytest.mark.parametrize("kind", ["500", "502", "504", "lost", "reset", "429"])
def test_a_reading_that_fails_once_is_repeated(user, godaddy, zone, kind):
    godaddy.fault(kind, method="GET")
    assert publish(user, zone).code == 0
    assert held(zone) == wanted(zone) and godaddy.writes() == {"PATCH records": 1}


@pytest.mark.parametrize("is_applied", [True, False])
@pytest.mark.parametrize("kind", ["500", "502", "504", "html", "lost", "reset"])
def test_a_write_of_unknown_effect_is_read_again_and_never_doubled(user, godaddy, zone, kind, is_applied):
    strangers = zone.snapshot()
    godaddy.fault(kind, method="PATCH", applied=is_applied)
    result = publish(user, zone)
    methods = [call.method for call in godaddy.calls]
    at = methods.index("PATCH")
    # What is reset behind an answer without a body has been answered.
    assert methods[at + 1:at + 2] == ["GET"] or kind == "reset", "what is there is read before anything else"
    assert godaddy.writes() == {"PATCH records": methods.count("PATCH")}
    if is_applied:
        assert result.code == 0 and held(zone) == wanted(zone) and methods.count("PATCH") == 1, result
    else:
        assert result.code == 7 and held(zone) == {}, result
        assert publish(user, zone).code == 0 and held(zone) == wanted(zone)
    assert zone.snapshot(*(f"{host}.{zone.name}" for host in HOSTS)) == strangers


def test_a_patch_that_stops_half_way_is_told_record_by_record(user, godaddy, zone):
    """Somebody makes a record between the reading and the writing."""
    late = f"sk48601.{zone.name}"  # the last in the order in which changes are sent
    godaddy.before_add = lambda _: zone.at(late) or zone.add(late, "TXT", "just now", 600)
    result = publish(user, zone)
    assert result.code in (5, 7), result
    told = outcomes(result)
    assert told["s1._domainkey"] == ("create", "applied") and told["sk48601"][1] != "applied", told
    assert (f"s1._domainkey.{zone.name}", "CNAME") in held(zone) and held(zone)[late, "TXT"] == ("just now", 600)


def test_too_many_requests_are_waited_out_as_the_body_says(user, godaddy, zone):
    godaddy.fault("429", method="PATCH", retry_after=1)
    begin = time.monotonic()
    assert publish(user, zone).code == 0
    assert time.monotonic() - begin >= 1 and held(zone) == wanted(zone)


def test_a_quota_that_is_used_up_is_not_waited_for(user, godaddy, zone):
    godaddy.throttled = lambda request, retry_after: godaddy.over_quota()
    godaddy.fault("429", times=None)
    result = publish(user, zone)
    assert result.code == 6 and "quota" in result.domain["error"]["message"], result
    assert len(godaddy.calls) <= 4, "no more than the few that HTTP makes of it"


@pytest.mark.parametrize("rule", [{"is_small": True}, {"may_read": False}])
def test_an_account_without_the_api_is_told_the_way_out(user, godaddy, zone, rule):
    """Some keys may write and not read: nothing is written that could not be looked at before."""
    vars(godaddy).update(rule)
    env = {"GODADDY_API_TOKEN": "", "GODADDY_API_KEY": KEY, "GODADDY_API_SECRET": SECRET}
    result = publish(user, zone, env=env)
    told = result.domain["error"]
    assert result.code == 6 and told["code"] == "forbidden-by-plan", result
    assert "ACCESS_DENIED" in told["message"] and "ten domains or more" in told["message"]
    words = ["set GODADDY_API_TOKEN", "personal access token", "domains.dns:update", "--provider manual"]
    assert words == sorted(words, key=told["fix"].index), told["fix"]
    assert "plan" not in told["fix"]
    assert [call.method for call in godaddy.calls] == ["GET"]


def test_a_token_without_the_scope_is_told_which(user, godaddy, zone):
    godaddy.tokens[TOKEN] = {READ}
    result = publish(user, zone)
    assert result.code == 6 and UPDATE in result.domain["error"]["message"], result
    assert held(zone) == {}


def test_a_zone_of_somebody_else(lab, user, godaddy):
    name = lab.zone()
    result = user.json("publish", name, *records(name), "--provider", "godaddy")
    assert result.code in (5, 7) and result.domain["error"]["code"] == "zone-not-found", result
    assert name in result.domain["error"]["message"]
    assert [call.path for call in godaddy.calls] == [f"/v1/domains/{name}/records"], "asked once, for three hosts"


def test_a_zone_that_takes_no_change_for_a_moment(user, godaddy, zone):
    zone.attributes["is_eligible"] = False
    result = publish(user, zone)
    assert result.code == 7 and "not eligible" in result.domain["error"]["message"], result
    assert held(zone) == {}


def test_pages_without_end_are_not_followed_and_not_taken_for_all(user, godaddy, zone):
    """As if its `offset` were ignored from the second page on, with other records each time."""
    zone.fill(600)
    shown, count = godaddy._shown, iter(range(10 ** 9))
    godaddy._read = lambda request, zone, *_: Answer(200, [
        shown(zone, zone.records[0]) | {"name": f"n{next(count)}"} for _ in range(500)])
    source = (ROOT / "plugins/godaddy/godaddy.c").read_text()
    assert "PAGES_MAX = 200" in source
    folder = other_plugin(user.home / "gdx", source.replace("PAGES_MAX = 200", "PAGES_MAX = 5"))
    result = publish_with(user, zone, godaddy, folder)
    assert result.code == 7 and "too many records" in result.domain["error"]["message"], result
    assert godaddy.writes() == {} and len(godaddy.calls) < 6


# ---- whatever is done, nobody else's records change


def test_strangers_records_never_change(lab, user, godaddy, zone, tmp_path):
    dice = random.Random(48601)
    zone.add(zone.name, "NS", "ns51.domaincontrol.com")
    zone.add(zone.name, "MX", "mx.stranger.example", priority=10)
    zone.add(zone.name, "TXT", "v=spf1 -all")
    zone.add(zone.name, "SRV", "sip.stranger.example", priority=1, weight=1, port=443, service="_sip",
             protocol="_tls")
    ours = {f"{host}.{zone.name}" for host in HOSTS}
    strangers = zone.snapshot(*ours)
    for _ in range(12):
        chosen = dice.sample(HOSTS, dice.randint(1, 3))
        words = [word for host in chosen for word in
                 ("--record", f"{host}.{zone.name}={dice.choice(TARGETS)}")]
        what = dice.choice(["publish", "publish", "unpublish"])
        extra = ["--no-wait", "--replace"] if what == "publish" else []
        user.run(what, zone.name, *words, "--provider", "godaddy", "--yes", *extra)
        assert zone.snapshot(*ours) == strangers
    writes = godaddy.writes()
    assert not {"PUT records", "PUT records/type"} & set(writes) and sum(writes.values()) > 5, writes
    assert publish(user, zone, "--replace", "--yes").code == 0
    with Proxy(tmp_path / "ca", {"api.godaddy.com": godaddy}) as proxy:
        done = Clients(tmp_path / "client", proxy).run(
            "/usr/bin/python3", __file__.replace("test_godaddy_plugin", "godaddy_libcloud"),
            input=json.dumps([["list_records", zone.name]]), env={"GODADDY_API_KEY": KEY, "GODADDY_API_SECRET": SECRET})
    (listed,) = json.loads(done.out)
    read = {(f"{name}.{zone.name}", type): (data, ttl) for name, type, data, ttl in listed if name in HOSTS}
    assert read == wanted(zone), "a client that nobody here wrote reads what was written"


# ---- what must not be possible


@pytest.mark.parametrize("method, path", [
    ("PUT", "path, 4"), ("PUT", "type, 5"), ("DELETE", "type, 5"), ("POST", "path, 4")])
def test_no_plugin_with_this_description_can_replace_a_zone_or_a_type(user, godaddy, zone, tmp_path, method, path):
    """The plugin's own source, but for its name, and with another request where it adds records."""
    words, n = path.split(", ")
    source = (ROOT / "plugins/godaddy/godaddy.c").read_text()
    for old, new in (('"PATCH", path,', f'"{method}", path,'),
                     ("request.n_path = path[4] ? 6 : 4;",
                      f"request.n_path = body && (!path[4] || !*path[5]) ? {n} : path[4] ? 6 : 4;"),
                     ("path[4] = NULL;", "path[4] = NULL;" if words == "path" else 'path[4] = "CNAME"; path[5] = "";')):
        assert source.count(old), old
        source = source.replace(old, new)
    strangers = zone.snapshot()
    result = publish_with(user, zone, godaddy, other_plugin(tmp_path / "gdx", source))
    assert result.code == 8 and f"{method} " in result.domain["error"]["message"], result
    assert [call.method for call in godaddy.calls] == ["GET"] and zone.snapshot() == strangers


# ---- many


def test_many_sub_domains_of_one_zone(user, godaddy, zone, tmp_path):
    zone.fill(900 - len(zone.records))
    domains = [f"d{i:02}.{zone.name}" for i in range(100)]
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps({"domain": domain, "records": [
        {"type": "CNAME", "host": f"{host}.{domain}", "points_to": target} for host, target in zip(HOSTS, TARGETS)
    ]}) + "\n" for domain in domains))
    result = user.json("publish", *domains, "--records", str(file), "--provider", "godaddy", "--no-wait", timeout=200)
    assert len(result.report["domains"]) == 100, result
    assert len(held(zone)) == 300
    # The zone in two pages; 300 creations, 100 in a call.
    assert [call.method for call in godaddy.calls] == ["GET"] * 2 + ["PATCH"] * 3
    assert result.report["totals"]["http_calls"] == 5


def test_many_zones(lab, user, godaddy, tmp_path):
    """Two calls a zone at first, one afterwards, at the pace that each endpoint allows."""
    names = [f"gd{i:02}.example" for i in range(20)]
    for name in names:
        lab.pdns.add_zone(name, kind="Native", servers=((PRIMARY, "ns1"),))
        godaddy.zones.add_zone(name)
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps({"domain": name, "records": [
        {"type": "CNAME", "host": f"{host}.{name}", "points_to": target} for host, target in zip(HOSTS, TARGETS)
    ]}) + "\n" for name in names))
    godaddy.limit = 60
    words = ["publish", *names, "--records", str(file), "--provider", "godaddy", "--no-wait"]
    first = user.json(*words, timeout=200)
    assert all(len(zone.records) == 3 for zone in godaddy.zones.all()), first
    assert first.report["totals"]["http_calls"] == 40 and godaddy.writes() == {"PATCH records": 20}
    assert {call.status for call in godaddy.calls} == {200}, "the limit is never met"
    godaddy.reset_calls()
    again = user.json(*words, timeout=200)
    assert again.report["totals"]["http_calls"] == 20 and godaddy.writes() == {}
    assert {call.status for call in godaddy.calls} == {200}


def test_ten_thousand_other_records(user, godaddy, zone):
    """Read in 21 pages, at once: 60 a minute are no reason to wait for each; and a page at a time is held."""
    zone.fill(10000 - len(zone.records))
    godaddy.limit = 60
    begin = time.monotonic()
    result = publish(user, zone, "--no-wait")
    elapsed = time.monotonic() - begin
    assert result.domain["http_calls"] == 22, [(call.method, call.query, call.status) for call in godaddy.calls]
    assert held(zone) == wanted(zone) and godaddy.count("GET") == 21
    print(f"10,000 other records: 22 calls in {elapsed:.2f} s")
    # A second's pause before each is what a client does that knows no bursts.
    assert elapsed < 10


def test_ten_thousand_other_records_in_bounded_memory(user, godaddy, zone):
    zone.fill(10000 - len(zone.records))
    godaddy.fault("slow", method="PATCH", seconds=5)
    process = user.start("publish", zone.name, *records(zone.name), "--provider", "godaddy", "--no-wait")
    try:
        wait_for("the write", lambda: godaddy.count("PATCH"))
        peaks = peak_kib(process.pid), peak_kib(worker_of(process.pid))
    finally:
        process.kill()
        process.communicate()
    print("engine and worker:", peaks, "KiB")
    assert godaddy.count("GET") == 21
    assert IS_SANITIZED or max(peaks) < 32 << 10
