/**
 * Imports go one way (docs/architecture.md): core ← servers, client, conformance ← cli. And the
 * protocol code of core/sip, core/sdp and core/ntm has no socket, clock, dice or disk of its own.
 */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What each folder may import of ours; the longest matching folder counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "core": ["core"],
  "servers": ["core", "servers"],
  "client": ["core", "client"],
  "conformance": ["core", "conformance"],
  "conformance/reference": ["core", "conformance", "servers", "client"],
  "cli": ["core", "servers", "client", "conformance", "cli"],
  "bench": ["core", "servers", "client", "conformance", "cli", "bench"],
  "peers": ["core", "servers", "client", "conformance", "cli", "bench", "peers"],
};

/** Protocol code: pure. */
const PURE = ["core/sip", "core/sdp", "core/ntm"];

const IMPURE_MODULES =
  /^node:(net|tls|dgram|fs|fs\/promises|http|http2|https|dns|dns\/promises|child_process|cluster|worker_threads|timers|timers\/promises|process|os|sqlite)$/;
const IMPURE_FILES = /^core\/(net|runtime)\/(live|udp\/|log_live)|\/testdata\//;
const IMPURE_CODE =
  /\bDeno\s*\.|\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|[^\s(])|\bMath\s*\.\s*random\b|\bset(Timeout|Interval|Immediate)\b|\bperformance\s*\.|\bcrypto\s*\.\s*(getRandomValues|randomUUID|subtle)\b|\brandom(Bytes|UUID|Int|FillSync)\b|\bfetch\s*\(|\bWebSocket\b|\bprocess\s*\./g;

/** Source with comments blanked and each string literal replaced by "#n", n its place in `strings`. */
function scan(source: string): { code: string; strings: string[] } {
  const strings: string[] = [];
  let code = "";
  let at = 0;
  /** Copies code up to the end, or to the brace that closes a `${`. */
  const copy = (inTemplate: boolean): void => {
    let depth = 0;
    while (at < source.length) {
      const char = source[at]!;
      const two = source.slice(at, at + 2);
      if (two === "//" || two === "/*") {
        const end = source.indexOf(two === "//" ? "\n" : "*/", at + 2);
        at = end < 0 ? source.length : two === "//" ? end : end + 2;
        code += " ";
      } else if (char === '"' || char === "'") {
        string(char);
      } else if (char === "`") {
        template();
      } else if (char === "/" && regexMayBegin()) {
        regex();
      } else {
        if (char === "{") depth++;
        if (char === "}" && depth-- === 0 && inTemplate) return;
        code += char;
        at++;
      }
    }
  };
  const string = (quote: string): void => {
    let text = "";
    for (at++; at < source.length && source[at] !== quote; at++) {
      if (source[at] === "\\") at++;
      text += source[at] ?? "";
    }
    at++;
    code += `"#${strings.push(text) - 1}"`;
  };
  const template = (): void => {
    let text = "";
    let plain = true;
    code += "(";
    for (at++; at < source.length && source[at] !== "`"; at++) {
      if (source[at] === "\\") {
        at++;
      } else if (source.startsWith("${", at)) {
        plain = false;
        at += 2;
        copy(true);
        continue;
      }
      text += source[at] ?? "";
    }
    at++;
    code += plain ? `"#${strings.push(text) - 1}")` : ")";
  };
  const regexMayBegin = () =>
    /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|of|in))\s*$/.test(code);
  const regex = (): void => {
    let inClass = false;
    for (at++; at < source.length && (inClass || source[at] !== "/"); at++) {
      if (source[at] === "\\") at++;
      else if (source[at] === "[") inClass = true;
      else if (source[at] === "]") inClass = false;
    }
    at++;
    code += "(0)";
  };
  copy(false);
  return { code, strings };
}

