import type { lookup as systemLookup, LookupAddress } from "node:dns";

import { expect, it } from "vitest";

import type { KubeconfigPolicy } from "../policy/kubeconfig-policy.js";
import { checkedLookup } from "./checked-lookup.js";

type Answer = { readonly error: unknown; readonly address: unknown };

/** A resolver that gives the next of its answers each time. */
function resolver(...answers: ReadonlyArray<readonly string[] | Error>): typeof systemLookup {
  const left = [...answers];
  return ((_name: string, _options: unknown, callback: (...answer: unknown[]) => void) => {
    const answer = left.shift() ?? [];
    if (answer instanceof Error) callback(answer, []);
    else callback(null, answer.map(toEntry));
  }) as unknown as typeof systemLookup;
}

function toEntry(address: string): LookupAddress {
  return { address, family: address.includes(":") ? 6 : 4 };
}

function look(
  lookup: ReturnType<typeof checkedLookup>,
  options: { readonly all?: boolean } = {},
  name = "api.example.com",
): Promise<Answer> {
  return new Promise((resolve) => {
    lookup(name, options, (error, address) => resolve({ error, address }));
  });
}

const refusedBy = (rule: string) => ({ error: expect.objectContaining({ rule }) as unknown });
const policy = (...allowedHosts: string[]): KubeconfigPolicy => ({ allowedHosts });

it("gives the addresses, one or all", async () => {
  const lookup = checkedLookup({}, resolver(["10.0.0.1", "fd00::1"], ["10.0.0.1", "fd00::1"]));
  expect(await look(lookup)).toEqual({ error: null, address: "10.0.0.1" });
  expect(await look(lookup, { all: true })).toMatchObject({
    address: [{ address: "10.0.0.1" }, { address: "fd00::1" }],
  });
});

it.each(["169.254.169.254", "fd00:ec2::254", "fe80::1%eth0", "::ffff:169.254.169.254", "0.0.0.0"])(
  "refuses a name whose last answer is %s",
  async (address) => {
    const lookup = checkedLookup({}, resolver(["10.0.0.1", "10.0.0.2", address]));
    expect(await look(lookup, { all: true })).toMatchObject(refusedBy("forbidden-address"));
  },
);

it("judges each dial anew, as a name may lead elsewhere the next time", async () => {
  const lookup = checkedLookup({}, resolver(["10.0.0.1"], ["169.254.169.254"], ["10.0.0.1"]));
  expect(await look(lookup)).toMatchObject({ address: "10.0.0.1" });
  expect(await look(lookup)).toMatchObject(refusedBy("forbidden-address"));
  expect(await look(lookup)).toMatchObject({ address: "10.0.0.1" });
});

it("keeps to the networks that are listed, and to names that are", async () => {
  const lookup = checkedLookup(policy("10.0.0.0/8"), resolver(["10.0.0.1"], ["11.0.0.1"]));
  expect(await look(lookup)).toMatchObject({ address: "10.0.0.1" });
  expect(await look(lookup)).toMatchObject(refusedBy("allowed-hosts"));
  const named = checkedLookup(policy("api.example.com"), resolver(["11.0.0.1"], ["11.0.0.1"]));
  expect(await look(named)).toMatchObject({ address: "11.0.0.1" });
  expect(await look(named, {}, "evil.org")).toMatchObject(refusedBy("allowed-hosts"));
  // A name that is listed opens no link-local address.
  const listed = checkedLookup(policy("api.example.com"), resolver(["169.254.169.254"]));
  expect(await look(listed)).toMatchObject(refusedBy("forbidden-address"));
});

it.each(["localhost", "api.localhost", "LOCALHOST."])(
  "takes %s for this machine alone",
  async (name) => {
    const lookup = checkedLookup(
      { allowInsecureLoopback: true },
      resolver(["127.0.0.1", "::1"], ["127.0.0.1", "10.0.0.1"]),
    );
    expect(await look(lookup, {}, name)).toEqual({ error: null, address: "127.0.0.1" });
    // Whoever answers for the name would be sent the token in the clear, as http is taken for it.
    expect(await look(lookup, {}, name)).toMatchObject(refusedBy("insecure-server"));
  },
);

it("passes on that there is no such name", async () => {
  const error = Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
  expect(await look(checkedLookup({}, resolver(error)))).toEqual({ error, address: "" });
  expect(await look(checkedLookup({}, resolver([])))).toMatchObject({
    error: { code: "ENOTFOUND" },
  });
});
