/**
 * What a node is told: who it is, where its server is, and what it may take on.
 *
 * @module
 */
import { type Address, isIpv6, parseIp } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import { type Backoff, DEFAULT_BACKOFF } from "../../core/ntm/exchange.ts";
import type { Profile, Suite } from "../../core/ntm/values.ts";
import { NodeError } from "./errors.ts";

/** Configuration of {@link startNode}. */
export interface NodeConfig {
  /** How it logs in: `security` at the AS, `platform` at its DC (NTM-20, NTM-30). */
  readonly profile: Profile;
  /** The AS. */
  readonly server: {
    /** IP address or host name. */
    readonly host: string;
    readonly port: number;
    /** The name its certificate must have; `host` if omitted. */
    readonly name?: string;
  };
  /** Mail address of the account; `security` needs it, `platform` takes it to find the DC. */
  readonly mail?: string;
  /** The node's name; `platform` needs it. */
  readonly fqdn?: string;
  /** Without one the certificate in `tls` proves who we are (`security` only). */
  readonly password?: string;
  /** The authorities trusted, and the node's own certificate if it has one. */
  readonly tls: TlsCredentials;
  /** Where to bind: at most one address of each family; port 0 takes a free one. */
  readonly local: readonly Address[];
  /** Addresses of the interfaces, to be told to the DC; those of `local` if omitted. */
  readonly interfaces?: readonly string[];
  /** Application id (NTM-36). Default `ntm`. */
  readonly application?: string;
  /** AEADs, preferred first. Default AES-256-GCM, then ChaCha20-Poly1305. */
  readonly suites?: readonly Suite[];
  /** Whether datagrams to virtual port 7 are sent back (RFC 862), which `ping` needs. Default true. */
  readonly echo?: boolean;
  readonly timing?: Partial<NodeTiming>;
  readonly limits?: Partial<NodeLimits>;
}

/** Times of a node. */
export interface NodeTiming {
  /** How requests are sent again. Default {@link DEFAULT_BACKOFF}. */
  readonly backoff: Backoff;
  /** How long a server may take for a connection, and again for an answer, ms. Default 10,000. */
  readonly connectMilliseconds: number;
  /** How long to wait for Route Direction and for a tunnel to stand, ms each. Default 20,000. */
  readonly tunnelMilliseconds: number;
  /** First wait after a failed registration or login, ms; doubled each time. Default 1,000. */
  readonly retryFirstMilliseconds: number;
  /** Longest wait between attempts, ms. Default 60,000. */
  readonly retryLongestMilliseconds: number;
  /** A tunnel on which we sent nothing for so long gets a Keep-alive, ms. Default 25,000. */
  readonly keepAliveMilliseconds: number;
  /** A tunnel that carried no packet of an application for so long is dropped, ms. Default 300,000. */
  readonly idleMilliseconds: number;
  /** A tunnel on which nothing came for so long is dropped: the peer is gone, ms. Default 80,000. */
  readonly silenceMilliseconds: number;
}

/** What a node takes on at most. */
export interface NodeLimits {
  /** Tunnels, those being built included. Default 256. */
  readonly tunnels: number;
  /** Virtual ports in use. Default 1,024. */
  readonly ports: number;
  /** Datagrams kept for a correspondent while its tunnel is built; more are dropped. Default 64. */
  readonly waitingDatagrams: number;
}

/** A configuration with its defaults filled in. */
export interface NodeSettings extends Required<Omit<NodeConfig, "mail" | "fqdn" | "password">> {
  readonly mail: string | undefined;
  readonly fqdn: string | undefined;
  readonly password: string | undefined;
  readonly serverName: string;
  readonly timing: NodeTiming;
  readonly limits: NodeLimits;
}

const TIMING: NodeTiming = {
  backoff: DEFAULT_BACKOFF,
  connectMilliseconds: 10_000,
  tunnelMilliseconds: 20_000,
  retryFirstMilliseconds: 1_000,
  retryLongestMilliseconds: 60_000,
  keepAliveMilliseconds: 25_000,
  idleMilliseconds: 300_000,
  silenceMilliseconds: 80_000,
};
const LIMITS: NodeLimits = { tunnels: 256, ports: 1_024, waitingDatagrams: 64 };

/** Checks a configuration and fills in the defaults. Throws {@link NodeError} `wrong-use`. */
export function nodeSettings(config: NodeConfig): NodeSettings {
  const { mail, fqdn, password, profile, local, tls } = config;
  if (profile === "security" && mail === undefined) {
    wrong("profile security logs in by mail address: give mail");
  }
  if (profile === "security" && password === undefined && tls.certificate === undefined) {
    wrong("no proof of the account: give a password or a certificate");
  }
  if (profile === "platform" && (fqdn === undefined || password === undefined)) {
    wrong("profile platform logs in by name and password: give fqdn and password");
  }
  if (local.length === 0) wrong("no address to bind to: give one in local");
  const families = local.map(({ host }) => isIpv6(host));
  if (new Set(families).size !== families.length) {
    wrong("local has two addresses of one family: give one of each at most");
  }
  const interfaces = (config.interfaces ?? local.map(({ host }) => host))
    .map((text) => parseIp(text) ?? wrong(`interface "${text}": no IP address`))
    .filter((host) => host !== "0.0.0.0" && host !== "::");
  return {
    ...config,
    mail,
    fqdn: fqdn?.toLowerCase(),
    password,
    interfaces,
    serverName: config.server.name ?? config.server.host,
    application: config.application ?? "ntm",
    suites: config.suites ?? ["aes-256-gcm", "chacha20-poly1305"],
    echo: config.echo ?? true,
    timing: { ...TIMING, ...config.timing },
    limits: { ...LIMITS, ...config.limits },
  };
}

function wrong(what: string): never {
  throw new NodeError("wrong-use", `node: ${what}`);
}
