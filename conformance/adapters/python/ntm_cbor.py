"""The part of CBOR that NTMobile allows (docs/wire.md, "Content"), as trees of (major type, value)."""


class Wrong(Exception):
    """The input is not what the document allows."""

    def __init__(self, message, code="syntax"):
        super().__init__(message)
        self.code = code


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
