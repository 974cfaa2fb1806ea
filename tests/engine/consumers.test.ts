import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseDocument } from "yaml";
import type { Emulator } from "../../emulator/index";
import { evaluateEnvironment, hasEsc } from "../../tools/esc";
import { exampleSdks, hasExampleSdks } from "../../tools/exampleSdks";
import { root } from "../../tools/paths";
import { mustRun } from "../../tools/processes";
import { Stack, type StateResource } from "../../tools/stack";
import { isFull } from "../support/full";
import {
    accountKeys,
    cleanUp,
    emulatorWith,
    environmentOf,
    onCleanUp,
    rootKeyPem,
    scratchFolder,
} from "../support/harness";
import { startKms } from "../support/kmsServer";
import { leaks } from "../support/leaks";
import { age } from "../support/project";
import { generationsIn, signs } from "../support/rotatingKeys";
import { writeStubPlugins } from "../support/stubPlugins";

afterEach(cleanUp);

const testWithSdks = isFull && hasExampleSdks() ? test : test.skip;
const testWithEsc = isFull && hasEsc() ? test : test.skip;

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

/** Copies examples into a folder that finds the SDKs. It is removed after the test. */
async function copyExamples(...examples: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(exampleSdks(), "test-"));
    onCleanUp(() => rm(folder, { recursive: true }));
    for (const example of examples) {
        cpSync(join(root, "examples", example), join(folder, example), { recursive: true });
    }
    return folder;
}

/** A copy of an example, and its stack. */
interface ExampleProject {
    readonly stack: Stack;
    readonly project: string;
    readonly scratch: string;
}

/** Creates a stack of a copied example. A stub takes the place of the plugin of its SDK. */
async function projectOf(
    example: string,
    plugin: string,
    config: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>>,
): Promise<ExampleProject> {
    const project = join(await copyExamples(example), example);
    const scratch = await scratchFolder();
    const stubs = join(scratch, "stubs");
    writeStubPlugins(stubs, [plugin]);
    const stack = await Stack.create({
        project,
        scratch: join(scratch, "pulumi"),
        name: "test",
        env: {
            PATH: `${stubs}${delimiter}${process.env["PATH"]}`,
            // Another test checks the types. With AWS's, each run would take a minute.
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
            ...env,
        },
    });
    for (const [name, value] of Object.entries(config)) {
        await stack.must("config", "set", name, value);
    }
    return { stack, project, scratch };
}

const examplesWithSdks = ["aws-kms", "aws-secrets-manager", "github-actions-secret", "kubernetes-secret"];

