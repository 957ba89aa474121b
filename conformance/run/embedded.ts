/**
 * Attachment of an implementation that runs in this process: the reference, or a mutant.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { PlannedCase } from "../expand/plan.ts";
import { defaultPassword, domain, neighbourDomain } from "../format/profiles.ts";
import {
  CodecError,
  type Implementation,
  type ListenAt,
  type RunningSessionManager,
} from "../reference/implementation.ts";
import { Identities, serverCertificate } from "./identities.ts";
import type {
  Attachment,
  CodecAnswer,
  CodecIut,
  EndpointKind,
  Iut,
  ServerPlace,
  SessionManagerIut,
  TerminalIut,
} from "./iut.ts";
import { certificatesOf } from "./stage.ts";
import { Neighbour } from "./neighbour.ts";
import { chain, profileSettings, suiteAccounts, terminalProfileSettings } from "./settings.ts";
import type { World } from "./world.ts";

const kinds = ["tls", "tcp", "udp"] as const;

/** An implementation in this process. */
export class EmbeddedAttachment implements Attachment {
  readonly name: string;
  readonly #identities: Identities;

  /** @param identities shared between attachments, as certificates take time to make */
  constructor(
    readonly implementation: Implementation,
    readonly mode: "live" | "simulated",
    identities = new Identities(),
  ) {
    this.name = implementation.title;
    this.#identities = identities;
  }

  unclaimed(planned: PlannedCase): string | undefined {
    const { roles } = this.implementation;
    return roles.includes(planned.iut) ? undefined : `${this.name} is no ${planned.iut}`;
  }

