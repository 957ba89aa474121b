import assert from "node:assert/strict";
import fc from "fast-check";
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";
import {
  answers,
  CONTROL_MESSAGES,
  MESSAGE_TYPES,
  messageNamed,
  messageType,
} from "./message_types.ts";
import {
  loginRequest,
  network,
  registrationRequest,
  routeDirection,
  tunnelRequest,
} from "./messages/mod.ts";
import { SAMPLES, samples } from "./testing.ts";
import { CborReader, CborWriter } from "./cbor.ts";

Deno.test("SAMPLES has every control message and nothing else", () => {
  assert.deepEqual(Object.keys(SAMPLES), CONTROL_MESSAGES.map(({ name }) => name));
});

Deno.test("MESSAGE_TYPES: numbers ascend and are unique, names are unique", () => {
  const types = MESSAGE_TYPES.map(({ type }) => type);
  assert.deepEqual(types, [...new Set(types)].sort((a, b) => a - b));
  assert.equal(new Set(MESSAGE_TYPES.map(({ name }) => name)).size, types.length);
});

Deno.test("MESSAGE_TYPES: every message travels over TLS or under a key", () => {
  for (const { name, tls, keys } of MESSAGE_TYPES) assert.ok(tls || keys.length > 0, name);
});

Deno.test("answers: the answer to a request has the next number, or is an Error", () => {
  const pairs = CONTROL_MESSAGES.filter(({ name }) => /Request$|^Key Distribution$/.test(name));
  assert.ok(pairs.length >= 12);
  for (const { type, name } of pairs) {
    const answer = messageType(type + 1);
    assert.match(answer?.name ?? "", /Response$|Ack$/, name);
    assert.ok(answers(type + 1, type), name);
    assert.ok(answers(0x7f, type), name);
    assert.ok(!answers(type, type), name);
    assert.ok(!answers(type + 1, type + 1), name);
    assert.ok(!answers(0x7f, type + 1), name);
  }
});

for (const { message, json, plaintext } of samples()) {
  Deno.test(`${message.name}: decoding gives what was encoded`, () => {
    assert.deepEqual(message.show(message.decode(plaintext)), json);
    assert.deepEqual(message.encode(message.decode(plaintext)), plaintext);
    assert.equal(messageNamed(message.name), message);
  });

  Deno.test(`${message.name}: every prefix fails with a place, and so does an octet too many`, () => {
    for (let length = 0; length < plaintext.length; length++) {
      assert.throws(() => message.decode(plaintext.subarray(0, length)), (error) => {
        assert.ok(error instanceof NtmDecodeError);
        assert.ok(error.where.startsWith(message.name));
        assert.ok(error.offset <= length);
        return true;
      });
    }
    const longer = Uint8Array.from([...plaintext, 0]);
    assert.throws(() => message.decode(longer), /1 octets too many/);
  });

  Deno.test(`${message.name}: whatever is read is written back to the same octets`, () => {
    fc.assert(
      fc.property(mutations(plaintext), (octets) => {
        let value;
        try {
          value = message.decode(octets);
        } catch (error) {
          assert.ok(error instanceof NtmDecodeError, String(error));
          return;
        }
        assert.deepEqual(message.encode(value), octets);
      }),
      { numRuns: 300 },
    );
  });
}

/** The octets with a few of them changed, cut out or put in. */
function mutations(octets: Uint8Array) {
  const edit = fc.record({
    at: fc.nat(octets.length),
    remove: fc.nat(2),
    insert: fc.uint8Array({ maxLength: 2 }),
  });
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
    const changed = [...octets];
    for (const { at, remove, insert } of edits) changed.splice(at, remove, ...insert);
    return Uint8Array.from(changed);
  });
}

Deno.test("message: a required field may not be missing, in either direction", () => {
  assert.throws(
    () => registrationRequest.take({ transaction: 1, fqdn: "a.example" }),
    /is missing/,
  );
  const writer = new CborWriter();
  writer.map(1);
  writer.uint(0);
  writer.uint(1);
  assert.throws(() => registrationRequest.decode(writer.finish()), /fqdn is missing/);
});

Deno.test("message: keys ascend, each once, and unknown ones are refused", () => {
  const octets = (keys: number[]) =>
    Uint8Array.from([0xa0 + keys.length, ...keys.flatMap((k) => [k, 0])]);
  assert.throws(
    () => tunnelRequest.decode(octets([0, 0])),
    /key 0 after 0: keys are not ascending/,
  );
  assert.throws(() => tunnelRequest.decode(octets([9, 0])), /there is no key 9/);
});

Deno.test("loginRequest: mail or fqdn, not both and not neither", () => {
  const suites = ["aes-256-gcm"];
  const login = { transaction: 1, suites };
  assert.throws(() => loginRequest.take(login), /either mail or fqdn/);
  const both = { ...login, mail: "a@b.example", fqdn: "a.b.example" };
  assert.throws(() => loginRequest.take(both), /either mail or fqdn/);
  assert.ok(loginRequest.take({ ...login, fqdn: "a.b.example" }));
});

