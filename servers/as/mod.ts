/**
 * The AS of NTMobile (seeds 003, 004): `serve(asConfig({ … }), runtime)`.
 *
 * @module
 */
export {
  type AsAccountConfig,
  type AsConfig,
  asConfig,
  type AsConfigInput,
  type AsDcConfig,
} from "./config.ts";
export { type AsServer, serve } from "./serve.ts";
