/**
 * Login Request (NTM-20, NTM-30).
 *
 *     login-request = {
 *       0 => transaction
 *       ? 1 => mail
 *       ? 2 => fqdn
 *       ? 3 => password
 *       4 => suites
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { fqdn, mail, password, suites } from "../values.ts";

/** A node logs in: `security` at the AS by mail address, `platform` at its DC by name. */
export const loginRequest = message(
  { name: "Login Request", type: 0x02, carriage: ["tls"] },
  {
    mail: optional(1, mail),
    fqdn: optional(2, fqdn),
    /** Absent: the certificate of the TLS connection proves who it is. */
    password: optional(3, password),
    /** AEADs the node can use. */
    suites: required(4, suites),
  },
  ({ mail, fqdn }) =>
    (mail === undefined) === (fqdn === undefined) ? "either mail or fqdn is needed" : undefined,
);
/** Content of Login Request. */
export type LoginRequest = ValueOf<typeof loginRequest>;
