"""The emulator's check of signatures agrees with botocore, and refuses what is changed afterwards."""

import email.message
import random
import string
from types import SimpleNamespace

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

import sigv4

KEY = sigv4.Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TEMPORARY = sigv4.Key("ASIAEXAMPLE", "s3cr3t", token="FwoGZXIvYXdzE/+=token")
KEYS = {key.id: key for key in (KEY, TEMPORARY)}
HOST = "route53.amazonaws.com"


def signed(method, target, key=KEY, body=b"", headers=(), region="us-east-1", service="route53"):
    """A request as it arrives, signed by botocore."""
    request = botocore.awsrequest.AWSRequest(method, f"https://{HOST}{target}", dict(headers), body)
    credentials = botocore.credentials.Credentials(key.id, key.secret, key.token)
    botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    return arrived(method, target, [("Host", HOST), *request.headers.items()], body)


def arrived(method, target, headers, body=b""):
    message = email.message.Message()
    for name, value in headers:
        message[name] = value
    path, _, query = target.partition("?")
    return SimpleNamespace(method=method, raw_path=path, raw_query=query, headers=message, body=body)


def verify(request, **how):
    return sigv4.verify(request, KEYS, "us-east-1", "route53", **how)


def refusal(request, **how):
    with pytest.raises(sigv4.Refused) as caught:
        verify(request, **how)
    return caught.value.status, caught.value.code, caught.value.message


@pytest.mark.parametrize("method, target, headers, body, expected", [
    ("GET", "/2013-04-01/hostedzonesbyname?dnsname=example.com.&maxitems=100", {}, b"",
     "f8fe2b666161cdaf3769edfab693cc1d5a423268dca5019078201cbbd8a5944c"),
    ("GET", "/2013-04-01/hostedzone/Z1/rrset?name=a._domainkey.example.com.&type=CNAME&maxitems=3", {}, b"",
     "5ae774dfe452ce34e0feaa5581698089d4dd2ad02dc105feba4300e612c45082"),
    ("POST", "/2013-04-01/hostedzone/Z1/rrset/", {"Content-Type": "text/xml"}, b"<x/>",
     "af71d8942d191bb4cb3790fc43507fb48ed0de7943934d2280be8936768341f0"),
])
def test_known_signatures(method, target, headers, body, expected):
    stamp = "20260101T000000Z"
    request = arrived(method, target, [("Host", HOST), ("X-Amz-Date", stamp), *headers.items()], body)
    names = sorted(name.lower() for name in request.headers)
    canonical = sigv4.canonical_request(method, request.raw_path, request.raw_query, request.headers, names, body)
    assert sigv4.signature("SECRET", stamp, "us-east-1", "route53", canonical) == expected


def any_target(chance):
    letters = string.ascii_letters + string.digits + "-_.~*@:!$'()+,;% \\/=&?ü"
    quote = sigv4.urllib.parse.quote
    path = "/".join(quote("".join(chance.choices(letters.replace("/", ""), k=chance.randint(1, 8))), safe="-_.~")
                    for _ in range(chance.randint(1, 4)))
    query = "&".join(quote("".join(chance.choices(letters, k=3)), safe="-_.~") + "="
                     + quote("".join(chance.choices(letters, k=chance.randint(0, 6))), safe="-_.~")
                     for _ in range(chance.randint(0, 4)))
    return f"/{path}" + (f"?{query}" if query else "")


@pytest.mark.parametrize("seed", range(60))
def test_what_botocore_signs_is_accepted(seed):
    chance = random.Random(seed)
    method, key = chance.choice(["GET", "POST", "DELETE"]), chance.choice([KEY, TEMPORARY])
    body = chance.randbytes(chance.randint(0, 40)) if method == "POST" else b""
    headers = {"Content-Type": "text/xml", "X-Amz-Meta": " two  words "} if chance.random() < 0.5 else {}
    request = signed(method, any_target(chance), key, body, headers)
    assert verify(request) is key


def test_what_is_changed_afterwards_is_refused():
    def fresh():
        return signed("POST", "/2013-04-01/hostedzone/Z1/rrset/?a=1&b=2", body=b"<x/>",
                      headers={"Content-Type": "text/xml"})

    def changed(**what):
        request = fresh()
        for name, value in what.items():
            setattr(request, name, value)
        return refusal(request)[:2]
    wrong = (403, "SignatureDoesNotMatch")
    assert verify(fresh()) is KEY
    assert changed(body=b"<y/>") == changed(method="PUT") == changed(raw_query="a=1&b=3") == wrong
    assert changed(raw_path="/2013-04-01/hostedzone/Z2/rrset/") == wrong
    # The order of the parameters is not what is signed.
    request = fresh()
    request.raw_query = "b=2&a=1"
    assert verify(request) is KEY
    request.headers.replace_header("Content-Type", "text/plain")
    assert refusal(request)[:2] == wrong


@pytest.mark.parametrize("change, code", [
    (lambda r: r.headers.__delitem__("Authorization"), "MissingAuthenticationToken"),
    (lambda r: r.headers.replace_header("Authorization", "Bearer x"), "IncompleteSignature"),
    (lambda r: r.headers.replace_header("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request"),
     "IncompleteSignature"),
    (lambda r: r.headers.add_header("X-Amz-Date", "20260101T000000Z"), "IncompleteSignature"),
    (lambda r: r.headers.add_header("X-Amz-Security-Token", "stray"), "InvalidClientTokenId"),
    (lambda r: r.headers.add_header("X-Amz-Meta", "not signed"), "SignatureDoesNotMatch"),
])
def test_what_is_missing_or_too_much(change, code):
    request = signed("GET", "/2013-04-01/hostedzone")
    change(request)
    assert refusal(request)[1] == code


def test_keys_scope_and_time():
    assert refusal(signed("GET", "/", sigv4.Key("AKIDOTHER", "x")))[1] == "InvalidClientTokenId"
    assert refusal(signed("GET", "/", sigv4.Key(KEY.id, "other")))[1] == "SignatureDoesNotMatch"
    assert refusal(signed("GET", "/", sigv4.Key(TEMPORARY.id, TEMPORARY.secret)))[1] == "InvalidClientTokenId"
    assert "valid region, not 'eu-central-1'" in refusal(signed("GET", "/", region="eu-central-1"))[2]
    assert "correct service: 'route53'" in refusal(signed("GET", "/", service="s3"))[2]
    request = signed("GET", "/")
    now = sigv4.time.time()
    assert "Signature expired" in refusal(request, now=now + 400)[2]
    assert "not yet current" in refusal(request, now=now - 400)[2]
    assert verify(request, now=now + 200) is KEY
