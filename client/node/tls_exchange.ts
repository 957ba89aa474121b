/**
 * One request and its answer over TLS: login and bootstrap (docs/wire.md, "Over TLS").
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import { NetworkError, type TlsCredentials } from "../../core/net/network.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import { errorResponse } from "../../core/ntm/messages/mod.ts";
import { encodeFrame, type Frame, FrameReader } from "../../core/ntm/tls_frame.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { failureOf, NodeError } from "./errors.ts";

/** Whom to ask. */
export interface TlsServer {
  readonly remote: Address;
  /** The name its certificate must have. */
  readonly name: string;
  readonly tls: TlsCredentials;
  /** For the connection, and again for the answer. */
  readonly timeoutMilliseconds: number;
}

/** Asks. Throws {@link NodeError}. */
export async function askOverTls<Q extends Transaction, A extends Transaction>(
  runtime: Runtime,
  server: TlsServer,
  request: Message<Q>,
  content: Omit<Q, "transaction">,
  answer: Message<A>,
): Promise<A> {
  const transaction = new DataView(runtime.random.bytes(4).buffer).getUint32(0);
  const plaintext = request.encode({ ...content, transaction } as Q);
  const frame = await roundTrip(runtime, server, encodeFrame(request.type, plaintext));
  const where = `${server.name} at ${formatAddress(server.remote)}`;
  const strange = (what: string, cause?: unknown) =>
    new NodeError("server-not-proven", `${where}: ${what}`, { cause });
  try {
    if (frame.type === errorResponse.type) {
      throw failureOf(errorResponse.decode(frame.content), where);
    }
    if (frame.type !== answer.type) {
      throw strange(`answered ${request.name} with a message of type ${frame.type}`);
    }
    const value = answer.decode(frame.content);
    if (value.transaction !== transaction) throw strange("answered another request than ours");
    return value;
  } catch (error) {
    if (error instanceof NtmDecodeError) {
      throw strange(`its answer cannot be read: ${error.message}`, error);
    }
    throw error;
  }
}

async function roundTrip(
  { network, clock }: Runtime,
  { remote, name, tls, timeoutMilliseconds }: TlsServer,
  octets: Uint8Array,
): Promise<Frame> {
  const where = `${name} at ${formatAddress(remote)}`;
  const options = { kind: "tls", remote, tls, serverName: name, timeoutMilliseconds } as const;
  const stream = await network.connect(options).catch((error) => {
    if (!(error instanceof NetworkError)) throw error;
    const proven = error.code !== "certificate";
    throw new NodeError(
      proven ? "unreachable" : "server-not-proven",
      `${where}: ${error.message}`,
      {
        cause: error,
      },
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<Frame>();
  const lost = (what: string, cause?: unknown) =>
    reject(new NodeError("unreachable", `${where}: ${what}`, { cause }));
  const timer = clock.after(timeoutMilliseconds, () => {
    lost(`no answer within ${timeoutMilliseconds} ms`);
  });
  const reader = new FrameReader();
  stream.handle({
    data(bytes) {
      try {
        const [frame] = reader.push(bytes);
        if (frame) resolve(frame);
      } catch (error) {
        reject(
          new NodeError("server-not-proven", `${where}: no NTMobile server answers there`, {
            cause: error,
          }),
        );
      }
    },
    closed: (error) => lost(error?.message ?? "closed the connection without an answer", error),
  });
  try {
    stream.write(octets);
    return await promise;
  } finally {
    timer.cancel();
    stream.close();
  }
}
