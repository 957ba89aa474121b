/**
 * Key information for the data channel, an attribute of its own in offer and answer (SM-19; seed 001
 * ¶0034, ¶0037). Modelled on `a=crypto` of RFC 4568 §4; it carries fresh nonces, never a key.
 *
 *     key-info  = "key-info:" tag SP suite 1*( SP key-param )
 *     tag       = 1*9DIGIT                    ; the answer repeats the tag of the line it chose
 *     suite     = "AES_256_GCM" / token
 *     key-param = method ":" base64
 *     method    = "nonce" / token             ; "nonce" is mandatory, others are kept
 *
 * An offer has one line for each suite it can do, best first; an answer has exactly one.
 *
 * @module
 */

/** Name of the attribute. */
export const KEY_INFO = "key-info";

/** Suites we can do, best first; the first is mandatory. */
export const KEY_INFO_SUITES: readonly string[] = ["AES_256_GCM"];

/** Octets of a nonce that are sent. */
export const KEY_INFO_NONCE_OCTETS = 32;

/** Limits of the parser. */
export const KEY_INFO_LIMITS = {
  /** Lines of one description. */
  lines: 16,
  /** Key parameters of one line. */
  parameters: 8,
  /** Octets of a nonce: fewer can be guessed, more is waste. */
  nonceOctets: { least: 16, most: 64 },
} as const;

/** One `a=key-info` line. */
export interface KeyInformation {
  readonly tag: number;
  readonly suite: string;
  readonly nonce: Uint8Array;
  /** Other key parameters, as written. */
  readonly parameters: readonly { readonly method: string; readonly value: string }[];
}

/** Key information that does not follow the grammar. */
export class KeyInformationError extends Error {
  override readonly name = "KeyInformationError";
}

const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads the value of one attribute, the text behind `a=key-info:`.
 *
 * @throws {KeyInformationError} that says which part is wrong
 */
export function parseKeyInformation(value: string): KeyInformation {
  const [tag = "", suite = "", ...parameters] = value.split(" ");
  if (!/^[0-9]{1,9}$/.test(tag)) throw fault(`tag "${tag}": expected 1 to 9 digits`);
  if (!TOKEN.test(suite)) throw fault(`suite "${suite}": expected a token such as AES_256_GCM`);
  if (parameters.length > KEY_INFO_LIMITS.parameters) {
    throw fault(`more than ${KEY_INFO_LIMITS.parameters} key parameters, the limit for one line`);
  }
  let nonce: Uint8Array | undefined;
  const others: { method: string; value: string }[] = [];
  for (const parameter of parameters) {
    const colon = parameter.indexOf(":");
    const method = parameter.slice(0, colon);
    const text = parameter.slice(colon + 1);
    if (colon < 0 || !TOKEN.test(method) || text === "" || !BASE64.test(text)) {
      throw fault(`key parameter "${parameter}": expected method:base64`);
    }
    if (method !== "nonce") others.push({ method, value: text });
    else if (nonce !== undefined) throw fault("nonce is given twice");
    else nonce = Uint8Array.fromBase64(text);
  }
  if (nonce === undefined) throw fault("nonce is missing: expected nonce:base64");
  const { least, most } = KEY_INFO_LIMITS.nonceOctets;
  if (nonce.length < least || nonce.length > most) {
    throw fault(`nonce of ${nonce.length} octets: expected ${least} to ${most}`);
  }
  return { tag: Number(tag), suite, nonce, parameters: others };
}

/** The value of the attribute, without its name. */
export function formatKeyInformation(information: KeyInformation): string {
  const { tag, suite, nonce, parameters } = information;
  const params = [
    `nonce:${nonce.toBase64()}`,
    ...parameters.map(({ method, value }) => `${method}:${value}`),
  ];
  return `${tag} ${suite} ${params.join(" ")}`;
}

/**
 * Reads all lines of a description; `values` are those of its `key-info` attributes in order.
 *
 * @throws {KeyInformationError} also for a tag that appears twice and for too many lines
 */
export function parseKeyInformationLines(values: readonly string[]): KeyInformation[] {
  if (values.length > KEY_INFO_LIMITS.lines) {
    throw fault(`more than ${KEY_INFO_LIMITS.lines} lines, the limit for one description`);
  }
  const lines = values.map(parseKeyInformation);
  const tags = new Set(lines.map(({ tag }) => tag));
  if (tags.size < lines.length) throw fault("a tag appears twice");
  return lines;
}

/** The line of an offer to answer: the first whose suite we can do. */
export function chooseKeyInformation(
  offered: readonly KeyInformation[],
  suites: readonly string[] = KEY_INFO_SUITES,
): KeyInformation | undefined {
  return offered.find(({ suite }) => suites.includes(suite));
}

/** Whether an answer chose one of the offered lines, with a nonce of its own. */
export function answersOffer(
  answer: readonly KeyInformation[],
  offered: readonly KeyInformation[],
): boolean {
  const [line, ...more] = answer;
  if (line === undefined || more.length > 0) return false;
  const chosen = offered.find(({ tag }) => tag === line.tag);
  // An answer that reflects our own nonce would let both directions share what should be fresh.
  return chosen?.suite === line.suite && chosen.nonce.toBase64() !== line.nonce.toBase64();
}

function fault(what: string): KeyInformationError {
  return new KeyInformationError(`a=${KEY_INFO}: ${what}`);
}
