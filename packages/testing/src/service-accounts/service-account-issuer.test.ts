import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { systemRandom } from "@kvop/core";
import { expect, test } from "vitest";
import { VirtualClock } from "../clock/virtual-clock.js";
import { ObjectStore } from "../store/object-store.js";
import { SERVICE_ACCOUNT_ISSUER, ServiceAccountIssuer } from "./service-account-issuer.js";

function setUp() {
  const clock = new VirtualClock();
  const store = new ObjectStore();
  const put = (resource: string, name: string) =>
    store.put(resource, { metadata: { namespace: "ns", name, uid: `${name}-uid` } });
  put("/serviceaccounts", "robot");
  const issuer = new ServiceAccountIssuer({ clock, random: systemRandom, store });
  const wish = {
    namespace: "ns",
    name: "robot",
    uid: "robot-uid",
    audiences: [SERVICE_ACCOUNT_ISSUER],
    seconds: 600,
    boundTo: undefined,
  };
  return { clock, store, issuer, put, wish };
}

test("a token tells whose it is, until it expires by the clock", async () => {
  const { clock, issuer, wish } = setUp();
  const token = issuer.issue(wish);
  expect(issuer.ownerOf(token)).toMatchObject({
    audiences: [SERVICE_ACCOUNT_ISSUER],
    user: {
      username: "system:serviceaccount:ns:robot",
      uid: "robot-uid",
      groups: ["system:serviceaccounts", "system:serviceaccounts:ns"],
    },
  });
  await clock.advance(599_000);
  expect(issuer.ownerOf(token)).toBeDefined();
  await clock.advance(1000);
  expect(issuer.ownerOf(token)).toBeUndefined();
});

test("a token ends with its account and with what it is bound to", () => {
  const { store, issuer, put, wish } = setUp();
  const pod = put("/pods", "p");
  const token = issuer.issue({ ...wish, boundTo: { kind: "Pod", name: "p", uid: "p-uid" } });
  expect(issuer.ownerOf(token)?.user.extra).toMatchObject({
    "authentication.kubernetes.io/pod-name": ["p"],
  });
  store.delete("/pods", pod);
  expect(issuer.ownerOf(token)).toBeUndefined();

  const other = issuer.issue(wish);
  store.put("/serviceaccounts", { metadata: { namespace: "ns", name: "robot", uid: "new" } });
  expect(issuer.ownerOf(other)).toBeUndefined();
});

test("who has the key set can check the signature; changed tokens and those of others are not known", () => {
  const { issuer, wish } = setUp();
  const token = issuer.issue(wish);
  const [header = "", claims = "", signature = ""] = token.split(".");
  const { keys } = issuer.keySet() as { keys: JsonWebKey[] };
  const key = createPublicKey({ key: keys[0] ?? {}, format: "jwk" });
  expect(
    verify(
      "sha256",
      Buffer.from(`${header}.${claims}`),
      { key, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    ),
  ).toBe(true);
  const forged = JSON.parse(Buffer.from(claims, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...forged, exp: 9e9 })).toString("base64url");
  for (const wrong of [
    `${header}.${changed}.${signature}`,
    setUp().issuer.issue(wish),
    `${token}.x`,
    "",
    "a.b.c",
  ]) {
    expect(issuer.ownerOf(wrong)).toBeUndefined();
  }
});
