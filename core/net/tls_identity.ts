/**
 * What a verified certificate proves about the peer, and whether it proves the domain we meant to
 * reach (RFC 5922 §7.1).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { subjectNames } from "../crypto/subject_names.ts";
import { parseIp } from "./address.ts";
import type { PeerIdentity } from "./network.ts";

/** The names in a certificate (DER) that has been verified already. */
export function peerIdentity(der: Uint8Array): PeerIdentity {
  const { uris, dns } = subjectNames(der);
  return { uris, dns, fingerprint: createHash("sha256").update(der).digest("hex") };
}

/**
 * Whether a certificate (DER) proves `serverName`: by a URI `sip:domain` without a user part, by a DNS
 * name equal to the domain (no wildcards: RFC 5922 §7.2 forbids them), or, where `serverName` is an
 * IP address, by an IP entry. Gives undefined if it does, else what is wrong.
 */
export function serverNameProblem(der: Uint8Array, serverName: string): string | undefined {
  const { uris, dns, ips } = subjectNames(der);
  const wanted = serverName.toLowerCase();
  const address = parseIp(wanted);
  if (address !== undefined) {
    if (ips.some((octets) => hostOf(octets) === address)) return undefined;
  } else {
    const domains = uris.map(sipDomain).filter((domain) => domain !== undefined);
    if (domains.includes(wanted)) return undefined;
    // RFC 5922 §7.1: DNS entries count only where no URI entry names a SIP domain.
    if (domains.length === 0 && dns.includes(wanted)) return undefined;
  }
  const found = [...uris, ...dns, ...ips.map((octets) => hostOf(octets) ?? "?")].join(", ");
  return `certificate is for ${found || "nobody"}, not for ${serverName}`;
}

/** The domain of `sip:domain`; undefined for any other URI, one with a user part included. */
export function sipDomain(uri: string): string | undefined {
  const match = /^sip:([^@:;?/[\]]+)$/i.exec(uri);
  return match?.[1]?.toLowerCase();
}

function hostOf(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) return undefined;
  return parseIp(octets.toHex().match(/.{4}/g)?.join(":") ?? "");
}
