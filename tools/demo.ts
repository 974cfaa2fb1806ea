import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axios from "axios";
import { startEmulator, type Emulator } from "kalshi-emulator";
import { ApiKeysApi, Configuration } from "kalshi-typescript";
import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { root } from "./paths";
import { Stack } from "./stack";

interface Context extends QuickStart {
    /** Kalshi's own client, which signs with the account's root key. */
    account: ApiKeysApi;
    /** The id of the key in the stack's state. */
    keyId: string;
}

const steps: ListrTask<Context>[] = [
    {
        title: "pulumi up creates a key",
        task: async (context, task) => {
            await context.stack.must("up", "--yes");
            context.keyId = await keyInState(context);
            task.title = `pulumi up created the key ${context.keyId}`;
        },
    },
    {
        title: "a second preview shows no changes",
        task: async ({ stack }) => {
            await stack.must("preview", "--expect-no-changes");
        },
    },
    {
        title: "the new key signs a request of Kalshi's own TypeScript client",
        task: async ({ emulator, stack, keyId }) => {
            const { apiKeyId, privateKey } = await stack.outputs();
            assert.equal(apiKeyId, keyId);
            const seen = await keyIds(client(emulator, keyId, String(privateKey)));
            assert.deepEqual(seen, new Set([emulator.rootKeyId, keyId]), "the list that the new key gets");
        },
    },
    {
        title: "the key is revoked behind Pulumi's back",
        task: async ({ account, emulator, keyId }) => {
            await account.deleteApiKey(keyId);
            assert.deepEqual(await keyIds(account), new Set([emulator.rootKeyId]), "the account's keys");
        },
    },
    {
        title: "pulumi refresh detects it: Kalshi no longer knows the key as a signing key",
        task: async ({ stack }) => {
            await stack.must("refresh", "--yes", "--skip-preview");
            assert.deepEqual(await stack.resources(), [], "the keys in the state");
        },
    },
    {
        title: "pulumi up creates a new key",
        task: async (context, task) => {
            const revoked = context.keyId;
            await context.stack.must("up", "--yes");
            context.keyId = await keyInState(context);
            assert.notEqual(context.keyId, revoked);
            task.title = `pulumi up created a new key, ${context.keyId}`;
        },
    },
    {
        title: "pulumi destroy revokes it, and only the root key is left on the account",
        task: async ({ account, emulator, stack }) => {
            await stack.must("destroy", "--yes");
            assert.deepEqual(await keyIds(account), new Set([emulator.rootKeyId]), "the account's keys");
        },
    },
];

/** The quick start at the top of the tree, as a stack on a temporary backend and the emulator. */
export interface QuickStart {
    readonly emulator: Emulator;
    readonly stack: Stack;
}

/**
 * Runs and checks the lifecycle of the quick start's key.
 *
 * @param engine the engine's folder if the user does not have it on PATH
 */
export async function demo(engine?: string): Promise<void> {
    await onQuickStart(async ({ emulator, stack }) => {
        console.log(`\nThe quick start (index.ts) against the emulator at ${emulator.baseUrl}:`);
        const account = client(emulator, emulator.rootKeyId, await readFile(emulator.rootKeyPath, "utf8"));
        const timer = { timer: PRESET_TIMER };
        const options = { rendererOptions: timer, fallbackRendererOptions: timer };
        await new Listr(steps, options).run({ emulator, stack, account, keyId: "" });
    });
    console.log(nextSteps(engine));
}

function nextSteps(engine: string | undefined): string {
    const path = engine === undefined ? "" : `    export PATH="${engine}:$PATH"\n`;
    return `
The same by hand: start the emulator in another terminal,

    npx kalshi-emulator --data-dir ~/.kalshi-emulator

then create a key, and revoke it:

    source ~/.kalshi-emulator/credentials.env
${path}\
    pulumi login --local && pulumi stack init dev
    pulumi up
    pulumi destroy

"A new project" in README.md has the way to a key of a real account.`;
}

/** Sets up the quick start, does something with it, and removes it. */
export async function onQuickStart<T>(use: (quickStart: QuickStart) => Promise<T>): Promise<T> {
    const scratch = await mkdtemp(join(tmpdir(), "kalshi-demo-"));
    const emulator = await startEmulator({ dataDir: join(scratch, "emulator") });
    try {
        const env = {
            KALSHI_BASE_URL: emulator.baseUrl,
            KALSHI_API_KEY_ID: emulator.rootKeyId,
            KALSHI_PRIVATE_KEY_PATH: emulator.rootKeyPath,
        };
        const name = `demo-${randomBytes(4).toString("hex")}`;
        const stack = await Stack.create({ project: root, scratch: join(scratch, "pulumi"), name, env });
        try {
            return await use({ emulator, stack });
        } finally {
            await stack.dispose();
        }
    } finally {
        await emulator.close();
        await rm(scratch, { recursive: true, force: true });
    }
}

/** Creates Kalshi's own client. It gets a separate axios instance, because the client adds its signing to the instance. */
function client(emulator: Emulator, apiKey: string, privateKeyPem: string): ApiKeysApi {
    const configuration = new Configuration({ apiKey, privateKeyPem, basePath: emulator.baseUrl });
    return new ApiKeysApi(configuration, undefined, axios.create());
}

async function keyIds(account: ApiKeysApi): Promise<Set<string>> {
    const { data } = await account.getApiKeys();
    return new Set(data.api_keys.map((key) => key.api_key_id));
}

/** Returns the id of the only key in the state. Checks that the account has that key and the root key, and no other. */
async function keyInState({ stack, account, emulator }: Context): Promise<string> {
    const ids = (await stack.resources()).map((resource) => resource.id ?? "");
    assert.equal(ids.length, 1, "the number of keys in the state");
    assert.deepEqual(await keyIds(account), new Set([emulator.rootKeyId, ...ids]), "the account's keys");
    return ids[0] ?? "";
}
