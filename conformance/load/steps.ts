/**
 * Checks steps: one sentence each, and what it takes.
 *
 * @module
 */
import { checkSchema, type SchemaProblem } from "../../core/config/schema_problems.ts";
import {
  iutVerbs,
  modifiers,
  parseSentence,
  plainSteps,
  type Sentence,
  type Step,
  valueSchema,
  verbs,
} from "../format/step.ts";

/** A list of steps and where it stands. */
export interface StepList {
  readonly path: readonly (string | number)[];
  readonly steps: readonly Step[];
}

/** Every sentence a step may be, with `<peer>` for the peers' names. */
export function sentencesAllowed(peers: readonly string[]): string[] {
  return [
    ...peers.flatMap((peer) => Object.keys(verbs).map((verb) => `${peer} ${verb}`)),
    ...Object.keys(iutVerbs).map((verb) => `iut ${verb}`),
    ...Object.keys(plainSteps),
    ...Object.keys(modifiers),
  ];
}

/** What is wrong with the steps of a list, and the sentences that are right. */
export function checkSteps(list: StepList, peers: readonly string[]): SchemaProblem[] {
  return list.steps.flatMap((step, index) => checkStep(step, [...list.path, index], peers));
}

function checkStep(
  step: Step,
  path: readonly (string | number)[],
  peers: readonly string[],
): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const sentences: Sentence[] = [];
  const at = (key: string) => ({ path: [...path, key], key: true });
  for (const [key, value] of Object.entries(step)) {
    if (Object.hasOwn(modifiers, key)) {
      const schema = modifiers[key as keyof typeof modifiers];
      problems.push(...below(checkSchema(schema, value), [...path, key]));
      continue;
    }
    const sentence = parseSentence(key);
    if (!sentence) {
      const what = `"${key}" is not a step`;
      problems.push({ ...at(key), what, allowed: sentencesAllowed(peers), written: key });
      continue;
    }
    sentences.push(sentence);
    if (sentence.kind === "peer" && !peers.includes(sentence.peer)) {
      const what = `no peer is named "${sentence.peer}"`;
      problems.push({ ...at(key), what, allowed: peers, written: sentence.peer });
    }
    problems.push(...below(checkSchema(valueSchema(sentence), value), [...path, key]));
    if (key === "repeat" && isRepeat(value)) {
      const inner = { path: [...path, "repeat", "steps"], steps: value.steps };
      problems.push(...checkSteps(inner, peers));
    }
  }
  if (sentences.length > 1) {
    problems.push({ ...at(sentences[1]!.key), what: "a step has one sentence only" });
  }
  if (sentences.length === 0 && problems.length === 0) {
    problems.push({
      path,
      key: false,
      what: "a step needs a sentence",
      allowed: sentencesAllowed(peers),
    });
  }
  return problems;
}

/** Whether a value is what `repeat` takes. */
export function isRepeat(value: unknown): value is { times: number; steps: Step[] } {
  return typeof value === "object" && value !== null &&
    Array.isArray((value as { steps?: unknown }).steps) &&
    (value as { steps: unknown[] }).steps.every((item) =>
      typeof item === "object" && item !== null
    );
}

function below(
  checked: ReturnType<typeof checkSchema>,
  path: readonly (string | number)[],
): SchemaProblem[] {
  if (checked.ok) return [];
  return checked.problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
}
