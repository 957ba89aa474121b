/**
 * Requests that are sent again until they are answered, and answers that are given again to the same
 * request (docs/wire.md, "Requests and answers").
 *
 * A retransmission is sealed anew, under the next sequence number: a replayed datagram never reaches
 * this part. What makes it the same request is the transaction number in its content.
 *
 * @module
 */
import type { Clock, Random, Timer } from "../runtime/runtime.ts";

/** When a request is sent again. */
export interface Backoff {
  /** Until the second sending, milliseconds; doubled each time. */
  readonly firstMilliseconds: number;
  /** Sendings in all. After the last one's wait the request is given up. */
  readonly sendings: number;
}

/** At 0, 0.5, 1.5, 3.5 and 7.5 s; given up at 15.5 s. */
export const DEFAULT_BACKOFF: Backoff = { firstMilliseconds: 500, sendings: 5 };

/** Nobody answered. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

/** A request under way. */
export interface PendingRequest<Answer> {
  readonly transaction: number;
  /** Rejects with {@link NoAnswerError} when given up, or with what `cancel` was given. */
  readonly answer: Promise<Answer>;
  cancel(error: Error): void;
}

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** The requests one end has sent under one association. */
export class Requests<Answer> {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #limit: number;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #next: number;

  /** @param options `limit`: requests under way at once, default 1024 */
  constructor(
    options: {
      readonly clock: Clock;
      readonly random: Random;
      readonly backoff?: Backoff;
      readonly limit?: number;
    },
  ) {
    this.#clock = options.clock;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#limit = options.limit ?? 1024;
    // Begun anywhere, so that a restart does not ask for what the other end has answered already.
    this.#next = new DataView(options.random.bytes(4).buffer).getUint32(0);
  }

  /** Requests under way. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Begins a request. `send` is called for each sending with the transaction number; what it throws ends
   * the request. Throws a `RangeError` when too many are under way.
   */
  request(send: (transaction: number) => void): PendingRequest<Answer> {
    if (this.#waiting.size >= this.#limit) {
      throw new RangeError(`requests: ${this.#limit} are under way, wait for answers`);
    }
    while (this.#waiting.has(this.#next)) this.#next = (this.#next + 1) >>> 0;
    const transaction = this.#next;
    this.#next = (this.#next + 1) >>> 0;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    let timer: Timer | undefined;
    const end = () => {
      timer?.cancel();
      this.#waiting.delete(transaction);
    };
    const fail = (error: unknown) => {
      end();
      reject(error);
    };
    const { firstMilliseconds, sendings } = this.#backoff;
    const attempt = (count: number) => {
      if (count === sendings) {
        return fail(new NoAnswerError(`no answer to ${sendings} sendings of a request`));
      }
      timer = this.#clock.after(firstMilliseconds * 2 ** count, () => attempt(count + 1));
      try {
        send(transaction);
      } catch (error) {
        fail(error);
      }
    };
    this.#waiting.set(transaction, { resolve: (answer) => (end(), resolve(answer)), reject: fail });
    attempt(0);
    return { transaction, answer: promise, cancel: fail };
  }

  /** Hands in an answer; false if nobody waits for it. */
  answered(transaction: number, answer: Answer): boolean {
    const waiting = this.#waiting.get(transaction);
    waiting?.resolve(answer);
    return waiting !== undefined;
  }

  /** Ends all requests under way. */
  stop(error: Error): void {
    for (const { reject } of [...this.#waiting.values()]) reject(error);
  }
}

/** What is to be done with a request that came. */
export type Admission<Answer> =
  | { readonly is: "new" }
  | { readonly is: "in work" }
  | { readonly is: "answered"; readonly answer: Answer };

/** The answers one end has given, kept so that the same request gets the same answer and is acted on once. */
export class Answers<Answer> {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #milliseconds: number;
  /** In order of arrival, so the oldest is first. */
  readonly #known = new Map<string, { readonly since: number; answer?: Answer }>();

  /**
   * @param options `limit`: requests remembered, default 1024; the oldest are forgotten first.
   *   `milliseconds`: how long, default 32,000, twice as long as a request is sent
   */
  constructor(
    options: { readonly clock: Clock; readonly limit?: number; readonly milliseconds?: number },
  ) {
    this.#clock = options.clock;
    this.#limit = options.limit ?? 1024;
    this.#milliseconds = options.milliseconds ?? 32_000;
  }

  /** Requests remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** Looks a request up; `new` ones are `in work` from now on. */
  admit(type: number, transaction: number): Admission<Answer> {
    this.#forget();
    const key = `${type} ${transaction}`;
    const known = this.#known.get(key);
    if (known) {
      return known.answer === undefined
        ? { is: "in work" }
        : { is: "answered", answer: known.answer };
    }
    this.#known.set(key, { since: this.#clock.now() });
    return { is: "new" };
  }

  /** Keeps the answer to a request. */
  answered(type: number, transaction: number, answer: Answer): void {
    const known = this.#known.get(`${type} ${transaction}`);
    if (known) known.answer = answer;
  }

  #forget(): void {
    const before = this.#clock.now() - this.#milliseconds;
    for (const [key, { since }] of this.#known) {
      if (since > before && this.#known.size < this.#limit) return;
      this.#known.delete(key);
    }
  }
}
