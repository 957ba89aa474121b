/** What AS, DC and RS refuse, each with the valid twin that they accept. */
import assert from "node:assert/strict";
import type { TlsCredentials } from "../../core/net/network.ts";
import {
  bootstrapRequest,
  bootstrapResponse,
  keyAgreementRequest,
  keyAgreementResponse,
  loginRequest,
  loginResponse,
} from "../../core/ntm/messages/mod.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import { publicShare } from "../../core/ntm/x25519.ts";
import { type Body, Refusal } from "./routes.ts";
import { OWN_SUITES } from "./server_keys.ts";
import {
  certificates,
  HOSTS,
  listenOf,
  passwordOf,
  type ServerName,
  trustOnly,
  World,
} from "./testing/world.ts";
import { askOverTls } from "./tls.ts";

const NAMES: Partial<Record<ServerName, string>> = {
  asA: "as.a.example",
  dcA: "dc.a.example",
  rs1: "rs1.a.example",
};

/** Asks a server over TLS from a host of its own; gives the answer, or the refusal. */
async function ask<R extends Transaction, A extends Transaction>(
  world: World,
  server: ServerName,
  tls: TlsCredentials,
  [request, body, answer]: readonly [Message<R>, Body<R>, Message<A>],
): Promise<A | Refusal> {
  const asking = askOverTls(
    {
      ...{ runtime: world.host("asker", ["203.0.113.99"]), tls, timeoutMilliseconds: 5000 },
      ...{ remote: listenOf(server)[0]!, serverName: NAMES[server]! },
    },
    request,
    body,
    answer,
  ).catch((error) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
  return await world.simulation.settle(asking);
}

const login = (body: Omit<Body<ReturnType<typeof loginRequest.decode>>, "suites">) =>
  [loginRequest, { suites: ["aes-256-gcm"], ...body } as const, loginResponse] as const;

async function inWorld(
  seed: string,
  work: (world: World) => Promise<void>,
  profile?: "platform",
): Promise<void> {
  const world = new World(seed, profile);
  try {
    await work(world);
  } finally {
    await world.stop();
  }
}

function refusal(answer: unknown): Pick<Refusal, "code" | "reason" | "retryAfter"> {
  assert.ok(answer instanceof Refusal, "an Error is expected");
  const { code, reason, retryAfter } = answer;
  return { code, reason, retryAfter };
}

const refused = { code: "refused", reason: "", retryAfter: undefined };
const alice = { mail: "alice@a.example", password: passwordOf("alice.a.example") };

Deno.test("AS: wrong password and unknown account get one and the same refusal (NTM-20)", () =>
  inWorld("passwords", async (world) => {
    await world.dc("a");
    await world.as("a");
    const right = await ask(world, "asA", trustOnly, login(alice));
    assert.ok(!(right instanceof Refusal));
    assert.equal(right.fqdn, "alice.a.example");
    assert.deepEqual(right.dc, listenOf("dcA"));
    const wrong = await ask(world, "asA", trustOnly, login({ ...alice, password: "wrong" }));
    const nobody = await ask(world, "asA", trustOnly, login({ ...alice, mail: "no@a.example" }));
    assert.deepEqual(refusal(wrong), refused);
    assert.deepEqual(refusal(nobody), refused);
  }));

Deno.test("AS: a node's certificate logs that node in and no other (NTM-20)", () =>
  inWorld("certificates", async (world) => {
    await world.dc("a");
    await world.as("a");
    const own = await ask(world, "asA", certificates.alice, login({ mail: alice.mail }));
    assert.ok(!(own instanceof Refusal));
    const bob = await ask(world, "asA", certificates.alice, login({ mail: "bob@a.example" }));
    assert.deepEqual(refusal(bob), refused);
    const none = await ask(world, "asA", trustOnly, login({ mail: alice.mail }));
    assert.deepEqual(refusal(none), refused);
  }));

Deno.test("AS: after loginsPerMinute tries even the right password waits", () =>
  inWorld("rates", async (world) => {
    await world.dc("a");
    await world.as("a", { limits: { loginsPerMinute: 2 } });
    for (let tries = 0; tries < 2; tries++) {
      const wrong = await ask(world, "asA", trustOnly, login({ ...alice, password: "wrong" }));
      assert.deepEqual(refusal(wrong), refused);
    }
    const late = refusal(await ask(world, "asA", trustOnly, login(alice)));
    assert.deepEqual([late.code, late.retryAfter], ["busy", 60]);
    await world.simulation.advance(60_000);
    assert.ok(!(await ask(world, "asA", trustOnly, login(alice)) instanceof Refusal));
  }));

Deno.test("AS: no Login Response before the DC has the key (NTM-21)", () =>
  inWorld("no dc", async (world) => {
    await world.as("a");
    const answer = refusal(await ask(world, "asA", trustOnly, login(alice)));
    assert.equal(answer.code, "unavailable");
  }));

Deno.test("AS: Bootstrap Response says nothing about whether an account exists (NTM-17)", () =>
  inWorld("bootstrap", async (world) => {
    await world.as("a");
    const of = (mail: string) =>
      ask(world, "asA", trustOnly, [bootstrapRequest, { mail }, bootstrapResponse]);
    const known = await of("alice@a.example");
    assert.ok(!(known instanceof Refusal));
    assert.deepEqual([known.zone, known.dcName], ["a.example", "dc.a.example"]);
    assert.deepEqual(await of("nobody@a.example"), known);
  }));

Deno.test("DC: platform logs in with the password, security sends to the AS (NTM-30)", async () => {
  const body = { fqdn: "alice.a.example", password: alice.password };
  await inWorld("platform", async (world) => {
    await world.dc("a");
    await world.as("a");
    const right = await ask(world, "dcA", trustOnly, login(body));
    assert.ok(!(right instanceof Refusal));
    const wrong = await ask(world, "dcA", trustOnly, login({ ...body, password: "wrong" }));
    assert.deepEqual(refusal(wrong), refused);
    const foreign = await ask(world, "dcA", trustOnly, login({ ...body, fqdn: "bob.b.example" }));
    assert.deepEqual(refusal(foreign), refused);
  }, "platform");
  await inWorld("security", async (world) => {
    await world.dc("a");
    const answer = refusal(await ask(world, "dcA", trustOnly, login(body)));
    assert.equal(answer.code, "unsupported");
  });
});

Deno.test("first contact: only a certificate with the right role gets a key (NTM-1, NTM-3)", () =>
  inWorld("roles", async (world) => {
    await world.as("a");
    await world.rs("rs1", { zones: ["a.example"] });
    const contact = (server: ServerName, tls: TlsCredentials, key: "kasdc" | "kdcrs") => {
      const share = publicShare(new Uint8Array(32).fill(7));
      const body = { key, share, nonce: new Uint8Array(32), suites: OWN_SUITES };
      return ask(world, server, tls, [keyAgreementRequest, body, keyAgreementResponse]);
    };
    assert.ok(!(await contact("asA", certificates.dcA, "kasdc") instanceof Refusal));
    assert.ok(!(await contact("rs1", certificates.dcA, "kdcrs") instanceof Refusal));
    const strangers = [certificates.dcB, certificates.rs1, certificates.alice, trustOnly];
    for (const stranger of strangers) {
      assert.deepEqual(refusal(await contact("asA", stranger, "kasdc")), refused);
      assert.deepEqual(refusal(await contact("rs1", stranger, "kdcrs")), refused);
    }
    assert.deepEqual(refusal(await contact("asA", certificates.dcA, "kdcrs")), refused);
  }));

Deno.test("AS, DC and RS: datagrams of any octets are dropped without an answer, and counted", () =>
  inWorld("noise", async (world) => {
    const servers = { asA: await world.as("a"), dcA: await world.dc("a") };
    const rs = await world.rs("rs1");
    const random = world.simulation.random("noise");
    let answers = 0;
    const host = world.host("noise", ["203.0.113.98"]);
    const address = { host: "203.0.113.98", port: 4330 };
    const socket = await world.simulation.settle(
      host.network.datagram(address, () => void answers++),
    );
    const sent = 300;
    for (const name of ["asA", "dcA", "rs1"] as const) {
      for (let count = 0; count < sent; count++) {
        const octets = random.bytes(count);
        if (count % 2 === 1 && count > 2) octets.set([1, 0x20], 0);
        socket.send(octets, { host: HOSTS[name][0], port: 4330 });
      }
    }
    await world.simulation.advance(1000);
    await socket.close();
    assert.equal(answers, 0);
    const sum = (drops: Readonly<Record<string, number>>) =>
      Object.values(drops).reduce((total, each) => total + each, 0);
    for (const { drops } of Object.values(servers)) assert.equal(sum(drops), sent);
    const { relayed, relayedOctets, control, ...dropped } = rs.counters;
    assert.deepEqual([relayed, relayedOctets, control], [0, 0, 0]);
    assert.equal(sum(dropped), sent);
  }));
