import {
  AUTHORIZER,
  DECISION,
  GROUP_CHECK,
  PATH_CHECK,
  RESOURCE_CHECK,
} from "./authorizer-library.js";
import { DYN, simple } from "./cel-type.js";
import type { CelStaticType } from "./cel-type.js";

/** One way to call a function; the receiver of a method is its first argument. */
export interface Signature {
  readonly args: readonly CelStaticType[];
  readonly result: CelStaticType;
}

const TEXT = `
size(string):int size(bytes):int size(list<T>):int size(map<K,V>):int
.size(string):int .size(bytes):int .size(list<T>):int .size(map<K,V>):int
int(int):int int(uint):int int(double):int int(string):int int(timestamp):int int(duration):int
uint(uint):uint uint(int):uint uint(double):uint uint(string):uint
double(double):double double(int):double double(uint):double double(string):double
string(string):string string(int):string string(uint):string string(double):string string(bool):string
string(bytes):string string(timestamp):string string(duration):string string(net.IP):string string(net.CIDR):string
bool(bool):bool bool(string):bool bytes(bytes):bytes bytes(string):bytes dyn(T):dyn type(T):type
duration(string):duration duration(duration):duration duration(int):duration
timestamp(string):timestamp timestamp(timestamp):timestamp timestamp(int):timestamp
.getFullYear(timestamp):int .getFullYear(timestamp,string):int .getMonth(timestamp):int .getMonth(timestamp,string):int
.getDate(timestamp):int .getDate(timestamp,string):int .getDayOfMonth(timestamp):int .getDayOfMonth(timestamp,string):int
.getDayOfWeek(timestamp):int .getDayOfWeek(timestamp,string):int .getDayOfYear(timestamp):int .getDayOfYear(timestamp,string):int
.getHours(timestamp):int .getHours(timestamp,string):int .getHours(duration):int
.getMinutes(timestamp):int .getMinutes(timestamp,string):int .getMinutes(duration):int
.getSeconds(timestamp):int .getSeconds(timestamp,string):int .getSeconds(duration):int
.getMilliseconds(timestamp):int .getMilliseconds(timestamp,string):int .getMilliseconds(duration):int
.startsWith(string,string):bool .endsWith(string,string):bool .contains(string,string):bool
.matches(string,string):bool matches(string,string):bool .find(string,string):string
.findAll(string,string):list<string> .findAll(string,string,int):list<string>
.charAt(string,int):string .lowerAscii(string):string .upperAscii(string):string
.replace(string,string,string):string .replace(string,string,string,int):string
.split(string,string):list<string> .split(string,string,int):list<string>
.substring(string,int):string .substring(string,int,int):string .trim(string):string
.join(list<string>):string .join(list<string>,string):string .format(string,list<dyn>):string strings.quote(string):string
.indexOf(string,string):int .indexOf(string,string,int):int .lastIndexOf(string,string):int .lastIndexOf(string,string,int):int
.indexOf(list<T>,T):int .lastIndexOf(list<T>,T):int .isSorted(list<T>):bool .sum(list<T>):T .min(list<T>):T .max(list<T>):T
.flatten(list<list<T>>):list<T> .flatten(list<dyn>,int):list<dyn> .sort(list<T>):list<T> .distinct(list<T>):list<T>
.reverse(list<T>):list<T> .slice(list<T>,int,int):list<T> .first(list<T>):optional<T> .last(list<T>):optional<T>
lists.range(int):list<int> sets.contains(list<T>,list<T>):bool sets.equivalent(list<T>,list<T>):bool sets.intersects(list<T>,list<T>):bool
.hasValue(optional<T>):bool .value(optional<T>):T optional.of(T):optional<T> optional.none():optional<T> optional.ofNonZeroValue(T):optional<T>
isQuantity(string):bool quantity(string):kubernetes.Quantity
.isGreaterThan(kubernetes.Quantity,kubernetes.Quantity):bool .isLessThan(kubernetes.Quantity,kubernetes.Quantity):bool
.compareTo(kubernetes.Quantity,kubernetes.Quantity):int .asInteger(kubernetes.Quantity):int .isInteger(kubernetes.Quantity):bool
.asApproximateFloat(kubernetes.Quantity):double .add(kubernetes.Quantity,kubernetes.Quantity):kubernetes.Quantity
.add(kubernetes.Quantity,int):kubernetes.Quantity .sub(kubernetes.Quantity,kubernetes.Quantity):kubernetes.Quantity .sub(kubernetes.Quantity,int):kubernetes.Quantity
isURL(string):bool url(string):kubernetes.URL .getScheme(kubernetes.URL):string .getHost(kubernetes.URL):string
.getHostname(kubernetes.URL):string .getPort(kubernetes.URL):string .getEscapedPath(kubernetes.URL):string .getQuery(kubernetes.URL):map<string,list<string>>
isIP(string):bool ip(string):net.IP ip.isCanonical(string):bool .family(net.IP):int .isUnspecified(net.IP):bool .isLoopback(net.IP):bool
.isLinkLocalMulticast(net.IP):bool .isLinkLocalUnicast(net.IP):bool .isGlobalUnicast(net.IP):bool
isCIDR(string):bool cidr(string):net.CIDR .containsIP(net.CIDR,string):bool .containsIP(net.CIDR,net.IP):bool
.containsCIDR(net.CIDR,string):bool .containsCIDR(net.CIDR,net.CIDR):bool .ip(net.CIDR):net.IP .masked(net.CIDR):net.CIDR .prefixLength(net.CIDR):int
isSemver(string):bool isSemver(string,bool):bool semver(string):kubernetes.Semver semver(string,bool):kubernetes.Semver
.isGreaterThan(kubernetes.Semver,kubernetes.Semver):bool .isLessThan(kubernetes.Semver,kubernetes.Semver):bool .compareTo(kubernetes.Semver,kubernetes.Semver):int
.major(kubernetes.Semver):int .minor(kubernetes.Semver):int .patch(kubernetes.Semver):int
format.named(string):optional<kubernetes.NamedFormat> .validate(kubernetes.NamedFormat,string):optional<list<string>>
format.dns1123Label():kubernetes.NamedFormat format.dns1123Subdomain():kubernetes.NamedFormat format.dns1035Label():kubernetes.NamedFormat
format.qualifiedName():kubernetes.NamedFormat format.dns1123LabelPrefix():kubernetes.NamedFormat format.dns1123SubdomainPrefix():kubernetes.NamedFormat
format.dns1035LabelPrefix():kubernetes.NamedFormat format.labelValue():kubernetes.NamedFormat format.uri():kubernetes.NamedFormat
format.uuid():kubernetes.NamedFormat format.byte():kubernetes.NamedFormat format.date():kubernetes.NamedFormat format.datetime():kubernetes.NamedFormat
jsonpatch.escapeKey(string):string
.path(A,string):P .group(A,string):G .serviceAccount(A,string,string):A .check(P,string):D .resource(G,string):R
.subresource(R,string):R .namespace(R,string):R .name(R,string):R .fieldSelector(R,string):R .labelSelector(R,string):R .check(R,string):D
.allowed(D):bool .reason(D):string .errored(D):bool .error(D):string
_+_(int,int):int _+_(uint,uint):uint _+_(double,double):double _+_(string,string):string _+_(bytes,bytes):bytes _+_(list<T>,list<T>):list<T>
_+_(duration,duration):duration _+_(timestamp,duration):timestamp _+_(duration,timestamp):timestamp
_-_(int,int):int _-_(uint,uint):uint _-_(double,double):double _-_(timestamp,timestamp):duration _-_(timestamp,duration):timestamp _-_(duration,duration):duration
_*_(int,int):int _*_(uint,uint):uint _*_(double,double):double _/_(int,int):int _/_(uint,uint):uint _/_(double,double):double
_%_(int,int):int _%_(uint,uint):uint -_(int):int -_(double):double
`;

