import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { assert, describe, it } from "vitest";
import { storeComplianceCases } from "../../../core/resume/store_compliance.ts";
import { brokenStores } from "./broken_stores.ts";

describe("the suite for stores catches one that", () => {
  for (const [flaw, harness] of Object.entries(brokenStores)) {
    it(flaw, () => {
      const failed = storeComplianceCases.filter(({ run }) => Exit.isFailure(Effect.runSyncExit(run(harness))));
      assert.isNotEmpty(failed);
    });
  }
});
