/**
 * Runs one case and gives its verdict.
 *
 * @module
 */
import type { CaseResult, Verdict } from "../format/report.ts";
import type { PlannedCase, PlannedStep } from "../expand/plan.ts";
import type { Scope } from "../expand/variables.ts";
import { Recorder } from "../peers/recorder.ts";
import { CaseContext, type RunTimes } from "./context.ts";
import { Failure, Inconclusive, NotClaimed } from "./failure.ts";
import type { Iut } from "./iut.ts";
import { perform, StepFailure } from "./perform.ts";
import { peerValue, placeValue } from "./scope.ts";
import { clearStage, endpoint, placeOf, setStage } from "./stage.ts";
import { tidy } from "./tidy.ts";
import type { World } from "./world.ts";

/** What a case came to, and whether its IUT can be used again. */
export interface CaseRun {
  readonly result: CaseResult;
  /** False when something did not come to rest. */
  readonly clean: boolean;
}

/** Runs a case against an IUT that is there. */
export async function runCase(
  planned: PlannedCase,
  iut: Iut,
  world: World,
  times: RunTimes,
): Promise<CaseRun> {
  const recorder = new Recorder(world.clock);
  const context = new CaseContext(planned, iut, world, recorder, times, caseScope);
  let verdict: Verdict = "pass";
  let failure: CaseResult["failure"];
  let reason: string | undefined;
  let clean = true;
  try {
    await prepare(context);
    clean = await control(context);
    recorder.phase = "case";
    await perform(context, planned.steps);
  } catch (error) {
    ({ verdict, failure, reason } = judge(planned, error));
  }
  clean = await finish(context) && clean;
  const result = resultOf(planned, verdict, {
    milliseconds: recorder.elapsed,
    ...(failure ? { failure } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(context.remarks.length > 0 ? { remarks: context.remarks } : {}),
    ...(context.evidence.size > 0 ? { evidence: [...context.evidence] } : {}),
    ...(verdict === "pass" ? {} : { ladder: recorder.entries() }),
  });
  return { result, clean: clean && verdict === "pass" };
}

/** A result with what every result has. */
export function resultOf(
  planned: PlannedCase,
  verdict: Verdict,
  more: Partial<CaseResult>,
): CaseResult {
  const { id, title, requirement, level, iut, needs } = planned;
  return {
    id,
    title,
    requirement: [...requirement],
    level,
    iut,
    profile: [...needs],
    verdict,
    milliseconds: 0,
    ...more,
  };
}

async function prepare(context: CaseContext): Promise<void> {
  context.recorder.phase = "setup";
  await setStage(context);
  await precondition("setup", () => perform(context, context.planned.setup));
}

/** The valid twin: accepted, or the case says nothing. Whether everything came to rest. */
async function control(context: CaseContext): Promise<boolean> {
  const { planned } = context;
  if (planned.control.length === 0) return true;
  context.recorder.phase = "control";
  await precondition("control", () => perform(context, planned.control));
  const clean = await tidy(context);
  context.actor = undefined;
  if (!planned.fresh) return clean;
  await clearStage(context);
  context.peers.clear();
  context.outcome = undefined;
  await prepare(context);
  return clean;
}

async function precondition(what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const inner = error instanceof StepFailure ? error.reason : error;
    if (inner instanceof NotClaimed) throw error;
    const at = error instanceof StepFailure ? ` at "${error.planned.sentence.key}"` : "";
    const text = inner instanceof Error ? inner.message : String(inner);
    throw new Inconclusive(`${what} failed${at}: ${text}`);
  }
}

/** How long the end of a case waits for answers: its channels are closed right after. */
const lastMilliseconds = 500;

async function finish(context: CaseContext): Promise<boolean> {
  try {
    const clean = await tidy(context, lastMilliseconds);
    await clearStage(context);
    return clean;
  } catch {
    return false;
  }
}

function judge(
  planned: PlannedCase,
  error: unknown,
): { verdict: Verdict; failure?: CaseResult["failure"]; reason?: string } {
  const step = error instanceof StepFailure ? error.planned : undefined;
  const inner = error instanceof StepFailure ? error.reason : error;
  if (inner instanceof NotClaimed) return { verdict: "notClaimed", reason: inner.message };
  if (inner instanceof Failure && step) {
    const { expected, got } = inner;
    return { verdict: "fail", failure: { ...placeOfStep(planned, step), expected, got } };
  }
  const text = inner instanceof Error ? inner.message : String(inner);
  const at = step ? `${step.sentence.key}: ` : "";
  const fault = inner instanceof Inconclusive || inner instanceof Failure ? "" : "harness fault: ";
  return { verdict: "inconclusive", reason: `${fault}${at}${text}` };
}

function placeOfStep(planned: PlannedCase, step: PlannedStep): { step: string; place: string } {
  return { step: step.sentence.key, place: planned.source.place(step.path) };
}

/** Variables of peers and the IUT. */
function caseScope(context: CaseContext): Scope {
  return {
    look(name) {
      const { iut, planned, peers } = context;
      const peer = peers.get(name);
      if (peer) return peerValue(peer, () => iutOf(context, name));
      if (name === "iut") return iutOf(context, Object.keys(planned.peers)[0]);
      if (iut.role !== "session-manager" || (name !== "a" && name !== "b")) return undefined;
      const place = iut.servers[name];
      const address = place?.endpoints.tls6 ?? place?.endpoints.tls;
      return place && address && placeValue(address, { domain: place.domain, level: 3 });
    },
  };
}

function iutOf(context: CaseContext, label: string | undefined) {
  const { iut, planned, peers } = context;
  const peer = label === undefined ? undefined : peers.get(label);
  const spec = label === undefined ? undefined : planned.peers[label];
  if (!peer || !spec) return undefined;
  if (iut.role !== "session-manager") {
    const link = [...peer.links].at(-1);
    return link && placeValue(link.remote, { domain: peer.domain, level: peer.level });
  }
  const place = placeOf(iut, spec);
  const address = (peer.lastLink ?? peer.link)?.remote ??
    endpoint(place, peer.facts.kind, peer.facts.host);
  return placeValue(address, { domain: place.domain, level: peer.level });
}