/** Types of the authorizer, which have long names. */
const AUTHORIZER_TYPES: Readonly<Record<string, string>> = {
  A: AUTHORIZER,
  P: PATH_CHECK,
  G: GROUP_CHECK,
  R: RESOURCE_CHECK,
  D: DECISION,
};

/** All signatures by the name of their function. */
export const SIGNATURES: ReadonlyMap<string, readonly Signature[]> = readSignatures();

function readSignatures(): Map<string, Signature[]> {
  const found = new Map<string, Signature[]>();
  for (const entry of TEXT.trim().split(/\s+/)) {
    const match = /^(.+?)\((.*)\):(.+)$/.exec(entry);
    if (match === null) continue;
    const [, name = "", args = "", result = ""] = match;
    const list = found.get(name) ?? [];
    list.push({ args: splitTypes(args).map(readType), result: readType(result) });
    found.set(name, list);
  }
  return found;
}

/** Splits at the commas that stand outside of angle brackets. */
function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "<") depth++;
    else if (text[index] === ">") depth--;
    else if (text[index] === "," && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return text === "" ? [] : [...parts, text.slice(start)];
}

function readType(text: string): CelStaticType {
  const long = AUTHORIZER_TYPES[text];
  if (long !== undefined) return simple(long);
  if (text === "dyn") return DYN;
  if (/^[TKV]$/.test(text)) return { kind: "parameter", name: text };
  const match = /^(list|map|optional)<(.*)>$/.exec(text);
  if (match === null) return simple(text);
  const [first = DYN, second = DYN] = splitTypes(match[2] as string).map(readType);
  if (match[1] === "list") return { kind: "list", items: first };
  if (match[1] === "optional") return { kind: "optional", value: first };
  return { kind: "map", keys: first, values: second };
}
