import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "./paths";
import { mustRun, run, type Ended } from "./processes";

/** A resource in an exported state, with the properties that are used here. */
export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
    readonly additionalSecretOutputs?: readonly string[];
}

const quiet = ["--non-interactive", "--color=never"];

/** The type tokens of both providers' resources. */
const apiKeyTypes = /^(pulumi-nodejs:dynamic\/kalshi|kalshi:index):(Rotating)?ApiKey$/;

/** The location and the environment of a stack. */
export interface StackOptions {
    /** The folder of the project. */
    readonly project: string;
    /** A temporary folder for the backend and the Pulumi home. */
    readonly scratch: string;
    readonly name: string;
    /** Added to this process's environment, from which all variables of Pulumi and Kalshi are removed. */
    readonly env: Readonly<Record<string, string>>;
}

/** A temporary stack on its own file backend. Runs the real `pulumi`, which has to be on PATH. */
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

    /** Opens a stack without creating it. */
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
            // Otherwise each run downloads @pulumi/random's plugin, because the package is in node_modules.
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_STACK: options.name,
            // Each run starts two Node processes that load the same modules. The cache saves a tenth of a second in each.
            NODE_COMPILE_CACHE: join(cache, "node"),
            ...options.env,
        });
    }

    /** Runs `pulumi`. Returns its exit code and output, even if it fails. */
    async pulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
        return run("pulumi", [...quiet, ...args], { cwd: this.options.project, env: { ...this.env, ...env } });
    }

    /** Runs `pulumi`, which must succeed, and returns its output. */
    async must(...args: readonly string[]): Promise<string> {
        return mustRun("pulumi", [...quiet, ...args], { cwd: this.options.project, env: this.env });
    }

    /** Sets an option to a secret. Passes the secret by standard input, because other processes can read a command line. */
    async setSecret(option: string, value: string): Promise<void> {
        const args = [...quiet, "config", "set", "--secret", option];
        await mustRun("pulumi", args, { cwd: this.options.project, env: this.env, input: value });
    }

    /** Returns the stack's outputs, with secrets in plaintext. */
    async outputs(): Promise<Record<string, unknown>> {
        return JSON.parse(await this.must("stack", "output", "--json", "--show-secrets")) as Record<string, unknown>;
    }

    /**
     * Returns the API keys in the state, with encrypted secrets.
     *
     * @param options options of `pulumi stack export`
     */
    async resources(...options: readonly string[]): Promise<StateResource[]> {
        const state = JSON.parse(await this.must("stack", "export", ...options)) as {
            deployment: { resources?: StateResource[] };
        };
        return (state.deployment.resources ?? []).filter(({ type }) => apiKeyTypes.test(type));
    }

    /** Removes the stack, its configuration file and the temporary folder, even if the state still holds resources. */
    async dispose(): Promise<void> {
        await this.pulumi(["stack", "rm", this.options.name, "--yes", "--force"]);
        await rm(this.options.scratch, { recursive: true, force: true });
    }
}
