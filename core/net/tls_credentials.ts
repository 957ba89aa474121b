/**
 * Certificates and keys as PEM texts: read once, and checked before a socket is opened with them.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { NetworkError, type TlsCredentials } from "./network.ts";

/** Longest chain from leaf to anchor, and most certificates taken from one PEM text. */
export const LONGEST_CHAIN = 8;
/** Texts and chains kept; the oldest goes first. */
const CACHE_ENTRIES = 2000;

/** A certificate that was read, and its validity in milliseconds since the Unix epoch. */
export interface Parsed {
  readonly certificate: X509Certificate;
  readonly from: number;
  readonly to: number;
}

const pemCache = new Map<string, Parsed[]>();
const keyCache = new Map<string, boolean>();

/**
 * Checks that a node's own certificate and key can be read and belong together.
 *
 * @throws {NetworkError} `certificate`
 */
export function checkOwnCredentials(tls: TlsCredentials, server: boolean): void {
  const { certificate, key } = tls;
  if (certificate === undefined && !server) return;
  if (certificate === undefined || key === undefined) {
    throw failure("TLS needs both a certificate and its key: give both");
  }
  const ours = cached(keyCache, `${certificate}\n${key}`, () => {
    const leaf = parsePem(certificate)[0]!.certificate;
    try {
      return leaf.checkPrivateKey(createPrivateKey(key));
    } catch (cause) {
      throw failure("private key cannot be read: give it as PKCS #8 PEM", cause);
    }
  });
  if (!ours) throw failure("private key does not belong to the certificate: give the pair");
}

/**
 * The certificates of a PEM text.
 *
 * @throws {NetworkError} `certificate`
 */
export function parsePem(text: string): Parsed[] {
  return cached(pemCache, text, () => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    if (!blocks || blocks.length > LONGEST_CHAIN) {
      throw failure(
        `expected 1 to ${LONGEST_CHAIN} PEM blocks that begin with -----BEGIN CERTIFICATE-----, ` +
          `found ${blocks?.length ?? 0}`,
      );
    }
    return blocks.map((block) => {
      try {
        const certificate = new X509Certificate(block);
        return {
          certificate,
          from: Date.parse(certificate.validFrom),
          to: Date.parse(certificate.validTo),
        };
      } catch (cause) {
        throw failure("certificate cannot be read: give X.509 as PEM", cause);
      }
    });
  });
}

/** What `make` gives, kept under `key`. Failures are not kept: they throw before anything is stored. */
export function cached<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const found = cache.get(key);
  if (found !== undefined) return found;
  const made = make();
  const oldest = cache.keys().next();
  if (cache.size >= CACHE_ENTRIES && !oldest.done) cache.delete(oldest.value);
  cache.set(key, made);
  return made;
}

/** A failure of a certificate, ours or the peer's. */
export function failure(message: string, cause?: unknown): NetworkError {
  return new NetworkError("certificate", message, cause === undefined ? undefined : { cause });
}
