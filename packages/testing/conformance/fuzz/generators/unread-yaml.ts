/**
 * What the library that reads YAML takes otherwise than Go does: `-` alone as a text in a flow collection, a value that follows a
 * plain key at once, tags of one's own, the line breaks that Unicode has besides, two marks of byte order, and the digits of
 * numbers that JavaScript rounds.
 */
const UNREAD =
  /[:[,{]-[\]},]|[,{][^"'\s,{}[\]:]+:[^\s,}\]]|^[!?&*]|[\u0085\u2028\u2029]|^\uFEFF\uFEFF|\d{16}/;

export const isReadAlike = (yaml: string): boolean => !UNREAD.test(yaml);
