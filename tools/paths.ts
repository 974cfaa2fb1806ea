import { dirname, join } from "node:path";

/** The root folder of this repository. */
export const root = dirname(dirname(require.resolve("pulumi-kalshi/package.json")));

/** The folder of generated files. Deleting it is safe. */
export const cache = join(root, ".cache");

/** The folder of a release's files for the tests, which the preparation of the tests writes. */
export const testedRelease = join(cache, "release");

/** The folder into which Maven downloads what the tests need. */
export const mavenRepository = join(cache, "maven");
