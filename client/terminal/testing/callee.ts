/**
 * A terminal that is called, for tests.
 *
 * @module
 */
import type { SipMessage, SipRequest, SipResponse } from "../../../core/sip/message.ts";
import type { IncomingCall, TerminalConfig } from "../mod.ts";
import { type Change, scriptedServer, SDP } from "./scripted_server.ts";

/** A registered terminal that keeps its calls ringing, or answers them. */
export async function registered(config: Partial<TerminalConfig> = {}, answer = false) {
  const server = scriptedServer();
  const calls: IncomingCall[] = [];
  const terminal = await server.terminal(config, {
    call: (call) => {
      calls.push(call);
      if (answer) call.answer();
    },
  });
  return { server, terminal, calls };
}

const toTag = (response: SipMessage) => response.headers.get("To")!;

export function ackOf(request: SipRequest, response: SipResponse): Change {
  return { callId: request.headers.get("Call-ID")!, to: toTag(response), contact: null };
}

/** An answered call, and what to put into requests within it. */
export async function answered(config: Partial<TerminalConfig> = {}, body = SDP) {
  const world = await registered(config, true);
  const invite = world.server.send("INVITE", { body });
  await world.server.response(180);
  const ok = await world.server.response(200);
  const within = ackOf(invite, ok);
  return { ...world, invite, ok, within };
}
