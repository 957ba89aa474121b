/**
 * `compare`: two messages must not be told apart.
 *
 * @module
 */
import { canonicalKey } from "../../core/sip/header_names.ts";
import type { CompareValue } from "../format/step.ts";
import type { CaseContext } from "./context.ts";
import { Failure, Inconclusive } from "./failure.ts";
import { keptMessage } from "./scope.ts";

const decoder = new TextDecoder();
const usual = ["Via", "From", "To", "Call-ID", "CSeq"];

/** Throws {@link Failure} at the first difference that counts. */
export function compare(context: CaseContext, value: CompareValue): void {
  const left = message(context, value.left);
  const right = message(context, value.right);
  const differ = new Set((value.differ ?? usual).map(canonicalKey));
  const same = (what: string, a: string, b: string) => {
    if (a !== b) throw new Failure(`${what} as in ${value.left}: ${a}`, `in ${value.right}: ${b}`);
  };
  const start = (one: typeof left) =>
    one.kind === "request" ? one.method : `${one.status} ${one.reason}`;
  same("start line", start(left), start(right));
  const names = (one: typeof left) => one.headers.fields.map(({ name }) => name).join(", ");
  same("headers", names(left), names(right));
  for (const [index, field] of left.headers.fields.entries()) {
    if (differ.has(field.key)) continue;
    same(field.name, field.value, right.headers.fields[index]!.value);
  }
  same("body", decoder.decode(left.body), decoder.decode(right.body));
}

function message(context: CaseContext, name: string) {
  const kept = context.kept.get(name);
  const found = kept === undefined ? undefined : keptMessage(kept);
  if (!found) throw new Inconclusive(`compare: no message is kept as ${name}`);
  return found;
}
