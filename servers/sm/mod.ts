/**
 * The session manager (seed 001): `serve(smConfig({ … }), runtime)`.
 *
 * @module
 */
export { accountName, makeAccount } from "./accounts.ts";
export { type ListenConfig, type SmConfig, smConfig, type SmConfigInput } from "./config.ts";
export type { PartServices, PartsOverride, SmParts } from "./parts.ts";
export { serve, type SmServer } from "./serve.ts";
