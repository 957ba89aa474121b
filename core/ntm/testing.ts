/**
 * Values for tests of the wire: one of every control message, as JSON.
 *
 * @module
 */
import { type AnyMessage, CONTROL_MESSAGES } from "./message_types.ts";

const secret = (digits: string) => digits.repeat(32);
const network = {
  v4: { seen: "203.0.113.7:51000", own: ["10.0.0.7:4330"] },
  v6: { seen: "[2001:db8::7]:4330", own: ["[2001:db8::7]:4330"] },
};
const instruction = {
  pathId: "00c0ffee0001",
  side: "initiator",
  starts: true,
  makesKey: true,
  peer: "bob.b.example",
  peerIpv4: "198.18.16.2",
  peerIpv6: "fd4e:544d::2",
  peerEndpoints: ["198.51.100.9:4330", "[2001:db8::9]:4330"],
  relay: ["192.0.2.30:4330"],
  profile: "security",
  suite: "aes-256-gcm",
  temporaryKey: secret("a1"),
  tunnelKey: secret("b2"),
  lifetime: 3600,
};
const agreement = { share: secret("5a"), nonce: secret("0f") };
const granted = { id: "0000deadbeef", suite: "chacha20-poly1305", lifetime: 86_400 };

/** JSON of one value of every control message, by the message's name; every field is there. */
export const SAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "Login Request": { mail: "alice@a.example", password: "correct horse", suites: ["aes-256-gcm"] },
  "Login Response": {
    fqdn: "alice.a.example",
    dc: ["192.0.2.20:4330", "[2001:db8::20]:4330"],
    ...granted,
    secret: secret("c3"),
    token: "0102ff",
  },
  "Bootstrap Request": { fqdn: "alice.a.example" },
  "Bootstrap Response": { zone: "a.example", dc: ["192.0.2.20:4330"], dcName: "dc.a.example" },
  "Key Agreement Request": {
    key: "kasdc",
    ...agreement,
    suites: ["aes-256-gcm", "chacha20-poly1305"],
  },
  "Key Agreement Response": { ...agreement, ...granted },
  "Key Renewal Request": { ...agreement, suites: ["aes-256-gcm"] },
  "Key Renewal Response": { ...agreement, ...granted },
  "Key Distribution": { fqdn: "alice.a.example", ...granted, secret: secret("c3") },
  "Key Distribution Ack": {},
  "Authentication Request": { fqdn: "alice.a.example", password: "correct horse" },
  "Authentication Response": { fqdn: "alice.a.example", mail: "alice@a.example", token: "00" },
  "Registration Request": {
    fqdn: "alice.a.example",
    endpoints: ["10.0.0.7:4330", "[2001:db8::7]:4330"],
    application: "org.example.chat",
    deviceToken: "d0d1",
    suites: ["aes-256-gcm"],
  },
  "Registration Response": {
    ipv4: "198.18.0.1",
    ipv6: "fd4e:544d::1",
    seen: "203.0.113.7:51000",
    lifetime: 120,
  },
  "Reauthentication Request": { ...agreement, suites: ["aes-256-gcm"] },
  "Reauthentication Response": { ...agreement, ...granted },
  "Direction Request": { fqdn: "bob.b.example", session: 7 },
  "Direction Response": { session: 7 },
  "NTM Information Request": { correspondent: "bob.b.example", node: "alice.a.example" },
  "NTM Information Response": {
    network,
    ipv4: "198.18.16.2",
    ipv6: "fd4e:544d::2",
    suites: ["aes-256-gcm"],
  },
  "Route Direction": { node: "alice.a.example", session: 7, instruction },
  "Route Direction Ack": { pathId: "00c0ffee0001" },
  "Route Direction Request": { fqdn: "bob.b.example", pathId: "00c0ffee0001" },
  "Route Direction Response": { instruction },
  "Relay Direction": {
    pathId: "00c0ffee0001",
    profile: "security",
    suite: "aes-256-gcm",
    tunnelKey: secret("b2"),
    lifetime: 3600,
  },
  "Relay Response": { endpoints: ["192.0.2.30:4330"], paths: 12, capacity: 10_000 },
  "Path Open": { pathId: "00c0ffee0001" },
  "Path Opened": { seen: "203.0.113.7:51000", complete: false },
  "Tunnel Request": { content: "ab".repeat(40) },
  "Tunnel Response": { content: "ab".repeat(40) },
  "Tunnel Content": { side: "initiator", key: secret("d4") },
  "Error": { cause: "busy", reason: "too many logins", retryAfter: 30 },
};

/** Every control message with its sample's JSON and octets. */
export function samples(): { message: AnyMessage; json: unknown; plaintext: Uint8Array }[] {
  return CONTROL_MESSAGES.map((message) => {
    const json = { transaction: 0x01020304, ...SAMPLES[message.name] };
    return { message, json, plaintext: message.encode(message.take(json)) };
  });
}
