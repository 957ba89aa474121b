/**
 * `iut computes`: a codec function and what it returns.
 *
 * @module
 */
import type { Matcher } from "../format/message.ts";
import type { ComputesValue } from "../format/step.ts";
import { matchStructure, matchText } from "../match/match.ts";
import { parts, type Value } from "../expand/variables.ts";
import type { CaseContext } from "./context.ts";
import { Failure, Inconclusive, NotClaimed } from "./failure.ts";

/** Computes and judges. */
export async function computes(context: CaseContext, value: ComputesValue): Promise<void> {
  const { iut, recorder } = context;
  if (iut.role !== "codec") throw new Inconclusive("iut computes is for iut: codec");
  recorder.event("harness", "iut", `${value.function} ${short(value.input)}`);
  const answer = await iut.compute(value.function, value.input);
  recorder.event("iut", "harness", short(answer));
  if ("unsupported" in answer) throw new NotClaimed(`the adapter has no ${value.function}`);
  const capture = (name: string, text: string) => void context.kept.set(name, text);
  if (value.fails !== undefined) {
    if (!("error" in answer)) throw new Failure("an error", short(answer.output));
    if (value.fails === true) return;
    for (const [name, matcher] of Object.entries(value.fails)) {
      const wrong = matchText(matcher as Matcher, String(answer.error[name] ?? ""), capture);
      if (wrong) throw new Failure(`error with ${name} ${wrong.expected}`, short(answer.error));
    }
    return;
  }
  if ("error" in answer) throw new Failure(short(value.returns), `error ${short(answer.error)}`);
  const wrong = matchStructure(value.returns, answer.output, capture);
  if (wrong) throw new Failure(wrong.expected, wrong.got);
  if (value.as !== undefined) context.kept.set(value.as, structure(answer.output));
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

function structure(value: unknown): Value {
  if (typeof value === "string" || typeof value === "number") return value;
  return parts((name) => {
    const item = (value as Record<string, unknown> | null)?.[name];
    return item === undefined ? undefined : structure(item);
  }, () => JSON.stringify(value));
}
