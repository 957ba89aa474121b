/**
 * The relay's data plane: the fastest back end that works here.
 *
 * @module
 */
import { LiveNetwork } from "../../../core/net/live.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import type { DataPlane, DataPlaneOptions } from "./data_plane.ts";
import { hasMmsgPlane, openMmsgPlane } from "./mmsg_plane.ts";
import { openPortablePlane } from "./portable_plane.ts";

export type { CounterName, Counters } from "./counters.ts";
export { COUNTERS } from "./counters.ts";
export * from "./data_plane.ts";
export type { PathEnd, PathEnds } from "./ends.ts";
export { TableFullError } from "./registry.ts";

/**
 * Opens a data plane: workers over `recvmmsg` and `sendmmsg` on Linux where FFI is permitted
 * (`--allow-ffi`), the runtime's network elsewhere and in the simulator. The choice is written to the
 * log. Rejects with a `NetworkError` if it cannot listen, a `RangeError` for settings that cannot be.
 */
export async function openDataPlane(
  options: DataPlaneOptions,
  runtime: Runtime,
): Promise<DataPlane> {
  const fast = runtime.network instanceof LiveNetwork && hasMmsgPlane();
  const plane = await (fast ? openMmsgPlane : openPortablePlane)(options, runtime);
  const workers = fast ? options.workers ?? 1 : 0;
  runtime.log.write("info", "data plane back end chosen", { name: plane.backEnd, workers });
  return plane;
}
