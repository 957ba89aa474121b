/**
 * A simulated world for NTMobile's tests: an operator's servers with certificates, or those of two.
 *
 * @module
 */
import { simulatedHasher } from "../../../core/crypto/password.ts";
import { createAuthority, issueCertificate } from "../../../core/crypto/pki.ts";
import { tableResolver } from "../../../core/dns/resolver.ts";
import { type Address, isIpv6 } from "../../../core/net/address.ts";
import type { TlsCredentials } from "../../../core/net/network.ts";
import type { Profile } from "../../../core/ntm/values.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import { Simulation } from "../../../core/runtime/simulated.ts";
import { asConfig, type AsConfigInput, type AsServer, serve as serveAs } from "../../as/mod.ts";
import { dcConfig, type DcConfigInput, type DcServer, serve as serveDc } from "../../dc/mod.ts";
import { rsConfig, type RsConfigInput, type RsServer, serve as serveRs } from "../../rs/mod.ts";

const notBefore = new Date(Date.UTC(2025, 11, 31));
const authority = await createAuthority({ commonName: "test CA", days: 3650, notBefore });

async function credentials(uri: string, dns?: string): Promise<TlsCredentials> {
  const names = { uris: [uri], ...(dns === undefined ? {} : { dns: [dns] }) };
  const options = { commonName: "test", days: 3600, notBefore, ...names };
  return { ...await issueCertificate(authority, options), trust: [authority.certificate] };
}

/** Credentials of the servers of operators a and b, and of others. */
export const certificates = {
  asA: await credentials("ntm:as", "as.a.example"),
  asB: await credentials("ntm:as", "as.b.example"),
  dcA: await credentials("ntm:dc:a.example", "dc.a.example"),
  dcB: await credentials("ntm:dc:b.example", "dc.b.example"),
  rs1: await credentials("ntm:rs", "rs1.a.example"),
  rs2: await credentials("ntm:rs", "rs2.a.example"),
  alice: await credentials("ntm:node:alice.a.example"),
};
/** Without a certificate of one's own. */
export const trustOnly: TlsCredentials = { trust: [authority.certificate] };

/** Hosts by server: an address of each family. */
export const HOSTS = {
  asA: ["192.0.2.10", "2001:db8:1::10"],
  dcA: ["192.0.2.20", "2001:db8:1::20"],
  rs1: ["192.0.2.30", "2001:db8:1::30"],
  rs2: ["192.0.2.31", "2001:db8:1::31"],
  asB: ["198.51.100.10", "2001:db8:2::10"],
  dcB: ["198.51.100.20", "2001:db8:2::20"],
} as const;
/** A server of the world. */
export type ServerName = keyof typeof HOSTS;

/** Where a server listens. */
export function listenOf(name: ServerName): Address[] {
  return HOSTS[name].map((host) => ({ host, port: 4330 }));
}

const operators = {
  a: { as: "asA", dc: "dcA", ipv4: "198.18.0.0/20" },
  b: { as: "asB", dc: "dcB", ipv4: "198.18.16.0/20" },
} as const;
/** An operator of the world. */
export type Operator = keyof typeof operators;

/** Password of a node's account. */
export function passwordOf(fqdn: string): string {
  return `secret of ${fqdn}`;
}

/** One simulation with its servers. */
export class World {
  readonly simulation: Simulation;
  readonly #hosts = new Map<string, Runtime>();
  readonly #running: { stop(): Promise<void> }[] = [];

  constructor(seed: string, readonly profile: Profile = "security") {
    this.simulation = new Simulation({ seed });
    this.simulation.defaultLink({ delayMilliseconds: 5 });
  }

  /** A host with these addresses, made when first asked for. */
  host(name: string, addresses: readonly string[]): Runtime {
    let runtime = this.#hosts.get(name);
    if (!runtime) {
      runtime = this.simulation.host(name, { addresses });
      this.#hosts.set(name, runtime);
    }
    return runtime;
  }

  /** The AS of an operator: accounts alice, bob and carol of its zone. */
  async as(operator: Operator, input: Partial<AsConfigInput> = {}): Promise<AsServer> {
    const { as, dc } = operators[operator];
    const zone = `${operator}.example`;
    const runtime = this.host(as, HOSTS[as]);
    const config = asConfig({
      ...{ listen: listenOf(as), tls: certificates[as] },
      dcs: [{ zone, name: `dc.${zone}`, addresses: listenOf(dc) }],
      accounts: ["alice", "bob", "carol"].map((name) => ({
        ...{ fqdn: `${name}.${zone}`, mail: `${name}@${zone}` },
        password: passwordOf(`${name}.${zone}`),
      })),
      hasher: simulatedHasher(this.simulation.random(`hasher ${as}`)),
      ...input,
    });
    return await this.#run(serveAs(config, runtime));
  }

  /** The DC of an operator. */
  async dc(operator: Operator, input: Partial<DcConfigInput> = {}): Promise<DcServer> {
    const { as, dc, ipv4 } = operators[operator];
    const zone = `${operator}.example`;
    const config = dcConfig({
      ...{ zone, name: `dc.${zone}`, listen: listenOf(dc), tls: certificates[dc] },
      as: { name: `as.${zone}`, addresses: listenOf(as) },
      relays: (["rs1", "rs2"] as const).map((name) => ({
        name: `${name}.a.example`,
        addresses: listenOf(name),
      })),
      virtual: { ipv4, ipv6: "fd4e:544d::/32" },
      resolver: tableResolver({
        "a.example": { "dc.a.example": HOSTS.dcA },
        "b.example": { "dc.b.example": HOSTS.dcB },
      }),
      profile: this.profile,
      ...input,
    });
    return await this.#run(serveDc(config, this.host(dc, HOSTS[dc])));
  }

  /** An RS, of operator a by its name and open to both. */
  async rs(name: "rs1" | "rs2", input: Partial<RsConfigInput> = {}): Promise<RsServer> {
    const config = rsConfig({ listen: listenOf(name), tls: certificates[name], ...input });
    return await this.#run(serveRs(config, this.host(name, HOSTS[name])));
  }

  async #run<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const server = await this.simulation.settle(starting);
    this.#running.push(server);
    return server;
  }

  /** Adds something to be stopped at the end. */
  ends(what: { stop(): Promise<void> }): void {
    this.#running.unshift(what);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    for (const one of this.#running) await this.simulation.settle(one.stop());
  }
}

/** The address of a host's family in a list. */
export function ofFamily(addresses: readonly Address[], host: string): Address {
  const found = addresses.find((one) => isIpv6(one.host) === isIpv6(host));
  if (!found) throw new Error(`no address of the family of ${host}`);
  return found;
}
