/**
 * The AS's part of `ntm.yaml`:
 *
 *     listen: [192.0.2.10:4330]
 *     tls: { certificate: as.pem, key: as.key.pem, trust: [ca.pem] }
 *     dcs: [a.example=dc.a.example@192.0.2.20:4330]
 *     store: as.db
 *
 * @module
 */
import { z } from "zod";
import {
  commonFields,
  loadCommon,
  type NtmSources,
  serverOf,
  serverText,
} from "../ntm/settings.ts";
import { type AsConfig, asConfig } from "./config.ts";

/** The schema of the file, of the environment's variables and of the options together. */
export const asFileSchema = z.strictObject({
  ...commonFields,
  dcs: z.array(
    z.string().refine(
      (text) => {
        const at = text.indexOf("=");
        return at > 0 && serverText.safeParse(text.slice(at + 1)).success;
      },
      "is not ZONE=NAME@ADDRESS:PORT, such as a.example=dc.a.example@192.0.2.20:4330",
    ),
  ).min(1).max(1000).describe("the operator's DCs: ZONE=NAME@ADDRESS:PORT"),
});

/** The configuration. Throws `ConfigError` with all that is wrong. */
export async function loadAsConfig(sources: NtmSources): Promise<AsConfig> {
  const { value, listen, tls, store } = await loadCommon(asFileSchema, sources);
  const dcs = value.dcs.map((text) => {
    const at = text.indexOf("=");
    return { zone: text.slice(0, at).toLowerCase(), ...serverOf(text.slice(at + 1)) };
  });
  return asConfig({ ...value, listen, tls, store, dcs });
}
