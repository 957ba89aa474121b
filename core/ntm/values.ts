/**
 * The values that control messages are made of (docs/wire.md, "Values"). Limits are those of the wire:
 * what is longer is refused before it is looked at.
 *
 * @module
 */
import { type Address, isIpv6, parseAddress, parseIp } from "../net/address.ts";
import { formatAddress } from "../net/address.ts";
import { ipOctets, ipText } from "../net/ip_octets.ts";
import { NtmEncodeError } from "./errors.ts";
import { U48_LIMIT } from "./header.ts";
import { choice, type Kind, list, octets, text, uint } from "./kinds.ts";

/** Numbers of the wire's limits, by what they limit. */
export const WIRE_LIMITS = {
  /** Octets of a domain name (RFC 1035 §2.3.4, without the dot at the end). */
  fqdn: 253,
  /** Octets of a mail address (RFC 5321 §4.5.3.1.3). */
  mail: 254,
  /** Octets of a password. */
  password: 1024,
  /** Octets of a token, a device token or an application id. */
  token: 1024,
  /** Octets of a text that says why. */
  reason: 255,
  /** Addresses of a node or server in one list. */
  endpoints: 16,
  /** Octets of a sealed Tunnel Content. */
  sealed: 512,
  /** Longest life of anything: 31 days, in seconds. */
  lifetime: 2_678_400,
} as const;

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A host or node name: DNS labels in lower case, without a dot at the end. */
export const fqdn: Kind<string> = text("fqdn", WIRE_LIMITS.fqdn, (value) => {
  return value.split(".").every((label) => LABEL.test(label))
    ? undefined
    : "no domain name in lower case without a dot at the end";
});

/** A mail address: something, an @, a domain. */
export const mail: Kind<string> = text("mail", WIRE_LIMITS.mail, (value) => {
  return /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(value) ? undefined : "no mail address";
});

/** A password, as it is. */
export const password: Kind<string> = text(
  "password",
  WIRE_LIMITS.password,
  (value) => value === "" ? "empty" : undefined,
);

/** A text for people. */
export const reason: Kind<string> = text("reason", WIRE_LIMITS.reason, () => undefined);

/** A word of another system: an application id. */
export const word: Kind<string> = text(
  "word",
  WIRE_LIMITS.reason,
  (value) => value === "" ? "empty" : undefined,
);

/** Octets that only their maker understands. */
export const token: Kind<Uint8Array> = octets("token", 1, WIRE_LIMITS.token);
/** A secret that keys are derived from. */
export const secret: Kind<Uint8Array> = octets("secret", 32);
/** An X25519 public key (RFC 7748). */
export const share: Kind<Uint8Array> = octets("share", 32);
/** Random octets that make a key agreement fresh. */
export const nonce: Kind<Uint8Array> = octets("nonce", 32);
/** A datagram of type Tunnel Content, sealed under Ktmp. */
export const sealed: Kind<Uint8Array> = octets("sealed", 32, WIRE_LIMITS.sealed);

/** How long something lives, in seconds. */
export const seconds: Kind<number> = uint("seconds", 1, WIRE_LIMITS.lifetime);
/** A number that pairs request and answer, or names a session at its node. */
export const number32: Kind<number> = uint("number", 0, 0xffffffff);

/** An association's or a tunnel's id; JSON has it as 12 hexadecimal digits. */
export const pathId: Kind<number> = {
  ...uint("path-id", 1, U48_LIMIT),
  show: (value) => formatPathId(value),
  take(json) {
    const value = typeof json === "string" ? parsePathId(json) : undefined;
    if (value === undefined) {
      throw new NtmEncodeError("no path id: 12 hexadecimal digits, not all 0");
    }
    return value;
  },
};

/** A path id as people see it: 12 hexadecimal digits. */
export function formatPathId(value: number): string {
  return value.toString(16).padStart(12, "0");
}

/** Reads 12 hexadecimal digits; undefined for anything else and for 0. */
export function parsePathId(text: string): number | undefined {
  return /^[0-9a-f]{12}$/i.test(text) ? Number.parseInt(text, 16) || undefined : undefined;
}

