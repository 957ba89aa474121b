/**
 * Short ways to define mutants.
 *
 * @module
 */
import type { Runtime } from "../../../core/runtime/runtime.ts";
import type { PartServices, SmParts } from "../../../servers/sm/mod.ts";
import type { Mutant, SessionManagerSettings } from "../implementation.ts";
import { type SessionManagerFault, startSessionManager } from "../session_manager.ts";
import { type Meddler, meddlingRuntime } from "./meddle.ts";

/** A mutant of the session manager. */
export function smMutant(
  id: string,
  fault: string,
  scope: readonly string[],
  how: SessionManagerFault,
): Mutant {
  return {
    id,
    title: id.replaceAll("-", " "),
    fault,
    scope,
    roles: ["session-manager"],
    startSessionManager: (settings, runtime) => startSessionManager(settings, runtime, how),
  };
}

/** A session manager with parts replaced. */
export function withParts(
  parts: (parts: SmParts, services: PartServices) => Partial<SmParts>,
): SessionManagerFault {
  // A copy: the parts that are handed in are the ones that will be changed.
  return { parts: (own, services) => parts({ ...own }, services) };
}

/** A session manager on whose network somebody meddles; made anew for each start. */
export function withMeddler(
  make: (settings: SessionManagerSettings) => Meddler,
): SessionManagerFault {
  return { runtime: (runtime: Runtime, settings) => meddlingRuntime(runtime, make(settings)) };
}
