import assert from "node:assert/strict";
import fc from "fast-check";
import {
  answer,
  chooseChallenge,
  type DigestAlgorithm,
  ha1,
  parseCredentials,
  verifyServer,
} from "./digest.ts";
import { DigestServer, type DigestServerOptions } from "./digest_server.ts";
import { countingRandom, HandClock } from "./testing.ts";

const SECRET = ha1("user-a", "abc.test", "secret", "SHA-256");

function setup(options: Partial<DigestServerOptions> = {}) {
  const clock = new HandClock();
  const server = new DigestServer({
    clock,
    random: countingRandom(),
    realm: "abc.test",
    ...options,
  });
  return { clock, server };
}

/** Answers a challenge of the server. */
function reply(
  values: string[],
  changes: { password?: string; count?: number; uri?: string } = {},
) {
  const challenge = chooseChallenge(values);
  assert(challenge);
  return answer(challenge, {
    username: "user-a",
    secret: { password: changes.password ?? "secret" },
    method: "REGISTER",
    uri: changes.uri ?? "sip:abc.test",
    cnonce: "c",
    count: changes.count ?? 1,
  });
}

/** "ok", or the cause with "stale" where the next challenge should say so. */
function verdict(
  server: DigestServer,
  sent: ReturnType<typeof reply>,
  secret: string | undefined = SECRET,
  context = "",
): string {
  const credentials = parseCredentials(sent.value);
  assert(credentials);
  const found = server.verify(credentials, secret, "REGISTER", "sip:abc.test", context);
  return found.ok ? "ok" : found.cause + (found.stale ? ", stale" : "");
}

Deno.test("DigestServer: challenge, answer, proof both ways (SM-2, SM-3)", () => {
  const { server } = setup();
  const sent = reply(server.challenge());
  const found = server.verify(sent.credentials, SECRET, "REGISTER", "sip:abc.test");
  assert(found.ok);
  assert(verifyServer(found.info, sent));
});

Deno.test("DigestServer.challenge: one value an algorithm in the order configured (RFC 8760 §2.4)", () => {
  const algorithms: DigestAlgorithm[] = ["SHA-512-256", "SHA-256", "MD5"];
  const values = setup({ algorithms }).server.challenge({ stale: true });
  assert.deepEqual(values.map((value) => /algorithm=([^,]*)/.exec(value)?.[1]), algorithms);
  assert(values.every((value) => value.endsWith("stale=true")));
  assert.equal(new Set(values.map((value) => /nonce="([^"]*)"/.exec(value)?.[1])).size, 1);
});

Deno.test("DigestServer: nonces differ from each other even within one millisecond", () => {
  const { server } = setup();
  assert.equal(new Set(Array.from({ length: 100 }, () => server.challenge()[0])).size, 100);
});

Deno.test("DigestServer: a wrong password and an unknown user get one and the same verdict", () => {
  const { server } = setup();
  const wrong = reply(server.challenge(), { password: "guess" });
  assert.equal(verdict(server, wrong), "wrong user or password");
  const found = server.verify(wrong.credentials, undefined, "REGISTER", "sip:abc.test");
  assert.deepEqual(
    found,
    server.verify(wrong.credentials, SECRET, "REGISTER", "sip:abc.test"),
  );
  assert.equal(server.tracked, 0, "failures are not remembered, so they cannot fill the table");
});

Deno.test("DigestServer: credentials count once; each further use needs a higher count", () => {
  const { server } = setup();
  const challenge = server.challenge();
  const first = reply(challenge);
  assert.equal(verdict(server, first), "ok");
  assert.equal(verdict(server, first), "nonce count used before, stale");
  assert.equal(verdict(server, reply(challenge, { count: 5 })), "ok");
  assert.equal(verdict(server, reply(challenge, { count: 4 })), "nonce count used before, stale");
  assert.equal(verdict(server, reply(challenge, { count: 6 })), "ok");
  assert.equal(verdict(server, reply(challenge, { count: 0 })), "nonce count used before, stale");
  assert.equal(server.tracked, 1);
});

Deno.test("DigestServer: an old nonce is stale to whoever knows the password, and to nobody else", () => {
  const { server, clock } = setup({ nonceMilliseconds: 1000 });
  const challenge = server.challenge();
  clock.advance(1000);
  assert.equal(verdict(server, reply(challenge)), "ok");
  clock.advance(1);
  assert.equal(verdict(server, reply(challenge, { count: 2 })), "nonce too old, stale");
  assert.equal(verdict(server, reply(challenge, { password: "guess" })), "nonce too old");
});

Deno.test("DigestServer takes no nonce but its own, for its own context", () => {
  const { server } = setup();
  const other = setup().server;
  other.challenge(); // another key all the same: dice of another process
  const foreign = reply(new DigestServer({
    clock: new HandClock(),
    random: { bytes: (length) => new Uint8Array(length).fill(7) },
    realm: "abc.test",
  }).challenge());
  assert.equal(verdict(server, foreign), "nonce not ours, stale");
  const bound = server.challenge({ context: "tls#1" });
  assert.equal(verdict(server, reply(bound), SECRET, "tls#2"), "nonce not ours, stale");
  assert.equal(verdict(server, reply(bound)), "nonce not ours, stale");
  assert.equal(verdict(server, reply(bound), SECRET, "tls#1"), "ok");
});

Deno.test("DigestServer: a nonce changed in any character is not ours", () => {
  const { server } = setup();
  const [value = ""] = server.challenge();
  const nonce = /nonce="([^"]*)"/.exec(value)?.[1] ?? "";
  assert.equal(nonce.length, 43);
  for (let at = 0; at < nonce.length; at++) {
    for (const letter of ["A", "b", "-", "=", " "]) {
      if (nonce[at] === letter) continue;
      const changed = nonce.slice(0, at) + letter + nonce.slice(at + 1);
      const sent = reply([value.replace(nonce, changed)]);
      assert.equal(verdict(server, sent), "nonce not ours, stale", changed);
    }
  }
  for (const changed of [nonce.slice(0, -1), `${nonce}A`, `${nonce}=`, ""]) {
    assert.equal(verdict(server, reply([value.replace(nonce, changed)])), "nonce not ours, stale");
  }
});

