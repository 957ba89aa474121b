/**
 * The transaction layer (RFC 3261 §17, RFC 6026): matches messages to transactions, absorbs and makes
 * retransmissions, and hands the rest to its user.
 *
 * The four machines are in `transactions_{client,server}_{invite,non_invite}.ts`, one a figure of the
 * RFC. A closed stream channel ends its transactions at once. Merged requests (§8.2.2.2) are the
 * user's: each comes to it as a request of its own.
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import { formatHostPort } from "./host.ts";
import { type HeaderPairs, makeCancel, makeResponse } from "./build.ts";
import { SipParseError } from "./errors.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { ClientInvite } from "./transactions_client_invite.ts";
import { ClientNonInvite } from "./transactions_client_non_invite.ts";
import {
  clientKey,
  flowOf,
  responseKey,
  type ServerKeys,
  serverKeys,
} from "./transactions_keys.ts";
import { makeRoom, messageOctets } from "./transactions_room.ts";
import { ServerInvite } from "./transactions_server_invite.ts";
import { ServerNonInvite } from "./transactions_server_non_invite.ts";
import { defaultTimers, isReliable, type Timers } from "./transactions_timers.ts";
import {
  type ClientHandler,
  type ClientMachine,
  type ClientTransaction,
  defaultTransactionLimits,
  type ServerMachine,
  type ServerTransaction,
  type TransactionCore,
  type TransactionLayerOptions,
  TransactionLimitError,
  type TransactionLimits,
} from "./transactions_types.ts";
import { MAGIC_COOKIE, topVia } from "./via.ts";

export { defaultTimers, isReliable, type Timers } from "./transactions_timers.ts";
export {
  type ClientHandler,
  type ClientTransaction,
  defaultTransactionLimits,
  type ServerTransaction,
  type TransactionLayerOptions,
  TransactionLimitError,
  type TransactionLimits,
  type TransactionState,
  type TransactionUser,
} from "./transactions_types.ts";

/** Random octets of a branch: 96 bits, so that nobody off the path guesses one. */
const BRANCH_OCTETS = 12;
const TAG_OCTETS = 8;

/** What is alive on one channel. */
interface ChannelLoad {
  /** Server transactions, and the octets of the messages they hold. */
  server: number;
  octets: number;
  /** All transactions, where closing the channel ends them: stream channels. */
  readonly machines: Set<ServerMachine | ClientMachine> | undefined;
}

