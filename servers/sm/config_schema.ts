/**
 * The session manager's part of `ntm.yaml`: what may stand there, with the same defaults as
 * {@link smDefaults}.
 *
 *     domain: abc.test
 *     listen: [tls:127.0.0.1:5061, udp:127.0.0.1:5060]
 *     tls: { certificate: abc.pem, key: abc.key.pem, trust: [ca.pem] }
 *     neighbours: [xyz.test=127.0.0.2:5061]
 *     routeSecurity: { mismatch: refuse, check: chain, minimumLevel: 3 }
 *     policy: { default: allow, rules: [{ from: "*@xyz.test", to: user-e@abc.test, action: refuse }] }
 *     store: abc.db
 *
 * @module
 */
import { z } from "zod";
import { parseAddress } from "../../core/net/address.ts";
import { smDefaults } from "./config.ts";

const domain = z.string().max(253).regex(
  /^(?=.*[A-Za-z])[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/,
  "is no domain name, such as abc.test",
).describe("domain it serves: host of the names, realm of the digest");

const listen = z.string().refine(
  (text) => /^(udp|tcp|tls):/.test(text) && isAddress(text.slice(4)),
  "is not udp:, tcp: or tls: and an address with port, such as tls:127.0.0.1:5061 or tls:[::1]:5061",
).describe("KIND:ADDRESS:PORT, KIND one of udp, tcp, tls");

const neighbour = z.string().refine(
  (text) => {
    const at = text.indexOf("=");
    return at > 0 && isAddress(text.slice(at + 1));
  },
  "is not DOMAIN=ADDRESS:PORT, such as xyz.test=127.0.0.2:5061",
).describe("server of another domain, reached over mutual TLS: DOMAIN=ADDRESS:PORT");

function isAddress(text: string): boolean {
  try {
    return parseAddress(text) !== undefined;
  } catch {
    return false;
  }
}

const level = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
const milliseconds = z.int().min(1).max(2 ** 31 - 1);
const seconds = z.int().min(1).max(2 ** 31 - 1);
const count = z.int().min(1);

/** A mapping whose keys are the given defaults', each a number of the kind given. */
function numbers<T extends Readonly<Record<string, number>>>(defaults: T, kind: z.ZodInt) {
  const shape = Object.fromEntries(
    Object.entries(defaults).map(([key, value]) => [key, kind.default(value)]),
  ) as { [K in keyof T]: z.ZodDefault<z.ZodInt> };
  return z.strictObject(shape).prefault({} as never);
}

const { routeSecurity, authentication, registration } = smDefaults;

/** The schema of the file, of the environment's variables and of the options together. */
export const smFileSchema = z.strictObject({
  domain,
  listen: z.array(listen).min(1).max(64),
  tls: z.strictObject({
    certificate: z.string().min(1).describe("PEM file: own certificate, then the chain").optional(),
    key: z.string().min(1).describe("PEM file: private key of the certificate").optional(),
    trust: z.array(z.string().min(1)).default([]).describe("PEM files: authorities to trust"),
  }).prefault({}),
  neighbours: z.array(neighbour).max(1000).default([]),
  routeSecurity: z.strictObject({
    mismatch: z.enum(["refuse", "mark"]).default(routeSecurity.mismatch),
    addFrom: level.default(routeSecurity.addFrom),
    minimumLevel: level.default(routeSecurity.minimumLevel),
    check: z.enum(["chain", "neighbour"]).default(routeSecurity.check),
  }).prefault({}),
  policy: z.strictObject({
    default: z.enum(["allow", "refuse"]).default("allow"),
    rules: z.array(z.strictObject({
      from: z.string().min(1).max(300),
      to: z.string().min(1).max(300),
      action: z.enum(["allow", "refuse"]),
    })).max(10_000).default([]),
  }).prefault({}),
  authentication: z.strictObject({
    algorithms: z.array(z.enum(["SHA-256", "MD5"])).min(1).default([...authentication.algorithms]),
    nonceSeconds: seconds.default(authentication.nonceSeconds),
  }).prefault({}),
  registration: z.strictObject({
    minimumSeconds: seconds.default(registration.minimumSeconds),
    maximumSeconds: seconds.default(registration.maximumSeconds),
    defaultSeconds: seconds.default(registration.defaultSeconds),
    contacts: count.max(1000).default(registration.contacts),
  }).prefault({}),
  store: z.string().min(1).default(smDefaults.store)
    .describe("file of accounts and registrations; :memory: keeps nothing"),
  limits: numbers(smDefaults.limits, count),
  timers: numbers(smDefaults.timers, milliseconds),
});

/** A file that fits the schema, defaults filled in. */
export type SmFile = z.output<typeof smFileSchema>;
