/**
 * Our own session manager, embedded as implementation under test; the mutants start it with a part
 * replaced.
 *
 * @module
 */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { type PartsOverride, serve, smConfig, type SmConfigInput } from "../../servers/sm/mod.ts";
import type { RunningSessionManager, SessionManagerSettings } from "./implementation.ts";

/** How a mutant differs from the reference. */
export interface SessionManagerFault {
  /** Replaces parts. */
  readonly parts?: PartsOverride;
  /** Changes the configuration. */
  readonly config?: (config: SmConfigInput, settings: SessionManagerSettings) => SmConfigInput;
  /** Changes the world it runs in. */
  readonly runtime?: (runtime: Runtime, settings: SessionManagerSettings) => Runtime;
}

/** Starts a session manager with the settings of a profile, whole or with a fault. */
export async function startSessionManager(
  settings: SessionManagerSettings,
  runtime: Runtime,
  fault: SessionManagerFault = {},
): Promise<RunningSessionManager> {
  const input = configOf(settings);
  const server = await serve(
    smConfig(fault.config?.(input, settings) ?? input),
    fault.runtime?.(runtime, settings) ?? runtime,
    fault.parts,
  );
  return {
    addresses: server.addresses,
    stop: () => server.stop({ deadlineMilliseconds: 0 }),
  };
}

function configOf(settings: SessionManagerSettings): SmConfigInput {
  const { domain, listen, tls, neighbours, routeSecurity } = settings;
  return {
    ...{ domain, listen, tls, neighbours, routeSecurity },
    accounts: settings.accounts.map(({ user, password }) => ({ name: user, password })),
    policy: {
      default: "allow",
      rules: settings.refused.map(({ from, to }) => ({ from, to, action: "refuse" as const })),
    },
  };
}
