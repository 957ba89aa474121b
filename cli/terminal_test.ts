import assert from "node:assert/strict";
import { inDirectory, ntm, RunningNtm } from "./testing/ntm.ts";

const A = "sip:user-a@abc.test";
const B = "sip:user-b@abc.test";

interface World {
  readonly directory: string;
  /** Options to reach the server as this user. */
  as(user: "user-a" | "user-b"): string[];
  /** A program that is stopped at the end. */
  running(...args: string[]): RunningNtm;
}

/** Certificates, accounts and one session manager of abc.test for all tests; made once, for it takes seconds. */
let shared: { directory: string; server: RunningNtm; tls: string } | undefined;

Deno.test.beforeAll(async () => {
  const directory = await Deno.makeTempDir({ prefix: "ntm-" });
  const at = (name: string) => `${directory}/${name}`;
  await done("ca", "init", "--out", at("ca"));
  await done("ca", "issue", "--ca", at("ca"), "--server", "abc.test", "--out", at("abc"));
  for (const user of ["user-a", "user-b"]) {
    await Deno.writeTextFile(at(`${user}.txt`), `secret of ${user}\n`);
    await done(
      ...["account", "add", `sip:${user}@abc.test`, "--store", at("abc.sqlite")],
      ...["--password-file", at(`${user}.txt`)],
    );
  }
  const server = new RunningNtm([
    ...["serve", "sm", "--domain", "abc.test", "--store", at("abc.sqlite")],
    ...["--listen", "tls:127.0.0.1:0", "--listen", "tcp:127.0.0.1:0"],
    ...["--certificate", at("abc.pem"), "--key", at("abc.key.pem")],
    ...["--trust", at("ca/ca.pem")],
  ]);
  const address = async (kind: string) =>
    (await server.line(new RegExp(`^listening ${kind} `))).split(" ").at(-1)!;
  const tls = await address("tls");
  await Deno.writeTextFile(at("tcp.txt"), await address("tcp"));
  shared = { directory, server, tls };
});

Deno.test.afterAll(async () => {
  if (!shared) return;
  await shared.server.stop();
  await Deno.remove(shared.directory, { recursive: true });
});

/** Runs a test with the server, and stops the terminals it started. */
function withServer(work: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    assert.ok(shared, "there is no server");
    const { directory, tls } = shared;
    const all: RunningNtm[] = [];
    try {
      await work({
        directory,
        running: (...args) => {
          const started = new RunningNtm(args);
          all.push(started);
          return started;
        },
        as: (user) => [
          ...["--name", `sip:${user}@abc.test`, "--server", tls],
          ...["--trust", `${directory}/ca/ca.pem`],
          ...["--password-file", `${directory}/${user}.txt`],
        ],
      });
    } finally {
      for (const one of all.reverse()) await one.stop();
    }
  };
}

async function done(...args: string[]): Promise<void> {
  const { code, stderr } = await ntm(args);
  assert.equal(code, 0, stderr);
}

const events = (stdout: string) => stdout.trimEnd().split("\n").map((line) => JSON.parse(line));

Deno.test(
  "ntm terminal register: says what was granted, deregisters, exit 0",
  withServer(async ({ as }) => {
    const { code, stdout, stderr } = await ntm(["terminal", "register", ...as("user-a")]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^registered sip:user-a@abc\.test at 127\.0\.0\.1:\d+ .* for 3600 s$/m);
    assert.match(stderr, /^no longer registered/m);
  }),
);

Deno.test(
  "ntm terminal: a server that does not accept the password, or is not there, is status 3",
  withServer(async ({ as, directory }) => {
    await Deno.writeTextFile(`${directory}/wrong.txt`, "wrong");
    const wrong = await ntm([
      ...["terminal", "register", ...as("user-a")],
      ...["--password-file", `${directory}/wrong.txt`],
    ]);
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /^ntm: the server does not accept name and password; check both$/m);
    const nobody = await ntm(["terminal", "register", ...as("user-a"), "--server", "127.0.0.1:1"]);
    assert.equal(nobody.code, 3);
    assert.match(nobody.stderr, /^ntm: .*127\.0\.0\.1:1/m);
  }),
);

