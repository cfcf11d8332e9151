"""Evidence of a verdict, and the same verdict from it: what the other tests' verifications do not cover already."""

import base64
import copy
import json
import random
import stat
import subprocess
import time

import dns.message
import dns.rdatatype
import jsonschema
import pytest

from internet import without_network
from lab import DEAD, PRIMARY, SECONDARY, rrset, wait_for
from signpost import PROGRAM, ROOT, verdicts
from test_verify import GIVEN, HOST, SELECTOR, make_right

pytestmark = pytest.mark.slow

SCHEMA = json.loads((ROOT / "schemas/evidence.schema.json").read_text())


@pytest.fixture
def file(tmp_path):
    return tmp_path / "evidence.json"


def read(file):
    evidence = json.loads(file.read_text())
    jsonschema.validate(evidence, SCHEMA)
    return evidence


def gather(user, file, *words, command="verify"):
    result = user.json(command, *words, *GIVEN, "--evidence", file)
    return result, read(file)


def run_without_network(*words, env):
    return subprocess.run(without_network(PROGRAM, *words), env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)


def test_of_too_many_domains_it_is_refused_before_anything_is_asked(user, file, tmp_path):
    sets = tmp_path / "sets"
    sets.write_text("".join(json.dumps({"domain": f"d{i}.example", "records": [
        {"type": "CNAME", "host": f"sk1.d{i}.example", "points_to": "u1.mailer.example"}]}) + "\n" for i in range(501)))
    refused = user.run("verify", "--records", sets, "--evidence", file)
    assert refused.code == 2 and refused.out == "" and "at most 500 domains, not 501" in refused.err, refused
    assert not file.exists()


def test_it_holds_what_the_servers_said(lab, user, file):
    zone = lab.zone()
    make_right(lab, zone)
    _, evidence = gather(user, file, zone)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (domain,) = evidence["domains"]
    assert domain["domain"] == zone and domain["verdict"]["status"] == "connected"
    asked = {question["server"]: question for question in evidence["questions"]
             if question["name"] == f"{HOST}.{zone}" and question["type"] == "CNAME"}
    assert set(asked) == {f"{PRIMARY}:{lab.port}", f"{SECONDARY}:{lab.port}"}
    for server, question in asked.items():
        (answer,) = question["answers"]
        assert answer["server"] == server and answer["via"] == "udp" and not question["recursive"]
        assert answer["first_ms"] <= answer["last_ms"] <= domain["at_ms"]
        message = dns.message.from_wire(base64.b64decode(answer["message"], validate=True))
        (found,) = message.answer
        assert found.rdtype == dns.rdatatype.CNAME and found[0].target.to_text().lower() == "u1.mailer.example."


@pytest.mark.parametrize("state, code", [("connected", 0), ("pending", 3), ("error", 4)])
def test_no_network_is_needed(lab, user, file, state, code):
    """Nor is a ledger, a home or a resolver."""
    zone = lab.zone()
    if state != "pending":
        make_right(lab, zone)
    if state == "error":
        lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "u1.mailer.exmaple."))
        lab.wait_for_secondary(zone)
    result, _ = gather(user, file, zone)
    again = run_without_network("explain", file, "--output", "json", env={"ASAN_OPTIONS": "detect_leaks=0"})
    assert again.returncode == result.code == code, again
    assert json.loads(again.stdout)["domains"][0]["message"] == result.domain["message"]
    assert "the same verdict as on 20" in again.stderr


def test_the_end_of_a_wait(lab, user, file):
    """The record comes while it is waited for: the file tells of both, and the verdict is the last one."""
    zone = lab.zone()
    running = user.start("verify", zone, *GIVEN, "--wait", "--timeout", "20", "--evidence", file, "--output", "json")
    lab.wait_for_secondary(zone)
    make_right(lab, zone)
    assert running.wait(30) == 0, running.communicate()
    evidence = read(file)
    (changed,) = [question for question in evidence["questions"] if question["name"] == f"{HOST}.{zone}" and
                  question["type"] == "CNAME" and question["server"].startswith(PRIMARY)]
    before, after = changed["answers"][0], changed["answers"][-1]
    assert before["first_ms"] <= before["last_ms"] <= after["first_ms"]
    assert user.json("explain", file).code == 0
    running.communicate()


