import { expect, test } from "vitest";
import { compareVersions } from "./compare-versions.js";

test("stable versions come before beta and alpha, names of another form last and by the alphabet", () => {
  const names = [
    "foo10",
    "v10beta3",
    "v1",
    "v12alpha1",
    "v2",
    "foo1",
    "v11alpha2",
    "v10",
    "v3beta1",
  ];
  expect(names.toSorted((a, b) => compareVersions(a, b))).toEqual([
    "v10",
    "v2",
    "v1",
    "v10beta3",
    "v3beta1",
    "v12alpha1",
    "v11alpha2",
    "foo1",
    "foo10",
  ]);
});
