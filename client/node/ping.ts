/**
 * Echo through the tunnel (RFC 862, on virtual port 7).
 *
 * @module
 */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { NodeError } from "./errors.ts";
import type { Node } from "./node.ts";
import type { Family } from "./sockets.ts";
import type { VirtualPorts } from "./virtual_ports.ts";

/** The virtual port on which nodes send back what they get. */
export const ECHO_PORT = 7;

/** How to ping. */
export interface PingOptions {
  /** Octets of payload, at least 8. Default 56. */
  readonly octets?: number;
  /** How long to wait for the echo, ms. Default 2,000. */
  readonly timeoutMilliseconds?: number;
  readonly family?: Family;
}

/** Sends back what comes to the echo port. What comes from an echo port is not answered: two would never end. */
export function startEcho(ports: VirtualPorts): void {
  const echo = ports.listen(ECHO_PORT, (payload, from) => {
    if (from.port !== ECHO_PORT) echo.send(payload, from);
  });
}

/** One echo. The tunnel is built first and is not part of the time. */
export async function ping(
  node: Node,
  { clock, random }: Runtime,
  fqdn: string,
  { octets = 56, timeoutMilliseconds = 2_000, family }: PingOptions,
): Promise<number> {
  const payload = random.bytes(Math.max(8, octets));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = await node.connect(fqdn, ECHO_PORT, (echo) => {
    const same = echo.length === payload.length && echo.every((octet, at) => octet === payload[at]);
    if (same) resolve(clock.now() - sent);
  }, family === undefined ? {} : { family });
  const sent = clock.now();
  const timer = clock.after(timeoutMilliseconds, () => {
    reject(new NodeError("unreachable", `${fqdn}: no echo within ${timeoutMilliseconds} ms`));
  });
  try {
    socket.send(payload);
    return await promise;
  } finally {
    timer.cancel();
    socket.close();
  }
}