def test_a_wait_that_ends_pending(lab, user, file):
    zone = lab.zone(servers=((PRIMARY, "ns1"), (DEAD, "ns2")))
    result = user.json("verify", zone, *GIVEN, "--wait", "--timeout", "2", "--evidence", file)
    again = user.json("explain", file)
    assert result.code == again.code == 3 and verdicts(again) == verdicts(result)


def test_publishing(lab, user, file):
    """What publishing knew counts again: a replaced target may still be served for a while."""
    zone = lab.zone()
    lab.pdns.set(zone, rrset(f"{HOST}.{zone}", "CNAME", "old.mailer.example."))
    lab.wait_for_secondary(zone)
    lab.knot.control("zone-freeze", zone)
    result, evidence = gather(user, file, zone, "--provider", "powerdns", "--replace", "--yes", "--timeout", "1",
                              command="publish")
    lab.knot.control("zone-thaw", zone)
    assert result.code == 3, result
    (domain,) = evidence["domains"]
    assert domain["provider"] == "powerdns" and domain["context"]["published_at_s"] > 0
    assert {item["points_to"] for item in domain["context"]["superseded"]} == {"old.mailer.example"}
    again = user.json("explain", file)
    assert again.code == 3 and again.domain["provider"] == "powerdns"
    assert verdicts(again) == verdicts(result)


def test_several_domains(lab, user, file):
    right, wrong, empty = lab.zone(), lab.zone(), lab.zone()
    make_right(lab, right)
    lab.pdns.set(wrong, rrset(f"{HOST}.{wrong}.{wrong}", "CNAME", "u1.mailer.example."))
    for zone in (wrong, empty):
        lab.wait_for_secondary(zone)
    records = [word for zone in (right, wrong, empty) for word in ("--record", f"{HOST}.{zone}=u1.mailer.example")]
    result = user.json("verify", right, wrong, empty, *records, "--evidence", file)
    read(file)
    for form in ("json", "jsonl", "text"):
        again = user.run("explain", file, "--output", form)
        assert again.code == result.code == 4, again
        assert again.err.count("the same verdict as on") == 3
        assert again.err.endswith("signpost: 3 of 3 verdicts are the same as in the file, 0 are not\n"), again
    assert verdicts(user.json("explain", file)) == verdicts(result)


def test_many_domains_are_a_line_each_and_a_sum(lab, user, file):
    zone = lab.zone()
    _, evidence = gather(user, file, zone)
    evidence["domains"] *= 21
    evidence["domains"][1] = json.loads(json.dumps(evidence["domains"][1]))
    evidence["domains"][1]["verdict"]["status"] = "connected"
    file.write_text(json.dumps(evidence))
    again = user.run("explain", file)
    lines = again.out.splitlines()
    assert again.code == 3 and all(line.startswith(f"{zone}  Pending validation  ") for line in lines[:21]), again
    assert lines[21:23] == ["", lines[22]] and lines[22].startswith("21 domains: 0 connected, 21 pending, 0 error ("), again
    assert lines[23:] == ["`signpost explain FILE -v` says what to do about each of them"], again
    assert again.err.splitlines()[1:] == ["signpost: 20 of 21 verdicts are the same as in the file, 1 is not"], again
    assert again.err.startswith(f"signpost: {zone}: not the same verdict as on "), again
    verbose = user.run("explain", file, "-v").out
    assert verbose.count("    fix: ") >= 21 and "says what to do" not in verbose, verbose


@pytest.mark.parametrize("state", ["connected", "pending"])
def test_many_verdicts_wait_for_nothing(lab, user, file, state):
    """Nor for the silence of a dead server."""
    zone = lab.zone(servers=((PRIMARY, "ns1"), (DEAD, "ns2")) if state == "pending" else ((PRIMARY, "ns1"),))
    if state == "connected":
        make_right(lab, zone)
    result, evidence = gather(user, file, zone)
    evidence["domains"] *= 300
    file.write_text(json.dumps(evidence))
    started_s = time.monotonic()
    again = user.run("explain", file, "--output", "jsonl")
    took_s = time.monotonic() - started_s
    assert again.code == result.code and again.err.count("the same verdict as on") == 300, again
    assert took_s < 2, took_s


