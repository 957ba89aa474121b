/**
 * Builds one end of a tunnel as its instruction says (NTM-9, NTM-12, NTM-23, NTM-24, NTM-34, NTM-35).
 *
 * | | key made by us, we start | key made by us, we wait | key made by the peer, we start | we wait |
 * |---|---|---|---|---|
 * | direct, `security` | Tunnel Request | wait for Path Open, then Tunnel Request | Path Open until Tunnel Request comes | wait for it |
 * | direct, `platform` | Tunnel Request | – | – | wait for it |
 * | relayed, `security` | Path Open until both are known, then Tunnel Request | ← | Path Open, then wait | ← |
 * | relayed, `platform` | Tunnel Request to the RS, until its Tunnel Response | ← | ← | ← |
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import type { DropCause, Opened } from "../../core/ntm/association.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import { NoAnswerError, Requests } from "../../core/ntm/exchange.ts";
import { DATA, KEEP_ALIVE } from "../../core/ntm/message_types.ts";
import {
  pathOpen,
  pathOpened,
  tunnelRequest,
  tunnelResponse,
} from "../../core/ntm/messages/mod.ts";
import type { Instruction } from "../../core/ntm/messages/parts.ts";
import type { Runtime, Timer } from "../../core/runtime/runtime.ts";
import { NodeError } from "./errors.ts";
import { PathKeys } from "./path_keys.ts";
import { Tunnel, type TunnelPorts } from "./tunnel.ts";

/** Ktmp and Ktun are forgotten so long after the instruction came, ms (docs/wire.md, "Keys"). */
const TEMPORARY_MILLISECONDS = 30_000;
/** How long to wait before asking an RS again whether the other node is there, ms. */
const COMPLETE_MILLISECONDS = 100;
const SECRET_OCTETS = 32;

/** What a path needs of the node. */
export interface PathPorts extends TunnelPorts {
  readonly random: Runtime["random"];
  /** Those of these addresses that we have a socket for. */
  usable(addresses: readonly Address[]): Address[];
}

type Authentic = Extract<Opened, { ok: true }>;

/** One end of a path. */
export class Path {
  readonly instruction: Instruction;
  /** The tunnel; rejects with {@link NodeError} if it does not come about. */
  readonly built: Promise<Tunnel>;
  readonly #ports: PathPorts;
  readonly #keys: PathKeys;
  readonly #requests: Requests<Uint8Array>;
  readonly #resolve: (tunnel: Tunnel) => void;
  readonly #reject: (error: Error) => void;
  /** Where we send while it is built: the RS, or wherever the peer may be. */
  #targets: readonly Address[];
  #tunnel?: Tunnel;
  #temporary = true;
  #settled = false;
  #timers: Timer[] = [];
  /** Kmncn, if we make it. */
  readonly #own: Uint8Array | undefined;
  /** The peer's Tunnel Request that brought Kmncn. */
  #answered?: number;
  #asked = false;

  constructor(ports: PathPorts, instruction: Instruction) {
    this.instruction = instruction;
    this.#ports = ports;
    this.#keys = new PathKeys(instruction);
    const { clock, random, timing } = ports;
    this.#requests = new Requests({ clock, random, backoff: timing.backoff });
    const { promise, resolve, reject } = Promise.withResolvers<Tunnel>();
    this.built = promise;
    // Whoever does not wait for the tunnel is told by an event.
    promise.catch(() => {});
    this.#resolve = resolve;
    this.#reject = reject;
    const { relay, peerEndpoints, makesKey } = instruction;
    // An RS knows a node by one address, so only one of the RS's own is used.
    this.#targets = relay ? ports.usable(relay).slice(0, 1) : ports.usable(peerEndpoints);
    this.#own = makesKey ? random.bytes(SECRET_OCTETS) : undefined;
  }

