import assert from "node:assert/strict";
import fc from "fast-check";
import { Cutter, Wire } from "./wire.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const message = [
  "MESSAGE sip:user-b@abc.test SIP/2.0",
  "v: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1, SIP/2.0/TLS 192.0.2.2;branch=z9hG4bK2",
  'From: "a, b" <sip:user-a@abc.test;x=1,2>;tag=1',
  "CSeq: 7 MESSAGE",
  "Content-Length: 5",
  "",
  "hello",
].join("\r\n");

function read(text: string): Wire {
  const wire = Wire.read(encoder.encode(text));
  assert(wire);
  return wire;
}

Deno.test("Wire reads fields by either form of their name and lists by their elements", () => {
  const wire = read(message);
  assert.equal(wire.method, "MESSAGE");
  assert.equal(wire.cseqMethod, "MESSAGE");
  assert.deepEqual(wire.list("Via"), [
    "SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1",
    "SIP/2.0/TLS 192.0.2.2;branch=z9hG4bK2",
  ]);
  assert.deepEqual(wire.list("f"), ['"a, b" <sip:user-a@abc.test;x=1,2>;tag=1']);
  assert.equal(read(message.replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n")).status, 200);
});

Deno.test("Wire writes what it changed and leaves the rest", () => {
  const wire = read(message).set("via", "x").setBody("hi").delete("CSeq");
  assert.equal(
    decoder.decode(wire.write()),
    'MESSAGE sip:user-b@abc.test SIP/2.0\r\nvia: x\r\nFrom: "a, b" <sip:user-a@abc.test;x=1,2>;tag=1' +
      "\r\nContent-Length: 2\r\n\r\nhi",
  );
});

Deno.test("Wire.read gives nothing for octets without an end of a head, and never throws", () => {
  assert.equal(Wire.read(encoder.encode("MESSAGE sip:a SIP/2.0\r\n")), undefined);
  fc.assert(fc.property(fc.uint8Array(), (octets) => {
    Wire.read(octets)?.write();
  }));
});

Deno.test("Cutter gives whole messages however the stream is cut", () => {
  const stream = encoder.encode(`${message}\r\n\r\n${message}${message}`);
  fc.assert(fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
    const cutter = new Cutter();
    const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
    const out = at.slice(1).flatMap((end, index) => cutter.push(stream.slice(at[index], end)));
    assert.equal(out.map((one) => decoder.decode(one)).join(""), decoder.decode(stream));
    assert.equal(out.filter((one) => decoder.decode(one).includes("MESSAGE sip")).length, 3);
  }));
});

Deno.test("Cutter waits for a body that is not there yet", () => {
  const cutter = new Cutter();
  const octets = encoder.encode(message);
  assert.deepEqual(cutter.push(octets.slice(0, -1)), []);
  assert.deepEqual(cutter.push(octets.slice(-1)), [octets]);
});
