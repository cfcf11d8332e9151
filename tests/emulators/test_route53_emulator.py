"""What the Route 53 emulator refuses, and that its answers are the model's."""

import urllib.error
import urllib.request
import xml.etree.ElementTree as ET

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.model
import botocore.parsers
import pytest

from route53 import KEY, Route53
from route53_xml import NAMESPACE, _MODEL

ZONE = "strict.example"


@pytest.fixture
def emulator():
    with Route53() as emulator:
        yield emulator


@pytest.fixture
def zone(emulator):
    return emulator.add_zone(ZONE)


def call(emulator, method, path, body=b""):
    """(status, body, headers) of a call signed by botocore."""
    request = botocore.awsrequest.AWSRequest(method, f"{emulator.url}/2013-04-01{path}", data=body)
    credentials = botocore.credentials.Credentials(KEY.id, KEY.secret)
    botocore.auth.SigV4Auth(credentials, "route53", "us-east-1").add_auth(request)
    sent = urllib.request.Request(request.url, body or None, dict(request.headers.items()), method=method)
    try:
        with urllib.request.urlopen(sent) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def refused(emulator, method, path, body=b""):
    status, answer, _ = call(emulator, method, path, body)
    root = ET.fromstring(answer)
    return status, root.findtext(f".//{{{NAMESPACE}}}Code"), root.findtext(f".//{{{NAMESPACE}}}Message")


GOOD = (f'<ChangeResourceRecordSetsRequest xmlns="{NAMESPACE}"><ChangeBatch><Changes><Change><Action>CREATE</Action>'
        f"<ResourceRecordSet><Name>a.{ZONE}.</Name><Type>CNAME</Type><TTL>300</TTL><ResourceRecords><ResourceRecord>"
        "<Value>to.test</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>"
        "</ChangeResourceRecordSetsRequest>")


def test_the_good_one_is_taken(emulator, zone):
    status, answer, headers = call(emulator, "POST", f"/hostedzone/{zone.id}/rrset/", GOOD.encode())
    assert status == 200 and b"<Status>PENDING</Status>" in answer and headers["x-amzn-RequestId"]
    assert emulator.sets(zone) == {(f"a.{ZONE}", "CNAME"): ["to.test"]}


@pytest.mark.parametrize("old, new, code, words", [
    ("</ChangeBatch>", "", "MalformedInput", "Could not parse XML"),
    ("<ChangeBatch>", "<!DOCTYPE x><ChangeBatch>", "MalformedInput", "Could not parse XML"),
    ("ChangeResourceRecordSetsRequest", "ChangeRequest", "MalformedInput", "is not valid, expected"),
    (NAMESPACE, "https://route53.amazonaws.com/doc/2012-12-12/", "InvalidInput", "Cannot find the declaration of element"),
    ("<Action>CREATE</Action>", "<Action>REPLACE</Action>", "InvalidInput", "satisfy enum value set: [CREATE, DELETE, UPSERT]"),
    ("<Action>CREATE</Action>", "", "InvalidInput", "is not complete"),
    ("<TTL>300</TTL>", "<TTL>soon</TTL>", "InvalidInput", "is not a valid value"),
    ("<TTL>300</TTL>", "<TTL>-1</TTL>", "InvalidInput", "greater than or equal to 0"),
    ("<TTL>300</TTL>", "<TTL>2147483648</TTL>", "InvalidInput", "less than or equal to 2147483647"),
    ("<TTL>300</TTL>", "", "InvalidInput", "Expected exactly one of"),
    ("<TTL>300</TTL>", "<TTL>300</TTL><Proxied>false</Proxied>", "InvalidInput", "Invalid content was found"),
    ("<TTL>300</TTL>", "<TTL>300</TTL><TTL>300</TTL>", "InvalidInput", "Invalid content was found"),
    ("<TTL>300</TTL>", '<TTL unit="s">300</TTL>', "InvalidInput", "Invalid content was found"),
    ("<TTL>300</TTL>", "<Weight>1</Weight><TTL>300</TTL>", "InvalidInput", "Missing field 'SetIdentifier'"),
    ("<Type>CNAME</Type>", "<Type>ALIAS</Type>", "InvalidInput", "satisfy enum value set"),
    ("<ResourceRecord><Value>to.test</Value></ResourceRecord>", "", "InvalidInput", "is not complete"),
    pytest.param("to.test", "t" * 4001, "InvalidInput", "less than or equal to 4000", id="long"),
])
def test_documents_are_held_to_the_model(emulator, zone, old, new, code, words):
    assert old in GOOD
    status, found, message = refused(emulator, "POST", f"/hostedzone/{zone.id}/rrset/", GOOD.replace(old, new).encode())
    assert (status, found) == (400, code) and words in message
    assert emulator.sets(zone) == {}