function address(cddl: string, families: readonly (4 | 16)[]): Kind<string> {
  const raw = octets(cddl, families[0]!, families.at(-1));
  const wrong = `no IP${families.length > 1 ? "" : families[0] === 4 ? "v4" : "v6"} address`;
  const octetsOf = (host: string): Uint8Array => {
    const canonical = parseIp(host);
    const found = canonical === undefined ? undefined : ipOctets(canonical);
    if (!found || !families.includes(found.length as 4 | 16)) throw new NtmEncodeError(wrong);
    return found;
  };
  return {
    cddl,
    write: (to, value) => raw.write(to, octetsOf(value)),
    read(from) {
      const at = from.offset;
      return ipText(raw.read(from)) ?? from.fail(wrong, at);
    },
    show: (value) => value,
    take(json) {
      if (typeof json !== "string") throw new NtmEncodeError(wrong);
      return ipText(octetsOf(json))!;
    },
  };
}

/** An IPv4 address, canonical text. */
export const ipv4: Kind<string> = address("ipv4", [4]);
/** An IPv6 address, canonical text. */
export const ipv6: Kind<string> = address("ipv6", [16]);
const anyIp: Kind<string> = address("ip", [4, 16]);
const port: Kind<number> = uint("port", 1, 65_535);

/** Address and port; JSON has it as `192.0.2.1:4330` or `[2001:db8::1]:4330`. */
export const endpoint: Kind<Address> = {
  cddl: "endpoint",
  write(to, value) {
    to.array(2);
    anyIp.write(to, value.host);
    port.write(to, value.port);
  },
  read(from) {
    const at = from.offset;
    if (from.array(2) !== 2) from.fail("an endpoint has an address and a port", at);
    return { host: anyIp.read(from), port: port.read(from) };
  },
  show: formatAddress,
  take(json) {
    const value = typeof json === "string" ? parseAddress(json) : undefined;
    if (!value || value.port === 0) throw new NtmEncodeError("no address with port");
    return value;
  },
};

/** Addresses, best first. */
export const endpoints: Kind<readonly Address[]> = list(endpoint, 1, WIRE_LIMITS.endpoints);
/** Addresses, best first; may be none. */
export const anyEndpoints: Kind<readonly Address[]> = list(endpoint, 0, WIRE_LIMITS.endpoints);

/** AEAD of an association; both have keys of 32, salts of 4 and tags of 16 octets. */
export const SUITE_NUMBERS = { "aes-256-gcm": 1, "chacha20-poly1305": 2 } as const;
/** Name of an AEAD. */
export type Suite = keyof typeof SUITE_NUMBERS;
/** An AEAD. */
export const suite: Kind<Suite> = choice("suite", SUITE_NUMBERS);
/** AEADs one can use, preferred first. */
export const suites: Kind<readonly Suite[]> = list(suite, 1, 8);

/** How nodes log in and tunnels are keyed. */
export const PROFILE_NUMBERS = { "security": 1, "platform": 2 } as const;
/** Name of a profile. */
export type Profile = keyof typeof PROFILE_NUMBERS;
/** A profile. */
export const profile: Kind<Profile> = choice("profile", PROFILE_NUMBERS);

/** Which of the two nodes one is: the one that asked for the session, or its correspondent. */
export const SIDE_NUMBERS = { "initiator": 1, "responder": 2 } as const;
/** Name of a side. */
export type Side = keyof typeof SIDE_NUMBERS;
/** A side. */
export const side: Kind<Side> = choice("side", SIDE_NUMBERS);

/** A server key that two servers agree on first contact. */
export const SERVER_KEY_NUMBERS = { "kasdc": 1, "kdcrs": 2, "kdcdc": 3 } as const;
/** Name of a server key. */
export type ServerKey = keyof typeof SERVER_KEY_NUMBERS;
/** A server key. */
export const serverKey: Kind<ServerKey> = choice("server-key", SERVER_KEY_NUMBERS);

/** The family of an endpoint. */
export function familyOf(address: Address): 4 | 6 {
  return isIpv6(address.host) ? 6 : 4;
}
