import assert from "node:assert/strict";
import type { Channel } from "../../core/net/channel.ts";
import { makeRequest } from "../../core/sip/build.ts";
import { type Binding, planBindings } from "./binding_plan.ts";

const name = "sip:user-a@abc.test";
const config = { minimumSeconds: 60, maximumSeconds: 7200, defaultSeconds: 3600, contacts: 2 };

function channelAt(host: string, open = true): Channel {
  return {
    id: `tls:${host}`,
    kind: "tls",
    local: { host: "10.0.0.1", port: 5061 },
    remote: { host, port: 40000 },
    names: new Set(),
    level: 3,
    open,
  };
}

const here = channelAt("10.0.1.1");
const there = channelAt("10.0.1.2");

function register(
  contacts: readonly string[],
  { expires, callId = "c1", cseq = 5 }: { expires?: string; callId?: string; cseq?: number } = {},
) {
  return makeRequest({
    method: "REGISTER",
    uri: "sip:abc.test",
    from: `<${name}>;tag=1`,
    to: `<${name}>`,
    callId,
    cseq,
    headers: [
      ...contacts.map((contact) => ["Contact", contact] as const),
      ...(expires === undefined ? [] : [["Expires", expires] as const]),
    ],
  });
}

function binding(contact: string, more: Partial<Binding> = {}): Binding {
  return {
    ...{ name, contact, q: 1000, callId: "c1", cseq: 4, expires: 99_000, kind: "tls" },
    ...{ local: here.local, remote: here.remote, channel: here, ...more },
  };
}

function plan(request: ReturnType<typeof register>, current: readonly Binding[] = [], on = here) {
  return planBindings(request, on, name, current, { config, now: 1000 });
}

function planned(
  request: ReturnType<typeof register>,
  current: readonly Binding[] = [],
  on = here,
) {
  const result = plan(request, current, on);
  assert.ok(result.ok, result.ok ? "" : result.text);
  const contacts = (bindings: readonly Binding[]) => bindings.map(({ contact }) => contact);
  return {
    put: contacts(result.put),
    remove: contacts(result.remove),
    moved: contacts(result.moved),
    first: result.put[0],
  };
}

Deno.test("planBindings: expires of the contact counts over Expires, Expires over the default", () => {
  const seconds = (request: ReturnType<typeof register>) =>
    ((planned(request).first?.expires ?? 0) - 1000) / 1000;
  assert.equal(seconds(register(["<sip:a@h>;expires=100"], { expires: "200" })), 100);
  assert.equal(seconds(register(["<sip:a@h>"], { expires: "200" })), 200);
  assert.equal(seconds(register(["<sip:a@h>"])), 3600);
  assert.equal(seconds(register(["<sip:a@h>;expires=99999"])), 7200);
});

Deno.test("planBindings: an equal contact is replaced, spelled otherwise or not (RFC 3261 §19.1.4)", () => {
  const result = planned(register(["<sip:%61@HOST>"]), [binding("sip:a@host")]);
  assert.deepEqual(result.put, ["sip:%61@host"]);
  assert.deepEqual(result.remove, ["sip:a@host"]);
  assert.deepEqual(result.moved, []);
});

Deno.test("planBindings: contact, instance or Call-ID on a new channel means that the terminal moved", () => {
  const old = binding("sip:a@h1", { instance: "<urn:uuid:1>" });
  for (
    const request of [
      register(["<sip:a@h1>"], { callId: "other" }),
      register(['<sip:a@h2>;+sip.instance="<urn:uuid:1>"'], { callId: "other" }),
      register(["<sip:a@h2>"], { callId: "c1" }),
    ]
  ) assert.deepEqual(planned(request, [old], there).moved, ["sip:a@h1"]);
  assert.deepEqual(planned(register(["<sip:a@h2>"], { callId: "other" }), [old], there).moved, []);
});

Deno.test("planBindings: a CSeq that is not higher changes nothing (§10.3 step 7)", () => {
  for (const cseq of [3, 4]) {
    const result = plan(register(["<sip:a@h>"], { cseq }), [binding("sip:a@h")]);
    assert.equal(result.ok ? 200 : result.status, 500);
  }
  assert.ok(plan(register(["<sip:a@h>"], { cseq: 1, callId: "new" }), [binding("sip:a@h")]).ok);
});

Deno.test("planBindings: * needs Expires: 0 and takes all away", () => {
  assert.equal(plan(register(["*"])).ok, false);
  assert.equal(plan(register(["*"], { expires: "60" })).ok, false);
  const result = planned(register(["*"], { expires: "0" }), [
    binding("sip:a@h"),
    binding("sip:b@h"),
  ]);
  assert.deepEqual(result.remove, ["sip:a@h", "sip:b@h"]);
});

Deno.test("planBindings: too brief is 423, no SIP URI and what cannot be read 400", () => {
  const status = (request: ReturnType<typeof register>) => {
    const result = plan(request);
    return result.ok ? 200 : result.status;
  };
  assert.equal(status(register(["<sip:a@h>;expires=59"])), 423);
  assert.equal(status(register(["<mailto:a@h>"])), 400);
  assert.equal(status(register(["<sip:a@h"])), 400);
});

Deno.test("planBindings: over the limit those make room whose channel is gone, and nobody else", () => {
  const gone = binding("sip:gone@h", { channel: undefined, callId: "x" });
  const open = binding("sip:open@h", { callId: "y" });
  const another = binding("sip:another@h", { callId: "z", channel: there });
  assert.deepEqual(planned(register(["<sip:new@h>"]), [open, gone]).remove, ["sip:gone@h"]);
  const full = plan(register(["<sip:new@h>"]), [open, another]);
  assert.equal(full.ok ? 200 : full.status, 403);
});

Deno.test("planBindings: without Contact nothing changes", () => {
  assert.deepEqual(planned(register([]), [binding("sip:a@h")]), {
    ...{ put: [], remove: [], moved: [], first: undefined },
  });
});

Deno.test("planBindings: one contact twice in a REGISTER is one binding, the later one", () => {
  const result = planned(register(["<sip:a@h>;expires=100", "<sip:a@h>;expires=200"]));
  assert.deepEqual(result.put, ["sip:a@h"]);
  assert.equal(result.first?.expires, 201_000);
});
