/**
 * From the system's error codes to {@link NetworkError}s that say what to do.
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import { NetworkError } from "./network.ts";

type Code = NetworkError["code"];

const CODES: Readonly<Record<string, Code>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EAFNOSUPPORT: "unreachable",
  EINVAL: "unreachable", // what node:net here says of binding to an address that is not ours
  EADDRINUSE: "address-in-use",
  EACCES: "permission",
  EPERM: "permission",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ECONNABORTED: "reset",
  ENOTFOUND: "name-not-found",
  EAI_AGAIN: "name-not-found",
  ENODATA: "name-not-found",
};

/** Verification results of OpenSSL, which `node:tls` uses as codes. */
const CERTIFICATE_CODE = /CERT|UNABLE_TO|SELF_SIGNED|ALTNAME/;
/** Alerts by which a peer says that it does not like our certificate (RFC 8446 §6.2). */
const CERTIFICATE_ALERT =
  /ALERT_(UNKNOWN_CA|BAD_CERT|CERTIFICATE|NO_CERT)|UnknownCA|Certificate(Expired|Unknown|Revoked|Required)|BadCertificate/;

/** The `code` of a system error; empty if it has none. */
export function systemCode(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "EPERM";
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Classifies a failure. */
export function classify(error: unknown): Code {
  const code = systemCode(error);
  const known = CODES[code];
  if (known) return known;
  const text = textOf(error);
  if (CERTIFICATE_ALERT.test(`${code} ${text}`)) return "certificate";
  if (code.startsWith("ERR_SSL") || /^ERR_TLS_(?!CERT)/.test(code)) return "handshake";
  if (CERTIFICATE_CODE.test(code)) return "certificate";
  return "reset";
}

/** Why listening at `local` failed. `kind` is udp, tcp or tls. */
export function listenError(kind: string, local: Address, error: unknown): NetworkError {
  const where = `cannot listen on ${kind} ${formatAddress(local)}`;
  const cause = { cause: error };
  switch (classify(error)) {
    case "address-in-use":
      return new NetworkError(
        "address-in-use",
        `${where}: the address is in use; stop the program that has it or choose another port`,
        cause,
      );
    case "permission":
      return new NetworkError(
        "permission",
        `${where}: not permitted; ports below 1024 need a privilege, and Deno needs --allow-net`,
        cause,
      );
    case "unreachable":
      return new NetworkError(
        "unreachable",
        `${where}: this machine has no such address; take one of its own, or 0.0.0.0 or [::]`,
        cause,
      );
    default:
      return new NetworkError(classify(error), `${where}: ${textOf(error)}`, cause);
  }
}

const CONNECT_ADVICE: Readonly<Partial<Record<Code, string>>> = {
  refused: "nothing listens there; check address and port, and that the server runs",
  timeout: "no answer in time; check the address and any firewall between",
  unreachable: "no route, or no such local address; check the network and the local address",
  permission: "not permitted; Deno needs --allow-net for this address",
  handshake: "the TLS handshake failed; the peer must speak TLS 1.3",
  certificate: "the certificate was not accepted; check certificates, trusted CAs and both clocks",
  reset: "the peer closed the connection",
};

/** Why connecting to `remote` failed. */
export function connectError(kind: string, remote: Address, error: unknown): NetworkError {
  if (error instanceof NetworkError) return error;
  const code = classify(error);
  const advice = CONNECT_ADVICE[code];
  return new NetworkError(
    code,
    `cannot connect to ${kind} ${formatAddress(remote)}: ${advice ?? textOf(error)}` +
      (advice && error !== undefined ? ` (${textOf(error)})` : ""),
    { cause: error },
  );
}

/** Why an open stream ended. */
export function streamError(kind: string, remote: Address, error: unknown): NetworkError {
  if (error instanceof NetworkError) return error;
  return new NetworkError(
    classify(error),
    `${kind} connection with ${formatAddress(remote)} failed: ${textOf(error)}`,
    { cause: error },
  );
}
