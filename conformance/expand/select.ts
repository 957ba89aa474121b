/**
 * Which cases to run.
 *
 * @module
 */
import { globMatches } from "./glob.ts";
import type { PlannedCase } from "./plan.ts";

/** A selection; what is left out selects everything. Several values of one kind: any of them. */
export interface Selection {
  /** First path segments, such as `sm` or `sm/spoof`. */
  readonly suite?: readonly string[];
  readonly requirement?: readonly string[];
  readonly profile?: readonly string[];
  readonly level?: readonly string[];
  /** Globs over ids. */
  readonly filter?: readonly string[];
}

/** Whether the case is selected. */
export function isSelected(one: PlannedCase, selection: Selection): boolean {
  const any = (wanted: readonly string[] | undefined, fits: (value: string) => boolean) =>
    wanted === undefined || wanted.length === 0 || wanted.some(fits);
  return any(
    selection.suite,
    (suite) => one.source.id === suite || one.source.id.startsWith(`${suite}/`),
  ) &&
    any(selection.requirement, (id) => one.requirement.includes(id)) &&
    any(selection.profile, (name) => one.needs.some((need) => need === name)) &&
    any(selection.level, (level) => one.level === level) &&
    any(selection.filter, (glob) => globMatches(glob, one.id));
}
