import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFrame, FRAME_LIMIT, FrameReader } from "./tls_frame.ts";

Deno.test("FrameReader: frames come out whole, however the octets are cut", () => {
  const frames = fc.array(
    fc.record({ type: fc.nat(255), content: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 5 },
  );
  fc.assert(fc.property(frames, fc.array(fc.nat(60), { maxLength: 8 }), (wanted, cuts) => {
    const all = Uint8Array.from(
      wanted.flatMap(({ type, content }) => [...encodeFrame(type, content)]),
    );
    const reader = new FrameReader();
    const got = [];
    let at = 0;
    for (const cut of [...cuts, all.length]) {
      got.push(...reader.push(all.subarray(at, at + cut)));
      at += cut;
    }
    assert.deepEqual(
      got,
      wanted.map(({ type, content }) => ({ type, content: Uint8Array.from(content) })),
    );
    assert.equal(reader.pending, 0);
  }));
});

Deno.test("FrameReader: a wrong version and a frame too long are refused before they are there", () => {
  assert.throws(() => new FrameReader().push(Uint8Array.of(0x16)), /version 22/);
  assert.throws(() => new FrameReader().push(Uint8Array.of(1, 2, 0x40, 1)), /16385 octets/);
  assert.deepEqual(new FrameReader().push(Uint8Array.of(1, 2, 0x40, 0)), []);
});

Deno.test("FrameReader: every prefix of a frame is a frame to come", () => {
  const frame = encodeFrame(2, new Uint8Array(9));
  for (let length = 0; length < frame.length; length++) {
    const reader = new FrameReader();
    assert.deepEqual(reader.push(frame.subarray(0, length)), []);
    assert.equal(reader.pending, length);
  }
});

Deno.test("encodeFrame: content above the limit is refused", () => {
  assert.throws(() => encodeFrame(2, new Uint8Array(FRAME_LIMIT + 1)), /at most 16384/);
  assert.equal(encodeFrame(2, new Uint8Array(FRAME_LIMIT)).length, FRAME_LIMIT + 4);
});