Deno.test(
  "ntm terminal: a server whose certificate our authority did not issue is status 3",
  withServer(async ({ as, directory }) => {
    await done("ca", "init", "--out", `${directory}/other`, "--name", "others");
    const { code, stdout, stderr } = await ntm([
      ...["terminal", "register", ...as("user-a"), "--trust", `${directory}/other/ca.pem`],
    ]);
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(stderr, /^ntm: .*certificate/m);
  }),
);

Deno.test(
  "ntm terminal listen and call: JSON Lines on stdout at both ends, and nothing else",
  withServer(async ({ as, running }) => {
    const callee = running("terminal", "listen", ...as("user-b"), "--json", "--calls", "1");
    await callee.line(/"registered"/);
    const { code, stdout } = await ntm([
      ...["terminal", "call", B, ...as("user-a"), "--json", "--duration", "0"],
    ]);
    assert.equal(code, 0);
    assert.deepEqual(events(stdout).map(({ event }) => event), [
      "registered",
      "established",
      "ended",
      "unregistered",
    ]);
    assert.equal(await callee.code(), 0);
    const seen = events(callee.stdout);
    assert.deepEqual(seen.map(({ event }) => event), [
      "registered",
      "incoming",
      "established",
      "ended",
      "unregistered",
    ]);
    const incoming = seen[1];
    assert.equal(incoming.from, `<${A}>`);
    assert.equal(incoming.keyInformation, true);
    assert.deepEqual(incoming.chain.map(({ level }: { level: number }) => level), [3, 3]);
  }),
);

Deno.test(
  "ntm terminal listen --reject: the caller sees the status and ends with 1",
  withServer(async ({ as, running }) => {
    const callee = running("terminal", "listen", ...as("user-b"), "--reject", "486");
    await callee.line(/^registered/, "stderr");
    const { code, stdout } = await ntm(["terminal", "call", B, ...as("user-a")]);
    assert.equal(code, 1);
    assert.equal(stdout, "refused: 486 Busy Here\n");
  }),
);

Deno.test(
  "ntm terminal call: SIGTERM hangs up, and both ends stop cleanly",
  withServer(async ({ as, running }) => {
    const callee = running("terminal", "listen", ...as("user-b"));
    await callee.line(/^registered/, "stderr");
    const caller = running("terminal", "call", B, ...as("user-a"));
    await caller.line(/established/);
    assert.equal(await caller.stop(), 0);
    await callee.line(/^call ended by the other side/);
    assert.equal(await callee.stop(), 0);
    assert.match(callee.stderr, /no longer registered/);
  }),
);

Deno.test(
  "ntm terminal message: shown with its chain, control characters made harmless",
  withServer(async ({ as, running }) => {
    const callee = running("terminal", "listen", ...as("user-b"));
    await callee.line(/^registered/, "stderr");
    const text = "hello\nincoming call from sip:boss@abc.test\u001b[2J";
    const { code, stdout } = await ntm(["terminal", "message", B, text, ...as("user-a")]);
    assert.equal(code, 0);
    assert.equal(stdout, "delivered: 200 OK\n");
    await callee.line(/→ here/);
    assert.match(callee.stdout, /^message from sip:user-a@abc\.test: hello\\u\{a\}incoming/m);
    assert.equal(callee.stdout.includes("\u001b"), false);
  }),
);

Deno.test(
  "ntm terminal over tcp: the link is of level 0, and a terminal that asks for more refuses the call",
  withServer(async ({ as, running, directory }) => {
    const tcp = await Deno.readTextFile(`${directory}/tcp.txt`);
    const plain = ["--channel", "tcp", "--server", tcp, "--minimum-level", "0"];
    const callee = running("terminal", "listen", ...as("user-b"));
    await callee.line(/^registered .* level 3/, "stderr");
    const refused = await ntm(["terminal", "call", B, ...as("user-a"), ...plain]);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /^registered .* level 0/m);
    assert.match(refused.stdout, /^refused: 403 Forbidden — route security: /);
    await callee.line(/not vouched for/);
  }),
);

