/**
 * What the tests of this folder share: a clock that is turned by hand, dice that count, channels that
 * go nowhere, and messages from a few lines.
 *
 * @module
 */
import type { Channel, ChannelKind, SecurityLevel } from "../net/channel.ts";
import type { Clock, Random, Timer } from "../runtime/runtime.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { parseMessage } from "./parse.ts";

/** A clock that stands still until it is advanced. */
export class HandClock implements Clock {
  #now = 1_000_000;
  #order = 0;
  #timers: { at: number; order: number; fire: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, fire: () => void): Timer {
    const timer = { at: this.#now + milliseconds, order: this.#order++, fire };
    this.#timers.push(timer);
    return { cancel: () => this.#timers = this.#timers.filter((other) => other !== timer) };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets time pass, firing what falls due, each at its own time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = end;
  }
}

/** Octets that never repeat and are the same in every run. */
export function countingRandom(): Random {
  let next = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(length - 4, ++next);
      return bytes;
    },
  };
}

/** A channel with chosen properties. */
export function testChannel(
  options: {
    id?: string;
    kind?: ChannelKind;
    local?: string;
    remote?: string;
    names?: string[];
    level?: SecurityLevel;
  } = {},
): Channel {
  return {
    id: options.id ?? "test#1",
    kind: options.kind ?? "tls",
    local: { host: options.local ?? "192.0.2.1", port: 5061 },
    remote: { host: options.remote ?? "192.0.2.10", port: 40_000 },
    names: new Set(options.names ?? []),
    level: options.level ?? 3,
    open: true,
  };
}

/** A request of a start line and header lines; what every request needs is added where missing. */
export function testRequest(startLine: string, ...lines: string[]): SipRequest {
  const message = read(startLine, lines, startLine.split(" ")[0] ?? "");
  if (message.kind !== "request") throw new Error("a request was expected");
  return message;
}

/** A response of a status and header lines; what every response needs is added where missing. */
export function testResponse(status: number, method: string, ...lines: string[]): SipResponse {
  const message = read(`SIP/2.0 ${status} Test`, lines, method);
  if (message.kind !== "response") throw new Error("a response was expected");
  return message;
}

function read(startLine: string, lines: string[], method: string) {
  const named = (name: string) => new RegExp(`^(${name})\\s*:`, "i");
  const defaults: [string, string][] = [
    ["Via|v", "Via: SIP/2.0/TLS 192.0.2.10:40000;branch=z9hG4bKtest"],
    ["Max-Forwards", "Max-Forwards: 70"],
    ["From|f", "From: <sip:user-a@abc.test>;tag=1"],
    ["To|t", "To: <sip:user-b@abc.test>"],
    ["Call-ID|i", "Call-ID: test-call"],
    ["CSeq", `CSeq: 1 ${method}`],
    ["Contact|m", "Contact: <sip:user-a@192.0.2.10:40000>"],
    ["Content-Length|l", "Content-Length: 0"],
  ];
  const head = [startLine, ...lines];
  for (const [name, line] of defaults) {
    if (!lines.some((given) => named(name).test(given))) head.push(line);
  }
  const kept = head.filter((line) => line !== "From: none" && line !== "Via: none");
  const parsed = parseMessage(new TextEncoder().encode(kept.join("\r\n") + "\r\n\r\n"), {
    mode: "tolerant",
  });
  if (!parsed.ok) throw parsed.error;
  return parsed.message;
}
