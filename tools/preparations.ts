import { rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ensureActionlint } from "./actionlint";
import { addresses } from "./addresses";
import { ensureBrowser } from "./browser";
import { ensureEngine } from "./engine/engine";
import { ensureLanguageHosts } from "./engine/languageHosts";
import { ensureEsc } from "./esc";
import { ensureExampleSdks } from "./exampleSdks";
import { mavenRepository, testedRelease } from "./paths";
import { ensurePostgres } from "./postgres";
import { ensurePythonWithClient, ensurePythonWithSdk } from "./python";
import { allParts, writeRelease } from "./release/release";

/** What Listr passes to a task. */
interface Step {
    title: string;
    output: string;
    skip(message: string): void;
}

/** A program or a folder that some tests need, beyond the npm packages and the build. */
export interface Preparation {
    readonly title: string;
    /** The beginnings of the paths of the test files that need it, relative to the root folder. */
    readonly neededBy: readonly string[];
    /** Whether only tests of `npm run test:full` need it. */
    readonly onlyInFull?: true;
    readonly task: (context: unknown, step: Step) => Promise<void>;
}

export const enginePreparation: Preparation = {
    title: "A Pulumi engine",
    neededBy: ["tests/engine/", "tests/clients/", "tests/live/", "tests/chaos/", "tests/browser/"],
    task: async (_context, step) => {
        const { bin, why } = await ensureEngine(throttled((line) => (step.output = line)));
        step.title = `The Pulumi engine: ${why}`;
        process.env["PATH"] = `${bin}${delimiter}${process.env["PATH"]}`;
    },
};

const consumers = ["tests/engine/consumers"];

/**
 * All preparations, in their order: those of the programs in Python need the engine on PATH. The tests that no row names, such as
 * tests/unit, tests/emulator and tests/plugin, need none.
 */
export const preparations: readonly Preparation[] = [
    enginePreparation,
    optional("Chromium, for the emulator's page", ["tests/browser/"], ensureBrowser),
    optional("PostgreSQL, for shared backends", ["tests/chaos/postgres", "tests/chaos/machines"], ensurePostgres),
    optional("Kalshi's own Python client", ["tests/clients/python", "tests/engine/tradingBot"], ensurePythonWithClient),
    optional(
        "Pulumi's language hosts for Go, YAML and Java",
        [
            "tests/engine/languages",
            "tests/engine/go",
            "tests/engine/yaml",
            "tests/engine/java",
            "tests/engine/templates",
        ],
        async (say) => {
            const folder = await ensureLanguageHosts(say);
            process.env["PATH"] = [process.env["PATH"], folder].filter(Boolean).join(delimiter);
            return folder ?? "they are on PATH";
        },
    ),
    optional(
        "The files of a release, from which the tests install the SDKs",
        [
            "tests/engine/languages",
            "tests/engine/go",
            "tests/engine/python",
            "tests/engine/release",
            "tests/engine/java",
            "tests/engine/csharp",
            "tests/engine/templates",
        ],
        async (say) => {
            await writeRelease(testedRelease, allParts, say);
            // Maven would use the package of an earlier release of the same version.
            const group = addresses.mavenGroup.split(".");
            await rm(join(mavenRepository, ...group), { recursive: true, force: true });
            return testedRelease;
        },
    ),
    optional(
        "Python programs on the Pulumi engine",
        ["tests/engine/languages", "tests/engine/python", "tests/engine/templates"],
        ensurePythonWithSdk,
    ),
    optional("actionlint, for the workflows", ["tests/tools/workflows"], ensureActionlint),
    { ...optional("The SDKs of AWS, GitHub and Kubernetes", consumers, ensureExampleSdks), onlyInFull: true },
    { ...optional("The evaluator of Pulumi ESC", consumers, ensureEsc), onlyInFull: true },
];

/**
 * Returns the preparations that the test files need.
 *
 * @param files paths relative to the root folder, with slashes
 * @param isFull whether `npm run test:full` runs them
 */
export function preparationsFor(
    files: readonly string[],
    isFull = process.env["TEST_FULL"] === "true",
): readonly Preparation[] {
    return preparations.filter(
        ({ neededBy, onlyInFull = false }) =>
            (isFull || !onlyInFull) && neededBy.some((beginning) => files.some((file) => file.startsWith(beginning))),
    );
}

/** Prepares a program that only some tests need. If that fails, those tests are skipped, except in CI, where it is an error. */
function optional(
    what: string,
    neededBy: readonly string[],
    prepare: (say: (line: string) => void) => Promise<string>,
): Preparation {
    return {
        title: what,
        neededBy,
        task: async (_context, step) => {
            try {
                const folder = await prepare(throttled((line) => (step.output = line)));
                step.title = `${what}: ${folder}`;
            } catch (error) {
                if (process.env["CI"] !== undefined) {
                    throw new Error(`In CI no test may be skipped: ${(error as Error).message}`);
                }
                step.skip(`${what}: its tests are skipped: ${(error as Error).message}`);
            }
        },
    };
}

/** Long steps report progress often. The log gets at most one line in this time. */
const secondsBetweenLines = 10;

function throttled(say: (line: string) => void): (line: string) => void {
    let last = -Infinity;
    return (line) => {
        if (performance.now() - last > secondsBetweenLines * 1000) {
            last = performance.now();
            say(line);
        }
    };
}
