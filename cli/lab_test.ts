import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { ntm, RunningNtm } from "./testing/ntm.ts";

interface Facts {
  readonly directory: string;
  readonly nodes: readonly { readonly fqdn: string }[];
  readonly accounts: readonly { readonly fqdn: string; readonly config: string }[];
}

/** Two runs of this file at the same time are kept apart. */
const NETWORK = `127.78.${Deno.pid % 250}`;

/** A lab that is ended by a signal, and has to end well. */
async function withLab(
  args: readonly string[],
  work: (lab: { carol: string; dave: string; directory: string }) => Promise<void>,
): Promise<void> {
  const lab = new RunningNtm(["lab", "--json", "--network", NETWORK, ...args]);
  let directory = "";
  try {
    const facts = JSON.parse(await lab.line(/^\{/)) as Facts;
    directory = facts.directory;
    assert.deepEqual(facts.nodes.map(({ fqdn }) => fqdn), ["alice.a.ntm.test", "bob.b.ntm.test"]);
    const [carol, dave] = facts.accounts.map(({ config }) => config);
    await work({ carol: carol!, dave: dave!, directory });
  } finally {
    assert.equal(await lab.stop("SIGINT"), 0, "it ends cleanly on Ctrl-C");
  }
  await assert.rejects(Deno.stat(directory), Deno.errors.NotFound);
}

const lines = (stdout: string) => stdout.trim().split("\n").map((line) => JSON.parse(line));

for (const profile of ["security", "platform"]) {
  for (const relayed of [false, true]) {
    const how = `${profile}, ${relayed ? "relayed" : "direct"}`;
    Deno.test(`ntm lab, ${how}: ping, and a UDP program that knows nothing of NTMobile`, async () => {
      const args = ["--profile", profile, ...(relayed ? ["--relayed"] : [])];
      await withLab(args, async ({ carol }) => {
        const ping = ["node", "ping", "bob.b.ntm.test", "--config", carol, "--json"];
        const { code, stdout } = await ntm([...ping, "--count", "2", "--interval", "0"]);
        const events = lines(stdout);
        assert.equal(code, 0);
        assert.equal(events.filter(({ event }) => event === "echo").length, 2);
        const tunnel = events.find(({ event }) => event === "tunnel");
        assert.equal("relay" in tunnel, relayed);
        const target = ["127.0.0.1:0", "bob.b.ntm.test:7"];
        const forward = new RunningNtm(["node", "forward", ...target, "--config", carol, "--json"]);
        try {
          const { local } = JSON.parse(await forward.line(/"forwarding"/));
          assert.equal(await echoThrough(Number(local.split(":")[1])), "hello");
        } finally {
          assert.equal(await forward.stop("SIGTERM"), 0);
        }
      });
    });
  }
}

Deno.test("ntm node: listen, send and an unavailable correspondent, across two operators", async () => {
  await withLab([], async ({ carol, dave }) => {
    const listener = new RunningNtm(["node", "listen", "7000", "--echo", "--config", dave]);
    try {
      await listener.line(/^listening on virtual port 7000/, "stderr");
      const send = ["node", "send", "dave.b.ntm.test", "7000", "good day", "--config", carol];
      const sent = await ntm([...send, "--wait", "5", "--ipv6"]);
      assert.equal(sent.code, 0, sent.stderr);
      assert.match(sent.stdout, /^dave\.b\.ntm\.test \[fd4e:544d:[0-9a-f:]+\]:7000: good day$/m);
    } finally {
      assert.equal(await listener.stop("SIGINT"), 0);
    }
    const nobody = ["node", "ping", "nobody.b.ntm.test", "--config", carol];
    const { code, stderr } = await ntm(nobody);
    assert.equal(code, 1);
    assert.match(stderr, /nobody\.b\.ntm\.test: .*not available; check the name/);
  });
});

Deno.test("ntm node: a wrong password ends with status 3, a wrong setting with 2", async () => {
  await withLab([], async ({ carol, directory }) => {
    await Deno.writeTextFile(`${directory}/wrong`, "not it\n");
    const ping = ["node", "ping", "bob.b.ntm.test", "--config", carol];
    const refused = await ntm([...ping, "--password-file", `${directory}/wrong`]);
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /not accepted; check account and password/);
    assert.doesNotMatch(refused.stderr, /not it/);
    const wrong = await ntm([...ping, "--local", "here"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /local "here": expected an IP address/);
  });
});

Deno.test("ntm lab: a second one on the same addresses says what to do", async () => {
  const network = ["--network", NETWORK];
  const first = new RunningNtm(["lab", "--json", ...network]);
  try {
    await first.line(/^\{/);
    const { code, stderr } = await ntm(["lab", "--json", ...network]);
    assert.equal(code, 3);
    assert.match(stderr, /is another lab running\?/);
  } finally {
    assert.equal(await first.stop("SIGINT"), 0);
  }
});

/** A program over UDP, as anybody would write it. */
async function echoThrough(port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    const answer = once(socket, "message");
    socket.send("hello", port, "127.0.0.1");
    const [payload] = await answer;
    return String(payload);
  } finally {
    socket.close();
  }
}
