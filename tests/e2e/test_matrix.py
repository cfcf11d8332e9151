"""The scenario matrix: states of servers x records x delegations x DNSSEC x loss x rate limiting, at real servers, and
what has to be said of each. All rows run side by side, against one internet; each is a test of its own by name."""

import json
import re
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matrix_row import Row
from matrix_rows import ROWS
from matrix_world import World
from signpost import ROOT, Result, Signpost

EXIT_CODES = {"connected": 0, "pending": 3, "error": 4}
SIDE_BY_SIDE = 10
# What takes a network of its own: {code: its tests}.
ELSEWHERE = {"port-53-intercepted": "test_path.py"}
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("matrix")]


def remember(user, world, row):
    """The ledger knows that the records were published, and when, and what they stand in the place of."""
    subprocess.run(world.inside(*user.argv("publish", row.domain, *row.given(user.home), "--provider", "manual", "--no-wait", "--yes")),
                   env=user.env, capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    now = int(time.time())
    with sqlite3.connect(user.ledger) as ledger:
        done = ledger.execute("UPDATE domains SET published_at = ?, connected_at = 0", (now - row.age_s,))
        assert done.rowcount == 1, row.name
        if row.superseded:
            host, kind, value = row.superseded
            before = json.dumps({"type": kind, "host": f"{host}.{row.domain}", "value": value, "ttl": 60})
            ledger.execute("INSERT INTO changes (domain, zone, zone_id, provider, action, type, host, before_image, outcome,"
                           " intended_at, resolved_at) VALUES (?, ?, '', 'manual', 'delete', ?, ?, ?, 'applied', ?, ?)",
                           (row.domain, row.zone, kind, f"{host}.{row.domain}", before, now - row.age_s, now - row.age_s))


def judge(world, row, home):
    """What signpost says of ROW, in a home of its own."""
    user = Signpost(home)
    user.flags = [word for resolver in row.resolvers for word in ("--resolver", resolver)]
    if row.age_s is not None:
        remember(user, world, row)
    argv = world.inside(*user.argv("verify", row.domain, *row.given(user.home), *row.words, "--output", "json"))
    done = subprocess.run(argv, env=user.env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                          check=False)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def results(request, tmp_path_factory):
    """{name of the row: a future of its result}, of all rows that are selected. The slowest begin first."""
    folder = tmp_path_factory.mktemp("matrix")
    rows = [item.callspec.params["row"] for item in request.session.items if getattr(item, "originalname", "") == "test_row"]
    world = World(folder / "world", rows)
    try:
        world.start_all()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            yield {row.name: pool.submit(judge, world, row, folder / "home" / row.zone)
                   for row in sorted(rows, key=Row.silences, reverse=True)}
            pool.shutdown(cancel_futures=True)
    finally:
        world.stop()


def found(domain):
    """{host relative to the sender domain: code of its diagnosis}"""
    return {record["host"].removesuffix("." + domain["domain"]): record["diagnosis"]["code"]
            for record in domain["records"] if record["diagnosis"]}


def check_sense(domain):
    """What holds in every row, whatever is wrong in it."""
    states = {record["state"] for record in domain["records"]}
    assert domain["records_live"] == (states == {"live"})
    assert domain["message"]
    if domain["status"] == "connected":
        assert domain["records_live"]
        assert all(server["state"] in ("live", "unreachable") for record in domain["records"] for server in record["servers"])
    for diagnosis in [record["diagnosis"] for record in domain["records"] if record["diagnosis"]]:
        assert diagnosis["message"] and diagnosis["fix"]
        assert domain["status"] != "connected" or diagnosis["severity"] == "advisory"
    assert all(warning["message"] and warning["fix"] for warning in domain["warnings"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(results, row):
    result = results[row.name].result()
    assert result.code in EXIT_CODES.values(), result
    domain = result.domain
    warnings = sorted({warning["code"] for warning in domain["warnings"]})
    assert (domain["status"], found(domain), warnings) == (row.status, row.codes, sorted(row.warnings)), result
    assert result.code == EXIT_CODES[row.status]
    assert row.queries is None or domain["dns_queries"] <= row.queries, domain["dns_queries"]
    check_sense(domain)


def test_there_are_enough_rows_and_no_name_twice():
    assert len(ROWS) >= 150
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_every_code_is_found_in_a_row():
    """Where it stops a domain and where it only warns, as the engine may say both of some."""
    source = (ROOT / "core/verify/verdict.c").read_text()
    names = re.search(r"^const char \*sp_code_name.*?\{(.*?)^\}", source, re.S | re.M).group(1)
    codes = set(re.findall(r'"([a-z0-9-]+)"', names)) - {"none"}
    warning = {code for row in ROWS for code in row.warnings}
    blocking = {code for row in ROWS if row.status != "connected" for code in {*row.codes.values()} - {*row.warnings}}
    assert warning & blocking >= {"server-unreachable", "wildcard-only", "target-missing", "dkim-key-malformed",
                                  "dkim-key-revoked", "dkim-key-mismatch", "dkim-key-weak"}
    assert (warning | blocking) - codes == set(), "which the engine does not say"
    assert codes - warning - blocking == set(ELSEWHERE)
    for code, file in ELSEWHERE.items():
        assert f'"{code}"' in (Path(__file__).parent / file).read_text()
