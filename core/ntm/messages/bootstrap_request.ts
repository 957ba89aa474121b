/**
 * Bootstrap Request (NTM-17).
 *
 *     bootstrap-request = {
 *       0 => transaction
 *       ? 1 => mail
 *       ? 2 => fqdn
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional } from "../structure.ts";
import { fqdn, mail } from "../values.ts";

/** Which DC is mine? */
export const bootstrapRequest = message(
  { name: "Bootstrap Request", type: 0x04, carriage: ["tls"] },
  {
    mail: optional(1, mail),
    fqdn: optional(2, fqdn),
  },
  ({ mail, fqdn }) =>
    (mail === undefined) === (fqdn === undefined) ? "either mail or fqdn is needed" : undefined,
);
/** Content of Bootstrap Request. */
export type BootstrapRequest = ValueOf<typeof bootstrapRequest>;
