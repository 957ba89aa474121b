/**
 * What transactions hold in memory, and how room is made for a new one: those that only wait for
 * retransmissions go first, so that a flood of requests that are refused keeps nobody out.
 *
 * @module
 */
import { Headers } from "./headers.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import type { ServerMachine } from "./transactions_types.ts";

/** Transactions looked at, at most, that cannot go: it bounds the cost of a flood. */
const CANDIDATES = 16;
const NOTHING = new Uint8Array(0);

/** Octets of a message as far as they cost memory: header fields and body. */
export function messageOctets({ headers, body }: SipMessage): number {
  let octets = body.length;
  for (const { raw, name, value } of headers.fields) {
    octets += raw?.length ?? name.length + value.length + 4;
  }
  return octets;
}

/**
 * All that is kept of a request once there is a final response: its method. Not the URI either, which
 * is a piece of the text of the whole message and would keep that alive.
 */
export function settledRequest({ method }: SipRequest): SipRequest {
  return { kind: "request", method, uri: "", headers: new Headers(), body: NOTHING };
}

/** Ends the oldest settled transactions until `fits` is true; false if it does not come true. */
export function makeRoom(
  machines: Map<string, ServerMachine>,
  fits: () => boolean,
): boolean {
  let looked = 0;
  for (const [key, machine] of machines) {
    if (fits()) return true;
    if (machine.state === "completed" || machine.state === "confirmed") {
      machine.end();
    } else {
      if (++looked > CANDIDATES) break;
      machines.delete(key);
      machines.set(key, machine);
    }
  }
  return fits();
}
