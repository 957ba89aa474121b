/**
 * Virtual addresses (NTM-2): IPv4 from the DC's share, IPv6 from the network's prefix and the zone's
 * hash, the same number in both. Given once and kept.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isIpv6, parseIp } from "../../core/net/address.ts";
import { ipOctets, ipText } from "../../core/net/ip_octets.ts";

/** A node's pair. */
export interface VirtualPair {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Space for a zone's nodes. */
export class VirtualAddresses {
  readonly #base: number;
  readonly #size: number;
  readonly #prefix: Uint8Array;
  readonly #used = new Set<number>();
  #next = 1;

  /** Throws a `RangeError` for a share or prefix that cannot be. */
  constructor({ ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: string }, zone: string) {
    const share = prefixOf(ipv4);
    if (!share || share.octets.length !== 4 || share.bits < 8 || share.bits > 30) {
      throw new RangeError(
        `virtual.ipv4 "${ipv4}" is no share of IPv4 addresses, such as 198.18.16.0/20`,
      );
    }
    const network = prefixOf(ipv6);
    if (!network || network.octets.length !== 16 || network.bits !== 32) {
      throw new RangeError(`virtual.ipv6 "${ipv6}" is no /32 prefix, such as fd4e:544d::/32`);
    }
    this.#size = 2 ** (32 - share.bits);
    this.#base = Math.floor(numberOf(share.octets) / this.#size) * this.#size;
    this.#prefix = new Uint8Array(16);
    this.#prefix.set(network.octets.subarray(0, 4), 0);
    this.#prefix.set(createHash("sha256").update(zone).digest().subarray(0, 4), 4);
  }

  /** Whether an IPv4 address is of this share. */
  holds(ipv4: string): boolean {
    if (isIpv6(ipv4)) return false;
    const at = numberOf(ipOctets(ipv4)) - this.#base;
    return at >= 0 && at < this.#size;
  }

  /** Takes note of a pair that was given before. */
  keep({ ipv4 }: VirtualPair): void {
    if (this.holds(ipv4)) this.#used.add(numberOf(ipOctets(ipv4)) - this.#base);
  }

  /** A pair that nobody has; undefined when the share is used up. Its first and last are left out. */
  give(): VirtualPair | undefined {
    while (this.#used.has(this.#next)) this.#next++;
    if (this.#next > this.#size - 2) return undefined;
    this.#used.add(this.#next);
    const ipv4 = this.#base + this.#next;
    const ipv6 = Uint8Array.from(this.#prefix);
    new DataView(ipv6.buffer).setUint32(12, this.#next);
    return {
      ipv4: [24, 16, 8, 0].map((shift) => ipv4 >>> shift & 255).join("."),
      ipv6: ipText(ipv6)!,
    };
  }
}

function prefixOf(text: string): { octets: Uint8Array; bits: number } | undefined {
  const [address = "", bits = ""] = text.split("/");
  const host = parseIp(address);
  if (host === undefined || !/^[0-9]{1,3}$/.test(bits)) return undefined;
  return { octets: ipOctets(host), bits: Number(bits) };
}

function numberOf(octets: Uint8Array): number {
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}
