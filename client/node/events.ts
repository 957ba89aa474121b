/**
 * What a node reports while it runs. Plain values: `ntm node --json` prints them as they are.
 *
 * @module
 */

/** Something that happened. */
export type NodeEvent =
  /** Logged in; `lifetimeSeconds` of the key with the DC. */
  | { event: "logged-in"; fqdn: string; dc: string; lifetimeSeconds: number }
  /** Registered for the first time, or with other facts than before. */
  | { event: "registered"; fqdn: string; ipv4: string; ipv6: string; seen: string }
  /** The DC's key was renewed without the AS (NTM-31). */
  | { event: "reauthenticated"; fqdn: string; lifetimeSeconds: number }
  /** The registration may be gone; it is tried again after `retryMilliseconds`. */
  | { event: "disconnected"; reason: string; retryMilliseconds: number }
  /** A tunnel stands. `relay` is there if it goes over an RS. */
  | {
    event: "tunnel";
    peer: string;
    side: "initiator" | "responder";
    path: string;
    ipv4: string;
    ipv6: string;
    relay?: string;
  }
  /** A tunnel is gone, or did not come about. */
  | { event: "tunnel-closed"; peer: string; path: string; reason: string };

/** Takes reports. */
export type NodeObserver = (event: NodeEvent) => void;
