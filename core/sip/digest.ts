/**
 * Digest authentication (RFC 7616, RFC 8760 for SIP): the computation and the header values, for both
 * sides. The server's nonces and replay window are in `digest_server.ts`.
 *
 * Only `qop=auth` is spoken: without a client nonce and a nonce count there is neither protection from
 * replay nor a proof of the server (`rspauth`).
 *
 * @module
 */
import { hash, timingSafeEqual } from "node:crypto";
import {
  type AuthValue,
  formatAuthValue,
  parseAuthParameters,
  parseAuthValue,
} from "./auth_params.ts";
import { SipParseError } from "./errors.ts";
import { Parameters } from "./parameters.ts";

/** Hash algorithms; MD5 only where it is configured. */
export type DigestAlgorithm = "SHA-512-256" | "SHA-256" | "MD5";

/** Algorithms used where none are configured, preferred first. */
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = ["SHA-256"];

const HASHES: Readonly<Record<DigestAlgorithm, string>> = {
  "SHA-512-256": "sha512-256",
  "SHA-256": "sha256",
  "MD5": "md5",
};

/** H(data), lower-case hex, over the UTF-8 octets (RFC 7616 §3.3). */
export function digestHash(algorithm: DigestAlgorithm, text: string): string {
  return hash(HASHES[algorithm], text);
}

/** H(A1) = H(username ":" realm ":" password), lower-case hex (RFC 7616 §3.4.2). A secret. */
export function ha1(
  username: string,
  realm: string,
  password: string,
  algorithm: DigestAlgorithm,
): string {
  return digestHash(algorithm, `${username}:${realm}:${password}`);
}

/** What a response is computed from, besides H(A1). */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly nonce: string;
  /** Nonce count as on the wire: eight hex digits. */
  readonly nc: string;
  readonly cnonce: string;
  readonly uri: string;
}

/**
 * The request digest (RFC 7616 §3.4.1): KD(H(A1), nonce ":" nc ":" cnonce ":" qop ":" H(A2)), where A2 is
 * method ":" uri. With an empty method it is `rspauth`, the server's proof (§3.5).
 */
export function digestResponse(secret: string, method: string, input: DigestInput): string {
  const { algorithm, nonce, nc, cnonce, uri } = input;
  const a2 = digestHash(algorithm, `${method}:${uri}`);
  return digestHash(algorithm, `${secret}:${nonce}:${nc}:${cnonce}:auth:${a2}`);
}

/** A challenge (WWW-Authenticate, Proxy-Authenticate). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly opaque?: string;
  /** The nonce was old and the answer to it right: answer again, without asking for a password. */
  readonly stale: boolean;
}

/** Credentials (Authorization, Proxy-Authorization). */
export interface DigestCredentials extends DigestInput {
  readonly username: string;
  readonly realm: string;
  /** Lower-case hex. */
  readonly response: string;
  readonly opaque?: string;
}

/**
 * Reads a challenge; undefined if it is no Digest challenge that can be answered here: another scheme,
 * an algorithm we do not know, no `qop=auth`.
 */
export function parseChallenge(value: string): DigestChallenge | undefined {
  const parameters = digestParameters(value);
  if (parameters === undefined) return undefined;
  const realm = parameters.get("realm");
  const nonce = parameters.get("nonce");
  const algorithm = algorithmOf(parameters);
  const qop = (parameters.get("qop") ?? "").toLowerCase().split(",").map((item) => item.trim());
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  if (!qop.includes("auth")) return undefined;
  const opaque = parameters.get("opaque");
  const stale = parameters.get("stale")?.toLowerCase() === "true";
  return { realm, nonce, algorithm, stale, ...(opaque === undefined ? {} : { opaque }) };
}

/**
 * The challenge to answer: of the given realm, with the algorithm that stands first in `algorithms`.
 * The order is ours and not the server's, so that reordering the challenges cannot weaken the choice.
 */
export function chooseChallenge(
  values: Iterable<string>,
  options: { readonly realm?: string; readonly algorithms?: readonly DigestAlgorithm[] } = {},
): DigestChallenge | undefined {
  const algorithms = options.algorithms ?? DIGEST_ALGORITHMS;
  let best: DigestChallenge | undefined;
  for (const value of values) {
    const challenge = parseChallenge(value);
    if (challenge === undefined || !algorithms.includes(challenge.algorithm)) continue;
    if (options.realm !== undefined && challenge.realm !== options.realm) continue;
    const rank = algorithms.indexOf(challenge.algorithm);
    if (best === undefined || rank < algorithms.indexOf(best.algorithm)) best = challenge;
  }
  return best;
}

/** The value of a challenge. */
export function formatChallenge(challenge: DigestChallenge): string {
  const parameters = new Parameters()
    .set("realm", challenge.realm, { quoted: true })
    .set("nonce", challenge.nonce, { quoted: true })
    .set("algorithm", challenge.algorithm)
    .set("qop", "auth", { quoted: true });
  if (challenge.opaque !== undefined) {
    parameters.set("opaque", challenge.opaque, { quoted: true });
  }
  if (challenge.stale) parameters.set("stale", "true");
  return formatAuthValue({ scheme: "Digest", parameters });
}

