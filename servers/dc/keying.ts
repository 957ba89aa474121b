/**
 * Which keys a DC makes for a tunnel, and what each end is told of them: the policy of the two profiles
 * (NTM-10, NTM-22, NTM-24, NTM-34, NTM-35).
 *
 * @module
 */
import type { Instruction, RelayDirection } from "../../core/ntm/messages/mod.ts";
import type { PathDecision } from "../../core/ntm/path_decision.ts";
import type { Profile, Side } from "../../core/ntm/values.ts";
import type { Random } from "../../core/runtime/runtime.ts";

/** What one end is told. */
export type EndKeys = Pick<Instruction, "starts" | "makesKey" | "temporaryKey" | "tunnelKey">;

/** Keys of one tunnel. */
export interface TunnelKeying {
  readonly ends: Readonly<Record<Side, EndKeys>>;
  /** What the RS gets: never Ktmp. */
  readonly relay: Pick<RelayDirection, "tunnelKey" | "initiatorKey" | "responderKey">;
}

const SECRET_OCTETS = 32;

/** Makes the keys of a tunnel. */
export function makeKeying(
  profile: Profile,
  decision: PathDecision,
  random: Random,
): TunnelKeying {
  const secret = () => random.bytes(SECRET_OCTETS);
  const temporaryKey = secret();
  const starts: Side = decision.is === "direct" ? decision.starts : "initiator";
  // `security`: the end that asked makes Kmncn, whoever starts; `platform`: the end that starts.
  const maker: Side = profile === "security" ? "initiator" : starts;
  const end = (side: Side, tunnelKey?: Uint8Array): EndKeys => ({
    ...{ starts: side === starts, makesKey: side === maker, temporaryKey },
    ...(tunnelKey && { tunnelKey }),
  });
  if (profile === "security") {
    const tunnelKey = secret();
    const ends = { initiator: end("initiator", tunnelKey), responder: end("responder", tunnelKey) };
    return { ends, relay: { tunnelKey } };
  }
  if (decision.is === "direct") {
    return { ends: { initiator: end("initiator"), responder: end("responder") }, relay: {} };
  }
  const [initiatorKey, responderKey] = [secret(), secret()];
  return {
    ends: { initiator: end("initiator", initiatorKey), responder: end("responder", responderKey) },
    relay: { initiatorKey, responderKey },
  };
}
