/**
 * The token in our Record-Route URI (`sm=`): proof that policy let a dialog through, without a table
 * and across a restart.
 *
 * It is a keyed hash over Call-ID, the caller's tag and both names. Whoever sends a request within the
 * dialog returns it in Route; a request with a To tag and no token that fits belongs to no dialog of
 * ours.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { hash, timingSafeEqual } from "node:crypto";

/** What a dialog is known by when its first request passes. */
export interface DialogFacts {
  readonly callId: string;
  /** From tag of the first request. */
  readonly callerTag: string;
  /** Canonical name of the caller. */
  readonly caller: string;
  /** Canonical name that policy allowed: of the Request-URI. */
  readonly callee: string;
}

/** What a request within a dialog says about itself. */
export interface DialogClaim {
  readonly callId: string;
  readonly fromName: string;
  readonly fromTag: string;
  readonly toName: string;
  readonly toTag: string;
}

/** The dialog a token proves. */
export interface ProvenDialog {
  /** Canonical name of the party that has to get the request. */
  readonly other: string;
  /** Whether the caller of the first request sends this one. */
  readonly fromCaller: boolean;
}

/** Makes and checks tokens. */
export interface DialogTokens {
  make(facts: DialogFacts, toName: string): string;
  verify(token: string, claim: DialogClaim): ProvenDialog | undefined;
}

/** Octets of the secret. */
export const dialogKeyOctets = 32;
/** Characters of the hash in a token: 132 bits of base64url. */
const hashLength = 22;

/**
 * Tokens under a secret of {@link dialogKeyOctets} octets.
 *
 * The keyed hash is SHA-256 in envelope form, key ‖ text ‖ key (Yasuda, "Sandwich" is indeed secure,
 * 2007): the key in hexadecimal fills one block exactly, the output is truncated, and the text's
 * fields cannot hold the line feed that parts them. HMAC from node:crypto costs seven times as much,
 * once for each call and request within it.
 *
 *     token = base64url(hash)[0..22] [ "." base64url(callee) ]
 *
 * The callee's name is written out where the first request's To named somebody else than its
 * Request-URI; the hash covers it either way.
 */
export function createDialogTokens(secret: Uint8Array): DialogTokens {
  if (secret.length !== dialogKeyOctets) {
    throw new RangeError(`A dialog key has ${dialogKeyOctets} octets, not ${secret.length}`);
  }
  const key = secret.toHex();
  const keyed = (callId: string, tag: string, caller: string, callee: string) =>
    hash("sha256", `${key}${callId}\n${tag}\n${caller}\n${callee}\n${key}`, "base64url")
      .slice(0, hashLength);
  // The ACK and the BYE follow soon: what was computed lately need not be computed again.
  const lately = new Map<string, DialogFacts>();
  return {
    make(facts, toName) {
      const { callId, callerTag, caller, callee } = facts;
      const mac = keyed(callId, callerTag, caller, callee);
      if (lately.size >= rememberedTokens) lately.clear();
      lately.set(mac, facts);
      return callee === toName ? mac : `${mac}.${encodeName(callee)}`;
    },
    verify(token, claim) {
      const dot = token.indexOf(".");
      const mac = dot < 0 ? token : token.slice(0, dot);
      const named = dot < 0 ? undefined : decodeName(token.slice(dot + 1));
      if (mac.length !== hashLength || (dot >= 0 && named === undefined)) return undefined;
      const { callId, fromName, fromTag, toName, toTag } = claim;
      const known = lately.get(mac);
      const proves = (tag: string, caller: string, callee: string) =>
        known === undefined
          ? same(mac, keyed(callId, tag, caller, callee))
          : known.callId === callId && known.callerTag === tag && known.caller === caller &&
            known.callee === callee;
      const callee = named ?? toName;
      if (proves(fromTag, fromName, callee)) return { other: callee, fromCaller: true };
      // The other way: the called party's From is the first request's To.
      if (toTag !== "" && proves(toTag, toName, named ?? fromName)) {
        return { other: toName, fromCaller: false };
      }
      return undefined;
    },
  };
}

/** Tokens whose facts are kept at hand. */
const rememberedTokens = 10_000;

function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function encodeName(name: string): string {
  return new TextEncoder().encode(name).toBase64({ alphabet: "base64url", omitPadding: true });
}

function decodeName(text: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true })
      .decode(Uint8Array.fromBase64(text, { alphabet: "base64url" }));
  } catch {
    return undefined;
  }
}