/** Reads credentials; undefined if they are no Digest credentials with `qop=auth` and all parameters. */
export function parseCredentials(value: string): DigestCredentials | undefined {
  const parameters = digestParameters(value);
  if (parameters === undefined) return undefined;
  const algorithm = algorithmOf(parameters);
  const [username, realm, nonce, uri, response, cnonce, nc, qop, opaque] = [
    ...["username", "realm", "nonce", "uri", "response", "cnonce", "nc", "qop", "opaque"],
  ].map((name) => parameters.get(name));
  if (username === undefined || realm === undefined || nonce === undefined) return undefined;
  if (uri === undefined || response === undefined || cnonce === undefined) return undefined;
  if (algorithm === undefined || nc === undefined) return undefined;
  if (!/^[0-9a-f]{8}$/i.test(nc) || qop?.toLowerCase() !== "auth") return undefined;
  // RFC 7616 §3.4.4: we never offer userhash, so a hashed user name is none we know.
  if (parameters.get("userhash")?.toLowerCase() === "true") return undefined;
  return {
    ...{ username, realm, nonce, uri, cnonce, nc, algorithm, response: response.toLowerCase() },
    ...(opaque === undefined ? {} : { opaque }),
  };
}

/** The value of credentials. */
export function formatCredentials(credentials: DigestCredentials): string {
  const parameters = new Parameters()
    .set("username", credentials.username, { quoted: true })
    .set("realm", credentials.realm, { quoted: true })
    .set("nonce", credentials.nonce, { quoted: true })
    .set("uri", credentials.uri, { quoted: true })
    .set("response", credentials.response, { quoted: true })
    .set("algorithm", credentials.algorithm)
    .set("qop", "auth")
    .set("cnonce", credentials.cnonce, { quoted: true })
    .set("nc", credentials.nc);
  if (credentials.opaque !== undefined) {
    parameters.set("opaque", credentials.opaque, { quoted: true });
  }
  return formatAuthValue({ scheme: "Digest", parameters });
}

/** What the answering side brings along. */
export interface AnswerOptions {
  readonly username: string;
  /** Give the password or its {@link ha1}. */
  readonly secret: { readonly password: string } | { readonly ha1: string };
  readonly method: string;
  /** Request-URI of the request that carries the answer. */
  readonly uri: string;
  /** Unpredictable text of one's own, at least 64 bits. */
  readonly cnonce: string;
  /** How often this nonce has been used, this time included. Default 1. */
  readonly count?: number;
}

/** An answer to a challenge. */
export interface DigestAnswer {
  /** The Authorization value. */
  readonly value: string;
  readonly credentials: DigestCredentials;
  /** What the server must send as `rspauth` to prove that it knows the password too. */
  readonly rspauth: string;
}

/** Answers a challenge. */
export function answer(challenge: DigestChallenge, options: AnswerOptions): DigestAnswer {
  const { realm, nonce, algorithm, opaque } = challenge;
  const { username, secret, method, uri, cnonce } = options;
  const key = "ha1" in secret ? secret.ha1 : ha1(username, realm, secret.password, algorithm);
  const nc = (options.count ?? 1).toString(16).padStart(8, "0");
  const input = { algorithm, nonce, nc, cnonce, uri };
  const credentials: DigestCredentials = {
    ...{ ...input, username, realm, response: digestResponse(key, method, input) },
    ...(opaque === undefined ? {} : { opaque }),
  };
  const rspauth = digestResponse(key, "", input);
  return { value: formatCredentials(credentials), credentials, rspauth };
}

/** The Authentication-Info value that answers credentials which were right (RFC 7616 §3.5). */
export function authenticationInfo(credentials: DigestCredentials, secret: string): string {
  const { cnonce, nc } = credentials;
  const parameters = new Parameters()
    .set("qop", "auth")
    .set("rspauth", digestResponse(secret, "", credentials), { quoted: true })
    .set("cnonce", cnonce, { quoted: true })
    .set("nc", nc);
  return [...parameters].map(({ name, value }) => `${name}=${value}`).join(", ");
}

/**
 * Whether an Authentication-Info value proves that the server knows the password: `rspauth` is right and
 * is about this very request (SM-2, step 214).
 */
export function verifyServer(info: string | undefined, sent: DigestAnswer): boolean {
  if (info === undefined) return false;
  const parameters = attempt(() => parseAuthParameters(info));
  if (parameters === undefined) return false;
  const { cnonce, nc } = sent.credentials;
  return parameters.get("qop")?.toLowerCase() === "auth" &&
    parameters.get("cnonce") === cnonce &&
    parameters.get("nc")?.toLowerCase() === nc.toLowerCase() &&
    sameDigest((parameters.get("rspauth") ?? "").toLowerCase(), sent.rspauth);
}

const encoder = new TextEncoder();

/** Compares two digests in a time that does not depend on where they differ. */
export function sameDigest(a: string, b: string): boolean {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Parameters of a Digest value without doubles; undefined if it is something else or unreadable. */
function digestParameters(value: string): Parameters | undefined {
  const auth = attempt<AuthValue>(() => parseAuthValue(value));
  if (auth === undefined || auth.scheme.toLowerCase() !== "digest") return undefined;
  // RFC 7616 §3.3, §3.4: a parameter must not be there twice; which of them counts would be a guess.
  const names = new Set([...auth.parameters].map(({ name }) => name.toLowerCase()));
  return names.size === auth.parameters.size ? auth.parameters : undefined;
}

/** RFC 7616 §3.3: without the parameter it is MD5. */
function algorithmOf(parameters: Parameters): DigestAlgorithm | undefined {
  const name = (parameters.get("algorithm") ?? "MD5").toUpperCase();
  return name === "MD5" || name === "SHA-256" || name === "SHA-512-256" ? name : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}
