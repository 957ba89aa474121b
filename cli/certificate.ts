/**
 * What a certificate says, for people and for machines.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { CliError, Exit, printable } from "./output.ts";

/** One certificate as `ntm ca show --json` prints it. */
export interface CertificateView {
  readonly subject: string;
  readonly issuer: string;
  /** Entries of subjectAltName as written, for example `URI:sip:abc.test`. */
  readonly names: readonly string[];
  /** Whether it may sign other certificates. */
  readonly authority: boolean;
  /** ISO 8601. */
  readonly notBefore: string;
  /** ISO 8601. */
  readonly notAfter: string;
  readonly serialNumber: string;
  /** SHA-256 of the DER form, lower-case hex. */
  readonly fingerprint: string;
}

/** Reads every certificate of a PEM text; `file` is named in errors, which end with status 2. */
export function describeCertificates(pem: string, file: string): CertificateView[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    const key = pem.includes("PRIVATE KEY-----") ? "; it holds a private key" : "";
    throw new CliError(
      Exit.usage,
      `${file} holds no certificate: expected a block that begins with -----BEGIN CERTIFICATE-----${key}`,
    );
  }
  return blocks.map((block, index) => {
    try {
      return describe(new X509Certificate(block));
    } catch (error) {
      throw new CliError(Exit.usage, `certificate ${index + 1} of ${file} cannot be read`, {
        cause: error,
      });
    }
  });
}

function describe(certificate: X509Certificate): CertificateView {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    names: certificate.subjectAltName?.split(", ") ?? [],
    authority: certificate.ca,
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: new Date(certificate.validTo).toISOString(),
    serialNumber: certificate.serialNumber.toLowerCase(),
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** The same for people; `now` (milliseconds since the epoch) decides whether it is said to be expired. */
export function formatCertificate(view: CertificateView, now: number): string {
  const expired = Date.parse(view.notAfter) < now ? "  EXPIRED" : "";
  const early = Date.parse(view.notBefore) > now ? "  NOT YET VALID" : "";
  return [
    `subject      ${printable(view.subject)}`,
    `issuer       ${printable(view.issuer)}`,
    ...view.names.map((name, index) =>
      `${index === 0 ? "names" : "     "}        ${printable(name)}`
    ),
    `authority    ${view.authority ? "yes" : "no"}`,
    `valid from   ${view.notBefore}${early}`,
    `valid until  ${view.notAfter}${expired}`,
    `serial       ${view.serialNumber}`,
    `SHA-256      ${view.fingerprint}`,
  ].join("\n");
}
