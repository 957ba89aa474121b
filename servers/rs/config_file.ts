/**
 * The RS's part of `ntm.yaml`:
 *
 *     listen: [192.0.2.30:4330, "[2001:db8::30]:4330"]
 *     tls: { certificate: rs.pem, key: rs.key.pem, trust: [ca.pem] }
 *     zones: [a.example]
 *     store: rs.db
 *
 * @module
 */
import { z } from "zod";
import { NTM_LIMITS, NTM_TIMERS } from "../ntm/limits.ts";
import { commonFields, domainText, loadCommon, type NtmSources, numbers } from "../ntm/settings.ts";
import { type RsConfig, rsConfig } from "./config.ts";

/** The schema of the file, of the environment's variables and of the options together. */
export const rsFileSchema = z.strictObject({
  ...commonFields,
  zones: z.array(domainText).max(1000).optional()
    .describe("zones whose DCs may use it; omitted: all of the authority's"),
  workers: z.int().min(1).max(64).default(1).describe("workers of the data plane"),
  limits: numbers({ ...NTM_LIMITS, associations: 1024, paths: 20_000 }),
  timers: numbers({ ...NTM_TIMERS, pathSeconds: 300 }),
});

/** The configuration. Throws `ConfigError` with all that is wrong. */
export async function loadRsConfig(sources: NtmSources): Promise<RsConfig> {
  const { value, listen, tls, store } = await loadCommon(rsFileSchema, sources);
  const { zones, ...rest } = value;
  return rsConfig({
    ...rest,
    ...{ listen, tls, store },
    ...(zones === undefined ? {} : { zones: zones.map((zone) => zone.toLowerCase()) }),
  });
}
