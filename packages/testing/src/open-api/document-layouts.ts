import { once } from "../built-in/once.js";
import { isJsonObject, type JsonValue } from "../schema/json.js";
import { type Choose, readDocumentLayout } from "./document-layout.js";

const SHARED = {
  Contact: "name url email x-",
  License: "name url x-",
  ExternalDocs: "description url x-",
  Tag: "name description externalDocs:ExternalDocs x-",
  Xml: "name namespace prefix attribute:bool wrapped:bool x-",
  SecurityRequirement: "&:StringArray",
  StringArray: ".*",
};

/** What parameters and items of version 2 have in common, behind what they have not. */
const LIMITS =
  "default:any maximum:double exclusiveMaximum:bool minimum:double exclusiveMinimum:bool maxLength:int minLength:int pattern maxItems:int minItems:int uniqueItems:bool enum:any* multipleOf:double";

/** The layout of gnostic's `openapi.v2.Document`, as far as a Kubernetes API server writes it. */
export const openApiV2Layout = once(() =>
  readDocumentLayout({
    ...SHARED,
    Document:
      "swagger info:Info host basePath schemes* consumes* produces* paths:Paths definitions:Schemas parameters:Parameters responses:Responses security:SecurityRequirement* securityDefinitions:SecurityDefinitions tags:Tag* externalDocs:ExternalDocs x-",
    Info: "title version description termsOfService contact:Contact license:License x-",
    Paths: "x- &:PathItem",
    PathItem:
      "$ref get:Operation put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation parameters:ParameterOrReference* x-",
    Operation:
      "tags* summary description externalDocs:ExternalDocs operationId produces* consumes* parameters:ParameterOrReference* responses:ResponseCodes schemes* deprecated:bool security:SecurityRequirement* x-",
    Parameters: "&:Parameter",
    Parameter: (value) => [partOf(value, "in") === "body" ? 1 : 2, kindOfParameter(value)],
    ParameterOrReference: orReference("Parameter"),
    Reference: "$ref description",
    BodyParameter: "description name in required:bool schema:Schema x-",
    PlacedParameter: (value) =>
      partOf(value, "in") === "header"
        ? [1, "PathParameter"]
        : partOf(value, "in") === "path"
          ? [4, "PathParameter"]
          : [3, "QueryParameter"],
    QueryParameter: `required:bool in description name allowEmptyValue:bool type format items:Items collectionFormat ${LIMITS} x-`,
    PathParameter: `required:bool in description name type format items:Items collectionFormat ${LIMITS} x-`,
    Items: `type format items:Items collectionFormat ${LIMITS} x-`,
    ResponseCodes: "&:ResponseOrReference x-",
    Responses: "&:Response",
    ResponseOrReference: orReference("Response"),
    Response: "description schema:ResponseSchema - - x-",
    ResponseSchema: () => [1, "Schema"],
    SecurityDefinitions: "&:SecurityDefinition",
    SecurityDefinition: (value) =>
      partOf(value, "type") === "basic" ? [1, "BasicSecurity"] : [2, "ApiKeySecurity"],
    BasicSecurity: "type description x-",
    ApiKeySecurity: "type name in description x-",
    Schemas: "&:Schema",
    Schema:
      "$ref format title description default:any multipleOf:double maximum:double exclusiveMaximum:bool minimum:double exclusiveMinimum:bool maxLength:int minLength:int pattern maxItems:int minItems:int uniqueItems:bool maxProperties:int minProperties:int required* enum:any* additionalProperties:SchemaOrBoolean type:StringArray items:SchemaItems allOf:Schema* properties:Schemas discriminator readOnly:bool xml:Xml externalDocs:ExternalDocs example:any x-",
    SchemaItems: ".:Schema*",
    SchemaOrBoolean: orBoolean("Schema"),
  }),
);

/** The layout of gnostic's `openapi.v3.Document`, as far as a Kubernetes API server writes it. */
export const openApiV3Layout = once(() =>
  readDocumentLayout({
    ...SHARED,
    Document:
      "openapi info:Info servers:Server* paths:Paths components:Components security:SecurityRequirement* tags:Tag* externalDocs:ExternalDocs x-",
    Info: "title description termsOfService contact:Contact license:License version x- summary",
    Server: "url description - x-",
    Paths: "&:PathItem x-",
    PathItem:
      "$ref summary description get:Operation put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation trace:Operation servers:Server* parameters:ParameterOrReference* x-",
    Operation:
      "tags* summary description externalDocs:ExternalDocs operationId parameters:ParameterOrReference* requestBody:RequestBodyOrReference responses:Responses - deprecated:bool security:SecurityRequirement* servers:Server* x-",
    Components:
      "schemas:Schemas responses:ResponseCodes parameters:Parameters - requestBodies:RequestBodies - securitySchemes:SecuritySchemes - - x-",
    Reference: "$ref summary description",
    Parameters: "&:ParameterOrReference",
    ParameterOrReference: orReference("Parameter"),
    Parameter:
      "name in description required:bool deprecated:bool allowEmptyValue:bool style explode:bool allowReserved:bool schema:SchemaOrReference example:any - content:MediaTypes x-",
    RequestBodies: "&:RequestBodyOrReference",
    RequestBodyOrReference: orReference("RequestBody"),
    RequestBody: "description content:MediaTypes required:bool x-",
    MediaTypes: "&:MediaType",
    MediaType: "schema:SchemaOrReference example:any - - x-",
    Responses: "default:ResponseOrReference &:ResponseOrReference x-",
    ResponseCodes: "&:ResponseOrReference",
    ResponseOrReference: orReference("Response"),
    Response: "description - content:MediaTypes - x-",
    SecuritySchemes: "&:SecuritySchemeOrReference",
    SecuritySchemeOrReference: orReference("SecurityScheme"),
    SecurityScheme: "type description name in scheme bearerFormat - openIdConnectUrl x-",
    Schemas: "&:SchemaOrReference",
    SchemaOrReference: orReference("Schema"),
    Schema:
      "nullable:bool - readOnly:bool writeOnly:bool xml:Xml externalDocs:ExternalDocs example:any deprecated:bool title multipleOf:double maximum:double exclusiveMaximum:bool minimum:double exclusiveMinimum:bool maxLength:int minLength:int pattern maxItems:int minItems:int uniqueItems:bool maxProperties:int minProperties:int required* enum:any* type allOf:SchemaOrReference* oneOf:SchemaOrReference* anyOf:SchemaOrReference* not:Schema items:SchemaItems properties:Schemas additionalProperties:SchemaOrBoolean default:Default description format x-",
    SchemaItems: ".:SchemaOrReference*",
    SchemaOrBoolean: orBoolean("SchemaOrReference"),
    Default: chooseDefault,
  }),
);

function orReference(shape: string): Choose {
  return (value) => (partOf(value, "$ref") === undefined ? [1, shape] : [2, "Reference"]);
}

function orBoolean(shape: string): Choose {
  return (value) => (typeof value === "boolean" ? [2, "bool"] : [1, shape]);
}

/** The format has no place for defaults that are objects or lists: they are there, and empty. */
function chooseDefault(value: JsonValue): ReturnType<Choose> {
  switch (typeof value) {
    case "number":
      return [1, "double"];
    case "boolean":
      return [2, "bool"];
    case "string":
      return [3, "string"];
    default:
      return undefined;
  }
}

function kindOfParameter(value: JsonValue): string {
  return partOf(value, "in") === "body" ? "BodyParameter" : "PlacedParameter";
}

function partOf(value: JsonValue, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
