/**
 * `ntm conform adapter`: the reference's codec functions on stdin and stdout, as an example of an adapter.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { computeWith } from "../../conformance/run/embedded.ts";
import { print } from "../output.ts";

/** Characters one line may have. */
const lineLimit = 4_194_304;

/** The command. */
export function adapterCommand() {
  return new Command("adapter")
    .description("compute codec functions: one JSON object a line on stdin, one on stdout")
    .action(async () => {
      const { referenceCodec } = await import("../../conformance/reference/codec.ts");
      for await (const line of lines()) {
        if (line.trim() === "") continue;
        print(
          JSON.stringify(answer(line, (name, input) => computeWith(referenceCodec, name, input))),
        );
      }
    });
}

function answer(line: string, compute: (name: string, input: unknown) => object): object {
  let question: unknown;
  try {
    question = JSON.parse(line);
  } catch (error) {
    return { id: null, error: { code: "json", message: (error as Error).message } };
  }
  const { id, function: name, input } = (question ?? {}) as Record<string, unknown>;
  if (typeof name !== "string") {
    return { id: id ?? null, error: { code: "question", message: "function is missing" } };
  }
  return { id, ...compute(name, input) };
}

async function* lines(): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    yield* whole;
    if (text.length > lineLimit) throw new RangeError(`a line has over ${lineLimit} characters`);
  }
  if (text !== "") yield text;
}
