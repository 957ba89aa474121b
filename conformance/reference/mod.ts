/**
 * The reference implementation: our own roles, as they are.
 *
 * @module
 */
import { referenceCodec } from "./codec.ts";
import type { Implementation } from "./implementation.ts";
import { startSessionManager } from "./session_manager.ts";
import { startTerminal } from "./terminal.ts";

/** Our own session manager, terminal and codecs. */
export const reference: Implementation = {
  id: "reference",
  title: "ntm reference",
  roles: ["session-manager", "terminal", "codec"],
  startSessionManager: (settings, runtime) => startSessionManager(settings, runtime),
  startTerminal: (settings, runtime) => startTerminal(settings, runtime),
  codec: referenceCodec,
};
