/**
 * Codec functions through an adapter: one JSON object a line on the child's stdin and stdout.
 *
 * @module
 */
import type { CodecAnswer, CodecIut } from "../run/iut.ts";
import { Inconclusive } from "../run/failure.ts";

/** Characters an answer may have. */
export const answerLimit = 4_194_304;
/** Milliseconds an answer may take. */
export const answerMilliseconds = 10_000;

/** Starts an adapter. Throws when the program cannot be started. */
export function startAdapter(command: readonly string[], directory: string): CodecIut {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    cwd: directory,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return new Adapter(child);
}

interface Waiting {
  resolve(answer: CodecAnswer): void;
  reject(error: Error): void;
}

class Adapter implements CodecIut {
  readonly role = "codec";
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: Error | undefined;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    void this.#read();
  }

  compute(name: string, input: unknown): Promise<CodecAnswer> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    const line = JSON.stringify({ id, function: name, input }) + "\n";
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Inconclusive(`the adapter gave no answer within ${answerMilliseconds} ms`));
      }, answerMilliseconds);
      const done = () => clearTimeout(timer);
      this.#waiting.set(id, {
        resolve: (answer) => (done(), resolve(answer)),
        reject: (error) => (done(), reject(error)),
      });
      this.#input.write(new TextEncoder().encode(line)).catch(() => {});
    });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of this.#child.stdout) {
        text += decoder.decode(chunk, { stream: true });
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) if (line.trim() !== "") this.#answer(line);
        if (text.length > answerLimit) {
          throw new Error(`an answer has over ${answerLimit} characters`);
        }
      }
      this.#fail(new Inconclusive("the adapter ended its output"));
    } catch (error) {
      this.#fail(
        new Inconclusive(`the adapter: ${error instanceof Error ? error.message : error}`),
      );
    }
  }

  #answer(line: string): void {
    const value = JSON.parse(line) as Record<string, unknown>;
    const waiting = this.#waiting.get(Number(value["id"]));
    if (!waiting) throw new Error(`an answer to no question: ${line.slice(0, 100)}`);
    this.#waiting.delete(Number(value["id"]));
    if (value["unsupported"] === true) waiting.resolve({ unsupported: true });
    else if (typeof value["error"] === "object" && value["error"] !== null) {
      waiting.resolve({ error: value["error"] as Record<string, unknown> });
    } else waiting.resolve({ output: value["output"] });
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  async stop(): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#child.status;
  }
}
