/**
 * Names of header fields: long forms, compact forms (RFC 3261 §7.3.3 and the extensions that define
 * some), and one key for each.
 *
 * @module
 */

/** Long form by compact form. */
export const COMPACT_FORMS: Readonly<Record<string, string>> = {
  a: "Accept-Contact", // RFC 3841
  b: "Referred-By", // RFC 3892
  c: "Content-Type",
  d: "Request-Disposition", // RFC 3841
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact", // RFC 3841
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  n: "Identity-Info", // RFC 4474
  o: "Event", // RFC 6665
  r: "Refer-To", // RFC 3515
  s: "Subject",
  t: "To",
  u: "Allow-Events", // RFC 6665
  v: "Via",
  x: "Session-Expires", // RFC 4028
  y: "Identity", // RFC 4474
};

/** Header fields this program knows by name, in the spelling it writes. */
const KNOWN = [
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Alert-Info",
  "Allow",
  "Authentication-Info",
  "Authorization",
  "Call-Info",
  "Content-Disposition",
  "Content-Language",
  "CSeq",
  "Date",
  "Error-Info",
  "Expires",
  "In-Reply-To",
  "Max-Forwards",
  "MIME-Version",
  "Min-Expires",
  "Min-SE",
  "Organization",
  "P-Asserted-Identity",
  "Path",
  "Priority",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Require",
  "RAck",
  "Reason",
  "Record-Route",
  "Reply-To",
  "Require",
  "Retry-After",
  "Route",
  "Route-Security",
  "RSeq",
  "Security-Client",
  "Security-Server",
  "Security-Verify",
  "Server",
  "Service-Route",
  "SIP-ETag",
  "SIP-If-Match",
  "Subscription-State",
  "Timestamp",
  "Unsupported",
  "User-Agent",
  "Warning",
  "WWW-Authenticate",
];

const KEYS = new Map<string, string>();
const NAMES = new Map<string, string>();
for (const name of [...KNOWN, ...Object.values(COMPACT_FORMS)]) {
  const key = name.toLowerCase();
  NAMES.set(key, name);
  for (const form of [name, key]) KEYS.set(form, key);
}
for (const [compact, name] of Object.entries(COMPACT_FORMS)) {
  for (const form of [compact, compact.toUpperCase()]) KEYS.set(form, name.toLowerCase());
}

/** The key of a name in any form and case: the long form in lower case, `via` for `V`. */
export function canonicalKey(name: string): string {
  const key = KEYS.get(name);
  if (key !== undefined) return key;
  const lower = name.toLowerCase();
  return KEYS.get(lower) ?? lower;
}

/** Whether a name is written in a form that needs no further check. */
export function isKnownForm(name: string): boolean {
  return KEYS.has(name);
}

/** The usual spelling of a key, `Call-ID` for `call-id`; a key that is not known stays as it is. */
export function canonicalName(key: string): string {
  return NAMES.get(key) ?? key;
}
