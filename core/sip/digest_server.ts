/**
 * The server's side of digest: nonces that need no table until they are used well, a replay window for
 * each nonce in use, and a verdict that tells nothing about which users exist.
 *
 *     nonce = base64url( time u48 | random 10 octets | HMAC-SHA-256(key, time | random | context), first 16 )
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock, Random } from "../runtime/runtime.ts";
import {
  authenticationInfo,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestCredentials,
  digestResponse,
  formatChallenge,
  sameDigest,
} from "./digest.ts";
import { sameUri, tryParseUri } from "./uri.ts";

/** Settings of a {@link DigestServer}. */
export interface DigestServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The protection domain: the SIP domain. */
  readonly realm: string;
  /** Algorithms offered and taken, preferred first. Default {@link DIGEST_ALGORITHMS}. */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** Milliseconds a nonce may be used. Default five minutes. */
  readonly nonceMilliseconds?: number;
  /**
   * Nonces whose counts are remembered. Over it the oldest is forgotten, and with it every nonce of its
   * age or older stops being taken, so that forgetting never opens a way to replay. Default 100,000.
   */
  readonly trackedNonces?: number;
}

/** Why credentials were not taken: fixed phrases, for logs; the client is told none of them. */
export type DigestCause =
  | "wrong realm"
  | "algorithm not allowed"
  | "uri is not the Request-URI"
  | "nonce not ours"
  | "nonce too old"
  | "nonce count used before"
  | "wrong user or password";

/** What {@link DigestServer.verify} finds. */
export type DigestVerdict =
  /** `info` is the Authentication-Info value with the server's own proof. */
  | { readonly ok: true; readonly info: string }
  /** `stale`: only the nonce was at fault, so the next challenge says `stale=true`. */
  | { readonly ok: false; readonly cause: DigestCause; readonly stale: boolean };

const BODY = 16;
const MAC = 16;

/** Issues challenges and verifies credentials for one realm. */
export class DigestServer {
  readonly #options: Required<DigestServerOptions>;
  readonly #key: Uint8Array;
  /** Stands in for the secret of a user that does not exist, at the same cost. */
  readonly #nobody: string;
  /** Highest count seen of each nonce that was used well; in the order of first use. */
  readonly #counts = new Map<string, { issued: number; count: number }>();
  /** Nonces issued at this time or before are taken no more. */
  #floor = -1;

  constructor(options: DigestServerOptions) {
    this.#options = {
      algorithms: DIGEST_ALGORITHMS,
      nonceMilliseconds: 300_000,
      trackedNonces: 100_000,
      ...options,
    };
    this.#key = options.random.bytes(32);
    this.#nobody = Buffer.from(options.random.bytes(32)).toString("hex");
  }

  /**
   * The values of WWW-Authenticate, one for each algorithm, preferred first (RFC 8760 §2.4).
   *
   * @param context what the nonce is bound to, for example a channel's id; to be given to `verify` again
   */
  challenge(options: { readonly stale?: boolean; readonly context?: string } = {}): string[] {
    const { realm, algorithms } = this.#options;
    const nonce = this.#nonce(options.context ?? "");
    const stale = options.stale ?? false;
    return algorithms.map((algorithm) => formatChallenge({ realm, nonce, algorithm, stale }));
  }

  /**
   * Verifies credentials. All checks are made whatever the earlier ones found, so that an unknown user
   * costs the same and is answered alike.
   *
   * @param secret the user's H(A1) for the credentials' algorithm; undefined if there is no such user
   * @param uri the Request-URI of the request
   */
  verify(
    credentials: DigestCredentials,
    secret: string | undefined,
    method: string,
    uri: string,
    context = "",
  ): DigestVerdict {
    const { realm, algorithms } = this.#options;
    const expected = digestResponse(secret ?? this.#nobody, method, credentials);
    const right = sameDigest(expected, credentials.response) && secret !== undefined;
    const issued = this.#issued(credentials.nonce, context);
    if (credentials.realm !== realm) return refuse("wrong realm");
    if (!algorithms.includes(credentials.algorithm)) return refuse("algorithm not allowed");
    if (!sameTarget(credentials.uri, uri)) return refuse("uri is not the Request-URI");
    // RFC 7616 §3.3: stale is for "an invalid nonce, but with a valid digest for that nonce".
    if (issued === undefined) return refuse("nonce not ours", right);
    if (this.#tooOld(issued)) return refuse("nonce too old", right);
    if (!right || secret === undefined) return refuse("wrong user or password");
    if (!this.#count(credentials, issued)) return refuse("nonce count used before", true);
    return { ok: true, info: authenticationInfo(credentials, secret) };
  }

  /** Nonces whose counts are remembered now. */
  get tracked(): number {
    return this.#counts.size;
  }

  #nonce(context: string): string {
    const body = Buffer.alloc(BODY);
    body.writeUIntBE(this.#options.clock.now(), 0, 6);
    body.set(this.#options.random.bytes(BODY - 6), 6);
    return Buffer.concat([body, this.#mac(body, context)]).toString("base64url");
  }

  #mac(body: Uint8Array, context: string): Buffer {
    return createHmac("sha256", this.#key).update(body).update(context).digest().subarray(0, MAC);
  }

  /** When the nonce was issued, in milliseconds; undefined if it was not issued here for `context`. */
  #issued(nonce: string, context: string): number | undefined {
    const bytes = Buffer.from(nonce, "base64url");
    // The text must be the very one issued: base64url decoding is lenient, and counts go by the text.
    if (bytes.length !== BODY + MAC || bytes.toString("base64url") !== nonce) return undefined;
    const body = bytes.subarray(0, BODY);
    if (!timingSafeEqual(this.#mac(body, context), bytes.subarray(BODY))) return undefined;
    return body.readUIntBE(0, 6);
  }

  #tooOld(issued: number): boolean {
    const age = this.#options.clock.now() - issued;
    return issued <= this.#floor || age < 0 || age > this.#options.nonceMilliseconds;
  }

  /** Takes the count if it is higher than any seen of this nonce. */
  #count(credentials: DigestCredentials, issued: number): boolean {
    const count = parseInt(credentials.nc, 16);
    const seen = this.#counts.get(credentials.nonce);
    if (count <= (seen?.count ?? 0)) return false;
    if (seen !== undefined) {
      seen.count = count;
      return true;
    }
    this.#forget();
    this.#counts.set(credentials.nonce, { issued, count });
    return true;
  }

  /** Drops nonces that are too old, and the first used one where there are too many. */
  #forget(): void {
    for (const [nonce, { issued }] of this.#counts) {
      if (!this.#tooOld(issued)) break;
      this.#counts.delete(nonce);
    }
    if (this.#counts.size < this.#options.trackedNonces) return;
    for (const [nonce, { issued }] of this.#counts) {
      this.#counts.delete(nonce);
      this.#floor = Math.max(this.#floor, issued);
      return;
    }
  }
}

/** RFC 7616 §3.4.6: the digest's uri must name what the request line names. */
function sameTarget(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [tryParseUri(a), tryParseUri(b)];
  return left !== undefined && right !== undefined && sameUri(left, right);
}

function refuse(cause: DigestCause, stale = false): DigestVerdict {
  return { ok: false, cause, stale };
}
