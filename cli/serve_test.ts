import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createAuthority, issueCertificate } from "../core/crypto/pki.ts";
import { liveRuntime } from "../core/runtime/live.ts";
import { makeRequest } from "../core/sip/build.ts";
import { answer, chooseChallenge } from "../core/sip/digest.ts";
import type { SipResponse } from "../core/sip/message.ts";
import { SipTransport } from "../core/sip/transport.ts";
import { makeAccount } from "../servers/sm/mod.ts";
import { openStore } from "../core/store/mod.ts";

const main = new URL("./main.ts", import.meta.url).pathname;

function ntm(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=ntm", main, ...args],
    env: { NO_COLOR: "1", ...env },
    cwd: new URL("..", import.meta.url).pathname,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await ntm(args, env).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A server as a child process, once it has printed what it listens on. */
async function started(args: readonly string[], env: Record<string, string> = {}) {
  const child = ntm(["serve", "sm", ...args], env).spawn();
  const lines: string[] = [];
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const expected = args.includes("--json") ? 1 : args.filter((each) => each === "--listen").length;
  while (text.split("\n").length <= expected) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  lines.push(...text.trim().split("\n"));
  await reader.cancel();
  const stop = async (signal: Deno.Signal) => {
    child.kill(signal);
    const stderr = new Response(child.stderr).text();
    const { code } = await child.status;
    return { code, stderr: await stderr };
  };
  return { lines, stop };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const portOf = (line: string | undefined) => Number(/:(\d+)$/.exec(line ?? "")?.[1]);

Deno.test("ntm serve sm: kill -9 in the middle of registrations loses none that was answered with 200", () =>
  inFolder(async (folder) => {
    const file = `${folder}/sm.db`;
    const users = Array.from({ length: 200 }, (_, n) => `user-${n}`);
    const store = await openStore({ file });
    for (const user of users) {
      await store.addAccount(makeAccount(`sip:${user}@abc.test`, user, { created: 1 }));
    }
    await store.close();
    const args = ["--domain", "abc.test", "--listen", "tcp:127.0.0.1:0", "--store", file];
    const server = await started(args, { NTM_LOG: "error" });
    const answered = new Set<string>();
    let enough: () => void = () => {};
    const half = new Promise<void>((resolve) => enough = resolve);
    const transport = new SipTransport({
      runtime: liveRuntime(),
      events: {
        message: (message, channel) => message.kind === "response" && heard(message, channel),
        malformed: (error) => assert.fail(error.message),
        closed: () => {},
      },
    });
    const channel = await transport.connect({
      kind: "tcp",
      remote: { host: "127.0.0.1", port: portOf(server.lines[0]) },
    });
    const register = (user: string, cseq: number, authorization?: string) =>
      transport.send(
        makeRequest({
          method: "REGISTER",
          uri: "sip:abc.test",
          from: `<sip:${user}@abc.test>;tag=1`,
          to: `<sip:${user}@abc.test>`,
          callId: user,
          cseq,
          contact: `<sip:${user}@127.0.0.1:5062>`,
          via: [`SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK${user}-${cseq}`],
          headers: authorization === undefined ? [] : [["Authorization", authorization]],
        }),
        channel,
      );
    const heard = (response: SipResponse, on: typeof channel) => {
      const user = response.headers.get("Call-ID") ?? "";
      if (response.status === 401 && on.open) {
        const challenge = chooseChallenge(response.headers.getAll("WWW-Authenticate"));
        assert.ok(challenge);
        const { value } = answer(challenge, {
          ...{ username: user, secret: { password: user } },
          ...{ method: "REGISTER", uri: "sip:abc.test", cnonce: "0123456789abcdef" },
        });
        register(user, 2, value);
      } else if (response.status === 200) {
        answered.add(user);
        if (answered.size === users.length / 4) enough();
      }
    };
    // Two waves, so that some REGISTERs are under way when the blow falls.
    for (const user of users.slice(0, 100)) register(user, 1);
    await half;
    for (const user of users.slice(100)) register(user, 1);
    await server.stop("SIGKILL");
    await transport.stop();
    assert.ok(
      answered.size >= users.length / 4 && answered.size < users.length,
      `${answered.size}`,
    );

    const listed = await run(["account", "registrations", "--store", file, "--json"]);
    assert.equal(listed.code, 0, listed.stderr);
    const kept = new Set((JSON.parse(listed.stdout) as { callId: string }[]).map((r) => r.callId));
    for (const user of answered) assert.ok(kept.has(user), `${user} was answered and is gone`);

    const again = await started(args, { NTM_LOG: "error" });
    const fetched = await run(["account", "registrations", "--store", file]);
    assert.equal(fetched.stdout.trim().split("\n").length, kept.size);
    assert.equal((await again.stop("SIGTERM")).code, 0);
  }));

Deno.test("ntm serve sm: one ready line a listener, or one JSON object; SIGTERM and SIGINT end it with 0", async () => {
  const listen = ["--listen", "tcp:127.0.0.1:0", "--listen", "udp:127.0.0.1:0"];
  const plain = await started(["--domain", "abc.test", ...listen]);
  assert.match(plain.lines[0] ?? "", /^listening tcp 127\.0\.0\.1:\d+$/);
  assert.match(plain.lines[1] ?? "", /^listening udp 127\.0\.0\.1:\d+$/);
  const ended = await plain.stop("SIGTERM");
  assert.equal(ended.code, 0);
  assert.match(ended.stderr, /stopped/);
  const json = await started(["--json", ...listen], { NTM_DOMAIN: "abc.test" });
  const ready = JSON.parse(json.lines[0] ?? "");
  assert.equal(ready.domain, "abc.test");
  assert.deepEqual(ready.listening.map(({ kind }: { kind: string }) => kind), ["tcp", "udp"]);
  assert.equal((await json.stop("SIGINT")).code, 0);
});

Deno.test("ntm serve sm: a port in use is said, exit 3", async () => {
  const first = await started(["--domain", "abc.test", "--listen", "tcp:127.0.0.1:0"]);
  const port = portOf(first.lines[0]);
  const second = await run([
    "serve",
    "sm",
    "--domain",
    "abc.test",
    "--listen",
    `tcp:127.0.0.1:${port}`,
  ]);
  assert.equal(second.code, 3);
  assert.match(second.stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*in use`));
  await first.stop("SIGTERM");
});

Deno.test("ntm serve: an unknown role is exit 2 and names the known ones", async () => {
  const { code, stderr } = await run(["serve", "sn"]);
  assert.equal(code, 2);
  assert.match(stderr, /no role "sn"; did you mean "sm"\?; known roles: sm, as, dc, rs/);
});

Deno.test("ntm serve sm: bad files and options are exit 2, with file, line and column", () =>
  inFolder(async (folder) => {
    const config = `${folder}/ntm.yaml`;
    const notBefore = new Date(Date.now() - 3 * 86_400_000);
    const authority = await createAuthority({ commonName: "ca", days: 30, notBefore });
    const good = await issueCertificate(authority, {
      commonName: "a",
      days: 9,
      notBefore,
      dns: ["abc.test"],
    });
    const other = await issueCertificate(authority, {
      commonName: "b",
      days: 9,
      notBefore,
      dns: ["abc.test"],
    });
    const old = await issueCertificate(authority, {
      commonName: "c",
      days: 1,
      notBefore,
      dns: ["abc.test"],
    });
    assert.ok(new X509Certificate(old.certificate));
    for (
      const [name, text] of [
        ["a.pem", good.certificate],
        ["a.key", good.key],
        ["b.key", other.key],
        ["old.pem", old.certificate],
        ["old.key", old.key],
      ] as const
    ) await Deno.writeTextFile(`${folder}/${name}`, text);
    const fails = async (yaml: string, ...expected: RegExp[]) => {
      await Deno.writeTextFile(config, yaml);
      const { code, stderr } = await run(["serve", "sm", "--config", config]);
      assert.equal(code, 2, stderr);
      for (const each of expected) assert.match(stderr, each);
    };
    const tls = (certificate: string, key: string) =>
      `domain: abc.test\nlisten: [tls:127.0.0.1:0]\ntls:\n  certificate: ${certificate}\n  key: ${key}\n`;
    await fails(
      "domain: abc.test\nlisten: [tls:127.0.0.1:0]\nrouteSecurity: { mismatch: refus }\n",
      /ntm\.yaml:3:28: routeSecurity\.mismatch: .*refuse/,
    );
    await fails("domain: abc.test\nlisten: [tcp:127.0.0.1]\n", /ntm\.yaml:2:10: listen\[0\]:/);
    await fails("domian: abc.test\nlisten: []\n", /ntm\.yaml:1:1: .*did you mean "domain"/);
    await fails(tls("a.pem", "b.key"), /ntm\.yaml:5:8: tls\.key: b\.key: the key is not the one/);
    await fails(
      tls("old.pem", "old.key"),
      /ntm\.yaml:4:16: tls\.certificate: old\.pem: .*expired on/,
    );
    await fails(tls("none.pem", "a.key"), /ntm\.yaml:4:16: .*none\.pem: there is no such file/);
    await fails(tls("a.key", "a.pem"), /no PEM certificate in it/, /no PEM private key in it/);
    await fails(
      "domain: abc.test\nlisten: [tls:127.0.0.1:0]\n",
      /needs tls\.certificate and tls\.key/,
    );
    await Deno.writeTextFile(`${folder}/no.db`, "no database at all, but long enough to be read");
    await fails(
      "domain: abc.test\nlisten: [tcp:127.0.0.1:0]\nstore: no.db\nlimits: { connections: 0 }\n",
      /limits\.connections/,
    );
    await Deno.writeTextFile(config, "domain: abc.test\nlisten: [tcp:127.0.0.1:0]\nstore: no.db\n");
    const broken = await run(["serve", "sm", "--config", config]);
    assert.equal(broken.code, 3);
    assert.match(broken.stderr, /no\.db: not a SQLite database/);
  }));

Deno.test("ntm serve sm: options count over the environment, the environment over the file", () =>
  inFolder(async (folder) => {
    const config = `${folder}/ntm.yaml`;
    await Deno.writeTextFile(config, "domain: file.test\nlisten: [tcp:127.0.0.1:0]\n");
    const domainOf = async (args: string[], env: Record<string, string>) => {
      const server = await started(["--json", "--config", config, ...args], env);
      await server.stop("SIGTERM");
      return JSON.parse(server.lines[0] ?? "").domain;
    };
    assert.equal(await domainOf([], {}), "file.test");
    assert.equal(await domainOf([], { NTM_DOMAIN: "env.test" }), "env.test");
    assert.equal(
      await domainOf(["--domain", "flag.test"], { NTM_DOMAIN: "env.test" }),
      "flag.test",
    );
  }));
