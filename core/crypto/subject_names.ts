/**
 * Names of a certificate's holder, read from the DER of subjectAltName (RFC 5280 §4.2.1.6).
 *
 * The text that TLS libraries offer (`URI:a, DNS:b`) cannot tell a comma inside a name from one
 * between names, so that a name could smuggle in another; the DER can.
 *
 *     TBSCertificate … extensions [3] { SEQUENCE { SEQUENCE { OID, critical?, OCTET STRING } … } }
 *
 * @module
 */

/** Names by kind. URIs as written, DNS names lower-case, IP addresses as their 4 or 16 octets. */
export interface SubjectNames {
  readonly uris: string[];
  readonly dns: string[];
  readonly ips: Uint8Array[];
}

const SEQUENCE = 0x30;
const OID = 0x06;
const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const URI_NAME = 0x86;
const IP_NAME = 0x87;
/** 2.5.29.17, subjectAltName. */
const SUBJECT_ALT_NAME = "551d11";

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly end: number;
}

/** Reads the names; throws a `SyntaxError` with the offset where the DER is broken. */
export function subjectNames(der: Uint8Array): SubjectNames {
  const names: SubjectNames = { uris: [], dns: [], ips: [] };
  const certificate = expect(der, SEQUENCE, "certificate");
  const body = expect(certificate, SEQUENCE, "TBSCertificate");
  for (const field of elements(body)) {
    if (field.tag !== EXTENSIONS) continue;
    for (const extension of elements(expect(field.content, SEQUENCE, "extensions"))) {
      const parts = [...elements(extension.content)];
      const id = parts[0];
      const value = parts.at(-1);
      if (id?.tag !== OID || id.content.toHex() !== SUBJECT_ALT_NAME) continue;
      if (value?.tag !== OCTET_STRING) {
        throw new SyntaxError("subjectAltName holds no octet string");
      }
      collect(expect(value.content, SEQUENCE, "subjectAltName"), names);
    }
  }
  return names;
}

function collect(content: Uint8Array, names: SubjectNames): void {
  for (const name of elements(content)) {
    if (name.tag === IP_NAME) names.ips.push(name.content);
    // IA5String; a name with a control character or beyond ASCII proves nothing and is left out.
    const text = printable(name.content);
    if (text === undefined) continue;
    if (name.tag === URI_NAME) names.uris.push(text);
    if (name.tag === DNS_NAME) names.dns.push(text.toLowerCase());
  }
}

function printable(octets: Uint8Array): string | undefined {
  if (octets.length === 0 || octets.some((octet) => octet < 0x21 || octet > 0x7e)) return undefined;
  return String.fromCharCode(...octets);
}

function expect(bytes: Uint8Array, tag: number, what: string): Uint8Array {
  const element = read(bytes, 0);
  if (element.tag !== tag) {
    throw new SyntaxError(`${what} expected at offset 0, got tag ${element.tag}`);
  }
  return element.content;
}

function* elements(bytes: Uint8Array): Generator<Element> {
  for (let at = 0; at < bytes.length;) {
    const element = read(bytes, at);
    yield element;
    at = element.end;
  }
}

/** One tag, length and content (X.690 §8.1, definite lengths only). */
function read(bytes: Uint8Array, at: number): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new SyntaxError(`DER ends at offset ${at}`);
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 3) {
      throw new SyntaxError(`DER length out of range at offset ${at + 1}`);
    }
    length = 0;
    for (let index = 0; index < octets; index++) {
      length = length * 256 + (bytes[start + index] ?? 0);
    }
    start += octets;
  }
  const end = start + length;
  if (end > bytes.length) throw new SyntaxError(`DER ends inside the element at offset ${at}`);
  return { tag, content: bytes.subarray(start, end), end };
}
