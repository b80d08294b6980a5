export const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** What Kubernetes says of a name that is no label. */
export const LABEL_RULES =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
