/**
 * The RS of NTMobile (seeds 003, 004): `serve(rsConfig({ … }), runtime)`.
 *
 * @module
 */
export {
  type RsConfig,
  rsConfig,
  type RsConfigInput,
  type RsLimits,
  type RsTimers,
} from "./config.ts";
export { type RsServer, serve } from "./serve.ts";
