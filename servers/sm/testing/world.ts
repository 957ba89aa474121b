/**
 * A simulated world for the session manager's tests: servers with certificates, and phones that send
 * what the test says.
 *
 * @module
 */
import { createAuthority, issueCertificate } from "../../../core/crypto/pki.ts";
import type { Address } from "../../../core/net/address.ts";
import type { TlsCredentials } from "../../../core/net/network.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import { Simulation } from "../../../core/runtime/simulated.ts";
import { type PartsOverride, serve, smConfig, type SmConfigInput, type SmServer } from "../mod.ts";
import { Phone, type PhoneOptions } from "./phone.ts";

const notBefore = new Date(Date.UTC(2025, 11, 31));
const authority = await createAuthority({ commonName: "test CA", days: 3650, notBefore });

async function credentials(
  names: { uris?: string[]; dns?: string[] },
): Promise<TlsCredentials> {
  const issued = await issueCertificate(authority, {
    commonName: "test",
    days: 3600,
    notBefore,
    ...names,
  });
  return { ...issued, trust: [authority.certificate] };
}

/** Credentials of the two servers, and of terminals with a certificate. */
export const certificates = {
  abc: await credentials({ dns: ["abc.test"] }),
  xyz: await credentials({ uris: ["sip:xyz.test"] }),
  stranger: await credentials({ dns: ["other.test"] }),
  userA: await credentials({ uris: ["sip:user-a@abc.test"] }),
  userB: await credentials({ uris: ["sip:user-b@abc.test"] }),
};

/** Without a certificate of one's own. */
export const trustOnly: TlsCredentials = { trust: [authority.certificate] };

export const abcHost = "10.0.0.1";
export const xyzHost = "10.0.0.2";
export const tlsPort = 5061;

/** One simulation with its servers and phones. */
export class World {
  readonly simulation: Simulation;
  readonly #servers: SmServer[] = [];
  #hosts = new Map<string, Runtime>();

  constructor(seed: string) {
    this.simulation = new Simulation({ seed });
    this.simulation.defaultLink({ delayMilliseconds: 5 });
  }

  /** The host of an address, made when first asked for; `first` are addresses it would rather use. */
  host(address: string, first: readonly string[] = []): Runtime {
    let runtime = this.#hosts.get(address);
    if (runtime === undefined) {
      runtime = this.simulation.host(address, { addresses: [...first, address] });
      this.#hosts.set(address, runtime);
    }
    return runtime;
  }

  /** A server of abc.test with accounts user-a to user-d (password: `secret of user-a` and so on). */
  async abc(input: Partial<SmConfigInput> = {}, override?: PartsOverride): Promise<SmServer> {
    return await this.server(abcHost, {
      domain: "abc.test",
      tls: certificates.abc,
      neighbours: [{ domain: "xyz.test", address: { host: xyzHost, port: tlsPort } }],
      ...input,
    }, override);
  }

  /** A server of xyz.test, neighbour of abc.test. */
  async xyz(input: Partial<SmConfigInput> = {}, override?: PartsOverride): Promise<SmServer> {
    return await this.server(xyzHost, {
      domain: "xyz.test",
      tls: certificates.xyz,
      neighbours: [{ domain: "abc.test", address: { host: abcHost, port: tlsPort } }],
      ...input,
    }, override);
  }

  async server(
    host: string,
    input: Partial<SmConfigInput> & { domain: string },
    override?: PartsOverride,
  ): Promise<SmServer> {
    const config = smConfig({
      listen: [
        { kind: "tls", address: { host, port: tlsPort } },
        { kind: "udp", address: { host, port: 5060 } },
        { kind: "tcp", address: { host, port: 5060 } },
      ],
      accounts: ["a", "b", "c", "d"].map((letter) => ({
        name: `user-${letter}`,
        password: `secret of user-${letter}`,
      })),
      ...input,
    });
    const server = await this.simulation.settle(serve(config, this.host(host), override));
    this.#servers.push(server);
    return server;
  }

  /** A phone, connected. */
  async phone(
    options: Omit<PhoneOptions, "simulation" | "runtime"> & { address: string },
  ): Promise<Phone> {
    const phone = new Phone({
      ...options,
      simulation: this.simulation,
      runtime: this.host(options.address),
    });
    await phone.connect();
    return phone;
  }

  /** A phone, connected and registered. */
  async registered(
    options: Omit<PhoneOptions, "simulation" | "runtime"> & { address: string },
  ): Promise<Phone> {
    const phone = await this.phone(options);
    await phone.register();
    return phone;
  }

  /** Alice of abc.test at 10.0.1.1 and Bob at 10.0.1.2, registered over TLS at one server. */
  async pair(
    server: Address = { host: abcHost, port: tlsPort },
  ): Promise<{ alice: Phone; bob: Phone }> {
    return {
      alice: await this.registered({ name: "sip:user-a@abc.test", address: "10.0.1.1", server }),
      bob: await this.registered({ name: "sip:user-b@abc.test", address: "10.0.1.2", server }),
    };
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) await this.simulation.settle(server.stop());
  }
}

/** Runs a test in a world of its own and stops its servers. */
export function inWorld(work: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const world = new World("session manager");
    try {
      await work(world);
    } finally {
      await world.stop();
    }
  };
}
