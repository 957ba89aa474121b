/**
 * TLS in the simulator: no ciphers, but the real rules for who is who. The PEM texts are those of live
 * operation, checked synchronously (signatures, validity by the virtual clock, names), so that nothing
 * but microtasks happens between two virtual events.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { NetworkError, type PeerIdentity, type TlsCredentials } from "./network.ts";
import { peerIdentity, serverNameProblem } from "./tls_identity.ts";

/** Longest chain from leaf to anchor, and most certificates taken from one PEM text. */
const LONGEST_CHAIN = 8;
/** Texts and chains kept; the oldest goes first. */
const CACHE_ENTRIES = 2000;

interface Parsed {
  readonly certificate: X509Certificate;
  readonly from: number;
  readonly to: number;
}

/** A leaf and whether a chain leads from it to an anchor, time left aside. */
interface Chain {
  readonly identity: PeerIdentity;
  readonly der: Uint8Array;
  readonly path: readonly Parsed[];
}

const pemCache = new Map<string, Parsed[]>();
const chainCache = new Map<string, Chain>();
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
 * Verifies a peer's certificate at the time `now`, and with `serverName` that it proves that domain
 * or IP address.
 *
 * @throws {NetworkError} `certificate`, saying what to check
 */
export function verifyPeer(
  certificate: string,
  trust: readonly string[],
  now: number,
  serverName?: string,
): PeerIdentity {
  const chain = cached(
    chainCache,
    JSON.stringify([certificate, trust]),
    () => buildChain(certificate, trust),
  );
  for (const { certificate: one, from, to } of chain.path) {
    const at = new Date(now).toISOString();
    if (now < from) {
      throw failure(
        `certificate of "${one.subject}" is not valid before ${one.validFrom}, and the virtual clock ` +
          `says ${at}: issue it for the simulation's time, or start the simulation later`,
      );
    }
    if (now > to) {
      throw failure(
        `certificate of "${one.subject}" expired ${one.validTo}, and the virtual clock says ${at}: ` +
          "issue a new one",
      );
    }
  }
  const problem = serverName === undefined ? undefined : serverNameProblem(chain.der, serverName);
  if (problem) throw failure(problem);
  return chain.identity;
}

function buildChain(certificate: string, trust: readonly string[]): Chain {
  const [leaf, ...between] = parsePem(certificate);
  if (trust.length === 0) throw failure("no CA is trusted: give at least one");
  const anchors = trust.flatMap((pem) => parsePem(pem));
  const path = [leaf!];
  for (;;) {
    const last = path.at(-1)!;
    // A certificate that signed itself is trusted only where it is itself an anchor.
    if (selfSigned(last) && anchors.some((anchor) => sameCertificate(anchor, last))) break;
    const anchor = anchors.find((one) => issued(one, last));
    if (anchor) {
      path.push(anchor);
      break;
    }
    const next = between.find((one) => !path.includes(one) && issued(one, last));
    if (!next || path.length >= LONGEST_CHAIN) {
      throw failure(
        `certificate of "${leaf!.certificate.subject}" was not issued by an authority we trust ` +
          `(issuer "${last.certificate.issuer}"): check the list of trusted authorities`,
      );
    }
    path.push(next);
  }
  const der = new Uint8Array(leaf!.certificate.raw);
  return { path, der, identity: peerIdentity(der) };
}

/** RFC 5280 §6.1.3 (a): the issuer is an authority and its key made the signature. */
function issued(issuer: Parsed, subject: Parsed): boolean {
  const { certificate } = subject;
  return issuer.certificate.ca && certificate.checkIssued(issuer.certificate) &&
    certificate.verify(issuer.certificate.publicKey);
}

function selfSigned({ certificate }: Parsed): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

function sameCertificate(a: Parsed, b: Parsed): boolean {
  return a.certificate.fingerprint256 === b.certificate.fingerprint256;
}

function parsePem(text: string): Parsed[] {
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

/** Failures are not kept: they throw before anything is stored. */
function cached<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const found = cache.get(key);
  if (found !== undefined) return found;
  const made = make();
  const oldest = cache.keys().next();
  if (cache.size >= CACHE_ENTRIES && !oldest.done) cache.delete(oldest.value);
  cache.set(key, made);
  return made;
}

function failure(message: string, cause?: unknown): NetworkError {
  return new NetworkError("certificate", message, cause === undefined ? undefined : { cause });
}
