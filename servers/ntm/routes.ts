/**
 * Requests and what answers them, the same for datagrams and TLS.
 *
 * @module
 */
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import { type ErrorCause, errorResponse } from "../../core/ntm/messages/mod.ts";

/** A request is answered with an Error. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  /** @param reason for people; it may not tell more than the code does */
  constructor(readonly code: ErrorCause, reason = "", readonly retryAfter?: number) {
    super(reason === "" ? code : `${code}: ${reason}`);
    this.reason = reason;
  }

  readonly reason: string;
}

/** The content of a message without its transaction number. */
export type Body<T> = Omit<T, keyof Transaction>;

/** What a request's handler is told about where it came from. */
export interface Route<Context> {
  /** Type of the request. */
  readonly type: number;
  /** Reads a request; its work gives the answer's plaintext. Throws `NtmDecodeError`. */
  read(plaintext: Uint8Array): {
    readonly transaction: number;
    work(context: Context): Promise<Answer>;
  };
}

/** An answer before it is sealed or framed. */
export interface Answer {
  readonly type: number;
  readonly content: Uint8Array;
}

/** A route from a request to its handler. The handler throws a {@link Refusal} for an Error. */
export function route<R extends Transaction, A extends Transaction, Context>(
  request: Message<R>,
  answer: Message<A>,
  handle: (value: R, context: Context) => Promise<Body<A>> | Body<A>,
): Route<Context> {
  return {
    type: request.type,
    read(plaintext) {
      const value = request.decode(plaintext);
      const { transaction } = value;
      return {
        transaction,
        async work(context) {
          const body = await handle(value, context);
          return { type: answer.type, content: answer.encode({ ...body, transaction } as A) };
        },
      };
    },
  };
}

/** A refusal as an answer. */
export function refusalAnswer(
  transaction: number,
  { code, reason, retryAfter }: Refusal,
): Answer {
  const content = errorResponse.encode({
    ...{ transaction, cause: code },
    ...(reason === "" ? {} : { reason }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
  return { type: errorResponse.type, content };
}

/** What an answer says: the body, or the Error as a {@link Refusal} that is thrown. */
export function readAnswer<A extends Transaction>(
  answer: Message<A>,
  { type, content }: Answer,
): A {
  if (type === answer.type) return answer.decode(content);
  if (type === errorResponse.type) {
    const { cause, reason, retryAfter } = errorResponse.decode(content);
    throw new Refusal(cause, reason, retryAfter);
  }
  throw new NtmDecodeError(`type ${type}, ${answer.name} is expected`, {
    where: "answer",
    offset: 0,
  });
}
