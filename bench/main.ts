/**
 * Side-by-side measurements: `deno task bench [NAME …]`. Each prints a Markdown table on stdout; docs/benchmarks.md
 * says how to read them.
 *
 * @module
 */
import { machine } from "./table.ts";

const benches: Record<string, { title: string; load(): Promise<{ bench(): Promise<string> }> }> = {
  aead: { title: "AEAD, packets a second", load: () => import("./aead.ts") },
  calls: { title: "SIP basic call, CPU per call", load: () => import("./calls.ts") },
  help: { title: "Start of the program", load: () => import("./help.ts") },
  relay: { title: "Relay, CPU per packet", load: () => import("./relay.ts") },
  vectors: { title: "Conformance vectors a second", load: () => import("./vectors.ts") },
};

const names = Deno.args.length ? Deno.args : Object.keys(benches);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length) {
  console.error(
    `bench: ${unknown.join(", ")}: no such measurement; there are ${
      Object.keys(benches).join(", ")
    }`,
  );
  Deno.exit(2);
}
console.log(`${await machine()}\n`);
for (const name of names) {
  const { title, load } = benches[name]!;
  console.log(`## ${title}\n`);
  console.log(`${await (await load()).bench()}\n`);
}