@pytest.mark.parametrize("method, path, expected", [
    ("GET", "/hostedzone/{id}/rrset?type=CNAME", (400, "InvalidInput")),
    ("GET", "/hostedzone/{id}/rrset?maxitems=all", (400, "InvalidInput")),
    ("GET", "/hostedzone/{id}/rrset?host=a", (400, "InvalidInput")),
    ("GET", "/hostedzone/Z0/rrset", (404, "NoSuchHostedZone")),
    ("GET", "/hostedzone/z-lower", (400, "InvalidInput")),
    ("GET", "/hostedzonesbyname?hostedzoneid=Z1", (400, "InvalidInput")),
    ("GET", "/hostedzonesbyname?dnsname=a..b", (400, "InvalidDomainName")),
    ("GET", "/change/C0", (404, "NoSuchChange")),
    ("PUT", "/hostedzone/{id}", (404, "UnknownOperationException")),
    ("DELETE", "/hostedzone/{id}/rrset", (404, "UnknownOperationException")),
])
def test_requests_are_held_to_the_operations(emulator, zone, method, path, expected):
    assert refused(emulator, method, path.format(id=zone.id))[:2] == expected


def test_limits_of_a_batch(emulator, zone):
    start, end = GOOD.index("<Change>"), GOOD.index("</Changes>")

    def batch(n, length):
        changes = [GOOD[start:end].replace(f"a.{ZONE}", f"a{i}.{ZONE}").replace("to.test", "t" * length + ".test")
                   for i in range(n)]
        return (GOOD[:start] + "".join(changes) + GOOD[end:]).encode()
    path = f"/hostedzone/{zone.id}/rrset/"
    assert "limit of 1000" in refused(emulator, "POST", path, batch(1001, 1))[2]
    assert "limit of 32000" in refused(emulator, "POST", path, batch(640, 50))[2]
    assert emulator.sets(zone) == {}
    assert call(emulator, "POST", path, batch(1000, 20))[0] == 200


def test_a_change_of_the_final_dot_alone_is_not_stored(emulator, zone):
    path = f"/hostedzone/{zone.id}/rrset/"
    call(emulator, "POST", path, GOOD.encode())
    assert call(emulator, "POST", path, GOOD.replace("CREATE", "UPSERT").replace("to.test", "to.test.").encode())[0] == 200
    assert emulator.sets(zone)[f"a.{ZONE}", "CNAME"] == ["to.test"]


def test_order_is_by_reversed_labels_with_the_final_dot(emulator):
    for name in ("b.example", "a.b.example", "b-c.example", "_x.b.example", "0.b.example"):
        emulator.add_zone(name)
    _, body, _ = call(emulator, "GET", "/hostedzonesbyname?dnsname=b-c.example")
    names = [e.text for e in ET.fromstring(body).iter(f"{{{NAMESPACE}}}Name")]
    assert names == ["b-c.example.", "b.example.", "0.b.example.", "_x.b.example.", "a.b.example."]


def test_every_answer_parses_as_the_model_says(emulator, zone):
    zone.add(f"*.{ZONE}", "A", "192.0.2.1\n192.0.2.2", 60, set_id="eu", routing={"Weight": 5})
    zone.add(f"alias.{ZONE}", "A", "", 0, alias={"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net.",
                                                 "EvaluateTargetHealth": False})
    emulator.add_zone("private.example", is_private=True, comment="inside")
    emulator.add_zone("owned.example", service="servicediscovery.amazonaws.com")
    model = botocore.model.ServiceModel(_MODEL)
    parser = botocore.parsers.create_parser("rest-xml")
    seen = {}
    for name, path in [("ListHostedZones", "/hostedzone"), ("ListHostedZonesByName", "/hostedzonesbyname?maxitems=1"),
                       ("GetHostedZone", f"/hostedzone/{zone.id}"),
                       ("ListResourceRecordSets", f"/hostedzone/{zone.id}/rrset?maxitems=4")]:
        status, body, headers = call(emulator, "GET", path)
        seen[name] = parser.parse({"status_code": status, "headers": headers, "body": body},
                                  model.operation_model(name).output_shape)
    configs = {zone["Name"]: zone["Config"] for zone in seen["ListHostedZones"]["HostedZones"]}
    assert configs["private.example."] == {"Comment": "inside", "PrivateZone": True}
    assert seen["ListHostedZonesByName"]["NextDNSName"] == "private.example."
    assert len(seen["GetHostedZone"]["DelegationSet"]["NameServers"]) == 4
    wild, alias = seen["ListResourceRecordSets"]["ResourceRecordSets"][2:4]
    assert wild == {"Name": f"\\052.{ZONE}.", "Type": "A", "SetIdentifier": "eu", "Weight": 5, "TTL": 60,
                    "ResourceRecords": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]}
    assert alias["AliasTarget"]["DNSName"] == "d1.cloudfront.net." and "TTL" not in alias