  async prepare(planned: PlannedCase): Promise<void> {
    if (planned.iut === "codec") return;
    const { terminal } = planned;
    await Promise.all([
      this.#identities.trust(),
      this.#identities.untrusted(),
      ...[domain, neighbourDomain, chain.a.domain, chain.b.domain].map((name) =>
        this.#identities.issue(serverCertificate(name))
      ),
      this.#identities.untrusted(),
      ...certificatesOf(planned).map((wanted) => this.#identities.issue(wanted)),
      this.#identities.issue({ uris: [terminal?.name ?? "sip:user-b@abc.test"], dns: [] }),
    ]);
  }

  open(planned: PlannedCase, world: World): Promise<Iut> {
    if (planned.iut === "codec") return Promise.resolve(this.#codec());
    if (planned.iut === "terminal") return Promise.resolve(this.#terminal(planned, world));
    return planned.profile === "sm-chain"
      ? this.#chain(world)
      : this.#sessionManager(planned, world);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #sessionManager(planned: PlannedCase, world: World): Promise<SessionManagerIut> {
    const trust = [await this.#identities.trust()];
    const next = world.peer(4);
    const neighbourCredentials = await this.#identities.issue(serverCertificate(neighbourDomain));
    const neighbour = await Neighbour.listen(
      next.runtime,
      { host: next.address, port: world.mode === "live" ? 0 : 5061 },
      { kind: "tls", tls: { ...neighbourCredentials, trust } },
    );
    const { runtime, v4, v6 } = world.iut("main");
    const own = await this.#identities.issue(serverCertificate(domain));
    const running = await this.implementation.startSessionManager!({
      profile: planned.profile,
      domain,
      listen: listenAt(world, [v4, v6]),
      tls: { ...own, trust },
      untrusted: await this.#identities.untrusted(),
      accounts: suiteAccounts(),
      neighbours: [{ domain: neighbourDomain, address: neighbour.address, local: v4 }],
      ...profileSettings(planned.profile),
    }, runtime);
    return this.#iut({ main: placeOf(domain, running) }, trust, neighbour, [running]);
  }

  async #chain(world: World): Promise<SessionManagerIut> {
    const trust = [await this.#identities.trust()];
    const names = ["a", "b"] as const;
    const hosts = { a: world.iut("a", chain.a.addresses), b: world.iut("b", chain.b.addresses) };
    const ports = new Map<string, Address>();
    for (const name of names) {
      // The neighbours have to know each other's port before either runs.
      const host = world.mode === "live" ? hosts[name].v4 : hosts[name].v6;
      const port = world.mode === "live" ? await freePort(world, host) : 5061;
      ports.set(name, { host, port });
    }
    const running: RunningSessionManager[] = [];
    const servers: Record<string, ServerPlace> = {};
    for (const name of names) {
      const other = name === "a" ? "b" : "a";
      const own = await this.#identities.issue(serverCertificate(chain[name].domain));
      const { runtime, v4, v6 } = hosts[name];
      const fixed = ports.get(name)!;
      const started = await this.implementation.startSessionManager!({
        profile: "sm-chain",
        domain: chain[name].domain,
        listen: [
          { kind: "tls", address: fixed },
          ...listenAt(world, [v4, v6]).filter(({ kind, address }) =>
            kind === "tls" && address.host !== fixed.host
          ),
        ],
        tls: { ...own, trust },
        untrusted: await this.#identities.untrusted(),
        accounts: chain[name].users.map((user) => ({ user, password: defaultPassword(user) })),
        neighbours: [{
          domain: chain[other].domain,
          address: ports.get(other)!,
          local: fixed.host,
        }],
        ...profileSettings("sm-chain"),
      }, runtime);
      running.push(started);
      servers[name] = placeOf(chain[name].domain, started);
    }
    return this.#iut(servers, trust, undefined, running);
  }

  #iut(
    servers: Record<string, ServerPlace>,
    trust: readonly string[],
    neighbour: Neighbour | undefined,
    running: readonly RunningSessionManager[],
  ): SessionManagerIut {
    return {
      role: "session-manager",
      servers,
      trust,
      password: defaultPassword,
      identities: this.#identities,
      neighbour,
      deregister: false,
      async stop() {
        await Promise.all(running.map((one) => one.stop()));
        await neighbour?.stop();
      },
    };
  }

  #terminal(planned: PlannedCase, world: World): TerminalIut {
    const { implementation } = this;
    const identities = this.#identities;
    return {
      role: "terminal",
      identities,
      async start(server, serverDomain, facts) {
        const host = world.peer(facts.ip, facts.address);
        const own = facts.channel === "tls-certificate"
          ? await identities.issue({ uris: [facts.name], dns: [] })
          : {};
        return await implementation.startTerminal!({
          profile: planned.profile,
          name: facts.name,
          password: facts.password,
          channel: facts.channel,
          server,
          domain: serverDomain,
          tls: { ...own, trust: facts.trust },
          untrusted: await identities.untrusted(),
          local: { host: host.address, port: 0 },
          ...terminalProfileSettings(planned.profile),
        }, host.runtime);
      },
      stop: () => Promise.resolve(),
    };
  }

  #codec(): CodecIut {
    const codec = this.implementation.codec!;
    return {
      role: "codec",
      compute: (name, input) => Promise.resolve(computeWith(codec, name, input)),
      stop: () => Promise.resolve(),
    };
  }
}

/** What an adapter around the codec answers. */
export function computeWith(
  codec: NonNullable<Implementation["codec"]>,
  name: string,
  input: unknown,
): CodecAnswer {
  try {
    const output = codec.compute(name, input);
    return output === undefined ? { unsupported: true } : { output };
  } catch (error) {
    if (error instanceof CodecError && error.facts.code === "unsupported") {
      return { unsupported: true };
    }
    if (error instanceof CodecError) return { error: { ...error.facts, message: error.message } };
    throw error;
  }
}

function listenAt(world: World, hosts: readonly string[]): ListenAt[] {
  return hosts.flatMap((host) =>
    kinds.map((kind) => ({
      kind,
      address: { host, port: world.mode === "live" ? 0 : kind === "tls" ? 5061 : 5060 },
    }))
  );
}

function placeOf(serverDomain: string, running: RunningSessionManager): ServerPlace {
  const endpoints: Partial<Record<EndpointKind, Address>> = {};
  for (const { kind, address } of running.addresses) {
    const name: EndpointKind = address.host.includes(":") ? `${kind}6` : kind;
    endpoints[name] ??= address;
  }
  return { domain: serverDomain, serverName: serverDomain, endpoints };
}

/** A port that nobody listens at now. */
async function freePort(world: World, host: string): Promise<number> {
  const { runtime } = world.peer(4);
  const listener = await runtime.network.listen({
    kind: "tcp",
    local: { host, port: 0 },
    limits: { connections: 1, connectionsPerAddress: 1, handshakeMilliseconds: 1000 },
  }, (stream) => stream.abort());
  const { port } = listener.local;
  await listener.close();
  return port;
}
