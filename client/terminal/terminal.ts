/**
 * A SIP terminal: registers at its session manager, makes and takes calls and messages, and judges the
 * chains of both (docs/terminal.md).
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { hasTag } from "../../core/sip/build.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import { checkReason } from "../../core/sip/reason.ts";
import type { ServerTransaction } from "../../core/sip/transactions.ts";
import { tryParseUri, unescapeUser } from "../../core/sip/uri.ts";
import { type Call, chainOf, factsOf, type IncomingCall, reasonText } from "./call.ts";
import { type CallOptions, Calls } from "./calls.ts";
import { type TerminalConfig, type TerminalSettings, withDefaults } from "./config.ts";
import { Connection } from "./connection.ts";
import type { TerminalError } from "./errors.ts";
import type { TerminalEvent } from "./events.ts";
import { ServerLink } from "./link.ts";
import { type TerminalParts, terminalParts } from "./parts.ts";
import { refusal } from "./refusal.ts";
import { ALLOW, newRequest } from "./requests.ts";

/** Who wants to know what a terminal does. */
export interface TerminalObserver {
  /** Called for everything that happens. */
  event?(event: TerminalEvent): void;
  /** Called for each call that came in and rings; without it every call is refused with 603. */
  call?(call: IncomingCall): void;
}

/** How a MESSAGE came out. */
export interface MessageOutcome {
  readonly delivered: boolean;
  readonly status: number;
  readonly phrase: string;
  /** Text of the Reason header, where there is one. */
  readonly reason?: string;
}

/** A terminal that is registered. */
export class Terminal {
  readonly settings: TerminalSettings;
  /** Resolves when it is stopped, with the error if the registration was lost for good. */
  readonly closed: Promise<TerminalError | undefined>;
  readonly #link: ServerLink;
  readonly #connection: Connection;
  readonly #calls: Calls;
  readonly #observer: TerminalObserver;
  readonly #close: (error: TerminalError | undefined) => void;
  #stopping: Promise<void> | undefined;

