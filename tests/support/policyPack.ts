import { symlinkSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { root } from "../../tools/paths";
import type { Stack } from "../../tools/stack";
import { scratchFolder } from "./harness";

/** A violation that the engine reports. */
export interface Violation {
    readonly policy: string;
    /** The name of the resource. */
    readonly key: string;
    readonly level: string;
    readonly message: string;
}

/** A run with the policy pack. */
export interface PolicyRun {
    readonly code: number | null;
    /** All that `pulumi` printed. */
    readonly output: string;
    readonly violations: readonly Violation[];
}

/** A copy of the built policy pack. */
export class PolicyPack {
    private constructor(private readonly folder: string) {}

    /**
     * Copies the pack, with another runtime. An official engine runs the original by its language host for Node. That of a built engine is
     * too old for it, but each engine runs a pack of another runtime by a program on PATH.
     * Source: pulumi/pulumi, sdk/go/common/resource/plugin/analyzer_plugin.go, NewPolicyAnalyzer.
     */
    static async create(): Promise<PolicyPack> {
        const folder = await scratchFolder();
        for (const file of ["dist", "package.json"]) {
            await cp(join(root, "policies", file), join(folder, file), { recursive: true });
        }
        symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
        const description = await readFile(join(root, "policies", "PulumiPolicy.yaml"), "utf8");
        await writeFile(join(folder, "PulumiPolicy.yaml"), description.replace("runtime: nodejs", "runtime: direct"));
        const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
        const program = `#!/bin/sh\nexec "${process.execPath}" "${runner}" "$@"\n`;
        await mkdir(join(folder, "bin"));
        await writeFile(join(folder, "bin", "pulumi-analyzer-policy-direct"), program, { mode: 0o755 });
        return new PolicyPack(folder);
    }

    async preview(stack: Stack, config: object = {}): Promise<PolicyRun> {
        return this.#run(stack, ["preview", "--json"], config);
    }

    async up(stack: Stack, config: object = {}): Promise<PolicyRun> {
        return this.#run(stack, ["up", "--yes", "--skip-preview", "--json"], config);
    }

    async #run(stack: Stack, args: readonly string[], config: object): Promise<PolicyRun> {
        const file = join(this.folder, "config.json");
        await writeFile(file, JSON.stringify(config));
        const options = ["--policy-pack", this.folder, "--policy-pack-config", file];
        const { code, stdout, stderr } = await stack.pulumi([...args, ...options], {
            PATH: [join(this.folder, "bin"), process.env["PATH"]].join(delimiter),
            // Otherwise a preview prints a summary, without violations.
            PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
        });
        return { code, output: stdout + stderr, violations: stdout.split("\n").flatMap(violationIn) };
    }
}

/** Returns the violation that an engine event in JSON reports, if it does. Source: pulumi/pulumi, sdk/go/common/apitype/events.go. */
function violationIn(line: string): Violation[] {
    if (!line.startsWith("{")) {
        return [];
    }
    const { policyEvent: event } = JSON.parse(line) as { policyEvent?: Readonly<Record<string, string>> };
    if (event === undefined) {
        return [];
    }
    const { policyName = "", resourceUrn = "", enforcementLevel = "", message = "" } = event;
    return [
        {
            policy: policyName,
            key: resourceUrn.split("::").at(-1) ?? "",
            level: enforcementLevel,
            message: message.replace(/<\{%.*?%\}>/g, ""),
        },
    ];
}
