/**
 * The relay's data plane as a program: `ntm_relay.ts PORT PATHS SENDER_PORT SINK_PORT`, paths as load.c has them.
 *
 * @module
 */
import { liveRuntime } from "../../core/runtime/live.ts";
import { openDataPlane } from "../../servers/rs/data_plane/mod.ts";

const [port = 0, paths = 0, senderPort = 0, sinkPort = 0] = Deno.args.map(Number);
/** The type of the load's datagrams. */
const TYPE = 1;

const plane = await openDataPlane({
  listen: [{ host: "127.0.0.1", port }],
  relayedTypes: [TYPE],
  events: {
    control() {},
    idle() {},
    failed(error) {
      throw error;
    },
  },
}, liveRuntime());
for (let path = 0; path < paths; path++) {
  plane.setPath(path + 1, [
    { address: { host: `127.1.${path >> 8}.${path & 255}`, port: senderPort } },
    { address: { host: "127.0.0.1", port: sinkPort } },
  ]);
}
