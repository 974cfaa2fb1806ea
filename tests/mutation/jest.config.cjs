// The unit tests alone, without type checks: a mutant need not type-check. The random lives are left out, because they run
// through all of the core for every mutant.
/** @type {import("jest").Config} */
module.exports = {
    rootDir: "../..",
    roots: ["<rootDir>/tests/mutation"],
    testEnvironment: "node",
    transform: {
        "\\.ts$": ["ts-jest", { tsconfig: "<rootDir>/tests/tsconfig.json", diagnostics: false, isolatedModules: true }],
    },
    testTimeout: 60_000,
};
