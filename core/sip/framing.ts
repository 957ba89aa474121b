/**
 * Messages on a stream (RFC 3261 §18.3): octets in, whole messages out. The empty lines that keep a
 * connection alive (RFC 5626 §4.4.1) are taken apart from them. Memory is bounded by the limits;
 * senders that are slow are the transport's affair (see {@link StreamFramer.pending}).
 *
 * @module
 */
import { type Deviation, placeIn, SipParseError } from "./errors.ts";
import { defaultParseLimits, type ParseLimits, partialLimits } from "./limits.ts";
import type { SipMessage } from "./message.ts";
import { type ParsedHead, parseHead } from "./parse.ts";

/** What came out of a stream. */
export type Framed =
  | {
    readonly kind: "message";
    readonly message: SipMessage;
    /** Octets of the stream before the message. */
    readonly start: number;
    /** Tolerant mode only. */
    readonly deviations: readonly Deviation[];
  }
  | {
    readonly kind: "malformed";
    readonly error: SipParseError;
    /** Octets of the stream before the message; the error counts from there. */
    readonly start: number;
    /** As much as could be read, to answer with. */
    readonly partial?: SipMessage;
    /** True if nobody can say where the next message begins: the connection is of no use any more. */
    readonly fatal: boolean;
  }
  /** An empty line twice: the peer wants a single one back. */
  | { readonly kind: "ping" };

const CR = 13;
const LF = 10;
const START_CAPACITY = 4096;

/** Cuts one stream into messages. */
export class StreamFramer {
  readonly #limits: ParseLimits;
  readonly #mode: "strict" | "tolerant";
  #buffer = new Uint8Array(0);
  /** Whether the buffer is ours to write to; false while it is the last chunk itself. */
  #owned = false;
  /** Octets of the stream before the buffer. */
  #origin = 0;
  #start = 0;
  #end = 0;
  /** Octets before this one hold no end of a head. */
  #searched = 0;
  /** A head that waits for its body. */
  #head: ParsedHead | SipParseError | undefined;
  #partial: SipMessage | undefined;
  #bodyAt = 0;
  #bodyOctets = 0;
  #emptyLine = false;
  #failed = false;

  constructor(
    options: { limits?: Partial<ParseLimits>; mode?: "strict" | "tolerant" } = {},
  ) {
    this.#limits = { ...defaultParseLimits, ...options.limits };
    this.#mode = options.mode ?? "strict";
  }

