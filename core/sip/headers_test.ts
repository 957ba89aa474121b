import assert from "node:assert/strict";
import { COMPACT_FORMS } from "./header_names.ts";
import { Headers } from "./headers.ts";

function make(): Headers {
  return Headers.of([
    ["Via", "a"],
    ["From", "f"],
    ["v", "b, c"],
    ["X-Own", "1"],
    ["VIA", "d"],
  ]);
}

function show(headers: Headers): string {
  return headers.fields.map(({ name, value }) => `${name}=${value}`).join(" ");
}

for (const [compact, name] of Object.entries(COMPACT_FORMS)) {
  Deno.test(`Headers: ${compact} is ${name}, in any case`, () => {
    const headers = Headers.of([[compact, "x"]]);
    for (const form of [compact.toUpperCase(), name, name.toLowerCase(), name.toUpperCase()]) {
      assert.equal(headers.get(form), "x");
    }
  });
}

Deno.test("Headers: get, getAll, list, count, has", () => {
  const headers = make();
  assert.equal(headers.get("via"), "a");
  assert.deepEqual(headers.getAll("Via"), ["a", "b, c", "d"]);
  assert.deepEqual(headers.list("v"), ["a", "b", "c", "d"]);
  assert.equal(headers.count("via"), 3);
  assert.equal(headers.has("x-own"), true);
  assert.equal(headers.get("To"), undefined);
});

Deno.test("Headers.set: replaces all in the first one's place, or appends", () => {
  assert.equal(show(make().set("via", "x")), "via=x From=f X-Own=1");
  assert.equal(show(make().set("To", "t")), "Via=a From=f v=b, c X-Own=1 VIA=d To=t");
});

Deno.test("Headers.prepend: above the first of that name, else at the top", () => {
  assert.equal(show(make().prepend("X-Own", "0")), "Via=a From=f v=b, c X-Own=0 X-Own=1 VIA=d");
  assert.equal(show(make().prepend("Route", "r")), "Route=r Via=a From=f v=b, c X-Own=1 VIA=d");
});

Deno.test("Headers.removeFirst, replaceFirst: one list element at a time", () => {
  const headers = make();
  assert.deepEqual(
    ["a", "b", "c", "d", undefined],
    [1, 2, 3, 4, 5].map(() => headers.removeFirst("Via")),
  );
  assert.equal(show(headers), "From=f X-Own=1");
  const list = Headers.of([["Route", '<sip:a,b>;x=",", <sip:c>']]);
  list.replaceFirst("Route", "<sip:z>");
  assert.equal(list.get("route"), "<sip:z>, <sip:c>");
  assert.equal(new Headers().replaceFirst("Route", "r").get("route"), "r");
});

Deno.test("Headers.delete, clone: a copy does not change with its origin", () => {
  const headers = make();
  const copy = headers.clone();
  headers.delete("v").append("To", "t");
  assert.equal(show(headers), "From=f X-Own=1 To=t");
  assert.equal(show(copy), show(make()));
});

Deno.test("Headers: no value can bring a header of its own", () => {
  for (const value of ["a\r\nEvil: 1", "a\nb", "a\rb"]) {
    assert.throws(() => new Headers().append("Subject", value), RangeError);
    assert.throws(() => new Headers().set("Subject", value), RangeError);
    assert.throws(() => new Headers().prepend("Subject", value), RangeError);
  }
  assert.throws(() => new Headers().append("Sub ject", "x"), RangeError);
  assert.throws(() => new Headers().append("", "x"), RangeError);
});
