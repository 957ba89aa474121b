import assert from "node:assert/strict";
import fc from "fast-check";
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";
import { decodeHeader, encodeHeader, OVERHEAD_OCTETS, U48_LIMIT } from "./header.ts";

const datagram = (hex: string, octets = OVERHEAD_OCTETS) => {
  const bytes = new Uint8Array(octets);
  bytes.set(Uint8Array.fromHex(hex));
  return bytes;
};
const GOOD = "01" + "41" + "123456789abc" + "0000000102030405";

Deno.test("decodeHeader: version, type, path id and sequence number stand where NTM-5 has them", () => {
  assert.deepEqual(decodeHeader(datagram(GOOD)), {
    type: 0x41,
    pathId: 0x123456789abc,
    sequence: 0x000102030405,
  });
  assert.equal(encodeHeader(decodeHeader(datagram(GOOD))).toHex(), GOOD);
});

Deno.test("decodeHeader: the overhead is 32 octets, and every shorter datagram is malformed", () => {
  assert.equal(OVERHEAD_OCTETS, 32);
  for (let length = 0; length < 32; length++) {
    assert.throws(() => decodeHeader(datagram(GOOD).subarray(0, length)), NtmDecodeError);
  }
});

Deno.test("decodeHeader: another version, path id 0 and a number above 2^48-1 are refused with their offset", () => {
  const offset = (hex: string) => {
    try {
      decodeHeader(datagram(hex));
    } catch (error) {
      return (error as NtmDecodeError).offset;
    }
  };
  assert.equal(offset("00" + GOOD.slice(2)), 0);
  assert.equal(offset("02" + GOOD.slice(2)), 0);
  assert.equal(offset("0141000000000000" + GOOD.slice(16)), 2);
  assert.equal(offset(GOOD.slice(0, 16) + "0001000000000000"), 8);
  assert.equal(offset(GOOD.slice(0, 16) + "8000000000000000"), 8);
  assert.equal(offset(GOOD.slice(0, 16) + "0000ffffffffffff"), undefined);
});

Deno.test("encodeHeader: decodeHeader gives it back, over all values", () => {
  const u48 = fc.integer({ min: 0, max: U48_LIMIT });
  fc.assert(
    fc.property(fc.nat(255), u48, u48, (type, id, sequence) => {
      const header = { type, pathId: id || 1, sequence };
      const octets = new Uint8Array(OVERHEAD_OCTETS);
      octets.set(encodeHeader(header));
      assert.deepEqual(decodeHeader(octets), header);
    }),
  );
});

Deno.test("encodeHeader: refuses what no header can hold", () => {
  const good = { type: 1, pathId: 1, sequence: 0 };
  for (
    const bad of [
      { type: 256 },
      { type: -1 },
      { pathId: 0 },
      { pathId: 2 ** 48 },
      {
        sequence: 2 ** 48,
      },
      { sequence: -1 },
      { sequence: 0.5 },
    ]
  ) {
    assert.throws(() => encodeHeader({ ...good, ...bad }), NtmEncodeError, JSON.stringify(bad));
  }
});
