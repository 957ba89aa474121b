/**
 * Session descriptions for vectors: `${sdp.offer}`, `${sdp.answer}`. The nonces are fixed, so that a known
 * text can be looked for at the other end; docs/wire.md has the grammar of `key-info`.
 *
 * @module
 */
import { parts } from "../expand/variables.ts";

function description(session: number, port: number, nonce: string): string {
  return [
    "v=0",
    `o=- ${session} 1 IN IP4 192.0.2.1`,
    "s=-",
    "c=IN IP4 192.0.2.1",
    "t=0 0",
    `m=application ${port} UDP/DTLS/SCTP 0`,
    `a=key-info:1 AES_256_GCM nonce:${nonce}`,
    "",
  ].join("\n");
}

const texts: Readonly<Record<string, string>> = {
  offer: description(1, 40_000, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
  answer: description(2, 40_002, "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="),
};

/** The variable `sdp`. */
export const sdp = parts((name) => texts[name], () => texts["offer"] ?? "");
