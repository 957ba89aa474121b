/**
 * Steps of a vector. A step is a mapping with one sentence as its key, `alice sends`, and modifiers
 * beside it: `when`, `unless`, `should`, `note`.
 *
 * @module
 */
import { z } from "zod";
import { answerValue, durationValue, matcher, receiveValue, sendValue } from "./message.ts";

const empty = z.union([z.null(), z.strictObject({})]);

/** What `<peer> registers` takes. */
export const registerValue = z.union([
  z.null(),
  z.strictObject({
    expires: z.number().int().nonnegative().optional(),
    name: z.string().optional().describe("the name in To; default the peer's own"),
    from: z.string().optional(),
    contact: z.string().optional(),
    password: z.string().optional(),
    algorithm: z.string().optional(),
    status: z.union([z.number(), z.string()]).optional().describe("final status; default 200"),
    proof: z.enum(["required", "optional"]).optional().describe(
      "whether the server's rspauth may be missing (a wrong one never may); default optional",
    ),
    as: z.string().optional(),
  }),
]);

/** What `<peer> registers` takes. */
export type RegisterValue = NonNullable<z.infer<typeof registerValue>>;

/** What `<peer> connects` takes. */
export const connectValue = z.union([
  z.null(),
  z.strictObject({
    refused: z.boolean().optional().describe("the IUT must refuse the connection or the handshake"),
  }),
]);

/** What `<peer> rebinds` takes: a new channel, from a new address and port. */
export const rebindValue = z.union([
  z.null(),
  z.strictObject({
    keep: z.boolean().optional().describe("leave the old channel open"),
    address: z.enum(["new", "same"]).optional().describe("default new"),
    channel: z.string().optional(),
    registers: z.boolean().optional().describe("default true when it was registered before"),
  }),
]);

/** What `<peer> rebinds` takes. */
export type RebindValue = NonNullable<z.infer<typeof rebindValue>>;

/** What `iut does` takes: exactly one. */
export const doesValue = z.strictObject({
  listen: z.boolean().optional(),
  register: z.boolean().optional(),
  call: z.string().optional().describe("URI to call"),
  message: z.strictObject({ to: z.string(), text: z.string() }).optional(),
  hangup: z.boolean().optional(),
  stop: z.boolean().optional(),
  from: z.string().optional().describe("with call or message: the name to claim"),
}).check((context) => {
  const given = ["listen", "register", "call", "message", "hangup", "stop"]
    .filter((key) => context.value[key as "call"] !== undefined);
  if (given.length !== 1) {
    context.issues.push({
      code: "custom",
      input: context.value,
      path: [],
      message: "give exactly one of listen, register, call, message, hangup, stop",
    });
  }
});
/** What `iut does` takes. */
export type DoesValue = z.infer<typeof doesValue>;

/** What `iut exits` takes: success (status 0), failure (any other), or a status. */
export const exitsValue = z.union([
  z.enum(["success", "failure"]),
  z.strictObject({
    status: z.union([z.number(), z.string()]).optional(),
    output: matcher.optional().describe("standard output or the embedded terminal's outcome"),
    within: durationValue.optional(),
  }),
]);

/** What `iut exits` takes. */
export type ExitsValue = z.infer<typeof exitsValue>;

/** What `iut computes` takes (codec vectors). */
export const computesValue = z.strictObject({
  function: z.string(),
  input: z.unknown(),
  returns: z.unknown().optional(),
  fails: z.union([z.literal(true), z.record(z.string(), matcher)]).optional(),
  as: z.string().optional(),
}).check((context) => {
  if ((context.value.returns === undefined) === (context.value.fails === undefined)) {
    context.issues.push({
      code: "custom",
      input: context.value,
      path: [],
      message: "give either returns or fails",
    });
  }
});
/** What `iut computes` takes. */
export type ComputesValue = z.infer<typeof computesValue>;

/** What `compare` takes: two kept messages that must look alike. */
export const compareValue = z.strictObject({
  left: z.string(),
  right: z.string(),
  differ: z.array(z.string()).optional().describe(
    "headers present in both whose values may differ; default Via, From, To, Call-ID, CSeq",
  ),
});

/** What `compare` takes. */
export type CompareValue = z.infer<typeof compareValue>;

const condition = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
);

/** What each verb takes; the verb is the second word of the sentence. */
export const verbs = {
  sends: sendValue,
  receives: receiveValue,
  answers: answerValue,
  registers: registerValue,
  connects: connectValue,
  closes: empty,
  rebinds: rebindValue,
} as const;
/** What a peer can do. */
export type Verb = keyof typeof verbs;

/** What `iut` can do. */
export const iutVerbs = { does: doesValue, exits: exitsValue, computes: computesValue } as const;
/** What the IUT can do. */
export type IutVerb = keyof typeof iutVerbs;

/** Steps without a subject. */
export const plainSteps = {
  wait: durationValue,
  compare: compareValue,
  repeat: z.lazy(() =>
    z.strictObject({ times: z.number().int().min(1).max(1000), steps: z.array(step).min(1) })
  ),
} as const;
/** A step without a subject. */
export type PlainStep = keyof typeof plainSteps;

/** Modifiers of a step. */
export const modifiers = {
  when: condition.optional().describe("the step is taken only if these axes have these values"),
  unless: condition.optional().describe("the step is left out if these axes have these values"),
  should: z.unknown().optional().describe(
    "with receives: what is recommended besides; a deviation is a remark, not a failure",
  ),
  note: z.string().optional(),
  subject: z.boolean().optional().describe("in control: the step that `change` changes"),
} as const;

/** A step as written: one sentence and modifiers. */
export type Step = Record<string, unknown>;

/** A sentence taken apart. */
export type Sentence =
  | { kind: "peer"; key: string; peer: string; verb: Verb }
  | { kind: "iut"; key: string; verb: IutVerb }
  | { kind: "plain"; key: string; verb: PlainStep };

/** Takes a step's key apart; undefined when it is no sentence. */
export function parseSentence(key: string): Sentence | undefined {
  if (Object.hasOwn(plainSteps, key)) return { kind: "plain", key, verb: key as PlainStep };
  const match = /^([a-z][a-z0-9_-]*) ([a-z]+)$/.exec(key);
  if (!match) return undefined;
  const [, subject, verb] = match as unknown as [string, string, string];
  if (subject === "iut") {
    return Object.hasOwn(iutVerbs, verb) ? { kind: "iut", key, verb: verb as IutVerb } : undefined;
  }
  return Object.hasOwn(verbs, verb)
    ? { kind: "peer", key, peer: subject, verb: verb as Verb }
    : undefined;
}

/** The sentence of a step that passed the schema. */
export function sentenceOf(step: Step): Sentence {
  for (const key of Object.keys(step)) {
    const sentence = parseSentence(key);
    if (sentence) return sentence;
  }
  throw new TypeError(`step without a sentence: ${Object.keys(step).join(", ")}`);
}

/** Schema of what a sentence takes. */
export function valueSchema(sentence: Sentence): z.ZodType {
  if (sentence.kind === "plain") return plainSteps[sentence.verb];
  return sentence.kind === "iut" ? iutVerbs[sentence.verb] : verbs[sentence.verb];
}

/**
 * Schema of a step as far as a schema goes; `conformance/load/steps.ts` checks the sentence and what it
 * takes, so that each mistake is reported at its own place.
 */
export const step: z.ZodType<Step> = z.record(z.string(), z.unknown()).meta({ id: "Step" });
