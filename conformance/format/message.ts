/**
 * How a vector writes messages: what to send, and what to expect.
 *
 * @module
 */
import { z } from "zod";

/** A header's value: text or number; a list is several fields in order; null removes a default. */
export const headerValue = z.union([
  z.string(),
  z.number(),
  z.null(),
  z.array(z.union([z.string(), z.number()])).min(1),
]).describe("text; a list is several header fields in order; null removes what would be filled in");
/** A header's value in a message to send. */
export type HeaderValue = z.infer<typeof headerValue>;

/** Octets as they stand: text (LF becomes CRLF), hex, base64, or a file beside the vector. */
export const rawValue = z.union([
  z.string(),
  z.strictObject({ text: z.string() }),
  z.strictObject({ hex: z.string().regex(/^[0-9a-fA-F\s]*$/) }),
  z.strictObject({ base64: z.string() }),
  z.strictObject({ file: z.string().describe("path relative to the vector's file") }),
]);
/** Octets as they stand. */
export type RawValue = z.infer<typeof rawValue>;

/** What a received value must be. See docs/vectors.md, "Matchers". */
export type Matcher =
  | string
  | number
  | boolean
  | null
  | Matcher[]
  | {
    is?: Matcher;
    uri?: Matcher;
    parameter?: Record<string, Matcher>;
    contains?: string;
    not?: Matcher;
    oneOf?: Matcher[];
    count?: Matcher;
    first?: Matcher;
    last?: Matcher;
    any?: Matcher;
    capture?: string;
  };

/** Schema of {@link Matcher}. */
export const matcher: z.ZodType<Matcher> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(matcher),
    z.strictObject({
      is: matcher.optional().describe("a matcher, to combine with capture"),
      uri: matcher.optional().describe("of a name-addr such as From: its URI"),
      parameter: z.record(z.string(), matcher).optional().describe("of a header: its parameters"),
      contains: z.string().optional(),
      not: matcher.optional(),
      oneOf: z.array(matcher).optional(),
      count: matcher.optional().describe("number of list elements"),
      first: matcher.optional().describe("the first list element"),
      last: matcher.optional().describe("the last list element"),
      any: matcher.optional().describe("at least one list element"),
      capture: z.string().optional().describe("name of a variable to keep the value in"),
    }),
  ])
).meta({ id: "Matcher" });

const duration = z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?(ms|s|min|h)$/)])
  .describe("milliseconds, or a number with ms, s, min or h");
/** Schema of a duration. */
export const durationValue = duration;

/** Milliseconds of a duration as vectors write it. */
export function milliseconds(value: number | string): number {
  if (typeof value === "number") return value;
  const match = /^(\d+(?:\.\d+)?)(ms|s|min|h)$/.exec(value);
  if (!match) throw new RangeError(`not a duration: ${value}; write for example 500ms or 2s`);
  const unit = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }[match[2] as "ms" | "s" | "min" | "h"];
  return Number(match[1]) * unit;
}

/** Whether a key of a message is a header's name: upper-case first letter, or a compact form. */
export function isHeaderKey(key: string): boolean {
  return /^(?:[A-Z][A-Za-z0-9.!%*_+`'~-]*|[a-z])$/.test(key);
}

/** A check for objects whose other keys are headers: any other key is unknown. */
export function onlyHeaders(known: readonly string[]) {
  return (context: z.core.ParsePayload<Record<string, unknown>>) => {
    const keys = Object.keys(context.value).filter((k) => !known.includes(k) && !isHeaderKey(k));
    if (keys.length > 0) {
      context.issues.push({ code: "unrecognized_keys", keys, input: context.value, path: [] });
    }
  };
}

const sendFields = {
  request: z.string().optional().describe(
    '"METHOD URI"; "METHOD" alone is sent within the dialog the peer is in',
  ),
  dialog: z.string().optional().describe("whose dialog to send in, when not the peer's own"),
  digest: z.strictObject({
    username: z.string().optional(),
    password: z.string().optional(),
    realm: z.string().optional(),
    nonce: z.string().optional(),
    algorithm: z.string().optional(),
    uri: z.string().optional(),
    method: z.string().optional(),
    cnonce: z.string().optional(),
    nc: z.string().optional(),
    response: z.string().optional(),
  }).optional().describe("adds Authorization for the last challenge received; fields override"),
  body: z.union([z.string(), rawValue]).optional(),
  headers: z.record(z.string(), headerValue).optional().describe(
    "headers whose names the short form does not allow, such as all lower case",
  ),
  raw: rawValue.optional().describe("the whole message as it stands; nothing is filled in"),
  as: z.string().optional().describe("variable to keep the sent message in"),
};
/** What `<peer> sends` takes. */
export const sendValue = z.object(sendFields).catchall(headerValue)
  .check(onlyHeaders(Object.keys(sendFields)));
/** What `<peer> sends` takes. */
export type SendValue = z.infer<typeof sendValue>;

const answerFields = {
  status: z.union([z.number(), z.string()]).optional().describe("100 to 699; default 200"),
  reason: z.string().optional().describe("reason phrase"),
  to: z.string().optional().describe("method of the request to answer; default the last received"),
  body: z.union([z.string(), rawValue]).optional(),
  headers: sendFields.headers,
  raw: sendFields.raw,
  rspauth: z.strictObject({
    password: z.string().optional(),
    value: z.string().optional(),
    omit: z.boolean().optional(),
  }).optional().describe("a server's proof in its answer to a REGISTER with Authorization"),
  challenge: z.strictObject({
    realm: z.string().optional(),
    nonce: z.string().optional(),
    algorithm: z.string().optional(),
    qop: z.string().optional(),
  }).optional().describe("adds WWW-Authenticate"),
  as: sendFields.as,
};
/** What `<peer> answers` takes. */
export const answerValue = z.object(answerFields).catchall(headerValue)
  .check(onlyHeaders(Object.keys(answerFields)));
/** What `<peer> answers` takes. */
export type AnswerValue = z.infer<typeof answerValue>;

const receiveFields = {
  request: z.string().optional().describe('"METHOD" or "METHOD URI"; the URI may be a /regex/'),
  status: z.union([z.number(), z.string(), z.array(z.number())]).optional().describe(
    'number, range "400..699", or list',
  ),
  reason: matcher.optional(),
  to: z.string().optional().describe("method of the request this answers; default the last sent"),
  body: matcher.optional(),
  headers: z.record(z.string(), matcher).optional(),
  within: durationValue.optional(),
  as: z.string().optional().describe("variable to keep the received message in"),
  nothing: z.union([z.literal(true), z.enum(["request", "response"])]).optional().describe(
    "nothing at all, no request, or no response",
  ),
  closed: z.boolean().optional().describe("the IUT closes the connection"),
};
/** What `<peer> receives` takes. */
export const receiveValue = z.union([
  z.enum(["nothing", "closed"]),
  z.object(receiveFields).catchall(matcher).check(onlyHeaders(Object.keys(receiveFields))),
]);
/** What `<peer> receives` takes, an object. */
export type ReceiveValue = Exclude<z.infer<typeof receiveValue>, string>;
