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
import { checkOwnCredentials, parsePem } from "./tls_credentials.ts";
import { peerIdentity, serverNameProblem } from "./tls_identity.ts";

/** Milliseconds that looking for the cause of a refused certificate may take. */
const LOOK = 2_000;

/** Opens a stream; rejects with a {@link NetworkError} that says what to check. */
export async function connectStream(options: ConnectOptions, clock: Clock): Promise<Stream> {
  try {
    return await attempt(options, clock);
  } catch (error) {
    throw connectError(options.kind, options.remote, await explain(options, clock, error));
  }
}

function attempt(options: ConnectOptions, clock: Clock): Promise<Stream> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    const fail = (error: unknown) => {
      timer.cancel();
      socket?.destroy();
      reject(error);
    };
    const timer = clock.after(options.timeoutMilliseconds, () => {
      fail(
        Object.assign(new Error(`after ${options.timeoutMilliseconds} ms`), { code: "ETIMEDOUT" }),
      );
    });
    try {
      socket = options.kind === "tls" ? openTls(options) : openTcp(options);
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

function openTls(options: ConnectOptions): Socket {
  const tls = options.tls;
  const { remote } = options;
  if (!tls || tls.trust.length === 0) {
    throw new NetworkError(
      "certificate",
      `cannot connect to tls ${formatAddress(remote)}: no CA is trusted; give at least one`,
    );
  }
  checkOwnCredentials(tls, false);
  for (const authority of tls.trust) parsePem(authority);
  const wanted = options.serverName ?? remote.host;
  return connectTls({
    host: remote.host,
    port: remote.port,
    ...localOf(options),
    ca: [...tls.trust],
    ...(tls.certificate ? { cert: tls.certificate, key: tls.key } : {}),
    minVersion: "TLSv1.3",
    servername: nameToSend(wanted),
    checkServerIdentity: (_host, certificate) => {
      const problem = serverNameProblem(certificate.raw, wanted);
      return problem === undefined
        ? undefined
        : new NetworkError("certificate", certificateMessage(options, problem));
    },
  });
}

function certificateMessage(options: ConnectOptions, problem: string): string {
  return `cannot connect to tls ${formatAddress(options.remote)}: ${problem}`;
}

/** RFC 6066 §3: no IP address in server_name. */
function nameToSend(serverName: string): string {
  return parseIp(serverName) === undefined ? serverName : "";
}

/**
 * Why the server's certificate was refused. The failed attempt does not show the certificate, so a
 * second connection looks at it, sends nothing on it and is closed at once: its answer is for the
 * message only.
 */
function explain(options: ConnectOptions, clock: Clock, error: unknown): Promise<unknown> {
  if (
    options.kind !== "tls" || error instanceof NetworkError || classify(error) !== "certificate"
  ) {
    return Promise.resolve(error);
  }
  return new Promise((resolve) => {
    const { remote } = options;
    const look = connectTls({
      host: remote.host,
      port: remote.port,
      ...localOf(options),
      minVersion: "TLSv1.3",
      servername: nameToSend(options.serverName ?? remote.host),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const done = (result: unknown) => {
      timer.cancel();
      look.destroy();
      resolve(result);
    };
    const timer = clock.after(LOOK, () => done(error));
    look.once("error", () => done(error));
    look.once("close", () => done(error));
    look.once("secureConnect", () => {
      const raw = look.getPeerCertificate()?.raw;
      const problem = raw && validityProblem(raw, clock.now());
      done(problem ? new NetworkError("certificate", certificateMessage(options, problem)) : error);
    });
  });
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
