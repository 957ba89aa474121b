/**
 * Bounds on what others can make a server spend, and the times that are the same for all three roles.
 *
 * @module
 */

/** Limits; each is configurable. */
export interface NtmLimits {
  /** Associations held at once; the oldest of a peer make room first. */
  readonly associations: number;
  /** Associations of one peer: a node that logs in again and again keeps its newest ones. */
  readonly associationsPerPeer: number;
  /** Requests under way to one peer. */
  readonly requestsPerPeer: number;
  /** Answers remembered for one peer. */
  readonly answersPerPeer: number;
  /** Open TLS connections. */
  readonly connections: number;
  /** Open TLS connections of one address. */
  readonly connectionsPerAddress: number;
  /** Requests on one TLS connection. */
  readonly requestsPerConnection: number;
  /** Logins tried in a minute for one account, and from one address. */
  readonly loginsPerMinute: number;
  /** Passwords being checked at once. */
  readonly passwordChecks: number;
}

/** Times, in milliseconds unless the name says otherwise. */
export interface NtmTimers {
  /** A TLS connection without a whole request is closed. */
  readonly idleMilliseconds: number;
  /** How long connecting to another server may take. */
  readonly connectMilliseconds: number;
  /** How often expired keys are swept out and old ones renewed. */
  readonly sweepMilliseconds: number;
  /** Life of a key between servers. */
  readonly serverKeySeconds: number;
  /** Life of a key between node and DC. */
  readonly nodeKeySeconds: number;
}

/** The limits unless told otherwise. */
export const NTM_LIMITS: NtmLimits = {
  associations: 100_000,
  associationsPerPeer: 4,
  requestsPerPeer: 1024,
  answersPerPeer: 1024,
  connections: 4096,
  connectionsPerAddress: 256,
  requestsPerConnection: 16,
  loginsPerMinute: 30,
  passwordChecks: 64,
};

/** The times unless told otherwise. */
export const NTM_TIMERS: NtmTimers = {
  idleMilliseconds: 10_000,
  connectMilliseconds: 5_000,
  sweepMilliseconds: 10_000,
  serverKeySeconds: 86_400,
  nodeKeySeconds: 3_600,
};
