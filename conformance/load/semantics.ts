/**
 * What a schema cannot see of a vector: names that nothing has, axes that do not exist, refusals
 * without a valid twin.
 *
 * @module
 */
import type { SchemaProblem } from "../../core/config/schema_problems.ts";
import { subjectIndex } from "../expand/plan.ts";
import { parseSentence, type Step } from "../format/step.ts";
import type { Vector } from "../format/vector.ts";
import { codecFunctions } from "../format/functions.ts";
import { checkNames } from "./names.ts";
import { checkSteps, isRepeat, type StepList } from "./steps.ts";

/** Everything that is wrong with a vector whose structure is right. */
export function checkSemantics(
  vector: Vector,
  requirements: ReadonlySet<string> | undefined,
): SchemaProblem[] {
  const lists = stepLists(vector);
  const peers = Object.keys(vector.peers ?? {});
  const problems = lists.flatMap((list) => checkSteps(list, peers));
  if (problems.length > 0) return problems;
  return [
    ...checkRequirements(vector, requirements),
    ...checkPeers(vector),
    ...checkCases(vector),
    ...checkConditions(vector, lists),
    ...lists.flatMap((list) => checkPatterns(list)),
    ...lists.flatMap((list) => checkRole(vector, list)),
    ...checkNames(vector),
    ...checkControl(vector),
  ];
}

/** Every list of steps in a vector. */
export function stepLists(vector: Vector): StepList[] {
  const lists: StepList[] = [];
  const add = (steps: readonly Step[] | undefined, ...path: (string | number)[]) => {
    if (steps) lists.push({ path, steps });
  };
  add(vector.setup, "setup");
  if (Array.isArray(vector.control)) add(vector.control, "control");
  add(vector.steps, "steps");
  add(vector.expect, "expect");
  for (const [index, one] of (vector.cases ?? []).entries()) {
    add(one.steps, "cases", index, "steps");
    add(one.expect, "cases", index, "expect");
  }
  return lists;
}

function checkRequirements(
  vector: Vector,
  known: ReadonlySet<string> | undefined,
): SchemaProblem[] {
  if (!known) return [];
  const check = (value: string | string[] | undefined, path: (string | number)[]) => {
    const ids = value === undefined ? [] : typeof value === "string" ? [value] : value;
    return ids.flatMap((id, index) =>
      known.has(id) ? [] : [{
        path: typeof value === "string" ? path : [...path, index],
        key: false,
        what: `no requirement has the number ${id}`,
        allowed: [...known].filter((one) => one.split("-")[0] === id.split("-")[0]),
        written: id,
      }]
    );
  };
  return [
    ...check(vector.requirement, ["requirement"]),
    ...(vector.cases ?? []).flatMap((one, index) =>
      check(one.requirement, ["cases", index, "requirement"])
    ),
  ];
}

function checkPeers(vector: Vector): SchemaProblem[] {
  const names = Object.keys(vector.peers ?? {});
  const problems: SchemaProblem[] = [];
  for (const [name, peer] of Object.entries(vector.peers ?? {})) {
    if (peer.at === undefined || (names.includes(peer.at) && peer.at !== name)) continue;
    problems.push({
      path: ["peers", name, "at"],
      key: false,
      what: `no other peer is named "${peer.at}"`,
      allowed: names.filter((one) => one !== name),
      written: peer.at,
    });
  }
  if (vector.iut !== "codec" && names.length === 0) {
    problems.push({ path: [], key: false, what: `an iut: ${vector.iut} vector needs peers` });
  }
  return problems;
}

function checkCases(vector: Vector): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const seen = new Set<string>();
  for (const [index, one] of (vector.cases ?? []).entries()) {
    const path = ["cases", index];
    if (seen.has(one.id)) {
      problems.push({ path: [...path, "id"], key: false, what: `case id "${one.id}" is taken` });
    }
    seen.add(one.id);
    if (one.change && one.steps) {
      problems.push({
        path: [...path, "change"],
        key: true,
        what: "give change or steps, not both",
      });
    }
    if (one.change && (!Array.isArray(vector.control) || subjectIndex(vector.control) < 0)) {
      const what = "change needs a control with a step that sends, registers or computes";
      problems.push({ path: [...path, "change"], key: true, what });
    }
    if (!one.change && !one.steps && !one.expect && !vector.expect) {
      problems.push({ path, key: false, what: "a case needs change, steps or expect" });
    }
  }
  return problems;
}

function checkConditions(vector: Vector, lists: readonly StepList[]): SchemaProblem[] {
  const axes: Record<string, readonly unknown[]> = {
    ...vector.axes,
    mode: ["simulated", "live"],
  };
  for (const one of vector.cases ?? []) {
    for (const [name, values] of Object.entries(one.axes ?? {})) {
      axes[name] = [...axes[name] ?? [], ...values];
    }
  }
  const problems: SchemaProblem[] = [];
  const check = (condition: unknown, path: (string | number)[]) => {
    for (const [name, wanted] of Object.entries(condition ?? {})) {
      const at = [...path, name];
      const values = axes[name];
      if (!values) {
        const what = `no axis is named "${name}"`;
        problems.push({ path: at, key: true, what, allowed: Object.keys(axes), written: name });
        continue;
      }
      for (const value of Array.isArray(wanted) ? wanted : [wanted]) {
        if (values.some((one) => String(one) === String(value))) continue;
        const what = `axis ${name} has no value "${value}"`;
        const allowed = values.map(String);
        problems.push({ path: at, key: false, what, allowed, written: String(value) });
      }
    }
  };
  (vector.exclude ?? []).forEach((one, index) => check(one, ["exclude", index]));
  (vector.cases ?? []).forEach((one, at) =>
    (one.exclude ?? []).forEach((each, index) => check(each, ["cases", at, "exclude", index]))
  );
  for (const { path, steps } of lists) {
    steps.forEach((step, index) => {
      check(step["when"], [...path, index, "when"]);
      check(step["unless"], [...path, index, "unless"]);
    });
  }
  return problems;
}

