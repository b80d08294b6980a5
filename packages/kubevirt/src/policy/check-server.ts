import { checkHost, isLoopbackHost, normalHost } from "./check-address.js";
import { invalid, refused } from "./kubeconfig-failure.js";
import type { KubeconfigPolicy } from "./kubeconfig-policy.js";

/** Patterns over a text of any length can be made to take minutes; no real URL comes near. */
const MAX_LENGTH = 2048;

/**
 * The server's URL as it is dialled: https (http for loopback alone, where allowed), no user information, a host that may be
 * reached. Every spelling of an address is brought to one form first.
 *
 * @throws KubeconfigInvalidError (rule `server`), KubeconfigRefusedError (rules `insecure-server`, `server-userinfo`,
 *   `forbidden-address`, `allowed-hosts`)
 */
export function checkServer(server: string | undefined, policy: KubeconfigPolicy): string {
  if (server === undefined) throw invalid("server", "the cluster's server is missing");
  if (server.length > MAX_LENGTH)
    throw invalid("server", `the cluster's server has more than ${MAX_LENGTH} characters`);
  const url = parseUrl(server);
  const host = normalHost(url);
  const isPlainLoopback =
    url.protocol === "http:" && policy.allowInsecureLoopback === true && isLoopbackHost(host);
  if (url.protocol !== "https:" && !isPlainLoopback)
    throw refused(
      "insecure-server",
      "its server is not https. Use the API server's https address.",
    );
  checkSpelling(server, url);
  // Dots alone, which are cut off.
  if (host === "") throw notAUrl();
  checkHost(host, policy);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function parseUrl(server: string): URL {
  try {
    // kubectl takes a server without a scheme; which one was meant would be a guess.
    return new URL(server);
  } catch {
    throw notAUrl();
  }
}

/** The URL parser repairs much (`https:host`, backslashes, line breaks within); others read such a text in other ways. */
function checkSpelling(server: string, url: URL): void {
  const [, authority] = /^https?:\/\/([^/?#\\\s\0-\x20\x7f]+)/i.exec(server) ?? [];
  if (authority === undefined || /[\\\s\0-\x20\x7f]/.test(server)) throw notAUrl();
  if (url.username !== "" || url.password !== "" || authority.includes("@")) {
    throw refused(
      "server-userinfo",
      "its server holds a user name or password. Remove it; use a token.",
    );
  }
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(server))
    throw invalid("server", "the cluster's server must have no query and no fragment");
  if (url.port === "0") throw invalid("server", "the cluster's server has port 0");
}

function notAUrl(): Error {
  return invalid("server", "the cluster's server is not a URL such as https://host:6443");
}
