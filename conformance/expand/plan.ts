/**
 * From vectors to cases: axes expanded, changes merged into the control's subject step, needs derived.
 *
 * @module
 */
import type { Level, PeerSpec, Vector, VectorCase } from "../format/vector.ts";
import type { ProfileName, Role } from "../format/profiles.ts";
import { isExtension } from "../format/profiles.ts";
import { type Sentence, sentenceOf, type Step } from "../format/step.ts";
import { type AxisValue, type Combination, combinationLabel, combinations, holds } from "./axes.ts";
import { merge } from "./change.ts";
import { fixedScope, substituteAll } from "./variables.ts";

/** Where something stands in a vector's file. */
export type Path = readonly (string | number)[];

/** A vector that was loaded. */
export interface LoadedVector {
  /** Path below the vectors' folder without `.yaml`. */
  readonly id: string;
  /** The file, for messages and for files named beside it. */
  readonly file: string;
  readonly vector: Vector;
  /** `file:line:column` of a part of the vector. */
  place(path: Path): string;
}

/** A step and where it stands. */
export interface PlannedStep {
  readonly sentence: Sentence;
  readonly step: Step;
  readonly path: Path;
}

/** One case, ready to run. */
export interface PlannedCase {
  readonly id: string;
  readonly source: LoadedVector;
  readonly title: string;
  readonly requirement: readonly string[];
  readonly level: Level;
  readonly iut: Role;
  /** The profile that fixes the IUT's settings. */
  readonly profile: ProfileName;
  /** Everything a target must claim: the profile and extensions. */
  readonly needs: readonly ProfileName[];
  readonly combination: Combination;
  /** Peers with axes and `variables` filled in. */
  readonly peers: Readonly<Record<string, PeerSpec>>;
  readonly terminal: Vector["terminal"];
  readonly setup: readonly PlannedStep[];
  readonly control: readonly PlannedStep[];
  readonly steps: readonly PlannedStep[];
  readonly fresh: boolean;
}

/** Every case of a vector. */
export function plan(source: LoadedVector): PlannedCase[] {
  const { vector } = source;
  if (!vector.cases) return planCase(source, undefined, 0);
  return vector.cases.flatMap((one, index) => planCase(source, one, index));
}

function planCase(
  source: LoadedVector,
  one: VectorCase | undefined,
  index: number,
): PlannedCase[] {
  const { vector } = source;
  const axes = { ...vector.axes, ...one?.axes };
  const exclude = [...vector.exclude ?? [], ...one?.exclude ?? []];
  const requirement = one?.requirement ?? vector.requirement;
  const base = {
    source,
    title: one?.title ? `${vector.title}: ${one.title}` : vector.title,
    requirement: typeof requirement === "string" ? [requirement] : requirement,
    level: one?.level ?? vector.level,
    iut: vector.iut,
    fresh: vector.fresh ?? false,
  };
  const stem = one ? `${source.id}/${one.id}` : source.id;
  return combinations(axes, exclude).map((combination) => {
    const scope = fixedScope({ ...vector.variables, ...combination });
    const peers = substituteKnown(vector.peers ?? {}, scope);
    const terminal = vector.terminal && substituteKnown(vector.terminal, scope);
    const { profile, needs } = needsOf(vector, peers, terminal);
    const taken = (steps: PlannedStep[]) => steps.filter(({ step }) => isTaken(step, combination));
    return {
      ...base,
      setup: taken(planned(vector.setup, ["setup"])),
      control: Array.isArray(vector.control) ? taken(planned(vector.control, ["control"])) : [],
      steps: taken(caseSteps(vector, one, index, combination)),
      id: stem + combinationLabel(combination),
      combination,
      peers,
      terminal,
      profile,
      needs,
    };
  });
}

