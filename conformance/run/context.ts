/**
 * One running case: its peers, its IUT, what it has kept and noted.
 *
 * @module
 */
import type { PlannedCase } from "../expand/plan.ts";
import { chainScopes, fixedScope, type Scope, type Value } from "../expand/variables.ts";
import type { Outcome } from "../reference/implementation.ts";
import type { Peer } from "../peers/peer.ts";
import type { Recorder } from "../peers/recorder.ts";
import { Inconclusive } from "./failure.ts";
import type { Iut, StartedTerminal } from "./iut.ts";
import { commonScope } from "./scope.ts";
import type { World } from "./world.ts";

/** Times a run uses; each can be set. */
export interface RunTimes {
  /** How long a step waits for what it expects. */
  readonly timeoutMilliseconds: number;
  /** How long nothing must come where no barrier is possible. */
  readonly quietMilliseconds: number;
}

/** Used where nothing else is said. */
export const defaultTimes: RunTimes = { timeoutMilliseconds: 2000, quietMilliseconds: 300 };

/** The state of a running case. */
export class CaseContext {
  readonly peers = new Map<string, Peer>();
  readonly kept = new Map<string, Value>();
  readonly remarks: string[] = [];
  readonly evidence = new Set<string>();
  /** Who acted last: the beginning of the path a barrier has to go. */
  actor: Peer | undefined;
  terminal: StartedTerminal | undefined;
  /** The outcome of the last action of the terminal, while it is awaited or after. */
  outcome: Promise<Outcome> | undefined;
  readonly scope: Scope;

  constructor(
    readonly planned: PlannedCase,
    readonly iut: Iut,
    readonly world: World,
    readonly recorder: Recorder,
    readonly times: RunTimes,
    peerScope: (context: CaseContext) => Scope,
  ) {
    this.scope = chainScopes(
      fixedScope({ ...planned.source.vector.variables, ...planned.combination }),
      { look: (name) => this.kept.get(name) },
      peerScope(this),
      commonScope(world.mode),
    );
  }

  /** The peer of that name; vectors are checked, so it is there once the stage is set. */
  peer(name: string): Peer {
    const peer = this.peers.get(name);
    if (!peer) throw new Inconclusive(`there is no peer ${name}`);
    return peer;
  }

  /** Lets time pass. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.world.clock.after(milliseconds, resolve));
  }
}
