import assert from "node:assert/strict";
import fc from "fast-check";
import {
  Association,
  type AssociationOptions,
  AssociationSpentError,
  PLAINTEXT_LIMIT,
} from "./association.ts";
import { OVERHEAD_OCTETS } from "./header.ts";
import { REPLAY_WINDOW, ReplayWindow } from "./replay_window.ts";

const BASE = {
  id: 0x0000deadbeef,
  secret: new Uint8Array(32).fill(7),
  label: "kmndc",
  suite: "aes-256-gcm",
} as const;
const make = (own: AssociationOptions["own"], more: Partial<AssociationOptions> = {}) =>
  new Association({ ...BASE, own, ...more });
const text = (value: string) => new TextEncoder().encode(value);
const DATA = 0x41;

for (const suite of ["aes-256-gcm", "chacha20-poly1305"] as const) {
  Deno.test(`Association ${suite}: the other end opens what one end seals, 32 octets longer (NTM-4, NTM-5)`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(255), (plaintext, type) => {
        const datagram = make("initiator", { suite }).seal(type, plaintext);
        assert.equal(datagram.length, plaintext.length + OVERHEAD_OCTETS);
        const opened = make("responder", { suite }).open(datagram);
        assert.ok(opened.ok);
        assert.deepEqual(opened.plaintext, Uint8Array.from(plaintext));
        assert.deepEqual(opened.header, { type, pathId: BASE.id, sequence: 0 });
        assert.equal(opened.from, "initiator");
      }),
      { numRuns: 50 },
    );
  });
}

Deno.test("Association: a changed octet anywhere, header included, opens nothing and moves no window", () => {
  const datagram = make("initiator", { firstSequence: 70_000 }).seal(DATA, text("hello"));
  const responder = make("responder");
  for (let at = 0; at < datagram.length; at++) {
    for (const flip of [1, 128]) {
      const changed = datagram.slice();
      changed[at]! ^= flip;
      const opened = responder.open(changed);
      assert.ok(!opened.ok, `octet ${at}`);
    }
  }
  assert.ok(responder.open(datagram).ok);
});

Deno.test("Association: truncated at every length opens nothing", () => {
  const datagram = make("initiator").seal(DATA, text("hello"));
  const responder = make("responder");
  for (let length = 0; length < datagram.length; length++) {
    const opened = responder.open(datagram.subarray(0, length));
    assert.ok(!opened.ok);
    assert.equal(opened.cause, length < OVERHEAD_OCTETS ? "malformed" : "not authentic");
  }
});

Deno.test("Association: a datagram opens once; a replay says so", () => {
  const datagram = make("initiator").seal(DATA, text("hello"));
  const responder = make("responder");
  assert.ok(responder.open(datagram).ok);
  assert.deepEqual(responder.open(datagram), { ok: false, cause: "replayed" });
});

Deno.test("Association: a datagram reflected to its sender does not open", () => {
  const initiator = make("initiator");
  const opened = initiator.open(initiator.seal(DATA, text("hello")));
  assert.deepEqual(opened, { ok: false, cause: "not authentic" });
});

Deno.test("Association: another label, suite, secret or id opens nothing", () => {
  const datagram = make("initiator").seal(DATA, text("hello"));
  const others: Partial<AssociationOptions>[] = [
    { label: "kmncn" },
    { suite: "chacha20-poly1305" },
    { secret: new Uint8Array(32).fill(8) },
  ];
  for (const other of others) {
    assert.deepEqual(make("responder", other).open(datagram), {
      ok: false,
      cause: "not authentic",
    });
  }
  const elsewhere = make("responder", { id: 1 }).open(datagram);
  assert.deepEqual(elsewhere, { ok: false, cause: "other association" });
});