  /** Octets of a message that is not complete; 0 between messages. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** True after a fatal error; whatever comes then is dropped. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Takes octets and returns what they complete, in order. */
  push(chunk: Uint8Array): Framed[] {
    if (this.#failed) return [];
    this.#append(chunk);
    const framed: Framed[] = [];
    while (!this.#failed && this.#step(framed));
    if (this.#failed || this.#start === this.#end) this.#clear();
    return framed;
  }

  /** The stream has ended: a message that is not complete is an error. */
  end(): Framed[] {
    if (this.#failed || this.pending === 0) return [];
    const error = this.#error(
      "the stream ends within a message",
      this.pending,
      "RFC 3261 §18.3",
      400,
    );
    this.#clear();
    return [this.#fatal(error)];
  }

  /** One thing at the start of the buffer; false if it takes more octets. */
  #step(framed: Framed[]): boolean {
    if (this.#head === undefined) {
      this.#skipEmptyLines(framed);
      if (this.#start === this.#end) return false;
      const end = this.#headEnd();
      if (end < 0) return this.#waitForHead(framed);
      this.#readHead(this.#buffer.subarray(this.#start, end), framed);
      return true;
    }
    const bodyEnd = this.#bodyAt + this.#bodyOctets;
    if (bodyEnd > this.#end) return false;
    if (this.#head instanceof SipParseError) {
      const [error, partial] = [this.#head, this.#partial];
      framed.push({ kind: "malformed", error, start: this.#position, partial, fatal: false });
    } else {
      const { message, deviations } = this.#head;
      // A copy: the buffer's octets move on.
      message.body = this.#buffer.slice(this.#bodyAt, bodyEnd);
      framed.push({ kind: "message", message, start: this.#position, deviations });
    }
    this.#head = this.#partial = undefined;
    this.#start = this.#searched = bodyEnd;
    return true;
  }

  #skipEmptyLines(framed: Framed[]): void {
    while (this.#buffer[this.#start] === CR && this.#start + 1 < this.#end) {
      if (this.#buffer[this.#start + 1] !== LF) break;
      this.#start += 2;
      if (this.#emptyLine) framed.push({ kind: "ping" });
      this.#emptyLine = !this.#emptyLine;
    }
    this.#searched = Math.max(this.#searched, this.#start);
    if (this.#start < this.#end && this.#buffer[this.#start] !== CR) this.#emptyLine = false;
  }

  /** Position after the empty line that ends the head; −1 if it is not there yet. */
  #headEnd(): number {
    const buffer = this.#buffer;
    for (let at = this.#searched; at + 3 < this.#end; at++) {
      if (
        buffer[at] === CR && buffer[at + 1] === LF && buffer[at + 2] === CR && buffer[at + 3] === LF
      ) return at + 4;
    }
    this.#searched = Math.max(this.#start, this.#end - 3);
    return -1;
  }

  #waitForHead(framed: Framed[]): false {
    const { headOctets } = this.#limits;
    if (this.pending > headOctets) {
      const what = `the head is longer than ${headOctets} octets`;
      framed.push(this.#fatal(this.#error(what, headOctets, "limit", 513)));
    }
    return false;
  }

  /** Reads a whole head and learns how long its body is. */
  #readHead(bytes: Uint8Array, framed: Framed[]): void {
    this.#bodyAt = this.#start + bytes.length;
    try {
      const options = { mode: this.#mode, stream: true, limits: this.#limits };
      const head = parseHead(bytes, options);
      this.#head = head;
      this.#bodyOctets = head.bodyOctets ?? 0;
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#recover(bytes, error, framed);
    }
  }

  /** A head that cannot be read: the stream goes on only if it is sure where the next one begins. */
  #recover(bytes: Uint8Array, error: SipParseError, framed: Framed[]): void {
    try {
      const limits = partialLimits(this.#limits);
      const { message, bodyOctets } = parseHead(bytes, { mode: "tolerant", limits });
      if (bodyOctets === undefined || message.headers.count("content-length") !== 1) {
        framed.push(this.#fatal(error, message));
        return;
      }
      this.#head = error;
      this.#partial = message;
      this.#bodyOctets = bodyOctets;
    } catch (second) {
      if (!(second instanceof SipParseError)) throw second;
      framed.push(this.#fatal(error));
    }
  }

  #fatal(error: SipParseError, partial?: SipMessage): Framed {
    this.#failed = true;
    return { kind: "malformed", error, start: this.#position, partial, fatal: true };
  }

  #error(what: string, offset: number, clause: string, status: 400 | 513): SipParseError {
    const place = placeIn(this.#buffer.subarray(this.#start, this.#end), offset);
    return new SipParseError(what, place, clause, status);
  }

  #append(chunk: Uint8Array): void {
    const length = this.#end - this.#start;
    if (length === 0) {
      this.#buffer = new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
      this.#start = this.#searched = 0;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length || !this.#owned) {
      const capacity = Math.max(START_CAPACITY, 2 * (length + chunk.length));
      const grown = new Uint8Array(capacity);
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#origin += this.#start;
      this.#bodyAt -= this.#start;
      this.#searched -= this.#start;
      this.#buffer = grown;
      this.#start = 0;
      this.#end = length;
      this.#owned = true;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Octets of the stream before the current message. */
  get #position(): number {
    return this.#origin + this.#start;
  }

  #clear(): void {
    this.#origin += this.#end;
    this.#buffer = new Uint8Array(0);
    this.#start = this.#end = this.#searched = 0;
    this.#owned = false;
  }
}
