#!/usr/bin/env python3
"""NTMobile's wire, a second time: an adapter for `ntm conform run --target`.

Written from docs/wire.md, chapter "NTMobile", alone, so that the vectors of vectors/ntm/wire judge
the document and not one program's habits. One JSON object a line on stdin, one on stdout
(docs/vectors.md, "Codec functions"). Python 3.9 and its cryptography package.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305


class Wrong(Exception):
    """The input is not what the document allows."""

    def __init__(self, message, code="syntax"):
        super().__init__(message)
        self.code = code


# Content: the part of CBOR that is allowed, as (major type, value) trees.

UINT, BYTES, TEXT, ARRAY, MAP, SIMPLE = 0, 2, 3, 4, 5, 7


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise Wrong("integer too large")


def write(tree):
    major, value = tree
    if major == UINT:
        return head(UINT, value)
    if major == BYTES:
        return head(BYTES, len(value)) + value
    if major == TEXT:
        return head(TEXT, len(value.encode())) + value.encode()
    if major == ARRAY:
        return head(ARRAY, len(value)) + b"".join(write(item) for item in value)
    if major == MAP:
        pairs = sorted(value.items())
        return head(MAP, len(pairs)) + b"".join(head(UINT, k) + write(v) for k, v in pairs)
    return b"\xf5" if value else b"\xf4"


def read(octets):
    tree, rest = read_one(octets, 0)
    if rest != len(octets):
        raise Wrong("octets behind the end")
    return tree


def read_one(octets, at, depth=0):
    if at >= len(octets) or depth > 8:
        raise Wrong("the octets end too early, or it is too deep")
    major, info = octets[at] >> 5, octets[at] & 31
    if major == SIMPLE:
        if info not in (20, 21):
            raise Wrong("neither true nor false")
        return (SIMPLE, info == 21), at + 1
    value, at = read_argument(octets, at, info)
    if major == UINT:
        return (UINT, value), at
    if major in (BYTES, TEXT):
        chunk = octets[at:at + value]
        if len(chunk) < value:
            raise Wrong("the octets end within a string")
        if major == BYTES:
            return (BYTES, chunk), at + value
        try:
            return (TEXT, chunk.decode("utf-8")), at + value
        except UnicodeDecodeError:
            raise Wrong("no UTF-8")
    if major == ARRAY:
        items = []
        for _ in range(value):
            item, at = read_one(octets, at, depth + 1)
            items.append(item)
        return (ARRAY, items), at
    if major == MAP:
        pairs, last = {}, -1
        for _ in range(value):
            (kind, key), at = read_one(octets, at, depth + 1)
            if kind != UINT or key <= last:
                raise Wrong("keys are integers and ascend")
            pairs[key], at = read_one(octets, at, depth + 1)
            last = key
        return (MAP, pairs), at
    raise Wrong("a kind of CBOR that is not allowed")


def read_argument(octets, at, info):
    if info < 24:
        return info, at + 1
    if info > 27:
        raise Wrong("indefinite length or reserved")
    size = 1 << info - 24
    chunk = octets[at + 1:at + 1 + size]
    if len(chunk) < size:
        raise Wrong("the octets end within a head")
    value = int.from_bytes(chunk, "big")
    if value < (24 if size == 1 else 1 << 4 * size) or value >= 1 << 53:
        raise Wrong("not the shortest form, or above 2^53-1")
    return value, at + 1 + size


# Kinds of values: (to tree from JSON, from tree to JSON).


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


# Maps: field name -> (key, kind, must it be there?)


def structure(fields, rule=lambda value: True):
    by_key = {key: (name, of) for name, (key, of, _) in fields.items()}

    def check(value):
        for name, (_, _, needed) in fields.items():
            if needed and name not in value:
                raise Wrong(f"{name} is missing")
        if not rule(value):
            raise Wrong("the fields do not go together")
        return value

    def take(given):
        if not isinstance(given, dict) or any(name not in fields for name in given):
            raise Wrong("no object, or a field that does not exist")
        check(given)
        return (MAP, {fields[name][0]: fields[name][1][0](item) for name, item in given.items()})

    def show(tree):
        value = {}
        for key, item in expect(MAP, tree).items():
            if key not in by_key:
                raise Wrong(f"there is no key {key}")
            name, of = by_key[key]
            value[name] = of[1](item)
        return check(value)
    return take, show


def either(one, other):
    return lambda value: (one in value) != (other in value)


def families(value):
    if not value:
        return False
    for name, six in (("v4", False), ("v6", True)):
        if name in value:
            ends = [value[name]["seen"], *value[name]["own"]]
            if any(end.startswith("[") != six for end in ends):
                return False
    return True


def instructed(value):
    keyed = value["profile"] == "security" or "relay" in value
    return keyed == ("tunnelKey" in value) and ("relay" in value or len(value["peerEndpoints"]) > 0)


def relayed(value):
    keys = {"tunnelKey", "initiatorKey", "responderKey"} & value.keys()
    wanted = {"tunnelKey"} if value["profile"] == "security" else {"initiatorKey", "responderKey"}
    return keys == wanted


def must(key, of):
    return (key, of, True)


def may(key, of):
    return (key, of, False)


ACCESS = structure({"seen": must(1, ENDPOINT), "own": must(2, ANY_ENDPOINTS)})
NETWORK = structure({"v4": may(4, ACCESS), "v6": may(6, ACCESS)}, families)
INSTRUCTION = structure({
    "pathId": must(1, PATH_ID), "side": must(2, SIDE), "starts": must(3, BOOL), "makesKey": must(4, BOOL),
    "peer": must(5, FQDN), "peerIpv4": must(6, IPV4), "peerIpv6": must(7, IPV6),
    "peerEndpoints": must(8, ANY_ENDPOINTS), "relay": may(9, ENDPOINTS), "profile": must(10, PROFILE),
    "suite": must(11, SUITE), "temporaryKey": must(12, SECRET), "tunnelKey": may(13, SECRET),
    "lifetime": must(14, SECONDS),
}, instructed)


def asked(start=1):
    return {"share": must(start, SHARE), "nonce": must(start + 1, NONCE), "suites": must(start + 2, SUITES)}


GRANTED = {"share": must(1, SHARE), "nonce": must(2, NONCE), "id": must(3, PATH_ID), "suite": must(4, SUITE),
           "lifetime": must(5, SECONDS)}


def message(fields, rule=lambda value: True):
    return structure({"transaction": must(0, NUMBER), **fields}, rule)


MESSAGES = {
    "Login Request": message({"mail": may(1, MAIL), "fqdn": may(2, FQDN), "password": may(3, PASSWORD),
                              "suites": must(4, SUITES)}, either("mail", "fqdn")),
    "Login Response": message({"fqdn": must(1, FQDN), "dc": must(2, ENDPOINTS), "id": must(3, PATH_ID),
                               "secret": must(4, SECRET), "suite": must(5, SUITE), "lifetime": must(6, SECONDS),
                               "token": may(7, TOKEN)}),
    "Bootstrap Request": message({"mail": may(1, MAIL), "fqdn": may(2, FQDN)}, either("mail", "fqdn")),
    "Bootstrap Response": message({"zone": must(1, FQDN), "dc": must(2, ENDPOINTS), "dcName": must(3, FQDN)}),
    "Key Agreement Request": message({"key": must(1, SERVER_KEY), **asked(2)}),
    "Key Agreement Response": message(GRANTED),
    "Key Renewal Request": message(asked()),
    "Key Renewal Response": message(GRANTED),
    "Key Distribution": message({"fqdn": must(1, FQDN), "id": must(2, PATH_ID), "secret": must(3, SECRET),
                                 "suite": must(4, SUITE), "lifetime": must(5, SECONDS)}),
    "Key Distribution Ack": message({}),
    "Authentication Request": message({"fqdn": must(1, FQDN), "password": must(2, PASSWORD)}),
    "Authentication Response": message({"fqdn": must(1, FQDN), "mail": may(2, MAIL), "token": may(3, TOKEN)}),
    "Registration Request": message({"fqdn": must(1, FQDN), "endpoints": must(2, ANY_ENDPOINTS),
                                     "application": must(3, WORD), "deviceToken": may(4, TOKEN),
                                     "suites": must(5, SUITES)}),
    "Registration Response": message({"ipv4": must(1, IPV4), "ipv6": must(2, IPV6), "seen": must(3, ENDPOINT),
                                      "lifetime": must(4, SECONDS)}),
    "Reauthentication Request": message(asked()),
    "Reauthentication Response": message(GRANTED),
    "Direction Request": message({"fqdn": must(1, FQDN), "session": must(2, NUMBER)}),
    "Direction Response": message({"session": must(1, NUMBER)}),
    "NTM Information Request": message({"correspondent": must(1, FQDN), "node": must(2, FQDN)}),
    "NTM Information Response": message({"network": must(1, NETWORK), "ipv4": must(2, IPV4),
                                         "ipv6": must(3, IPV6), "suites": must(4, SUITES)}),
    "Route Direction": message({"node": must(1, FQDN), "session": may(2, NUMBER),
                                "instruction": must(3, INSTRUCTION)}),
    "Route Direction Ack": message({"pathId": must(1, PATH_ID)}),
    "Route Direction Request": message({"fqdn": must(1, FQDN), "pathId": may(2, PATH_ID)}),
    "Route Direction Response": message({"instruction": must(1, INSTRUCTION)}),
    "Relay Direction": message({"pathId": must(1, PATH_ID), "profile": must(2, PROFILE), "suite": must(3, SUITE),
                                "tunnelKey": may(4, SECRET), "initiatorKey": may(5, SECRET),
                                "responderKey": may(6, SECRET), "lifetime": must(7, SECONDS)}, relayed),
    "Relay Response": message({"endpoints": must(1, ENDPOINTS), "paths": must(2, NUMBER),
                               "capacity": must(3, NUMBER)}),
    "Path Open": message({"pathId": must(1, PATH_ID)}),
    "Path Opened": message({"seen": must(1, ENDPOINT), "complete": must(2, BOOL)}),
    "Tunnel Request": message({"content": may(1, SEALED), "key": may(2, SECRET)}, either("content", "key")),
    "Tunnel Response": message({"content": may(1, SEALED)}),
    "Tunnel Content": message({"side": must(1, SIDE), "key": may(2, SECRET)}),
    "Error": message({"cause": must(1, CAUSE), "reason": may(2, REASON), "retryAfter": may(3, SECONDS)}),
}


# Datagrams and keys.


def hkdf(secret, salt, info, length):
    """RFC 5869 with SHA-256."""
    prk = hmac.new(salt, secret, hashlib.sha256).digest()
    block, out = b"", b""
    for count in range(1, 256):
        block = hmac.new(prk, block + info + bytes([count]), hashlib.sha256).digest()
        out += block
        if len(out) >= length:
            return out[:length]
    raise Wrong("too long")


def derive(given, direction):
    number = from_path_id(given["id"])
    info = f"ntm1 {given['label']} {direction} {given['suite']}".encode()
    okm = hkdf(from_hex(given["secret"]), number.to_bytes(6, "big"), info, 36)
    return okm[:32], okm[32:]


def cipher(given, key):
    return AESGCM(key) if given["suite"] == "aes-256-gcm" else ChaCha20Poly1305(key)


def make_header(kind_number, path_id, sequence):
    if not (0 <= kind_number <= 255 and 1 <= path_id < 1 << 48 and 0 <= sequence < 1 << 48):
        raise Wrong("out of range")
    return bytes([1, kind_number]) + path_id.to_bytes(6, "big") + sequence.to_bytes(8, "big")


def parse_header(datagram):
    if len(datagram) < 32 or datagram[0] != 1 or not any(datagram[2:8]) or any(datagram[8:10]):
        raise Wrong("malformed")
    return datagram[1], int.from_bytes(datagram[2:8], "big"), int.from_bytes(datagram[8:16], "big")


class Window:
    """Which sequence numbers were seen; 8192 behind the newest is too far."""

    def __init__(self):
        self.newest, self.seen = -1, set()

    def fits(self, sequence):
        return sequence > self.newest or (self.newest - sequence < 8192 and sequence not in self.seen)

    def accept(self, sequence):
        self.newest = max(self.newest, sequence)
        self.seen.add(sequence)


def open_all(given):
    keys = [(direction, *derive(given, direction), Window()) for direction in given["from"]]
    return {"results": [open_one(given, keys, from_hex(datagram)) for datagram in given["datagrams"]]}


def open_one(given, keys, datagram):
    try:
        kind_number, path_id, sequence = parse_header(datagram)
    except Wrong:
        return {"dropped": "malformed"}
    if path_id != from_path_id(given["id"]):
        return {"dropped": "other association"}
    cause = "replayed"
    for direction, key, salt, window in keys:
        if not window.fits(sequence):
            continue
        cause = "not authentic"
        try:
            plaintext = cipher(given, key).decrypt(salt + datagram[8:16], datagram[16:], datagram[:16])
        except InvalidTag:
            continue
        window.accept(sequence)
        return {"type": kind_number, "sequence": sequence, "plaintext": plaintext.hex(), "from": direction}
    return {"dropped": cause}


def seal(given):
    key, salt = derive(given, given["direction"])
    start = make_header(given["type"], from_path_id(given["id"]), given["sequence"])
    return {"hex": (start + cipher(given, key).encrypt(salt + start[8:], from_hex(given["plaintext"]), start)).hex()}


def agree(given):
    requesting = given["side"] == "request"
    own = X25519PrivateKey.from_private_bytes(from_hex(given["private"]))
    peers = from_hex(given["responseShare" if requesting else "requestShare"])
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(peers))
    except ValueError:
        raise Wrong("a shared secret of zeros", "share")
    word, old = ("renew", from_hex(given["old"])) if "old" in given else ("agree", b"")
    info = f"ntm1 {word} {given['label']}".encode()
    info += from_hex(given["requestShare"]) + from_hex(given["responseShare"])
    salt = from_hex(given["requestNonce"]) + from_hex(given["responseNonce"])
    return {"secret": hkdf(shared + old, salt, info, 32).hex()}


# Path decision.


KINDS = ["global v4", "nat v4", "v6", "global v4 v6", "nat v4 v6", "nat v6"]
TABLE = [line.split() for line in (
    "a b r a b r",
    "a n r a n r",
    "r r s s s r",
    "a b s s s r",
    "a n s s s r",
    "r r r r r r",
)]


def host(endpoint):
    return endpoint.rsplit(":", 1)[0]


def network_kind(network):
    def natted(access):
        return host(access["seen"]) not in [host(one) for one in access["own"]]
    six = "v6" in network and not natted(network["v6"])
    if "v4" not in network:
        return "v6" if six else "nat v6"
    four = "nat v4" if natted(network["v4"]) else "global v4"
    return four + " v6" if six else four


def decide(given):
    one, other = (NETWORK[1](NETWORK[0](given[side])) for side in ("initiator", "responder"))
    cell = TABLE[KINDS.index(network_kind(one))][KINDS.index(network_kind(other))]
    if cell == "n" and host(one["v4"]["seen"]) != host(other["v4"]["seen"]) or cell == "r":
        return {"path": "relay"}
    family = "v6" if cell == "s" else "v4"
    at = (lambda node: node[family]["own"]) if cell == "n" else (lambda node: [node[family]["seen"]])
    return {"path": "direct", "family": int(family[1]), "starts": "responder" if cell == "b" else "initiator",
            "endpoints": {"initiator": at(one), "responder": at(other)}}


# The functions, and the loop that answers them.


def named(given):
    if given["message"] not in MESSAGES:
        raise Wrong("no such message", "input")
    return MESSAGES[given["message"]]


def decode_header(given):
    kind_number, path_id, sequence = parse_header(from_hex(given["hex"]))
    return {"type": kind_number, "pathId": f"{path_id:012x}", "sequence": sequence}


def encode_header(given):
    return {"hex": make_header(given["type"], from_path_id(given["pathId"]), given["sequence"]).hex()}


def derive_key(given):
    key, salt = derive(given, given["direction"])
    return {"key": key.hex(), "salt": salt.hex()}


FUNCTIONS = {
    "ntm.header.decode": decode_header,
    "ntm.header.encode": encode_header,
    "ntm.message.decode": lambda given: {"fields": named(given)[1](read(from_hex(given["hex"])))},
    "ntm.message.encode": lambda given: {"hex": write(named(given)[0](given["fields"])).hex()},
    "ntm.keys.derive": derive_key,
    "ntm.keys.agree": agree,
    "ntm.seal": seal,
    "ntm.open": open_all,
    "ntm.path.decide": decide,
}


def answer(question):
    function = FUNCTIONS.get(question["function"])
    if function is None:
        return {"unsupported": True}
    try:
        return {"output": function(question["input"])}
    except Wrong as wrong:
        return {"error": {"code": wrong.code, "message": str(wrong)}}


def main():
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps({"id": question["id"], **answer(question)}), flush=True)


if __name__ == "__main__":
    main()
