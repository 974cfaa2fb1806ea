import { readFileSync } from "node:fs";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const typeChecked = defineConfig(globalIgnores(["**/dist/", "**/node_modules/", ".cache/", "release/", "reports/"]), {
    files: ["**/*.ts", "emulator/page/*.js"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
        parserOptions: {
            project: [
                "tsconfig.json",
                "provider/tsconfig.json",
                "emulator/tsconfig.json",
                "policies/tsconfig.json",
                "emulator/page/tsconfig.json",
                "tools/tsconfig.json",
                "tools/generate/tsconfig.json",
                "tests/tsconfig.json",
                "tests/browser/tsconfig.json",
                "benchmarks/tsconfig.json",
            ],
            tsconfigRootDir: import.meta.dirname,
        },
    },
    rules: {
        // A number in a message needs no ceremony.
        "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
        "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
        // `require` by name is how a package finds its own schema, and another its main file.
        "@typescript-eslint/no-require-imports": [
            "error",
            { allow: ["^pulumi-kalshi/", "^kalshi-emulator/", "/schema.json$"] },
        ],
        "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
        // Methods of an interface are async for the one implementation that needs it.
        "@typescript-eslint/require-await": "off",
        "@typescript-eslint/dot-notation": "off",
    },
});

// The types of these examples come from SDKs that only `npm run test:full` installs. Its tests check them.
const { exclude } = JSON.parse(readFileSync(new URL("tsconfig.json", import.meta.url), "utf8"));
const withoutTypes = exclude.filter((folder) => folder.startsWith("examples/")).map((folder) => `${folder}/*.ts`);

export default [...typeChecked, { files: withoutTypes, ...tseslint.configs.disableTypeChecked }];
