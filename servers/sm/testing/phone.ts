/**
 * A phone for tests: a channel, and messages as the test writes them. It keeps no transactions and
 * judges nothing.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Address, formatAddress, formatHost } from "../../../core/net/address.ts";
import type { Channel } from "../../../core/net/channel.ts";
import type { TlsCredentials } from "../../../core/net/network.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import type { Simulation } from "../../../core/runtime/simulated.ts";
import {
  makeRequest,
  makeResponse,
  type RequestParts,
  type ResponseOptions,
} from "../../../core/sip/build.ts";
import {
  answer,
  chooseChallenge,
  type DigestAnswer,
  verifyServer,
} from "../../../core/sip/digest.ts";
import type { SipMessage, SipRequest, SipResponse } from "../../../core/sip/message.ts";
import { SipTransport } from "../../../core/sip/transport.ts";
import { trustOnly } from "./world.ts";

export interface PhoneOptions {
  readonly simulation: Simulation;
  readonly runtime: Runtime;
  readonly address: string;
  /** UDP only; omitted: a free one. */
  readonly port?: number;
  /** Canonical name. */
  readonly name: string;
  readonly kind?: "udp" | "tcp" | "tls";
  readonly server?: Address;
  readonly tls?: TlsCredentials;
  readonly password?: string;
}

/** What a test changes in a request. */
export interface Change extends Partial<Omit<RequestParts, "method" | "contact">> {
  /** Undefined for none. Default: the phone's own. */
  readonly contact?: string | undefined;
  /** Route-Security values; `[]` for none. Default: the phone's own where its link is TLS. */
  readonly routeSecurity?: readonly string[];
  /** Tag of From. */
  readonly tag?: string;
}

/** One phone. */
export class Phone {
  readonly name: string;
  readonly domain: string;
  readonly user: string;
  readonly received: SipMessage[] = [];
  readonly transport: SipTransport;
  #channel: Channel | undefined;
  #cseq = 0;
  #serial = 0;

  constructor(readonly options: PhoneOptions) {
    this.name = options.name;
    this.user = options.name.slice(4, options.name.indexOf("@"));
    this.domain = options.name.slice(options.name.indexOf("@") + 1);
    this.transport = new SipTransport({
      runtime: options.runtime,
      tls: options.tls ?? trustOnly,
      events: {
        message: (message) => void this.received.push(message),
        malformed: (error) => assert.fail(`phone got ${error.message}`),
        closed: () => {},
      },
    });
  }

  get kind(): "udp" | "tcp" | "tls" {
    return this.options.kind ?? "tls";
  }

