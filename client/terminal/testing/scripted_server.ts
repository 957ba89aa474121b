/**
 * A server for the terminal's tests, in a simulated world: it registers terminals as a right server
 * does, unless the test says otherwise, and sends and answers what the test writes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createAuthority, issueCertificate } from "../../../core/crypto/pki.ts";
import type { Channel } from "../../../core/net/channel.ts";
import type { TlsCredentials } from "../../../core/net/network.ts";
import { Simulation } from "../../../core/runtime/simulated.ts";
import { makeRequest, makeResponse, type ResponseOptions } from "../../../core/sip/build.ts";
import { ha1, parseCredentials } from "../../../core/sip/digest.ts";
import { DigestServer } from "../../../core/sip/digest_server.ts";
import type { SipMessage, SipRequest, SipResponse } from "../../../core/sip/message.ts";
import { SipTransport } from "../../../core/sip/transport.ts";
import {
  startTerminal,
  type Terminal,
  type TerminalConfig,
  type TerminalEvent,
  type TerminalObserver,
  type TerminalParts,
} from "../mod.ts";

const notBefore = new Date(Date.UTC(2025, 11, 31));
const authority = await createAuthority({ commonName: "test CA", days: 3650, notBefore });

async function credentials(uri: string): Promise<TlsCredentials> {
  const issued = await issueCertificate(authority, {
    commonName: "test",
    days: 3600,
    notBefore,
    uris: [uri],
  });
  return { ...issued, trust: [authority.certificate] };
}

export const serverCredentials = await credentials("sip:abc.test");
export const foreignCredentials = await credentials("sip:other.test");
export const terminalCredentials = await credentials("sip:user-a@abc.test");
export const trustOnly: TlsCredentials = { trust: [authority.certificate] };

export const NAME = "sip:user-a@abc.test";
export const PEER = "sip:user-b@xyz.test";
export const PASSWORD = "secret of user-a";
export const SERVER = "10.0.0.1";
export const TERMINAL = "10.0.0.10";
/** The chain of a call from xyz.test over two servers, as it reaches the terminal. */
export const CHAIN = ["[10.0.0.1];level=3", "[10.0.0.2];level=3", "[10.0.0.20];level=3"];
const VIAS = ["10.0.0.1", "10.0.0.2", "10.0.0.20"];

export const KEY = `a=key-info:1 AES_256_GCM nonce:${new Uint8Array(32).fill(7).toBase64()}`;
export const NO_KEY_SDP = [
  "v=0",
  "o=- 1 1 IN IP4 10.0.0.20",
  "s=-",
  "c=IN IP4 10.0.0.20",
  "t=0 0",
  "m=application 40000 udp octet-stream",
  "",
].join("\r\n");
export const SDP = `${NO_KEY_SDP}${KEY}\r\n`;

/** What a test changes in a request of the server. */
export interface Change {
  readonly chain?: readonly string[];
  readonly uri?: string;
  readonly to?: string;
  readonly fromTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly contact?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
}

/** The world: a simulation, the server and what it saw. */
export class ScriptedServer {
  readonly simulation: Simulation;
  readonly received: SipMessage[] = [];
  readonly registers: SipRequest[] = [];
  readonly closed: Channel[] = [];
  readonly events: TerminalEvent[] = [];
  readonly transport: SipTransport;
  readonly digest: DigestServer;
  /** Answers REGISTER; the right way unless a test puts another here. */
  registrar = (request: SipRequest): SipResponse => this.register(request);
  /** Seconds granted. */
  expires = 3600;
  #channel: Channel | undefined;
  #serial = 0;

  constructor(kind: "tls" | "udp" | "tcp", tls: TlsCredentials) {
    this.simulation = new Simulation({ seed: "terminal" });
    this.simulation.defaultLink({ delayMilliseconds: 5 });
    const runtime = this.simulation.host("server", { addresses: [SERVER] });
    this.digest = new DigestServer({ ...runtime, realm: "abc.test" });
    this.transport = new SipTransport({
      runtime,
      tls,
      events: {
        message: (message, channel) => this.#take(message, channel),
        malformed: (error) =>
          assert.fail(`the terminal sent what cannot be read: ${error.message}`),
        closed: (channel) => void this.closed.push(channel),
      },
    });
    this.ready = this.transport.listen(kind, { host: SERVER, port: 5061 });
  }

  readonly ready: Promise<unknown>;

