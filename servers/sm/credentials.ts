/**
 * What can be wrong with a certificate, a key or a trusted authority before anything is served with it.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** What is wrong with our own certificate at `now`; undefined if nothing is. */
export function certificateProblem(pem: string, now: number): string | undefined {
  const certificate = read(pem);
  if (certificate === undefined) return "no PEM certificate in it";
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  if (now < from) {
    return `the certificate is not valid before ${certificate.validFrom}; check this machine's clock`;
  }
  if (now > to) return `the certificate expired on ${certificate.validTo}; issue a new one`;
  return undefined;
}

/** What is wrong with the key, on its own or for the first certificate of `chain`. */
export function keyProblem(pem: string, chain: string | undefined): string | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return "no PEM private key in it, or one with a passphrase";
  }
  const certificate = chain === undefined ? undefined : read(chain);
  if (certificate !== undefined && !certificate.checkPrivateKey(key)) {
    return "the key is not the one of the certificate";
  }
  return undefined;
}

/** What is wrong with a file of trusted authorities. */
export function trustProblem(pem: string): string | undefined {
  return read(pem) === undefined ? "no PEM certificate in it" : undefined;
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
