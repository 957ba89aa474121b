"""Kinds of values (docs/wire.md, "Content"): each a pair, to a CBOR tree from JSON and back."""

import ipaddress
import re

from ntm_cbor import ARRAY, BYTES, SIMPLE, TEXT, UINT, Wrong


def expect(major, tree):
    if tree[0] != major:
        raise Wrong("another kind of value is needed")
    return tree[1]


def kind(major, to_value, to_json):
    """`to_value` checks as well; it runs both ways."""
    def take(given):
        return (major, to_value(given))

    def show(tree):
        value = expect(major, tree)
        shown = to_json(value)
        if to_value(shown) != value:
            raise Wrong("not as it would be written")
        return shown
    return take, show


def integer(low, high):
    def check(given):
        if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
            raise Wrong(f"no integer from {low} to {high}")
        return given
    return kind(UINT, check, lambda value: value)


def text(low, high, pattern=None):
    def check(given):
        if not isinstance(given, str) or not low <= len(given.encode()) <= high:
            raise Wrong(f"no text of {low} to {high} octets")
        if pattern and not re.fullmatch(pattern, given):
            raise Wrong("text of another form")
        return given
    return kind(TEXT, check, lambda value: value)


def octets(low, high=None):
    def check(given):
        value = from_hex(given)
        if not low <= len(value) <= (high or low):
            raise Wrong(f"{len(value)} octets")
        return value
    return kind(BYTES, check, bytes.hex)


def choice(*names):
    def take(given):
        if given not in names:
            raise Wrong(f"none of {', '.join(names)}")
        return (UINT, names.index(given) + 1)

    def show(tree):
        number = expect(UINT, tree)
        if not 1 <= number <= len(names):
            raise Wrong(f"{number} has no meaning")
        return names[number - 1]
    return take, show


def many(of, low, high):
    def check(items):
        if not isinstance(items, list) or not low <= len(items) <= high:
            raise Wrong(f"no list of {low} to {high}")
        return items
    return (lambda given: (ARRAY, [of[0](item) for item in check(given)]),
            lambda tree: [of[1](item) for item in check(expect(ARRAY, tree))])


def canonical(address):
    mapped = getattr(address, "ipv4_mapped", None)
    return f"::ffff:{mapped}" if mapped else str(address)


def ip(*sizes):
    def take(given):
        try:
            packed = ipaddress.ip_address(given).packed
        except ValueError:
            raise Wrong("no IP address")
        if len(packed) not in sizes:
            raise Wrong("an address of the other family")
        return (BYTES, packed)

    def show(tree):
        packed = expect(BYTES, tree)
        if len(packed) not in sizes:
            raise Wrong("no IP address")
        return canonical(ipaddress.ip_address(packed))
    return take, show


def take_endpoint(given):
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\[\]]+)):([0-9]{1,5})", given)
    if not match or (":" in (match[1] or match[2])) != bool(match[1]):
        raise Wrong("no endpoint")
    return (ARRAY, [ANY_IP[0](match[1] or match[2]), PORT[0](int(match[3]))])


def show_endpoint(tree):
    items = expect(ARRAY, tree)
    if len(items) != 2:
        raise Wrong("no endpoint")
    host, port = ANY_IP[1](items[0]), PORT[1](items[1])
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def from_path_id(given):
    if not isinstance(given, str) or not re.fullmatch("[0-9a-f]{12}", given, re.I) or int(given, 16) == 0:
        raise Wrong("no path id")
    return int(given, 16)


def from_hex(given):
    if not isinstance(given, str) or not re.fullmatch("([0-9a-f]{2})*", given, re.I):
        raise Wrong("no hexadecimal text", "input")
    return bytes.fromhex(given)


LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
ANY_IP, IPV4, IPV6, PORT = ip(4, 16), ip(4), ip(16), integer(1, 65535)
NUMBER, SECONDS = integer(0, 0xFFFFFFFF), integer(1, 2678400)
PATH_ID = kind(UINT, from_path_id, lambda value: f"{value:012x}")
FQDN = text(1, 253, rf"{LABEL}(\.{LABEL})*")
MAIL = text(1, 254, r"[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@\x00-\x1f\x7f-\x9f]+")
PASSWORD, WORD, REASON = text(1, 1024), text(1, 255), text(0, 255)
TOKEN, SECRET, SHARE, NONCE, SEALED = octets(1, 1024), octets(32), octets(32), octets(32), octets(32, 512)
ENDPOINT = take_endpoint, show_endpoint
ENDPOINTS, ANY_ENDPOINTS = many(ENDPOINT, 1, 16), many(ENDPOINT, 0, 16)
SUITE = choice("aes-256-gcm", "chacha20-poly1305")
SUITES = many(SUITE, 1, 8)
PROFILE, SIDE = choice("security", "platform"), choice("initiator", "responder")
SERVER_KEY = choice("kasdc", "kdcrs", "kdcdc")
BOOL = kind(SIMPLE, lambda given: given if isinstance(given, bool) else fail("no boolean"), lambda v: v)
CAUSE = choice("refused", "unavailable", "busy", "malformed", "unsupported", "unregistered", "overlap", "full")


def fail(message):
    raise Wrong(message)
