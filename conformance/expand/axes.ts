/**
 * Axes: every combination of their values is a case of its own.
 *
 * @module
 */

/** A value of an axis. */
export type AxisValue = string | number | boolean;
/** One value for each axis. */
export type Combination = Readonly<Record<string, AxisValue>>;
/** Axes as a vector writes them. */
export type Axes = Readonly<Record<string, readonly AxisValue[]>>;
/** What `when`, `unless` and `exclude` compare with: a value or several for each axis. */
export type Condition = Readonly<Record<string, AxisValue | readonly AxisValue[]>>;

/** Cases one vector may expand to. */
export const combinationLimit = 2000;

/** Every combination, the last axis changing fastest. Throws RangeError over {@link combinationLimit}. */
export function combinations(axes: Axes, exclude: readonly Condition[] = []): Combination[] {
  let all: Combination[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    all = all.flatMap((given) => values.map((value) => ({ ...given, [name]: value })));
    if (all.length > combinationLimit) {
      throw new RangeError(`axes give over ${combinationLimit} cases; split the vector`);
    }
  }
  return all.filter((combination) => !exclude.some((condition) => holds(condition, combination)));
}

/** Whether every axis the condition names has (one of) the value(s) it gives. */
export function holds(condition: Condition, combination: Combination): boolean {
  return Object.entries(condition).every(([name, wanted]) => {
    const value = combination[name];
    const values: readonly AxisValue[] = Array.isArray(wanted) ? wanted : [wanted as AxisValue];
    return value !== undefined && values.some((one) => String(one) === String(value));
  });
}

/** `[method=INVITE,channel=tls]`, or nothing without axes. */
export function combinationLabel(combination: Combination): string {
  const entries = Object.entries(combination);
  if (entries.length === 0) return "";
  return `[${entries.map(([name, value]) => `${name}=${value}`).join(",")}]`;
}
