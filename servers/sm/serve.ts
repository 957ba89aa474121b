/**
 * A session manager, put together: `serve(config, runtime)`.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { formatAddress } from "../../core/net/address.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { makeResponse } from "../../core/sip/build.ts";
import type { SipParseError } from "../../core/sip/errors.ts";
import { Headers } from "../../core/sip/headers.ts";
import { defaultParseLimits } from "../../core/sip/limits.ts";
import type { SipMessage, SipRequest } from "../../core/sip/message.ts";
import { formatReason } from "../../core/sip/reason.ts";
import { TransactionLayer, type TransactionUser } from "../../core/sip/transactions.ts";
import { SipTransport } from "../../core/sip/transport.ts";
import { openStore, type Registration, type Store } from "../../core/store/mod.ts";
import { type Accounts, configuredAccounts, loadAccounts } from "./accounts.ts";
import { BoundNames } from "./bound_names.ts";
import type { ListenConfig, SmConfig } from "./config.ts";
import { dialogKeyOctets } from "./dialog_token.ts";
import { Neighbours } from "./neighbours.ts";
import { OwnAddresses } from "./own_addresses.ts";
import { createParts, type PartsOverride, type SmParts } from "./parts.ts";
import { Proxy } from "./proxy.ts";
import { Registrar } from "./registrar.ts";
import { answerRegister } from "./registration.ts";

/** A session manager that runs. */
export interface SmServer {
  /** Where it listens, in the order of the configuration, with the ports it got. */
  readonly addresses: readonly ListenConfig[];
  readonly transport: SipTransport;
  readonly transactions: TransactionLayer;
  readonly parts: SmParts;
  /**
   * Takes nothing new, waits for what is under way, then closes everything. The deadline is the
   * configuration's `drainMilliseconds` unless given.
   */
  stop(options?: { readonly deadlineMilliseconds?: number }): Promise<void>;
}

/**
 * Starts a session manager.
 *
 * Rejects with a NetworkError (an address in use, a certificate that does not hold) or a StoreError;
 * nothing is left open then.
 *
 * @param override replaces parts, for trials and for mutants
 */
