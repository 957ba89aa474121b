/**
 * Every mutant: the reference with one fault each. `ntm conform self-test` shows that the vectors catch
 * all of them, and that each vector catches at least one.
 *
 * @module
 */
import type { Mutant } from "../implementation.ts";
import { codecMutants } from "./codec.ts";
import { domainMutants } from "./domains.ts";
import { ntmWireMutants } from "./ntm_wire.ts";
import { policyMutants } from "./policy.ts";
import { proxyMutants } from "./proxy.ts";
import { registrationMutants } from "./registration.ts";
import { routeSecurityMutants } from "./route_security.ts";
import { spoofMutants } from "./spoof.ts";
import { terminalMutants } from "./terminal.ts";
import { terminalRegistrationMutants } from "./terminal_registration.ts";
import { wayBackMutants } from "./way_back.ts";

/** All mutants. */
export const mutants: readonly Mutant[] = [
  ...spoofMutants,
  ...routeSecurityMutants,
  ...wayBackMutants,
  ...policyMutants,
  ...registrationMutants,
  ...domainMutants,
  ...proxyMutants,
  ...terminalMutants,
  ...terminalRegistrationMutants,
  ...codecMutants,
  ...ntmWireMutants,
];
