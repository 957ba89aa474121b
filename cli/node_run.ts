/**
 * What the commands of `ntm node` do.
 *
 * @module
 */
import {
  deliverTo,
  forward,
  type Node,
  NodeError,
  type NodeEvent,
  startNode,
  type VirtualPeer,
} from "../client/node/mod.ts";
import { type Address, formatAddress, formatHost, parseAddress } from "../core/net/address.ts";
import { NetworkError } from "../core/net/network.ts";
import { liveRuntime } from "../core/runtime/live.ts";
import type { LogLevel } from "../core/runtime/log.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import { liveLog } from "./log.ts";
import { nodeConfig, type NodeFlags } from "./node_settings.ts";
import { CliError, Exit, exitWith, print, printable, printJson, say } from "./output.ts";

/** Options all commands have besides settings. */
export interface RunOptions {
  readonly json?: true | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly log?: LogLevel | undefined;
}

type Family = { readonly ipv6?: true | undefined };

const familyOf = ({ ipv6 }: Family) => ({ family: ipv6 ? 6 as const : 4 as const });

/** `ntm node ping` */
export async function ping(
  fqdn: string,
  flags: NodeFlags,
  options: RunOptions & Family & { readonly count: number; readonly interval: number },
): Promise<void> {
  await withNode(flags, options, async ({ node, ended }) => {
    let answered = 0;
    for (let number = 1; number <= options.count; number++) {
      try {
        const milliseconds = await Promise.race([node.ping(fqdn, familyOf(options)), ended]);
        if (typeof milliseconds !== "number") break;
        answered++;
        if (options.json) printJson({ event: "echo", fqdn, number, milliseconds });
        else print(`${fqdn}: echo ${number} in ${milliseconds} ms`);
      } catch (error) {
        if (!(error instanceof NodeError) || error.failure !== "unreachable") throw error;
        if (options.json) printJson({ event: "no-echo", fqdn, number, reason: error.message });
        else print(error.message);
      }
      if (number < options.count && await pause(options.interval, ended)) break;
    }
    if (answered === 0) exitWith(Exit.failed);
  });
}

/** `ntm node send` */
export async function send(
  fqdn: string,
  port: number,
  text: string,
  flags: NodeFlags,
  options: RunOptions & Family & { readonly wait: number },
): Promise<void> {
  await withNode(flags, options, async ({ node, ended }) => {
    const answer = Promise.withResolvers<Uint8Array>();
    const socket = await node.connect(fqdn, port, answer.resolve, familyOf(options));
    socket.send(new TextEncoder().encode(text));
    if (options.wait === 0) return;
    const timer = Promise.withResolvers<void>();
    const id = setTimeout(timer.resolve, options.wait * 1000);
    const got = await Promise.race([answer.promise, timer.promise, ended]);
    clearTimeout(id);
    if (got instanceof Uint8Array) show(got, socket.remote, options);
    else {
      say(`${fqdn}: no answer from virtual port ${port} within ${options.wait} s`);
      exitWith(Exit.failed);
    }
  });
}

/** `ntm node listen` */
export async function listen(
  port: number,
  flags: NodeFlags,
  options: RunOptions & { readonly to?: string | undefined; readonly echo?: true | undefined },
): Promise<void> {
  const to = options.to === undefined ? undefined : addressOf(options.to);
  await withNode(flags, options, async ({ node, runtime, ended }) => {
    if (to) {
      const from = to.host.includes(":")
        ? "::1"
        : to.host.startsWith("127.")
        ? "127.0.0.1"
        : "0.0.0.0";
      const delivery = deliverTo(node, runtime, { port, to, from });
      ready(`virtual port ${port} of ${node.fqdn} is handed to ${formatAddress(to)}`, options);
      await ended;
      return await delivery.stop();
    }
    const listener = node.listen(port, (payload, from) => {
      show(payload, from, options);
      if (options.echo) listener.send(payload, from);
    });
    ready(`listening on virtual port ${port} of ${node.fqdn}`, options);
    await ended;
  });
}

/** `ntm node forward` */
export async function forwardPort(
  local: string,
  target: string,
  flags: NodeFlags,
  options: RunOptions & Family,
): Promise<void> {
  const match = /^([^:]+):([1-9][0-9]{0,4})$/.exec(target);
  if (!match || Number(match[2]) > 65_535) {
    const expected = "expected NAME:PORT, for example bob.b.ntm.test:7";
    throw new CliError(Exit.usage, `correspondent "${target}": ${expected}`);
  }
  const entry = addressOf(local);
  await withNode(flags, options, async ({ node, runtime, ended }) => {
    const to = { local: entry, fqdn: match[1]!, port: Number(match[2]) };
    const forwarding = await forward(node, runtime, to, familyOf(options));
    const at = formatAddress(forwarding.local);
    if (options.json) printJson({ event: "forwarding", local: at, fqdn: to.fqdn, port: to.port });
    else ready(`forwarding ${at} to virtual port ${to.port} of ${to.fqdn}`, options);
    await ended;
    await forwarding.stop();
  });
}

