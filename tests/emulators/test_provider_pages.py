"""What docs/providers says a credential must allow is enough, and no part of it can be left out."""

import json
import re

import pytest

from cloudflare import EMAIL
from godaddy import READ, UPDATE
from signpost import ROOT
from test_route53_plugin import cnames, emulator, ensure_zone, own_zone, pairs, publish, user, zone  # noqa: F401

PAGES = ROOT / "docs/providers"
OPERATIONS = {"ListHostedZones", "ListHostedZonesByName", "GetHostedZone", "ListResourceRecordSets",
              "ChangeResourceRecordSets", "GetChange", "CreateHostedZone", "DeleteHostedZone", "GetHostedZoneCount"}
# Service Authorization Reference, "Actions, resources, and condition keys for Amazon Route 53".
CONDITIONS = {"route53:ChangeResourceRecordSetsNormalizedRecordNames", "route53:ChangeResourceRecordSetsRecordTypes",
              "route53:ChangeResourceRecordSetsActions"}


def policy():
    (text,) = re.findall(r"```json\n(.*?)```", (PAGES / "route53.md").read_text(), re.S)
    return json.loads(text)


def allowed():
    return {statement["Action"].removeprefix("route53:") for statement in policy()["Statement"]}


def test_the_policy_is_in_the_grammar_of_iam():
    document = policy()
    assert set(document) == {"Version", "Statement"} and document["Version"] == "2012-10-17"
    for statement in document["Statement"]:
        assert set(statement) <= {"Effect", "Action", "Resource", "Condition"} and statement["Effect"] == "Allow"
        assert statement["Action"].startswith("route53:") and statement["Action"][8:] in OPERATIONS
        assert statement["Resource"] == "*" or re.fullmatch(r"arn:aws:route53:::hostedzone/Z[A-Z0-9]+", statement["Resource"])
        for operator, keys in statement.get("Condition", {}).items():
            assert operator in ("ForAllValues:StringEquals", "ForAllValues:StringLike")
            assert set(keys) <= CONDITIONS and all(isinstance(value, list) for value in keys.values())


def test_the_policy_is_enough_and_no_more(user, emulator, zone):
    emulator.denied = OPERATIONS - allowed()
    zone.add(f"sk48601.{zone.name}", "CNAME", "old.platform.example", 300)
    assert publish(user, zone, "--replace", "--yes").code == 0 and cnames(emulator, zone) == pairs(zone.name)
    # The condition: these types and these actions, and no other.
    (condition,) = [s["Condition"] for s in policy()["Statement"] if "Condition" in s]
    values = condition["ForAllValues:StringEquals"]
    bodies = b"".join(call.body for call in emulator.calls if call.method == "POST").decode()
    assert set(re.findall("<Action>(.*?)<", bodies)) == set(values["route53:ChangeResourceRecordSetsActions"])
    assert set(re.findall("<Type>(.*?)<", bodies)) == set(values["route53:ChangeResourceRecordSetsRecordTypes"])
    assert user.json("unpublish", zone.name, "--provider", "route53", "--yes").code == 0
    for action in allowed():
        emulator.denied = {action}
        assert publish(user, zone).code == 6, action


def test_the_scopes_and_permissions_are_named():
    godaddy, cloudflare = (PAGES / "godaddy.md").read_text(), (PAGES / "cloudflare.md").read_text()
    assert READ in godaddy and UPDATE in godaddy
    for name in ("Zone / Zone / Read", "Zone / DNS / Edit", "Zone Read", "DNS Write"):
        assert name in cloudflare, name
    assert EMAIL not in cloudflare


@pytest.mark.parametrize("page, words", [
    ("cloudflare", ["6003", "7003", "9109", "10000", "9103", "81053", "81058", "81044", "81045"]),
    ("route53", ["AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "Throttling",
                 "PriorRequestNotComplete", "InvalidChangeBatch", "NoSuchHostedZone"]),
    ("godaddy", ["ACCESS_DENIED", "UNABLE_TO_AUTHENTICATE", "UNKNOWN_DOMAIN", "DUPLICATE_RECORD", "INVALID_BODY",
                 "TOO_MANY_REQUESTS", "QUOTA_EXCEEDED"]),
])
def test_each_error_is_explained(page, words):
    text = (PAGES / f"{page}.md").read_text()
    assert [word for word in words if word not in text] == []
