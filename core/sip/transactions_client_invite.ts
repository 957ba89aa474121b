/**
 * The INVITE client transaction (RFC 3261 §17.1.1, figure 5; RFC 6026 §7.2).
 *
 *     Calling --1xx--> Proceeding --2xx--> Accepted --M--> Terminated
 *        |--B--> Terminated  |--300-699, ACK--> Completed --D--> Terminated
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import type { Timer } from "../runtime/runtime.ts";
import { type HeaderPairs, makeAck } from "./build.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { settledRequest } from "./transactions_room.ts";
import { isReliable, longTimer } from "./transactions_timers.ts";
import type {
  ClientHandler,
  ClientMachine,
  TransactionCore,
  TransactionState,
} from "./transactions_types.ts";

/** One INVITE that went out. */
export class ClientInvite implements ClientMachine {
  readonly method = "INVITE";
  state: TransactionState = "calling";
  octets = 0;
  readonly #core: TransactionCore;
  readonly #key: string;
  readonly #handler: ClientHandler;
  /** B, then the wait after a CANCEL, then D or M; there is never more than one of them. */
  #timer: Timer | undefined;
  /** A. */
  #retransmission: Timer | undefined;
  /** Headers of the CANCEL that was asked for. */
  #cancel: HeaderPairs | undefined;
  #ack: SipRequest | undefined;

  constructor(
    core: TransactionCore,
    key: string,
    public request: SipRequest,
    readonly channel: Channel,
    handler: ClientHandler,
  ) {
    this.#core = core;
    this.#key = key;
    this.#handler = handler;
  }

  start(): void {
    const { t1 } = this.#core.timers;
    if (!isReliable(this.channel)) this.#retransmitAfter(t1); // A
    this.#timer = this.#long(); // B
    this.#core.send(this.request, this.channel);
  }

  receive(response: SipResponse, channel: Channel): void {
    switch (this.state) {
      case "calling":
      case "proceeding":
        return this.#inCallingOrProceeding(response, channel);
      case "completed":
        return this.#inCompleted(response);
      case "accepted":
        return this.#inAccepted(response, channel);
    }
  }

  cancel(headers: HeaderPairs = []): void {
    if (this.#cancel !== undefined) return;
    if (this.state !== "calling" && this.state !== "proceeding") return;
    this.#cancel = headers;
    // §9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent; rather,
    // the client MUST wait for the arrival of a provisional response".
    if (this.state === "proceeding") this.#sendCancel();
  }

  #inCallingOrProceeding(response: SipResponse, channel: Channel): void {
    const { status } = response;
    const first = this.state === "calling";
    this.#retransmission?.cancel();
    this.#retransmission = undefined;
    if (status < 200) {
      this.state = "proceeding";
      if (first) {
        // B runs in Calling only; from here on the user decides how long to wait (timer C of a proxy).
        this.#timer?.cancel();
        this.#timer = undefined;
        if (this.#cancel !== undefined) this.#sendCancel();
      }
    } else if (status < 300) {
      this.state = "accepted";
      this.#timer?.cancel();
      this.#timer = this.#core.clock.after(longTimer(this.#core.timers), () => this.end()); // M
    } else {
      this.#complete(response);
    }
    this.#handler.response(response, channel);
    if (status >= 200) this.request = settledRequest(this.request);
  }

  #complete(response: SipResponse): void {
    this.state = "completed";
    this.#timer?.cancel();
    this.#timer = undefined;
    // "the client transaction MUST generate an ACK request, even if the transport is reliable"
    this.#ack = makeAck(this.request, response);
    this.#acknowledge();
    // Timer D: at least 32 s for unreliable transports, zero for reliable ones.
    if (isReliable(this.channel)) this.end();
    else if (this.state === "completed") {
      this.#timer = this.#core.clock.after(this.#core.timers.d, () => this.end());
    }
  }

  #inCompleted(response: SipResponse): void {
    // "Any retransmissions of the final response that are received while in the Completed state MUST
    // cause the ACK to be re-passed to the transport layer ... but ... MUST NOT be passed up to the TU."
    if (response.status >= 300) this.#acknowledge();
  }

  #inAccepted(response: SipResponse, channel: Channel): void {
    // RFC 6026 §7.2: "Any 2xx response that matches this client transaction ... MUST be passed to the TU".
    if (response.status >= 200 && response.status < 300) this.#handler.response(response, channel);
  }

  end(cause?: Error): void {
    if (this.state === "terminated") return;
    const settled = this.state === "completed" || this.state === "accepted";
    this.state = "terminated";
    this.#timer?.cancel();
    this.#retransmission?.cancel();
    this.#timer = this.#retransmission = undefined;
    this.#core.clientEnded(this.#key, this);
    if (cause !== undefined && !settled) this.#handler.failed(cause);
  }

  #acknowledge(): void {
    if (this.#ack === undefined) return;
    try {
      this.#core.send(this.#ack, this.channel);
    } catch {
      this.end(); // the final response has been told already
    }
  }

  #sendCancel(): void {
    this.#core.cancel(this, this.#cancel ?? []);
    // §9.1: "If there is no final response for the original request in 64*T1 seconds ..., the client
    // SHOULD then consider the original transaction cancelled and SHOULD destroy the client transaction".
    if (this.state === "proceeding") this.#timer = this.#long();
  }

  #retransmitAfter(interval: number): void {
    this.#retransmission = this.#core.clock.after(interval, () => {
      // "When timer A fires, the client transaction MUST retransmit the request ..., and MUST reset the
      // timer with a value of 2*T1", and twice as much each time.
      this.#retransmitAfter(2 * interval);
      try {
        this.#core.send(this.request, this.channel);
      } catch (error) {
        this.end(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #long(): Timer {
    return this.#core.clock.after(longTimer(this.#core.timers), () => {
      this.end();
      this.#handler.timeout();
    });
  }
}
