import assert from "node:assert/strict";
import fc from "fast-check";
import { type Aead, AEAD_SUITES, NOT_AUTHENTIC, TAG_OCTETS } from "./aead.ts";
import { libcryptoAead } from "./libcrypto.ts";
import { nodeAead } from "./node.ts";
import { KNOWN_ANSWERS } from "./testdata/known_answers.ts";

const fast = libcryptoAead();
const backEnds: Aead[] = fast ? [nodeAead, fast] : [nodeAead];

const hex = (text: string) => Uint8Array.fromHex(text);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const packet = fc.record({
  suite: fc.constantFrom(...AEAD_SUITES),
  key: octets(32),
  nonce: octets(12),
  associated: fc.uint8Array({ maxLength: 40 }),
  plain: fc.uint8Array({ maxLength: 400 }),
});

function seal(aead: Aead, { suite, key, nonce, associated, plain }: {
  suite: typeof AEAD_SUITES[number];
  key: Uint8Array;
  nonce: Uint8Array;
  associated: Uint8Array;
  plain: Uint8Array;
}): Uint8Array {
  const ready = aead.key(suite, key);
  const sealed = new Uint8Array(plain.length + TAG_OCTETS);
  assert.equal(ready.seal(nonce, associated, plain, sealed), sealed.length);
  ready.release();
  return sealed;
}

Deno.test("libcryptoAead is there on Linux where the library is installed", () => {
  const installed = ["libcrypto.so.3", "libcrypto.so.1.1"].some((name) => {
    try {
      Deno.dlopen(name, {}).close();
      return true;
    } catch {
      return false;
    }
  });
  assert.equal(fast?.name, Deno.build.os === "linux" && installed ? "libcrypto" : undefined);
});

