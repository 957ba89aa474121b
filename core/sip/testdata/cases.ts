/**
 * What RFC 4475 and RFC 5118 ask of a parser, message by message.
 *
 * @module
 */

/** One message of a corpus. */
export interface TortureCase {
  /** Folder and file in this folder. */
  readonly file: string;
  /** Section of the RFC; undefined for a file that no section mentions. */
  readonly section?: string;
  /** What the message is, and what the section asks of whoever reads it. */
  readonly asks: string;
  /** What a strict parser must say: `accept`, or the status a server refuses the request with. */
  readonly strict: "accept" | 400 | 501 | 505;
}

const rows: readonly (readonly [string, string | undefined, TortureCase["strict"], string])[] = [
  ["wsinv", "3.1.1.1", "accept", "folds, compact forms, odd case and white space: valid"],
  [
    "intmeth",
    "3.1.1.2",
    "accept",
    "every character a token, URI, Call-ID or quoted string may hold: valid",
  ],
  [
    "esc01",
    "3.1.1.3",
    "accept",
    "% escapes in URIs: valid, user `sips%3Auser%40example.com` stays escaped",
  ],
  ["escnull", "3.1.1.4", "accept", "escaped NUL in URIs: valid, and no string ends there"],
  ["esc02", "3.1.1.5", "accept", "% where it is no escape, in method and display name: valid"],
  ["lwsdisp", "3.1.1.6", "accept", "no space between display name and <: valid"],
  ["longreq", "3.1.1.7", "accept", "long values and 34 Via: valid"],
  ["dblreq", "3.1.1.8", "accept", "a second request behind the first in one datagram: ignored"],
  ["semiuri", "3.1.1.9", "accept", "semicolon in the user part: belongs to the user"],
  ["transports", "3.1.1.10", "accept", "known and unknown transports in Via: valid"],
  ["mpart01", "3.1.1.11", "accept", "binary multipart body: valid, octets kept"],
  ["unreason", "3.1.1.12", "accept", "UTF-8 reason phrase: valid"],
  ["noreason", "3.1.1.13", "accept", "empty reason phrase: valid"],
  ["badinv01", "3.1.2.1", 400, "extra separators in Via and Contact: 400"],
  ["clerr", "3.1.2.2", 400, "Content-Length larger than the datagram: 400"],
  ["ncl", "3.1.2.3", 400, "negative Content-Length: 400"],
  ["scalar02", "3.1.2.4", 400, "numbers too large in a request: 400"],
  ["scalarlg", "3.1.2.5", 400, "numbers too large in a response: dropped"],
  ["quotbal", "3.1.2.6", 400, "quoted string without end: 400"],
  ["ltgtruri", "3.1.2.7", 400, "Request-URI in <>: 400"],
  ["lwsruri", "3.1.2.8", 400, "white space in the Request-URI: 400"],
  ["lwsstart", "3.1.2.9", 400, "several spaces in the start line: 400"],
  ["trws", "3.1.2.10", 400, "space after the version: 400"],
  ["escruri", "3.1.2.11", 400, "headers in the Request-URI: 400"],
  ["baddate", "3.1.2.12", 400, "time zone other than GMT in Date: 400 (it may also be ignored)"],
  ["regbadct", "3.1.2.13", 400, "Contact URI with ? and no <>: 400"],
  ["badaspec", "3.1.2.14", 400, "spaces inside <>: 400"],
  ["baddn", "3.1.2.15", 400, "comma in a display name without quotes: 400"],
  ["badvers", "3.1.2.16", 505, "SIP/7.0: 505"],
  ["mismatch01", "3.1.2.17", 400, "method of CSeq differs: 400"],
  ["mismatch02", "3.1.2.18", 501, "unknown method, and CSeq differs: 501 (or 400)"],
  ["bigcode", "3.1.2.19", 400, "status 4294967301 in a response: dropped"],
  [
    "badbranch",
    "3.2.1",
    "accept",
    "branch `z9hG4bK` and nothing more: for the transaction layer, as RFC 2543",
  ],
  ["insuf", "3.3.1", 400, "no From, To, Call-ID: 400"],
  ["unkscm", "3.3.2", "accept", "unknown scheme in the Request-URI: for the application, 416"],
  ["novelsc", "3.3.3", "accept", "registered but odd scheme: for the application, 416"],
  ["unksm2", "3.3.4", "accept", "unknown schemes in To, From, Contact: for the registrar"],
  ["bext01", "3.3.5", "accept", "unknown extensions required: for the application, 420"],
  ["invut", "3.3.6", "accept", "unknown content type: for the application, 415"],
  ["regaut01", "3.3.7", "accept", "unknown authorization scheme: for the registrar, as if without"],
  ["multi01", "3.3.8", 400, "several From, To, Call-ID, CSeq, Max-Forwards: 400"],
  ["mcl01", "3.3.9", 400, "two Content-Length: 400, and no framing"],
  [
    "bcast",
    "3.3.10",
    "accept",
    "response whose Via names a broadcast address: for the transport, dropped",
  ],
  ["zeromf", "3.3.11", "accept", "Max-Forwards 0: for the application, 483 or an answer"],
  ["cparam01", "3.3.12", "accept", "unknown parameter of Contact: valid"],
  ["cparam02", "3.3.13", "accept", "unknown parameter of the Contact URI: valid"],
  ["regescrt", "3.3.14", "accept", "Contact URI with an escaped Route header: valid"],
  ["sdp01", "3.3.15", "accept", "Accept without SDP: for the application, 406"],
  ["inv2543", "3.4.1", "accept", "INVITE of RFC 2543: no branch, no Max-Forwards"],
  ["test", undefined, 400, "in the archive, but in no section: no version, a line without a colon"],
];