def test_nobody_answers(lab, user, file):
    """A resolver where nobody listens, and name servers that are all dead."""
    zone = lab.zone(servers=((DEAD, "ns1"),))
    result, _ = gather(user, file, zone)
    assert verdicts(user.json("explain", file)) == verdicts(result)
    deaf = user.raw("verify", "example.com", *GIVEN, "--resolver", f"{DEAD}:{lab.port}", "--evidence", str(file))
    again = user.raw("explain", str(file))
    assert again.code == deaf.code and "the same verdict" in again.err, (again, deaf)


def test_the_clock_is_that_of_then(lab, user, file):
    """Pending within the window, as it was; an error for whoever moves the time of publishing."""
    zone = lab.zone()
    _, evidence = gather(user, file, zone)
    (domain,) = evidence["domains"]
    domain["context"]["published_at_s"] = domain["at_ms"] // 1000 - 49 * 3600
    file.write_text(json.dumps(evidence))
    again = user.json("explain", file)
    assert again.code == 4
    differs = next(warning for warning in again.domain["warnings"] if warning["code"] == "evidence-differs")
    assert "status was pending and is error" in differs["message"]
    assert "not the same verdict" in again.err


def test_a_question_that_is_missing_is_said(lab, user, file):
    zone = lab.zone()
    make_right(lab, zone)
    _, evidence = gather(user, file, zone)
    evidence["questions"] = [question for question in evidence["questions"]
                             if not (question["name"] == f"{HOST}.{zone}" and question["type"] == "CNAME")]
    file.write_text(json.dumps(evidence))
    again = user.json("explain", file)
    codes = {warning["code"]: warning["message"] for warning in again.domain["warnings"]}
    assert "2 questions are not in the file" in codes["evidence-incomplete"] and "evidence-differs" in codes
    assert again.domain["status"] == "pending"


# ---- files


def test_only_evidence_is_replaced(lab, user, file, tmp_path):
    zone = lab.zone()
    make_right(lab, zone)
    file.write_text("my novel\n")
    result = user.run("verify", zone, *GIVEN, "--evidence", file)
    assert result.code == 2 and not result.out and file.read_text() == "my novel\n", result
    assert "another file is there" in result.err and "name a new file" in result.err
    file.unlink()
    (tmp_path / "other").write_text("")
    file.symlink_to(tmp_path / "other")
    assert user.run("verify", zone, *GIVEN, "--evidence", file).code == 2
    for path in (tmp_path, tmp_path / "absent/evidence.json", "/dev/null"):
        assert user.run("verify", zone, *GIVEN, "--evidence", path).code == 2, path
    output = user.run("verify", zone, *GIVEN, "--evidence", "-")
    assert output.code == 2 and not output.out and "standard output" in output.err, output
    assert "name a file" in output.err.split("fix: ")[1]
    file.unlink()
    for _ in range(2):
        assert user.run("verify", zone, *GIVEN, "--evidence", file).code == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("evidence")) == ["evidence.json"]


def test_a_run_that_could_not_write_says_so(lab, user, file, tmp_path):
    """The folder goes while the servers are asked."""
    zone = lab.zone()
    folder = tmp_path / "folder"
    folder.mkdir()
    running = user.start("verify", zone, *GIVEN, "--wait", "--timeout", "4", "--evidence", folder / "evidence.json")
    lab.wait_for_secondary(zone)
    wait_for("its ledger", user.ledger.exists)
    time.sleep(1)
    folder.rmdir()
    out, err = running.communicate(timeout=30)
    assert running.returncode == 1 and "the evidence is not written" in err, (out, err)


def test_an_interrupted_wait_keeps_what_it_has(lab, user, file):
    zone = lab.zone()
    running = user.start("verify", zone, *GIVEN, "--wait", "--timeout", "30", "--evidence", file)
    try:
        running.wait(2)
    except subprocess.TimeoutExpired:
        running.terminate()
    assert running.wait(10) == 130, running.communicate()
    running.communicate()
    assert user.json("explain", file).code == 3


def test_a_file_is_named(stranger, tmp_path):
    assert "no file was named" in stranger.run("explain").err
    result = stranger.run("explain", tmp_path / "absent.json")
    assert result.code == 2 and "cannot read" in result.err and not result.out


def test_it_reads_standard_input(lab, user, file):
    zone = lab.zone()
    gather(user, file, zone)
    assert user.run("explain", "-", input=file.read_text()).code == 3