for (const aead of backEnds) {
  const name = `aead ${aead.name}`;

  for (const answer of KNOWN_ANSWERS) {
    Deno.test(`${name} gives the known answer of ${answer.source}`, () => {
      const key = aead.key(answer.suite, hex(answer.key));
      const [nonce, associated] = [hex(answer.nonce), hex(answer.associated)];
      const [plain, sealed] = [hex(answer.plain), hex(answer.sealed)];
      const output = new Uint8Array(sealed.length);
      assert.equal(key.seal(nonce, associated, plain, output), sealed.length);
      assert.equal(output.toHex(), answer.sealed);
      const back = new Uint8Array(plain.length);
      assert.equal(key.open(nonce, associated, sealed, back), plain.length);
      assert.equal(back.toHex(), answer.plain);
      key.release();
    });
  }

  Deno.test(`${name} opens what it sealed, in place as well, and leaves what lies behind alone`, () => {
    fc.assert(fc.property(packet, fc.nat(20), (given, behind) => {
      const key = aead.key(given.suite, given.key);
      const { length } = given.plain;
      const buffer = new Uint8Array(length + TAG_OCTETS + behind).fill(0xee);
      buffer.set(given.plain);
      const sealed = key.seal(given.nonce, given.associated, buffer, buffer, length);
      assert.equal(sealed, length + TAG_OCTETS);
      assert.deepEqual(buffer.subarray(0, sealed), seal(aead, given));
      assert.equal(key.open(given.nonce, given.associated, buffer, buffer, sealed), length);
      assert.deepEqual(buffer.subarray(0, length), given.plain);
      assert.deepEqual(buffer.subarray(sealed), new Uint8Array(behind).fill(0xee));
      key.release();
    }));
  });

  Deno.test(`${name} refuses a packet with any one bit changed, and shows no plaintext of it`, () => {
    fc.assert(fc.property(packet, fc.nat(), fc.nat(7), (given, place, bit) => {
      const key = aead.key(given.suite, given.key);
      const sealed = seal(aead, given);
      const parts = [given.nonce, given.associated, sealed].filter((part) => part.length > 0);
      const part = parts[place % parts.length]!;
      const at = Math.floor(place / parts.length) % part.length;
      part[at] = part[at]! ^ 1 << bit;
      const output = new Uint8Array(given.plain.length + 1).fill(0xee);
      assert.equal(key.open(given.nonce, given.associated, sealed, output), NOT_AUTHENTIC);
      assert.deepEqual(output.subarray(0, -1), new Uint8Array(given.plain.length));
      assert.equal(output.at(-1), 0xee);
      // The key still works.
      part[at] = part[at]! ^ 1 << bit;
      assert.equal(
        key.open(given.nonce, given.associated, sealed, output),
        given.plain.length,
      );
      key.release();
    }));
  });

  Deno.test(`${name} refuses every prefix of a packet`, () => {
    for (const { suite, key: octets, nonce, associated, sealed } of KNOWN_ANSWERS) {
      const key = aead.key(suite, hex(octets));
      const input = hex(sealed);
      const output = new Uint8Array(input.length);
      for (let length = 0; length < input.length; length++) {
        const opened = key.open(hex(nonce), hex(associated), input, output, length);
        assert.equal(opened, NOT_AUTHENTIC);
      }
      key.release();
    }
  });

  Deno.test(`${name} keeps keys apart, and a key works for packets in any order`, () => {
    for (const suite of AEAD_SUITES) {
      const [one, two] = [1, 2].map((fill) => aead.key(suite, new Uint8Array(32).fill(fill)));
      assert(one && two);
      const none = new Uint8Array();
      const sealed = [5, 3, 9, 3].map((fill) => {
        const nonce = new Uint8Array(12).fill(fill);
        const output = new Uint8Array(fill + 16);
        one.seal(nonce, none, new Uint8Array(fill).fill(fill), output);
        return { nonce, output, fill };
      });
      for (const { nonce, output, fill } of sealed.toReversed()) {
        const plain = new Uint8Array(fill);
        assert.equal(two.open(nonce, none, output, plain), NOT_AUTHENTIC);
        assert.equal(one.open(nonce, none, output, plain), fill);
        assert.deepEqual(plain, new Uint8Array(fill).fill(fill));
      }
      one.release();
      two.release();
    }
  });

  Deno.test(`${name} copies the key it is given`, () => {
    for (const suite of AEAD_SUITES) {
      const octets = new Uint8Array(32).fill(1);
      const given = {
        suite,
        nonce: new Uint8Array(12),
        associated: new Uint8Array(),
        plain: octets,
      };
      const key = aead.key(suite, octets);
      octets.fill(2);
      const output = new Uint8Array(48);
      key.seal(given.nonce, given.associated, octets, output);
      assert.deepEqual(output, seal(aead, { ...given, key: new Uint8Array(32).fill(1) }));
      key.release();
    }
  });

  Deno.test(`${name} says what is wrong with its arguments`, () => {
    assert.throws(() => aead.key("aes-256-gcm", new Uint8Array(16)), {
      name: "RangeError",
      message: "aead: a key has 32 octets, not 16",
    });
    const key = aead.key("aes-256-gcm", new Uint8Array(32));
    const [nonce, aad, ten] = [new Uint8Array(12), new Uint8Array(16), new Uint8Array(10)];
    assert.throws(() => key.seal(new Uint8Array(8), aad, ten, new Uint8Array(26)), {
      message: "aead: a nonce has 12 octets, not 8",
    });
    assert.throws(() => key.seal(nonce, aad, ten, new Uint8Array(25)), {
      message: "aead: output has 25 octets; it needs 26",
    });
    assert.throws(() => key.seal(nonce, aad, ten, new Uint8Array(27), 11), {
      message: "aead: input has 10 octets; length says 11",
    });
    assert.throws(() => key.open(nonce, aad, new Uint8Array(30), new Uint8Array(13)), {
      message: "aead: output has 13 octets; it needs 14",
    });
    key.release();
  });

  Deno.test(`${name} does not use a key that was released, and releases it once`, () => {
    const key = aead.key("chacha20-poly1305", new Uint8Array(32));
    key.release();
    key.release();
    const [nonce, none, buffer] = [new Uint8Array(12), new Uint8Array(), new Uint8Array(32)];
    const message = "aead: the key was released; make a new one";
    assert.throws(() => key.seal(nonce, none, buffer, buffer, 16), { message });
    assert.throws(() => key.open(nonce, none, buffer, buffer), { message });
  });
}

Deno.test("aead back ends give the same octets", () => {
  fc.assert(fc.property(packet, (given) => {
    const all = backEnds.map((aead) => seal(aead, given).toHex());
    assert.equal(new Set(all).size, 1);
  }));
});
