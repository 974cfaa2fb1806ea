import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, run, type Ended } from "./processes";

/** A resource in an exported state, as far as the tools here look at it. */
export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
    readonly additionalSecretOutputs?: readonly string[];
}

const quiet = ["--non-interactive", "--color=never"];

/** The type tokens of a `KalshiApiKey` and of an `ApiKey`. */
const apiKeyTypes: readonly string[] = ["pulumi-nodejs:dynamic/kalshi:ApiKey", "kalshi:index:ApiKey"];

/** Where a stack lives and what its runs find in their environment. */
export interface StackOptions {
    /** The folder of the project. */
    readonly project: string;
    /** A folder for the backend and the Pulumi home, thrown away with all that is in it. */
    readonly scratch: string;
    readonly name: string;
    /** Added to this process's environment, from which all of Pulumi's and Kalshi's variables are taken out. */
    readonly env: Readonly<Record<string, string>>;
}

/** A throwaway stack on a file backend of its own, driven through the real `pulumi`, which has to be on PATH. */
export class Stack {
    private constructor(
        readonly options: StackOptions,
        readonly env: NodeJS.ProcessEnv,
    ) {}

    static async create(options: StackOptions): Promise<Stack> {
        const stack = await Stack.open(options);
        await stack.must("stack", "init", options.name);
        return stack;
    }

    /** A stack that exists already, or does not need to. */
    static async open(options: StackOptions): Promise<Stack> {
        const backend = join(options.scratch, "backend");
        await mkdir(backend, { recursive: true });
        const others = Object.entries(process.env).filter(([name]) => !/^(PULUMI|KALSHI)_/.test(name));
        return new Stack(options, {
            ...Object.fromEntries(others),
            PULUMI_BACKEND_URL: `file://${backend}`,
            PULUMI_HOME: join(options.scratch, "home"),
            PULUMI_CONFIG_PASSPHRASE: "for a stack that lives some seconds",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_STACK: options.name,
            ...options.env,
        });
    }

    /** Runs `pulumi` to its end, whatever that is. */
    async pulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
        return run("pulumi", [...quiet, ...args], { cwd: this.options.project, env: { ...this.env, ...env } });
    }

    /** Runs `pulumi`, which must succeed; its output. */
    async must(...args: readonly string[]): Promise<string> {
        return mustRun("pulumi", [...quiet, ...args], { cwd: this.options.project, env: this.env });
    }

    /** Sets an option to a secret, which goes in by standard input, where no list of processes shows it. */
    async setSecret(option: string, value: string): Promise<void> {
        const args = [...quiet, "config", "set", "--secret", option];
        await mustRun("pulumi", args, { cwd: this.options.project, env: this.env, input: value });
    }

    /** The stack's outputs, secrets in clear. */
    async outputs(): Promise<Record<string, unknown>> {
        return JSON.parse(await this.must("stack", "output", "--json", "--show-secrets")) as Record<string, unknown>;
    }

    /**
     * The API keys that the state holds, as they stand there, secrets encrypted.
     *
     * @param options of `pulumi stack export`
     */
    async resources(...options: readonly string[]): Promise<StateResource[]> {
        const state = JSON.parse(await this.must("stack", "export", ...options)) as {
            deployment: { resources?: StateResource[] };
        };
        return (state.deployment.resources ?? []).filter(({ type }) => apiKeyTypes.includes(type));
    }

    /** Forgets the stack, its configuration file and the scratch folder, whatever the state still holds. */
    async dispose(): Promise<void> {
        await this.pulumi(["stack", "rm", this.options.name, "--yes", "--force"]);
        await rm(this.options.scratch, { recursive: true, force: true });
    }
}