/** All transactions of one node. */
export class TransactionLayer {
  readonly limits: TransactionLimits;
  readonly #options: TransactionLayerOptions;
  readonly #core: TransactionCore;
  readonly #servers = new Map<string, ServerMachine>();
  readonly #clients = new Map<string, ClientMachine>();
  readonly #load = new Map<string, ChannelLoad>();
  /** Octets of the messages that all transactions hold. */
  #octets = 0;
  #stopped = false;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.limits = { ...defaultTransactionLimits, ...options.limits };
    const timers: Timers = { ...defaultTimers, ...options.timers };
    this.#core = {
      clock: options.clock,
      timers,
      send: (message, channel) => options.send(message, channel),
      serverEnded: (key, machine) => this.#serverEnded(key, machine as ServerMachine),
      clientEnded: (key, machine) => this.#clientEnded(key, machine as ClientMachine),
      abandoned: (transaction, error) => options.user.abandoned?.(transaction, error),
      holds: (machine, octets) => this.#holds(machine as ServerMachine, octets),
      cancel: (invite, headers) => this.#sendCancel(invite, headers),
    };
  }

  /** Octets of the messages that transactions hold now. */
  get heldOctets(): number {
    return this.#octets;
  }

  /** Transactions alive. */
  get counts(): { server: number; client: number } {
    return { server: this.#servers.size, client: this.#clients.size };
  }

  /** Takes a message from the transport. One without a readable Via or CSeq is dropped. */
  receive(message: SipMessage, channel: Channel): void {
    if (this.#stopped) return;
    if (message.kind === "response") return this.#receiveResponse(message, channel);
    const keys = readable(() => serverKeys(message, channel));
    if (keys === undefined) return;
    if (message.method === "ACK") return this.#receiveAck(message, channel, keys);
    const known = this.#servers.get(keys.own);
    if (known !== undefined) {
      known.receive(message);
      return;
    }
    if (message.method === "CANCEL") {
      const invite = this.#servers.get(keys.invite);
      if (invite !== undefined) return this.#receiveCancel(message, channel, keys, invite);
    }
    const transaction = this.#accept(message, channel, keys);
    if (transaction) this.#options.user.request(transaction, message, channel);
  }

  /** Tells the layer that a channel is gone. Transactions on a stream end at once. */
  channelClosed(channel: Channel): void {
    const machines = this.#load.get(channel.id)?.machines;
    if (machines === undefined) return;
    const error = new Error(`channel ${channel.id} closed`);
    for (const machine of [...machines]) {
      // An accepted or completed transaction has nothing left to fail.
      const settled = machine.state === "accepted" || machine.state === "completed";
      machine.end(settled ? undefined : error);
    }
  }

  /**
   * Sends a request in a transaction of its own. Puts our Via with a new branch on top of `request`.
   * Whatever goes wrong is told to the handler, never before this returns.
   */
  request(request: SipRequest, channel: Channel, handler: ClientHandler): ClientTransaction {
    if (request.method === "ACK") throw new RangeError("ACK has no transaction, use sendStateless");
    return this.#start(request, channel, handler, this.#addVia(request, channel));
  }

  /** Sends a request without a transaction: the ACK of a 2xx. Puts our Via on top; throws as `send`. */
  sendStateless(request: SipRequest, channel: Channel): void {
    this.#addVia(request, channel);
    this.#options.send(request, channel);
  }

  /** A random text for a From or To tag, 64 bits. */
  tag(): string {
    return this.#options.random.bytes(TAG_OCTETS).toHex();
  }

  /** Ends all transactions without a word; nothing is received or sent any more. */
  stop(): void {
    this.#stopped = true;
    for (const machine of [...this.#servers.values(), ...this.#clients.values()]) machine.end();
  }

  #receiveResponse(response: SipResponse, channel: Channel): void {
    const found = readable(() => responseKey(response));
    if (found === undefined) return;
    const client = this.#clients.get(found.key);
    // A response from anywhere but where the request went is nobody's answer.
    const here = client?.channel === channel ||
      (client !== undefined && flowOf(client.channel) === flowOf(channel));
    if (client?.method === found.method && here) {
      client.receive(response, channel);
    } else {
      this.#options.user.strayResponse(response, channel);
    }
  }

  #receiveAck(request: SipRequest, channel: Channel, keys: ServerKeys): void {
    const invite = this.#servers.get(keys.invite);
    if (invite === undefined || !invite.receive(request)) this.#options.user.ack(request, channel);
  }

  /** §9.2: the CANCEL gets its own transaction and 200; it has no effect after a final response. */
  #receiveCancel(
    request: SipRequest,
    channel: Channel,
    keys: ServerKeys,
    invite: ServerMachine,
  ): void {
    const { user } = this.#options;
    if (user.admitCancel && !user.admitCancel(invite, request, channel)) return;
    const transaction = this.#accept(request, channel, keys);
    if (!transaction) return;
    const response = makeResponse(request, 200, undefined, { toTag: this.tag() });
    // "the To tag of the response to the CANCEL and the To tag in the response to the original request
    // SHOULD be the same"
    const to = invite.response?.status === 100 ? undefined : invite.response?.headers.get("To");
    if (to !== undefined) response.headers.set("To", to);
    transaction.respond(response);
    if (invite.state === "proceeding") user.cancel(invite, request, channel);
  }

  /** A new server transaction, or 503 without one when there are too many. */
  #accept(request: SipRequest, channel: Channel, keys: ServerKeys): ServerTransaction | undefined {
    const { limits } = this;
    const load = this.#loadOf(channel);
    const octets = messageOctets(request);
    const fits = () => this.#servers.size < limits.server && this.#octets + octets <= limits.octets;
    const fitsChannel = load.server < limits.serverPerChannel &&
      load.octets + octets <= limits.octetsPerChannel;
    if (!fitsChannel || !(fits() || makeRoom(this.#servers, fits))) {
      this.#release(channel, load);
      this.#refuse(request, channel);
      return undefined;
    }
    const machine = request.method === "INVITE"
      ? new ServerInvite(this.#core, keys.own, request, channel)
      : new ServerNonInvite(this.#core, keys.own, request, channel);
    this.#servers.set(keys.own, machine);
    // Room may have been made by ending the channel's last transaction, and its load forgotten then.
    const now = this.#loadOf(channel);
    now.server++;
    now.machines?.add(machine);
    this.#holds(machine, octets);
    return machine;
  }

  #refuse(request: SipRequest, channel: Channel): void {
    const response = makeResponse(request, 503, undefined, {
      toTag: this.tag(),
      headers: [["Retry-After", String(this.limits.retryAfterSeconds)]],
    });
    try {
      this.#options.send(response, channel);
    } catch {
      // Nothing depends on it: the sender sees a server that does not answer.
    }
  }

  #sendCancel(invite: ClientTransaction, headers: HeaderPairs): void {
    const cancel = makeCancel(invite.request);
    for (const [name, value] of headers) cancel.headers.append(name, value);
    const branch = topVia(cancel.headers)?.parameters.get("branch") ?? "";
    const ignore = { response() {}, timeout() {}, failed() {} };
    this.#start(cancel, invite.channel, ignore, branch);
  }

  #start(
    request: SipRequest,
    channel: Channel,
    handler: ClientHandler,
    branch: string,
  ): ClientTransaction {
    const key = clientKey(branch, request.method);
    const machine = request.method === "INVITE"
      ? new ClientInvite(this.#core, key, request, channel, handler)
      : new ClientNonInvite(this.#core, key, request, channel, handler);
    machine.octets = messageOctets(request);
    const full = this.#stopped || this.#clients.size >= this.limits.client ||
      this.#octets + machine.octets > this.limits.octets;
    this.#octets += machine.octets;
    this.#clients.set(key, machine);
    this.#loadOf(channel).machines?.add(machine);
    const fail = (error: Error) => queueMicrotask(() => machine.end(error));
    if (full) {
      fail(new TransactionLimitError("too many client transactions, or too large"));
      return machine;
    }
    try {
      machine.start();
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
    return machine;
  }

  #addVia(request: SipRequest, channel: Channel): string {
    const branch = MAGIC_COOKIE + this.#options.random.bytes(BRANCH_OCTETS).toHex();
    const { host, port } = this.#options.sentBy?.(channel) ?? channel.local;
    const transport = channel.kind === "esp" ? "UDP" : channel.kind.toUpperCase();
    const rport = isReliable(channel) ? "" : ";rport"; // RFC 3581
    const by = formatHostPort(host, port);
    request.headers.prepend("Via", `SIP/2.0/${transport} ${by};branch=${branch}${rport}`);
    return branch;
  }

  #loadOf(channel: Channel): ChannelLoad {
    let load = this.#load.get(channel.id);
    if (load === undefined) {
      load = { server: 0, octets: 0, machines: isReliable(channel) ? new Set() : undefined };
      this.#load.set(channel.id, load);
    }
    return load;
  }

  #holds(machine: ServerMachine, octets: number): void {
    const change = octets - machine.octets;
    machine.octets = octets;
    this.#octets += change;
    this.#loadOf(machine.channel).octets += change;
  }

  #release(channel: Channel, load: ChannelLoad): void {
    if (load.server === 0 && !load.machines?.size) this.#load.delete(channel.id);
  }

  #serverEnded(key: string, machine: ServerMachine): void {
    this.#servers.delete(key);
    this.#holds(machine, 0);
    const load = this.#loadOf(machine.channel);
    load.server--;
    load.machines?.delete(machine);
    this.#release(machine.channel, load);
  }

  #clientEnded(key: string, machine: ClientMachine): void {
    this.#clients.delete(key);
    this.#octets -= machine.octets;
    const load = this.#loadOf(machine.channel);
    load.machines?.delete(machine);
    this.#release(machine.channel, load);
  }
}

/** Undefined where a header cannot be read. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}
