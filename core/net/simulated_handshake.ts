/**
 * How a simulated connection comes to stand: one round trip for TCP, one more for TLS 1.3. As there, a
 * client counts the stream as open before the server has judged the client's certificate.
 *
 * @module
 */
import { formatAddress } from "./address.ts";
import {
  type ConnectOptions,
  type ListenOptions,
  NetworkError,
  type StreamListener,
} from "./network.ts";
import type { Fabric } from "./simulated_fabric.ts";
import type { StreamEnd } from "./simulated_stream.ts";
import { verifyPeer } from "./simulated_tls.ts";

/** A step of the set-up; who sends it is said after the name. */
export type HandshakeMessage =
  /** Server: the connection stands. */
  | { readonly step: "answered" }
  /** Client, without TLS: so it does. */
  | { readonly step: "acknowledged" }
  /** Client, TLS: ClientHello. */
  | { readonly step: "hello" }
  /** Server, TLS: ServerHello to Finished, with its certificate and the request for the client's. */
  | { readonly step: "certificate"; readonly certificate: string }
  /** Client, TLS: Finished, with its certificate if it has one. */
  | { readonly step: "finished"; readonly certificate?: string };

/** Deals with what arrives before the stream is handed over. */
export interface SetUp {
  message(message: HandshakeMessage): void;
  /** The connection broke. */
  broken(error: NetworkError): void;
}

/** A listening port. */
export interface Listener extends StreamListener {
  readonly options: ListenOptions;
  accept(stream: StreamEnd): void;
  /** Open connections, those being set up included; all, and by remote address. */
  open: number;
  readonly ofHost: Map<string, number>;
  /** Ends with a TLS handshake under way, oldest first. */
  readonly waiting: Set<StreamEnd>;
}

/** The calling side's set-up. `done` or `failed` is called, once. */
export function clientSetUp(
  end: StreamEnd,
  options: ConnectOptions,
  fabric: Fabric,
  done: () => void,
  failed: (error: NetworkError) => void,
): SetUp {
  const timeout = fabric.clock.after(options.timeoutMilliseconds, () =>
    fail(
      new NetworkError(
        "timeout",
        `no ${options.kind} connection to ${formatAddress(options.remote)} within ` +
          `${options.timeoutMilliseconds} ms: check that the address is right and reachable`,
      ),
    ));
  const fail = (error: NetworkError) => {
    timeout.cancel();
    end.setUp = undefined;
    end.breakOff(brokenOff(end));
    failed(error);
  };
  const succeed = () => {
    timeout.cancel();
    end.setUp = undefined;
    done();
  };
  return {
    message(message) {
      if (message.step === "answered") {
        if (options.kind === "tls") return end.say({ step: "hello" });
        end.say({ step: "acknowledged" });
        succeed();
      } else if (message.step === "certificate") {
        const { trust = [], certificate } = options.tls ?? {};
        try {
          const now = fabric.clock.now();
          const wanted = options.serverName ?? options.remote.host;
          end.peer = verifyPeer(message.certificate, trust, now, wanted);
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          return fail(error);
        }
        end.say({ step: "finished", certificate });
        succeed();
      }
    },
    broken: fail,
  };
}

/** The listening side's set-up; ends in `listener.accept` or in nothing. */
export function serverSetUp(end: StreamEnd, listener: Listener, fabric: Fabric): SetUp {
  const { kind, tls, limits } = listener.options;
  const deadline = kind === "tls"
    ? fabric.clock.after(limits.handshakeMilliseconds, () => fail(brokenOff(end)))
    : undefined;
  const fail = (error: NetworkError) => {
    over();
    end.breakOff(error);
  };
  const over = () => {
    deadline?.cancel();
    listener.waiting.delete(end);
    end.setUp = undefined;
  };
  if (kind === "tls") listener.waiting.add(end);
  const succeed = () => {
    over();
    end.trace("opened");
    listener.accept(end);
  };
  return {
    message(message) {
      // Without TLS here a ClientHello is the first octets of the stream; the end turns it into them.
      if (kind === "tcp") return succeed();
      if (message.step === "hello") {
        end.say({ step: "certificate", certificate: tls?.certificate ?? "" });
      } else if (message.step === "finished") {
        try {
          if (message.certificate !== undefined) {
            end.peer = verifyPeer(message.certificate, tls?.trust ?? [], fabric.clock.now());
          }
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          // A TLS alert says little more than this (RFC 8446 §6.2).
          return fail(
            new NetworkError(
              "certificate",
              `${
                formatAddress(end.local)
              } did not accept our certificate: check that an authority ` +
                "it trusts issued it and that it is valid now",
            ),
          );
        }
        succeed();
      }
    },
    broken: fail,
  };
}

/** Why somebody whose set-up did not come to its end finds the connection gone. */
export function brokenOff(end: StreamEnd): NetworkError {
  return new NetworkError(
    "reset",
    `${formatAddress(end.local)} broke the connection off before it stood`,
  );
}
