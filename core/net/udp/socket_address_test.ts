import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIp } from "../address.ts";
import { readSocketAddress, writeSocketAddress } from "./socket_address.ts";

Deno.test("writeSocketAddress lays out sockaddr_in", () => {
  const memory = new Uint8Array(32).fill(0xee);
  assert.equal(writeSocketAddress(memory, 0, { host: "192.0.2.33", port: 5060 }), 16);
  assert.equal(memory.subarray(0, 16).toHex(), "020013c4c00002210000000000000000");
});

Deno.test("writeSocketAddress lays out sockaddr_in6", () => {
  const memory = new Uint8Array(32).fill(0xee);
  assert.equal(writeSocketAddress(memory, 0, { host: "2001:db8::1:2", port: 5061 }), 28);
  assert.equal(
    memory.subarray(0, 28).toHex(),
    "0a0013c5" + "00000000" + "20010db8000000000000000000010002" + "00000000",
  );
});

Deno.test("readSocketAddress reads back what writeSocketAddress wrote", () => {
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.ipV4().map((v4) => `::ffff:${v4}`),
    fc.constantFrom("::", "::1", "1::", "1:2:3:4:5:6:7:8", "::2:3:4:5:6:7:8"),
  );
  fc.assert(fc.property(host, fc.nat(65_535), fc.nat(100), (text, port, at) => {
    const canonical = parseIp(text);
    assert(canonical !== undefined);
    const memory = crypto.getRandomValues(new Uint8Array(200));
    writeSocketAddress(memory, at, { host: canonical, port });
    assert.deepEqual(readSocketAddress(memory, at), { host: canonical, port });
  }));
});

Deno.test("readSocketAddress knows no other families", () => {
  assert.equal(readSocketAddress(new Uint8Array(32), 0), undefined);
});