Deno.test("DigestServer refuses another realm, an algorithm not offered, a digest of another request", () => {
  const { server } = setup();
  const [value = ""] = server.challenge();
  assert.equal(verdict(server, reply([value.replace("abc.test", "xyz.test")])), "wrong realm");
  const sha512 = chooseChallenge([value.replace("SHA-256", "SHA-512-256")], {
    algorithms: ["SHA-512-256"],
  });
  assert(sha512);
  const downgraded = answer(sha512, {
    ...{ username: "user-a", secret: { password: "secret" }, method: "REGISTER" },
    ...{ uri: "sip:abc.test", cnonce: "c" },
  });
  assert.equal(verdict(server, downgraded), "algorithm not allowed");
  const elsewhere = reply(server.challenge(), { uri: "sip:xyz.test" });
  assert.equal(verdict(server, elsewhere), "uri is not the Request-URI");
  const equivalent = reply(server.challenge(), { uri: "sip:ABC.test" });
  assert.equal(verdict(server, equivalent), "ok");
  const sent = reply(server.challenge());
  const invite = server.verify(sent.credentials, SECRET, "INVITE", "sip:abc.test");
  assert(!invite.ok && invite.cause === "wrong user or password");
});

Deno.test("DigestServer bounds the nonces it tracks, and forgetting one never lets it be replayed", () => {
  const { server, clock } = setup({ trackedNonces: 3 });
  const sent = Array.from({ length: 6 }, () => {
    clock.advance(10);
    return reply(server.challenge());
  });
  for (const each of sent) assert.equal(verdict(server, each), "ok");
  assert.equal(server.tracked, 3);
  for (const each of sent) assert.notEqual(verdict(server, each), "ok");
  clock.advance(10);
  assert.equal(verdict(server, reply(server.challenge())), "ok");
});

Deno.test("DigestServer: of any sequence of counts exactly the rising ones are taken, within any bound", () => {
  const use = fc.record({ nonce: fc.nat(3), count: fc.integer({ min: 1, max: 6 }) });
  fc.assert(
    fc.property(
      fc.array(use, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      (uses, trackedNonces) => {
        const { server, clock } = setup({ trackedNonces });
        const challenges = [0, 1, 2, 3].map(() => {
          clock.advance(1);
          return server.challenge();
        });
        const taken = new Set<string>();
        const highest = [0, 0, 0, 0];
        for (const { nonce, count } of uses) {
          const ok = verdict(server, reply(challenges[nonce]!, { count })) === "ok";
          const key = `${nonce} ${count}`;
          assert(!(ok && taken.has(key)), "a replay was taken");
          if (ok) taken.add(key);
          if (trackedNonces === 4) assert.equal(ok, count > highest[nonce]!);
          if (ok) highest[nonce] = count;
          assert(server.tracked <= trackedNonces);
        }
      },
    ),
  );
});
