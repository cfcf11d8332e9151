"""Record sets: generated ones, and given ones in every form that they are given in."""

import base64
import hashlib
import json
import re

import jsonschema
import pytest

from contract import cnames, direct, own_zone
from signpost import ROOT
from test_publish import three

PLATFORM = ["--set", "platform=mailer.example"]
WANTED = {"sk48601.example.com": "u1.mailer.example", "sk48601a._domainkey.example.com": "a.dkim.mailer.example",
          "sk48601b._domainkey.example.com": "b.dkim.mailer.example"}


@pytest.fixture
def user(user, lab):
    return direct(user, lab)


def generate(user, domain="example.com", *words, **how):
    result = user.json("records", domain, *PLATFORM, *words, **how)
    assert result.code == 0, result
    return [(record["host"], record["points_to"]) for record in result.domain["records"]]


def given(user, text, *words, domain="example.com"):
    result = user.run("records", domain, "--records", "-", "--output", "json", *words, input=text)
    assert result.code == 0, result
    return {record["host"]: record["points_to"] for record in result.domain["records"]}


def test_a_generated_set_has_three_hosts_of_five_digits(user):
    (path, path_target), (first, first_target), (second, second_target) = generate(user)
    number = re.fullmatch(r"sk(\d{5})\.example\.com", path).group(1)
    assert first == f"sk{number}a._domainkey.example.com" and second == f"sk{number}b._domainkey.example.com"
    targets = {path_target, first_target, second_target}
    assert len(targets) == 3 and all(target.endswith(".mailer.example") for target in targets)


def test_targets_carry_at_least_80_bits(user):
    """Base 32 carries 5 bits a character; and over many domains no two labels and no fixed positions are alike."""
    labels = [generate(user, f"domain{i}.example")[0][1].split(".")[0] for i in range(24)]
    assert all(re.fullmatch(r"[a-z2-7]{16,63}", label) for label in labels), labels
    assert len(set(labels)) == len(labels)
    for position in range(16):
        assert len({label[position] for label in labels}) >= 6, (position, labels)
    assert len(base64.b32decode(labels[0].upper() + "=" * (-len(labels[0]) % 8))) >= 10


def test_the_same_input_gives_the_same_records_anywhere(user, stranger, tmp_path):
    first = generate(user)
    assert first == generate(user) == generate(stranger) == generate(user, "example.com", "--ledger", "none")
    assert first == generate(user, "EXAMPLE.com.") == generate(user, env={"LANG": "tr_TR.UTF-8", "TZ": "Asia/Tokyo"})
    assert first == generate(user, "example.com", "--set", "account=")


def test_what_changes_a_generated_set(user):
    sets = {}
    for name, domain, words, env in (
            ("plain", "example.com", [], {}), ("domain", "example.org", [], {}),
            ("account", "example.com", ["--set", "account=a"], {}), ("other account", "example.com", ["--set", "account=b"], {}),
            ("account by case", "example.com", ["--set", "account=A"], {}),
            ("key", "example.com", [], {"SIGNPOST_PROFILE_KEY": "first-key-of-the-operator"}),
            ("other key", "example.com", [], {"SIGNPOST_PROFILE_KEY": "second-key-of-the-operator"}),
            ("key and account", "example.com", ["--set", "account=a"], {"SIGNPOST_PROFILE_KEY": "first-key-of-the-operator"}),
            # What is joined is kept apart: no account can imitate another domain's.
            ("joined", "ample.com", ["--set", "account=ex"], {}), ("joined otherwise", "le.com", ["--set", "account=examp"], {})):
        sets[name] = generate(user, domain, *words, env=env)
    assert len({records[0][1] for records in sets.values()}) == len(sets), "targets"
    assert len({records[0][0].split(".")[0] for records in sets.values()}) >= len(sets) - 1, "hosts, five digits each"


def test_the_key_comes_from_a_file_as_well_and_is_never_shown(user):
    key = "key-of-the-operator-7c2d"
    file = user.home / "profile-key"
    file.write_text(key + "\n")
    file.chmod(0o600)
    assert generate(user, env={"SIGNPOST_PROFILE_KEY": key}) == generate(user, env={"SIGNPOST_PROFILE_KEY_FILE": str(file)})
    shown = user.run("records", "example.com", *PLATFORM, "-v", env={"SIGNPOST_PROFILE_KEY": key})
    assert key not in shown.out + shown.err
    result = user.run("records", "example.com", *PLATFORM, env={"SIGNPOST_PROFILE_KEY_FILE": "/no/such/file"})
    assert result.code == 2 and result.out == "", result


