/**
 * The attachment behind a target file.
 *
 * @module
 */
import { resolve } from "node:path";
import { formatAddress } from "../../core/net/address.ts";
import type { PlannedCase } from "../expand/plan.ts";
import { defaultPassword, domain, isExtension, neighbourDomain } from "../format/profiles.ts";
import { openLink } from "../peers/link.ts";
import { Inconclusive, NotClaimed } from "../run/failure.ts";
import { Identities, serverCertificate } from "../run/identities.ts";
import type { Attachment, CodecIut, Iut, SessionManagerIut, TerminalIut } from "../run/iut.ts";
import { Neighbour } from "../run/neighbour.ts";
import { terminalProfileSettings } from "../run/settings.ts";
import { certificatesOf } from "../run/stage.ts";
import type { World } from "../run/world.ts";
import { startAdapter } from "./adapter.ts";
import { ChildTerminal, type TerminalCommands } from "./child.ts";
import type { LoadedTarget } from "./target.ts";

/** What a target file names. */
export class TargetAttachment implements Attachment {
  readonly mode = "live";
  readonly name: string;
  readonly local: string | undefined;
  readonly parallel: number;
  readonly #target: LoadedTarget;
  readonly #identities: Identities;
  /** Profiles whose instance was found, or why it was not. */
  readonly #probed = new Map<string, Promise<Error | undefined>>();
  #neighbour: Promise<Neighbour> | undefined;
  #codec: CodecIut | undefined;

  constructor(target: LoadedTarget) {
    this.#target = target;
    const { name, "session-manager": server, terminal } = target.value;
    this.name = name;
    this.local = server ? server.local ?? "127.0.0.10" : undefined;
    this.parallel = server ? server.parallel ?? 1 : terminal?.parallel ?? 1;
    this.#identities = new Identities(target.authority);
  }

  unclaimed(planned: PlannedCase): string | undefined {
    const { value } = this.#target;
    if (planned.iut === "codec") return value.codec ? undefined : "the target has no codec";
    const part = value[planned.iut];
    if (!part) return `the target is no ${planned.iut}`;
    const profiles = Object.keys(part.profiles);
    const claims: readonly string[] = part.claims ?? [];
    const missing = planned.needs.filter((need) =>
      isExtension(need) ? !claims.includes(need) : !profiles.includes(need)
    );
    // Extensions of the server side say nothing about a terminal.
    const counted = planned.iut === "terminal"
      ? missing.filter((need) => need !== "sm-plain" && need !== "sm-domains")
      : missing;
    return counted.length > 0 ? `the target does not claim ${counted.join(", ")}` : undefined;
  }

