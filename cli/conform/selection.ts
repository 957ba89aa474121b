/**
 * The options that choose cases, the same for every subcommand that takes them.
 *
 * @module
 */
import type { Selection } from "../../conformance/expand/select.ts";

/** Collects a repeatable option; commas separate too. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...before ?? [], ...value.split(",").map((item) => item.trim()).filter(Boolean)];
}

/** Collects globs; commas belong to case ids. */
export function collectGlob(value: string, before: string[] | undefined): string[] {
  return [...before ?? [], value];
}

/** What the options parse to. */
export interface SelectionOptions {
  readonly suite?: string[] | undefined;
  readonly requirement?: string[] | undefined;
  readonly profile?: string[] | undefined;
  readonly level?: string[] | undefined;
  readonly filter?: string[] | undefined;
}

/** The selection the options ask for. */
export function selectionOf(options: SelectionOptions): Selection {
  const { suite, requirement, profile, level, filter } = options;
  return {
    ...(suite ? { suite } : {}),
    ...(requirement ? { requirement } : {}),
    ...(profile ? { profile } : {}),
    ...(level ? { level } : {}),
    ...(filter ? { filter } : {}),
  };
}
