/**
 * SIPp, which knows nothing of ours, registers and calls through `ntm serve sm`.
 *
 * Debian's SIPp has no TLS and answers MD5 challenges only, so it meets the plain listeners of a server with MD5 switched on.
 */
import assert from "node:assert/strict";
import { freePort, isTaken } from "../bench/ports.ts";
import { run, startServer } from "../bench/process.ts";
import { ntm, peerTest, root } from "./tools.ts";

const SERVER = "127.0.0.1";
const scenarios = { bench: `${root}bench/sipp`, peers: `${root}peers/sipp` };

/** SIPp's command line for one user, from an address and port of its own. */
async function party(server: number, folder: string, user: string, host: string) {
  const port = await freePort(host);
  return {
    command: (scenario: string, more: readonly string[]): string[] => [
      ...["sipp", `${SERVER}:${server}`, "-sf", `${scenario}.xml`, "-i", host, "-p", String(port)],
      ...["-auth_uri", "abc.test", "-nostdin", "-trace_err", "-timeout", "20", ...more],
    ],
    async run(scenario: string, more: readonly string[]): Promise<void> {
      const { code, stdout, stderr } = await run(this.command(scenario, more), { cwd: folder });
      assert.equal(code, 0, `${user}: ${scenario}\n${stderr}\n${stdout}`);
    },
    register(): Promise<void> {
      const accounts = `${scenarios.bench}/${user}.csv`;
      return this.run(`${scenarios.bench}/register`, ["-inf", accounts, "-m", "1"]);
    },
  };
}

/** A server with both users' accounts on free ports, its UDP and TCP listeners on the same one. */
async function server(folder: string) {
  const port = await freePort(SERVER);
  await Deno.copyFile(`${root}bench/ntm.yaml`, `${folder}/ntm.yaml`);
  for (const user of ["user-a", "user-b"]) {
    const { code, stderr } = await run(
      [...ntm, "account", "add", `sip:${user}@abc.test`, "--md5", "--store", `${folder}/sm.db`],
      { cwd: root, env: { NTM_PASSWORD: user.replace("user", "password") } },
    );
    assert.equal(code, 0, stderr);
  }
  const listen = [`udp:${SERVER}:${port}`, `tcp:${SERVER}:${port}`];
  const command = [...ntm, "serve", "sm", "--config", `${folder}/ntm.yaml`]
    .concat(listen.flatMap((each) => ["--listen", each]));
  const started = await startServer(command, {
    cwd: root,
    env: { NTM_LOG: "warning" },
    ready: () => isTaken(SERVER, port),
  });
  return { port, stop: () => started.stop() };
}

/** Runs `work` while user-b's SIPp takes calls; it must have taken `calls` without a complaint. */
async function whileAnswering(
  command: string[],
  folder: string,
  work: () => Promise<void>,
): Promise<void> {
  const callee = new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await work();
    assert.equal((await callee.status).code, 0, "the callee saw what it did not expect");
  } finally {
    try {
      callee.kill("SIGKILL");
    } catch { /* it has ended */ }
    await callee.status;
  }
}

await peerTest(
  "SIPp registers with digest and calls through ntm serve sm over UDP; a forged From is refused",
  ["sipp"],
  async (folder) => {
    const { port, stop } = await server(folder);
    try {
      const alice = await party(port, folder, "user-a", "127.0.0.10");
      const bob = await party(port, folder, "user-b", "127.0.0.11");
      await alice.register();
      await bob.register();
      await whileAnswering(
        bob.command(`${scenarios.bench}/callee`, ["-m", "20"]),
        folder,
        () => alice.run(`${scenarios.bench}/caller`, ["-m", "20", "-r", "50"]),
      );
      await alice.run(`${scenarios.peers}/forged`, ["-m", "1"]);
    } finally {
      await stop();
    }
  },
);

await peerTest(
  "SIPp registers and calls on one TCP connection, to a SIPp on UDP",
  ["sipp"],
  async (folder) => {
    const { port, stop } = await server(folder);
    try {
      const alice = await party(port, folder, "user-a", "127.0.0.10");
      const bob = await party(port, folder, "user-b", "127.0.0.11");
      await bob.register();
      await whileAnswering(
        bob.command(`${scenarios.bench}/callee`, ["-m", "1"]),
        folder,
        () => alice.run(`${scenarios.peers}/tcp_caller`, ["-t", "t1", "-m", "1"]),
      );
    } finally {
      await stop();
    }
  },
);
