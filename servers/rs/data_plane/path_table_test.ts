import assert from "node:assert/strict";
import fc from "fast-check";
import { ABSENT, ASSOCIATION, END_WORDS, PATH, PathTable } from "./path_table.ts";

const ROWS = 16;
const halves = (id: number): [number, number] => [id | 0, Math.floor(id / 2 ** 32)];

/** Few ids, close to each other and to the limits, so that they collide and come again. */
const id = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 0, max: 8 }).map((high) => high * 2 ** 32 + 5),
  fc.integer({ min: 2 ** 48 - 5, max: 2 ** 48 - 1 }),
);
const change = fc.record({ id, remove: fc.boolean(), path: fc.boolean() });
const seed = fc.tuple(fc.integer(), fc.oneof(fc.integer(), fc.constant(0)));

Deno.test("PathTable finds what a map finds, after any changes", () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 100 }), seed, (changes, given) => {
    const table = new PathTable(ROWS, given);
    const model = new Map<number, { row: number; path: boolean }>();
    for (const { id, remove, path } of changes) {
      if (remove) {
        model.delete(id);
        table.apply({ do: "remove", id });
        continue;
      }
      const taken = new Set([...model.values()].map(({ row }) => row));
      const free = Array.from({ length: ROWS }, (_, row) => row).find((row) => !taken.has(row));
      const row = model.get(id)?.row ?? free;
      if (row === undefined) continue;
      model.set(id, { row, path });
      const ends = path ? new Int32Array(2 * END_WORDS).fill(id | 1) : undefined;
      table.apply({ do: "set", id, row, ends });
    }
    for (const { id } of changes) {
      const expected = model.get(id);
      const row = table.find(...halves(id));
      assert.equal(row, expected?.row ?? ABSENT);
      if (expected) assert.equal(table.kind(row), expected.path ? PATH : ASSOCIATION);
      if (expected) assert.equal(table.isKnown(row * 2), expected.path);
    }
    assert.equal(table.find(0, 0), ABSENT);
  }));
});

Deno.test("PathTable holds as many ids as it has rows, for one row too", () => {
  for (const rows of [1, 2, 3, 1000]) {
    const table = new PathTable(rows, [rows, 77]);
    for (let row = 0; row < rows; row++) table.apply({ do: "set", id: row + 1, row });
    for (let row = 0; row < rows; row++) assert.equal(table.find(row + 1, 0), row);
    assert.equal(table.find(rows + 1, 0), ABSENT);
  }
});
