/**
 * Offer and answer of a call (RFC 3264) with key information for its data channel (SM-19).
 *
 * @module
 */
import { type Address, isIpv6, parseIp } from "../../core/net/address.ts";
import type { Random } from "../../core/runtime/runtime.ts";
import {
  attributes,
  connection,
  mediaLine,
  parseSdp,
  SdpError,
  type SdpMedia,
  type SessionDescription,
} from "../../core/sdp/session_description.ts";
import {
  chooseKeyInformation,
  formatKeyInformation,
  KEY_INFO,
  KEY_INFO_NONCE_OCTETS,
  KEY_INFO_SUITES,
  type KeyInformation,
  KeyInformationError,
  parseKeyInformationLines,
} from "../../core/sdp/key_information.ts";
import type { SipMessage } from "../../core/sip/message.ts";

/** Media type of a description. */
export const SDP_TYPE = "application/sdp";

/** A description that cannot be taken; `status` answers a request with it. */
export class DescriptionError extends Error {
  override readonly name = "DescriptionError";
  constructor(readonly status: 415 | 488, message: string) {
    super(message);
  }
}

/** The other end's stream and key information. */
export interface PeerDescription {
  readonly description: SessionDescription;
  /** Which media section it is. */
  readonly index: number;
  /** Where it takes data; undefined if it names no IP address. */
  readonly data?: Address;
  /** Key information as given, empty if there is none. */
  readonly keys: readonly KeyInformation[];
}

/** Our side of a call's description: the origin stays, its version counts. */
export class LocalDescription {
  readonly #session: number;
  readonly #random: Random;
  #version = 0;
  /** What was offered or answered last. */
  keys: readonly KeyInformation[] = [];

  constructor(random: Random) {
    this.#random = random;
    const [a, b, c, d] = random.bytes(4);
    this.#session = ((a! * 256 + b!) * 256 + c!) * 256 + d!;
  }

  /** An offer: one stream, a line of key information for each suite. */
  offer(data: Address): string {
    this.keys = KEY_INFO_SUITES.map((suite, index) => this.#key(index + 1, suite));
    const stream = [`m=application ${data.port} udp octet-stream`];
    return this.#text(data.host, [[...stream, ...this.#keyLines()]]);
  }

  /** The answer to an offer; the streams we do not take get port 0 (RFC 3264 §6). */
  answer(offer: PeerDescription, data: Address): string {
    const chosen = chooseKeyInformation(offer.keys);
    this.keys = chosen ? [this.#key(chosen.tag, chosen.suite)] : [];
    const sections = offer.description.media.map((media, index) => {
      const { kind, protocol, formats } = mediaLine(media)!;
      const port = index === offer.index ? data.port : 0;
      const line = `m=${kind} ${port} ${protocol} ${formats.join(" ")}`;
      return index === offer.index ? [line, ...this.#keyLines()] : [line];
    });
    return this.#text(data.host, sections);
  }

  #key(tag: number, suite: string): KeyInformation {
    return { tag, suite, nonce: this.#random.bytes(KEY_INFO_NONCE_OCTETS), parameters: [] };
  }

  #keyLines(): string[] {
    return this.keys.map((key) => `a=${KEY_INFO}:${formatKeyInformation(key)}`);
  }

  #text(host: string, sections: string[][]): string {
    const family = isIpv6(host) ? "IP6" : "IP4";
    const lines = [
      "v=0",
      `o=- ${this.#session} ${++this.#version} IN ${family} ${host}`,
      "s=-",
      `c=IN ${family} ${host}`,
      "t=0 0",
      ...sections.flat(),
    ];
    return lines.map((line) => `${line}\r\n`).join("");
  }
}

/** Whether a message carries a body at all. */
export function hasBody(message: SipMessage): boolean {
  return message.body.length > 0;
}

/**
 * Reads the description of the other end. With `required`, a stream must have key information in a suite
 * we can do.
 *
 * @throws {DescriptionError}
 */
export function readDescription(message: SipMessage, required: boolean): PeerDescription {
  const type = message.headers.get("Content-Type") ?? "";
  if (type.split(";")[0]!.trim().toLowerCase() !== SDP_TYPE) {
    throw new DescriptionError(415, `body of type "${type}": expected ${SDP_TYPE}`);
  }
  const description = readSdp(message.body);
  if (description.media.length === 0 || description.media.some((media) => !mediaLine(media))) {
    throw new DescriptionError(488, "the description has no stream, or one that cannot be read");
  }
  const candidates = description.media.map((media, index) => ({
    media,
    index,
    keys: keysOf(media),
  }))
    .filter(({ media }) => mediaLine(media)!.port > 0);
  const found = candidates.find(({ keys }) => chooseKeyInformation(keys)) ??
    (required ? undefined : candidates[0]);
  if (found === undefined) {
    throw new DescriptionError(
      488,
      `key information: no stream with a=${KEY_INFO} in a suite of ${KEY_INFO_SUITES.join(", ")}`,
    );
  }
  const { media, index, keys } = found;
  const data = dataAddress(description, media);
  return { description, index, keys, ...(data && { data }) };
}

function readSdp(body: Uint8Array): SessionDescription {
  try {
    return parseSdp(body);
  } catch (error) {
    if (error instanceof SdpError) throw new DescriptionError(488, error.message);
    throw error;
  }
}

function keysOf({ lines }: SdpMedia): KeyInformation[] {
  try {
    return parseKeyInformationLines(attributes(lines, KEY_INFO));
  } catch (error) {
    if (error instanceof KeyInformationError) {
      throw new DescriptionError(488, `key information: ${error.message}`);
    }
    throw error;
  }
}

function dataAddress(description: SessionDescription, media: SdpMedia): Address | undefined {
  const host = parseIp(connection(description, media)?.address ?? "");
  return host === undefined ? undefined : { host, port: mediaLine(media)!.port };
}