  get channel(): Channel {
    assert.ok(this.#channel, "the phone is not connected");
    return this.#channel;
  }

  get contact(): string {
    return `sip:${this.user}@${formatAddress(this.channel.local)};transport=${this.kind}`;
  }

  /** The phone's own Route-Security value. */
  get own(): string {
    const { host } = this.channel.local;
    return `${host.includes(":") ? formatHost(host) : `[${host}]`};level=3`;
  }

  async connect(): Promise<void> {
    const { simulation, address, server, kind = "tls" } = this.options;
    const remote = server ?? { host: "10.0.0.1", port: kind === "tls" ? 5061 : 5060 };
    if (kind === "udp") {
      await this.transport.listen("udp", { host: address, port: this.options.port ?? 0 });
    }
    this.#channel = await simulation.settle(this.transport.connect({
      kind,
      remote,
      ...(kind === "tls" ? { serverName: this.domain } : {}),
    }));
  }

  /** A request as this phone would send it. */
  make(method: string, uri: string, change: Change = {}): SipRequest {
    const serial = `${this.user}-${this.options.address}-${++this.#serial}`;
    const secure = change.routeSecurity ?? (this.kind === "tls" ? [this.own] : []);
    const { host, port } = this.channel.local;
    const request = makeRequest({
      from: `<${this.name}>;tag=${change.tag ?? `t${serial}`}`,
      to: method === "REGISTER" ? `<${this.name}>` : `<${uri}>`,
      callId: `c${serial}`,
      cseq: ++this.#cseq,
      ...("contact" in change ? {} : { contact: `<${this.contact}>` }),
      via: [
        `SIP/2.0/${this.kind.toUpperCase()} ${
          formatAddress({ host, port })
        };branch=z9hG4bK${serial}`,
      ],
      ...(change as Partial<RequestParts>),
      method,
      uri: change.uri ?? uri,
    });
    for (const value of secure) request.headers.append("Route-Security", value);
    return request;
  }

  send(message: SipMessage): void {
    this.transport.send(message, this.channel);
  }

  /** Sends a request and gives its final response. */
  async ask(method: string, uri: string, change: Change = {}): Promise<SipResponse> {
    const request = this.make(method, uri, change);
    this.send(request);
    return await this.final(request);
  }

  /** The final response to a request. */
  async final(request: SipRequest): Promise<SipResponse> {
    return await this.response(request, (status) => status >= 200);
  }

  /** The next response to a request that fits. */
  async response(
    request: SipRequest,
    fits: (status: number) => boolean,
  ): Promise<SipResponse> {
    return await this.take((message): message is SipResponse =>
      message.kind === "response" && fits(message.status) &&
      message.headers.get("Call-ID") === request.headers.get("Call-ID") &&
      message.headers.get("CSeq") === request.headers.get("CSeq")
    );
  }

  /** The next request of a method. */
  async request(method: string): Promise<SipRequest> {
    return await this.take((message): message is SipRequest =>
      message.kind === "request" && message.method === method
    );
  }

  async take<M extends SipMessage>(fits: (message: SipMessage) => message is M): Promise<M> {
    const find = () => this.received.findIndex((message) => fits(message));
    await this.options.simulation.run(() => find() >= 0, { limitMilliseconds: 300_000 });
    return this.received.splice(find(), 1)[0] as M;
  }

  /** Asserts that nothing more comes, and that nothing was left. */
  async quiet(milliseconds = 1000): Promise<void> {
    await this.options.simulation.advance(milliseconds);
    const left = this.received.map((message) =>
      message.kind === "request" ? message.method : message.status
    );
    assert.deepEqual(left, [], `${this.name} got something it should not have`);
  }

  answer(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
    const response = makeResponse(request, status, undefined, {
      toTag: `to-${this.user}`,
      ...options,
    });
    if (status > 100 && status < 300) response.headers.append("Contact", `<${this.contact}>`);
    this.send(response);
    return response;
  }

  /** Registers with digest, or with what the channel has proven; asserts 200 and the server's proof. */
  async register(change: Change & { password?: string } = {}): Promise<SipResponse> {
    const { response, proof } = await this.tryRegister(change);
    assert.equal(response.status, 200);
    if (proof !== undefined) {
      assert.ok(verifyServer(response.headers.get("Authentication-Info"), proof), "rspauth");
    }
    return response;
  }

  async tryRegister(
    change: Change & { password?: string; username?: string } = {},
  ): Promise<{ response: SipResponse; proof?: DigestAnswer }> {
    const uri = `sip:${this.domain}`;
    const callId = change.callId ??
      `register-${this.user}-${this.options.address}-${++this.#serial}`;
    const first = await this.ask("REGISTER", uri, { ...change, callId });
    if (first.status !== 401) return { response: first };
    const challenge = chooseChallenge(first.headers.getAll("WWW-Authenticate"));
    assert.ok(challenge, "no challenge that can be answered");
    const proof = answer(challenge, {
      username: change.username ?? this.user,
      secret: { password: change.password ?? this.options.password ?? `secret of ${this.user}` },
      method: "REGISTER",
      uri,
      cnonce: "0123456789abcdef",
    });
    const headers = [...(change.headers ?? []), ["Authorization", proof.value] as const];
    const response = await this.ask("REGISTER", uri, { ...change, callId, headers });
    return { response, proof };
  }

  /** Calls: INVITE, 200 from `callee`, ACK. */
  async call(callee: Phone): Promise<Dialog> {
    const invite = this.make("INVITE", callee.name);
    this.send(invite);
    const arrived = await callee.request("INVITE");
    callee.answer(arrived, 200);
    const answered = await this.final(invite);
    assert.equal(answered.status, 200);
    const dialog = new Dialog(this, callee, invite, arrived, answered);
    this.send(dialog.forth("ACK"));
    await callee.request("ACK");
    return dialog;
  }
}

/** A call that stands, to make requests within it. */
export class Dialog {
  constructor(
    readonly caller: Phone,
    readonly callee: Phone,
    readonly invite: SipRequest,
    readonly arrived: SipRequest,
    readonly answered: SipResponse,
  ) {}

  /** A request of the caller. */
  forth(method: string, change: Change = {}): SipRequest {
    const number = Number(this.invite.headers.get("CSeq")?.split(" ")[0]);
    return this.caller.make(method, this.callee.contact, {
      from: this.invite.headers.get("From") ?? "",
      to: this.answered.headers.get("To") ?? "",
      callId: this.invite.headers.get("Call-ID") ?? "",
      cseq: method === "ACK" ? number : number + 1,
      route: this.answered.headers.list("Record-Route").reverse(),
      ...change,
    });
  }

  /** A request of the callee. */
  back(method: string, change: Change = {}): SipRequest {
    return this.callee.make(method, this.caller.contact, {
      from: this.answered.headers.get("To") ?? "",
      to: this.invite.headers.get("From") ?? "",
      callId: this.invite.headers.get("Call-ID") ?? "",
      cseq: 1,
      route: this.arrived.headers.list("Record-Route"),
      ...change,
    });
  }
}
