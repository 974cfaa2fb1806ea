// Only the unit tests, without type checks, because a mutant need not type-check.
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
