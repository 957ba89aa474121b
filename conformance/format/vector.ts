/**
 * The vector: one YAML file, one behaviour. docs/vectors.md is its manual, docs/schemas/vector.json
 * the published JSON Schema.
 *
 * @module
 */
import { z } from "zod";
import { step } from "./step.ts";
import { headerValue } from "./message.ts";
import { profileNames, roles } from "./profiles.ts";

/** A requirement's number. */
export const requirementId = z.string().regex(/^[A-Z0-9]+-\d+$/, "write it as SM-5");
/** How binding a vector is. */
export const levels = ["must", "should", "may"] as const;
/** How binding a vector is. */
export type Level = (typeof levels)[number];

const axisValue = z.union([z.string(), z.number(), z.boolean()]);
const axes = z.record(
  z.string().regex(/^[a-z][a-zA-Z0-9]*$/, "an axis is a camelCase name"),
  z.array(axisValue).min(1),
);
const exclude = z.array(z.record(z.string(), z.union([axisValue, z.array(axisValue)])));

/** How a peer's channel is made. */
export const channels = ["tls", "tls-certificate", "tcp", "udp"] as const;

const certificate = z.union([
  z.enum(["valid", "none", "expired", "not-yet-valid", "other-authority"]),
  z.string().regex(/^\$\{/),
  z.strictObject({
    uris: z.array(z.string()).optional(),
    dns: z.array(z.string()).optional(),
    authority: z.enum(["suite", "other"]).optional(),
    validity: z.enum(["valid", "expired", "not-yet-valid"]).optional(),
  }),
]).describe("the certificate the peer shows; default what its channel calls for");

const common = {
  ip: z.union([z.literal(4), z.literal(6), z.string()]).optional().describe("4 (default) or 6"),
  address: z.string().optional().describe("IP address in the simulator; live, one is assigned"),
  at: z.string().optional().describe("name of a peer whose address this one shares"),
  certificate: certificate.optional(),
};

/** A terminal the harness plays. */
export const terminalPeer = z.strictObject({
  is: z.literal("terminal"),
  name: z.string().describe("its SIP URI, for example sip:user-a@abc.test"),
  channel: z.union([z.enum(channels), z.string().regex(/\$\{/)]).optional().describe("default tls"),
  registered: z.union([z.boolean(), z.string()]).optional().describe(
    "registered before the first step; default true",
  ),
  connected: z.boolean().optional().describe("connected before the first step; default true"),
  password: z.string().optional(),
  server: z.enum(["a", "b"]).optional().describe("profile sm-chain: its session manager"),
  ...common,
});

/** A session manager the harness plays: a neighbour domain's, or the terminal's own. */
export const serverPeer = z.strictObject({
  is: z.literal("session-manager"),
  domain: z.string().optional().describe("default xyz.test; for a terminal IUT abc.test"),
  channel: z.union([z.enum(channels), z.string().regex(/\$\{/)]).optional(),
  connected: z.boolean().optional().describe(
    "as neighbour: whether it opens a channel before the first step; default true",
  ),
  registrar: z.enum(["automatic", "manual"]).optional().describe(
    "terminal IUT: whether REGISTER is answered by itself; default automatic",
  ),
  ...common,
});

/** A peer. */
export const peer = z.discriminatedUnion("is", [terminalPeer, serverPeer]);
/** A peer. */
export type PeerSpec = z.infer<typeof peer>;

const change = z.record(
  z.string(),
  z.union([headerValue, z.record(z.string(), z.unknown()), z.array(z.unknown()), z.boolean()]),
).describe("merged into the control's subject step: this one thing is different");

const purpose = {
  requirement: z.union([requirementId, z.array(requirementId).min(1)]),
  level: z.enum(levels),
};

/** One case of a vector. */
export const vectorCase = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words joined by hyphens"),
  title: z.string().optional(),
  requirement: purpose.requirement.optional(),
  level: purpose.level.optional(),
  axes: axes.optional(),
  exclude: exclude.optional(),
  change: change.optional(),
  steps: z.array(step).optional(),
  expect: z.array(step).optional(),
});
/** One case of a vector. */
export type VectorCase = z.infer<typeof vectorCase>;

/** Schema of a vector file. */
export const vectorSchema = z.strictObject({
  title: z.string().min(10).describe("the rule, as one sentence"),
  why: z.string().optional().describe("why a misuse matters"),
  requirement: purpose.requirement,
  level: purpose.level,
  iut: z.enum(roles),
  profile: z.union([z.enum(profileNames), z.array(z.enum(profileNames)).min(1)]).optional(),
  axes: axes.optional(),
  exclude: exclude.optional().describe("combinations of axis values to leave out"),
  variables: z.record(z.string().regex(/^[a-z][a-zA-Z0-9]*$/), z.union([z.string(), z.number()]))
    .optional(),
  terminal: z.strictObject({
    name: z.string().optional().describe("default sip:user-b@abc.test"),
    channel: z.union([z.enum(channels), z.string().regex(/\$\{/)]).optional(),
    registered: z.boolean().optional().describe("listening and registered first; default true"),
    ip: common.ip,
    address: common.address,
  }).optional().describe("iut: terminal: how the IUT is started"),
  peers: z.record(
    z.string().regex(/^(?!iut$|last$)[a-z][a-z0-9_-]*$/, 'a lower-case name other than "iut"'),
    peer,
  ).optional(),
  setup: z.array(step).optional(),
  control: z.union([
    z.array(step).min(1),
    z.strictObject({ none: z.string().min(10).describe("why there is no valid twin") }),
  ]).optional(),
  fresh: z.boolean().optional().describe("new channels and setup between control and case"),
  cases: z.array(vectorCase).min(1).optional(),
  steps: z.array(step).min(1).optional(),
  expect: z.array(step).optional(),
}).check((context) => {
  const v = context.value;
  const report = (path: PropertyKey[], message: string) =>
    context.issues.push({ code: "custom", input: v, path, message });
  if (!v.steps && !v.cases) report([], "a vector needs steps or cases");
  if (v.steps && v.cases) report(["steps"], "give steps or cases, not both");
}).meta({ title: "ntm conformance vector" });
/** A vector as written. */
export type Vector = z.infer<typeof vectorSchema>;
