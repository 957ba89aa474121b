/**
 * What the codec functions take, as schemas: an adapter is given whatever somebody sends.
 *
 * @module
 */
import { z } from "zod";

const level = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);

const source = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64: z.string() }),
]);

/** A schema for the input of each function. */
export const inputs = {
  parse: z.union([
    z.strictObject({ text: z.string(), mode: z.enum(["strict", "tolerant"]).optional() }),
    z.strictObject({ base64: z.string(), mode: z.enum(["strict", "tolerant"]).optional() }),
  ]),
  source,
  uri: z.strictObject({ uri: z.string() }),
  text: z.strictObject({ text: z.string() }),
  fields: z.strictObject({ fields: z.array(z.string()) }),
  value: z.strictObject({ address: z.string(), level: level.optional() }),
  checkRequest: z.strictObject({
    message: z.string(),
    remote: z.string(),
    level,
    mismatch: z.enum(["refuse", "mark"]),
    minimumLevel: level.optional(),
  }),
  checkResponse: z.strictObject({
    message: z.string(),
    sent: z.array(z.string()),
    own: z.string().optional(),
    mode: z.enum(["chain", "neighbour"]),
    last: z.boolean(),
  }),
  judgeChain: z.strictObject({
    message: z.string(),
    remote: z.string(),
    local: z.string(),
    level,
    minimumLevel: level,
    mode: z.enum(["chain", "neighbour"]),
    side: z.enum(["callee", "caller"]),
    links: z.number().int().positive().optional(),
  }),
  spoof: z.strictObject({
    message: z.string(),
    names: z.array(z.string()),
    serverDomain: z.string().optional(),
  }),
  digest: z.strictObject({
    username: z.string(),
    realm: z.string(),
    password: z.string(),
    algorithm: z.enum(["SHA-256", "SHA-512-256", "MD5"]),
    nonce: z.string(),
    nc: z.string(),
    cnonce: z.string(),
    qop: z.literal("auth"),
    method: z.string(),
    uri: z.string(),
    body: z.string().optional(),
  }),
  match: z.strictObject({ value: z.string(), matcher: z.unknown() }),
} as const;
