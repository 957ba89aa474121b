/**
 * What a verified certificate proves about the other end of a channel (SM-3, SM-20).
 *
 * @module
 */
import type { PeerIdentity } from "../../core/net/network.ts";
import { addressOfRecord, tryParseUri } from "../../core/sip/uri.ts";

/** The names to bind to the channel; both empty where the certificate says nothing we know. */
export interface CertificateNames {
  /** Canonical names of a terminal of our domain. */
  readonly terminals: readonly string[];
  /** Domains of configured neighbours. */
  readonly servers: readonly string[];
}

/**
 * The names in a certificate: URI entries `sip:user@domain` of our own domain are a terminal's; a URI
 * `sip:domain`, or a DNS entry where there is no such URI (RFC 5922 §7.1), that is a configured
 * neighbour is a server's.
 */
export function certificateNames(
  peer: PeerIdentity,
  domain: string,
  neighbours: ReadonlySet<string>,
): CertificateNames {
  const terminals = new Set<string>();
  const servers = new Set<string>();
  for (const text of peer.uris) {
    const uri = tryParseUri(text);
    if (uri?.kind !== "sip") continue;
    if (uri.user === undefined) servers.add(uri.host);
    else if (uri.host === domain && uri.port === undefined) terminals.add(addressOfRecord(uri));
  }
  if (servers.size === 0) { for (const name of peer.dns) servers.add(name); }
  return {
    terminals: [...terminals],
    servers: [...servers].filter((name) => neighbours.has(name)),
  };
}
