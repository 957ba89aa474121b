/**
 * Certificates for a network of our own: one authority, and leaf certificates for servers and
 * terminals (ECDSA P-256, X.509 v3). Names go into subjectAltName, where RFC 5922 §7.1 looks for them.
 *
 * @module
 */
import type { JsonGeneralName } from "@peculiar/x509";

/** A certificate and its private key, both PEM (the key as PKCS #8). */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority: its own certificate, and the key it signs with. */
export type Authority = CertificateAndKey;

/** What an authority is made from. */
export interface AuthorityOptions {
  /** Common name of the subject, shown to people. */
  readonly commonName: string;
  /** Days of validity. */
  readonly days: number;
  /** Start of validity; an hour ago if omitted, so that clocks may be a little off. */
  readonly notBefore?: Date;
}

/** What a leaf certificate says of its holder. */
export interface CertificateOptions extends AuthorityOptions {
  /** URI entries: `sip:user@domain` for a terminal, `sip:domain` for a server. */
  readonly uris?: readonly string[];
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
}

/** X.509 lets a certificate say how it is meant to be used, so a leaf can never act as an authority. */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
/** RFC 5924: the certificate is meant for SIP. */
const SIP_DOMAIN = "1.3.6.1.5.5.7.3.20";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The library is large; it is loaded when the first certificate is made, not by `ntm --help`. */
async function library() {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** Makes an authority with a certificate signed by itself. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const x509 = await library();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject(options.commonName),
    ...validity(options),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate.toString("pem")), key: await privateKey(keys) };
}

/**
 * Issues a leaf certificate for TLS, as server and as client. Throws if the authority's PEM cannot be
 * read, or if no name at all is asked for.
 */
export async function issueCertificate(
  authority: Authority,
  options: CertificateOptions,
): Promise<CertificateAndKey> {
  const names = subjectNames(options);
  if (names.length === 0) {
    throw new TypeError(
      `certificate for "${options.commonName}" names nobody: give at least one URI, DNS name or IP address`,
    );
  }
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await importKey(authority.key);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject(options.commonName),
    issuer: issuer.subject,
    ...validity(options),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH, CLIENT_AUTH, SIP_DOMAIN]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: pem(certificate.toString("pem")), key: await privateKey(keys) };
}

function subjectNames(options: CertificateOptions): JsonGeneralName[] {
  return [
    ...(options.uris ?? []).map((value) => ({ type: "url" as const, value })),
    ...(options.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(options.ips ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
}

function subject(commonName: string) {
  return [{ CN: [commonName] }];
}

function validity({ days, notBefore }: AuthorityOptions): { notBefore: Date; notAfter: Date } {
  const start = notBefore ?? new Date(Date.now() - HOUR);
  return { notBefore: start, notAfter: new Date(start.getTime() + days * DAY) };
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets; 128 random bits with the top one clear. */
function serialNumber(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets.toHex();
}

async function newKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privateKey(keys: CryptoKeyPair): Promise<string> {
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(text: string): Promise<CryptoKey> {
  const match = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(
    text,
  );
  if (!match) {
    throw new TypeError(
      "authority's key is no PKCS #8 PEM: expected a block that begins with -----BEGIN PRIVATE KEY-----",
    );
  }
  const der = Uint8Array.fromBase64((match[1] ?? "").replaceAll(/\s/g, ""));
  return await crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

/** PEM with a line end at its end, so that certificates can be joined into a chain. */
function pem(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
