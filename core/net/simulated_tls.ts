/**
 * TLS in the simulator: no ciphers, but the real rules for who is who. The PEM texts are those of live
 * operation, checked synchronously (signatures, validity by the virtual clock, names), so that nothing
 * but microtasks happens between two virtual events.
 *
 * @module
 */
import type { PeerIdentity } from "./network.ts";
import { cached, failure, LONGEST_CHAIN, type Parsed, parsePem } from "./tls_credentials.ts";
import { peerIdentity, serverNameProblem } from "./tls_identity.ts";

/** A leaf and whether a chain leads from it to an anchor, time left aside. */
interface Chain {
  readonly identity: PeerIdentity;
  readonly der: Uint8Array;
  readonly path: readonly Parsed[];
}

const chainCache = new Map<string, Chain>();

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