export async function serve(
  config: SmConfig,
  runtime: Runtime,
  override?: PartsOverride,
): Promise<SmServer> {
  const { clock } = runtime;
  const store = await openStore({
    file: config.store,
    soon: (flush) => void clock.after(0, flush),
  });
  try {
    const accounts = await loadAccounts(
      store,
      configuredAccounts(config.accounts, config.domain, {
        created: clock.now(),
        md5: config.authentication.algorithms.includes("MD5"),
      }),
    );
    const dialogKey = await store.secret(
      "dialog token",
      () => runtime.random.bytes(dialogKeyOctets),
    );
    const registrations = await store.registrations();
    const server = new Server(config, runtime, { store, accounts, dialogKey, override });
    await server.start(registrations);
    return server;
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Foundations {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly dialogKey: Uint8Array;
  readonly override: PartsOverride | undefined;
}

class Server implements SmServer {
  addresses: readonly ListenConfig[] = [];
  readonly transport: SipTransport;
  readonly transactions: TransactionLayer;
  readonly parts: SmParts;
  readonly #names = new BoundNames();
  readonly #registrar: Registrar;
  readonly #own: OwnAddresses;
  /** Channels of terminals with a certificate: they register its names and no others. */
  readonly #certified = new WeakSet<Channel>();
  #draining = false;
  #stopped: Promise<void> | undefined;
  readonly #underWay = { count: 0 };
  #timers: { cancel(): void }[] = [];

  constructor(
    private readonly config: SmConfig,
    private readonly runtime: Runtime,
    private readonly foundations: Foundations,
  ) {
    const { clock, random, log } = runtime;
    const { limits, timers } = config;
    this.#own = new OwnAddresses(config.domain);
    this.#registrar = new Registrar({
      ...{ store: foundations.store, names: this.#names, clock, log, config },
    });
    this.parts = createParts({
      ...{ config, clock, random, accounts: foundations.accounts, names: this.#names },
      ...{ registrar: this.#registrar, dialogKey: foundations.dialogKey },
      isSelf: (uri) => this.#own.isSelf(uri),
    }, foundations.override);
    this.transport = new SipTransport({
      runtime,
      ...(config.tls === undefined ? {} : { tls: config.tls }),
      limits: {
        datagramOctets: limits.datagramOctets,
        connections: limits.connections,
        connectionsPerAddress: limits.connectionsPerAddress,
        connectMilliseconds: timers.connectMilliseconds,
        message: {
          ...defaultParseLimits,
          headOctets: limits.headOctets,
          bodyOctets: limits.bodyOctets,
        },
      },
      events: {
        message: (message, channel) =>
          this.#guard(channel, () => this.transactions.receive(message, channel)),
        malformed: (error, partial, channel) =>
          this.#guard(channel, () => this.#malformed(error, partial, channel)),
        opened: (channel) => this.#opened(channel),
        closed: (channel) => this.#closed(channel),
      },
    });
    this.transactions = new TransactionLayer({
      ...{ clock, random, user: this.#user() },
      send: (message, channel) => this.transport.send(message, channel),
      sentBy: (channel) => this.#own.of(channel),
      limits: {
        server: limits.transactions,
        octets: limits.transactionOctets,
        octetsPerChannel: Math.ceil(limits.transactionOctets / 2),
      },
    });
  }

  #user(): TransactionUser {
    const { config, runtime, parts } = this;
    const { clock, log } = runtime;
    const toTag = () => this.transactions.tag();
    const layer = () => this.transactions;
    return new Proxy({
      ...{ parts, clock, toTag, addresses: this.#own, underWay: this.#underWay },
      get transactions() {
        return layer();
      },
      neighbours: new Neighbours(
        this.transport,
        config.limits.pendingPerNeighbour,
        (remote) => this.#own.towards(remote),
      ),
      mismatch: config.routeSecurity.mismatch,
      inviteMilliseconds: config.timers.inviteMilliseconds,
      draining: () => this.#draining,
      note: (event, cause, channel) => log.write("warning", event, { cause, channel: channel.id }),
      refused: ({ status, cause }, { method }, channel) =>
        log.write("info", "request refused", { method, status, cause, channel: channel.id }),
      register: (request, channel) => this.#register(request, channel),
      fault: (error, channel) => this.#fault(error, channel),
    });
  }

  #register(request: SipRequest, channel: Channel) {
    const { config, parts, runtime } = this;
    const services = {
      ...{ domain: config.domain, parts, toTag: () => this.transactions.tag() },
      minimumSeconds: config.registration.minimumSeconds,
      note: (cause: string, name: string | undefined, { id }: Channel) =>
        // The first REGISTER of every registration comes without: nothing was refused.
        cause === "no credentials"
          ? runtime.log.write("debug", "registration challenged", { name, channel: id })
          : runtime.log.write("info", "registration refused", { name, cause, channel: id }),
    };
    return answerRegister(services, request, channel, this.#certified.has(channel));
  }

  /** Listens, and takes up what the store has kept. */
  async start(registrations: readonly Registration[]): Promise<void> {
    this.#registrar.load(registrations);
    const addresses: ListenConfig[] = [];
    try {
      for (const { kind, address } of this.config.listen) {
        const bound = await this.transport.listen(kind, address);
        addresses.push({ kind, address: bound });
        this.#own.set(addresses);
        this.runtime.log.write("info", "listening", { kind, address: formatAddress(bound) });
      }
    } catch (error) {
      await this.transport.stop();
      throw error;
    }
    this.addresses = addresses;
    await this.#registrar.restore(async ({ kind, local, remote }) => {
      try {
        return await this.transport.connect({ kind: kind as "udp", local, remote });
      } catch {
        return undefined; // the listener is not configured any more
      }
    });
    this.#every(this.config.timers.sweepMilliseconds, () => this.#registrar.sweep());
    if (this.config.store !== ":memory:") {
      this.#every(
        this.config.timers.accountsMilliseconds,
        () => this.foundations.accounts.refresh(),
      );
    }
  }

  /** Does something again and again until the server stops; a failure is logged. */
  #every(milliseconds: number, work: () => Promise<void>): void {
    const slot = this.#timers.length;
    const round = async () => {
      try {
        await work();
      } catch (error) {
        this.runtime.log.write("error", "store not readable", { error: String(error) });
      }
      if (this.#stopped === undefined) set();
    };
    const set = () => {
      this.#timers[slot] = this.runtime.clock.after(milliseconds, () => void round());
    };
    set();
  }

  #opened(channel: Channel): void {
    const peer = this.transport.peer(channel);
    if (peer === undefined) return;
    const { terminals, servers } = this.parts.certificateNames(peer);
    const names = servers.length > 0 ? servers : terminals;
    for (const name of names) this.#names.bind(channel, name);
    if (names === terminals && names.length > 0) this.#certified.add(channel);
  }

  #closed(channel: Channel): void {
    this.#registrar.closed(channel);
    this.transactions.channelClosed(channel);
  }

  /** One message that we have a fault with ends nobody else's service. */
  #guard(channel: Channel, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fault(error, channel);
    }
  }

  #fault(error: unknown, channel: Channel): void {
    this.runtime.log.write("error", "message dropped by a fault of this server", {
      error: error instanceof Error ? error.stack : String(error),
      channel: channel.id,
    });
  }

  /** Answers what is no SIP, as far as it can be answered (RFC 3261 §8.2, §16.3 step 1). */
  #malformed(error: SipParseError, partial: SipMessage | undefined, channel: Channel): void {
    this.runtime.log.write("info", "malformed message", {
      error: error.message,
      channel: channel.id,
    });
    if (partial?.kind !== "request" || partial.method === "ACK") return;
    // What was too long for us is not sent back.
    const { fieldOctets } = defaultParseLimits;
    const headers = new Headers(
      partial.headers.fields.filter(({ raw = "" }) => raw.length <= fieldOctets),
    );
    if (!headers.has("Via")) return;
    // What cannot stand in a header we make is not sent back (a CR alone in To).
    if (/[\r\n]/.test(headers.get("To") ?? "")) return;
    const text = error.message.replaceAll(/[^\x20-\x7e]/g, "?");
    const response = makeResponse({ ...partial, headers }, error.status, undefined, {
      toTag: this.transactions.tag(),
      headers: [["Reason", formatReason({ protocol: "SIP", cause: error.status, text })]],
    });
    try {
      this.transport.send(response, channel);
    } catch {
      // Nobody is there to be told.
    }
  }

  stop(options: { readonly deadlineMilliseconds?: number } = {}): Promise<void> {
    return this.#stopped ??= this.#stop(
      options.deadlineMilliseconds ?? this.config.timers.drainMilliseconds,
    );
  }

  async #stop(deadline: number): Promise<void> {
    this.#draining = true;
    for (const timer of this.#timers) timer.cancel();
    await this.#drained(deadline);
    this.transactions.stop();
    await this.transport.stop();
    await this.foundations.store.close();
  }

  /** Waits until no request is under way, at most until the deadline. */
  async #drained(deadline: number): Promise<void> {
    const { clock } = this.runtime;
    const end = clock.now() + deadline;
    while (this.#underWay.count > 0 && clock.now() < end) {
      await new Promise<void>((resolve) => void clock.after(drainStep, resolve));
    }
  }
}

/** Milliseconds between looks at what is still under way. */
const drainStep = 20;