  /** Use {@link startTerminal}. */
  constructor(
    settings: TerminalSettings,
    runtime: Runtime,
    observer: TerminalObserver,
    parts: TerminalParts,
  ) {
    this.settings = settings;
    this.#observer = observer;
    const { promise, resolve } = Promise.withResolvers<TerminalError | undefined>();
    this.closed = promise;
    this.#close = resolve;
    this.#link = new ServerLink(settings, runtime, parts, {
      request: (transaction, request) => this.#request(transaction, request),
      ack: (request) => this.#ack(request),
      cancel: (transaction) => this.#calls.cancelled(transaction),
      strayResponse: (response) =>
        runtime.log.write("debug", "response dropped, it answers nothing", {
          status: response.status,
        }),
      foreign: (transaction, request, channel) => this.#foreign(transaction, request, channel),
      lost: (error) => {
        this.#calls.lost();
        this.#connection.lost(error);
      },
    });
    const report = (event: TerminalEvent) => this.#observer.event?.(event);
    this.#connection = new Connection(this.#link, report, (error) => void this.#giveUp(error));
    this.#calls = new Calls({ link: this.#link, report }, (call) => {
      if (observer.call) observer.call(call);
      else call.reject();
    });
  }

  /** The channel to the server; undefined while there is none. */
  get channel(): Channel | undefined {
    return this.#link.channel;
  }

  /** Whether its name is bound at the server now. */
  get registered(): boolean {
    return this.#link.registered;
  }

  /** Connects and registers, once; {@link startTerminal} does it. */
  async register(): Promise<void> {
    await this.#connection.start(this.settings.local);
  }

  /** Moves to another of its own addresses (SM-4): a new channel, and the binding with it. */
  async rebind(local?: string): Promise<void> {
    await this.#connection.rebind(local);
  }

  /**
   * Calls somebody; the INVITE is under way when this resolves. Rejects with a {@link TerminalError} for a
   * URI that is none, and while there is no channel.
   */
  async call(uri: string, options: CallOptions = {}): Promise<Call> {
    return await this.#calls.call(uri, options);
  }

  /** Sends a MESSAGE (RFC 3428). Rejects as {@link call} does, and when the server does not answer. */
  async message(uri: string, text: string, options: CallOptions = {}): Promise<MessageOutcome> {
    const response = await this.#link.exchange(newRequest(this.#link, {
      method: "MESSAGE",
      to: uri,
      body: text,
      contentType: "text/plain;charset=UTF-8",
      ...options,
    }));
    const { status, reason: phrase } = response;
    const reason = reasonText(response);
    return { delivered: status < 300, status, phrase, ...(reason !== undefined && { reason }) };
  }

  /** Ends its calls, takes its binding away and closes its channel. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(error?: TerminalError): Promise<void> {
    this.#calls.hangUp();
    const { clock } = this.#link.runtime;
    const { promise, resolve } = Promise.withResolvers<void>();
    const deadline = clock.after(this.settings.limits.stopMilliseconds, resolve);
    await Promise.race([this.#connection.stop(), promise]);
    deadline.cancel();
    await this.#link.stop();
    this.#close(error);
  }

  async #giveUp(error: TerminalError): Promise<void> {
    await (this.#stopping ??= this.#stop(error));
  }

  /** Every request is judged first, whatever it asks for (SM-6, SM-13). */
  #request(transaction: ServerTransaction, request: SipRequest): void {
    const cause = this.#chainProblem(request);
    if (cause !== undefined) return this.#refuseChain(transaction, request, cause);
    if (hasTag(request.headers.get("To") ?? "")) return this.#calls.within(transaction);
    const uri = tryParseUri(request.uri);
    const user = uri?.kind === "sip" ? uri.user : undefined;
    if (user === undefined || unescapeUser(user) !== unescapeUser(this.settings.user)) {
      return refusal(this.#link, transaction, 404);
    }
    // RFC 3261 §8.2.2.3: we know no extension that a request could require.
    const required = request.headers.list("Require");
    if (required.length > 0) {
      return refusal(this.#link, transaction, 420, undefined, [[
        "Unsupported",
        required.join(", "),
      ]]);
    }
    this.#byMethod(transaction, request);
  }

  #byMethod(transaction: ServerTransaction, request: SipRequest): void {
    const { parts } = this.#link;
    switch (request.method) {
      case "INVITE":
        return this.#calls.invited(transaction);
      case "OPTIONS":
        return transaction.respond(parts.makeResponse(request, 200, undefined, {
          toTag: this.#link.tag(),
          headers: [["Allow", ALLOW], ["Accept", "application/sdp, text/plain"]],
        }));
      case "MESSAGE":
        return this.#message(transaction, request);
      case "BYE":
      case "CANCEL":
        return refusal(this.#link, transaction, 481);
      default:
        return refusal(this.#link, transaction, 405, undefined, [["Allow", ALLOW]]);
    }
  }

  #message(transaction: ServerTransaction, request: SipRequest): void {
    const { parts } = this.#link;
    const type = (request.headers.get("Content-Type") ?? "text/plain").split(";")[0]!.trim();
    if (type.toLowerCase() !== "text/plain") {
      return refusal(this.#link, transaction, 415, `a message of type "${type}"`, [[
        "Accept",
        "text/plain",
      ]]);
    }
    transaction.respond(
      parts.makeResponse(request, 200, undefined, { toTag: this.#link.tag() }),
    );
    this.#observer.event?.({
      event: "message",
      from: factsOf(request).from,
      text: new TextDecoder().decode(request.body),
      chain: chainOf(this.#link, request),
    });
  }

  #ack(request: SipRequest): void {
    const cause = this.#chainProblem(request);
    if (cause === undefined) this.#calls.acknowledged(request);
    else this.#link.runtime.log.write("warning", "ACK dropped, its chain is bad", { ...cause });
  }

  #chainProblem(request: SipRequest): { cause: string; detail: string } | undefined {
    const { minimumLevel, check } = this.settings.routeSecurity;
    const verdict = this.#link.parts.judgeChain(request, this.#link.open(), {
      minimumLevel,
      mode: check,
      side: "callee",
    });
    if (verdict.verdict === "pass") return undefined;
    return { cause: verdict.cause, detail: verdict.detail };
  }

  #refuseChain(
    transaction: ServerTransaction,
    request: SipRequest,
    { cause, detail }: { cause: string; detail: string },
  ): void {
    const response = this.#link.parts.makeResponse(request, 403, undefined, {
      toTag: this.#link.tag(),
      headers: [["Reason", checkReason("route security", 403, cause)]],
    });
    transaction.respond(response);
    this.#refused(request, 403, `route security: ${cause} (${detail})`, this.#link.open());
  }

  #foreign(transaction: ServerTransaction, request: SipRequest, channel: Channel): void {
    const text = "not the channel this terminal is registered on";
    refusal(this.#link, transaction, 403, text);
    this.#refused(request, 403, text, channel);
  }

  #refused(request: SipRequest, status: number, reason: string, channel: Channel): void {
    this.#observer.event?.({
      event: "refused",
      method: request.method,
      from: factsOf(request).from,
      status,
      reason,
      chain: chainOf(this.#link, request),
      channel: channel.id,
    });
  }
}

/**
 * Starts a terminal: connects to its server and registers. Rejects with a {@link TerminalError} if
 * the configuration is wrong or it cannot be registered; once it is, a lost registration is tried again
 * by itself.
 */
export async function startTerminal(
  config: TerminalConfig,
  runtime: Runtime,
  observer: TerminalObserver = {},
  parts: Partial<TerminalParts> = {},
): Promise<Terminal> {
  const terminal = new Terminal(withDefaults(config), runtime, observer, {
    ...terminalParts,
    ...parts,
  });
  try {
    await terminal.register();
    return terminal;
  } catch (error) {
    await terminal.stop();
    throw error;
  }
}
