/**
 * The relay's loop over `recvmmsg` and `sendmmsg`: what came is sent on from the memory where it lies,
 * and nothing is allocated for a datagram.
 *
 * @module
 */
import { type Address, isIpv6 } from "../../../core/net/address.ts";
import { addressOf, fixedMemory, type Libc } from "../../../core/net/udp/libc.ts";
import {
  HEADER_OCTETS,
  MessageHeaders,
  NAME_OCTETS,
} from "../../../core/net/udp/message_headers.ts";
import { readSocketAddress, SOCKET_ADDRESS_OCTETS } from "../../../core/net/udp/socket_address.ts";
import { place } from "./counters.ts";
import { counterOf, type Judge, TO_CONTROL } from "./judge.ts";
import type { PathTable } from "./path_table.ts";

/** Datagrams a call takes: enough to share its cost, few enough for their memory to stay in the cache. */
export const SLOTS = 64;

const MSG_DONTWAIT = 0x40;
const NAME_WORDS = NAME_OCTETS / 4;
/** `struct sockaddr_in`. */
const SOCKET_ADDRESS_OCTETS_IPV4 = 16;

const RELAYED = place("relayed");
const RELAYED_OCTETS = place("relayedOctets");
const TOO_LONG = place("tooLong");
const SEND_FAILED = place("sendFailed");

/** A socket of the relay. */
export interface RelaySocket {
  readonly fd: number;
  readonly local: Address;
}

/** What waits to be sent by one socket. */
interface Outgoing {
  readonly fd: number;
  readonly headers: MessageHeaders;
  readonly names: Int32Array;
  readonly lengths: Int32Array;
  count: number;
}

/** The loop's body. */
export class FastRelay {
  readonly #lib: Libc;
  readonly #table: PathTable;
  readonly #judge: Judge;
  readonly #counters: Float64Array;
  readonly #control: (bytes: Uint8Array, from: Address, socket: number) => void;
  readonly #stride: number;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #dataAddress: number;
  readonly #headers = new MessageHeaders(SLOTS);
  readonly #names = new Int32Array(this.#headers.names.buffer);
  readonly #sockets: readonly RelaySocket[];
  readonly #outgoing: readonly Outgoing[];
  /** Slots whose name length the last call has overwritten. */
  #dirty = SLOTS;

  /** `control` gets datagrams for the control plane, copied; `counters` are in the order of `COUNTERS`. */
  constructor(ports: {
    lib: Libc;
    sockets: readonly RelaySocket[];
    table: PathTable;
    judge: Judge;
    counters: Float64Array;
    datagramOctets: number;
    control: (bytes: Uint8Array, from: Address, socket: number) => void;
  }) {
    this.#lib = ports.lib;
    this.#table = ports.table;
    this.#judge = ports.judge;
    this.#counters = ports.counters;
    this.#control = ports.control;
    this.#stride = ports.datagramOctets;
    this.#data = fixedMemory(SLOTS * this.#stride);
    this.#dataAddress = addressOf(this.#data);
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#headers.setData(slot, this.#dataAddress + slot * this.#stride, this.#stride);
    }
    this.#sockets = ports.sockets;
    this.#outgoing = ports.sockets.map(({ fd, local }) => {
      const headers = new MessageHeaders(SLOTS);
      const octets = isIpv6(local.host) ? SOCKET_ADDRESS_OCTETS : SOCKET_ADDRESS_OCTETS_IPV4;
      for (let slot = 0; slot < SLOTS; slot++) headers.setName(slot, octets);
      const names = new Int32Array(headers.names.buffer);
      return { fd, headers, names, lengths: new Int32Array(SLOTS), count: 0 };
    });
  }

  /** Takes at most one batch from a socket; gives how many datagrams came. `pass` is to follow. */
  receive(socket: number): number {
    const headers = this.#headers;
    for (let slot = 0; slot < this.#dirty; slot++) headers.setName(slot, SOCKET_ADDRESS_OCTETS);
    const fd = this.#sockets[socket]!.fd;
    const count = this.#lib.recvmmsg(fd, headers.headers, SLOTS, MSG_DONTWAIT, null);
    this.#dirty = count > 0 ? count : 0;
    return this.#dirty;
  }

  /** Judges the batch of `count` datagrams just received from a socket, and passes it on. */
  pass(socket: number, count: number): void {
    const headers = this.#headers;
    for (let slot = 0; slot < count; slot++) {
      if (headers.isTruncated(slot)) {
        this.#counters[TOO_LONG]! += 1;
        continue;
      }
      const at = slot * this.#stride;
      const length = headers.length(slot);
      const name = slot * NAME_WORDS;
      const verdict = this.#judge.verdict(this.#data, at, length, this.#names, name);
      if (verdict >= 0) this.#queue(verdict, at, length);
      else if (verdict === TO_CONTROL) this.#handOver(slot, length, socket);
      else this.#counters[counterOf(verdict)]! += 1;
    }
    for (const outgoing of this.#outgoing) if (outgoing.count > 0) this.#flush(outgoing);
  }

  #queue(end: number, at: number, length: number): void {
    const outgoing = this.#outgoing[this.#table.socket(end)]!;
    const slot = outgoing.count++;
    this.#table.writeName(end, outgoing.names, slot * NAME_WORDS);
    outgoing.headers.setData(slot, this.#dataAddress + at, length);
    outgoing.lengths[slot] = length;
  }

  #flush(outgoing: Outgoing): void {
    const { fd, headers: { headers }, lengths, count } = outgoing;
    const counters = this.#counters;
    let sent = 0;
    while (sent < count) {
      const rest = sent === 0 ? headers : headers.subarray(sent * HEADER_OCTETS);
      const done = this.#lib.sendmmsg(fd, rest, count - sent, MSG_DONTWAIT);
      if (done <= 0) {
        // The first of the rest could not be sent. It is lost, the others are not.
        counters[SEND_FAILED]! += 1;
        sent++;
        continue;
      }
      counters[RELAYED]! += done;
      for (const end = sent + done; sent < end; sent++) {
        counters[RELAYED_OCTETS]! += lengths[sent]!;
      }
    }
    outgoing.count = 0;
  }

  #handOver(slot: number, length: number, socket: number): void {
    const from = readSocketAddress(this.#headers.names, slot * NAME_OCTETS);
    const at = slot * this.#stride;
    if (from) this.#control(this.#data.slice(at, at + length), from, socket);
  }
}
