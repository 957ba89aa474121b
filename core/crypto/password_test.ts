import assert from "node:assert/strict";
import { Simulation } from "../runtime/simulated.ts";
import { argon2idHasher, simulatedHasher } from "./password.ts";

const random = () => new Simulation({ seed: "passwords" }).random("salts");

Deno.test("argon2idHasher's hash is a PHC string that fits its password and no other", async () => {
  const hasher = argon2idHasher(random());
  const hash = await hasher.hash("correct horse");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await hasher.verify("correct horse", hash), true);
  assert.equal(await hasher.verify("correct hors", hash), false);
  assert.notEqual(await hasher.hash("correct horse"), hash);
});

Deno.test("a hash of another kind fits nothing", async () => {
  const cheap = await simulatedHasher(random()).hash("secret");
  assert.equal(await simulatedHasher(random()).verify("secret", cheap), true);
  assert.equal(await simulatedHasher(random()).verify("Secret", cheap), false);
  assert.equal(await argon2idHasher(random()).verify("secret", cheap), false);
});
