import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatAddress,
  formatHost,
  isIpv6,
  isMapped,
  parseAddress,
  parseIp,
  sameHost,
} from "./address.ts";

Deno.test("parseIp gives RFC 5952 text for each way to write an address", () => {
  const canonical: Record<string, string> = {
    "192.0.2.1": "192.0.2.1",
    "0.0.0.0": "0.0.0.0",
    "255.255.255.255": "255.255.255.255",
    "::": "::",
    "::1": "::1",
    "[::1]": "::1",
    "1::": "1::",
    "2001:0DB8:0:0:0:0:0:1": "2001:db8::1",
    "2001:db8::0:1": "2001:db8::1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1", // RFC 5952 §4.2.2: one group is not shortened
    "2001:0:0:1:0:0:0:1": "2001:0:0:1::1", // §4.2.3: the longest run
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1", // §4.2.3: the first of equal runs
    "2001:6789::5060": "2001:6789::5060",
    "::ffff:192.0.2.1": "::ffff:192.0.2.1",
    "::FFFF:C000:0201": "::ffff:192.0.2.1",
    "64:ff9b::192.0.2.33": "64:ff9b::c000:221",
    "1:2:3:4:5:6:1.2.3.4": "1:2:3:4:5:6:102:304",
    "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
  };
  for (const [text, expected] of Object.entries(canonical)) {
    assert.equal(parseIp(text), expected, text);
  }
});

Deno.test("parseIp refuses what is no address", () => {
  const bad = [
    ...["", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4"],
    ...[
      "0x1.2.3.4",
      "1.2.3.-4",
      "[1.2.3.4]",
      "localhost",
      ":",
      ":::",
      "1:2",
      "1::2::3",
      "[::1",
      "::1]",
    ],
    ...[
      "fe80::1%eth0",
      "12345::",
      "g::",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
    ],
    ...[
      "1.2.3.4::",
      "::1.2.3",
      "::1.2.3.256",
      "1:2:3:4:5:6:7:1.2.3.4",
      ":1",
      "1:",
      "[[::1]]",
      "::1/128",
    ],
    "0".repeat(1000) + "::1",
  ];
  for (const text of bad) assert.equal(parseIp(text), undefined, text);
});

const group = fc.integer({ min: 0, max: 0xffff });

Deno.test("parseIp agrees with the URL parser on every IPv6 address and is idempotent", () => {
  // Many zeros, so that the rule for "::" is met in all its variants.
  const groups = fc.array(fc.oneof(fc.constant(0), group), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(groups, fc.boolean(), (values, upper) => {
    const plain = values.map((value) => value.toString(16).padStart(4, "0")).join(":");
    const parsed = parseIp(upper ? plain.toUpperCase() : plain);
    assert(parsed !== undefined);
    assert.equal(parseIp(parsed), parsed);
    if (!isMapped(parsed)) assert.equal(`[${parsed}]`, new URL(`http://[${plain}]/`).hostname);
  }));
});

Deno.test("parseIp never throws, and what it gives it takes back unchanged", () => {
  const soup = fc.string({ unit: fc.constantFrom(..."0123456789abcdefF:.[]%") });
  fc.assert(fc.property(fc.oneof(soup, fc.string()), (text) => {
    const parsed = parseIp(text);
    if (parsed !== undefined) assert.equal(parseIp(parsed), parsed);
  }));
});

Deno.test("parseAddress reads back what formatAddress writes", () => {
  const v4 = fc.ipV4();
  const v6 = fc.ipV6();
  const port = fc.integer({ min: 0, max: 65535 });
  fc.assert(fc.property(fc.oneof(v4, v6), port, (text, number) => {
    const host = parseIp(text);
    assert(host !== undefined, text);
    const address = { host, port: number };
    assert.deepEqual(parseAddress(formatAddress(address)), address);
  }));
});

Deno.test("parseAddress refuses bad ports, names and IPv6 without brackets", () => {
  for (
    const text of ["1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:5 ", "::1:5060"]
  ) {
    assert.equal(parseAddress(text), undefined, text);
  }
  for (const text of ["[::1]", "[::1]5060", "host:5060", "[1.2.3.4]:5060", "[::1]:999999"]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

Deno.test("sameHost compares addresses, not texts; mapped never equals IPv4", () => {
  assert(sameHost("2001:DB8::0:1", "[2001:db8:0::1]"));
  assert(!sameHost("::ffff:192.0.2.1", "192.0.2.1"));
  assert(!sameHost("not an address", "not an address"));
});

Deno.test("isIpv6, isMapped, formatHost", () => {
  assert(isIpv6("::1") && !isIpv6("127.0.0.1"));
  assert(isMapped("::ffff:1.2.3.4") && !isMapped("::ffff") && !isMapped("1.2.3.4"));
  assert.equal(formatHost("::1"), "[::1]");
  assert.equal(formatHost("127.0.0.1"), "127.0.0.1");
});
