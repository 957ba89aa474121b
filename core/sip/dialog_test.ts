import assert from "node:assert/strict";
import { makeResponse } from "./build.ts";
import { Dialog, DialogError, dialogIdOf } from "./dialog.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { testRequest, testResponse } from "./testing.ts";

const ROUTES = ["<sip:b.test;lr>", "<sip:a.test;lr>"];

/** The INVITE as the callee gets it, and its answer as the caller gets it. */
function invite(...lines: string[]) {
  const request = testRequest(
    "INVITE sip:user-b@abc.test SIP/2.0",
    ...(lines.length ? lines : [`Record-Route: ${ROUTES.join(", ")}`]),
  );
  const answer = (status: number) =>
    makeResponse(request, status, undefined, {
      toTag: "2",
      headers: [["Contact", "<sip:user-b@192.0.2.20:5062;ob>"]],
    });
  return { request, ringing: answer(180), ok: answer(200) };
}

const routesOf = (request: SipRequest) => request.headers.list("Route");

Deno.test("Dialog.ofCaller, §12.1.2: route set reversed, target and To of the response", () => {
  const { request, ok } = invite();
  const dialog = Dialog.ofCaller(request, ok);
  assert.equal(dialog.state, "confirmed");
  assert.equal(dialog.target, "sip:user-b@192.0.2.20:5062;ob");
  assert.deepEqual(dialog.routes, ROUTES.toReversed());
  assert.equal(dialog.local, "<sip:user-a@abc.test>;tag=1");
  assert.equal(dialog.remote, "<sip:user-b@abc.test>;tag=2");
  const bye = dialog.request("BYE", { headers: [["Reason", "SM"]] });
  assert.equal(bye.uri, "sip:user-b@192.0.2.20:5062;ob");
  assert.deepEqual(routesOf(bye), ROUTES.toReversed());
  assert.equal(bye.headers.get("From"), dialog.local);
  assert.equal(bye.headers.get("To"), dialog.remote);
  assert.equal(bye.headers.get("CSeq"), "2 BYE");
  assert.equal(bye.headers.get("Reason"), "SM");
  assert.equal(dialog.request("INFO").headers.get("CSeq"), "3 INFO");
});

Deno.test("Dialog.ofCallee, §12.1.1: route set in order, target of the request, names swapped", () => {
  const { request, ok } = invite();
  const dialog = Dialog.ofCallee(request, ok);
  assert.equal(dialog.target, "sip:user-a@192.0.2.10:40000");
  assert.deepEqual(dialog.routes, ROUTES);
  const bye = dialog.request("BYE");
  assert.equal(bye.headers.get("From"), "<sip:user-b@abc.test>;tag=2");
  assert.equal(bye.headers.get("To"), "<sip:user-a@abc.test>;tag=1");
  assert.equal(bye.headers.get("CSeq"), "1 BYE");
});

Deno.test("dialogIdOf: what one side sends, the other finds its dialog by", () => {
  const { request, ok } = invite();
  const caller = Dialog.ofCaller(request, ok);
  const callee = Dialog.ofCallee(request, ok);
  assert.equal(dialogIdOf(caller.request("BYE")), callee.id);
  assert.equal(dialogIdOf(callee.request("BYE")), caller.id);
  assert.equal(dialogIdOf(ok), caller.id);
  assert.notEqual(caller.id, callee.id);
  assert.equal(dialogIdOf(request), undefined);
  const strange = testRequest("BYE sip:x@abc.test SIP/2.0", "To: <sip:x@abc.test>;tag=3");
  assert.notEqual(dialogIdOf(strange), callee.id);
  const broken = testRequest("BYE sip:x@abc.test SIP/2.0", "To: <broken;tag=3");
  assert.equal(dialogIdOf(broken), undefined);
});

Deno.test("Dialog.ack, §13.2.2.4: CSeq number and credentials of the INVITE, way of the dialog", () => {
  const { request, ok } = invite();
  request.headers.append("Authorization", 'Digest username="user-a"');
  const dialog = Dialog.ofCaller(request, ok);
  dialog.request("INFO");
  const ack = dialog.ack(request);
  assert.equal(ack.headers.get("CSeq"), "1 ACK");
  assert.equal(ack.uri, dialog.target);
  assert.deepEqual(routesOf(ack), ROUTES.toReversed());
  assert.equal(ack.headers.get("Authorization"), 'Digest username="user-a"');
});

