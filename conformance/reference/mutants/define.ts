/**
 * Short ways to define mutants.
 *
 * @module
 */
import type { Runtime } from "../../../core/runtime/runtime.ts";
import type { PartServices, SmParts } from "../../../servers/sm/mod.ts";
import type { Mutant, SessionManagerSettings } from "../implementation.ts";
import { type SessionManagerFault, startSessionManager } from "../session_manager.ts";
import { type CodecFunction, codecFunctionsOfOurs, codecOf } from "../codec.ts";
import { startTerminal, type TerminalFault } from "../terminal.ts";
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

/** A mutant of the terminal. */
export function terminalMutant(
  id: string,
  fault: string,
  scope: readonly string[],
  how: TerminalFault,
): Mutant {
  return {
    id,
    title: id.replaceAll("-", " "),
    fault,
    scope,
    roles: ["terminal"],
    startTerminal: (settings, runtime) => startTerminal(settings, runtime, how),
  };
}

/** A mutant of the codec: one function put in another's place; it gets the right one to use. */
export function codecMutant(
  id: string,
  fault: string,
  name: string,
  weaken: (right: CodecFunction) => CodecFunction,
  scope: readonly string[] = ["codec/**", "harness/**"],
): Mutant {
  const right: CodecFunction = (input) => codecOf(codecFunctionsOfOurs).compute(name, input);
  return {
    id,
    title: id.replaceAll("-", " "),
    fault,
    scope,
    roles: ["codec"],
    codec: codecOf({ ...codecFunctionsOfOurs, [name]: weaken(right) }),
  };
}
