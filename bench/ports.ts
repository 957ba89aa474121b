/**
 * UDP ports of this machine: a free one, and whether one is taken.
 *
 * @module
 */
import { createSocket } from "node:dgram";

/** Binds `port` of `hostname` (0: any) for a moment; resolves to the bound port, or undefined if it is taken. */
export function tryPort(hostname: string, port: number): Promise<number | undefined> {
  const socket = createSocket(hostname.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      if ("code" in error && error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    socket.bind(port, hostname, () => {
      const { port: bound } = socket.address();
      socket.close(() => resolve(bound));
    });
  });
}

/** A UDP port of `hostname` that nobody has now. */
export async function freePort(hostname: string): Promise<number> {
  const port = await tryPort(hostname, 0);
  if (port === undefined) throw new Error(`${hostname}: no UDP port is free`);
  return port;
}

/** True once something listens on the UDP port. */
export async function isTaken(hostname: string, port: number): Promise<boolean> {
  return await tryPort(hostname, port) === undefined;
}
