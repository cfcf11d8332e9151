"""Route 53's XML, read and written by the API's own model as Debian's botocore ships it (service-2.json), so that
neither direction follows anybody's idea of it. What does not fit the model is refused in the service's words.
"""

import json
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timezone
from pathlib import Path
from xml.sax.saxutils import escape

import botocore

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
_MODEL = json.loads((Path(botocore.__file__).parent / "data/route53/2013-04-01/service-2.json").read_text())
SHAPES = _MODEL["shapes"]
# Types that the service learned after this model was made (Route 53 Developer Guide, "Supported DNS record types").
SHAPES["RRType"]["enum"] += ["SSHFP", "SVCB", "TLSA", "HTTPS"]


class Invalid(Exception):
    """What the service says of a document it does not take: code and message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def _wrong_content(name, expected):
    # The words of the service's schema validation, as users quote them (aws-sdk-ruby pull request 137).
    names = ", ".join(f'"{NAMESPACE}":{one}' for one in expected)
    return Invalid("InvalidInput", "Invalid XML ; cvc-complex-type.2.4.a: Invalid content was found starting with "
                   f"element '{name}'. One of '{{{names}}}' is expected.")


def _incomplete(name, expected):
    return Invalid("InvalidInput", f"Invalid XML ; cvc-complex-type.2.4.b: The content of element '{name}' is not "
                   f"complete. One of '{{\"{NAMESPACE}\":{expected}}}' is expected.")


def _violation(value, path, constraint):
    return Invalid("InvalidInput", f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy "
                   f"constraint: Member must {constraint}")


def _local(element):
    """An element's name in the API's namespace; Invalid where it is in another one."""
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    if name == element.tag:
        raise Invalid("InvalidInput", "Invalid XML ; cvc-elt.1: Cannot find the declaration of element "
                      f"'{element.tag.rpartition('}')[2]}'.")
    return name


def parse(shape, body):
    """The document BODY, whose root is the input SHAPE, as dicts and lists."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Invalid("MalformedInput", "Could not parse XML")
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise Invalid("MalformedInput", "Could not parse XML") from error
    expected = SHAPES[shape].get("locationName", shape)
    if root.tag.rpartition("}")[2] != expected:
        raise Invalid("MalformedInput", f"{root.tag.rpartition('}')[2]} is not valid, expected {expected}")
    _local(root)
    return _read(shape, root, "")


def _read(name, element, path):
    shape = SHAPES[name]
    if element.attrib:
        raise _wrong_content(f"@{next(iter(element.attrib))}", [])
    if shape["type"] == "structure":
        return _read_structure(name, shape, element, path)
    if shape["type"] == "list":
        return _read_list(shape, element, path)
    if len(element):
        raise _wrong_content(_local(element[0]), [])
    return _read_scalar(shape, element.text or "", path)


def _read_structure(name, shape, element, path):
    members = {member.get("locationName", key): (key, member["shape"]) for key, member in shape["members"].items()
               if "location" not in member}
    if (element.text or "").strip():
        raise _wrong_content(element.text.strip(), members)
    ret = {}
    for child in element:
        tag = _local(child)
        if tag not in members or members[tag][0] in ret:
            raise _wrong_content(tag, members)
        key, child_shape = members[tag]
        ret[key] = _read(child_shape, child, f"{path}.{key[0].lower()}{key[1:]}".lstrip("."))
    for key in shape.get("required", []):
        if key not in ret and "location" not in shape["members"][key]:
            raise _incomplete(_local(element), key)
    return ret


def _read_list(shape, element, path):
    tag = shape["member"].get("locationName", "member")
    for child in element:
        if _local(child) != tag:
            raise _wrong_content(_local(child), [tag])
    if len(element) < shape.get("min", 0):
        raise _incomplete(_local(element), tag)
    return [_read(shape["member"]["shape"], child, f"{path}.{i}.member") for i, child in enumerate(element, 1)]


def _read_scalar(shape, text, path):
    kind = shape["type"]
    if kind in ("integer", "long"):
        if not re.fullmatch(r"-?\d+", text):
            raise Invalid("InvalidInput", f"Invalid XML ; cvc-datatype-valid.1.2.1: '{text}' is not a valid value for "
                          f"'{kind}'.")
        size, value = int(text), int(text)
        word = "value"
    elif kind == "boolean":
        if text not in ("true", "false"):
            raise Invalid("InvalidInput", f"Invalid XML ; cvc-datatype-valid.1.2.1: '{text}' is not a valid value for "
                          "'boolean'.")
        return text == "true"
    else:
        size, value, word = len(text), text, "length"
    if "enum" in shape and value not in shape["enum"]:
        raise _violation(text, path, f"satisfy enum value set: [{', '.join(shape['enum'])}]")
    if size < shape.get("min", size):
        raise _violation(text, path, f"have {word} greater than or equal to {shape['min']}")
    if size > shape.get("max", size):
        raise _violation(text, path, f"have {word} less than or equal to {shape['max']}")
    return value


def render(shape, value, root=None):
    """VALUE as a document of the output SHAPE; AssertionError where the model does not know it, or misses a part."""
    return ('<?xml version="1.0"?>\n'
            f'<{root or shape} xmlns="{NAMESPACE}">{_write(shape, value)}</{root or shape}>').encode()


def _write(name, value):
    shape = SHAPES[name]
    if shape["type"] == "structure":
        assert set(value) <= set(shape["members"]), f"{name}: {set(value) - set(shape['members'])}"
        missing = [key for key in shape.get("required", [])
                   if key not in value and "location" not in shape["members"][key]]
        assert not missing, f"{name} lacks {missing}"
        return "".join(_tag(member.get("locationName", key), member["shape"], value[key])
                       for key, member in shape["members"].items() if value.get(key) is not None)
    if shape["type"] == "list":
        member = shape["member"]
        return "".join(_tag(member.get("locationName", "member"), member["shape"], item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if shape["type"] == "timestamp":
        return datetime.fromtimestamp(value, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    assert "enum" not in shape or value in shape["enum"], f"{name}: {value}"
    return escape(str(value))


def _tag(tag, shape, value):
    return f"<{tag}>{_write(shape, value)}</{tag}>"


def error(code, message, type="Sender", request_id=""):
    return ('<?xml version="1.0"?>\n'
            f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{type}</Type><Code>{code}</Code>'
            f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>").encode()


def invalid_change_batch(messages, request_id=""):
    """The form of its own that this error had until about 2024 (aws-sdk-kotlin pull request 1435), and that the model
    still shows: the root is the code."""
    lines = "".join(f"<Message>{escape(message)}</Message>" for message in messages)
    return (f'<?xml version="1.0"?>\n<InvalidChangeBatch xmlns="{NAMESPACE}"><Messages>{lines}</Messages>'
            f"<RequestId>{request_id}</RequestId></InvalidChangeBatch>").encode()
