/**
 * What a session manager is told: {@link SmConfig}, and {@link smConfig}, which fills in the defaults.
 *
 * Certificates and keys are PEM texts here; `config_file.ts` reads them from the files that `ntm.yaml`
 * names.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { SecurityLevel } from "../../core/net/channel.ts";
import type { TlsCredentials } from "../../core/net/network.ts";

/** One address to listen at. */
export interface ListenConfig {
  readonly kind: "udp" | "tcp" | "tls";
  /** Port 0 takes a free one. */
  readonly address: Address;
}

/** A server of another domain, reached over mutual TLS (SM-20). */
export interface NeighbourConfig {
  /** Lower-case; its certificate has to prove it, in both directions. */
  readonly domain: string;
  readonly address: Address;
  /** Address to connect from; omitted: the first TLS listener's, if one can reach the neighbour. */
  readonly local?: string;
}

/** Route-Security (SM-7 to SM-16, SM-26). */
export interface RouteSecurityConfig {
  /** A value that does not fit its link: an error to the sender, or a value without level (SM-12). */
  readonly mismatch: "refuse" | "mark";
  /** Least level of a link for which the server adds a value (SM-8). */
  readonly addFrom: SecurityLevel;
  /** Requests on links below it are refused. */
  readonly minimumLevel: SecurityLevel;
  /** On the way back: all values that were sent, or the server's own only (SM-26). */
  readonly check: "chain" | "neighbour";
}

/** One rule of the policy; the first that fits decides. */
export interface PolicyRule {
  /** Names with `*` for any run of characters, such as `sip:*@xyz.test`. */
  readonly from: string;
  readonly to: string;
  readonly action: "allow" | "refuse";
}

/** Who may reach whom (SM-17). */
export interface PolicyConfig {
  readonly default: "allow" | "refuse";
  readonly rules: readonly PolicyRule[];
}

/** Digest algorithms, as in RFC 7616 and RFC 8760. */
export type DigestAlgorithmName = "SHA-256" | "MD5";

/** How terminals prove their names. */
export interface AuthenticationConfig {
  /** Offered in this order. MD5 is for clients that know nothing better, and only when named here. */
  readonly algorithms: readonly DigestAlgorithmName[];
  /** How long a nonce may be used. */
  readonly nonceSeconds: number;
}

/** Registrations (RFC 3261 §10.3). */
export interface RegistrationConfig {
  /** Shorter ones are refused with 423. */
  readonly minimumSeconds: number;
  /** Longer ones are shortened. */
  readonly maximumSeconds: number;
  /** For a REGISTER that asks for none. */
  readonly defaultSeconds: number;
  /** Contacts of one name. */
  readonly contacts: number;
}

/** An account given in the configuration, for tests and trials; others are in the store. */
export interface AccountConfig {
  /** `user` or `sip:user@domain`. */
  readonly name: string;
  readonly password: string;
}

/** Bounds on what others can make the server spend. Transport and transactions have theirs besides. */
export interface SmLimits {
  /** Server transactions at a time; settled ones make room, else a request beyond gets 503. */
  readonly transactions: number;
  /** Octets of the messages that all transactions hold; beyond them as beyond `transactions`. */
  readonly transactionOctets: number;
  /** Registrations of all names; a new one beyond gets 503. */
  readonly registrations: number;
  /** REGISTERs waiting for the disk; a further one gets 503. */
  readonly pendingRegistrations: number;
  /** Requests waiting for a connection to one neighbour; a further one gets 503. */
  readonly pendingPerNeighbour: number;
  /** Octets of a datagram. */
  readonly datagramOctets: number;
  /** Open connections, all peers together. */
  readonly connections: number;
  /** Open connections of one remote address. */
  readonly connectionsPerAddress: number;
  /** Octets of a message's head, and of its body. */
  readonly headOctets: number;
  readonly bodyOctets: number;
}

