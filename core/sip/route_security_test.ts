import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIp } from "../net/address.ts";
import { Headers } from "./headers.ts";
import {
  formatRouteSecurity,
  parseRouteSecurity,
  parseRouteSecurityValue,
  routeSecurity,
  RouteSecurityError,
  sameRouteSecurity,
} from "./route_security.ts";
import { testRequest } from "./testing.ts";

const read = (...values: string[]) =>
  parseRouteSecurity(Headers.of(values.map((value) => ["Route-Security", value] as const)));

Deno.test("parseRouteSecurity reads the worked example, newest first (SM-25)", () => {
  const values = read("[2001:6789::5060];level=3, [2001:1234::10];level=3");
  assert.deepEqual(values, [
    { address: "2001:6789::5060", level: 3, parameters: [], raw: "[2001:6789::5060];level=3" },
    { address: "2001:1234::10", level: 3, parameters: [], raw: "[2001:1234::10];level=3" },
  ]);
});

Deno.test("parseRouteSecurity: commas, several fields and folds mean the same list", () => {
  const comma = read("[192.0.2.1];level=3,[192.0.2.2] ;\tlevel = 2 , 192.0.2.3");
  const split = read("[192.0.2.1];level=3", "[192.0.2.2];level=2, [192.0.2.3]");
  const folded = parseRouteSecurity(
    testRequest(
      "OPTIONS sip:abc.test SIP/2.0",
      "Route-Security: [192.0.2.1]\r\n ;level=3,\r\n\t[192.0.2.2];level=2",
      "ROUTE-security: [192.0.2.3]",
    ).headers,
  );
  for (const [index, value] of comma.entries()) {
    assert(sameRouteSecurity(value, split[index]!), value.raw);
    assert(sameRouteSecurity(value, folded[index]!), value.raw);
  }
  assert.equal(comma.length, 3);
  assert.equal(folded.length, 3);
  assert.equal(split.length, 3);
});

Deno.test("parseRouteSecurity keeps unknown parameters, quoted commas and brackets among them", () => {
  const [value, next] = read('[::1];a="x, \\"y;z";level=1;b;c=[::2];D=token, [::2]');
  assert.equal(value?.level, 1);
  assert.deepEqual(value?.parameters, [
    { name: "a", value: '"x, \\"y;z"' },
    { name: "b" },
    { name: "c", value: "[::2]" },
    { name: "D", value: "token" },
  ]);
  assert.equal(next?.address, "::2");
});

Deno.test("parseRouteSecurity: an address is canonical, and a mapped one stays mapped", () => {
  const addresses = read("[2001:DB8:0::1], [::ffff:192.0.2.1], [192.0.2.1], 192.0.2.1")
    .map((value) => value.address);
  assert.deepEqual(addresses, ["2001:db8::1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"]);
});

Deno.test("parseRouteSecurity: a level no link has is `invalid`, none is undefined", () => {
  for (const level of ["4", "-1", "03", "3.0", "a", '"3"', "33"]) {
    assert.equal(parseRouteSecurityValue(`[::1];level=${level}`).level, "invalid", level);
  }
  assert.equal(parseRouteSecurityValue("[::1];level").level, "invalid");
  assert.equal(parseRouteSecurityValue("[::1]").level, undefined);
  assert.equal(parseRouteSecurityValue("[::1];LEVEL=2").level, 2);
});

Deno.test("parseRouteSecurity refuses what the grammar does not allow, and says where", () => {
  const bad: Record<string, number> = {
    "": 0,
    "abc.test": 0,
    "2001:db8::1": 0,
    "[2001:db8::1": 0,
    "[[::1]]": 0,
    "[]": 0,
    "[::1]level=3": 5,
    "[::1];": 6,
    "[::1];;level=3": 6,
    "[::1];level=": 12,
    "[::1];level=3;level=3": 14,
    "[::1];level=3;LEVEL=1": 14,
    '[::1];a="x': 8,
    "[::1];a=[::g]": 8,
    "[::1] [::2]": 6,
    "[::1],": 6,
    "[::1],,[::2]": 6,
    ",[::1]": 0,
    "[::1]:5060": 5,
    "[fe80::1%eth0]": 0,
    "[::1];level=3;é": 14,
  };
  for (const [text, offset] of Object.entries(bad)) {
    assert.throws(
      () => read("[::1]", text),
      (error) => {
        assert(error instanceof RouteSecurityError, text);
        assert.equal(error.field, 1, text);
        assert.equal(error.offset, offset, text);
        return true;
      },
      text,
    );
  }
});

