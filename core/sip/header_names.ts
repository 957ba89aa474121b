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

/** A spelling and the key it stands for. */
export interface KnownForm {
  readonly form: string;
  readonly key: string;
}

/**
 * Known spellings by length and first letter: a look-up that compares one or two short strings, and
 * needs no hash of a name that was just cut out of a message.
 */
const LONGEST = 31;
const FORMS = new Array<KnownForm[] | undefined>((LONGEST + 1) << 5).fill(undefined);

for (const name of [...KNOWN, ...Object.values(COMPACT_FORMS)]) {
  const key = name.toLowerCase();
  know(name, key);
  if (name !== key) know(key, key);
}
for (const [compact, name] of Object.entries(COMPACT_FORMS)) {
  know(compact, name.toLowerCase());
  know(compact.toUpperCase(), name.toLowerCase());
}

function know(form: string, key: string): void {
  (FORMS[slot(form)] ??= []).push({ form, key });
}

function slot(name: string): number {
  return (name.length << 5) | (name.charCodeAt(0) & 31);
}

/** The spelling, if it is one this program knows: the usual one, all lower case, or compact. */
export function knownForm(name: string): KnownForm | undefined {
  if (name.length > LONGEST) return undefined;
  const forms = FORMS[slot(name)];
  if (forms === undefined) return undefined;
  for (let index = 0; index < forms.length; index++) {
    if (forms[index]!.form === name) return forms[index];
  }
  return undefined;
}

/** The key of a name in any form and case: the long form in lower case, `via` for `V`. */
export function canonicalKey(name: string): string {
  const known = knownForm(name);
  if (known !== undefined) return known.key;
  const lower = name.toLowerCase();
  return knownForm(lower)?.key ?? lower;
}
