/** @type {import("jest").Config} */
module.exports = {
    roots: ["<rootDir>/tests"],
    // Loads other test files, for StrykerJS, which has its own configuration there. Here they would run twice.
    testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/mutation/"],
    testEnvironment: "node",
    transform: { "\\.ts$": ["ts-jest", { tsconfig: "<rootDir>/tests/tsconfig.json" }] },
    // The engine's runs take seconds each; none takes this long unless it hangs.
    testTimeout: 300_000,
    maxWorkers: 2,
    reporters: ["default", "<rootDir>/tests/support/progressReporter.cjs"],
};
