/**
 * The RS: `serve(config, runtime)`. DCs tell it which paths to hold; the data plane passes packets on.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { readU48 } from "../../core/ntm/header.ts";
import { DATA, KEEP_ALIVE } from "../../core/ntm/message_types.ts";
import { relayDirection, relayResponse, tunnelResponse } from "../../core/ntm/messages/mod.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { openNtmStore } from "../../core/store/mod.ts";
import type { ControlDrop } from "../ntm/control.ts";
import { route } from "../ntm/routes.ts";
import { type DatagramSide, NtmServer } from "../ntm/server.ts";
import { type Counters, type DataPlane, openDataPlane } from "./data_plane/mod.ts";
import type { RsConfig } from "./config.ts";
import { type PathDrop, Paths } from "./paths.ts";

/** An RS that runs. */
export interface RsServer {
  readonly addresses: readonly Address[];
  /** Paths held. */
  readonly paths: number;
  /** What the data plane passed on and dropped. */
  readonly counters: Counters;
  /** Datagrams of the control plane that were dropped, by cause. */
  readonly drops: Readonly<Record<ControlDrop, number>>;
  /** Datagrams of nodes to the RS itself that were dropped, by cause. */
  readonly pathDrops: Readonly<Record<PathDrop, number>>;
  stop(): Promise<void>;
}

/** What goes from one end to the other unread. Tunnel Requests do only where both ends are known. */
const RELAYED_TYPES = [tunnelResponse.type, KEEP_ALIVE, DATA];

/** Where the header has the path id. */
const PATH_ID = 2;

/** Starts an RS. Rejects with a `NetworkError` or a `StoreError`; nothing is left open then. */
export async function serve(config: RsConfig, runtime: Runtime): Promise<RsServer> {
  const { limits, timers } = config;
  const store = await openNtmStore({ file: config.store });
  let plane: DataPlane | undefined;
  const open = () => plane!;
  const paths = new Paths(open, limits.paths);
  const direct = route(relayDirection, relayResponse, (direction) => {
    paths.add(direction);
    return { endpoints: open().local, paths: paths.size, capacity: limits.paths };
  });
  const server: NtmServer = new NtmServer({
    ...{ name: "rs", runtime, store, listen: config.listen, tls: config.tls, limits, timers },
    keyFor: ({ role, name }) =>
      role === "dc" && (config.zones?.includes(name) ?? true) ? "kdcrs" : undefined,
    changed(id, there) {
      if (there) open().setAssociation(id);
      else plane?.remove(id);
    },
    async bind(receive): Promise<DatagramSide> {
      plane = await openDataPlane({
        listen: config.listen,
        relayedTypes: RELAYED_TYPES,
        workers: config.workers,
        limits: {
          maxEntries: limits.paths + limits.associations,
          pathSeconds: timers.pathSeconds,
        },
        events: {
          control(octets, from, socket) {
            // The data plane has found the id in its table, so there is a whole header.
            if (server.control.has(readU48(octets, PATH_ID))) receive(octets, from);
            else paths.receive(octets, from, socket);
          },
          idle: (ids) => paths.removed(ids),
          failed: (error) =>
            runtime.log.write("error", "data plane failed: restart the RS", {
              error: error.message,
            }),
        },
      }, runtime);
      return sideOf(plane);
    },
    tlsRoutes: [],
    datagramRoutes: [direct],
  });
  await server.start();
  return {
    addresses: server.addresses,
    get paths() {
      return paths.size;
    },
    get counters() {
      return open().counters();
    },
    get drops() {
      return server.control.drops;
    },
    get pathDrops() {
      return paths.drops;
    },
    stop: () => server.stop(),
  };
}

function sideOf(plane: DataPlane): DatagramSide {
  return {
    addresses: plane.local,
    send(datagram, to) {
      const ipv6 = to.host.includes(":");
      const socket = plane.local.findIndex(({ host }) => host.includes(":") === ipv6);
      if (socket >= 0) plane.send(datagram, to, socket);
    },
    stop: () => plane.stop(),
  };
}
