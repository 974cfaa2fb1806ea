// All unit tests of the mutated files in one file, so that each mutant loads the modules under test only once.
// The fast ones come first, because the first failure ends a mutant's run.
import { join } from "node:path";

/** Without sequences.test.ts, whose random sequences would run all of the resource's code for every mutant. */
const files = [
    "text",
    "errors",
    "failure",
    "endpoint",
    "clock",
    "signing",
    "verifyKey",
    "scopes",
    "unknowns",
    "typeTokens",
    "listing",
    "namesakes",
    "adoption",
    "diff",
    "check",
    "explain",
    "keys",
    "lookup",
    "attempts",
    "create",
    "rateLimiter",
    "journal",
    "revoke",
    "apiKey",
    "client",
];

for (const file of files) {
    describe(file, () => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- a describe block cannot wait for an import
        require(join(__dirname, "..", "unit", `${file}.test.ts`));
    });
}
