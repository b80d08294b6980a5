/** What a name may look like; each rule gives the messages of what is wrong, in the real server's words. */
export type NameRule = (text: string) => string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;

const IS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const IS_LABEL_1035 = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const IS_QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

function tooLongMessage(max: number): string {
  return `must be no more than ${max} bytes`;
}

function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

function regexMessage(text: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}'`).join(",  or ");
  return `${text} (e.g. ${shown}, regex used for validation is '${pattern}')`;
}

/** DNS label, at most 63 characters: names of namespaces. */
export const checkDns1123Label: NameRule = (text) => {
  const wrong: string[] = [];
  if (utf8Length(text) > 63) wrong.push(tooLongMessage(63));
  if (!IS_LABEL.test(text)) {
    wrong.push(
      regexMessage(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        LABEL,
        "my-name",
        "123-abc",
      ),
    );
  }
  return wrong;
};

/** DNS subdomain, at most 253 characters: names of most objects, API groups. */
export const checkDns1123Subdomain: NameRule = (text) => {
  const wrong: string[] = [];
  if (utf8Length(text) > 253) wrong.push(tooLongMessage(253));
  if (!text.split(".").every((label) => IS_LABEL.test(label))) {
    wrong.push(
      regexMessage(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        "example.com",
      ),
    );
  }
  return wrong;
};

/** A subdomain of which the first label is any. */
export const checkWildcardSubdomain: NameRule = (text) => {
  const wrong: string[] = [];
  if (utf8Length(text) > 253) wrong.push(tooLongMessage(253));
  const rest = text.startsWith("*.") ? text.slice(2) : "";
  if (!rest.split(".").every((label) => IS_LABEL.test(label))) {
    wrong.push(
      regexMessage(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        String.raw`\*\.${SUBDOMAIN}`,
        "*.example.com",
      ),
    );
  }
  return wrong;
};

/** DNS label of RFC 1035, which starts with a letter: names of services, plurals of resources. */
export const checkDns1035Label: NameRule = (text) => {
  const wrong: string[] = [];
  if (utf8Length(text) > 63) wrong.push(tooLongMessage(63));
  if (!IS_LABEL_1035.test(text)) {
    wrong.push(
      regexMessage(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        LABEL_1035,
        "my-name",
        "abc-123",
      ),
    );
  }
  return wrong;
};

/** Keys of labels and annotations: an optional DNS subdomain, a slash, a name of at most 63 characters. */
export const checkQualifiedName: NameRule = (text) => checkKey("a qualified name", text);

/** Keys in label selectors: the same rule, under another name. */
export const checkLabelKey: NameRule = (text) => checkKey("a valid label key", text);

function checkKey(called: string, text: string): string[] {
  const wrong: string[] = [];
  const parts = text.split("/");
  let name = text;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    name = parts[1] as string;
    if (prefix === "") wrong.push("prefix part must be non-empty");
    else wrong.push(...checkDns1123Subdomain(prefix).map((message) => `prefix part ${message}`));
  } else if (parts.length > 2) {
    wrong.push(
      `${called} ${regexMessage(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED,
        "MyName",
        "my.name",
        "123-abc",
      )} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    );
    return wrong;
  }
  if (name === "") wrong.push("name part must be non-empty");
  else if (utf8Length(name) > 63) wrong.push(`name part ${tooLongMessage(63)}`);
  if (!IS_QUALIFIED.test(name)) {
    wrong.push(
      `name part ${regexMessage(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED,
        "MyName",
        "my.name",
        "123-abc",
      )}`,
    );
  }
  return wrong;
}

/** Values of labels: empty, or a name of at most 63 characters. */
export const checkLabelValue: NameRule = (text) => {
  const wrong: string[] = [];
  if (utf8Length(text) > 63) wrong.push(tooLongMessage(63));
  if (text !== "" && !IS_QUALIFIED.test(text)) {
    wrong.push(
      regexMessage(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        "MyValue",
        "my_value",
        "12345",
      ),
    );
  }
  return wrong;
};

/** What may stand between two slashes of a path: names of custom resources inside others. */
export const checkPathSegment: NameRule = (text) => {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"]
    .filter((character) => text.includes(character))
    .map((character) => `may not contain '${character}'`);
};
