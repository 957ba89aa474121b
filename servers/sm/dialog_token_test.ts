import assert from "node:assert/strict";
import fc from "fast-check";
import { createDialogTokens, type DialogClaim, type DialogFacts } from "./dialog_token.ts";

const key = new Uint8Array(32).fill(7);
const facts: DialogFacts = {
  callId: "call@host",
  callerTag: "ta",
  caller: "sip:user-a@abc.test",
  callee: "sip:user-b@abc.test",
};
const forth: DialogClaim = {
  callId: "call@host",
  fromName: "sip:user-a@abc.test",
  fromTag: "ta",
  toName: "sip:user-b@abc.test",
  toTag: "tb",
};
const back: DialogClaim = {
  callId: "call@host",
  fromName: "sip:user-b@abc.test",
  fromTag: "tb",
  toName: "sip:user-a@abc.test",
  toTag: "ta",
};

Deno.test("DialogTokens: a token proves its dialog in both directions, and after a restart", () => {
  const token = createDialogTokens(key).make(facts, facts.callee);
  const tokens = createDialogTokens(key.slice());
  assert.deepEqual(tokens.verify(token, forth), { other: facts.callee, fromCaller: true });
  assert.deepEqual(tokens.verify(token, back), { other: facts.caller, fromCaller: false });
});

Deno.test("DialogTokens: the party of the Request-URI is the other one, whatever To says", () => {
  const tokens = createDialogTokens(key);
  const callee = "sip:user-c@abc.test";
  const token = tokens.make({ ...facts, callee }, "sip:user-b@abc.test");
  assert.equal(tokens.verify(token, forth)?.other, callee);
  const bare = token.slice(0, token.indexOf("."));
  assert.equal(tokens.verify(bare, forth), undefined);
});

Deno.test("DialogTokens: another Call-ID, tag, name or key proves nothing, remembered or computed", () => {
  const made = createDialogTokens(key);
  const token = made.make(facts, facts.callee);
  for (const tokens of [made, createDialogTokens(key)]) {
    assert.ok(tokens.verify(token, forth));
    for (const field of ["callId", "fromTag", "fromName", "toName"] as const) {
      assert.equal(tokens.verify(token, { ...forth, [field]: "other" }), undefined, field);
    }
    for (const field of ["callId", "toTag", "fromName", "toName"] as const) {
      assert.equal(tokens.verify(token, { ...back, [field]: "other" }), undefined, field);
    }
  }
  assert.equal(createDialogTokens(new Uint8Array(32)).verify(token, forth), undefined);
});

Deno.test("DialogTokens: fields that are joined otherwise make another token", () => {
  const tokens = createDialogTokens(key);
  const token = tokens.make({ ...facts, callId: "ab", callerTag: "c" }, facts.callee);
  assert.equal(tokens.verify(token, { ...forth, callId: "a", fromTag: "bc" }), undefined);
});

Deno.test("DialogTokens.verify takes any text and proves nothing by it", () => {
  const tokens = createDialogTokens(key);
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => {
    assert.equal(tokens.verify(text, forth), undefined);
  }));
});