testWithSdks("the examples have no type errors with the SDKs that their package.json names", async () => {
    const folder = await copyExamples(...examplesWithSdks);
    const sdks = JSON.parse(readFileSync(join(exampleSdks(), "package.json"), "utf8")) as Manifest;
    for (const example of examplesWithSdks) {
        const { dependencies } = JSON.parse(readFileSync(join(folder, example, "package.json"), "utf8")) as Manifest;
        expect({ ...sdks.dependencies, ...dependencies }).toEqual({ ...dependencies, ...sdks.dependencies });
    }
    const config = { extends: join(root, "tsconfig.json"), include: ["**/*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    await mustRun(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder]);
});

interface Manifest {
    readonly dependencies: Readonly<Record<string, string>>;
}

/** An API key as a consumer gets it. */
interface Credentials {
    readonly apiKeyId: string;
    readonly privateKey: string;
}

/** The resources of a type in a stack's state. Their secrets are in plaintext. */
type ResourcesOf = (type: string) => readonly StateResource[];

/** An example that passes a rotating key to a consumer. */
interface Consumer {
    readonly example: string;
    /** The package whose plugin manages the consumer. */
    readonly plugin: string;
    readonly config: Readonly<Record<string, string>>;
    /** The days for which the previous key stays valid. */
    readonly overlapDays: number;
    /** Returns what the consumer gets. */
    readonly read: (resources: ResourcesOf) => Credentials;
}

const consumers: readonly Consumer[] = [
    {
        example: "kubernetes-secret",
        plugin: "kubernetes",
        config: { image: "registry.example/market-maker:1.0.0" },
        overlapDays: 2,
        read: (resources) => {
            const [deployment] = resources("kubernetes:apps/v1:Deployment");
            const { spec } = deployment?.inputs as unknown as Deployment;
            const [volume] = spec.template.spec.volumes;
            const mounted = resources("kubernetes:core/v1:Secret").find(({ outputs }) => {
                const { name } = outputs?.["metadata"] as { name: string };
                return name === volume?.secret.secretName;
            });
            const files = mounted?.inputs?.["stringData"] as Record<string, string>;
            return { apiKeyId: String(files["api-key-id"]), privateKey: String(files["private-key.pem"]) };
        },
    },
    {
        example: "aws-secrets-manager",
        plugin: "aws",
        config: {},
        overlapDays: 2,
        read: (resources) => {
            const [secret] = resources("aws:secretsmanager/secret:Secret");
            const [version] = resources("aws:secretsmanager/secretVersion:SecretVersion");
            expect(version?.inputs?.["secretId"]).toBe(secret?.id);
            return JSON.parse(String(version?.inputs?.["secretString"])) as Credentials;
        },
    },
    {
        example: "github-actions-secret",
        plugin: "github",
        config: { repository: "my-bot" },
        overlapDays: 1,
        read: (resources) => {
            const secrets = resources("github:index/actionsSecret:ActionsSecret");
            const values = new Map(secrets.map(({ inputs }) => [inputs?.["secretName"], inputs?.["value"]]));
            return {
                apiKeyId: String(values.get("KALSHI_API_KEY_ID")),
                privateKey: String(values.get("KALSHI_PRIVATE_KEY")),
            };
        },
    },
];

interface Deployment {
    readonly spec: { template: { spec: { volumes: readonly { secret: { secretName: string } }[] } } };
}

/** Returns the resources in a state that `pulumi stack export --show-secrets` has printed. */
function resourcesIn(exported: string): ResourcesOf {
    const withoutEnvelopes = (_name: string, value: unknown): unknown =>
        typeof value === "object" && value !== null && "plaintext" in value
            ? JSON.parse(String(value.plaintext))
            : value;
    const { deployment } = JSON.parse(exported, withoutEnvelopes) as { deployment: { resources: StateResource[] } };
    return (type) => deployment.resources.filter((resource) => resource.type === type);
}

/** Runs `pulumi up`. Returns what the consumer got, after checks that it is the current key and encrypted everywhere. */
async function upWith({ read }: Consumer, { stack, scratch }: ExampleProject): Promise<Credentials> {
    const printed = await stack.must(...up);
    const credentials = read(resourcesIn(await stack.must("stack", "export", "--show-secrets")));
    const [generations] = (await generationsIn(stack)).values();
    expect(generations?.current).toMatchObject(credentials);
    expect(leaks([credentials.privateKey], scratch, new Map([["pulumi up", printed]]))).toEqual([]);
    return credentials;
}

describe.each(consumers)("the example $example", (consumer) => {
    const { example, plugin, config, overlapDays } = consumer;

    testWithSdks(
        `passes the current key to the consumer, as a secret (with a stub of the plugin ${plugin})`,
        async () => {
            const emulator = await emulatorWith();
            const project = await projectOf(example, plugin, config, environmentOf(emulator));
            const { stack } = project;
            const valid = (...keys: Credentials[]) => Promise.all(keys.map((key) => signs(emulator, key)));
            const first = await upWith(consumer, project);
            expect(await valid(first)).toEqual([true]);
            await stack.must("preview", "--expect-no-changes");

            await age(project, 31);
            const second = await upWith(consumer, project);
            expect(second.apiKeyId).not.toBe(first.apiKeyId);
            expect(await valid(first, second)).toEqual([true, true]);

            await age(project, overlapDays + 0.1);
            expect(await upWith(consumer, project)).toEqual(second);
            expect(await valid(first, second)).toEqual([false, true]);

            await stack.must(...destroy);
            expect(await accountKeys(emulator)).toEqual([]);
        },
    );
});

/** A bot that signs with the example's sign.ts, by AWS's own client. Prints the status of Kalshi's response. */
const bot = `
import { KMSClient } from "@aws-sdk/client-kms";
import { signedHeaders } from "./sign";

const [apiKeyId = "", kmsKeyId = "", address = ""] = process.argv.slice(2);
const url = new URL(address);
void signedHeaders(new KMSClient(), { apiKeyId, kmsKeyId }, "GET", url)
    .then((headers) => fetch(url, { headers }))
    .then(({ status }) => console.log(status));
`;

// The README of the example names both pairs.
const keySpecs = [
    ["RSA_2048", "RSASSA_PSS_SHA_256"],
    ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512"],
] as const;

describe.each(keySpecs)("the example aws-kms with %s and %s", (keySpec, algorithm) => {
    testWithSdks("signs requests that the emulator accepts (with stubs of KMS and of the plugin aws)", async () => {
        const emulator = await emulatorWith();
        const aws = {
            AWS_ENDPOINT_URL_KMS: await startKms(),
            AWS_REGION: "us-east-1",
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
        };
        const env = { ...environmentOf(emulator), ...aws };
        const { stack, project } = await projectOf("aws-kms", "aws", { incident: "2026-11-24" }, env);
        const [defaultSpec, defaultAlgorithm] = keySpecs[0];
        replaceIn(join(project, "index.ts"), defaultSpec, keySpec);
        replaceIn(join(project, "sign.ts"), defaultAlgorithm, algorithm);
        writeFileSync(join(project, "bot.ts"), bot);
        const statusWith = async ({ apiKeyId, kmsKeyId }: Readonly<Record<string, unknown>>) => {
            const transpile = join(root, "node_modules", "ts-node", "register", "transpile-only");
            // The signature does not include the query.
            const args = [String(apiKeyId), String(kmsKeyId), `${emulator.baseUrl}/api_keys?limit=1`];
            const options = { cwd: project, env: { ...process.env, ...aws } };
            return mustRun(process.execPath, ["--require", transpile, "bot.ts", ...args], options);
        };
        await stack.must(...up);
        const first = await stack.outputs();
        expect(await statusWith(first)).toBe("200\n");
        expect(await stack.must("stack", "export", "--show-secrets")).not.toContain("PRIVATE KEY");

        await stack.must("config", "set", "incident", "2026-12-01");
        await stack.must(...up);
        const second = await stack.outputs();
        expect([await statusWith(first), await statusWith(second)]).toEqual(["401\n", "200\n"]);
        expect(await accountKeys(emulator)).toEqual([second["apiKeyId"]]);

        await stack.must(...destroy);
        expect(await accountKeys(emulator)).toEqual([]);
    });
});

function replaceIn(file: string, old: string, replacement: string): void {
    const text = readFileSync(file, "utf8");
    expect(text).toContain(old);
    writeFileSync(file, text.replace(old, replacement));
}

/** Returns the definition in the example's file, with the provider's credentials, as the commands of the README set them. */
function definitionFor(emulator: Emulator): string {
    const definition = parseDocument(readFileSync(join(root, "examples", "pulumi-esc", "environment.yaml"), "utf8"));
    definition.setIn(["values", "kalshi", "apiKeyId"], emulator.rootKeyId);
    definition.setIn(["values", "kalshi", "privateKey"], { "fn::secret": rootKeyPem(emulator) });
    return definition.toString();
}

testWithEsc(
    "the example pulumi-esc gives the provider its credentials (evaluated by ESC's own evaluator)",
    async () => {
        const emulator = await emulatorWith();
        const configuration = await evaluateEnvironment(definitionFor(emulator));
        expect(configuration).toEqual({
            "kalshi:environment": { value: "demo", secret: false },
            "kalshi:apiKeyId": { value: emulator.rootKeyId, secret: false },
            "kalshi:privateKey": { value: rootKeyPem(emulator), secret: true },
        });
        const stack = await Stack.create({
            project: join(root, "examples", "pulumi-esc"),
            scratch: await scratchFolder(),
            name: `test-${process.pid}`,
            env: {},
        });
        onCleanUp(() => stack.dispose());
        for (const [name, { value, secret }] of Object.entries(configuration)) {
            await (secret ? stack.setSecret(name, value) : stack.must("config", "set", name, value));
        }
        // The emulator is none of Kalshi's environments.
        await stack.must("config", "rm", "kalshi:environment");
        await stack.must("config", "set", "kalshi:baseUrl", emulator.baseUrl);
        await stack.must(...up);
        const { apiKeyId, privateKey } = await stack.outputs();
        expect(await signs(emulator, { apiKeyId: String(apiKeyId), privateKey: String(privateKey) })).toBe(true);
        await stack.must(...destroy);
    },
);