interface Running {
  readonly node: Node;
  readonly runtime: Runtime;
  /** A signal came, or the time is up. */
  readonly ended: Promise<void>;
}

/** Starts a node, does `work`, and stops it again, come what may. */
async function withNode(
  flags: NodeFlags,
  options: RunOptions,
  work: (running: Running) => Promise<void>,
): Promise<void> {
  const config = await nodeConfig(flags);
  const log = liveLog({ level: options.log ?? logLevel(), json: options.json === true });
  const runtime = liveRuntime({ log });
  const end = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, end.resolve);
  // The runtime's timers do not keep the process alive.
  const alive = setInterval(() => {}, 1 << 30);
  const timer = options.timeout === undefined
    ? undefined
    : setTimeout(end.resolve, options.timeout * 1000);
  let node: Node | undefined;
  try {
    const starting = startNode(config, runtime, (event) => showEvent(event, options));
    // One that comes up when nobody waits any more is stopped.
    const started = await Promise.race([starting, end.promise]);
    if (!started) {
      starting.then((late) => late.stop(), () => {});
      throw new CliError(Exit.broken, "ended before the node was registered");
    }
    node = started;
    await work({ node, runtime, ended: end.promise });
  } catch (error) {
    throw cliError(error);
  } finally {
    await node?.stop();
    clearTimeout(timer);
    clearInterval(alive);
    for (const signal of signals) Deno.removeSignalListener(signal, end.resolve);
  }
}

/** Waits; true if the end came first. */
async function pause(seconds: number, ended: Promise<void>): Promise<boolean> {
  const over = Promise.withResolvers<false>();
  const timer = setTimeout(() => over.resolve(false), seconds * 1000);
  const result = await Promise.race([over.promise, ended.then(() => true)]);
  clearTimeout(timer);
  return result;
}

function show(payload: Uint8Array, { fqdn, host, port }: VirtualPeer, options: RunOptions): void {
  const text = new TextDecoder().decode(payload);
  if (options.json) {
    const { length } = payload;
    return printJson({
      event: "datagram",
      fqdn,
      host,
      port,
      octets: length,
      hex: payload.toHex(),
      text,
    });
  }
  print(`${fqdn} ${formatHost(host)}:${port}: ${printable(text)}`);
}

function ready(text: string, options: RunOptions): void {
  if (options.json) printJson({ event: "ready", text });
  else say(text);
}

function showEvent(event: NodeEvent, options: RunOptions): void {
  if (options.json) return printJson(event);
  switch (event.event) {
    case "registered":
      return say(
        `registered ${event.fqdn} as ${event.ipv4} and ${event.ipv6}, seen at ${event.seen}`,
      );
    case "disconnected":
      return say(
        `disconnected: ${event.reason}; trying again in ${event.retryMilliseconds / 1000} s`,
      );
    case "tunnel":
      return say(
        `tunnel ${event.path} to ${event.peer}, ${
          event.relay ? `relayed by ${event.relay}` : "direct"
        }`,
      );
    case "tunnel-closed":
      if (event.reason !== "the node was stopped") {
        say(`tunnel ${event.path} closed: ${event.reason}`);
      }
  }
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address) return address;
  throw new CliError(Exit.usage, `"${text}": expected an IP address and a port, 127.0.0.1:9000`);
}

function logLevel(): LogLevel {
  const text = Deno.env.get("NTM_LOG") ?? "warning";
  const level = (["debug", "info", "warning", "error"] as const).find((one) => one === text);
  if (level) return level;
  throw new CliError(Exit.usage, `NTM_LOG "${text}": expected debug, info, warning or error`);
}

function cliError(error: unknown): unknown {
  if (error instanceof NodeError) {
    const exit = error.failure === "wrong-use"
      ? Exit.usage
      : error.failure === "unavailable"
      ? Exit.failed
      : Exit.broken;
    return new CliError(exit, error.message, { cause: error });
  }
  if (error instanceof NetworkError) {
    return new CliError(Exit.broken, error.message, { cause: error });
  }
  return error;
}