def test_the_number_is_not_the_bare_hash_of_the_domain(user):
    """With an operator's key nobody else can compute the ids."""
    label = generate(user, env={"SIGNPOST_PROFILE_KEY": "k" * 32})[0][1].split(".")[0]
    for function in (hashlib.sha256, hashlib.sha1, hashlib.md5):
        for text in (b"example.com", b"\0example.com", b":example.com", b"/example.com"):
            assert label != base64.b32encode(function(text).digest()).decode().lower()[:len(label)]


def test_two_accounts_live_on_one_domain(lab, user):
    zone = own_zone(lab)
    for account in ("first", "second"):
        result = user.json("publish", zone, *PLATFORM, "--set", f"account={account}", "--provider", "powerdns", "--until",
                           "records")
        assert result.code == 0 and {c["action"] for c in result.domain["changes"]} == {"create"}, result
    assert len(cnames(lab, zone)) == 6
    again = user.json("publish", zone, *PLATFORM, "--set", "account=first", "--provider", "powerdns", "--until", "records")
    assert {c["action"] for c in again.domain["changes"]} == {"keep"} and len(again.domain["records"]) == 3


FORMS = {
    "JSON": json.dumps({"domain": "example.com", "records": [
        {"type": "CNAME", "host": host, "points_to": target} for host, target in WANTED.items()]}),
    "JSON of prefixes": json.dumps({"domain": "example.com", "records": [
        {"type": "CNAME", "host": host.removesuffix(".example.com"), "points_to": target + "."}
        for host, target in WANTED.items()]}),
    "zone-file lines": "".join(f"{host}. 3600 IN CNAME {target}.\n" for host, target in WANTED.items()),
    "zone-file lines in columns": "".join(f"{host}.\tIN\tCNAME\t{target}.\n" for host, target in WANTED.items()),
    "zone-file lines without class": "; from the platform\n" + "".join(
        f"{host}. 300 CNAME {target}. ; a comment\n" for host, target in WANTED.items()),
    "zone-file lines in capitals": "".join(f"{host.upper()}. in cname {target.upper()}.\n" for host, target in WANTED.items()),
    "pairs": "".join(f"{host} {target}\n" for host, target in WANTED.items()),
    "pairs with tabs": "".join(f"{host}\t{target}\n" for host, target in WANTED.items()),
    "pairs with heading": "Host\tPoints to\n" + "".join(f"{host}\t{target}\n" for host, target in WANTED.items()),
    "table with types": "Type\tHost\tPoints to\n" + "".join(f"CNAME\t{host}\t{target}\n" for host, target in WANTED.items()),
    "Windows lines": "".join(f"{host} {target}\r\n" for host, target in WANTED.items()),
    "no last line end": "\n".join(f"{host} {target}" for host, target in WANTED.items()),
    "byte-order mark": "\ufeff" + "\n".join(f"{host} {target}" for host, target in WANTED.items()),
    "prefixes": "".join(f"{host.removesuffix('.example.com')} {target}\n" for host, target in WANTED.items()),
    "with equals": "".join(f"{host}={target}\n" for host, target in WANTED.items()),
    "host and target on lines of their own": "".join(f"{host}\n{target}\n\n" for host, target in WANTED.items()),
    "named lines": "".join(f"Host: {host}\nPoints to: {target}\n\n" for host, target in WANTED.items()),
}


@pytest.mark.parametrize("form", FORMS)
def test_given_records_in_every_form(user, form, tmp_path):
    assert given(user, FORMS[form]) == WANTED
    file = tmp_path / "records"
    file.write_text(FORMS[form])
    assert user.run("records", "example.com", "--records", str(file), "--output", "zone").out == user.run(
        "records", "example.com", "--records", "-", "--output", "zone", input=FORMS[form]).out


def test_what_is_inferred_is_shown(user):
    result = user.run("records", "example.com", "--record", "sk1=u1.mailer.example")
    assert "sk1.example.com" in result.out and "prefix" in result.err and "example.com" in result.err
    whole = user.run("records", "example.com", "--record", "sk1.example.com=u1.mailer.example")
    assert whole.out.splitlines()[:-1] == result.out.splitlines()[:-1] and "prefix" not in whole.err


@pytest.mark.parametrize("host", ["s1._domainkey.mail", "em123.mail", "sk1.news"])
def test_a_prefix_of_several_labels(user, host):
    """Hosts full or prefix-only: inferred and shown."""
    result = user.json("records", "example.com", "--record", f"{host}=u1.mailer.example")
    assert result.code == 0 and result.domain["records"][0]["host"] == f"{host}.example.com", result
    assert f"{host} -> {host}.example.com" in result.err, result


@pytest.mark.parametrize("domain, host, readings", [
    ("example.com", "sk1.example.org", ["sk1.example.org", "sk1.example.org.example.com"]),
    ("example.com", "em1.co.uk", ["em1.co.uk", "em1.co.uk.example.com"]),
    ("mail.example.com", "em7.mail", ["em7.mail.example.com", "em7.mail.mail.example.com"])])
