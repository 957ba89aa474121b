/**
 * What a target can claim. A profile fixes the settings of the implementation under test (IUT); an
 * extension is something any of its profiles can do besides. A case that needs what is not claimed
 * is `notClaimed`, never passed.
 *
 * @module
 */

/** Roles an IUT can have. */
export const roles = ["session-manager", "terminal", "codec"] as const;
/** A role an IUT can have. */
export type Role = (typeof roles)[number];

/** Session manager profiles: one instance of the IUT each, with these settings. */
export const sessionManagerProfiles = {
  "sm": "domain abc.test, digest over TLS, a mismatch is refused, the whole chain is compared",
  "sm-mark": "as sm, but a Route-Security mismatch is marked instead of refused (SM-12)",
  "sm-neighbour": "as sm, but only the neighbour's own Route-Security is checked (SM-26)",
  "sm-minimum": "as sm, and links below level 3 are refused (minimumLevel 3)",
  "sm-policy":
    "as sm, and policy refuses user-a to user-d, user-c to anyone, and xyz.test's users to user-e",
  "sm-chain": "two session managers, A for abc.com and B for xyz.com, neighbours over mutual TLS",
} as const;

/** Terminal profiles. */
export const terminalProfiles = {
  "terminal": "account at abc.test, judges the whole chain, minimum level 3",
  "terminal-neighbour": "as terminal, but checks only the neighbour's Route-Security (SM-26)",
} as const;

/** Codec profile: functions computed by an adapter. */
export const codecProfiles = {
  "codec": "functions on text and bytes, through an adapter",
} as const;

/** Extensions: claimed once, they hold for every profile of the target. */
export const extensions = {
  "sm-certificate": "terminals may prove their name by a client certificate (SM-3)",
  "sm-plain": "UDP and TCP listeners beside TLS, shown as the level 0 links they are (SM-24)",
  "sm-domains": "xyz.test is a neighbour over mutual TLS; the harness plays it (SM-20)",
  "ipv6": "the IUT listens on IPv6 as well (SM-23)",
} as const;

/** Name of a profile or extension. */
export type ProfileName =
  | keyof typeof sessionManagerProfiles
  | keyof typeof terminalProfiles
  | keyof typeof codecProfiles
  | keyof typeof extensions;

/** Every name that `profile` may take. */
export const profileNames = [
  ...Object.keys(sessionManagerProfiles),
  ...Object.keys(terminalProfiles),
  ...Object.keys(codecProfiles),
  ...Object.keys(extensions),
] as [ProfileName, ...ProfileName[]];

/** Whether `name` is an extension rather than a profile with settings of its own. */
export function isExtension(name: string): name is keyof typeof extensions {
  return Object.hasOwn(extensions, name);
}

/** Domain the session manager under test serves. */
export const domain = "abc.test";
/** The neighbour domain, played by the harness. */
export const neighbourDomain = "xyz.test";
/** Users of {@link domain} that have accounts. Any other name does not exist. */
export const users = ["user-a", "user-b", "user-c", "user-d", "user-e", "user-f"] as const;

/** Password of an account where the target gives none; made up for tests, protecting nothing. */
export function defaultPassword(user: string): string {
  return `password of ${user}`;
}
