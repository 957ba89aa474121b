import assert from "node:assert/strict";
import type { Log } from "../../runtime/log.ts";
import type { Aead, AeadKey } from "./aead.ts";
import { libcryptoAead } from "./libcrypto.ts";
import { openAead } from "./mod.ts";
import { nodeAead } from "./node.ts";
import { passesSelfTest } from "./trial.ts";

/** A back end that is `node` but for what `change` does to its keys. */
function broken(change: (key: AeadKey) => Partial<AeadKey>): Aead {
  return {
    name: "libcrypto",
    key(suite, octets) {
      const key = nodeAead.key(suite, octets);
      return {
        suite,
        seal: (...given) => key.seal(...given),
        open: (...given) => key.open(...given),
        release: () => key.release(),
        ...change(key),
      };
    },
  };
}

function logged(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log: Log = {
    write: (level, event, facts) => lines.push(`${level} ${event} ${facts?.name}`),
  };
  return { log, lines };
}

Deno.test("openAead takes libcrypto where it is there, else node, and says so", () => {
  const { log, lines } = logged();
  const expected = libcryptoAead() ? "libcrypto" : "node";
  assert.equal(openAead({ log }).name, expected);
  assert.equal(openAead({ log, candidates: [] }).name, "node");
  assert.deepEqual(lines, [
    `debug aead back end chosen ${expected}`,
    "debug aead back end chosen node",
  ]);
});

Deno.test("openAead takes no back end that fails its self-test, and warns", () => {
  const { log, lines } = logged();
  const wrong = broken(() => ({ open: (_nonce, _associated, input) => input.length - 16 }));
  assert.equal(openAead({ log, candidates: [wrong] }), nodeAead);
  assert.deepEqual(lines, [
    "warning aead back end fails its self-test libcrypto",
    "debug aead back end chosen node",
  ]);
});

Deno.test("passesSelfTest passes a sound back end", () => {
  assert.equal(passesSelfTest(broken(() => ({}))), true);
});

Deno.test("passesSelfTest fails one that seals, opens or refuses wrongly, or throws", () => {
  const faults: ((key: AeadKey) => Partial<AeadKey>)[] = [
    (key) => ({
      seal(nonce, associated, input, output, length) {
        const done = key.seal(nonce, associated, input, output, length);
        output[300] = output[300]! ^ 1;
        return done;
      },
    }),
    (key) => ({
      open(nonce, associated, input, output, length) {
        const done = key.open(nonce, associated, input, output, length);
        output[300] = output[300]! ^ 1;
        return done;
      },
    }),
    (key) => ({ open: (...given) => Math.max(0, key.open(...given)) }),
    () => ({
      seal() {
        throw new Error("aead: libcrypto refuses aes-256-gcm");
      },
    }),
  ];
  for (const fault of faults) assert.equal(passesSelfTest(broken(fault)), false);
});
