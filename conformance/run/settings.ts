/**
 * What each profile means in settings; docs/vectors.md, "Profiles".
 *
 * @module
 */
import {
  defaultPassword,
  domain,
  neighbourDomain,
  type ProfileName,
  users,
} from "../format/profiles.ts";
import type { SessionManagerSettings, TerminalSettings } from "../reference/implementation.ts";

/** Policy of profile sm-policy. */
const refusedPairs: SessionManagerSettings["refused"] = [
  { from: `sip:user-a@${domain}`, to: `sip:user-d@${domain}` },
  { from: `sip:user-c@${domain}`, to: "*" },
  { from: `sip:*@${neighbourDomain}`, to: `sip:user-e@${domain}` },
];

/** Domains of profile sm-chain and their accounts. */
export const chain = {
  a: { domain: "abc.com", users: ["user-a"], addresses: ["2001:6789::5060", "198.51.100.11"] },
  b: { domain: "xyz.com", users: ["user-b"], addresses: ["2001:abcd::5060", "198.51.100.12"] },
} as const;

/** What a profile fixes for a session manager, apart from addresses and credentials. */
export function profileSettings(
  profile: ProfileName,
): Pick<SessionManagerSettings, "routeSecurity" | "refused"> {
  return {
    routeSecurity: {
      mismatch: profile === "sm-mark" ? "mark" : "refuse",
      check: profile === "sm-neighbour" ? "neighbour" : "chain",
      minimumLevel: profile === "sm-minimum" ? 3 : 0,
    },
    refused: profile === "sm-policy" ? refusedPairs : [],
  };
}

/** Accounts of the suite's domain. */
export function suiteAccounts(): { user: string; password: string }[] {
  return users.map((user) => ({ user, password: defaultPassword(user) }));
}

/** What a profile fixes for a terminal. */
export function terminalProfileSettings(
  profile: ProfileName,
): Pick<TerminalSettings, "minimumLevel" | "check"> {
  return { minimumLevel: 3, check: profile === "terminal-neighbour" ? "neighbour" : "chain" };
}
