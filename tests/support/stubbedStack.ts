import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Emulator } from "kalshi-emulator";
import type { Ended } from "../../tools/processes";
import { pluginType } from "../../provider/src/package";
import { doctorIn, findingsIn, type Findings } from "./doctor";
import { environmentOf, scratchFolder, until } from "./harness";

/** The `pulumi` of a stubbed stack. It answers the doctor's commands with the files beside it. */
const script = `#!/bin/sh
cd "\${0%/*}" || exit 2
printf '%s\\n' "$*" >> calls
if [ -f pause ]; then . ./pause; fi
case "$*" in
    *" version") echo v3.250.0;;
    *" stack --show-name"*) cat name;;
    *" config --json"*) cat config.json;;
    *" stack export"*) cat state.json;;
    *" stack ls"*) cat stacks.json;;
    *" stack history"*) cat history.json;;
    *" refresh --clear-pending-creates"*) if [ -f locked ]; then cat locked >&2; exit 255; fi; cp cleared.json state.json;;
    *) echo "error: the stub has no $*" >&2; exit 2;;
esac
`;

const providerUrn = "urn:pulumi:test::tests::pulumi:providers:kalshi::default";
const providerResource = { urn: providerUrn, type: "pulumi:providers:kalshi", id: "p1", inputs: {} };

/** What a state shows of a key. */
export interface KeyInState {
    /** The resource's name in the program. */
    readonly resource: string;
    readonly name: string;
    /** Whether the name is auto-generated. Default: true. */
    readonly uniqueName?: boolean;
    /** Absent in a pending operation. */
    readonly apiKeyId?: string;
}

/** An update in the stack's history. */
interface Update {
    readonly kind: string;
    readonly startTime: string;
}

/**
 * A project with a `pulumi` on PATH that prints files, so that the doctor runs without an engine. What the real engine does is tested
 * in tests/engine/doctor.test.ts.
 */
export class StubbedStack {
    private constructor(
        readonly emulator: Emulator,
        /** The project's folder. */
        readonly folder: string,
        readonly env: NodeJS.ProcessEnv,
        private readonly engine: string,
    ) {}

    /** Creates a stack with an empty state that signs with the emulator's root key. */
    static async create(emulator: Emulator): Promise<StubbedStack> {
        const scratch = await scratchFolder();
        const [folder, engine] = [join(scratch, "project"), join(scratch, "engine")];
        [folder, engine].forEach((path) => mkdirSync(path));
        writeFileSync(join(folder, "Pulumi.yaml"), "name: tests\nruntime: nodejs\n");
        writeFileSync(join(engine, "pulumi"), script, { mode: 0o755 });
        const env = {
            PATH: `${engine}${delimiter}${process.env["PATH"] ?? ""}`,
            PULUMI_HOME: join(scratch, "home"),
            PULUMI_BACKEND_URL: `file://${scratch}`,
            ...environmentOf(emulator),
        };
        const stack = new StubbedStack(emulator, folder, env, engine);
        stack.rename("test");
        stack.setConfiguration({});
        stack.setUpdates([]);
        stack.setState([]);
        return stack;
    }

    /** Names the stack. It is the only one of its project. */
    rename(name: string, fullName = `organization/tests/${name}`): void {
        this.#write("name", `${fullName}\n`);
        this.#write("stacks.json", JSON.stringify([{ name }]));
    }

    setConfiguration(options: Readonly<Record<string, { value: string; secret: boolean }>>): void {
        this.#write("config.json", JSON.stringify(options));
    }

    /** Sets the stack's history, the newest update first. */
    setUpdates(updates: readonly Update[]): void {
        this.#write("history.json", JSON.stringify(updates));
    }

    /** Sets the keys in the state and those of pending creates. */
    setState(keys: readonly KeyInState[], creating: readonly KeyInState[] = []): void {
        const resources = [providerResource, ...keys.map((key) => this.#resource(key))];
        const operations = creating.map((key) => ({ type: "creating", resource: this.#resource(key) }));
        this.#write("state.json", JSON.stringify({ deployment: { resources, pending_operations: operations } }));
        this.#write("cleared.json", JSON.stringify({ deployment: { resources } }));
    }

    #resource({ resource, name, uniqueName = true, apiKeyId }: KeyInState): object {
        const inputs = { name, ...(uniqueName && { __defaults: ["name"] }) };
        const { baseUrl, rootKeyId } = this.emulator;
        return {
            urn: `urn:pulumi:test::tests::${pluginType}::${resource}`,
            type: pluginType,
            provider: `${providerUrn}::p1`,
            inputs,
            ...(apiKeyId !== undefined && {
                id: apiKeyId,
                outputs: { ...inputs, apiKeyId, environment: baseUrl, __signedBy: rootKeyId },
            }),
        };
    }

    /** Returns the number of pending operations in the state. */
    pending(): number {
        const { deployment } = JSON.parse(readFileSync(join(this.engine, "state.json"), "utf8")) as {
            deployment: { pending_operations?: unknown[] };
        };
        return deployment.pending_operations?.length ?? 0;
    }

    /** Locks the stack, as a killed engine does, or unlocks it. */
    lock(isLocked: boolean): void {
        const file = join(this.engine, "locked");
        if (isLocked) {
            writeFileSync(file, "error: the stack is currently locked by 1 lock(s)\n");
        } else {
            rmSync(file);
        }
    }

    async doctor(...args: string[]): Promise<Ended> {
        return doctorIn(this.folder, this.env, ...args);
    }

    async findings(...args: string[]): Promise<Findings> {
        return findingsIn(this.folder, this.env, ...args);
    }

    /**
     * Runs `doctor --fix --yes` and makes a change before one of its calls of `pulumi`, as another process would.
     *
     * @param command the call's command
     * @param count which call of that command it is, from 1 on
     */
    async fixMeanwhile(command: string, count: number, change: () => unknown): Promise<Ended> {
        const [paused, resumed] = [join(this.engine, "paused"), join(this.engine, "resumed")];
        const wait = ": > paused; while ! [ -f resumed ]; do sleep 0.01; done";
        this.#write("pause", `if [ "$(grep -c '${command}' calls)" = ${count} ]; then ${wait}; fi\n`);
        const running = this.doctor("--fix", "--yes");
        await until(async () => existsSync(paused));
        await change();
        writeFileSync(resumed, "");
        return running;
    }

    #write(file: string, text: string): void {
        writeFileSync(join(this.engine, file), text);
    }
}
