/**
 * An NTMobile node over any runtime, live or simulated: programs talk by names and virtual addresses,
 * whatever lies between the two nodes.
 *
 * @example
 * ```ts ignore
 * import { liveRuntime } from "../../core/runtime/live.ts";
 *
 * const node = await startNode({
 *   profile: "security",
 *   server: { host: "127.0.0.1", port: 4330, name: "as.ntm.test" },
 *   mail: "alice@a.ntm.test",
 *   password: "correct horse",
 *   tls: { trust: [await Deno.readTextFile("ca.pem")] },
 *   local: [{ host: "127.0.0.21", port: 0 }],
 * }, liveRuntime());
 * const socket = await node.connect("bob.b.ntm.test", 7, (payload) => {
 *   console.log(`${socket.remote.fqdn} says ${new TextDecoder().decode(payload)}`);
 * });
 * socket.send(new TextEncoder().encode("hello"));
 * ```
 *
 * @module
 */
export type { NodeConfig, NodeLimits, NodeTiming } from "./config.ts";
export { NodeError, type NodeFailure } from "./errors.ts";
export type { NodeEvent, NodeObserver } from "./events.ts";
export { deliverTo, forward, type Forwarding, type ForwardLimits } from "./forward.ts";
export { type Node, type NodeDropCause, startNode } from "./node.ts";
export { ECHO_PORT, type PingOptions } from "./ping.ts";
export type { Family } from "./sockets.ts";
export {
  PAYLOAD_LIMIT,
  type VirtualListener,
  type VirtualPeer,
  type VirtualReceiver,
  type VirtualSocket,
} from "./virtual_ports.ts";