  /** Begins. */
  start(): void {
    const { clock, timing } = this.#ports;
    const { relay, starts, profile, makesKey } = this.instruction;
    if (this.#targets.length === 0 && (relay || starts)) {
      return this.#fail("none of the addresses of the path is of a family that we have");
    }
    this.#timers.push(
      clock.after(
        Math.min(timing.tunnelMilliseconds, TEMPORARY_MILLISECONDS),
        () => this.#fail("the peer did not answer in time"),
      ),
      clock.after(TEMPORARY_MILLISECONDS, () => this.#forget()),
    );
    if (this.#own) this.#keys.makeTunnel(this.#own);
    if (profile === "platform" && relay) this.#requestTunnel();
    else if (relay) void this.#openPath();
    else if (starts) makesKey ? this.#requestTunnel() : void this.#openPath();
  }

  /** Takes a datagram with our path id; the cause if it was dropped. */
  receive(type: number, datagram: Uint8Array, from: Address): DropCause | undefined {
    const association = this.#keyFor(type);
    if (!association) return "malformed";
    const opened = association.open(datagram);
    if (!opened.ok) return opened.cause;
    try {
      return this.#take(opened, from) ? undefined : "malformed";
    } catch (error) {
      if (error instanceof NtmDecodeError) return "malformed";
      throw error;
    }
  }

  /** Ends building, or the tunnel. */
  close(reason: string): void {
    this.#forget();
    if (this.#tunnel) this.#tunnel.close(reason);
    else this.#fail(reason);
  }

  /** The type says which key to try. */
  #keyFor(type: number) {
    const { profile, relay } = this.instruction;
    const { tunnel, temporary, outer } = this.#keys;
    if (type === DATA || type === KEEP_ALIVE) {
      return this.#tunnel?.open === false ? undefined : tunnel;
    }
    if (!this.#temporary) return undefined;
    switch (type) {
      case pathOpen.type:
      case pathOpened.type:
        return profile === "security" ? outer : undefined;
      case tunnelRequest.type:
        if (relay && profile === "platform") return undefined;
        return profile === "security" ? outer : temporary;
      case tunnelResponse.type:
        return relay && profile === "platform" ? outer : tunnel;
    }
  }

  #take(opened: Authentic, from: Address): boolean {
    const { header: { type }, plaintext } = opened;
    switch (type) {
      case pathOpen.type:
        return this.#peerOpened(plaintext, opened, from);
      case pathOpened.type: {
        if (opened.from !== "relay") return false;
        const { transaction } = pathOpened.decode(plaintext);
        return this.#requests.answered(transaction, plaintext);
      }
      case tunnelRequest.type:
        return opened.from !== "relay" && this.#requested(plaintext, from);
      case tunnelResponse.type: {
        const { transaction, content } = tunnelResponse.decode(plaintext);
        return this.#responded(transaction, content, from);
      }
      default:
        // Under Kmncn: it proves that the key arrived as well as Tunnel Response does, which may be behind it.
        this.#stand(from).received(type, plaintext);
        return true;
    }
  }

  /** NTM-9: the peer behind a NAT shows where it is; only now we can send there. */
  #peerOpened(plaintext: Uint8Array, { from: who }: Authentic, from: Address): boolean {
    pathOpen.decode(plaintext);
    const { relay, makesKey, starts } = this.instruction;
    if (relay || !makesKey || starts || who === "relay") return false;
    this.#targets = [from];
    this.#requestTunnel();
    return true;
  }

  /** The peer's Tunnel Request: it brings Kmncn. */
  #requested(plaintext: Uint8Array, from: Address): boolean {
    const { transaction, content, key } = tunnelRequest.decode(plaintext);
    const { profile, makesKey } = this.instruction;
    if (makesKey) return false;
    if (this.#answered === undefined) {
      const secret = profile === "platform" ? key : content && this.#keys.openContent(content)?.key;
      if (!secret) return false;
      this.#answered = transaction;
      this.#keys.makeTunnel(secret);
      this.#requests.stop(new NodeError("stopped", "the tunnel stands"));
    } else if (this.#answered !== transaction) {
      // One key for a tunnel: another one needs another path.
      return false;
    }
    if (this.#tunnel?.open === false) return false;
    const answer = tunnelResponse.encode({ transaction });
    this.#ports.send(this.#keys.tunnel!.seal(tunnelResponse.type, answer), from);
    this.#stand(from);
    return true;
  }

