#!/usr/bin/env python3
"""NTMobile's wire, a second time: an adapter for `ntm conform run --target`.

Written from docs/wire.md, chapter "NTMobile", and from nothing else of the project, so that the
vectors of vectors/ntm/wire judge the document and not one program's habits. One JSON object a line on stdin, one on stdout
(docs/vectors.md, "Codec functions"). Python 3.9 and its cryptography package.
"""

import hashlib
import hmac
import json
import sys

# Beside this file nothing is to be left behind.
sys.dont_write_bytecode = True

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from ntm_cbor import Wrong, read, write
from ntm_messages import MESSAGES, NETWORK
from ntm_values import from_hex, from_path_id


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
