/**
 * `iut does` and `iut exits`: a terminal under test and how its actions end.
 *
 * @module
 */
import { milliseconds } from "../format/message.ts";
import type { DoesValue, ExitsValue } from "../format/step.ts";
import { matchText } from "../match/match.ts";
import type { Outcome, TerminalAction } from "../reference/implementation.ts";
import type { CaseContext } from "./context.ts";
import { Failure, Inconclusive } from "./failure.ts";
import { statusFits } from "./receive.ts";

/** Begins an action; its outcome is for `exits`. */
export function does(context: CaseContext, value: DoesValue): void {
  const { terminal, recorder } = context;
  if (!terminal) throw new Inconclusive("iut does is for iut: terminal");
  const action = actionOf(value);
  recorder.event("iut", "iut", `does ${describe(action)}`);
  const outcome = terminal.does(action);
  // A rejection is looked at by `exits`; until then it must not count as unhandled.
  outcome.catch(() => {});
  context.outcome = outcome;
}

function actionOf(value: DoesValue): TerminalAction {
  const from = value.from === undefined ? {} : { from: value.from };
  if (value.call !== undefined) return { kind: "call", to: value.call, ...from };
  if (value.message !== undefined) return { kind: "message", ...value.message, ...from };
  if (value.register !== undefined) return { kind: "register" };
  if (value.hangup !== undefined) return { kind: "hangup" };
  return value.stop === undefined ? { kind: "listen" } : { kind: "stop" };
}

function describe(action: TerminalAction): string {
  return "to" in action ? `${action.kind} ${action.to}` : action.kind;
}

/** Waits for the outcome of the last action and judges it. */
export async function exits(context: CaseContext, value: ExitsValue): Promise<void> {
  if (!context.outcome) throw new Inconclusive("iut exits needs an iut does before it");
  const given = typeof value === "string" ? {} : value;
  const limit = given.within === undefined
    ? context.times.timeoutMilliseconds * 5
    : milliseconds(given.within);
  const wanted = typeof value === "string" ? value : `status ${value.status ?? "any"}`;
  const outcome = await Promise.race([context.outcome, context.wait(limit)]);
  if (outcome === undefined) throw new Failure(wanted, `it is not over after ${limit} ms`);
  const { status, output } = outcome as Outcome;
  context.recorder.event("iut", "iut", `ended with status ${status}`);
  const got = `status ${status}${output ? `: ${output.slice(0, 300)}` : ""}`;
  if (value === "success" && status !== 0) throw new Failure(wanted, got);
  if (value === "failure" && status === 0) throw new Failure(wanted, got);
  if (given.status !== undefined && !statusFits(given.status, status)) {
    throw new Failure(wanted, got);
  }
  if (given.output === undefined) return;
  const wrong = matchText(given.output, output, (name, text) => void context.kept.set(name, text));
  if (wrong) throw new Failure(`output ${wrong.expected}`, got);
}
