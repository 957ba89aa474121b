import assert from "node:assert/strict";
import { inspect, type ParseFlags } from "./sip.ts";
import { readCase, TORTURE_CASES } from "../core/sip/testdata/cases.ts";

const DATA = new URL("../core/sip/testdata/", import.meta.url);
const DOC = new URL("../docs/torture.md", import.meta.url);

interface ErrorData {
  readonly error: { what: string; line: number; column: number; clause: string; status: number };
}

interface MessageData {
  readonly kind: string;
  readonly start: number;
  readonly headers: readonly { name: string; offset: number }[];
  readonly values: Record<string, unknown>;
  readonly deviations: readonly { what: string }[];
  readonly sdp?: readonly { kind: string; connection: { address: string } }[];
}

/** What `ntm sip parse --json` does with a file of the corpora. */
async function run(file: string, flags: ParseFlags = {}) {
  const bytes = await Deno.readFile(new URL(file, DATA));
  const lf = file.startsWith("rfc5118/") ? { lf: true as const } : {};
  return inspect(file, bytes, { json: true, ...lf, ...flags });
}

/** The table of docs/torture.md. */
async function table(): Promise<string> {
  const rows = await Promise.all(TORTURE_CASES.map(async ({ file, section, asks }) => {
    const { data, valid } = await run(file);
    const tolerant = await run(file, { tolerant: true });
    const rfc = file.startsWith("rfc4475") ? "4475" : "5118";
    const name = file.slice(file.indexOf("/") + 1);
    const cells = [
      section ? `${rfc} §${section}` : rfc,
      name.replace(/\.dat$/, ""),
      asks,
      valid ? "0" : "1",
      valid ? "valid" : errorCell((data[0] as ErrorData).error),
      tolerant.valid ? String((tolerant.data[0] as MessageData).deviations.length) : "refused too",
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  }));
  return [
    "| RFC | message | what it is, and what the section asks | exit | `ntm sip parse` says | tolerant: deviations |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function errorCell({ what, line, column, clause, status }: ErrorData["error"]): string {
  return `${status}: ${what.replaceAll("<", "&lt;")} (${line}:${column}, ${clause})`;
}

Deno.test("docs/torture.md: the table is what ntm sip parse says today", async () => {
  const text = await Deno.readTextFile(DOC);
  const [before = "", after = ""] = [/^[\s\S]*?(?=\| RFC \|)/, /(?<=\n)\n(?![|])[^|]*$/].map((
    part,
  ) => part.exec(text)?.[0]);
  const expected = `${before}${await table()}\n${after}`;
  if (Deno.env.get("NTM_UPDATE")) await Deno.writeTextFile(DOC, expected);
  else assert.equal(text, expected, "run it with NTM_UPDATE=1 to write the table anew");
});

Deno.test("ntm sip parse: a valid message shows headers with offsets, values and SDP", async () => {
  const bytes = await readCase("rfc4475/wsinv.dat");
  const { data, talk, valid } = await run("rfc4475/wsinv.dat");
  assert.ok(valid);
  assert.deepEqual(talk, []);
  const message = data[0] as MessageData;
  for (const { name, offset } of message.headers) {
    assert.equal(new TextDecoder().decode(bytes.subarray(offset, offset + name.length)), name);
  }
  assert.deepEqual(message.values.cseq, { number: 9, method: "INVITE" });
  assert.equal(message.sdp?.[0]?.connection.address, "192.0.2.4");
});

Deno.test("ntm sip parse: an invalid message is said to stderr with file, line, column, clause and status", async () => {
  const { data, talk, valid } = await run("rfc4475/quotbal.dat", { json: undefined });
  assert.equal(valid, false);
  assert.deepEqual(data, []);
  assert.deepEqual(talk, [
    "rfc4475/quotbal.dat:2:5: To: the quoted string has no closing quote",
    "  RFC 3261 §20.10; octet 41; a server answers 400",
  ]);
});

Deno.test("ntm sip parse --tolerant: reads on and lists the deviations", async () => {
  const { data, valid } = await run("rfc4475/multi01.dat", { tolerant: true });
  assert.ok(valid);
  assert.equal((data[0] as MessageData).deviations.length, 5);
});

Deno.test("ntm sip parse --stream: one value a message, places counted in the file", () => {
  const one =
    "OPTIONS sip:b@b.test SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nFrom: sip:a@a.test;tag=1\r\nTo: sip:b@b.test\r\n" +
    "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  const two = one.replace("CSeq: 1 OPTIONS", "CSeq: x");
  const bytes = new TextEncoder().encode(`${one}\r\n\r\n${two}${one}`);
  const { data, talk, valid } = inspect("s", bytes, { stream: true });
  assert.equal(valid, false);
  assert.deepEqual((data as MessageData[]).map(({ kind, start }) => [kind, start]), [
    ["request", 0],
    ["ping", undefined],
    ["request", one.length + 4 + two.length],
  ]);
  assert.equal(talk[0], 's:16:7: CSeq: "x" stands where the sequence number should be');
});