/** Numbers and booleans that came through a variable are text; give them their type back. */
function substituteKnown<T>(value: T, scope: ReturnType<typeof fixedScope>): T {
  const retype = (item: unknown): unknown => {
    if (item === "true" || item === "false") return item === "true";
    if (item === "4" || item === "6") return Number(item);
    if (Array.isArray(item)) return item.map(retype);
    if (typeof item === "object" && item !== null) {
      return Object.fromEntries(Object.entries(item).map(([k, v]) => [k, retype(v)]));
    }
    return item;
  };
  return retype(substituteAll(value, scope)) as T;
}

function planned(steps: readonly Step[] | undefined, path: Path): PlannedStep[] {
  return (steps ?? []).map((step, index) => ({
    sentence: sentenceOf(step),
    step,
    path: [...path, index],
  }));
}

/** Index of the control step that `change` changes, or -1. */
export function subjectIndex(steps: readonly Step[]): number {
  const marked = steps.findIndex((step) => step["subject"] === true);
  if (marked >= 0) return marked;
  return steps.findIndex((step) => {
    const { kind, verb } = sentenceOf(step);
    return (kind === "peer" && (verb === "sends" || verb === "registers")) ||
      (kind === "iut" && verb === "computes");
  });
}

/** Whether the axes let the step be taken; `mode` is known when it runs only. */
function isTaken(step: Step, combination: Combination): boolean {
  const axesOf = (value: unknown) => {
    const { mode, ...axes } = (value ?? {}) as Record<string, AxisValue>;
    return { mode, axes };
  };
  if (!holds(axesOf(step["when"]).axes, combination)) return false;
  const unless = axesOf(step["unless"]);
  if (unless.mode !== undefined || Object.keys(unless.axes).length === 0) return true;
  return !holds(unless.axes, combination);
}

function caseSteps(
  vector: Vector,
  one: VectorCase | undefined,
  index: number,
  combination: Combination,
): PlannedStep[] {
  const expect = one?.expect
    ? planned(one.expect, ["cases", index, "expect"])
    : planned(vector.expect, ["expect"]);
  if (!one) return [...planned(vector.steps, ["steps"]), ...expect];
  if (one.steps) return [...planned(one.steps, ["cases", index, "steps"]), ...expect];
  if (!one.change || !Array.isArray(vector.control)) return expect;
  const control = vector.control.filter((step) => isTaken(step, combination));
  const at = subjectIndex(control);
  const before = planned(control.slice(0, Math.max(at, 0)), ["control"]);
  const subject = control[at];
  if (!subject) return expect;
  const sentence = sentenceOf(subject);
  const step = { ...subject, [sentence.key]: merge(subject[sentence.key], one.change) };
  return [...before, { sentence, step, path: ["cases", index, "change"] }, ...expect];
}

/** What a target must claim for a vector with these peers. */
export function needsOf(
  vector: Vector,
  peers: Readonly<Record<string, PeerSpec>>,
  terminal: Vector["terminal"],
): { profile: ProfileName; needs: ProfileName[] } {
  const given = vector.profile === undefined
    ? []
    : Array.isArray(vector.profile)
    ? vector.profile
    : [vector.profile];
  const fallback: ProfileName = vector.iut === "session-manager" ? "sm" : vector.iut;
  const profile = given.find((name) => !isExtension(name)) ?? fallback;
  const needs = new Set<ProfileName>([profile, ...given]);
  const all = [...Object.values(peers), ...(terminal ? [terminal] : [])];
  for (const peer of all) {
    if (Number(peer.ip ?? 4) === 6) needs.add("ipv6");
    if (peer.channel === "tls-certificate") needs.add("sm-certificate");
    if (peer.channel === "udp" || peer.channel === "tcp") needs.add("sm-plain");
    if (vector.iut === "session-manager" && "is" in peer && peer.is === "session-manager") {
      needs.add("sm-domains");
    }
    if (
      "certificate" in peer && peer.certificate !== undefined && peer.certificate !== "none" &&
      "is" in peer && peer.is === "terminal"
    ) needs.add("sm-certificate");
  }
  if (profile === "sm-chain") needs.delete("ipv6");
  return { profile, needs: [...needs] };
}
