/**
 * Receiving and sending in batches, by `recvmmsg` and `sendmmsg`.
 *
 * @module
 */
import type { Address } from "../address.ts";
import { addressOf, fixedMemory, type Libc } from "./libc.ts";
import { HEADER_OCTETS, MessageHeaders, NAME_OCTETS } from "./message_headers.ts";
import { readSocketAddress, SOCKET_ADDRESS_OCTETS, writeSocketAddress } from "./socket_address.ts";

const MSG_DONTWAIT = 0x40;

/** Datagrams taken by one `recvmmsg`. */
const RECEIVE_SLOTS = 32;
/** Any UDP datagram fits: no truncation. The pages are the system's until they are used. */
const RECEIVE_OCTETS = 65_536;
/** Datagrams sent by one `sendmmsg`. */
const SEND_SLOTS = 64;
const SEND_OCTETS = 256 * 1024;

/** A datagram that came. */
export interface Received {
  readonly bytes: Uint8Array;
  readonly from: Address;
}

/** Receives in batches. One serves all sockets: what it takes is copied out before it returns. */
export class ReceiveBatch {
  readonly #lib: Libc;
  readonly #headers = new MessageHeaders(RECEIVE_SLOTS);
  readonly #data = fixedMemory(RECEIVE_SLOTS * RECEIVE_OCTETS);

  constructor(lib: Libc) {
    this.#lib = lib;
    const data = addressOf(this.#data);
    for (let slot = 0; slot < RECEIVE_SLOTS; slot++) {
      this.#headers.setData(slot, data + slot * RECEIVE_OCTETS, RECEIVE_OCTETS);
    }
  }

  /** Datagrams that wait at the socket, at most one batch; whether the batch was full. */
  receive(fd: number): { datagrams: Received[]; full: boolean } {
    const headers = this.#headers;
    // The kernel overwrites each length with what it wrote.
    for (let slot = 0; slot < RECEIVE_SLOTS; slot++) headers.setName(slot, SOCKET_ADDRESS_OCTETS);
    const count = this.#lib.recvmmsg(fd, headers.headers, RECEIVE_SLOTS, MSG_DONTWAIT, null);
    const datagrams: Received[] = [];
    for (let slot = 0; slot < count; slot++) {
      const from = readSocketAddress(headers.names, slot * NAME_OCTETS);
      const start = slot * RECEIVE_OCTETS;
      if (from) {
        datagrams.push({ bytes: this.#data.slice(start, start + headers.length(slot)), from });
      }
    }
    return { datagrams, full: count === RECEIVE_SLOTS };
  }
}

/** Sends in batches. One serves all sockets: what it is given has left, or is lost, before it returns. */
export class SendBatch {
  readonly #lib: Libc;
  readonly #headers = new MessageHeaders(SEND_SLOTS);
  readonly #data = fixedMemory(SEND_OCTETS);
  readonly #dataAddress = addressOf(this.#data);
  #count = 0;
  #used = 0;

  constructor(lib: Libc) {
    this.#lib = lib;
  }

  /** Sends datagrams in order; one that the system refuses is lost, as UDP may lose it anywhere. */
  send(fd: number, datagrams: readonly { bytes: Uint8Array; to: Address }[]): void {
    for (const { bytes, to } of datagrams) {
      if (bytes.length > SEND_OCTETS) continue;
      if (this.#count === SEND_SLOTS || this.#used + bytes.length > SEND_OCTETS) this.#flush(fd);
      const slot = this.#count++;
      this.#data.set(bytes, this.#used);
      this.#headers.setData(slot, this.#dataAddress + this.#used, bytes.length);
      this.#headers.setName(slot, writeSocketAddress(this.#headers.names, slot * NAME_OCTETS, to));
      this.#used += bytes.length;
    }
    this.#flush(fd);
  }

  #flush(fd: number): void {
    let sent = 0;
    while (sent < this.#count) {
      const rest = sent === 0
        ? this.#headers.headers
        : this.#headers.headers.subarray(sent * HEADER_OCTETS);
      const done = this.#lib.sendmmsg(fd, rest, this.#count - sent, MSG_DONTWAIT);
      // Minus one: the first of the rest could not be sent. It is lost, the others are not.
      sent += done > 0 ? done : 1;
    }
    this.#count = this.#used = 0;
  }
}
