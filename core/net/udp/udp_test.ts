import assert from "node:assert/strict";
import type { Address } from "../address.ts";
import { NetworkError } from "../network.ts";
import type { UdpBackEnd } from "./back_end.ts";
import { mmsgUdp } from "./mmsg.ts";
import { portableUdp } from "./portable.ts";

/** Datagrams in order of arrival, to be awaited. */
class Inbox {
  readonly got: { bytes: Uint8Array; from: Address }[] = [];
  #wake = () => {};
  readonly receive = (bytes: Uint8Array, from: Address): void => {
    this.got.push({ bytes, from });
    this.#wake();
  };
  async until(count: number): Promise<void> {
    while (this.got.length < count) await new Promise<void>((wake) => this.#wake = wake);
  }
}

const backEnds: UdpBackEnd[] = [portableUdp];
const fast = mmsgUdp();
if (fast) backEnds.push(fast);

Deno.test("mmsgUdp is there on Linux with glibc and FFI permitted", () => {
  const { os, arch } = Deno.build;
  const known = os === "linux" && ["x86_64", "aarch64"].includes(arch);
  if (!known) assert.equal(fast, undefined);
  else assert.equal(fast?.name, "mmsg");
});

for (const backEnd of backEnds) {
  const name = `UDP back end ${backEnd.name}`;

  for (const host of ["127.0.0.1", "127.0.0.9", "::1"]) {
    Deno.test(`${name} sends and receives at ${host}`, async () => {
      const [inbox, other] = [new Inbox(), new Inbox()];
      const one = await backEnd.bind({ host, port: 0 }, inbox.receive);
      const two = await backEnd.bind({ host, port: 0 }, other.receive);
      assert.equal(one.local.host, host);
      assert.notEqual(one.local.port, 0);
      two.send(new Uint8Array([1, 2, 3]), one.local);
      await inbox.until(1);
      assert.deepEqual(inbox.got, [{ bytes: new Uint8Array([1, 2, 3]), from: two.local }]);
      one.send(new Uint8Array([4]), two.local);
      await other.until(1);
      assert.deepEqual(other.got, [{ bytes: new Uint8Array([4]), from: one.local }]);
      await one.close();
      await two.close();
    });
  }

  Deno.test(`${name} keeps every octet and the order of many datagrams of all sizes`, async () => {
    const inbox = new Inbox();
    const one = await backEnd.bind({ host: "127.0.0.1", port: 0 }, inbox.receive);
    const two = await backEnd.bind({ host: "127.0.0.1", port: 0 }, () => {});
    const sizes = [0, 1, 511, 1400, 9000, 65_507];
    const sent = Array.from({ length: 300 }, (_, index) => {
      const bytes = new Uint8Array(sizes[index % 100] ?? index * 3);
      for (let at = 0; at < bytes.length; at++) bytes[at] = (index * 31 + at * 7) & 255;
      return bytes;
    });
    // In portions that fit the socket's buffer: loss is UDP's right, not what is tested here.
    for (let start = 0; start < sent.length; start += 20) {
      for (const bytes of sent.slice(start, start + 20)) two.send(bytes, one.local);
      await inbox.until(Math.min(sent.length, start + 20));
    }
    assert.deepEqual(inbox.got.map(({ bytes }) => bytes), sent);
    assert(inbox.got.every(({ from }) => from.port === two.local.port));
    // What was handed over earlier is not overwritten by later datagrams: the arrays are ours.
    assert.equal(new Set(inbox.got.map(({ bytes }) => bytes.buffer)).size, sent.length);
    await one.close();
    await two.close();
  });

  Deno.test(`${name} answers from within the receiver, and two sockets play for long`, async () => {
    const done = Promise.withResolvers<void>();
    let turns = 0;
    const one = await backEnd.bind({ host: "127.0.0.1", port: 0 }, (bytes, from) => {
      if (++turns === 500) done.resolve();
      else one.send(bytes, from);
    });
    const two = await backEnd.bind({ host: "127.0.0.1", port: 0 }, (bytes, from) => {
      two.send(bytes, from);
    });
    two.send(new Uint8Array(100), one.local);
    await done.promise;
    await one.close();
    await two.close();
  });

  Deno.test(`${name} serves sockets that open and close while others wait`, async () => {
    const inbox = new Inbox();
    const lasting = await backEnd.bind({ host: "127.0.0.1", port: 0 }, inbox.receive);
    for (let count = 1; count <= 20; count++) {
      const other = new Inbox();
      const brief = await backEnd.bind({ host: "127.0.0.1", port: 0 }, other.receive);
      brief.send(new Uint8Array([count]), lasting.local);
      lasting.send(new Uint8Array([count]), brief.local);
      await inbox.until(count);
      await other.until(1);
      await brief.close();
    }
    await lasting.close();
  });

  Deno.test(`${name} says that the address is in use, and frees it when closed`, async () => {
    const first = await backEnd.bind({ host: "127.0.0.1", port: 0 }, () => {});
    await assert.rejects(backEnd.bind(first.local, () => {}), (error) => {
      assert(error instanceof NetworkError);
      assert.equal(error.code, "address-in-use");
      assert.match(error.message, /cannot listen on udp 127\.0\.0\.1:\d+: the address is in use; /);
      return true;
    });
    await first.close();
    const again = await backEnd.bind(first.local, () => {});
    await again.close();
  });

  Deno.test(`${name} says that the machine has no such address`, async () => {
    await assert.rejects(backEnd.bind({ host: "192.0.2.1", port: 0 }, () => {}), {
      name: "NetworkError",
      code: "unreachable",
    });
  });

  Deno.test(`${name} survives datagrams that cannot be sent`, async () => {
    const inbox = new Inbox();
    const one = await backEnd.bind({ host: "127.0.0.1", port: 0 }, inbox.receive);
    const gone = await backEnd.bind({ host: "127.0.0.1", port: 0 }, () => {});
    await gone.close();
    one.send(new Uint8Array([1]), gone.local); // nobody listens: the system answers with ICMP
    one.send(new Uint8Array(65_508), one.local); // longer than any datagram
    one.send(new Uint8Array([2]), { host: "::1", port: 9 }); // of the other family
    one.send(new Uint8Array([3]), one.local);
    await inbox.until(1);
    assert.deepEqual(inbox.got[0]?.bytes, new Uint8Array([3]));
    await one.close();
    one.send(new Uint8Array([4]), one.local);
    await one.close();
  });

  Deno.test(`${name} sends what is queued before it closes`, async () => {
    const inbox = new Inbox();
    const one = await backEnd.bind({ host: "127.0.0.1", port: 0 }, inbox.receive);
    const two = await backEnd.bind({ host: "127.0.0.1", port: 0 }, () => {});
    for (let count = 0; count < 30; count++) two.send(new Uint8Array([count]), one.local);
    await two.close();
    await inbox.until(30);
    await one.close();
  });

  Deno.test(`${name} binds IPv4 and IPv6 wildcards to one port, each for itself`, async () => {
    const [inbox, other] = [new Inbox(), new Inbox()];
    const v6 = await backEnd.bind({ host: "::", port: 0 }, inbox.receive);
    const v4 = await backEnd.bind({ host: "0.0.0.0", port: v6.local.port }, other.receive);
    v4.send(new Uint8Array([4]), { host: "127.0.0.1", port: v4.local.port });
    v6.send(new Uint8Array([6]), { host: "::1", port: v6.local.port });
    await inbox.until(1);
    await other.until(1);
    assert.equal(inbox.got[0]?.from.host, "::1");
    assert.equal(other.got[0]?.from.host, "127.0.0.1");
    await v4.close();
    await v6.close();
  });
}
