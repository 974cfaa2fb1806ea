// The command and its figure are in docs/reliability.md.
/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    testRunner: "jest",
    // Some of the dependencies come as ES modules only, which jest loads with Node's help.
    testRunnerNodeArgs: ["--experimental-vm-modules", "--no-warnings"],
    jest: { configFile: "tests/mutation/jest.config.cjs", enableFindRelatedTests: false },
    coverageAnalysis: "perTest",
    mutate: ["apiKey", "rotatingApiKey", "kalshi", "journal"].map((folder) => `provider/src/${folder}/**/*.ts`),
    plugins: ["@stryker-mutator/jest-runner", "./tests/mutation/ignoreMessages.mjs"],
    ignorers: ["messages"],
    // Most of a run is waiting for timeouts, so more processes than cores are faster.
    concurrency: 6,
    timeoutMS: 15_000,
    reporters: ["clear-text", "progress", "html", "json"],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: "coverage/mutation.html" },
    jsonReporter: { fileName: "coverage/mutation.json" },
    thresholds: { high: 90, low: 85, break: 85 },
    tempDirName: ".cache/stryker",
    ignorePatterns: ["**/dist", "release", "coverage", "examples", "benchmarks", ".cache"],
    incremental: false,
    disableTypeChecks: false,
    checkers: [],
};
