/**
 * What the codec functions take, as schemas: an adapter is given whatever somebody sends.
 *
 * @module
 */
import { z } from "zod";
import { U48_LIMIT } from "../../core/ntm/header.ts";
import { DIRECTIONS, KEY_LABELS } from "../../core/ntm/key_labels.ts";

const level = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);

const source = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64: z.string() }),
]);

const hex = z.string().regex(/^([0-9a-f]{2})*$/i, "hexadecimal text, two digits an octet");
const octets32 = z.string().regex(/^[0-9a-f]{64}$/i, "32 octets as hexadecimal text");
const association = {
  id: z.string(),
  secret: octets32,
  label: z.enum(KEY_LABELS),
  suite: z.enum(["aes-256-gcm", "chacha20-poly1305"]),
};

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
  ntmOctets: z.strictObject({ hex }),
  ntmHeader: z.strictObject({
    type: z.number(),
    pathId: z.string(),
    sequence: z.number(),
  }),
  ntmMessage: z.strictObject({ message: z.string(), hex }),
  ntmFields: z.strictObject({ message: z.string(), fields: z.unknown() }),
  ntmKey: z.strictObject({ ...association, direction: z.enum(DIRECTIONS) }),
  ntmAgreement: z.strictObject({
    label: z.enum(KEY_LABELS),
    side: z.enum(["request", "response"]),
    private: octets32,
    requestShare: octets32,
    requestNonce: octets32,
    responseShare: octets32,
    responseNonce: octets32,
    old: octets32.optional(),
  }),
  ntmSeal: z.strictObject({
    ...association,
    direction: z.enum(DIRECTIONS),
    type: z.number().int().min(0).max(255),
    sequence: z.number().int().min(0).max(U48_LIMIT),
    plaintext: hex,
  }),
  ntmOpen: z.strictObject({
    ...association,
    from: z.array(z.enum(DIRECTIONS)).min(1).max(2),
    datagrams: z.array(hex),
  }),
  ntmPath: z.strictObject({ initiator: z.unknown(), responder: z.unknown() }),
} as const;
