/**
 * Whether a password is an account's: the same work and the same answer for a wrong password as for an
 * account that is not there (NTM-20, NTM-30).
 *
 * @module
 */
import type { PasswordHasher } from "../../core/crypto/password.ts";
import type { Clock } from "../../core/runtime/runtime.ts";
import type { NtmAccount, NtmStore } from "../../core/store/mod.ts";
import type { NtmLimits } from "../ntm/limits.ts";
import { Rate } from "../ntm/rate.ts";
import { Refusal } from "../ntm/routes.ts";

/** An account by its name or its mail address. */
export type AccountKey = { readonly fqdn: string } | { readonly mail: string };

/** The accounts of an AS. */
export class Accounts {
  readonly #store: NtmStore;
  readonly #hasher: PasswordHasher;
  readonly #decoy: string;
  readonly #rate: Rate;
  readonly #limits: NtmLimits;
  #checking = 0;

  /** @param decoy a hash that no password is meant for, checked where there is no account */
  constructor(
    ports: {
      readonly store: NtmStore;
      readonly hasher: PasswordHasher;
      readonly decoy: string;
      readonly clock: Clock;
      readonly limits: NtmLimits;
    },
  ) {
    this.#store = ports.store;
    this.#hasher = ports.hasher;
    this.#decoy = ports.decoy;
    this.#limits = ports.limits;
    this.#rate = new Rate(ports.clock, ports.limits.loginsPerMinute);
  }

  /** The account, without a proof of anything. */
  find(key: AccountKey): Promise<NtmAccount | undefined> {
    return this.#store.account(key);
  }

  /**
   * The account whose password this is. Throws a {@link Refusal}: `refused`, or `busy` for too many
   * tries for the account or from `from`. A DC that asks counts its nodes' addresses itself.
   */
  async check(key: AccountKey, password: string, from?: string): Promise<NtmAccount> {
    const name = "fqdn" in key ? key.fqdn : key.mail;
    const admitted = this.#rate.admit(`account ${name}`) &&
      (from === undefined || this.#rate.admit(`from ${from}`));
    if (!admitted) {
      throw new Refusal("busy", "too many logins", 60);
    }
    if (this.#checking >= this.#limits.passwordChecks) throw new Refusal("busy", "", 1);
    this.#checking++;
    try {
      const account = await this.#store.account(key);
      const fits = await this.#hasher.verify(password, account?.password ?? this.#decoy);
      if (!account || !fits) throw new Refusal("refused");
      return account;
    } finally {
      this.#checking--;
    }
  }
}
