/**
 * Performs the steps of a case.
 *
 * @module
 */
import { type Combination, type Condition, holds } from "../expand/axes.ts";
import type { PlannedStep } from "../expand/plan.ts";
import { substituteAll, VariableError } from "../expand/variables.ts";
import {
  type AnswerValue,
  milliseconds,
  type ReceiveValue,
  type SendValue,
} from "../format/message.ts";
import {
  type CompareValue,
  type ComputesValue,
  type DoesValue,
  type ExitsValue,
  type RebindValue,
  type RegisterValue,
  sentenceOf,
  type Step,
} from "../format/step.ts";
import { answerBytes } from "../peers/answer.ts";
import { octets } from "../peers/octets.ts";
import type { Peer } from "../peers/peer.ts";
import { requestBytes } from "../peers/request.ts";
import { compare } from "./compare.ts";
import { computes } from "./computes.ts";
import type { CaseContext } from "./context.ts";
import { Failure, Inconclusive } from "./failure.ts";
import { closes, connects, rebinds } from "./moves.ts";
import { receivesClosed, receivesNothing } from "./nothing.ts";
import { receive } from "./receive.ts";
import { register } from "./register.ts";
import { messageValue } from "./scope.ts";
import { does, exits } from "./terminal.ts";

/** A failure with the step it happened at. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  constructor(readonly planned: PlannedStep, readonly reason: Error) {
    super(reason.message, { cause: reason });
  }
}

/** Performs steps in order. Throws {@link StepFailure}. */
export async function perform(
  context: CaseContext,
  steps: readonly PlannedStep[],
): Promise<void> {
  for (const planned of steps) {
    const condition: Combination = { ...context.planned.combination, mode: context.world.mode };
    const { when, unless } = planned.step;
    if (when !== undefined && !holds(when as Condition, condition)) continue;
    if (unless !== undefined && holds(unless as Condition, condition)) continue;
    try {
      await performStep(context, planned);
    } catch (error) {
      if (error instanceof StepFailure) throw error;
      throw new StepFailure(planned, error instanceof Error ? error : new Error(String(error)));
    }
  }
}

async function performStep(context: CaseContext, planned: PlannedStep): Promise<void> {
  const { sentence, step } = planned;
  const written = step[sentence.key];
  if (sentence.kind === "plain" && sentence.verb === "repeat") {
    return await repeat(context, planned, written as { times: number; steps: Step[] });
  }
  if (sentence.kind === "peer" && sentence.verb === "receives") {
    return await receives(context, context.peer(sentence.peer), step, written);
  }
  const value = substituted(context, written);
  if (sentence.kind === "plain") {
    if (sentence.verb === "wait") return await context.wait(milliseconds(value as number | string));
    return compare(context, value as CompareValue);
  }
  if (sentence.kind === "iut") {
    if (sentence.verb === "does") return does(context, value as DoesValue);
    if (sentence.verb === "exits") return await exits(context, value as ExitsValue);
    return await computes(context, value as ComputesValue);
  }
  const peer = context.peer(sentence.peer);
  switch (sentence.verb) {
    case "sends":
      return sends(context, peer, value as SendValue);
    case "answers":
      return answers(context, peer, (value ?? {}) as AnswerValue);
    case "registers":
      return await registers(context, peer, (value ?? {}) as RegisterValue);
    case "connects":
      return await connects(
        context,
        peer,
        (value as { refused?: boolean } | null)?.refused ?? false,
      );
    case "closes":
      return await closes(context, peer);
    case "rebinds":
      return await rebinds(context, peer, (value ?? {}) as RebindValue);
  }
}

function substituted(context: CaseContext, value: unknown): unknown {
  try {
    return substituteAll(value, context.scope);
  } catch (error) {
    // A value that should have come by now did not: that is about the IUT's earlier answers.
    if (error instanceof VariableError) {
      throw new Failure(`a value for \${${error.expression}}`, error.message);
    }
    throw error;
  }
}

async function repeat(
  context: CaseContext,
  planned: PlannedStep,
  value: { times: number; steps: Step[] },
): Promise<void> {
  const steps = value.steps.map((step, index) => ({
    sentence: sentenceOf(step),
    step,
    path: [...planned.path, "repeat", "steps", index],
  }));
  for (let turn = 0; turn < value.times; turn++) await perform(context, steps);
}

function bodyOf(
  context: CaseContext,
  body: SendValue["body"],
): string | Uint8Array | undefined {
  if (body === undefined || typeof body === "string") return body;
  return octets(body, context.planned.source.file);
}

function sends(context: CaseContext, peer: Peer, value: SendValue): void {
  context.actor = peer;
  if (value.raw !== undefined) {
    const message = peer.send(octets(value.raw, context.planned.source.file));
    if (value.as !== undefined && message) context.kept.set(value.as, messageValue(message));
    return;
  }
  if (value.request === undefined) throw new Inconclusive("sends needs request or raw");
  const owner = value.dialog === undefined ? peer : context.peer(value.dialog);
  const body = bodyOf(context, value.body);
  const { dialog: _, ...given } = value;
  const message = peer.send(requestBytes(peer, { ...given, request: value.request, body }, owner));
  if (value.as !== undefined && message) context.kept.set(value.as, messageValue(message));
}

/** Keys of `receives` that say which message is meant; the rest is filled in once it is there. */
const selecting = ["request", "status", "to", "within", "nothing", "closed"];

async function receives(
  context: CaseContext,
  peer: Peer,
  step: Step,
  written: unknown,
): Promise<void> {
  if (written === "nothing") return await receivesNothing(context, peer, true, undefined);
  if (written === "closed") return await receivesClosed(context, peer, undefined);
  if (typeof written !== "object" || written === null) {
    throw new Inconclusive(`receives: ${String(written)} is unknown`);
  }
  const chosen = Object.entries(written).filter(([key]) => selecting.includes(key));
  const meant = substituted(context, Object.fromEntries(chosen)) as ReceiveValue;
  const within = meant.within === undefined ? undefined : milliseconds(meant.within);
  if (meant.nothing !== undefined) {
    return await receivesNothing(context, peer, meant.nothing, within);
  }
  if (meant.closed) return await receivesClosed(context, peer, within);
  await receive(context, peer, meant, () => ({
    value: substituted(context, written) as ReceiveValue,
    should: substituted(context, step["should"]) as ReceiveValue | undefined,
  }));
}

function answers(context: CaseContext, peer: Peer, value: AnswerValue): void {
  context.actor = peer;
  const received = peer.inbox.all.findLast(({ message, answered }) =>
    message?.kind === "request" && !answered && message.method !== "ACK" &&
    (value.to === undefined || message.method === value.to)
  );
  if (received?.message?.kind !== "request") {
    const what = value.to ?? "any method";
    throw new Inconclusive(`${peer.facts.label} has no request to answer (${what})`);
  }
  if (value.raw !== undefined) {
    const bytes = octets(value.raw, context.planned.source.file);
    peer.respond(bytes, received.message, received.link);
    return;
  }
  const body = bodyOf(context, value.body);
  const { to: _, ...given } = value;
  const bytes = answerBytes(peer, received.message, { ...given, body } as never, peer.held);
  const message = peer.respond(bytes, received.message, received.link);
  if (value.as !== undefined && message) context.kept.set(value.as, messageValue(message));
}

async function registers(context: CaseContext, peer: Peer, value: RegisterValue): Promise<void> {
  context.actor = peer;
  const response = await register(peer, value, context.times.timeoutMilliseconds);
  if (value.as !== undefined) context.kept.set(value.as, messageValue(response));
}
