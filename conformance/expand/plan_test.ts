import assert from "node:assert/strict";
import { parse } from "yaml";
import { vectorSchema } from "../format/vector.ts";
import { merge } from "./change.ts";
import { type LoadedVector, plan } from "./plan.ts";

function load(text: string): LoadedVector {
  return {
    id: "sm/x",
    file: "x.yaml",
    vector: vectorSchema.parse(parse(text)),
    place: () => "x.yaml:1:1",
  };
}

const head = `
title: A title that is long enough
requirement: SM-5
level: must
iut: session-manager
peers:
  alice: { is: terminal, name: "sip:user-a@abc.test", channel: "\${channel}", ip: "\${ip}" }
`;

Deno.test("plan: ids are path, case and axes; needs follow from the peers", () => {
  const cases = plan(load(`${head}
axes: { channel: [tls, tls-certificate, udp], ip: [4, 6] }
control: [{ alice sends: { request: "OPTIONS sip:abc.test" } }]
cases: [{ id: one, change: { From: "<sip:x@abc.test>" } }]
expect: [{ alice receives: { status: 403 } }]
`));
  assert.equal(cases.length, 6);
  assert.equal(cases[0]!.id, "sm/x/one[channel=tls,ip=4]");
  const needs = Object.fromEntries(cases.map(({ id, needs }) => [id.slice(8), needs.join()]));
  assert.equal(needs["[channel=tls,ip=4]"], "sm");
  assert.equal(needs["[channel=tls-certificate,ip=6]"], "sm,ipv6,sm-certificate");
  assert.equal(needs["[channel=udp,ip=4]"], "sm,sm-plain");
});

Deno.test("plan: change goes into the subject step; the steps before it are repeated", () => {
  const [one] = plan(load(`${head.replace("${channel}", "tls").replace("${ip}", "4")}
control:
  - alice sends: { request: "INVITE sip:user-b@abc.test" }
  - alice receives: { status: 200 }
  - alice sends: { request: BYE, From: "<sip:user-a@abc.test>" }
    subject: true
  - alice receives: { status: 200 }
cases: [{ id: one, change: { f: "<sip:x@abc.test>" } }]
expect: [{ alice receives: { status: 403 } }]
`));
  assert.deepEqual(one!.steps.map(({ step }) => step), [
    { "alice sends": { request: "INVITE sip:user-b@abc.test" } },
    { "alice receives": { status: 200 } },
    { "alice sends": { request: "BYE", f: "<sip:x@abc.test>" }, subject: true },
    { "alice receives": { status: 403 } },
  ]);
});

Deno.test("plan: when and unless choose steps by axes, before the subject is looked for", () => {
  const cases = plan(load(`${head.replace("${channel}", "tls").replace("${ip}", "4")}
axes: { method: [INVITE, MESSAGE] }
control:
  - alice sends: { request: "INVITE sip:b@abc.test" }
    when: { method: INVITE }
  - alice sends: { request: "MESSAGE sip:b@abc.test" }
    unless: { method: INVITE }
cases: [{ id: one, change: { To: "<sip:x@abc.test>" } }]
expect: [{ alice receives: { status: 403 } }]
`));
  const requests = cases.map(({ steps }) =>
    (steps[0]!.step["alice sends"] as { request: string }).request
  );
  assert.deepEqual(requests, ["INVITE sip:b@abc.test", "MESSAGE sip:b@abc.test"]);
});

Deno.test("merge: a header replaces any form of its name; null stays, as it removes the default", () => {
  assert.deepEqual(merge({ From: "a", request: "x" }, { f: "b" }), { request: "x", f: "b" });
  assert.deepEqual(merge({ From: "a" }, { From: null }), { From: null });
});

Deno.test("merge: fails takes the place of returns, inputs are merged key by key", () => {
  assert.deepEqual(
    merge({ function: "f", input: { a: 1, b: 2 }, returns: 3 }, { input: { b: 9 }, fails: true }),
    { function: "f", input: { a: 1, b: 9 }, fails: true },
  );
});
