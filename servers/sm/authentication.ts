/**
 * Authentication of terminals (SM-2, SM-3): by the name their channel has proven already, or by digest,
 * which proves the server as well.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import type { Clock, Random } from "../../core/runtime/runtime.ts";
import { type DigestCredentials, parseCredentials } from "../../core/sip/digest.ts";
import { DigestServer } from "../../core/sip/digest_server.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import { type SipUri, tryParseUri, unescapeUser } from "../../core/sip/uri.ts";
import type { Account } from "../../core/store/mod.ts";
import type { Accounts } from "./accounts.ts";
import type { SmConfig } from "./config.ts";

/** What a REGISTER's sender has proven. */
export type Proof =
  /** `info`: the Authentication-Info value with the server's own proof; none without digest. */
  | { readonly ok: true; readonly info?: string }
  /** A challenge: 401 with these WWW-Authenticate values. `cause` is for the log. */
  | { readonly ok: false; readonly challenges: readonly string[]; readonly cause: string }
  /** No: 403 with this cause. */
  | { readonly ok: false; readonly forbidden: string };

/** Proves that the sender of a REGISTER may use a name. */
export interface Authenticator {
  /** @param name canonical name in To */
  prove(request: SipRequest, channel: Channel, name: string): Promise<Proof>;
}

/** The authenticator of docs/session-manager.md, "Names and channels". */
export function createAuthenticator(
  { config, accounts, clock, random, isSelf }: {
    readonly config: SmConfig;
    readonly accounts: Accounts;
    readonly clock: Clock;
    readonly random: Random;
    /** Whether a URI without user part names this server. */
    isSelf(uri: SipUri): boolean;
  },
): Authenticator {
  const digest = new DigestServer({
    clock,
    random,
    realm: config.domain,
    algorithms: config.authentication.algorithms,
    nonceMilliseconds: config.authentication.nonceSeconds * 1000,
  });
  const challenge = (channel: Channel, cause: string, stale = false): Proof => ({
    ok: false,
    challenges: digest.challenge({ stale, context: channel.id }),
    cause,
  });
  return {
    async prove(request, channel, name) {
      await accounts.refresh();
      const credentials = credentialsOf(request, config.domain);
      if (credentials === undefined) {
        // A secure channel has proven its names: it need not prove them again.
        if (channel.level > 0 && channel.names.has(name)) return { ok: true };
        return challenge(channel, "no credentials");
      }
      if (credentials.username !== userOf(name)) {
        return { ok: false, forbidden: "the digest user is not the name in To" };
      }
      const secret = secretOf(accounts.get(name), credentials);
      // The domain and each address of this server name the same thing; some clients write the address
      // they send to, whatever the Request-URI.
      const named = tryParseUri(credentials.uri);
      const self = named?.kind === "sip" && named.user === undefined && isSelf(named);
      const uri = self ? credentials.uri : request.uri;
      const verdict = digest.verify(credentials, secret, request.method, uri, channel.id);
      if (!verdict.ok) return challenge(channel, verdict.cause, verdict.stale);
      return { ok: true, info: verdict.info };
    },
  };
}

/** The first digest credentials for our realm. */
function credentialsOf(request: SipRequest, realm: string): DigestCredentials | undefined {
  for (const value of request.headers.getAll("Authorization")) {
    const credentials = parseCredentials(value);
    if (credentials?.realm === realm) return credentials;
  }
  return undefined;
}

/** The digest user name of a canonical name: its user part, unescaped. */
function userOf(name: string): string {
  return unescapeUser(name.slice("sip:".length, name.lastIndexOf("@")));
}

function secretOf(
  account: Account | undefined,
  { algorithm }: DigestCredentials,
): string | undefined {
  if (algorithm === "SHA-256") return account?.ha1Sha256;
  if (algorithm === "MD5") return account?.ha1Md5;
  return undefined;
}
