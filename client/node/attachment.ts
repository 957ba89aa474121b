/**
 * The node at its DC: login, registration and its refresh, renewal of the key, and all of it again when
 * the DC is lost (NTM-6, NTM-20, NTM-30, NTM-31).
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import {
  registrationRequest,
  type RegistrationResponse,
  registrationResponse,
} from "../../core/ntm/messages/mod.ts";
import { familyOf } from "../../core/ntm/values.ts";
import type { Timer } from "../../core/runtime/runtime.ts";
import { DcLink, type DcLinkPorts } from "./dc_link.ts";
import { NodeError } from "./errors.ts";
import type { NodeObserver } from "./events.ts";
import { login } from "./login.ts";
import type { Sockets } from "./sockets.ts";

/** Failures in a row after which a registration is given up for a new login. */
const FAILURES_BEFORE_LOGIN = 2;

/** What an attachment needs of the node. */
export interface AttachmentPorts extends DcLinkPorts {
  readonly sockets: Sockets;
  readonly report: NodeObserver;
}

/** A node's facts, from its DC. */
export interface Attached {
  readonly fqdn: string;
  /** Virtual addresses. */
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Keeps the node registered. */
export class Attachment {
  readonly #ports: AttachmentPorts;
  #fqdn = "";
  #link?: DcLink;
  #attached?: Attached;
  #shown = "";
  #timer?: Timer;
  #failures = 0;
  #stopped = false;

  constructor(ports: AttachmentPorts) {
    this.#ports = ports;
  }

  /** Logs in and registers. Throws {@link NodeError}; afterwards failures are mended here. */
  async start(): Promise<void> {
    try {
      await this.#login();
      this.#schedule(await this.#register());
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** The association with the DC. Throws {@link NodeError} when there is none. */
  get link(): DcLink {
    if (!this.#link) throw new NodeError("unreachable", "the node is not logged in at present");
    return this.#link;
  }

  /** Whether datagrams with this path id are the DC's. */
  owns(pathId: number): boolean {
    return this.#link?.owns(pathId) ?? false;
  }

  /** Our name and virtual addresses. Throws {@link NodeError} before the first registration. */
  get attached(): Attached {
    if (!this.#attached) throw new NodeError("unreachable", "the node is not registered yet");
    return this.#attached;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#link?.stop(new NodeError("stopped", "the node was stopped"));
  }

  async #login(): Promise<void> {
    const { settings, runtime, sockets, report } = this.#ports;
    const response = await login(settings, runtime);
    if (this.#stopped) throw new NodeError("stopped", "the node was stopped");
    const addresses = sockets.usable(response.dc);
    if (addresses.length === 0) {
      const at = response.dc.map(formatAddress).join(", ");
      throw new NodeError("wrong-use", `DC at ${at}: no local address is of its family`);
    }
    this.#link?.stop(new NodeError("unreachable", "the node logged in anew"));
    this.#link = new DcLink(this.#ports, response, addresses);
    this.#fqdn = response.fqdn;
    const dc = formatAddress(addresses[0]!);
    report({ event: "logged-in", fqdn: this.#fqdn, dc, lifetimeSeconds: response.lifetime });
  }

  /**
   * Registers over each family, so that the DC sees where we are in both. One that answers is enough:
   * the network may carry only one. Gives the milliseconds until it is to be done again.
   */
  async #register(): Promise<number> {
    const { link } = this;
    const { runtime: { clock, log } } = this.#ports;
    const first = new Map(link.addresses.toReversed().map((to) => [familyOf(to), to]));
    const asked = [...first.values()].map((to) => this.#registerAt(link, to));
    for (const one of asked) {
      one.catch((error) => log.write("info", "registration failed", { reason: String(error) }));
    }
    const { ipv4, ipv6, seen, lifetime } = await Promise.any(asked).catch((error) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    });
    this.#attached = { fqdn: this.#fqdn, ipv4, ipv6 };
    this.#failures = 0;
    const facts = { fqdn: this.#fqdn, ipv4, ipv6, seen: formatAddress(seen) };
    if (this.#shown !== JSON.stringify(facts)) {
      this.#shown = JSON.stringify(facts);
      this.#ports.report({ event: "registered", ...facts });
    }
    return Math.max(0, Math.min(lifetime * 500, link.renewAt - clock.now()));
  }

  #registerAt(link: DcLink, to: Address): Promise<RegistrationResponse> {
    const { settings: { application, suites }, sockets: { endpoints } } = this.#ports;
    const content = { fqdn: this.#fqdn, endpoints, application, suites };
    return link.ask(registrationRequest, content, registrationResponse, to);
  }

  #schedule(milliseconds: number): void {
    if (this.#stopped) return;
    this.#timer = this.#ports.runtime.clock.after(milliseconds, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    const { runtime: { clock }, report } = this.#ports;
    try {
      const now = clock.now();
      if (this.#failures >= FAILURES_BEFORE_LOGIN || now >= this.link.expires) await this.#login();
      else if (now >= this.link.renewAt) {
        const lifetimeSeconds = await this.link.renew();
        report({ event: "reauthenticated", fqdn: this.#fqdn, lifetimeSeconds });
      }
      this.#schedule(await this.#register());
    } catch (error) {
      if (this.#stopped) return;
      const retryMilliseconds = this.#backoff(error);
      this.#failures++;
      const reason = error instanceof Error ? error.message : String(error);
      report({ event: "disconnected", reason, retryMilliseconds });
      this.#schedule(retryMilliseconds);
    }
  }

  /** What somebody must mend first is tried seldom. */
  #backoff(error: unknown): number {
    const { retryFirstMilliseconds, retryLongestMilliseconds } = this.#ports.settings.timing;
    const passing = error instanceof NodeError && error.passing;
    return passing
      ? Math.min(retryFirstMilliseconds * 2 ** this.#failures, retryLongestMilliseconds)
      : retryLongestMilliseconds;
  }
}