/** Specifiers of all imports, also of types, re-exports and `import()`; undefined for a computed one. */
function importsOf(source: string): (string | undefined)[] {
  const { code, strings } = scan(source);
  const found: (string | undefined)[] = [];
  const fixed = /\b(?:import|export)\b[^;"()]*?\bfrom\s*"#(\d+)"|\bimport\s*"#(\d+)"/g;
  for (const match of code.matchAll(fixed)) found.push(strings[Number(match[1] ?? match[2])]);
  for (const match of code.matchAll(/\bimport\s*\(\s*\(?\s*("#(\d+)")?/g)) {
    found.push(match[2] === undefined ? undefined : strings[Number(match[2])]);
  }
  return found;
}

/** Whether `path` is in `folder`. */
function within(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** What is wrong with a file, one text each. `path` is relative to the root. */
function violations(path: string, source: string): string[] {
  const folder = Object.keys(MAY_IMPORT).filter((one) => within(path, one))
    .toSorted((a, b) => b.length - a.length)[0];
  const allowed = folder === undefined ? [] : MAY_IMPORT[folder] ?? [];
  const tests = path.endsWith("_test.ts") || path.includes("/testdata/");
  const pure = !tests && PURE.some((one) => within(path, one));
  const found: string[] = [];
  for (const specifier of importsOf(source)) {
    if (specifier === undefined) {
      found.push(`${path} imports something computed: write the specifier as a literal`);
    } else if (/^(\.|\/|file:)/.test(specifier)) {
      const target = specifier.startsWith(".") ? join(path, "..", specifier) : specifier;
      if (!allowed.some((one) => within(target, one))) {
        found.push(`${path} imports ${target}: ${folder} may import ${allowed.join(", ")} only`);
      }
      if (pure && IMPURE_FILES.test(target)) {
        found.push(`${path} imports ${target}: protocol code takes its ports as parameters`);
      }
    } else if (/^(https?|jsr|npm|data|blob):/.test(specifier)) {
      found.push(`${path} imports ${specifier}: pin it in deno.json and use its name`);
    } else if (pure && IMPURE_MODULES.test(specifier)) {
      found.push(`${path} imports ${specifier}: protocol code has no socket, clock or disk`);
    }
  }
  if (pure) {
    for (const [use] of scan(source).code.matchAll(IMPURE_CODE)) {
      found.push(
        `${path} uses ${use}: protocol code takes clock, dice and transport as parameters`,
      );
    }
  }
  return found;
}

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && !/^(\.|node_modules)/.test(entry.name)) {
      found.push(...await sources(path));
    } else if (entry.isFile && entry.name.endsWith(".ts")) found.push(path);
  }
  return found;
}

Deno.test("imports go one way, and protocol code is pure, in every file", async () => {
  const paths = await sources(ROOT);
  assert(paths.length > 20, `only ${paths.length} files found: the search is broken`);
  const found = await Promise.all(
    paths.map(async (path) => violations(relative(ROOT, path), await Deno.readTextFile(path))),
  );
  assert.deepEqual(found.flat(), []);
});

Deno.test("the check finds an import in the wrong direction, however it is written", () => {
  const wrong = [
    'import { a } from "../../servers/sm/mod.ts";',
    "import { a } from '../../servers/sm/mod.ts';",
    'import type { A } from "../../servers/sm/mod.ts";',
    'import {\n  a,\n  type B,\n} from "../../servers/sm/mod.ts";',
    'import * as a from "../../servers/sm/mod.ts";',
    'import "../../servers/sm/mod.ts";',
    'export * from "../../servers/sm/mod.ts";',
    'export { a } from "../../servers/sm/mod.ts";',
    'export type { A } from "../../servers/sm/mod.ts";',
    'const a = await import("../../servers/sm/mod.ts");',
    "const a = await import(`../../servers/sm/mod.ts`);",
    'type A = import("../../servers/sm/mod.ts").A;',
    'const r = /"/; import a from "../../servers/sm/mod.ts";',
    'const t = `${"`"} ${`x${1}`}`; import a from "../../servers/sm/mod.ts";',
    "// it's fine\nimport a from '../../servers/sm/mod.ts';",
    'import a from "./x.ts"; import b from "../../servers/sm/mod.ts";',
  ];
  for (const source of wrong) {
    const found = violations("core/sip/x.ts", source);
    assert.equal(found.length, 1, source);
    assert.match(found[0]!, /imports servers\/sm\/mod.ts: core may import core only/);
  }
});

Deno.test("the check knows who may import whom", () => {
  const folders = ["core", "servers", "client", "conformance", "conformance/reference", "cli"];
  const allowed: Record<string, string> = {
    "core": "core",
    "servers": "core servers",
    "client": "core client",
    "conformance": "core conformance conformance/reference",
    "conformance/reference": "core servers client conformance conformance/reference",
    "cli": folders.join(" "),
  };
  for (const from of folders) {
    for (const to of folders) {
      const up = "../".repeat(from.split("/").length);
      const found = violations(`${from}/a.ts`, `import "${up}${to}/b.ts";`);
      assert.equal(found.length === 0, allowed[from]?.split(" ").includes(to), `${from} → ${to}`);
    }
  }
  assert.equal(violations("elsewhere/a.ts", 'import "../core/b.ts";').length, 1);
  assert.equal(violations("core/a.ts", "import(name);").length, 1);
  assert.equal(violations("core/a.ts", 'import "npm:zod";').length, 1);
});

Deno.test("the check takes no comment, text or expression for an import", () => {
  const fine = [
    '// import a from "../../servers/x.ts";',
    '/* import "../../servers/x.ts" */',
    "const a = 'import \"../../servers/x.ts\"';",
    'const a = `import "../../servers/x.ts"`;',
    "const a = 1 / 2; const b = '../../servers/x.ts' ; const c = a / b;",
    'import { z } from "zod"; import { equal } from "node:assert/strict";',
    "const here = import.meta.url;",
  ];
  for (const source of fine) assert.deepEqual(violations("core/sip/x.ts", source), [], source);
});

Deno.test("the check finds impure protocol code, and lets pure code and tests be", () => {
  const impure = [
    'import { connect } from "node:net";',
    'import type { Socket } from "node:tls";',
    'import { readFile } from "node:fs/promises";',
    'import { LiveNetwork } from "../net/live.ts";',
    'import { liveClock } from "../runtime/live.ts";',
    'import { cases } from "./testdata/cases.ts";',
    "const now = Date.now();",
    "const now = new Date();",
    "const now = new Date;",
    "const dice = Math.random();",
    "setTimeout(() => {}, 1);",
    "globalThis.setInterval(f, 1);",
    "crypto.getRandomValues(bytes);",
    "const id = crypto.randomUUID();",
    "const socket = Deno.connect({});",
    "const text = `${Date.now()}`;",
    'const response = await fetch("http://x");',
    'import { randomBytes } from "node:crypto";',
  ];
  for (const source of impure) {
    for (const folder of PURE) {
      assert.notDeepEqual(violations(`${folder}/x.ts`, source), [], source);
      assert.deepEqual(violations(`${folder}/x_test.ts`, source), [], source);
      const data = source.replaceAll("../", "../../");
      assert.deepEqual(violations(`${folder}/testdata/x.ts`, data), [], source);
    }
  }
  const pure = [
    "// Date.now() is not called here\nconst text = 'Math.random()';",
    "const when = new Date(now).toUTCString();",
    "const updated = clock.now(); clock.after(5, () => {});",
    'import { createHash, timingSafeEqual } from "node:crypto";',
    'import type { Network } from "../net/network.ts";',
  ];
  for (const source of pure) assert.deepEqual(violations("core/sip/x.ts", source), [], source);
});
