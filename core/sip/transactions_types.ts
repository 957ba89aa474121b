/**
 * What the transaction layer shows its user (RFC 3261 §17), and what its machines are made from.
 *
 * @module
 */
import type { Address } from "../net/address.ts";
import type { Channel } from "../net/channel.ts";
import type { Clock, Random } from "../runtime/runtime.ts";
import type { HeaderPairs } from "./build.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import type { Timers } from "./transactions_timers.ts";

/** States of all four machines (figures 5 to 8, and RFC 6026's Accepted). */
export type TransactionState =
  | "calling"
  | "trying"
  | "proceeding"
  | "completed"
  | "accepted"
  | "confirmed"
  | "terminated";

/** A request that came in, and the way to answer it. */
export interface ServerTransaction {
  /**
   * The request; after the final response only its method, as settled transactions wait for
   * half a minute and there are thousands of them.
   */
  readonly request: SipRequest;
  readonly channel: Channel;
  readonly method: string;
  readonly state: TransactionState;
  /** Status of the newest response that was sent; undefined before the first. */
  readonly status: number | undefined;
  /**
   * Sends a response. After a final one, only further 2xx to an INVITE still go out; anything else is
   * dropped, and so is everything once the transaction is terminated.
   */
  respond(response: SipResponse): void;
}

/** What a client transaction tells whoever made the request. */
export interface ClientHandler {
  /**
   * A response, its own Via still on top: provisional ones, one final one, and each further 2xx to an
   * INVITE (forks and retransmissions, RFC 6026 §7.2). The layer has sent the ACK of a failure; that of
   * a 2xx is the user's.
   */
  response(response: SipResponse, channel: Channel): void;
  /** No final response in time (timers B, F; or 64·T1 after a CANCEL). The transaction is terminated. */
  timeout(): void;
  /** The request could not be sent, or its channel closed. The transaction is terminated. */
  failed(error: Error): void;
}

/** A request that went out. It is sent again as it stands, so nobody may change it any more. */
export interface ClientTransaction {
  /** The request; once a final response has been handled only its method. */
  readonly request: SipRequest;
  readonly channel: Channel;
  readonly method: string;
  readonly state: TransactionState;
  /**
   * Cancels an INVITE (§9.1): at once when a provisional response has come, otherwise as soon as one
   * does; nothing after a final one. `headers` go into the CANCEL, for example a Reason.
   */
  cancel(headers?: HeaderPairs): void;
}

/** Who uses the layer: a proxy or user agent core. */
export interface TransactionUser {
  /** A new request: neither a retransmission, nor an ACK, nor a CANCEL that matches an INVITE. */
  request(transaction: ServerTransaction, request: SipRequest, channel: Channel): void;
  /** An ACK that no transaction absorbs: that of a 2xx. */
  ack(request: SipRequest, channel: Channel): void;
  /** A CANCEL of this INVITE, which has no final response yet. The CANCEL is answered already. */
  cancel(transaction: ServerTransaction, request: SipRequest, channel: Channel): void;
  /** Asked before a CANCEL has any effect; false drops it without an answer. Omitted: all are taken. */
  admitCancel?(transaction: ServerTransaction, request: SipRequest, channel: Channel): boolean;
  /** A response that belongs to no request sent on this channel. */
  strayResponse(response: SipResponse, channel: Channel): void;
  /**
   * A server transaction ended otherwise than by its figure: a response could not be sent, no ACK came
   * (timer H), or the channel closed before the final response. Its `state` is `terminated`.
   */
  abandoned?(transaction: ServerTransaction, error: Error): void;
}

/** Limits of the layer. */
export interface TransactionLimits {
  /**
   * Server transactions at one time. At the limit the oldest that only waits for retransmissions makes
   * room; if there is none, a further request gets 503 with Retry-After.
   */
  readonly server: number;
  /** Server transactions of one channel at one time. */
  readonly serverPerChannel: number;
  /** Client transactions at one time; a further request fails. */
  readonly client: number;
  /** Octets of the messages that all transactions hold; beyond them as if there were too many. */
  readonly octets: number;
  /** Octets that the server transactions of one channel hold. */
  readonly octetsPerChannel: number;
  /** Seconds in Retry-After. */
  readonly retryAfterSeconds: number;
}

/** Limits used where none are given: some 3000 calls a second over UDP keep 200,000 alive. */
export const defaultTransactionLimits: TransactionLimits = {
  server: 200_000,
  serverPerChannel: 100_000,
  client: 200_000,
  octets: 536_870_912,
  octetsPerChannel: 268_435_456,
  retryAfterSeconds: 5,
};

/** What a {@link TransactionLayer} is made from. */
export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Hands a message to the transport; throws if it cannot be sent. */
  send(message: SipMessage, channel: Channel): void;
  readonly timers?: Partial<Timers>;
  readonly limits?: Partial<TransactionLimits>;
  readonly user: TransactionUser;
  /** What to write into our Via as sent-by. Omitted: the channel's local address. */
  sentBy?(channel: Channel): Address;
}

/** The client transaction limit was reached. */
export class TransactionLimitError extends Error {
  override readonly name = "TransactionLimitError";
}

/** What the machines need of the layer. */
export interface TransactionCore {
  readonly clock: Clock;
  readonly timers: Timers;
  send(message: SipMessage, channel: Channel): void;
  /** Forgets the transaction; called once, when it enters `terminated`. */
  serverEnded(key: string, transaction: ServerTransaction): void;
  clientEnded(key: string, transaction: ClientTransaction): void;
  abandoned(transaction: ServerTransaction, error: Error): void;
  /** The messages that a server transaction holds have this many octets now. */
  holds(transaction: ServerTransaction, octets: number): void;
  /** Sends the CANCEL of an INVITE in a transaction of its own. */
  cancel(invite: ClientTransaction, headers: HeaderPairs): void;
}

/** A server machine as the layer drives it. */
export interface ServerMachine extends ServerTransaction {
  /** A request that matched: a retransmission, or the ACK. True if it was absorbed. */
  receive(request: SipRequest): boolean;
  /** Ends it without a word; a `cause` is reported as abandonment. */
  end(cause?: Error): void;
  /** Newest response sent. */
  readonly response: SipResponse | undefined;
  /** Octets of the messages it holds; kept by the layer. */
  octets: number;
}

/** A client machine as the layer drives it. */
export interface ClientMachine extends ClientTransaction {
  /** Sends the request for the first time. */
  start(): void;
  receive(response: SipResponse, channel: Channel): void;
  /** Ends it; a `cause` is reported as failure. */
  end(cause?: Error): void;
  /** Octets of the request it holds; kept by the layer. */
  octets: number;
}
