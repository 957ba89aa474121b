/**
 * Runs cases: workers, IUTs kept between cases where that is safe, order of results as planned.
 *
 * @module
 */
import type { CaseResult } from "../format/report.ts";
import type { PlannedCase } from "../expand/plan.ts";
import { resultOf, runCase } from "./case.ts";
import { defaultTimes, type RunTimes } from "./context.ts";
import { NotClaimed } from "./failure.ts";
import type { Attachment, Iut } from "./iut.ts";
import { Uncaught } from "./uncaught.ts";
import { LiveWorld, SimulatedWorld, type World } from "./world.ts";

/** How to run. */
export interface RunOptions {
  readonly seed: number;
  /** Workers; each has IUTs of its own where they are embedded. */
  readonly jobs: number;
  readonly times?: Partial<RunTimes>;
  /** Stop after the first case that fails. */
  readonly failFast?: boolean;
  /** Called after each case. */
  readonly progress?: (result: CaseResult, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** First block of loopback addresses, 127.block.0.0/16; each worker has one. */
const firstBlock = 100;

/** Runs the cases and gives their results in the same order; with `failFast` maybe not all. */
export async function runCases(
  cases: readonly PlannedCase[],
  attachment: Attachment,
  options: RunOptions,
): Promise<CaseResult[]> {
  const results = new Array<CaseResult | undefined>(cases.length);
  const times = { ...defaultTimes, ...options.times };
  const queue = ordered(cases);
  const jobs = Math.max(
    1,
    Math.min(options.jobs, attachment.parallel ?? options.jobs, cases.length),
  );
  let done = 0;
  let stopped = false;
  const uncaught = new Uncaught();
  const work = async (index: number): Promise<void> => {
    const worker = new Worker(attachment, times, options.seed, index);
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (stopped || options.signal?.aborted) break;
        const before = uncaught.count;
        const result = withUncaught(await worker.run(cases[next]!), uncaught.since(before));
        results[next] = result;
        options.progress?.(result, ++done, cases.length);
        if (options.failFast && result.verdict === "fail") stopped = true;
      }
    } finally {
      await worker.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, (_, index) => work(index)));
  } finally {
    uncaught.close();
  }
  return results.filter((result) => result !== undefined);
}

/** A case during which something threw unseen has not passed, whatever its steps say. */
function withUncaught(result: CaseResult, error: string | undefined): CaseResult {
  if (error === undefined || result.verdict !== "pass") return result;
  return { ...result, verdict: "inconclusive", reason: `uncaught while the case ran: ${error}` };
}

/** Indexes of the cases, those of one profile together, so that IUTs are kept. */
function ordered(cases: readonly PlannedCase[]): number[] {
  const key = (index: number) => `${cases[index]!.iut} ${cases[index]!.profile}`;
  return cases.map((_, index) => index)
    .sort((a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a - b);
}

/** One worker: a world, and the IUTs in it. */
class Worker {
  readonly #world: LiveWorld | undefined;
  readonly #iuts = new Map<string, Iut>();

  constructor(
    private readonly attachment: Attachment,
    private readonly times: RunTimes,
    private readonly seed: number,
    index: number,
  ) {
    if (attachment.mode === "live") {
      this.#world = new LiveWorld(firstBlock + index % 100, attachment.local);
    }
  }

  async run(planned: PlannedCase): Promise<CaseResult> {
    const reason = this.attachment.unclaimed(planned);
    if (reason !== undefined) return resultOf(planned, "notClaimed", { reason });
    const began = performance.now();
    try {
      await this.attachment.prepare(planned);
      const result = this.#world
        ? await this.#runLive(planned, this.#world)
        : await this.#runSimulated(planned);
      return { ...result, milliseconds: Math.round((performance.now() - began) * 10) / 10 };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (error instanceof NotClaimed) return resultOf(planned, "notClaimed", { reason: text });
      return resultOf(planned, "inconclusive", {
        reason: text,
        milliseconds: Math.round(performance.now() - began),
      });
    }
  }

  async #runLive(planned: PlannedCase, world: LiveWorld): Promise<CaseResult> {
    const key = `${planned.iut} ${planned.profile}`;
    const iut = this.#iuts.get(key) ?? await this.attachment.open(planned, world);
    const keep = iut.role !== "terminal";
    if (keep) this.#iuts.set(key, iut);
    const { result, clean } = await runCase(planned, iut, world, this.times);
    if (!keep || !clean) {
      this.#iuts.delete(key);
      await iut.stop();
    }
    return result;
  }

  /** A simulation of its own for each case: the seed and the case's id say everything. */
  async #runSimulated(planned: PlannedCase): Promise<CaseResult> {
    const world = new SimulatedWorld(`${this.seed} ${planned.id}`);
    return await world.settle(this.#inWorld(planned, world));
  }

  async #inWorld(planned: PlannedCase, world: World): Promise<CaseResult> {
    const iut = await this.attachment.open(planned, world);
    try {
      return (await runCase(planned, iut, world, this.times)).result;
    } finally {
      await iut.stop();
    }
  }

  async close(): Promise<void> {
    for (const iut of this.#iuts.values()) await iut.stop();
    this.#iuts.clear();
  }
}