const ipv6: typeof rows = [
  ["ipv6-good", "4.1", "accept", "IPv6 references: valid"],
  ["ipv6-bad", "4.2", 400, "IPv6 address without brackets in the Request-URI: 400"],
  ["port-ambiguous", "4.3", "accept", "port inside the brackets: valid, and part of the address"],
  ["port-unambiguous", "4.4", "accept", "port after the brackets: valid"],
  ["via-received-param-with-delim", "4.5", "accept", "`received` with brackets: accepted"],
  ["via-received-param-no-delim", "4.5", "accept", "`received` without brackets: accepted"],
  [
    "ipv6-in-sdp",
    "4.6",
    400,
    "IPv6 in SDP: valid, but the file's Content-Length is 17 octets too large",
  ],
  ["mult-ip-in-header", "4.7", "accept", "IPv4 and IPv6 in one message: valid"],
  ["mult-ip-in-sdp", "4.8", "accept", "IPv4 and IPv6 in one SDP: valid"],
  ["ipv4-mapped-ipv6", "4.9", "accept", "IPv4-mapped addresses: valid"],
  [
    "ipv6-bug-abnf-3-colons",
    "4.10",
    "accept",
    "three colons before an IPv4 address, RFC 3261's slip: accepted",
  ],
  ["ipv6-correct-abnf-2-colons", "4.10", "accept", "two colons there: valid"],
];

/** All messages of both corpora. */
export const TORTURE_CASES: readonly TortureCase[] = [
  ...rows.map(([name, section, strict, asks]) => ({
    file: `rfc4475/${name}.dat`,
    section,
    strict,
    asks,
  })),
  ...ipv6.map(([name, section, strict, asks]) => ({
    file: `rfc5118/${name}`,
    section,
    strict,
    asks,
  })),
];

/** The octets of a case as they would be on the wire: the archive of RFC 5118 ends lines with LF. */
export async function readCase(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(new URL(`./${file}`, import.meta.url));
  if (file.startsWith("rfc4475/")) return bytes;
  const text = new TextDecoder().decode(bytes).replaceAll("\n", "\r\n");
  return new TextEncoder().encode(text.includes("\r\n\r\n") ? text : `${text}\r\n`);
}
