/**
 * Connecting over TCP and TLS 1.3.
 *
 * @module
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { X509Certificate } from "node:crypto";
import type { Clock } from "../runtime/runtime.ts";
import { formatAddress, parseIp } from "./address.ts";
import { classify, connectError } from "./live_errors.ts";
import { endsOf, LiveStream } from "./live_stream.ts";
import { type ConnectOptions, NetworkError, type Stream } from "./network.ts";
import { peerIdentity, serverNameProblem } from "./tls_identity.ts";

/** Opens a stream; rejects with a {@link NetworkError} that says what to check. */
export function connectStream(options: ConnectOptions, clock: Clock): Promise<Stream> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    const fail = (error: unknown) => {
      timer.cancel();
      socket?.destroy();
      reject(connectError(options.kind, options.remote, error));
    };
    const timer = clock.after(options.timeoutMilliseconds, () => {
      fail(
        Object.assign(new Error(`after ${options.timeoutMilliseconds} ms`), { code: "ETIMEDOUT" }),
      );
    });
    try {
      socket = options.kind === "tls" ? openTls(options, clock, fail) : openTcp(options);
    } catch (error) {
      return fail(error);
    }
    socket.once("error", fail);
    socket.once("close", () => fail(undefined));
    socket.once(options.kind === "tls" ? "secureConnect" : "connect", () => {
      const ends = endsOf(socket);
      if (!ends) return fail(undefined);
      timer.cancel();
      socket.removeAllListeners("error");
      socket.removeAllListeners("close");
      const certificate = options.kind === "tls" && (socket as TLSSocket).getPeerCertificate().raw;
      resolve(
        new LiveStream(
          options.kind,
          socket,
          ends,
          certificate ? peerIdentity(certificate) : undefined,
        ),
      );
    });
  });
}

function localOf({ local }: ConnectOptions): { localAddress?: string; localPort?: number } {
  if (!local) return {};
  return { localAddress: local.host, ...(local.port ? { localPort: local.port } : {}) };
}

function openTcp(options: ConnectOptions): Socket {
  return connectTcp({ host: options.remote.host, port: options.remote.port, ...localOf(options) });
}

function openTls(options: ConnectOptions, clock: Clock, fail: (error: unknown) => void): Socket {
  const tls = options.tls;
  const { remote } = options;
  if (!tls || tls.trust.length === 0) {
    throw new NetworkError(
      "certificate",
      `cannot connect to tls ${formatAddress(remote)}: no CA is trusted; give at least one`,
    );
  }
  const wanted = options.serverName ?? remote.host;
  const socket = connectTls({
    host: remote.host,
    port: remote.port,
    ...localOf(options),
    ca: [...tls.trust],
    ...(tls.certificate ? { cert: tls.certificate, key: tls.key } : {}),
    minVersion: "TLSv1.3",
    // RFC 6066 §3: no IP address in server_name.
    servername: parseIp(wanted) === undefined ? wanted : "",
    checkServerIdentity: (_host, certificate) => {
      const problem = serverNameProblem(certificate.raw, wanted);
      return problem === undefined
        ? undefined
        : new NetworkError("certificate", certificateMessage(options, problem));
    },
  });
  // Our own listener comes first, while the certificate can still be asked for: it tells an expired
  // certificate from one of a CA we do not trust, which the error does not.
  socket.once("error", (error) => {
    if (error instanceof NetworkError || classify(error) !== "certificate") return;
    const raw = socket.getPeerCertificate()?.raw;
    const problem = raw ? validityProblem(raw, clock.now()) : undefined;
    if (problem) fail(new NetworkError("certificate", certificateMessage(options, problem)));
  });
  return socket;
}

function certificateMessage(options: ConnectOptions, problem: string): string {
  return `cannot connect to tls ${formatAddress(options.remote)}: ${problem}`;
}

/** Says whether a certificate (DER) is out of date; undefined if it is not. */
function validityProblem(der: Uint8Array, now: number): string | undefined {
  const certificate = new X509Certificate(der);
  if (now > Date.parse(certificate.validTo)) {
    return `the server's certificate expired ${certificate.validTo}; renew it, or check this machine's clock`;
  }
  if (now < Date.parse(certificate.validFrom)) {
    return `the server's certificate is valid only from ${certificate.validFrom}; check the clocks of both machines`;
  }
  return undefined;
}