  get channel(): Channel {
    assert.ok(this.#channel, "no terminal has connected");
    return this.#channel;
  }

  /** The terminal's Contact, from its latest REGISTER. */
  get contact(): string {
    return /<([^>]+)>/.exec(this.registers.at(-1)?.headers.get("Contact") ?? "")?.[1] ?? "";
  }

  /** Starts a terminal; rejects if it is not registered. */
  async terminal(
    config: Partial<TerminalConfig> = {},
    observer: TerminalObserver = {},
    parts: Partial<TerminalParts> = {},
  ): Promise<Terminal> {
    await this.simulation.settle(this.ready);
    const runtime = this.simulation.host("terminal", { addresses: [TERMINAL, "10.0.0.11"] });
    const terminal = startTerminal(
      {
        name: NAME,
        server: { kind: "tls", host: SERVER, port: 5061 },
        password: PASSWORD,
        tls: trustOnly,
        ...config,
      },
      runtime,
      { ...observer, event: (event) => void this.events.push(event) },
      parts,
    );
    return await this.simulation.settle(terminal, { limitMilliseconds: 600_000 });
  }

  /** Takes the next message of that kind that the terminal sent: a method, or the status of a response. */
  async next(what: string | number, limitMilliseconds = 60_000): Promise<SipMessage> {
    const find = () =>
      this.received.findIndex((message) =>
        message.kind === "request" ? message.method === what : message.status === what
      );
    await this.simulation.run(() => find() >= 0, { limitMilliseconds });
    return this.received.splice(find(), 1)[0]!;
  }

  async request(method: string): Promise<SipRequest> {
    const message = await this.next(method);
    assert.ok(message.kind === "request");
    return message;
  }

  async response(status: number): Promise<SipResponse> {
    const message = await this.next(status);
    assert.ok(message.kind === "response");
    return message;
  }

  /** The event of that kind that comes next, or came already. */
  async event<K extends TerminalEvent["event"]>(
    kind: K,
    limitMilliseconds = 60_000,
  ): Promise<Extract<TerminalEvent, { event: K }>> {
    const find = () => this.events.findIndex(({ event }) => event === kind);
    await this.simulation.run(() => find() >= 0, { limitMilliseconds });
    const [event] = this.events.splice(find(), 1);
    return event as Extract<TerminalEvent, { event: K }>;
  }

  /** Sends a request to the terminal, as the last of two servers would. */
  send(method: string, change: Change = {}, channel = this.channel): SipRequest {
    const serial = ++this.#serial;
    const branch = change.branch ?? `z9hG4bKserver${serial}`;
    const request = makeRequest({
      method,
      uri: change.uri ?? this.contact,
      from: `<${PEER}>;tag=${change.fromTag ?? "peer"}`,
      to: change.to ?? `<${NAME}>`,
      callId: change.callId ?? `call-${serial}`,
      cseq: change.cseq ?? 1,
      via: VIAS.map((host, index) => `SIP/2.0/TLS ${host}:5061;branch=${branch}-${index}`),
      ...(change.contact !== null && { contact: change.contact ?? "<sip:user-b@10.0.0.20:5061>" }),
      headers: [
        ...(change.chain ?? CHAIN).map((value) => ["Route-Security", value] as const),
        ...(change.headers ?? []),
      ],
      ...(change.body !== undefined && {
        body: change.body,
        contentType: change.contentType ?? "application/sdp",
      }),
    });
    this.transport.send(request, channel);
    return request;
  }

  /** Answers a request of the terminal, with the chain as it would come back from afar. */
  answer(
    request: SipRequest,
    status: number,
    options: ResponseOptions & { readonly chain?: readonly string[] } = {},
  ): void {
    const response = makeResponse(request, status, undefined, { toTag: "peer", ...options });
    if (options.chain) {
      response.headers.delete("Route-Security");
      for (const value of options.chain) response.headers.append("Route-Security", value);
    }
    this.transport.send(response, this.channel);
  }

  /** A right server's answer to REGISTER. */
  register(request: SipRequest): SipResponse {
    const { channel } = this;
    const given = parseCredentials(request.headers.get("Authorization") ?? "");
    const secret = ha1("user-a", "abc.test", PASSWORD, "SHA-256");
    const verdict = given && this.digest.verify(given, secret, "REGISTER", request.uri, channel.id);
    if (!verdict?.ok) {
      const [challenge] = this.digest.challenge({
        context: channel.id,
        stale: verdict?.stale ?? false,
      });
      return makeResponse(request, 401, undefined, {
        toTag: "server",
        headers: [["WWW-Authenticate", challenge!]],
      });
    }
    return makeResponse(request, 200, undefined, {
      toTag: "server",
      headers: [
        ["Authentication-Info", verdict.info],
        ["Contact", `${request.headers.get("Contact")};expires=${this.expires}`],
      ],
    });
  }

  #take(message: SipMessage, channel: Channel): void {
    if (message.kind === "request" && message.method === "REGISTER") {
      this.#channel = channel;
      this.registers.push(message);
      this.transport.send(this.registrar(message), channel);
    } else {
      this.received.push(message);
    }
  }
}

/** A world with a server; `kind` is how it listens. */
export function scriptedServer(
  kind: "tls" | "udp" | "tcp" = "tls",
  tls: TlsCredentials = serverCredentials,
): ScriptedServer {
  return new ScriptedServer(kind, tls);
}
