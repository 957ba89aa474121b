import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../../core/config/document.ts";
import { NotClaimed } from "../run/failure.ts";
import { startAdapter } from "./adapter.ts";
import { ChildTerminal } from "./child.ts";
import { isPrivateAddress } from "./safety.ts";
import { loadTarget } from "./target.ts";

Deno.test("isPrivateAddress: loopback, private and link-local only", () => {
  for (
    const host of [
      "127.0.0.1",
      "10.1.2.3",
      "172.16.0.1",
      "172.31.0.1",
      "192.168.1.1",
      "169.254.1.1",
      "::1",
      "fd00::1",
      "fe80::1",
      "::ffff:10.0.0.1",
    ]
  ) {
    assert.ok(isPrivateAddress(host), host);
  }
  for (
    const host of [
      "8.8.8.8",
      "172.32.0.1",
      "172.15.0.1",
      "192.169.0.1",
      "2001:db8::1",
      "::ffff:8.8.8.8",
      "fec0::1",
      "::",
    ]
  ) {
    assert.ok(!isPrivateAddress(host), host);
  }
});

/** Loads a target file with this text. */
async function load(text: string, allowPublic = false) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "ca.pem"), "");
    await Deno.writeTextFile(join(folder, "target.yaml"), text);
    return await loadTarget(join(folder, "target.yaml"), { allowPublic });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const target = (tls: string) =>
  `name: it
session-manager:
  profiles: { sm: { tls: "${tls}" } }
  trust: [ca.pem]
`;

Deno.test("loadTarget: a public address needs the flag", async () => {
  await assert.rejects(
    load(target("8.8.8.8:5061")),
    (error) =>
      error instanceof ConfigError &&
      /target\.yaml:3:\d+: .*--allow-public-targets/.test(error.message),
  );
  assert.equal((await load(target("8.8.8.8:5061"), true)).name, "it");
  assert.equal((await load(target("127.0.0.1:5061"))).name, "it");
});

Deno.test("loadTarget: what is wrong is said with its place and what is allowed", async () => {
  await assert.rejects(load(target("127.0.0.1:0")), /port 0 is out of range/);
  await assert.rejects(
    load(target("127.0.0.1:5061").replace("sm:", "sn:")),
    /target\.yaml:3:\d+: .*sm/,
  );
  await assert.rejects(load("name: it\n"), /needs session-manager, terminal or codec/);
});

const child = (script: string) => ({
  listen: ["sh", "-c", script],
  call: ["sh", "-c", 'echo "calling $1"; exit 3', "sh", "${callee}"],
});
const options = { directory: ".", environment: {}, values: {} };

Deno.test("ChildTerminal: an action is a process; its status and output are the outcome", async () => {
  const terminal = new ChildTerminal(child("exit 0"), options, () => Promise.resolve());
  const outcome = await terminal.does({ kind: "call", to: "sip:a@b" });
  assert.deepEqual(outcome, { status: 3, output: "calling sip:a@b\n" });
  await terminal.stop();
});

Deno.test("ChildTerminal: what the target has no command for is not claimed", async () => {
  const terminal = new ChildTerminal(child("exit 0"), options, () => Promise.resolve());
  await assert.rejects(terminal.does({ kind: "message", to: "sip:a@b", text: "x" }), NotClaimed);
  await assert.rejects(terminal.does({ kind: "call", to: "sip:a@b", from: "sip:c@d" }), NotClaimed);
});

Deno.test("ChildTerminal: stop ends what runs, and cleans up", async () => {
  let cleaned = false;
  const terminal = new ChildTerminal(child("exec cat /dev/zero > /dev/null"), options, () => {
    cleaned = true;
    return Promise.resolve();
  });
  const outcome = terminal.does({ kind: "listen" });
  await terminal.stop();
  assert.notEqual((await outcome).status, 0);
  assert.ok(cleaned);
});

Deno.test("startAdapter: answers find their questions, in any order", async () => {
  const adapter = startAdapter([
    "sh",
    "-c",
    'read a; read b; echo \'{"id":2,"unsupported":true}\'; echo \'{"id":1,"output":{"x":1}}\'; read c; echo \'{"id":3,"error":{"code":"e"}}\'; cat >/dev/null',
  ], ".");
  const [first, second] = await Promise.all([adapter.compute("f", 1), adapter.compute("g", 2)]);
  assert.deepEqual([first, second], [{ output: { x: 1 } }, { unsupported: true }]);
  assert.deepEqual(await adapter.compute("h", 3), { error: { code: "e" } });
  await adapter.stop();
});

Deno.test("startAdapter: an adapter that ends or babbles leaves nothing waiting", async () => {
  const gone = startAdapter(["sh", "-c", "exit 0"], ".");
  await assert.rejects(gone.compute("f", 1), /the adapter ended its output/);
  await gone.stop();
  const babbling = startAdapter(["sh", "-c", "echo hello; cat >/dev/null"], ".");
  await assert.rejects(babbling.compute("f", 1), /the adapter: /);
  await babbling.stop();
});
