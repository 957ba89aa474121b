/**
 * Which implementation the options name.
 *
 * @module
 */
import { reference } from "../../conformance/reference/mod.ts";
import { EmbeddedAttachment } from "../../conformance/run/embedded.ts";
import type { Attachment } from "../../conformance/run/iut.ts";

/** The reference, or what the target file names. */
export async function attachmentFor(
  flags: {
    readonly target?: string | undefined;
    readonly sim?: true | undefined;
    readonly allowPublicTargets?: true | undefined;
  },
): Promise<Attachment> {
  if (flags.target === undefined) {
    return new EmbeddedAttachment(reference, flags.sim ? "simulated" : "live");
  }
  const { loadTarget } = await import("../../conformance/adapters/target.ts");
  return await loadTarget(flags.target, { allowPublic: flags.allowPublicTargets ?? false });
}