def broken(evidence):
    """What may be wrong with a file, as (what is said, the file)."""
    def changed(change):
        other = copy.deepcopy(evidence)
        change(other)
        return json.dumps(other)

    domain = evidence["domains"][0]
    yield "not valid JSON", json.dumps(evidence)[:-40]
    yield "not valid JSON", ""
    yield "not valid JSON", "\x00" * 100
    yield "expected an object", "[]"
    yield "signpost_evidence: is missing", "{}"
    yield "nested", "[" * 100000
    yield "signpost_evidence", changed(lambda e: e.update(signpost_evidence=2))
    yield "names no resolver", changed(lambda e: e.update(resolvers=[]))
    yield "more than the", changed(lambda e: e.update(resolvers=["192.0.2.1"] * 9))
    yield "resolvers[0]", changed(lambda e: e.update(resolvers=["not an address"]))
    yield "nonce", changed(lambda e: e.update(nonce="0123456789abcdeg"))
    yield "is no base64", changed(lambda e: e["questions"][0]["answers"][0].update(message="AAA"))
    yield "is no base64", changed(lambda e: e["questions"][0]["answers"][0].update(message="AAAA AAA"))
    yield "result: an unknown word", changed(lambda e: e["questions"][0]["answers"][0].update(result="maybe"))
    yield "type: an unknown type", changed(lambda e: e["questions"][0].update(type="TYPE65536"))
    yield "more than the", changed(lambda e: e["questions"][0].update(answers=e["questions"][0]["answers"] * 5))
    yield "has no record", changed(lambda e: e["domains"][0].update(records=[]))
    yield "no domain", changed(lambda e: e.update(domains=[]))
    yield "has no time", changed(lambda e: e["domains"][0].update(at_ms=0))
    yield "at_ms", changed(lambda e: e["domains"][0].update(at_ms=-1))
    yield "verdict.records", changed(lambda e: e["domains"][0]["verdict"].update(records=[]))
    yield "records[0]", changed(lambda e: e["domains"][0]["records"][0].update(host="www.elsewhere.example"))
    for key in domain:
        if key != "provider":
            yield f"{key}: is missing", changed(lambda e, key=key: e["domains"][0].pop(key))


def test_damaged_files_are_refused(lab, user, file):
    _, evidence = gather(user, file, lab.zone())
    for told, text in broken(evidence):
        file.write_text(text)
        result = user.run("explain", file)
        assert result.code == 2 and not result.out, (told, result)
        assert told in " ".join(result.err.split()), (told, result.err)


def test_a_file_that_is_too_large_is_refused(stranger, file):
    with open(file, "wb") as out:
        out.truncate((32 << 20) + 1)
    result = stranger.run("explain", file)
    assert result.code == 2 and "larger than" in result.err


@pytest.mark.parametrize("bulk", ["one name", "no route"])
def test_a_file_that_would_take_long_is_refused(lab, user, file, bulk):
    """Sixty thousand of what is searched one by one."""
    _, evidence = gather(user, file, lab.zone())
    if bulk == "one name":
        sample = evidence["questions"][0] | {"answers": []}
        evidence["questions"] = [sample | {"type": f"TYPE{1000 + number}"} for number in range(60000)]
    else:
        evidence["unroutable"] = [f"[2001:db8::{number:x}]:53" for number in range(60000)]
    file.write_text(json.dumps(evidence))
    started_s = time.monotonic()
    result = user.run("explain", file)
    assert result.code == 2 and not result.out, result
    assert ("no room" if bulk == "one name" else "more than the") in " ".join(result.err.split())
    assert time.monotonic() - started_s < 5


def test_messages_that_nobody_would_send(lab, user, file):
    """Octets changed at random: whatever it says, it ends in order."""
    zone = lab.zone()
    make_right(lab, zone)
    _, evidence = gather(user, file, zone)
    chance = random.Random(20)
    for _ in range(15):
        other = copy.deepcopy(evidence)
        for question in other["questions"]:
            for answer in question["answers"]:
                octets = bytearray(base64.b64decode(answer["message"]))
                octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
                answer["message"] = base64.b64encode(octets).decode()
        file.write_text(json.dumps(other))
        assert user.json("explain", file).code in (0, 3, 4)
