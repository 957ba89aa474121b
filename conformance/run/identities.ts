/**
 * Certificates for a run: an authority the IUT trusts, one it does not, and what they issue.
 *
 * @module
 */
import {
  type Authority,
  type CertificateAndKey,
  createAuthority,
  issueCertificate,
} from "../../core/crypto/pki.ts";

/** When a certificate is valid. */
export type Validity = "valid" | "expired" | "not-yet-valid";

/** What a certificate says. */
export interface CertificateFor {
  readonly uris: readonly string[];
  readonly dns: readonly string[];
  readonly ips?: readonly string[];
  readonly authority?: "suite" | "other" | undefined;
  readonly validity?: Validity | undefined;
}

const long = 36_500;
const validities: Readonly<Record<Validity, { notBefore: Date; days: number }>> = {
  "valid": { notBefore: new Date(Date.UTC(2025, 0, 1)), days: long },
  "expired": { notBefore: new Date(Date.UTC(2020, 0, 1)), days: 30 },
  "not-yet-valid": { notBefore: new Date(Date.UTC(2110, 0, 1)), days: 30 },
};

/** Issues and keeps certificates; one for each content is made once. */
export class Identities {
  readonly #suite: () => Promise<Authority>;
  #other: Promise<Authority> | undefined;
  #made: Promise<Authority> | undefined;
  readonly #issued = new Map<string, Promise<CertificateAndKey>>();

  /** @param authority the authority the IUT trusts; made here if omitted */
  constructor(authority?: Authority) {
    this.#suite = () =>
      this.#made ??= authority ? Promise.resolve(authority) : newAuthority("ntm conform");
  }

  /** Certificate of the authority the IUT trusts, PEM. */
  async trust(): Promise<string> {
    return (await this.#suite()).certificate;
  }

  /** Certificate of an authority the IUT does not trust, PEM. */
  async untrusted(): Promise<string> {
    return (await this.#stranger()).certificate;
  }

  #stranger(): Promise<Authority> {
    return this.#other ??= newAuthority("somebody else");
  }

  /** A certificate and its key. */
  issue(wanted: CertificateFor): Promise<CertificateAndKey> {
    const key = JSON.stringify(wanted);
    const known = this.#issued.get(key);
    if (known) return known;
    const made = this.#issue(wanted);
    this.#issued.set(key, made);
    return made;
  }

  async #issue(wanted: CertificateFor): Promise<CertificateAndKey> {
    const authority = wanted.authority === "other" ? await this.#stranger() : await this.#suite();
    return await issueCertificate(authority, {
      commonName: (wanted.uris[0] ?? wanted.dns[0] ?? "nobody").slice(0, 60),
      uris: wanted.uris,
      dns: wanted.dns,
      ...(wanted.ips ? { ips: wanted.ips } : {}),
      ...validities[wanted.validity ?? "valid"],
    });
  }
}

function newAuthority(commonName: string): Promise<Authority> {
  return createAuthority({ commonName, ...validities.valid });
}

/** What a session manager's certificate says. */
export function serverCertificate(domain: string, ips: readonly string[] = []): CertificateFor {
  return { uris: [`sip:${domain}`], dns: [domain], ips };
}