/** Regular expressions must compile. */
function checkPatterns({ path, steps }: StepList): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const visit = (value: unknown, at: (string | number)[]) => {
    if (typeof value === "string") {
      const regex = /^\/(.*)\/([a-z]*)$/s.exec(value);
      if (!regex) return;
      try {
        new RegExp(regex[1]!, regex[2]);
      } catch (error) {
        problems.push({ path: at, key: false, what: (error as Error).message });
      }
    } else if (Array.isArray(value)) value.forEach((item, index) => visit(item, [...at, index]));
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, [...at, key]);
    }
  };
  steps.forEach((step, index) => {
    for (const [key, value] of Object.entries(step)) {
      if (/ (receives|exits)$/.test(key) || key === "should") visit(value, [...path, index, key]);
      if (key === "iut computes" && typeof value === "object" && value !== null) {
        const { returns, fails } = value as Record<string, unknown>;
        visit(returns, [...path, index, key, "returns"]);
        visit(fails, [...path, index, key, "fails"]);
      }
    }
  });
  return problems;
}

function checkRole(vector: Vector, { path, steps }: StepList): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  steps.forEach((step, index) => {
    for (const [key, value] of Object.entries(step)) {
      const sentence = parseSentence(key);
      const at = [...path, index, key];
      if (key === "repeat" && isRepeat(value)) {
        problems.push(...checkRole(vector, { path: [...at, "steps"], steps: value.steps }));
      }
      if (sentence?.kind !== "iut") continue;
      const role = sentence.verb === "computes" ? "codec" : "terminal";
      if (role !== vector.iut) {
        problems.push({ path: at, key: true, what: `"${key}" is for iut: ${role}` });
      }
      const name = (value as { function?: string } | null)?.function;
      if (sentence.verb === "computes" && name !== undefined && !codecFunctions.includes(name)) {
        const what = `no function is named "${name}"`;
        problems.push({
          path: [...at, "function"],
          key: false,
          what,
          allowed: codecFunctions,
          written: name,
        });
      }
    }
  });
  return problems;
}

/** A refusal counts only beside its valid twin. */
function checkControl(vector: Vector): SchemaProblem[] {
  if (vector.control !== undefined) return [];
  const path = vector.cases ? ["cases"] : ["steps"];
  const what = "a refusal is expected, so a control is needed: the valid twin, or " +
    '{ none: "why there is none" }';
  if (vector.iut === "codec") {
    const all = stepLists(vector).flatMap((list) => list.steps);
    const computed = all.map((step) => step["iut computes"] as Record<string, unknown> | undefined);
    const fails = computed.some((one) => one?.["fails"] !== undefined);
    return fails && !computed.some((one) => one?.["returns"] !== undefined)
      ? [{ path, key: true, what: "fails is expected, so a call that returns is needed beside it" }]
      : [];
  }
  const refused = (steps: readonly Step[]) => steps.some(isRefusal);
  if (vector.cases) {
    const cases = vector.cases.some((one) =>
      refused([...one.steps ?? [], ...one.expect ?? vector.expect ?? []])
    );
    return cases ? [{ path, key: true, what }] : [];
  }
  const steps = [...vector.setup ?? [], ...vector.steps ?? [], ...vector.expect ?? []];
  const first = steps.findIndex(isRefusal);
  if (first < 0 || steps.slice(0, first).some(isAcceptance)) return [];
  return [{ path, key: true, what }];
}

function isRefusal(step: Step): boolean {
  return Object.entries(step).some(([key, value]) => {
    if (key.endsWith(" receives")) {
      if (value === "nothing") return true;
      const { nothing, status } = (value ?? {}) as { nothing?: unknown; status?: unknown };
      return nothing !== undefined || /^[4-6]/.test(String(status ?? ""));
    }
    if (key.endsWith(" connects")) return (value as { refused?: boolean } | null)?.refused === true;
    if (key.endsWith(" registers")) {
      return /^[4-6]/.test(String((value as { status?: unknown } | null)?.status ?? ""));
    }
    return key === "repeat" && isRepeat(value) && value.steps.some(isRefusal);
  });
}

function isAcceptance(step: Step): boolean {
  return Object.entries(step).some(([key, value]) => {
    if (key.endsWith(" registers")) return !isRefusal(step);
    if (!key.endsWith(" receives") || typeof value !== "object" || value === null) return false;
    const { request, status } = value as { request?: unknown; status?: unknown };
    return request !== undefined || /^2/.test(String(status ?? ""));
  });
}
