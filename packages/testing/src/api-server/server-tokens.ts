import type { Random } from "@kvop/core";
import type { UserInfo } from "../authentication/authenticate.js";
import {
  SERVICE_ACCOUNT_ISSUER,
  type ServiceAccountIssuer,
  type TokenOwner,
} from "../service-accounts/service-account-issuer.js";

/** Whom the server belongs to. */
export const ADMIN: UserInfo = {
  username: "kubernetes-admin",
  groups: ["system:masters", "system:authenticated"],
};

/** The bearer tokens that a server takes: the admin's, those it was made with, and those of service accounts. */
export class ServerTokens {
  readonly #users = new Map<string, UserInfo>();
  readonly #random: Random;
  readonly #serviceAccounts: ServiceAccountIssuer;
  #adminToken: string;

  constructor(
    users: Readonly<
      Record<string, { readonly user: string; readonly groups?: readonly string[] | undefined }>
    >,
    random: Random,
    serviceAccounts: ServiceAccountIssuer,
  ) {
    this.#random = random;
    this.#serviceAccounts = serviceAccounts;
    this.#adminToken = this.#newAdminToken();
    for (const [token, { user, groups = [] }] of Object.entries(users))
      this.#users.set(token, { username: user, groups });
  }

  get adminToken(): string {
    return this.#adminToken;
  }

  /** Makes the admin's token invalid and gives the new one. */
  rotateAdminToken(): string {
    this.#users.delete(this.#adminToken);
    this.#adminToken = this.#newAdminToken();
    return this.#adminToken;
  }

  /** Whose a token is, for whatever audience. */
  ownerOf(token: string): TokenOwner | undefined {
    const user = this.#users.get(token);
    if (user !== undefined) return { user, audiences: [SERVICE_ACCOUNT_ISSUER] };
    return this.#serviceAccounts.ownerOf(token);
  }

  /** Whom a request with the token acts as; undefined when the token is not meant for this server. */
  userOf(token: string): UserInfo | undefined {
    const owner = this.ownerOf(token);
    return owner?.audiences.includes(SERVICE_ACCOUNT_ISSUER) === true ? owner.user : undefined;
  }

  #newAdminToken(): string {
    const token = Buffer.from(this.#random.bytes(24)).toString("base64url");
    this.#users.set(token, ADMIN);
    return token;
  }
}
