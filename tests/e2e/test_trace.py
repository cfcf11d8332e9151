"""--trace: what went over the wire, message by message."""

import json
import stat
import subprocess
import time

import jsonschema
import pytest

from lab import API_KEY, DEAD, PRIMARY, RESOLVER, SECONDARY
from signpost import ROOT
from test_verify import GIVEN, HOST, make_right

pytestmark = pytest.mark.slow

SCHEMA = json.loads((ROOT / "schemas/trace.schema.json").read_text())


def lines_of(text):
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        jsonschema.validate(line, SCHEMA)
    return lines


@pytest.fixture
def file(tmp_path):
    return tmp_path / "trace.jsonl"


def test_every_message_is_there(lab, user, file):
    zone = lab.zone()
    make_right(lab, zone)
    before = time.time() * 1000
    result = user.json("verify", zone, *GIVEN, "--trace", file)
    lines = lines_of(file.read_text())
    assert result.code == 0 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [line["at_ms"] for line in lines] == sorted(line["at_ms"] for line in lines)
    assert before - 1000 <= lines[0]["at_ms"] <= time.time() * 1000
    sent = [line for line in lines if line["kind"] == "dns-query"]
    heard = [line for line in lines if line["kind"] == "dns-answer"]
    assert len(sent) == len(heard) == result.domain["dns_queries"]
    assert {line["server"] for line in sent} == {f"{address}:{lab.port}" for address in (PRIMARY, SECONDARY, RESOLVER)}
    assert all(line["recursive"] == line["server"].startswith(RESOLVER) for line in sent)
    asked = [line for line in heard if line["name"] == f"{HOST}.{zone}" and line["type"] == "CNAME"]
    assert len(asked) == 2
    for line in asked:
        assert line["result"] == "answer" and line["rcode"] == "NOERROR" and line["flags"] == ["aa"]
        assert line["via"] == "udp" and line["records"] >= 1 and line["bytes"] > 40 and line["took_ms"] < 5000


def test_silence_is_there(lab, user, file):
    zone = lab.zone(servers=((PRIMARY, "ns1"), (DEAD, "ns2")))
    user.json("verify", zone, *GIVEN, "--trace", file)
    heard = [line for line in lines_of(file.read_text()) if line["kind"] == "dns-answer" and line["server"].startswith(DEAD)]
    assert heard and {line["result"] for line in heard} <= {"timeout", "refused", "failed"}


def test_the_providers_api_is_there(lab, user, file):
    zone = lab.zone()
    result = user.json("publish", zone, *GIVEN, "--provider", "powerdns", "--trace", file)
    lines = lines_of(file.read_text())
    requests = [line for line in lines if line["kind"] == "http-request"]
    answers = [line for line in lines if line["kind"] == "http-answer"]
    assert result.code == 0 and len(requests) == len(answers) == result.report["totals"]["http_calls"]
    assert requests[-1]["method"] == "PATCH" and zone in requests[-1]["url"]
    assert requests[-1]["url"].startswith(lab.pdns.endpoint)
    assert answers[-1]["status"] == 204 and answers[-1]["attempt"] == 1
    assert API_KEY not in file.read_text()
    assert any(line["kind"] == "dns-query" for line in lines)
    result = user.json("unpublish", zone, "--yes", "--trace", file)
    assert [line["method"] for line in lines_of(file.read_text()) if line["kind"] == "http-request"].count("PATCH") == 1


def test_an_api_that_is_not_there(lab, user, file):
    zone = lab.zone()
    result = user.json("publish", zone, *GIVEN, "--provider", "powerdns", "--trace", file,
                       "--endpoint", f"http://{DEAD}:{lab.port}")
    failed = [line for line in lines_of(file.read_text()) if line["kind"] == "http-answer"]
    assert result.code == 7 and failed[0]["result"] == "not-sent" and "cannot connect" in failed[0]["message"]


def test_standard_error(lab, user):
    zone = lab.zone()
    make_right(lab, zone)
    result = user.run("verify", zone, *GIVEN, "--trace", "-", "-q", "--output", "json")
    assert len(lines_of(result.err)) >= 10 and json.loads(result.out)["exit_code"] == 0


def test_only_a_trace_is_replaced(lab, user, file, tmp_path):
    zone = lab.zone()
    make_right(lab, zone)
    file.write_text("my novel\n")
    result = user.run("verify", zone, *GIVEN, "--trace", file)
    assert result.code == 2 and not result.out and file.read_text() == "my novel\n", result
    file.unlink()
    file.symlink_to(tmp_path / "other")
    for path in (file, tmp_path, tmp_path / "absent/trace.jsonl", "/dev/null"):
        assert user.run("verify", zone, *GIVEN, "--trace", path).code == 2, path
    file.unlink()
    sizes = [user.run("verify", zone, *GIVEN, "--trace", file) and len(file.read_text().splitlines()) for _ in range(2)]
    assert sizes[1] <= sizes[0] + 5


def test_a_disk_that_is_full(lab, user, tmp_path):
    """The verdict is there all the same, and the run has failed."""
    zone = lab.zone()
    make_right(lab, zone)
    limited = ["bash", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "bash"]
    argv = user.argv("verify", zone, *GIVEN, "--trace", str(tmp_path / "trace"), "--ledger", "none")
    done = subprocess.run(limited + argv, env=user.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Connected" in done.stdout, done
    assert "is not whole" in done.stderr