  async prepare(planned: PlannedCase): Promise<void> {
    if (planned.iut === "codec" || !this.#target.authority) return;
    await Promise.all(certificatesOf(planned).map((wanted) => this.#identities.issue(wanted)));
  }

  open(planned: PlannedCase, world: World): Promise<Iut> {
    if (planned.iut === "codec") {
      const { command, directory } = this.#target.value.codec!;
      this.#codec ??= startAdapter(command, resolve(this.#target.folder, directory ?? "."));
      return Promise.resolve(unstoppable(this.#codec));
    }
    if (planned.iut === "terminal") return Promise.resolve(this.#terminal(planned, world));
    return this.#sessionManager(planned, world);
  }

  async close(): Promise<void> {
    await this.#codec?.stop();
    await (await this.#neighbour)?.stop();
  }

  async #sessionManager(planned: PlannedCase, world: World): Promise<SessionManagerIut> {
    const server = this.#target.value["session-manager"]!;
    const endpoints = this.#target.endpoints.get(planned.profile);
    if (!endpoints) throw new NotClaimed(`the target does not claim ${planned.profile}`);
    const serverName = server.serverName ?? domain;
    const problem = await this.#probe(planned.profile, world, serverName);
    if (problem) throw new Inconclusive(problem.message);
    return {
      role: "session-manager",
      servers: { main: { domain, serverName, endpoints } },
      trust: this.#target.trust,
      password: (user) => server.accounts?.[user]?.password ?? defaultPassword(user),
      identities: this.#target.authority ? this.#identities : undefined,
      neighbour: planned.needs.includes("sm-domains") ? await this.#listen(world) : undefined,
      deregister: true,
      stop: () => Promise.resolve(),
    };
  }

  /** Is anybody there? Asked once for each profile, so that an absent target does not cost its time again. */
  #probe(profile: string, world: World, serverName: string): Promise<Error | undefined> {
    const known = this.#probed.get(profile);
    if (known) return known;
    const probe = this.#connect(profile, world, serverName);
    this.#probed.set(profile, probe);
    return probe;
  }

  async #connect(profile: string, world: World, serverName: string): Promise<Error | undefined> {
    const endpoints = this.#target.endpoints.get(profile)!;
    const kind = endpoints.tls ? "tls" : endpoints.tcp ? "tcp" : undefined;
    const to = kind && endpoints[kind];
    if (!kind || !to) return undefined;
    const { runtime, address } = world.peer(to.host.includes(":") ? 6 : 4);
    try {
      const link = await openLink(runtime, {
        kind,
        from: address,
        to,
        tls: { trust: this.#target.trust },
        serverName,
      }, { message() {}, malformed() {}, closed() {} });
      await link.close();
      return undefined;
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      return new Error(
        `the IUT at ${kind} ${formatAddress(to)} (profile ${profile}) is not there: ${what}`,
      );
    }
  }

  async #listen(world: World): Promise<Neighbour> {
    const at = this.#target.neighbour;
    if (!at || !this.#target.authority) {
      throw new NotClaimed("sm-domains needs neighbour and authority in the target file");
    }
    return await (this.#neighbour ??= this.#identities.issue(serverCertificate(neighbourDomain))
      .then((own) =>
        Neighbour.listen(world.peer(4).runtime, at, {
          kind: "tls",
          tls: { ...own, trust: this.#target.trust },
        })
      ));
  }

  #terminal(planned: PlannedCase, world: World): TerminalIut {
    const { terminal } = this.#target.value;
    const profiles = terminal!.profiles as Readonly<Record<string, TerminalCommands>>;
    const commands = profiles[planned.profile]!;
    const { folder } = this.#target;
    const identities = this.#identities;
    return {
      role: "terminal",
      identities,
      async start(server, serverDomain, facts) {
        const scratch = await Deno.makeTempDir({ prefix: "ntm-conform-" });
        const write = async (name: string, text: string) => {
          await Deno.writeTextFile(`${scratch}/${name}`, text, { mode: 0o600 });
          return `${scratch}/${name}`;
        };
        const own = facts.channel === "tls-certificate"
          ? await identities.issue({ uris: [facts.name], dns: [] })
          : undefined;
        const { minimumLevel, check } = terminalProfileSettings(planned.profile);
        const values = {
          server: formatAddress(server),
          domain: serverDomain,
          name: facts.name,
          user: /^sips?:([^@]*)@/.exec(facts.name)?.[1] ?? "",
          channel: facts.channel === "tls-certificate" ? "tls" : facts.channel,
          passwordFile: await write("password", facts.password + "\n"),
          trust: await write("trust.pem", facts.trust.join("\n")),
          local: world.peer(facts.ip).address,
          minimumLevel: String(minimumLevel),
          check,
          ...(own
            ? {
              certificate: await write("certificate.pem", own.certificate),
              key: await write("key.pem", own.key),
            }
            : {}),
        };
        return new ChildTerminal(commands, {
          directory: resolve(folder, terminal!.directory ?? "."),
          environment: terminal!.environment ?? {},
          values,
        }, () => Deno.remove(scratch, { recursive: true }));
      },
      stop: () => Promise.resolve(),
    };
  }
}

/** The adapter is one for the whole run; a case does not end it. */
function unstoppable(codec: CodecIut): CodecIut {
  return {
    role: "codec",
    compute: (name, input) => codec.compute(name, input),
    stop: () => Promise.resolve(),
  };
}
