/**
 * Octets as vectors write them.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { RawValue } from "../format/message.ts";
import { crlf } from "./compose.ts";

const encoder = new TextEncoder();

/** The octets; read at once, as a simulation does not wait for a disk. `file` is the vector's file, beside which `{ file }` is looked for. */
export function octets(value: RawValue, file: string): Uint8Array {
  if (typeof value === "string") return encoder.encode(crlf(value));
  if ("text" in value) return encoder.encode(crlf(value.text));
  if ("base64" in value) return Uint8Array.from(atob(value.base64), (char) => char.charCodeAt(0));
  if ("file" in value) return Deno.readFileSync(join(dirname(file), value.file));
  const digits = value.hex.replace(/\s+/g, "");
  if (digits.length % 2 !== 0) throw new RangeError("hex: an odd number of digits");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
