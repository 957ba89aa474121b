import assert from "node:assert/strict";
import { VirtualAddresses } from "./virtual_addresses.ts";

const share = { ipv4: "198.18.16.0/29", ipv6: "fd4e:544d::/32" };

Deno.test("VirtualAddresses gives each pair once, and none when the share is used up (NTM-2)", () => {
  const addresses = new VirtualAddresses(share, "a.example");
  const given = Array.from({ length: 6 }, () => addresses.give()!);
  assert.deepEqual(given.map(({ ipv4 }) => ipv4), [1, 2, 3, 4, 5, 6].map((n) => `198.18.16.${n}`));
  assert.equal(new Set(given.map(({ ipv6 }) => ipv6)).size, 6);
  assert.equal(addresses.give(), undefined);
});

Deno.test("VirtualAddresses does not give again what was kept, and knows its share", () => {
  const addresses = new VirtualAddresses(share, "a.example");
  const first = new VirtualAddresses(share, "a.example").give()!;
  addresses.keep(first);
  assert.equal(addresses.give()?.ipv4, "198.18.16.2");
  assert.equal(addresses.holds("198.18.16.7"), true);
  assert.equal(addresses.holds("198.18.16.8"), false);
  assert.equal(addresses.holds("fd4e:544d::1"), false);
  const other = new VirtualAddresses(share, "b.example").give()!;
  assert.notEqual(other.ipv6, first.ipv6);
});

Deno.test("VirtualAddresses refuses what is no share or prefix", () => {
  for (const ipv4 of ["198.18.0.0", "198.18.0.0/31", "fd00::/32", "x/16"]) {
    assert.throws(() => new VirtualAddresses({ ...share, ipv4 }, "a"), /no share of IPv4/, ipv4);
  }
  for (const ipv6 of ["fd4e::", "fd4e::/48", "198.18.0.0/32"]) {
    assert.throws(() => new VirtualAddresses({ ...share, ipv6 }, "a"), /no \/32 prefix/, ipv6);
  }
});