Deno.test("Association: the relay has a key of its own under Ktun, and is told apart", () => {
  const ktun = { label: "ktun" } as const;
  const relay = make("relay", { ...ktun, others: ["initiator", "responder"] });
  const node = make("initiator", { ...ktun, others: ["responder", "relay"] });
  const peer = make("responder", { ...ktun, others: ["initiator", "relay"] });
  const fromRelay = relay.seal(0x31, text("opened"));
  for (const end of [node, peer]) {
    const opened = end.open(fromRelay);
    assert.ok(opened.ok);
    assert.equal(opened.from, "relay");
  }
  const fromPeer = node.open(peer.seal(0x32, text("request")));
  assert.ok(fromPeer.ok);
  assert.equal(fromPeer.from, "responder");
  const seen = relay.open(node.seal(0x30, text("open")));
  assert.ok(seen.ok);
  assert.equal(seen.from, "initiator");
});

Deno.test("Association: newest says whether a datagram may move its sender's address", () => {
  const initiator = make("initiator");
  const [first, second, third] = ["1", "2", "3"].map((t) => initiator.seal(DATA, text(t)));
  const responder = make("responder");
  const newest = [second, first, third].map((datagram) => {
    const opened = responder.open(datagram!);
    assert.ok(opened.ok);
    return opened.newest;
  });
  assert.deepEqual(newest, [true, false, true]);
});

Deno.test("Association: a key seals no more than its limit, and no number above 2^48-1", () => {
  const two = make("initiator", { limit: 2 });
  two.seal(DATA, text(""));
  two.seal(DATA, text(""));
  assert.throws(() => two.seal(DATA, text("")), AssociationSpentError);
  const last = make("initiator", { firstSequence: 2 ** 48 - 1 });
  const opened = make("responder").open(last.seal(DATA, text("last")));
  assert.ok(opened.ok);
  assert.throws(() => last.seal(DATA, text("")), AssociationSpentError);
});

Deno.test("Association: a plaintext that fits no datagram is refused and costs no number", () => {
  const initiator = make("initiator");
  assert.throws(() => initiator.seal(DATA, new Uint8Array(PLAINTEXT_LIMIT + 1)), RangeError);
  assert.equal(initiator.sequence, 0);
  assert.equal(initiator.seal(DATA, new Uint8Array(PLAINTEXT_LIMIT)).length, 65_507);
});

Deno.test("Association: random octets open nothing", () => {
  const responder = make("responder");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => !responder.open(octets).ok));
});

Deno.test("ReplayWindow: every edge of 8192", () => {
  const window = new ReplayWindow();
  assert.equal(REPLAY_WINDOW, 8192);
  assert.ok(window.accept(0));
  assert.ok(!window.accept(0));
  assert.ok(window.accept(20_000));
  assert.ok(!window.accept(20_000));
  assert.ok(window.accept(20_000 - 8191));
  assert.ok(!window.accept(20_000 - 8191));
  assert.ok(!window.fits(20_000 - 8192));
  assert.ok(!window.accept(20_000 - 8192));
  assert.ok(window.accept(20_001));
  assert.ok(!window.fits(20_001 - 8192));
  assert.ok(window.accept(2 ** 48 - 1));
  assert.ok(window.fits(2 ** 48 - 8192));
  assert.ok(!window.fits(2 ** 48 - 8193));
});

Deno.test("ReplayWindow: agrees with a set of all numbers seen, whatever the order", () => {
  const size = 64;
  const steps = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 100_000 })), {
    maxLength: 200,
  });
  fc.assert(fc.property(steps, (sequences) => {
    const window = new ReplayWindow(size);
    const seen = new Set<number>();
    for (const sequence of sequences) {
      const newest = Math.max(-1, ...seen);
      const expected = !seen.has(sequence) && newest - sequence < size;
      assert.equal(window.fits(sequence), expected);
      assert.equal(window.accept(sequence), expected);
      if (expected) seen.add(sequence);
      assert.equal(window.newest, Math.max(newest, expected ? sequence : -1));
    }
  }));
});

Deno.test("ReplayWindow: a size that is no multiple of 32 is refused", () => {
  for (const size of [0, -32, 33, 1.5]) assert.throws(() => new ReplayWindow(size), RangeError);
});

Deno.test("Association: nobody can be both ends", () => {
  assert.throws(() => make("initiator", { others: ["initiator"] }), /reflect/);
});