Deno.test("fqdn: lower case labels of DNS, no dot at the end", () => {
  const take = (fqdn: string) =>
    loginRequest.take({ transaction: 1, fqdn, suites: ["aes-256-gcm"] });
  for (const good of ["a", "a.b", "x-1.example", "_ntm._udp.example", `${"a".repeat(63)}.b`]) {
    assert.ok(take(good), good);
  }
  for (
    const bad of [
      "",
      ".",
      "a.",
      ".a",
      "A.example",
      "a b",
      "-a.example",
      "a-.b",
      "é.example",
      `${"a".repeat(64)}.b`,
      `${"a.".repeat(127)}`,
      "a..b",
      "a\n",
    ]
  ) {
    assert.throws(() => take(bad), NtmEncodeError, bad);
  }
});

Deno.test("network: a family's addresses are of that family", () => {
  const v4 = { seen: "192.0.2.1:1", own: [] };
  const v6 = { seen: "[2001:db8::1]:1", own: ["192.0.2.1:1"] };
  assert.ok(network.take({ v4 }));
  assert.throws(() => network.take({ v6 }), /other family/);
  assert.throws(() => network.take({ v4: { ...v4, own: ["[::1]:1"] } }), /other family/);
  assert.throws(() => network.take({}), /neither IPv4 nor IPv6/);
});

Deno.test("instruction: a key for the way if the profile or the relay has one, and a way", () => {
  const [sample] = samples().filter(({ message }) => message.name === "Route Direction");
  const json = sample!.json as { instruction: Record<string, unknown> };
  const take = (changes: Record<string, unknown>) =>
    routeDirection.take({ ...json, instruction: { ...json.instruction, ...changes } });
  assert.throws(() => take({ tunnelKey: undefined }), /tunnelKey is missing/);
  assert.throws(() => take({ profile: "platform", relay: undefined }), /of no use/);
  assert.throws(() => take({ relay: undefined, peerEndpoints: [] }), /neither a relay/);
  assert.ok(take({ profile: "platform", relay: undefined, tunnelKey: undefined }));
});

Deno.test("errors name message, field and octet, and never a secret", () => {
  const json = { transaction: 1, mail: "a@b.example", password: "hunter2".repeat(200), suites: [] };
  assert.throws(() => loginRequest.take(json), (error) => {
    assert.ok(error instanceof NtmEncodeError);
    assert.match(error.message, /^Login Request, password: 1400 octets, at most 1024 are allowed$/);
    return true;
  });
  const good = loginRequest.encode(
    loginRequest.take({ ...json, password: "hunter2", suites: ["aes-256-gcm"] }),
  );
  good[good.length - 1] = 9;
  assert.throws(() => loginRequest.decode(good), {
    message: `Login Request, suites: 9 has no meaning here (octet ${good.length - 1})`,
  });
});

Deno.test("CborReader: RFC 8949 Appendix A, the parts in use, and nothing but the shortest form", () => {
  const read = <T>(hex: string, how: (reader: CborReader) => T): T => {
    const reader = new CborReader(Uint8Array.fromHex(hex));
    const value = how(reader);
    reader.end();
    return value;
  };
  const numbers: [string, number][] = [
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["18ff", 255],
    ["190100", 256],
    ["1903e8", 1000],
    ["19ffff", 65_535],
    ["1a000f4240", 1_000_000],
    ["1affffffff", 0xffffffff],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ];
  for (const [hex, value] of numbers) {
    assert.equal(read(hex, (r) => r.uint()), value);
    const writer = new CborWriter();
    writer.uint(value);
    assert.equal(writer.finish().toHex(), hex);
  }
  for (
    const hex of [
      "1817",
      "1900ff",
      "1a0000ffff",
      "1b00000000ffffffff",
      "1b0020000000000000",
      "1c",
      "1f",
      "20",
      "40",
      "60",
      "80",
      "a0",
      "c0",
      "f4",
      "f90000",
      "18",
      "19ff",
      "",
    ]
  ) {
    assert.throws(() => read(hex, (r) => r.uint()), NtmDecodeError, hex);
  }
  assert.equal(read("6161", (r) => r.text(1)), "a");
  assert.equal(read("62c3bc", (r) => r.text(9)), "ü");
  assert.equal(read("63efbbbf", (r) => r.text(9)), "\ufeff");
  for (const hex of ["61ff", "63eda080", "7f616161ff", "5f4101ff", "6261"]) {
    assert.throws(() => read(hex, (r) => r.text(9)), NtmDecodeError, hex);
  }
  assert.throws(() => read("626161", (r) => r.text(1)), /2 octets, at most 1 are allowed/);
  assert.throws(() => read("5affffffff", (r) => r.bytes(9)), /4294967295 octets, at most 9/);
  assert.throws(() => read("9f", (r) => r.array(9)), /indefinite/);
  assert.deepEqual([read("f4", (r) => r.bool()), read("f5", (r) => r.bool())], [false, true]);
  for (const hex of ["f6", "f7", "f804", "01", ""]) {
    assert.throws(() => read(hex, (r) => r.bool()), hex);
  }
});

Deno.test("CborWriter: refuses what has no encoding here", () => {
  for (const value of [-1, 1.5, NaN, 2 ** 53]) {
    assert.throws(() => new CborWriter().uint(value), NtmEncodeError);
  }
  assert.throws(() => new CborWriter().text("\ud800"), /surrogate/);
});
