/**
 * Authenticated encryption of packets: the fastest back end that works here.
 *
 * @example
 * ```ts
 * import { openAead } from "./mod.ts";
 *
 * const aead = openAead();
 * const key = aead.key("aes-256-gcm", new Uint8Array(32));
 * const packet = new Uint8Array(5 + 16);
 * packet.set([1, 2, 3, 4, 5]);
 * const [nonce, header] = [new Uint8Array(12), new Uint8Array(16)];
 * const sealed = key.seal(nonce, header, packet, packet, 5);
 * console.assert(key.open(nonce, header, packet, packet, sealed) === 5);
 * key.release();
 * ```
 *
 * @module
 */
import type { Log } from "../../runtime/log.ts";
import type { Aead } from "./aead.ts";
import { libcryptoAead } from "./libcrypto.ts";
import { nodeAead } from "./node.ts";
import { passesSelfTest } from "./trial.ts";

export * from "./aead.ts";

/**
 * The back end for this process: libcrypto where it loads, FFI is permitted (`--allow-ffi`) and it
 * passes its self-test; `node:crypto` otherwise. The choice is written to the log.
 */
export function openAead(options: { log?: Log; candidates?: readonly Aead[] } = {}): Aead {
  const { log, candidates = [libcryptoAead()].filter((one) => one !== undefined) } = options;
  for (const candidate of candidates) {
    if (passesSelfTest(candidate)) {
      log?.write("debug", "aead back end chosen", { name: candidate.name });
      return candidate;
    }
    log?.write("warning", "aead back end fails its self-test", { name: candidate.name });
  }
  log?.write("debug", "aead back end chosen", { name: nodeAead.name });
  return nodeAead;
}
