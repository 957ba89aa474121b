/**
 * How `ntm terminal` shows what happens: JSON Lines, or lines for people.
 *
 * @module
 */
import type { CallOutcome, ChainLink, TerminalEvent } from "../client/terminal/mod.ts";
import { print, printable, printJson, say } from "./output.ts";

/** Shows an event: with `json` as one line on stdout, else calls and messages on stdout, the rest on stderr. */
export function showEvent(event: TerminalEvent, json: boolean): void {
  if (json) return printJson(event);
  switch (event.event) {
    case "registered":
      return say(
        `registered ${event.name} at ${event.server} from ${event.local}` +
          `, level ${event.level}, for ${event.expiresSeconds} s`,
      );
    case "unregistered":
      return say(`no longer registered: ${event.name}`);
    case "disconnected":
      return say(
        `not registered: ${printable(event.reason)}` +
          (event.retryMilliseconds === undefined
            ? ""
            : `; next attempt in ${(event.retryMilliseconds / 1000).toFixed(1)} s`),
      );
    case "incoming":
      print(
        `incoming call from ${name(event.from)} to ${name(event.to)} (Call-ID ${
          printable(event.callId)
        })`,
      );
      return printChain(event.chain, "here");
    case "established":
      print(`call with ${name(event.side === "caller" ? event.to : event.from)} established`);
      // The callee has seen its chain when the call came in.
      return event.side === "caller" ? printChain(event.chain, "the callee") : undefined;
    case "failed":
      return event.side === "callee"
        ? print(
          `call from ${name(event.from)} not answered: ${event.status} ${printable(event.reason)}`,
        )
        : undefined;
    case "ended":
      return print(
        `call ended ${event.by === "here" ? "here" : "by the other side"}` +
          (event.reason === undefined ? "" : `: ${printable(event.reason)}`),
      );
    case "message":
      print(`message from ${name(event.from)}: ${printable(event.text)}`);
      return printChain(event.chain, "here");
    case "refused":
      print(
        `refused ${event.method} from ${name(event.from)}: ${event.status} ${
          printable(event.reason)
        }`,
      );
      return printChain(event.chain, "here");
  }
}

/** One line for a call that did not come about. */
export function failureLine(outcome: Extract<CallOutcome, { established: false }>): string {
  const verb = outcome.by === "there" ? "refused" : "given up";
  const why = outcome.reason === undefined ? "" : ` — ${printable(outcome.reason)}`;
  return `${verb}: ${outcome.status} ${printable(outcome.phrase)}${why}`;
}

/** The URI of a From or To value. */
function name(value: string): string {
  return printable(/<([^>]*)>/.exec(value)?.[1] ?? value);
}

function printChain(chain: readonly ChainLink[], end: string): void {
  if (chain.length === 0) return print("  route security: none");
  print("  route security (newest first):");
  const rows = chain.map(({ from, to, level, verdict }) => [
    `[${from}]`,
    level === undefined ? "no level" : `level ${level}`,
    `→ ${to === undefined ? end : `[${to}]`}`,
    verdict === "no level" ? "not vouched for" : verdict,
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  for (const row of rows) {
    print(`    ${row.map((cell, column) => cell.padEnd(width(column))).join("  ").trimEnd()}`);
  }
}
