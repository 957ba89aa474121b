/**
 * Digest on the harness's side: answers challenges, right or wrong as told, and makes challenges and
 * proofs where it plays a server.
 *
 * @module
 */
import {
  chooseChallenge,
  type DigestAlgorithm,
  digestResponse,
  formatChallenge,
  formatCredentials,
  ha1,
  parseChallenge,
} from "../../core/sip/digest.ts";
import { parseAuthParameters } from "../../core/sip/auth_params.ts";
import type { Peer } from "./peer.ts";
import { unique } from "./peer.ts";

/** Fields of an answer that a vector overrides. */
export interface DigestGiven {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly realm?: string | undefined;
  readonly nonce?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly uri?: string | undefined;
  readonly method?: string | undefined;
  readonly cnonce?: string | undefined;
  readonly nc?: string | undefined;
  readonly response?: string | undefined;
}

/** Every algorithm the harness can answer. */
const algorithms: readonly DigestAlgorithm[] = ["SHA-512-256", "SHA-256", "MD5"];

/** The hash to compute with; an algorithm nobody knows is only claimed, and computed as SHA-256. */
function computable(algorithm: string): DigestAlgorithm {
  return algorithms.find((one) => one === algorithm) ?? "SHA-256";
}

/** An Authorization header for the peer's last challenge, name and value. Throws without one. */
export function authorization(
  peer: Peer,
  method: string,
  uri: string,
  given: DigestGiven,
): readonly [name: string, value: string] {
  const { challenge } = peer;
  if (!challenge) throw new Error(`${peer.facts.label} has no challenge to answer`);
  const wanted = given.algorithm;
  const chosen = challenge.values.map(parseChallenge)
    .find((one) => one && (wanted === undefined || one.algorithm === wanted)) ??
    chooseChallenge(challenge.values, { algorithms });
  if (!chosen) throw new Error(`a challenge cannot be answered: ${challenge.values.join(", ")}`);
  const algorithm = (wanted ?? chosen.algorithm) as DigestAlgorithm;
  const username = given.username ?? peer.user;
  const realm = given.realm ?? chosen.realm;
  const computed = computable(algorithm);
  const secret = ha1(username, realm, given.password ?? peer.facts.password, computed);
  const input = {
    algorithm: computed,
    nonce: given.nonce ?? chosen.nonce,
    nc: given.nc ?? peer.nonceCount(given.nonce ?? chosen.nonce),
    cnonce: given.cnonce ?? `c${unique()}`,
    uri: given.uri ?? uri,
  };
  const response = given.response ?? digestResponse(secret, given.method ?? method, input);
  peer.rspauth = digestResponse(secret, "", input);
  const value = formatCredentials({
    ...input,
    algorithm,
    username,
    realm,
    response,
    ...(chosen.opaque === undefined ? {} : { opaque: chosen.opaque }),
  });
  const name = challenge.header === "WWW-Authenticate" ? "Authorization" : "Proxy-Authorization";
  return [name, value];
}

/** What an Authentication-Info proves: `absent`, `right` or `wrong`. */
export function proofOf(info: string | undefined, expected: string | undefined): string {
  if (info === undefined) return "absent";
  let value: string | undefined;
  try {
    value = parseAuthParameters(info).get("rspauth");
  } catch {
    return "wrong";
  }
  if (value === undefined) return "absent";
  return value.toLowerCase() === expected ? "right" : "wrong";
}

/** A WWW-Authenticate value of the server the harness plays. */
export function challengeValue(
  domain: string,
  given: Readonly<Record<string, string | undefined>>,
): string {
  const algorithm = (given["algorithm"] ?? "SHA-256") as DigestAlgorithm;
  const value = formatChallenge({
    realm: given["realm"] ?? domain,
    nonce: given["nonce"] ?? `n${unique()}`,
    algorithm,
    stale: false,
  });
  return given["qop"] === undefined
    ? value
    : value.replace(/qop="?[^",]*"?/, `qop="${given["qop"]}"`);
}

/** Authentication-Info for a REGISTER's Authorization, by the password the server holds. */
export function proofValue(
  credentialsText: string,
  password: string,
  given: { readonly value?: string | undefined },
): string {
  const fields = parseAuthParameters(credentialsText.replace(/^\s*Digest\s+/i, ""));
  const field = (name: string) => fields.get(name) ?? "";
  const algorithm = (field("algorithm") || "MD5") as DigestAlgorithm;
  const secret = ha1(field("username"), field("realm"), password, algorithm);
  const input = {
    algorithm,
    nonce: field("nonce"),
    nc: field("nc"),
    cnonce: field("cnonce"),
    uri: field("uri"),
  };
  const rspauth = given.value ?? digestResponse(secret, "", input);
  return `qop=auth, rspauth="${rspauth}", cnonce="${input.cnonce}", nc=${input.nc}`;
}

/** Whether the credentials of a REGISTER are those of the account. */
export function isRight(credentialsText: string, password: string, method: string): boolean {
  const fields = parseAuthParameters(credentialsText.replace(/^\s*Digest\s+/i, ""));
  const field = (name: string) => fields.get(name) ?? "";
  const algorithm = (field("algorithm") || "MD5") as DigestAlgorithm;
  const secret = ha1(field("username"), field("realm"), password, algorithm);
  const expected = digestResponse(secret, method, {
    algorithm,
    nonce: field("nonce"),
    nc: field("nc"),
    cnonce: field("cnonce"),
    uri: field("uri"),
  });
  return field("response").toLowerCase() === expected;
}
