/** docs/wire.md is what others implement from: it must say what the code does. */
import assert from "node:assert/strict";
import { ERROR_CAUSES } from "./messages/mod.ts";
import { access, instruction, network } from "./messages/parts.ts";
import { CONTROL_MESSAGES, MESSAGE_TYPES } from "./message_types.ts";
import { KEY_LABELS } from "./key_labels.ts";
import { NETWORK_KINDS, PATH_TABLE } from "./path_decision.ts";
import { PROFILE_NUMBERS, SERVER_KEY_NUMBERS, SIDE_NUMBERS, SUITE_NUMBERS } from "./values.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/wire.md", import.meta.url));
const CHAPTER = TEXT.slice(TEXT.indexOf("\n# NTMobile\n"));

Deno.test("docs/wire.md: the CDDL of every message and part is the code's", () => {
  const plain = CHAPTER.replaceAll(/^ {4}/gm, "");
  for (const { rule } of [access, network, instruction, ...CONTROL_MESSAGES]) {
    assert.ok(plain.includes(`\n${rule}\n`), rule);
  }
  const rules = plain.match(/^[a-z0-9-]+ = \{$/gm) ?? [];
  assert.equal(rules.length, CONTROL_MESSAGES.length + 3);
});

Deno.test("docs/wire.md: the table of messages is the registry", () => {
  const rows = [...CHAPTER.matchAll(/^\| 0x([0-9a-f]{2}) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm)];
  const label = (name: string) => name === "RS key" ? "krs" : name.toLowerCase();
  assert.deepEqual(
    rows.map(([, type, name, under]) => [parseInt(type!, 16), name, under!.split(", ").map(label)]),
    MESSAGE_TYPES.map((
      { type, name, tls, keys },
    ) => [type, name, [...(tls ? ["tls"] : []), ...keys]]),
  );
});

Deno.test("docs/wire.md: choices have the code's numbers", () => {
  const choices = {
    "suite": SUITE_NUMBERS,
    "profile": PROFILE_NUMBERS,
    "side": SIDE_NUMBERS,
    "server-key": SERVER_KEY_NUMBERS,
    "error-cause": ERROR_CAUSES,
  };
  for (const [name, numbers] of Object.entries(choices)) {
    const list = Object.entries(numbers).map(([word, number]) => `${word}: ${number}`).join(", ");
    assert.ok(CHAPTER.includes(`\n    ${name} = &(${list})\n`), `${name} = &(${list})`);
  }
});

Deno.test("docs/wire.md: the key table has every label", () => {
  const keys = CHAPTER.slice(CHAPTER.indexOf("## Keys"), CHAPTER.indexOf("## Messages"));
  for (const label of KEY_LABELS) assert.match(keys, new RegExp(`\\| [^|]*\\b${label}\\b`), label);
});

Deno.test("docs/wire.md: the path table is the code's", () => {
  const section = CHAPTER.slice(CHAPTER.indexOf("## Path decision"));
  const rows = section.split("\n").filter((line) => /^\| [A-Za-z]/.test(line));
  const cells = rows.map((row) => row.split("|").slice(2, -1).map((cell) => cell.trim()));
  assert.deepEqual(
    cells.map((row) => row.map((cell) => cell.replace("same NAT", "same-nat"))),
    NETWORK_KINDS.map((kind) => [...PATH_TABLE[kind]]),
  );
});
