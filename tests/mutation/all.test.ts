// All fast tests of the mutated files in one file, so that each mutant loads the modules under test only once.
// The fast ones come first, because the first failure ends a mutant's run.
import { join } from "node:path";

/** Without sequences.test.ts, whose random sequences would run all of the resource's code for every mutant. */
const files = [
    "unit/text",
    "unit/kalshiErrors",
    "unit/httpCall",
    "unit/endpoint",
    "emulator/clock",
    "unit/auth",
    "emulator/verifyKey",
    "emulator/scopes",
    "unit/properties",
    "unit/package",
    "unit/inputs",
    "unit/listing",
    "unit/namesakes",
    "unit/adopt",
    "unit/diff",
    "unit/check",
    "unit/apiKeyErrors",
    "unit/publicKey",
    "unit/lookup",
    "unit/attempts",
    "unit/create",
    "unit/rotatingCheck",
    "unit/rotatingPlan",
    "emulator/rateLimiter",
    "unit/journal",
    "unit/revoke",
    "emulator/resource",
    "emulator/rotating",
    "emulator/client",
];

for (const file of files) {
    describe(file, () => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- a describe block cannot wait for an import
        require(join(__dirname, "..", `${file}.test.ts`));
    });
}
