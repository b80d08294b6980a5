import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import type { Clock, Random } from "@kvop/core";
import type { UserInfo } from "../authentication/authenticate.js";
import { once } from "../built-in/once.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

/** Who gives out the tokens, and for whom they are when nobody says otherwise. */
export const SERVICE_ACCOUNT_ISSUER = "https://kubernetes.default.svc.cluster.local";

/** An object that a token is bound to: with it, the token ends. */
export interface BoundObject {
  readonly kind: "Pod" | "Secret" | "Node";
  readonly name: string;
  readonly uid: string;
}

/** What a token is to say. */
export interface TokenWish {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly boundTo: BoundObject | undefined;
}

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly iss: string;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly secret?: { readonly name: string; readonly uid: string };
    readonly node?: { readonly name: string; readonly uid: string };
  };
}

/** Whose a token is, and for whom it is. */
export interface TokenOwner {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

/**
 * Gives out the tokens of service accounts and knows them again: JSON Web Tokens with a signature (ES256) of a key that is made
 * when it is first needed. A token is good until it expires by the server's clock, or its account or the object that it is bound
 * to is gone.
 */
export class ServiceAccountIssuer {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #store: ObjectStore;
  readonly #keys = once(makeKeys);

  constructor(parts: {
    readonly clock: Clock;
    readonly random: Random;
    readonly store: ObjectStore;
  }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#store = parts.store;
  }

  issue({ namespace, name, uid, audiences, seconds, boundTo }: TokenWish): string {
    const now = Math.floor(this.#clock.now() / 1000);
    const { id, privateKey } = this.#keys();
    const bound =
      boundTo === undefined
        ? {}
        : { [boundTo.kind.toLowerCase()]: { name: boundTo.name, uid: boundTo.uid } };
    const claims = {
      aud: audiences,
      exp: now + seconds,
      iat: now,
      iss: SERVICE_ACCOUNT_ISSUER,
      jti: this.#random.uuid(),
      "kubernetes.io": { namespace, ...bound, serviceaccount: { name, uid } },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = `${encode({ alg: "ES256", kid: id })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), {
      key: privateKey,
      dsaEncoding: "ieee-p1363",
    });
    return `${signed}.${signature.toString("base64url")}`;
  }

  /** Whose a token is; undefined when it is none of this server's, or no longer good. */
  ownerOf(token: string): TokenOwner | undefined {
    const claims = this.#read(token);
    if (claims === undefined || !this.#isGood(claims)) return undefined;
    const { namespace, serviceaccount, pod, node } = claims["kubernetes.io"];
    const prefix = "authentication.kubernetes.io";
    const user: UserInfo = {
      username: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      uid: serviceaccount.uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
      extra: {
        [`${prefix}/credential-id`]: [`JTI=${claims.jti}`],
        ...(node === undefined
          ? {}
          : { [`${prefix}/node-name`]: [node.name], [`${prefix}/node-uid`]: [node.uid] }),
        ...(pod === undefined
          ? {}
          : { [`${prefix}/pod-name`]: [pod.name], [`${prefix}/pod-uid`]: [pod.uid] }),
      },
    };
    return { user, audiences: claims.aud };
  }

  /** The public key as a JSON Web Key set (RFC 7517). */
  keySet(): JsonObject {
    const { id, publicKey } = this.#keys();
    const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
    return {
      keys: [
        {
          use: "sig",
          kty: kty ?? "",
          kid: id,
          alg: "ES256",
          crv: crv ?? "",
          x: x ?? "",
          y: y ?? "",
        },
      ],
    };
  }

  #read(token: string): Claims | undefined {
    const [header = "", claims = "", signature = "", ...rest] = token.split(".");
    if (signature === "" || rest.length > 0) return undefined;
    const key = { key: this.#keys().publicKey, dsaEncoding: "ieee-p1363" } as const;
    const signed = Buffer.from(`${header}.${claims}`);
    if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) return undefined;
    // Whatever bears the signature was written above.
    return JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as Claims;
  }

  #isGood(claims: Claims): boolean {
    const now = Math.floor(this.#clock.now() / 1000);
    if (now >= claims.exp || now < claims.nbf) return false;
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
    const isThere = (
      resource: string,
      place: string,
      reference: { readonly name: string; readonly uid: string } | undefined,
    ): boolean => {
      if (reference === undefined) return true;
      const found = this.#store.get(resource, `${place}/${reference.name}`);
      return (found?.["metadata"] as JsonObject | undefined)?.["uid"] === reference.uid;
    };
    return (
      isThere("/serviceaccounts", namespace, serviceaccount) &&
      isThere("/pods", namespace, pod) &&
      isThere("/secrets", namespace, secret) &&
      isThere("/nodes", "", node)
    );
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** On the curve P-256, which takes no time, where an RSA key takes a tenth of a second. */
function makeKeys(): {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
} {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey(privateKey);
  const id = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return { id, privateKey, publicKey };
}
