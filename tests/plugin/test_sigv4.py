"""AWS Signature Version 4 beside botocore's, over request shapes drawn at random: the same bytes, or the request would
be refused. The URL goes in as it would be sent, awkward or not; botocore is told what it means."""

import datetime
import json
import random
import subprocess
from unittest import mock
from urllib.parse import quote

import urllib3.util.ssl_

from peer import BUILD

# Debian's botocore wants a name that newer releases of urllib3 dropped.
if not hasattr(urllib3.util.ssl_, "DEFAULT_CIPHERS"):
    urllib3.util.ssl_.DEFAULT_CIPHERS = ""

import botocore.auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.compat import HTTPHeaders  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

N_SHAPES = 400
WORDS = ["", "a", "A", "b.c", "maxitems", "name", "n", "_domainkey.example.com.", "\\052.example.com", "a*b", "x y",
         "~-_.", "50%", "a=b", "é", "a+b", "/", "a/b", "a&b", "%5c", "[]", "'()!"]
SEGMENTS = ["2013-04-01", "hostedzone", "Z1", "rrset", "a%2Fb", "x%20y", "~u", "a:b", "*", "c%C3%A9"]
HEADERS = ["X-A", "X-A-B", "x-a", "Content-Type", "X-Amz-Meta", "X-B", "User-Agent", "Accept"]
VALUES = ["text/xml", "  a   b  ", "", "1", "a,b", "x\ty"]
HOSTS = ["route53.amazonaws.com", "127.0.0.1:8080", "[::1]:9", "ROUTE53.amazonaws.com", "localhost"]


def awkward(chance, text):
    """TEXT percent-encoded in one of the ways a sender might."""
    safe = chance.choice(["-_.~", "-_.~*", "-_.~*'()!", "-_.~/:"])
    encoded = quote(text, safe=safe)
    return encoded.lower() if chance.random() < 0.3 and text.islower() else encoded


def draw(chance):
    params = [(chance.choice(WORDS), chance.choice(WORDS)) for _ in range(chance.randrange(5))]
    pairs = [awkward(chance, name) + ("" if not value and chance.random() < 0.5 else "=" + awkward(chance, value))
             for name, value in params]
    path = "/" + "/".join(chance.choice(SEGMENTS) for _ in range(chance.randrange(4)))
    if path != "/" and chance.random() < 0.2:
        path += "/"
    headers = [(chance.choice(HEADERS), chance.choice(VALUES)) for _ in range(chance.randrange(4))]
    # An empty name without a value is no parameter at all.
    if "" in pairs:
        return draw(chance)
    url = chance.choice(["https://", "http://"]) + chance.choice(HOSTS) + ("" if path == "/" and not pairs else path)
    return {"method": chance.choice(["GET", "POST", "DELETE"]), "url": url + ("?" + "&".join(pairs) if pairs else ""),
            "params": params, "headers": headers, "body": chance.choice([None, "", "<x/>", "é" * 100]),
            "key": "AKID", "secret": chance.choice(["SECRET", "a/b+c=" * 6]),
            "token": chance.choice([None, "FwoGZXIvYXdzE/+=="]), "region": chance.choice(["us-east-1", "cn-northwest-1"]),
            "service": chance.choice(["route53", "sts"]), "time": chance.randrange(1, 4_000_000_000)}


def ours(shapes):
    known = [{name: value for name, value in shape.items() if name != "params"} for shape in shapes]
    result = subprocess.run([BUILD / "tests/plugin/sigv4_sign"], input=json.dumps(known).encode(), capture_output=True,
                            check=True)
    return json.loads(result.stdout)


def theirs(shape):
    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.fromtimestamp(shape["time"], datetime.timezone.utc).replace(tzinfo=None)

    headers = HTTPHeaders()
    for name, value in shape["headers"]:
        headers.add_header(name, value)
    url = shape["url"].split("?")[0]
    request = AWSRequest(shape["method"], url, headers, (shape["body"] or "").encode(), params=shape["params"] or None)
    credentials = Credentials(shape["key"], shape["secret"], shape["token"])
    module = mock.Mock(wraps=datetime, datetime=Clock)
    with mock.patch.object(botocore.auth, "datetime", module):
        botocore.auth.SigV4Auth(credentials, shape["service"], shape["region"]).add_auth(request)
    names = ["X-Amz-Date", "Authorization"] + (["X-Amz-Security-Token"] if shape["token"] else [])
    return {name: request.headers[name] for name in names}


def test_same_as_botocore():
    chance = random.Random(4)
    shapes = [draw(chance) for _ in range(N_SHAPES)]
    for shape, answer in zip(shapes, ours(shapes), strict=True):
        assert answer == theirs(shape), shape
