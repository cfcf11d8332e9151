"""Signature Version 4 as the receiving side checks it, written from the specification ("AWS Signature Version 4
for API requests", IAM User Guide). It shares nothing with the signer under test; test_route53_signature.py holds
it to botocore's.
"""

import hashlib
import hmac
import re
import time
import urllib.parse
from dataclasses import dataclass

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_S = 5 * 60
# The parts of the Authorization header, in any order and with or without a blank behind the comma.
PART = re.compile(r"\s*(Credential|SignedHeaders|Signature)=([^,]*?)\s*$")


class Refused(Exception):
    """The request is not authentic: HTTP status, code and message of the service's answer."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Key:
    """An access key; `token` where it is a temporary one, `is_expired` when its time is over."""
    id: str
    secret: str
    token: str = None
    is_expired: bool = False


@dataclass
class Claim:
    """What the Authorization header says."""
    key_id: str
    date: str
    region: str
    service: str
    signed: list
    signature: str


def parse(text):
    """The header's Claim; Refused (IncompleteSignature) where something is missing."""
    scheme, _, rest = text.strip().partition(" ")
    if scheme != ALGORITHM:
        raise Refused(400, "IncompleteSignature", f"Unsupported AWS 'algorithm': '{scheme}'.")
    parts = {}
    for part in rest.split(","):
        match = PART.match(part)
        if not match:
            raise Refused(400, "IncompleteSignature", f"'{part.strip()}' not a valid key=value pair (missing "
                          f"equal-sign) in Authorization header: '{text}'.")
        parts[match[1]] = match[2]
    for name in ("Credential", "Signature", "SignedHeaders"):
        if not parts.get(name):
            raise Refused(400, "IncompleteSignature", f"Authorization header requires '{name}' parameter. "
                          f"Authorization={text}")
    scope = parts["Credential"].split("/")
    if len(scope) != 5 or scope[4] != "aws4_request":
        raise Refused(400, "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, "
                      f"e.g. keyid/date/region/service/term, got '{parts['Credential']}'")
    signed = parts["SignedHeaders"].split(";")
    if signed != sorted(signed) or any(name != name.lower() for name in signed):
        raise Refused(400, "IncompleteSignature", "SignedHeaders must be sorted and in lower case.")
    return Claim(*scope[:4], signed, parts["Signature"])


def canonical_path(raw_path):
    """The path as sent, encoded once more, as all services but S3 want it."""
    return urllib.parse.quote(raw_path, safe="/-_.~") or "/"


def canonical_query(raw_query):
    """Decoded, encoded by RFC 3986, sorted by name and then by value."""
    pairs = []
    for part in raw_query.split("&") if raw_query else []:
        name, _, value = part.partition("=")
        pairs.append(tuple(urllib.parse.quote(urllib.parse.unquote(text), safe="-_.~") for text in (name, value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def canonical_headers(headers, signed):
    lines = []
    for name in signed:
        values = headers.get_all(name, [])
        if not values:
            raise Refused(403, "SignatureDoesNotMatch", f"The header {name} is in SignedHeaders and was not sent.")
        lines.append(f"{name}:{','.join(' '.join(value.split()) for value in values)}\n")
    return "".join(lines)


def canonical_request(method, raw_path, raw_query, headers, signed, body):
    return "\n".join([method, canonical_path(raw_path), canonical_query(raw_query),
                      canonical_headers(headers, signed), ";".join(signed), hashlib.sha256(body).hexdigest()])


def signature(secret, stamp, region, service, request):
    """The signature over the canonical REQUEST at STAMP (20260101T000000Z)."""
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join([ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (stamp[:8], region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def compact(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def check_time(stamp, claim, now):
    if not re.fullmatch(r"\d{8}T\d{6}Z", stamp or ""):
        raise Refused(400, "IncompleteSignature", "Date must be in ISO-8601 'basic format'. "
                      f"Got '{stamp}'. See http://en.wikipedia.org/wiki/ISO_8601")
    if claim.date != stamp[:8]:
        raise Refused(403, "SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                      f"version of date from HTTP: '{claim.date}' != '{stamp[:8]}', from '{stamp}'.")
    # These strings sort as the times do.
    if stamp < compact(now - SKEW_S):
        raise Refused(403, "SignatureDoesNotMatch", f"Signature expired: {stamp} is now earlier than "
                      f"{compact(now - SKEW_S)} ({compact(now)} - 5 min.)")
    if stamp > compact(now + SKEW_S):
        raise Refused(403, "SignatureDoesNotMatch", f"Signature not yet current: {stamp} is still later than "
                      f"{compact(now + SKEW_S)} ({compact(now)} + 5 min.)")


def check_key(keys, claim, headers):
    key = keys.get(claim.key_id)
    sent = headers.get_all("X-Amz-Security-Token", [])
    if not key or sent != ([key.token] if key.token else []):
        raise Refused(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    if key.is_expired:
        raise Refused(403, "ExpiredToken", "The security token included in the request is expired")
    return key


def check_signed(claim, headers):
    """Host and every X-Amz- header must be under the signature."""
    missing = [name for name in dict.fromkeys(name.lower() for name in headers)
               if (name == "host" or name.startswith("x-amz-")) and name not in claim.signed]
    if missing:
        word = "'Host' or ':authority'" if "host" in missing else f"'{missing[0]}'"
        raise Refused(403, "SignatureDoesNotMatch", f"{word} must be a 'SignedHeader' in the AWS Authorization.")


def verify(request, keys, region, service, now=None):
    """The Key that signed REQUEST, whose method, raw_path, raw_query, headers and body are as sent; else Refused.
    KEYS: {access key id: Key}; NOW: the service's clock, in seconds."""
    headers = request.headers
    if headers.get("Authorization") is None:
        raise Refused(403, "MissingAuthenticationToken", "Missing Authentication Token")
    if len(headers.get_all("Authorization")) > 1 or len(headers.get_all("X-Amz-Date", [])) != 1:
        raise Refused(400, "IncompleteSignature", "Authorization and 'X-Amz-Date' must be there, and be there once.")
    claim = parse(headers["Authorization"])
    key = check_key(keys, claim, headers)
    if claim.service != service:
        raise Refused(403, "SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'. ")
    if claim.region != region:
        raise Refused(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not "
                      f"'{claim.region}'. ")
    stamp = headers["X-Amz-Date"]
    check_time(stamp, claim, time.time() if now is None else now)
    check_signed(claim, headers)
    canonical = canonical_request(request.method, request.raw_path, request.raw_query, headers, claim.signed,
                                  request.body)
    right = signature(key.secret, stamp, region, service, canonical)
    if not hmac.compare_digest(right, claim.signature):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the "
                      "signature you provided. Check your AWS Secret Access Key and signing method. Consult the "
                      "service documentation for details.\n\nThe Canonical String for this request should have been\n"
                      f"'{canonical}'\n")
    return key