Deno.test("parseRouteSecurity holds its limits over several fields, cached values included", () => {
  const limits = { values: 3, parameters: 2 };
  const parse = (...values: string[]) =>
    parseRouteSecurity(Headers.of(values.map((value) => ["Route-Security", value])), limits);
  assert.equal(parse("[::1]", "[::1], [::1]").length, 3);
  assert.throws(() => parse("[::1], [::1]", "[::1]", "[::1]"), /more than 3 values/);
  assert.throws(() => parse("[::1], [::1], [::1], [::1]"), /more than 3 values/);
  assert.equal(parse("[::1];a;b").length, 1);
  assert.throws(() => parse("[::1];a;b;c"), /more than 2 parameters/);
});

const ip = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => parseIp(text)).filter((text) =>
  text !== undefined
);
const level = fc.constantFrom(0, 1, 2, 3, undefined);
const parameterName = fc.stringMatching(/^[a-z][a-z0-9.!%*_+`'~-]{0,8}$/)
  .filter((name) => name !== "level");
const parameterValue = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,8}$/),
  fc.stringMatching(/^[ -~]{0,8}$/).map((text) => `"${text.replace(/[\\"]/g, "\\$&")}"`),
  fc.constant(undefined),
);
const parameters = fc.uniqueArray(
  fc.tuple(parameterName, parameterValue).map(([name, value]) =>
    value === undefined ? { name } : { name, value }
  ),
  { maxLength: 4, selector: ({ name }) => name },
);
const value = fc.record({ address: ip, level, parameters });

Deno.test("parseRouteSecurity reads back what formatRouteSecurity writes, however it is split", () => {
  fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), fc.nat(5), (all, cut) => {
    const texts = all.map(formatRouteSecurity);
    const fields = [texts.slice(0, cut), texts.slice(cut)].filter((part) => part.length > 0);
    const got = read(...fields.map((part) => part.join(", ")));
    assert.deepEqual(
      got.map(({ raw: _, ...rest }) => rest),
      all.map(({ level, ...rest }) => level === undefined ? rest : { ...rest, level }),
    );
    assert.deepEqual(got.map(({ raw }) => raw), texts);
  }));
});

Deno.test("parseRouteSecurity: every prefix is a list or a RouteSecurityError", () => {
  fc.assert(fc.property(value, value, (first, second) => {
    const text = `${formatRouteSecurity(first)}, ${formatRouteSecurity(second)}`;
    for (let end = 0; end < text.length; end++) cleanly(text.slice(0, end));
  }));
});

Deno.test("parseRouteSecurity never throws anything else, and never hangs", () => {
  const soup = fc.string({ unit: fc.constantFrom(...'[]:.,;="\\ \t0123level') });
  fc.assert(fc.property(fc.oneof(soup, fc.stringMatching(/^[ -~]*$/)), cleanly));
});

function cleanly(text: string): void {
  try {
    for (const { raw } of read(text)) assert(text.includes(raw));
  } catch (error) {
    assert(error instanceof RouteSecurityError, `${text}: ${error}`);
    assert(error.offset <= text.length);
  }
}

Deno.test("sameRouteSecurity: what is said counts, not how it is written", () => {
  const same = (a: string, b: string) =>
    sameRouteSecurity(parseRouteSecurityValue(a), parseRouteSecurityValue(b));
  assert(same("[2001:DB8::1];level=3", "[2001:db8:0::1] ; LEVEL = 3"));
  assert(same("192.0.2.1", "[192.0.2.1]"));
  assert(same("[::1];A=1;level=3", "[::1];level=3;a=1"));
  assert(!same("[::1];level=3", "[::1]"));
  assert(!same("[::1];level=3", "[::1];level=2"));
  assert(!same("[::1]", "[::2]"));
  assert(!same("[::ffff:192.0.2.1]", "[192.0.2.1]"));
  assert(!same("[::1];a=1", "[::1]"));
  assert(!same("[::1];a=1;b=2", "[::1];b=2;a=1"));
  assert(!same("[::1];level=4", "[::1];level=5"));
});

Deno.test("formatRouteSecurity and routeSecurity write brackets for both families", () => {
  assert.equal(formatRouteSecurity({ address: "192.0.2.1", level: 0 }), "[192.0.2.1];level=0");
  assert.equal(routeSecurity("2001:db8::1", 3).raw, "[2001:db8::1];level=3");
  assert.deepEqual(routeSecurity("::1"), { address: "::1", parameters: [], raw: "[::1]" });
});