Deno.test("Dialog.confirm, §13.2.2.4: the 2xx sets route set and target anew, once", () => {
  const { request, ringing } = invite();
  const dialog = Dialog.ofCaller(request, ringing);
  assert.equal(dialog.state, "early");
  const final = testResponse(
    ...[200, "INVITE"] as const,
    "To: <sip:user-b@abc.test>;tag=2",
    "Record-Route: <sip:c.test;lr>",
    "Contact: <sip:user-b@192.0.2.21>",
  );
  dialog.confirm(final);
  assert.equal(dialog.state, "confirmed");
  assert.equal(dialog.target, "sip:user-b@192.0.2.21");
  assert.deepEqual(dialog.routes, ["<sip:c.test;lr>"]);
  dialog.confirm(ringing);
  assert.deepEqual(dialog.routes, ["<sip:c.test;lr>"]);
});

Deno.test("Dialog.receive, §12.2.2: order, and the target refreshed by INVITE and UPDATE only", () => {
  const { request, ok } = invite();
  const dialog = Dialog.ofCallee(request, ok);
  const inside = (method: string, cseq: number, contact = "sip:moved@192.0.2.30") =>
    testRequest(
      `${method} sip:user-b@192.0.2.20 SIP/2.0`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <${contact}>`,
    );
  assert.equal(dialog.receive(inside("ACK", 1)), "accepted");
  assert.equal(dialog.receive(inside("INFO", 7)), "accepted");
  assert.equal(dialog.target, "sip:user-a@192.0.2.10:40000");
  assert.equal(dialog.receive(inside("BYE", 7)), "out of order");
  assert.equal(dialog.receive(inside("INVITE", 6)), "out of order");
  assert.equal(dialog.target, "sip:user-a@192.0.2.10:40000");
  assert.equal(dialog.receive(inside("INVITE", 8)), "accepted");
  assert.equal(dialog.target, "sip:moved@192.0.2.30");
  assert.equal(dialog.receive(inside("UPDATE", 9, "sip:again@192.0.2.31")), "accepted");
  assert.equal(dialog.target, "sip:again@192.0.2.31");
  assert.deepEqual(dialog.routes, ROUTES, "the route set never changes");
});

Deno.test("Dialog.refreshed, §12.2.1.2: only a 2xx with a Contact moves the target", () => {
  const { request, ok } = invite();
  const dialog = Dialog.ofCaller(request, ok);
  const before = dialog.target;
  dialog.refreshed(testResponse(491, "INVITE", "Contact: <sip:x@192.0.2.40>"));
  const bare = testResponse(200, "INVITE");
  bare.headers.delete("Contact");
  dialog.refreshed(bare);
  assert.equal(dialog.target, before);
  dialog.refreshed(testResponse(200, "INVITE", "Contact: <sip:x@192.0.2.40>"));
  assert.equal(dialog.target, "sip:x@192.0.2.40");
});

Deno.test("Dialog, §12.2.1.1: a strict router takes the Request-URI, the target comes last in Route", () => {
  const { request, ok } = invite(
    "Record-Route: <sip:loose.test;lr>, <sip:strict.test;method=INVITE;x=1?Subject=no>",
  );
  const bye = Dialog.ofCaller(request, ok).request("BYE");
  assert.equal(bye.uri, "sip:strict.test;x=1");
  assert.deepEqual(routesOf(bye), ["<sip:loose.test;lr>", "<sip:user-b@192.0.2.20:5062;ob>"]);
});

Deno.test("Dialog without Record-Route goes straight to the target", () => {
  const { request, ok } = invite("Subject: x");
  const bye = Dialog.ofCaller(request, ok).request("BYE");
  assert.equal(bye.uri, "sip:user-b@192.0.2.20:5062;ob");
  assert.deepEqual(routesOf(bye), []);
});

Deno.test("Dialog.ofCaller and ofCallee refuse messages that make no dialog, and say why", () => {
  const { request, ok } = invite();
  const change = (message: SipResponse | SipRequest, name: string, value: string | undefined) => {
    const headers = message.headers.clone();
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
    return { ...message, headers };
  };
  for (
    const [name, value, what] of [
      ["To", "<sip:user-b@abc.test>", /no To tag/],
      ["To", "<broken", /To: /],
      ["Contact", undefined, /no Contact/],
      ["Contact", "*", /one SIP URI/],
      ["Contact", "<tel:123>", /one SIP URI/],
      ["Contact", "<sip:a@192.0.2.1>, <sip:b@192.0.2.1>", /one SIP URI/],
      ["Contact", "<sip:a b>", /Contact: /],
    ] as const
  ) {
    const bad = change(ok, name, value);
    assert(bad.kind === "response");
    assert.throws(() => Dialog.ofCaller(request, bad), (error) => {
      assert(error instanceof DialogError);
      assert.match(error.message, what);
      return true;
    });
    if (name !== "Contact") continue;
    const from = change(request, name, value);
    assert(from.kind === "request");
    assert.throws(() => Dialog.ofCallee(from, ok), what);
  }
});