Deno.test("ntm terminal --timeout: a server that says nothing is given up, status 3", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const { code, stderr } = await ntm([
    ...["terminal", "register", "--name", A, "--channel", "tcp", "--timeout", "0.3"],
    ...["--server", `127.0.0.1:${listener.addr.port}`],
  ], { env: { NTM_PASSWORD: "secret" } });
  (await accepted).close();
  assert.equal(code, 3);
  assert.equal(stderr, "ntm: not registered within 0.3 s\n");
});

Deno.test(
  "ntm terminal: options over NTM_* over the file of --config, paths in the file relative to it",
  withServer(async ({ as, directory }) => {
    const option = (name: string) => as("user-a")[as("user-a").indexOf(name) + 1];
    const file = [
      `name: ${A}`,
      `server: "${option("--server")}"`,
      "trust: ca/ca.pem",
      "passwordFile: user-a.txt",
      "expires: 100",
    ].join("\n");
    await Deno.writeTextFile(`${directory}/terminal.yaml`, file);
    const args = ["terminal", "register", "--config", `${directory}/terminal.yaml`];
    const expires = async (args: string[], env: Record<string, string>) => {
      const { code, stderr } = await ntm(args, { env });
      assert.equal(code, 0, stderr);
      return /for (\d+) s$/m.exec(stderr)?.[1];
    };
    assert.equal(await expires(args, {}), "100");
    assert.equal(await expires(args, { NTM_EXPIRES: "200" }), "200");
    assert.equal(await expires([...args, "--expires", "300"], { NTM_EXPIRES: "200" }), "300");
  }),
);

Deno.test(
  "ntm terminal --config: mistakes are said with file, line and column, exit 2",
  inDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/terminal.yaml`, `name: ${A}\nchanel: tls\nexpires: 0\n`);
    const { code, stderr } = await ntm(["terminal", "register", "--config", "terminal.yaml"], {
      cwd: directory,
    });
    assert.equal(code, 2);
    assert.match(stderr, /terminal\.yaml:2:1: .*chanel.*channel/);
    assert.match(stderr, /terminal\.yaml:3:10: /);
  }),
);

const mistakes: Record<string, { args: string[]; says: RegExp }> = {
  "no name": { args: ["register", "--trust", "x"], says: /name/ },
  "no trust": { args: ["register", "--name", A], says: /--trust FILE/ },
  "no proof": {
    args: ["register", "--name", A, "--channel", "tcp"],
    says: /--password-file, NTM_PASSWORD, or --certificate/,
  },
  "a certificate without its key": {
    args: ["register", "--name", A, "--trust", "main.ts", "--certificate", "x"],
    says: /--certificate and --key go together/,
  },
  "an unreadable password file": {
    args: ["register", "--name", A, "--channel", "tcp", "--password-file", "nothing.txt"],
    says: /cannot read password file nothing\.txt/,
  },
  "a level that is none": {
    args: ["listen", "--minimum-level", "4"],
    says: /Expected 0, 1, 2 or 3/,
  },
  "a channel that is none": { args: ["listen", "--channel", "tsl"], says: /tls, tcp, udp/ },
  "nobody to call": { args: ["call"], says: /missing required argument 'uri'/ },
  "both answers at once": {
    args: ["listen", "--auto-answer", "--reject"],
    says: /cannot be used with/,
  },
};
for (const [what, { args, says }] of Object.entries(mistakes)) {
  Deno.test(`ntm terminal: ${what} is said, with exit status 2`, async () => {
    const cwd = new URL(".", import.meta.url).pathname;
    const { code, stdout, stderr } = await ntm(["terminal", ...args], { cwd });
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
  });
}
