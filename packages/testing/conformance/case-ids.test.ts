import { expect, it } from "vitest";

import { topics } from "./cases/index.js";
import { caseId } from "./run-case.js";

it("gives every case a name of its own on its server", () => {
  for (const { name, cases } of topics) {
    const ids = cases.map((conformanceCase) => caseId(name, conformanceCase.name));
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  }
});
