import assert from "node:assert/strict";
import fc from "fast-check";
import {
  answersOffer,
  chooseKeyInformation,
  formatKeyInformation,
  type KeyInformation,
  KeyInformationError,
  parseKeyInformation,
  parseKeyInformationLines,
} from "./key_information.ts";

const NONCE = new Uint8Array(32).map((_, index) => index);
const LINE = `1 AES_256_GCM nonce:${NONCE.toBase64()}`;

Deno.test("parseKeyInformation: a known line, octet for octet", () => {
  assert.deepEqual(
    parseKeyInformation("7 AES_256_GCM nonce:AAECAwQFBgcICQoLDA0ODw== x25519:AQI="),
    {
      tag: 7,
      suite: "AES_256_GCM",
      nonce: NONCE.slice(0, 16),
      parameters: [{ method: "x25519", value: "AQI=" }],
    },
  );
});

Deno.test("parseKeyInformation: what was formatted parses to the same", () => {
  const token = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/);
  const information = fc.record({
    tag: fc.nat(999_999_999),
    suite: token,
    nonce: fc.uint8Array({ minLength: 16, maxLength: 64 }),
    parameters: fc.array(
      fc.record({
        method: token.filter((method) => method !== "nonce"),
        value: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((octets) =>
          new Uint8Array(octets).toBase64()
        ),
      }, { noNullPrototype: true }),
      { maxLength: 7 },
    ),
  }, { noNullPrototype: true });
  fc.assert(fc.property(information, (given) => {
    const parsed = parseKeyInformation(formatKeyInformation(given));
    assert.deepEqual({ ...parsed, nonce: [...parsed.nonce] }, {
      ...given,
      nonce: [...given.nonce],
    });
  }));
});

Deno.test("parseKeyInformation: every prefix of a line fails with KeyInformationError", () => {
  for (let length = 0; length < LINE.length - 1; length++) {
    const prefix = LINE.slice(0, length);
    let ok = false;
    try {
      ok = parseKeyInformation(prefix).nonce.length >= 16;
    } catch (error) {
      assert.ok(error instanceof KeyInformationError, `${prefix}: ${error}`);
      continue;
    }
    // A cut at a base64 boundary is a shorter nonce, which the grammar cannot tell from a whole one.
    assert.ok(ok && (length - LINE.indexOf("nonce:") - 6) % 4 === 0, prefix);
  }
});

Deno.test("parseKeyInformation: any text fails with KeyInformationError or parses", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      parseKeyInformation(text);
    } catch (error) {
      assert.ok(error instanceof KeyInformationError);
    }
  }));
});

const faults: Record<string, RegExp> = {
  "x AES_256_GCM nonce:AAECAwQFBgcICQoLDA0ODw==": /tag "x"/,
  "1 AES;256 nonce:AAECAwQFBgcICQoLDA0ODw==": /suite/,
  "1 AES_256_GCM": /nonce is missing/,
  "1 AES_256_GCM nonce:AAEC": /nonce of 3 octets/,
  "1 AES_256_GCM nonce:AAECAwQFBgcICQoLDA0ODw": /method:base64/,
  "1 AES_256_GCM nonce:AAECAwQFBgcICQoLDA0ODw== nonce:AAECAwQFBgcICQoLDA0ODw==": /given twice/,
};
for (const [line, message] of Object.entries(faults)) {
  Deno.test(`parseKeyInformation: refuses ${line}`, () => {
    assert.throws(() => parseKeyInformation(line), message);
  });
}

Deno.test("parseKeyInformationLines: refuses a tag used twice", () => {
  assert.throws(() => parseKeyInformationLines([LINE, LINE]), /tag appears twice/);
});

function line(tag: number, suite: string, first: number): KeyInformation {
  return { tag, suite, nonce: new Uint8Array(32).fill(first), parameters: [] };
}

Deno.test("chooseKeyInformation: the first line whose suite is known", () => {
  const offered = [line(1, "OTHER", 1), line(2, "AES_256_GCM", 2)];
  assert.equal(chooseKeyInformation(offered)?.tag, 2);
  assert.equal(chooseKeyInformation([line(1, "OTHER", 1)]), undefined);
});

Deno.test("answersOffer: one line, same tag and suite, another nonce", () => {
  const offered = [line(1, "AES_256_GCM", 1), line(2, "OTHER", 1)];
  assert.equal(answersOffer([line(1, "AES_256_GCM", 9)], offered), true);
  assert.equal(answersOffer([], offered), false);
  assert.equal(answersOffer([line(1, "AES_256_GCM", 9), line(2, "OTHER", 9)], offered), false);
  assert.equal(answersOffer([line(2, "AES_256_GCM", 9)], offered), false);
  assert.equal(answersOffer([line(3, "AES_256_GCM", 9)], offered), false);
  assert.equal(answersOffer([line(1, "AES_256_GCM", 1)], offered), false);
});