  #responded(transaction: number, content: Uint8Array | undefined, from: Address): boolean {
    const { relay, profile } = this.instruction;
    // Data under Kmncn, or this answer to an earlier sending, was faster.
    if (this.#tunnel) return true;
    if (relay && profile === "platform") {
      const opened = content && this.#keys.openContent(content);
      if (!opened) return false;
      if (opened.key) this.#keys.makeTunnel(opened.key);
    } else if (content) {
      return false;
    }
    if (!this.#requests.answered(transaction, new Uint8Array(0))) return false;
    this.#stand(from);
    return true;
  }

  /** Sends Tunnel Request until the tunnel stands. */
  #requestTunnel(): void {
    if (this.#asked) return;
    this.#asked = true;
    const { profile, relay } = this.instruction;
    const { outer, temporary } = this.#keys;
    const direct = profile === "platform" && !relay;
    let content: Uint8Array | undefined;
    const pending = this.#requests.request((transaction) => {
      const plaintext = direct
        ? tunnelRequest.encode({ transaction, key: this.#own! })
        : tunnelRequest.encode({
          transaction,
          content: content ??= this.#keys.sealContent(transaction, this.#own),
        });
      const association = direct ? temporary : outer!;
      for (const target of this.#targets) {
        this.#ports.send(association.seal(tunnelRequest.type, plaintext), target);
      }
    });
    pending.answer.catch((error) => this.#gaveUp(error));
  }

  /** Shows the RS, or the peer, where we are. */
  async #openPath(): Promise<void> {
    const { pathId, relay, makesKey } = this.instruction;
    try {
      while (!this.#settled) {
        const opened = await this.#requests.request((transaction) => {
          const plaintext = pathOpen.encode({ transaction, pathId });
          for (const target of this.#targets) {
            this.#ports.send(this.#keys.outer!.seal(pathOpen.type, plaintext), target);
          }
        }).answer;
        if (!relay || !makesKey) return;
        if (pathOpened.decode(opened).complete) return this.#requestTunnel();
        await this.#wait(COMPLETE_MILLISECONDS);
      }
    } catch (error) {
      this.#gaveUp(error);
    }
  }

  #wait(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#timers.push(this.#ports.clock.after(milliseconds, resolve));
    return promise;
  }

  #gaveUp(error: unknown): void {
    // The tunnel may stand already, or the path be closed: then nobody waits for this request.
    if (this.#settled || error instanceof NodeError) return;
    const where = this.#targets.map(formatAddress).join(", ");
    if (error instanceof NoAnswerError) this.#fail(`no answer from ${where}`);
    else this.#fail(error instanceof Error ? error.message : String(error));
  }

  /** The tunnel, which stands from the first call on. */
  #stand(from: Address): Tunnel {
    if (this.#tunnel) return this.#tunnel;
    const { instruction } = this;
    const remote = instruction.relay ? this.#targets[0]! : from;
    const association = this.#keys.tunnel!;
    this.#tunnel = new Tunnel(this.#ports, { instruction, association, remote });
    this.#settled = true;
    this.#requests.stop(new NodeError("stopped", "the tunnel stands"));
    this.#resolve(this.#tunnel);
    return this.#tunnel;
  }

  #fail(reason: string): void {
    if (this.#settled) return;
    this.#settled = true;
    const message = `tunnel to ${this.instruction.peer}: ${reason}`;
    this.#requests.stop(new NodeError("stopped", message));
    this.#forget();
    this.#keys.tunnel?.release();
    this.#reject(new NodeError("unreachable", message));
  }

  #forget(): void {
    if (!this.#temporary) return;
    this.#temporary = false;
    for (const timer of this.#timers) timer.cancel();
    this.#keys.forgetTemporary();
  }
}
