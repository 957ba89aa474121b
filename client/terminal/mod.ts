/**
 * A SIP terminal over any runtime, live or simulated.
 *
 * @example
 * ```ts ignore
 * const terminal = await startTerminal(config, runtime, { call: (call) => call.answer() });
 * const call = await terminal.call("sip:user-b@xyz.test");
 * const outcome = await call.outcome;
 * ```
 *
 * @module
 */
export type { Call, CallOutcome, IncomingCall } from "./call.ts";
export type { CallOptions } from "./calls.ts";
export type { ChainLink } from "./chain.ts";
export type { RegistrationSettings, TerminalConfig, TerminalLimits } from "./config.ts";
export { TerminalError, type TerminalFailure } from "./errors.ts";
export type { CallFacts, TerminalEvent } from "./events.ts";
export { type TerminalParts, terminalParts } from "./parts.ts";
export {
  type MessageOutcome,
  startTerminal,
  type Terminal,
  type TerminalObserver,
} from "./terminal.ts";
