"""Every control message (docs/wire.md, "Content"): field name -> (key, kind, must it be there?)."""

from ntm_cbor import MAP, Wrong
from ntm_values import (
    ANY_ENDPOINTS, BOOL, CAUSE, ENDPOINT, ENDPOINTS, FQDN, IPV4, IPV6, MAIL, NONCE, NUMBER,
    PASSWORD, PATH_ID, PROFILE, REASON, SEALED, SECONDS, SECRET, SERVER_KEY, SHARE, SIDE, SUITE,
    SUITES, TOKEN, WORD, expect,
)


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
