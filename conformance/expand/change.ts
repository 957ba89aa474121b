/**
 * A case's change, merged into the control's subject step.
 *
 * @module
 */
import { canonicalKey } from "../../core/sip/header_names.ts";
import { isHeaderKey } from "../format/message.ts";

/**
 * The step's value with `change` in it. A header replaces the header of that name in any form (`f` and
 * `From`) and null stays, as it removes what would be filled in. Objects are merged key by key; `returns`
 * and `fails` of null go away.
 */
export function merge(value: unknown, change: Readonly<Record<string, unknown>>): unknown {
  const merged: Record<string, unknown> = isObject(value) ? { ...value } : {};
  for (const [key, item] of Object.entries(change)) {
    if (isHeaderKey(key)) {
      for (const old of Object.keys(merged)) {
        if (isHeaderKey(old) && canonicalKey(old) === canonicalKey(key)) delete merged[old];
      }
      merged[key] = item;
    } else if (item === null) {
      delete merged[key];
    } else if (isObject(item) && isObject(merged[key])) {
      merged[key] = merge(merged[key], item);
    } else {
      merged[key] = item;
    }
  }
  if (change["fails"] !== undefined && change["fails"] !== null) delete merged["returns"];
  if (change["returns"] !== undefined && change["returns"] !== null) delete merged["fails"];
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
