/**
 * Names of values that no log and no error text may show.
 *
 * @module
 */

/** Parts of a name; a name in camelCase, kebab-case or snake_case is taken apart first. */
const SECRET_WORDS = new Set([
  "authorization",
  "cookie",
  "credential",
  "credentials",
  "ha1",
  "key",
  "keys",
  "passphrase",
  "password",
  "passwords",
  "psk",
  "secret",
  "secrets",
  "token",
  "tokens",
]);

/** Whether a fact or setting of this name is taken for a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/);
  return words.some((word) => SECRET_WORDS.has(word)) ||
    /password|passphrase|secret|authorization/.test(words.join(""));
}
