// All unit tests of the mutated files in one file, so that a mutant loads the modules under test once, not once for each file.
// The fast ones come first, because the first failure ends a mutant's run.
import { join } from "node:path";

/** The random lives are left out: they run through all of the core for every mutant. */
const files = [
    "text",
    "errors",
    "endpoint",
    "clock",
    "signing",
    "verifyKey",
    "scopes",
    "check",
    "explain",
    "keys",
    "lookup",
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