def test_a_host_with_two_readings_is_refused_with_both(user, domain, host, readings):
    result = user.run("records", domain, "--record", f"{host}=u1.mailer.example")
    assert result.code == 2 and result.out == "", result
    assert all(reading in result.err for reading in readings) and "  fix: write the full host" in result.err, result


def test_many_domains_as_lines_of_json(lab, user):
    zones = [own_zone(lab) for _ in range(3)]
    sets = [{"domain": zone, "records": [{"type": "CNAME", "host": host, "points_to": target}
                                         for host, target in three(zone)[1].items()]} for zone in zones]
    schema = json.loads((ROOT / "schemas/records.schema.json").read_text())
    text = "".join(json.dumps(one) + "\n" for one in sets)
    for document in (*sets, sets):
        jsonschema.validate(document, schema)
    for form in (text, json.dumps(sets), json.dumps(sets, indent=2)):
        result = user.run("publish", *zones, "--records", "-", "--provider", "powerdns", "--output", "json", input=form)
        assert result.code == 0, result
        assert [entry["domain"] for entry in result.report["domains"]] == zones
    for zone in zones:
        assert cnames(lab, zone) == three(zone)[1]


def test_a_ttl_of_its_own(lab, user):
    zone = own_zone(lab)
    text = json.dumps({"domain": zone, "records": [{"type": "CNAME", "host": "sk1", "points_to": "u1.mailer.example", "ttl": 77}]})
    result = user.run("publish", zone, "--records", "-", "--provider", "powerdns", "--output", "json", input=text)
    assert result.code == 0 and result.domain["changes"][0]["ttl"] == 77, result
    (entry,) = [e for e in lab.pdns.api("GET", f"/zones/{zone}.")[1]["rrsets"] if e["name"] == f"sk1.{zone}."]
    assert entry["ttl"] == 77


def test_records_of_another_domain_are_not_taken(user):
    text = json.dumps({"domain": "example.org", "records": [{"type": "CNAME", "host": "sk1", "points_to": "u1.mailer.example"}]})
    for form in (text, "sk1.example.org. 300 IN CNAME u1.mailer.example.\n", "sk1.example.org u1.mailer.example\n"):
        result = user.run("records", "example.com", "--records", "-", input=form)
        assert result.code == 2 and result.out == "", result


def test_one_host_given_twice(user):
    same = user.json("records", "example.com", "--record", "sk1=u1.mailer.example", "--record", "SK1.example.com=U1.mailer.example.")
    assert same.code == 2 or len(same.domain["records"]) == 1, same
    other = user.run("records", "example.com", "--record", "sk1=u1.mailer.example", "--record", "sk1=u2.mailer.example")
    assert other.code == 2 and other.out == "", other


@pytest.mark.parametrize("text", [
    "sk1 u1.mailer.example\n$INCLUDE /etc/passwd\n", "$ORIGIN example.org.\nsk1 300 IN CNAME u1.mailer.example.\n",
    "sk1.example.com. 300 IN CNAME u1.mailer.example. extra words\n", "sk1.example.com. 300 IN A 192.0.2.1\n",
    "sk1.example.com u1.mailer.example\nand this is no record\n", "sk1\x1b[31m u1.mailer.example\n",
    '{"domain": "example.com", "records": [{"type": "CNAME", "host": "sk1\\nx", "points_to": "u1.mailer.example"}]}',
    '{"domain": "example.com", "records": [{"type": "CNAME", "host": "sk1", "points_to": "u1.mailer.example"}], "more": 1}',
    '{"domain": "example.com", "records": []}', "sk1 u1.mailer.example\n" * 70 + "x" * 200000,
])
def test_given_records_that_are_refused_whole(user, text):
    """Nothing is published of a list that is only half understood."""
    result = user.run("records", "example.com", "--records", "-", input=text)
    assert result.code == 2 and result.out == "" and "\x1b" not in result.err, result
    assert not user.ledger.exists()


def test_a_generated_set_and_a_given_one_at_once(user):
    result = user.run("records", "example.com", *PLATFORM, "--record", "sk1=u1.mailer.example")
    assert result.code == 2 and result.out == "", result


def test_the_ledger_remembers_the_set(lab, user):
    """What was published is verified, shown and taken back without being given again."""
    zone = own_zone(lab)
    words, pairs = three(zone)
    assert user.run("publish", zone, *words, "--provider", "powerdns").code == 0
    for command in ("verify", "status"):
        result = user.json(command, zone)
        assert result.code == 0 and {r["host"]: r["points_to"] for r in result.domain["records"]} == pairs, result
    assert user.json("unpublish", zone, "--yes").code == 0
    assert cnames(lab, zone) == {}
