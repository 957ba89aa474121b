/**
 * The DC of NTMobile (seeds 003, 004): `serve(dcConfig({ … }), runtime)`.
 *
 * @module
 */
export {
  type DcConfig,
  dcConfig,
  type DcConfigInput,
  type DcLimits,
  type DcTimers,
  type NeighbourServer,
} from "./config.ts";
export { type DcServer, serve } from "./serve.ts";
