/**
 * Requests over TLS, both ends: login, bootstrap and the first contact of servers.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import {
  NetworkError,
  type PeerIdentity,
  type Stream,
  type StreamListener,
  type TlsCredentials,
} from "../../core/net/network.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import { encodeFrame, type Frame, FrameReader } from "../../core/ntm/tls_frame.ts";
import type { Runtime, Timer } from "../../core/runtime/runtime.ts";
import type { NtmLimits, NtmTimers } from "./limits.ts";
import {
  type Answer,
  type Body,
  readAnswer,
  Refusal,
  refusalAnswer,
  type Route,
} from "./routes.ts";

/** Who asks over TLS. */
export interface TlsContext {
  /** The certificate, verified; undefined where none was shown. */
  readonly identity: PeerIdentity | undefined;
  readonly from: Address;
}

/** How to serve. */
export interface TlsServiceOptions {
  readonly runtime: Runtime;
  readonly listen: readonly Address[];
  readonly tls: TlsCredentials;
  readonly limits: NtmLimits;
  readonly timers: NtmTimers;
  readonly routes: readonly Route<TlsContext>[];
}

/** Listens for requests over TLS. Rejects with a `NetworkError`; nothing is left open then. */
export async function listenTls(
  options: TlsServiceOptions,
): Promise<{ readonly addresses: readonly Address[]; stop(): Promise<void> }> {
  const { runtime, limits, timers, tls } = options;
  const routes = new Map(options.routes.map((each) => [each.type, each]));
  const listeners: StreamListener[] = [];
  const open = new Set<Stream>();
  const accept = (stream: Stream) => {
    open.add(stream);
    serveStream(stream, { runtime, limits, timers, routes, closed: () => open.delete(stream) });
  };
  const stop = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
    for (const stream of open) stream.abort();
  };
  try {
    for (const local of options.listen) {
      const listening = {
        connections: limits.connections,
        connectionsPerAddress: limits.connectionsPerAddress,
        handshakeMilliseconds: timers.connectMilliseconds,
      };
      listeners.push(
        await runtime.network.listen({ kind: "tls", local, tls, limits: listening }, accept),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses: listeners.map(({ local }) => local), stop };
}

interface Serving {
  readonly runtime: Runtime;
  readonly limits: NtmLimits;
  readonly timers: NtmTimers;
  readonly routes: ReadonlyMap<number, Route<TlsContext>>;
  closed(): void;
}

function serveStream(stream: Stream, serving: Serving): void {
  const { runtime, limits, timers } = serving;
  const reader = new FrameReader();
  let requests = 0;
  let timer: Timer | undefined;
  const watch = () => {
    timer?.cancel();
    timer = runtime.clock.after(timers.idleMilliseconds, () => stream.abort());
  };
  watch();
  stream.handle({
    data(octets) {
      try {
        for (const frame of reader.push(octets)) {
          if (++requests > limits.requestsPerConnection) return stream.abort();
          watch();
          void answerFrame(stream, frame, serving);
        }
      } catch (error) {
        if (!(error instanceof NtmDecodeError)) throw error;
        stream.abort();
      }
    },
    closed() {
      timer?.cancel();
      serving.closed();
    },
  });
}

async function answerFrame(
  stream: Stream,
  { type, content }: Frame,
  { routes, runtime }: Serving,
): Promise<void> {
  const found = routes.get(type);
  if (!found) return stream.abort();
  let request: ReturnType<Route<TlsContext>["read"]>;
  try {
    request = found.read(content);
  } catch (error) {
    if (!(error instanceof NtmDecodeError)) throw error;
    return stream.abort();
  }
  let answer: Answer;
  try {
    answer = await request.work({ identity: stream.peer, from: stream.remote });
  } catch (error) {
    if (!(error instanceof Refusal)) {
      runtime.log.write("error", "request failed", { type, error: String(error) });
    }
    const refusal = error instanceof Refusal ? error : new Refusal("busy");
    answer = refusalAnswer(request.transaction, refusal);
  }
  stream.write(encodeFrame(answer.type, answer.content));
}

/** Whom to ask, and how. */
export interface TlsAsk {
  readonly runtime: Runtime;
  readonly remote: Address;
  readonly tls: TlsCredentials;
  /** Name its certificate must have. */
  readonly serverName: string;
  readonly timeoutMilliseconds: number;
  /** What else its certificate must prove; gives what is wrong, if anything. */
  readonly check?: (identity: PeerIdentity | undefined) => string | undefined;
}

/** Asks one thing over a connection of its own. Rejects with a {@link Refusal} or a `NetworkError`. */
export async function askOverTls<R extends Transaction, A extends Transaction>(
  { runtime, remote, tls, serverName, timeoutMilliseconds, check }: TlsAsk,
  request: Message<R>,
  body: Body<R>,
  answer: Message<A>,
): Promise<A> {
  const stream = await runtime.network.connect({
    ...{ kind: "tls", remote, tls, serverName, timeoutMilliseconds } as const,
  });
  const { promise, resolve, reject } = Promise.withResolvers<A>();
  const timer = runtime.clock.after(timeoutMilliseconds, () => {
    reject(new NetworkError("timeout", `${serverName} did not answer ${request.name}`));
  });
  const reader = new FrameReader();
  stream.handle({
    data(octets) {
      try {
        for (const frame of reader.push(octets)) resolve(readAnswer(answer, frame));
      } catch (error) {
        reject(error);
      }
    },
    closed(error) {
      reject(error ?? new NetworkError("reset", `${serverName} closed without an answer`));
    },
  });
  try {
    const wrong = check?.(stream.peer);
    if (wrong !== undefined) throw new NetworkError("certificate", wrong);
    stream.write(encodeFrame(request.type, request.encode({ ...body, transaction: 0 } as R)));
    return await promise;
  } finally {
    timer.cancel();
    promise.catch(() => {});
    stream.close();
  }
}
