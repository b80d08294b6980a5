/** Where a Secret is. */
export interface SecretKey {
  readonly namespace: string;
  readonly name: string;
}
