/** What a kubeconfig may ask for. No setting turns one of the fixed rules off. */
export interface KubeconfigPolicy {
  /**
   * Host names (`api.example.com`, `*.example.com`), addresses and networks (`10.0.0.0/8`, `fd00::/8`) that a kubeconfig may
   * lead to; a link-local address has to be listed by address or network. Names are checked again when they are looked up.
   * Default: any but link-local and metadata addresses.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Accept `http://` for loopback addresses, for tests. Default: false. */
  readonly allowInsecureLoopback?: boolean | undefined;
}
