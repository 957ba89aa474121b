/**
 * The roles of `ntm lab`: AS, DC and RS of two operators, and nodes, all on loopback addresses with
 * certificates of their own.
 *
 * @module
 */
import { type Node, type NodeConfig, startNode } from "../client/node/mod.ts";
import { type Authority, createAuthority, issueCertificate } from "../core/crypto/pki.ts";
import { liveResolver } from "../core/dns/live_resolver.ts";
import type { Address } from "../core/net/address.ts";
import type { TlsCredentials } from "../core/net/network.ts";
import type { Profile } from "../core/ntm/values.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import { asConfig, serve as serveAs } from "../servers/as/mod.ts";
import { dcConfig, serve as serveDc } from "../servers/dc/mod.ts";
import { rsConfig, serve as serveRs } from "../servers/rs/mod.ts";

/** How the lab is to be. */
export interface LabOptions {
  readonly profile: Profile;
  /** The first three numbers of every address: `127.77.0`. */
  readonly network: string;
  /** Of all servers. */
  readonly port: number;
  /** Of both DCs' DNS. */
  readonly dnsPort: number;
  /** Nodes tell their DC addresses that are not those they are seen at, as behind NATs of their own. */
  readonly relayed: boolean;
}

/** One operator of the lab. */
interface Operator {
  readonly letter: "a" | "b";
  readonly zone: string;
  /** Share of 198.18.0.0/15. */
  readonly ipv4: string;
  readonly dc: Address;
  readonly rs: Address;
  readonly dns: Address;
}

/** An account of the lab; `local` is where its node binds. */
export interface LabAccount {
  readonly name: string;
  readonly fqdn: string;
  readonly mail: string;
  readonly password: string;
  readonly local: string;
  readonly interfaces: string;
  /** Runs within the lab; the others are for `ntm node`. */
  readonly runs: boolean;
}

/** A lab that is up. */
export interface Lab {
  readonly as: Address & { readonly name: string };
  readonly operators: readonly Operator[];
  readonly accounts: readonly LabAccount[];
  /** The authority's certificate, PEM. */
  readonly trust: string;
  readonly nodes: readonly Node[];
  stop(): Promise<void>;
}

/** Last numbers of the addresses. */
const AS = 10;
const FIRST_DC = 11;
const FIRST_RS = 21;
const FIRST_NODE = 31;
const DAYS = 7;

/** Starts everything, or nothing: rejects with what failed, after the rest is stopped. */
export async function startLab(options: LabOptions, runtime: Runtime): Promise<Lab> {
  const { network, port, dnsPort, profile } = options;
  const at = (last: number, of = port): Address => ({ host: `${network}.${last}`, port: of });
  const operators = (["a", "b"] as const).map((letter, index): Operator => ({
    letter,
    zone: `${letter}.ntm.test`,
    ipv4: `198.18.${index * 16}.0/20`,
    dc: at(FIRST_DC + index),
    rs: at(FIRST_RS + index),
    dns: at(FIRST_DC + index, dnsPort),
  }));
  const accounts = makeAccounts(options, runtime);
  const authority = await createAuthority({ commonName: "ntm lab", days: DAYS });
  const as = { ...at(AS), name: "as.ntm.test" };
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const one of running.splice(0).toReversed()) await one.stop();
  };
  const keep = <T extends { stop(): Promise<unknown> }>(one: T): T => (running.push(one), one);
  try {
    keep(
      await serveAs(
        asConfig({
          listen: [as],
          tls: await credentials(authority, as.name, "ntm:as"),
          dcs: operators.map(({ zone, dc }) => ({ zone, name: `dc.${zone}`, addresses: [dc] })),
          accounts: accounts.map(({ fqdn, mail, password }) => ({ fqdn, mail, password })),
        }),
        runtime,
      ),
    );
    for (const operator of operators) {
      const other = operators.find((one) => one !== operator)!;
      const { rs, zone } = operator;
      const tls = await credentials(authority, `rs.${zone}`, "ntm:rs");
      keep(await serveRs(rsConfig({ listen: [rs], tls, zones: [zone] }), runtime));
      keep(await startDc({ operator, other, as, authority, profile, port }, runtime));
    }
    const trust = authority.certificate;
    const nodes: Node[] = [];
    for (const account of accounts.filter(({ runs }) => runs)) {
      nodes.push(keep(await startNode(nodeConfigOf(account, as, trust, profile), runtime)));
    }
    return { as, operators, accounts, trust, nodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startDc(
  of: {
    operator: Operator;
    other: Operator;
    as: Lab["as"];
    authority: Authority;
    profile: Profile;
    port: number;
  },
  runtime: Runtime,
) {
  const { operator: { zone, dc, dns, ipv4, rs }, other, as, authority, profile, port } = of;
  const name = `dc.${zone}`;
  return await serveDc(
    dcConfig({
      zone,
      name,
      listen: [dc],
      dns: [dns],
      tls: await credentials(authority, name, `ntm:dc:${zone}`),
      profile,
      as: { name: as.name, addresses: [as] },
      relays: [{ name: `rs.${zone}`, addresses: [rs] }],
      virtual: { ipv4, ipv6: "fd4e:544d::/32" },
      // What the other operator has is known to the other operator's DNS.
      resolver: liveResolver(other.dns),
      peerPort: port,
    }),
    runtime,
  );
}

function makeAccounts({ network, relayed }: LabOptions, { random }: Runtime): LabAccount[] {
  const people = [["alice", "a", true], ["bob", "b", true], ["carol", "a", false], [
    "dave",
    "b",
    false,
  ]] as const;
  return people.map(([name, letter, runs], index) => {
    const last = FIRST_NODE + index;
    const local = `${network}.${last}`;
    return {
      name,
      fqdn: `${name}.${letter}.ntm.test`,
      mail: `${name}@${letter}.ntm.test`,
      password: random.bytes(16).toHex(),
      local,
      interfaces: relayed ? `10.0.${last}.1` : local,
      runs,
    };
  });
}

/** The configuration of an account's node. */
function nodeConfigOf(
  { fqdn, mail, password, local, interfaces }: LabAccount,
  as: Lab["as"],
  trust: string,
  profile: Profile,
): NodeConfig {
  return {
    profile,
    server: as,
    mail,
    fqdn,
    password,
    tls: { trust: [trust] },
    local: [{ host: local, port: 0 }],
    interfaces: [interfaces],
  };
}

async function credentials(
  authority: Authority,
  name: string,
  uri: string,
): Promise<TlsCredentials> {
  const issued = await issueCertificate(authority, {
    commonName: name,
    days: DAYS,
    uris: [uri],
    dns: [name],
  });
  return { ...issued, trust: [authority.certificate] };
}
