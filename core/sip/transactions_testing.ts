/**
 * A transaction layer on a hand-turned clock, and a record of what it sent and said. For tests.
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import { makeResponse } from "./build.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { countingRandom, HandClock, testChannel, testRequest } from "./testing.ts";
import {
  type ClientTransaction,
  type ServerTransaction,
  type Timers,
  TransactionLayer,
  type TransactionLimits,
} from "./transactions.ts";
import { topVia } from "./via.ts";

/** Channels of the tests. */
export const udp: Channel = testChannel({ id: "udp#1", kind: "udp", level: 0 });
export const tcp: Channel = testChannel({ id: "tcp#1", kind: "tcp", level: 0 });
export const tls: Channel = testChannel({ id: "tls#1", kind: "tls" });

/** The layer under test and its surroundings. */
export class TransactionBench {
  readonly clock = new HandClock();
  readonly start: number = this.clock.now();
  /** `milliseconds first-word` of all that was sent, for example `500 INVITE` and `0 180`. */
  readonly sent: string[] = [];
  readonly messages: SipMessage[] = [];
  /** What the user was told, for example `request INVITE`. */
  readonly told: string[] = [];
  readonly servers: ServerTransaction[] = [];
  /** When set, the transport fails with it. */
  broken: Error | undefined;
  admit = true;
  readonly layer: TransactionLayer;

  constructor(
    options: { timers?: Partial<Timers>; limits?: Partial<TransactionLimits> } = {},
  ) {
    this.layer = new TransactionLayer({
      clock: this.clock,
      random: countingRandom(),
      ...options,
      send: (message) => {
        if (this.broken) throw this.broken;
        const word = message.kind === "request" ? message.method : message.status;
        this.sent.push(`${this.clock.now() - this.start} ${word}`);
        this.messages.push(message);
      },
      user: {
        request: (transaction, request) => {
          this.servers.push(transaction);
          this.told.push(`request ${request.method}`);
        },
        ack: () => this.told.push("ack"),
        cancel: () => this.told.push("cancel"),
        admitCancel: () => this.admit,
        strayResponse: (response) => this.told.push(`stray ${response.status}`),
        abandoned: (_transaction, error) => this.told.push(`abandoned: ${error.message}`),
      },
    });
  }

  /** The newest server transaction. */
  get server(): ServerTransaction {
    const server = this.servers[this.servers.length - 1];
    if (!server) throw new Error("no server transaction");
    return server;
  }

  /** The newest message sent. */
  get last(): SipMessage {
    const message = this.messages[this.messages.length - 1];
    if (!message) throw new Error("nothing was sent");
    return message;
  }

  /** What was sent since the last call. */
  take(): string[] {
    return this.sent.splice(0);
  }

  /** Answers the newest server transaction. */
  respond(status: number): void {
    this.server.respond(makeResponse(this.server.request, status, undefined, { toTag: "us" }));
  }

  /** Sends a request and records what its handler is told. */
  request(request: SipRequest, channel: Channel): ClientTransaction {
    return this.layer.request(request, channel, {
      response: (response) => this.told.push(`response ${response.status}`),
      timeout: () => this.told.push("timeout"),
      failed: (error) => this.told.push(`failed: ${error.message}`),
    });
  }

  /** A response to a request we sent arrives. */
  answer(request: SipRequest, status: number, channel: Channel): void {
    this.layer.receive(answerTo(request, status), channel);
  }
}

/** A response of the other side. */
export function answerTo(request: SipRequest, status: number): SipResponse {
  return makeResponse(request, status, undefined, { toTag: "them" });
}

let serial = 0;

/** A new request of the other side, with a branch of its own. */
export function arriving(method: string, ...lines: string[]): SipRequest {
  return testRequest(
    `${method} sip:user-b@abc.test SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKarriving${++serial}`,
    ...lines,
  );
}

/** A request of the other side in the hop of another: ACK of a failure, CANCEL, or a retransmission. */
export function sameHop(request: SipRequest, method: string = request.method): SipRequest {
  const via = request.headers.get("Via");
  const number = request.headers.get("CSeq")?.split(" ")[0];
  return testRequest(
    `${method} ${request.uri} SIP/2.0`,
    `Via: ${via}`,
    `CSeq: ${number} ${method}`,
  );
}

/** A request to send. */
export function leaving(method: string, ...lines: string[]): SipRequest {
  const request = testRequest(`${method} sip:user-b@abc.test SIP/2.0`, ...lines);
  request.headers.delete("Via");
  return request;
}

/** Branch of the newest Via. */
export function branchOf(message: SipMessage): string | undefined {
  return topVia(message.headers)?.parameters.get("branch");
}
