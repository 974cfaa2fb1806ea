import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isScalar, parse, parseDocument, visit } from "yaml";
import { hasActionlint, lintWorkflows } from "../../tools/actionlint";
import { root } from "../../tools/paths";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

interface Step {
    readonly uses?: string;
    readonly run?: string;
}

interface Job {
    readonly uses?: string;
    readonly permissions?: unknown;
    readonly "timeout-minutes"?: number;
    readonly strategy?: unknown;
    readonly steps?: readonly Step[];
}

interface Workflow {
    readonly permissions?: unknown;
    readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = globSync(".github/workflows/*.{yml,yaml}", { cwd: root }).sort();
const actions = globSync(".github/actions/*/action.{yml,yaml}", { cwd: root });
const read = (file: string) => readFileSync(join(root, file), "utf8");

// In CI `npm test` fails earlier if Go is not installed.
(hasActionlint() ? describe : describe.skip)("actionlint", () => {
    test("finds nothing in the workflows", async () => {
        expect(workflows.length).toBeGreaterThanOrEqual(5);
        const { code, stdout, stderr } = await lintWorkflows(workflows.map((file) => join(root, file)));
        expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    });

    test.each([
        ["an unknown key", "timeout-minutes", "timeout-minute", "syntax-check"],
        ["an unknown context", "matrix.node", "matrix.nodes", "expression"],
        ["a missing job", "[ci, provenance]", "[ci, provenence]", "job-needs"],
    ])("fails on a workflow with %s", async (_what, correct, wrong, kind) => {
        const workflow = workflows.map(read).find((text) => text.includes(correct)) ?? "";
        const file = join(await scratchFolder(), "workflow.yml");
        writeFileSync(file, workflow.replace(correct, wrong));
        const { code, stdout } = await lintWorkflows([file]);
        expect(stdout).toContain(`[${kind}]`);
        expect(code).toBe(1);
    });
});

/** Returns the actions and workflows of other repositories that are used without the hash of a commit and a comment with its version. */
function unpinned(yaml: string): string[] {
    const found: string[] = [];
    visit(parseDocument(yaml), {
        Pair(_key, { key, value }) {
            if (!isScalar(key) || key.value !== "uses" || !isScalar<string>(value) || value.value.startsWith("./")) {
                return;
            }
            if (!/^[\w./-]+@[0-9a-f]{40}$/.test(value.value) || !/^ v\d+\.\d+\.\d+$/.test(value.comment ?? "")) {
                found.push(value.value);
            }
        },
    });
    return found;
}

/** Returns the names of the npm scripts that a command runs. */
function npmScripts(command: string): string[] {
    return [...command.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test)\b)/g)].map(
        ([, script, test]) => script ?? test ?? "",
    );
}

describe.each([...workflows, ...actions])("%s", (file) => {
    test("pins each action by the hash of a commit and names its version", () => {
        expect(unpinned(read(file))).toEqual([]);
    });

    test("runs only npm scripts that exist", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        expect(npmScripts(read(file)).filter((script) => !(script in scripts))).toEqual([]);
    });
});

describe.each(workflows)("each job of %s", (file) => {
    const workflow = parse(read(file)) as Workflow;
    const jobs = Object.entries(workflow.jobs);

    test("has its own permissions, and the workflow gives none", () => {
        expect(workflow.permissions).toEqual({});
        expect(jobs.filter(([, { permissions }]) => permissions === undefined)).toEqual([]);
    });

    test("has a timeout, unless it calls another workflow, whose jobs have theirs", () => {
        const unlimited = jobs.filter(([, job]) => job.uses === undefined && job["timeout-minutes"] === undefined);
        expect(unlimited).toEqual([]);
    });
});

test.each([
    ["actions/checkout@v7", false],
    ["actions/checkout@v7 # 3d3c42e5aac5ba805825da76410c181273ba90b1", false],
    ["actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", false],
    ["actions/checkout@3d3c42e # v7.0.1", false],
    ["actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7", false],
    ["actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", true],
    ["./.github/actions/setup", true],
])("uses: %s: is pinned: %s", (uses, isPinned) => {
    const [action = ""] = uses.split(" ");
    expect(unpinned(`jobs:\n  a:\n    steps:\n      - uses: ${uses}\n`)).toEqual(isPinned ? [] : [action]);
});

test("the scripts of a command are found", () => {
    expect(npmScripts("npm run package -- --check\nnpm test -- tests/unit")).toEqual(["package", "test"]);
});
