import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";

import { checkAddress, isLoopbackHost, normalHost } from "../policy/check-address.js";
import { refused } from "../policy/kubeconfig-failure.js";
import type { KubeconfigPolicy } from "../policy/kubeconfig-policy.js";

/**
 * A lookup that fails when a name leads where a kubeconfig may not: whatever the name resolved to before, this is the address
 * that is dialled.
 */
export function checkedLookup(
  policy: KubeconfigPolicy,
  lookup: typeof systemLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "", 0);
        return;
      }
      const [first] = addresses;
      if (first === undefined) {
        const noAddress = new Error(`${hostname} has no address`);
        callback(Object.assign(noAddress, { code: "ENOTFOUND" }), "", 0);
        return;
      }
      try {
        const host = normalHost(new URL(`https://${hostname}/`));
        for (const { address } of addresses) {
          checkAddress(address, host, policy);
          if (isLoopbackHost(host) && !isLoopbackHost(address)) throw notLoopback();
        }
      } catch (refusal) {
        callback(refusal as NodeJS.ErrnoException, "", 0);
        return;
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Names that are reserved for this machine (RFC 6761), and may be reached by plain http where that is allowed. */
function notLoopback(): Error {
  return refused(
    "insecure-server",
    "its server has a name of this host and leads to another one. Use the API server's own https address.",
  );
}
