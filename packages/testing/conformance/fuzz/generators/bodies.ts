import fc from "fast-check";
import { dump } from "js-yaml";

import { encodeKubernetesProtobuf } from "../../../src/protobuf/kubernetes-protobuf.js";
import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { collections, GROUP, validObjects } from "../world.js";
import { mutatedBytes } from "./mutated-bytes.js";
import { mutatedJson } from "./mutated-json.js";
import { isReadAlike } from "./unread-yaml.js";

type Collection = keyof typeof collections;

export const everyCollection = Object.keys(collections) as Collection[];
const builtIn: readonly Collection[] = everyCollection.filter(
  (name) => name !== "widgets" && name !== "frees",
);

/**
 * Numbers whose form or digits JavaScript does not keep: where a type of Go reads them the text itself is looked at, but custom
 * resources hold the numbers that JavaScript has.
 */
const ODD_NUMBER = /[:[,]-?(?:\d+\.0+\b|3\.0{9}|\d+e\d|\d{16})/;

const ODD_YAML_NUMBER = new RegExp(ODD_NUMBER.source.replace("[:[,]", "[:[,-] ?"));

/** A create, or an update of the object that is there; neither is kept. */
const write = (
  names: readonly Collection[],
): fc.Arbitrary<{
  readonly name: Collection;
  readonly isUpdate: boolean;
  readonly validation: string;
}> =>
  fc.record({
    name: fc.constantFrom(...names),
    isUpdate: fc.boolean(),
    validation: fc.constantFrom("", "&fieldValidation=Strict", "&fieldValidation=Ignore"),
  });

const request = (
  { name, isUpdate, validation }: { name: Collection; isUpdate: boolean; validation: string },
  contentType: string,
  body: Uint8Array,
): FuzzRequest =>
  shownRequest({
    method: isUpdate ? "PUT" : "POST",
    path: `${collections[name]}${isUpdate ? "/a" : ""}?dryRun=All${validation}`,
    headers: { "content-type": contentType },
    body,
  });

/** A created object has another name than the one that is there. */
const objectFor = (name: Collection, isUpdate: boolean): object => {
  const valid = validObjects[name] as { readonly metadata: object };
  return isUpdate ? valid : { ...valid, metadata: { ...valid.metadata, name: "new" } };
};

export const jsonBodies: fc.Arbitrary<FuzzRequest> = write(everyCollection).chain((where) => {
  const text = mutatedJson(objectFor(where.name, where.isUpdate)).map((it) => Buffer.from(it));
  return fc
    .oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: mutatedBytes(text) })
    .filter((body) => builtIn.includes(where.name) || !ODD_NUMBER.test(body.toString()))
    .map((body) => request(where, "application/json", body));
});

const anyYamlBody: fc.Arbitrary<FuzzRequest> = write(everyCollection).chain((where) => {
  const object = objectFor(where.name, where.isUpdate);
  const json = mutatedJson(object, { isValid: true });
  const block = json.map((text) => dump(JSON.parse(text), { flowLevel: -1 }));
  const flow = mutatedJson(object);
  const text = fc.oneof(block, flow).map((it) => Buffer.from(it));
  return fc
    .oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: mutatedBytes(text) })
    .map((body) => request(where, "application/yaml", body));
});

const textOf = ({ body = new Uint8Array() }: FuzzRequest): string => Buffer.from(body).toString();

export const yamlBodies = anyYamlBody.filter(
  (it) =>
    isReadAlike(textOf(it)) && (!it.path.includes(GROUP) || !ODD_YAML_NUMBER.test(textOf(it))),
);
export const brokenYamlBodies = anyYamlBody;

export const protobufBodies: fc.Arbitrary<FuzzRequest> = write(builtIn).chain((where) => {
  const object = objectFor(where.name, where.isUpdate) as Record<string, unknown>;
  const bytes = fc.constant(encodeKubernetesProtobuf(object));
  return mutatedBytes(bytes).map((body) =>
    request(where, "application/vnd.kubernetes.protobuf", body),
  );
});
