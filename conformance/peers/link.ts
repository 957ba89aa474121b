/**
 * A peer's link to the IUT: octets out, messages in. Unlike the transport of our own roles it sends
 * whatever it is told, and takes whatever comes.
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import type { Stream, TlsCredentials } from "../../core/net/network.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { StreamFramer } from "../../core/sip/framing.ts";
import type { SipMessage } from "../../core/sip/message.ts";
import { parseMessage } from "../../core/sip/parse.ts";

/** How a link is made. */
export type LinkKind = "udp" | "tcp" | "tls";

/** What happens on a link. */
export interface LinkEvents {
  message(message: SipMessage, link: Link): void;
  malformed(what: string, link: Link): void;
  closed(link: Link): void;
}

/** An open link. */
export interface Link {
  readonly kind: LinkKind;
  readonly local: Address;
  readonly remote: Address;
  readonly open: boolean;
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Milliseconds a connection attempt may take. */
export const connectMilliseconds = 5000;

/** Where to connect to, and as who. */
export interface LinkTarget {
  readonly kind: LinkKind;
  /** Host to connect from. */
  readonly from: string;
  readonly to: Address;
  readonly tls?: TlsCredentials;
  readonly serverName?: string;
}

/** Opens a link. Rejects with the network's error. */
export async function openLink(
  runtime: Runtime,
  target: LinkTarget,
  events: LinkEvents,
): Promise<Link> {
  const local = { host: target.from, port: 0 };
  if (target.kind === "udp") return await openDatagram(runtime, local, target.to, events);
  const stream = await runtime.network.connect({
    kind: target.kind,
    remote: target.to,
    local,
    timeoutMilliseconds: connectMilliseconds,
    ...(target.tls ? { tls: target.tls } : {}),
    ...(target.serverName ? { serverName: target.serverName } : {}),
  });
  return streamLink(stream, events);
}

/** A link over a stream that is open already (connected, or accepted). */
export function streamLink(stream: Stream, events: LinkEvents): Link {
  const framer = new StreamFramer({ mode: "tolerant" });
  let open = true;
  let closed = () => {};
  const whenClosed = new Promise<void>((resolve) => closed = resolve);
  const link: Link = {
    kind: stream.kind,
    local: stream.local,
    remote: stream.remote,
    get open() {
      return open;
    },
    send: (bytes) => stream.write(bytes),
    close() {
      open = false;
      stream.close();
      return whenClosed;
    },
  };
  stream.handle({
    data(bytes) {
      for (const framed of framer.push(bytes)) {
        if (framed.kind === "message") events.message(framed.message, link);
        else if (framed.kind === "malformed") events.malformed(framed.error.message, link);
      }
    },
    closed() {
      open = false;
      closed();
      events.closed(link);
    },
  });
  return link;
}

async function openDatagram(
  runtime: Runtime,
  local: Address,
  to: Address,
  events: LinkEvents,
): Promise<Link> {
  let open = true;
  const socket = await runtime.network.datagram(local, (bytes) => {
    const parsed = parseMessage(bytes, { mode: "tolerant" });
    if (parsed.ok) events.message(parsed.message, link);
    else events.malformed(parsed.error.message, link);
  });
  const link: Link = {
    kind: "udp",
    local: socket.local,
    remote: to,
    get open() {
      return open;
    },
    send: (bytes) => socket.send(bytes, to),
    async close() {
      open = false;
      await socket.close();
      events.closed(link);
    },
  };
  return link;
}

/** A link in words, for messages. */
export function linkText(link: Link): string {
  return `${link.kind} ${formatAddress(link.local)} to ${formatAddress(link.remote)}`;
}