/** Times, in milliseconds. */
export interface SmTimers {
  /** Timer C (RFC 3261 §16.6 step 11): an INVITE without a final response ends after it. */
  readonly inviteMilliseconds: number;
  /** How often expired registrations are swept out. */
  readonly sweepMilliseconds: number;
  /** How often changes of accounts by another process are looked for. */
  readonly accountsMilliseconds: number;
  /** How long stopping waits for transactions to end. */
  readonly drainMilliseconds: number;
  /** How long a connection to a neighbour may take. */
  readonly connectMilliseconds: number;
}

/** All of it. */
export interface SmConfig {
  /** The domain it serves, lower-case: realm of the digest, host of the names. */
  readonly domain: string;
  readonly listen: readonly ListenConfig[];
  /** Own certificate and key, and whom to trust; needed for `tls` listeners and for neighbours. */
  readonly tls?: TlsCredentials;
  readonly neighbours: readonly NeighbourConfig[];
  readonly routeSecurity: RouteSecurityConfig;
  readonly policy: PolicyConfig;
  readonly authentication: AuthenticationConfig;
  readonly registration: RegistrationConfig;
  readonly accounts: readonly AccountConfig[];
  /** File of the store, or `:memory:` for one that ends with the process. */
  readonly store: string;
  readonly limits: SmLimits;
  readonly timers: SmTimers;
}

/** What has to be said; everything else has a default. */
export interface SmConfigInput {
  readonly domain: string;
  readonly listen: readonly ListenConfig[];
  readonly tls?: TlsCredentials | undefined;
  readonly neighbours?: readonly NeighbourConfig[] | undefined;
  readonly routeSecurity?: Partial<RouteSecurityConfig> | undefined;
  readonly policy?: Partial<PolicyConfig> | undefined;
  readonly authentication?: Partial<AuthenticationConfig> | undefined;
  readonly registration?: Partial<RegistrationConfig> | undefined;
  readonly accounts?: readonly AccountConfig[] | undefined;
  readonly store?: string | undefined;
  readonly limits?: Partial<SmLimits> | undefined;
  readonly timers?: Partial<SmTimers> | undefined;
}

/** The defaults; `ntm serve sm --help` and the schema of `ntm.yaml` show the same. */
export const smDefaults = {
  routeSecurity: { mismatch: "refuse", addFrom: 1, minimumLevel: 0, check: "chain" },
  policy: { default: "allow", rules: [] },
  authentication: { algorithms: ["SHA-256"], nonceSeconds: 300 },
  registration: { minimumSeconds: 60, maximumSeconds: 7200, defaultSeconds: 3600, contacts: 10 },
  store: ":memory:",
  limits: {
    transactions: 200_000,
    transactionOctets: 536_870_912,
    registrations: 100_000,
    pendingRegistrations: 10_000,
    pendingPerNeighbour: 1_000,
    datagramOctets: 65_535,
    connections: 10_000,
    connectionsPerAddress: 1_000,
    headOctets: 65_536,
    bodyOctets: 1_048_576,
  },
  timers: {
    inviteMilliseconds: 185_000,
    sweepMilliseconds: 10_000,
    accountsMilliseconds: 2_000,
    drainMilliseconds: 5_000,
    connectMilliseconds: 5_000,
  },
} as const satisfies Omit<SmConfig, "domain" | "listen" | "neighbours" | "accounts" | "tls">;

/** A configuration with all defaults filled in; host names in lower case. */
export function smConfig(input: SmConfigInput): SmConfig {
  return {
    domain: input.domain.toLowerCase(),
    listen: input.listen,
    ...(input.tls === undefined ? {} : { tls: input.tls }),
    neighbours: (input.neighbours ?? []).map((neighbour) => ({
      ...neighbour,
      domain: neighbour.domain.toLowerCase(),
    })),
    routeSecurity: { ...smDefaults.routeSecurity, ...input.routeSecurity },
    policy: { ...smDefaults.policy, ...input.policy },
    authentication: { ...smDefaults.authentication, ...input.authentication },
    registration: { ...smDefaults.registration, ...input.registration },
    accounts: input.accounts ?? [],
    store: input.store ?? smDefaults.store,
    limits: { ...smDefaults.limits, ...input.limits },
    timers: { ...smDefaults.timers, ...input.timers },
  };
}
