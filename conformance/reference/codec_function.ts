/**
 * A codec function: its input checked by a schema, its errors as an adapter answers them.
 *
 * @module
 */
import type { z } from "zod";
import { CodecError } from "./implementation.ts";

/** A codec function. */
export type CodecFunction = (input: unknown) => unknown;

/** A function with its input checked. */
export function takes<T>(schema: z.ZodType<T>, compute: (input: T) => unknown): CodecFunction {
  return (input) => {
    const read = schema.safeParse(input);
    if (read.success) return compute(read.data);
    const [issue] = read.error.issues;
    throw new CodecError({
      code: "input",
      message: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong input"}`,
    });
  };
}
