/**
 * Our own terminal, embedded as implementation under test; the mutants start it with a part replaced.
 *
 * @module
 */
import type { Runtime } from "../../core/runtime/runtime.ts";
import {
  type Call,
  startTerminal as start,
  type Terminal,
  type TerminalConfig,
  TerminalError,
  type TerminalParts,
} from "../../client/terminal/mod.ts";
import type {
  Outcome,
  RunningTerminal,
  TerminalAction,
  TerminalSettings,
} from "./implementation.ts";

/** How a mutant differs from the reference. */
export interface TerminalFault {
  readonly parts?: Partial<TerminalParts>;
  /** Changes the configuration. */
  readonly config?: (config: TerminalConfig, settings: TerminalSettings) => TerminalConfig;
  /** Changes the world it runs in. */
  readonly runtime?: (runtime: Runtime, settings: TerminalSettings) => Runtime;
  /** Changes what it is told to do. */
  readonly action?: (action: TerminalAction) => TerminalAction;
  /** Changes how it says an action ended. */
  readonly outcome?: (outcome: Outcome) => Outcome;
}

/** A terminal that can be told what to do, whole or with a fault. It registers when first told to. */
export function startTerminal(
  settings: TerminalSettings,
  runtime: Runtime,
  fault: TerminalFault = {},
): Promise<RunningTerminal> {
  const config = configOf(settings);
  const embedded = new EmbeddedTerminal(
    fault.config?.(config, settings) ?? config,
    fault.runtime?.(runtime, settings) ?? runtime,
    fault.parts ?? {},
  );
  return Promise.resolve({
    async does(action) {
      const outcome = await embedded.does(fault.action?.(action) ?? action);
      return fault.outcome?.(outcome) ?? outcome;
    },
    stop: () => embedded.stop(),
  });
}

class EmbeddedTerminal implements RunningTerminal {
  #terminal: Promise<Terminal> | undefined;
  #stopped = false;
  readonly #calls = new Set<Call>();

  constructor(
    private readonly config: TerminalConfig,
    private readonly runtime: Runtime,
    private readonly parts: Partial<TerminalParts>,
  ) {}

  async does(action: TerminalAction): Promise<Outcome> {
    try {
      return await this.#does(action);
    } catch (error) {
      // As `ntm terminal`: 3 when the server is not there or not to be trusted.
      if (error instanceof TerminalError) return { status: 3, output: error.message };
      throw error;
    }
  }

  async #does(action: TerminalAction): Promise<Outcome> {
    switch (action.kind) {
      case "register":
        await this.#started();
        return { status: 0, output: "registered" };
      case "listen": {
        const error = await (await this.#started()).closed;
        return error ? { status: 3, output: error.message } : { status: 0, output: "stopped" };
      }
      case "hangup":
        for (const call of this.#calls) call.hangUp();
        return { status: 0, output: "" };
      case "stop":
        await this.stop();
        return { status: 0, output: "stopped" };
      case "call":
        return await this.#call(action.to, action.from);
      case "message": {
        const from = action.from === undefined ? {} : { from: action.from };
        const outcome = await (await this.#started()).message(action.to, action.text, from);
        return outcome.delivered
          ? { status: 0, output: "delivered" }
          : { status: 1, output: refusalText(outcome) };
      }
    }
  }

  async #call(to: string, from: string | undefined): Promise<Outcome> {
    const terminal = await this.#started();
    const call = await terminal.call(to, from === undefined ? {} : { from });
    this.#calls.add(call);
    void call.over.then(() => this.#calls.delete(call));
    const outcome = await call.outcome;
    return outcome.established
      ? { status: 0, output: "established" }
      : { status: 1, output: refusalText(outcome) };
  }

  #started(): Promise<Terminal> {
    return this.#terminal ??= start(this.config, this.runtime, {
      call: (call) => {
        this.#calls.add(call);
        call.answer();
      },
    }, this.parts);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    try {
      await (await this.#terminal)?.stop();
    } catch {
      // It never came to be registered; there is nothing to stop.
    }
  }
}

function refusalText(
  { status, phrase, reason }: { status: number; phrase: string; reason?: string },
): string {
  return `refused: ${status} ${phrase}${reason === undefined ? "" : ` — ${reason}`}`;
}

function configOf(settings: TerminalSettings): TerminalConfig {
  const { name, server, channel, tls } = settings;
  const certified = channel === "tls-certificate";
  return {
    name,
    server: { kind: certified ? "tls" : channel, host: server.host, port: server.port },
    local: settings.local.host,
    tls,
    ...(certified ? {} : { password: settings.password }),
    routeSecurity: { minimumLevel: settings.minimumLevel, check: settings.check },
    limits: { stopMilliseconds: 500 },
  };
}
