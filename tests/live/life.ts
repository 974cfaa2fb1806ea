import assert from "node:assert/strict";
import { parsePrivateKey } from "../../provider/src/kalshi/auth";
import { verifyKey, type KeyVerdict } from "../../provider/src/kalshi/verifyKey";
import type { Stack } from "../../tools/stack";
import type { ProviderUnderTest, TestProject } from "../support/project";
import type { LiveAccount } from "./liveAccount";
import { poll } from "./poll";

/** A key of the stack's outputs. */
interface OutputKey {
    readonly apiKeyId: string;
    readonly privateKey: string;
}

interface Outputs {
    readonly key: OutputKey;
    readonly current: OutputKey;
    readonly previous?: OutputKey;
}

/** A step in the life of an API key and a rotating key. It throws if Kalshi or the provider does not behave as documented. */
export interface LifeStep {
    readonly title: string;
    readonly run: () => Promise<void>;
}

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

/** A stack with both resources of a provider on the live account. */
export class Life {
    #isDestroyed = true;

    private constructor(
        private readonly account: LiveAccount,
        private readonly project: TestProject,
    ) {}

    static async create(account: LiveAccount, provider: ProviderUnderTest): Promise<Life> {
        const { endpoint, credentials, privateKeyPath } = account.target;
        const project = await provider.createProjectWithEnvironment("", {
            KALSHI_BASE_URL: endpoint.baseUrl,
            KALSHI_API_KEY_ID: credentials.apiKeyId,
            KALSHI_PRIVATE_KEY_PATH: privateKeyPath,
        });
        return new Life(account, project);
    }

    get #stack(): Stack {
        return this.project.stack;
    }

    /** The steps, in their order. */
    readonly steps: readonly LifeStep[] = [
        { title: "up creates both keys", run: () => this.#createBoth() },
        { title: "preview shows no changes", run: () => this.#previewNothing() },
        { title: "up replaces the key and rotates the rotating key", run: () => this.#change() },
        { title: "refresh and up replace keys that were revoked outside Pulumi", run: () => this.#replaceRevoked() },
        { title: "revokeNow revokes the older generation", run: () => this.#revokeNow() },
        { title: "destroy revokes all keys", run: () => this.#destroy() },
    ];

    async #createBoth(): Promise<void> {
        const { key, current, previous } = await this.#up();
        assert.equal(previous, undefined, "the previous generation");
        await this.#assertSign(key, current);
    }

    async #previewNothing(): Promise<void> {
        await this.#stack.must("preview", "--refresh", "--expect-no-changes");
    }

    async #change(): Promise<void> {
        const before = await this.#outputs();
        const after = await this.#up({ scopes: ["read"] }, { rotationTriggers: { incident: 1 } });
        assert.equal(after.previous?.apiKeyId, before.current.apiKeyId, "the previous generation");
        await this.#assertSign(after.key, after.current, before.current);
        await this.#assertRevoked(before.key);
    }

    async #replaceRevoked(): Promise<void> {
        const before = await this.#outputs();
        for (const { apiKeyId } of [before.key, before.current]) {
            // A lagging list would show the key to the refresh, even if it has not shown it before.
            await this.account.untilListed(apiKeyId, true);
            await this.account.client.deleteApiKey(apiKeyId);
            await this.account.untilListed(apiKeyId, false);
        }
        await this.#stack.must("refresh", "--yes", "--skip-preview");
        await this.#stack.must(...up);
        const after = await this.#outputs();
        await this.#assertRevoked(before.key, before.current);
        await this.#assertSign(after.key, after.current);
    }

    async #revokeNow(): Promise<void> {
        const before = await this.#outputs();
        const after = await this.#up(
            { scopes: ["read"] },
            { rotationTriggers: { incident: 1 }, revokeNow: { leak: 1 } },
        );
        assert.equal(after.previous, undefined, "the previous generation");
        await this.#assertSign(after.key, after.current);
        await this.#assertRevoked(before.current);
    }

    async #destroy(): Promise<void> {
        const { key, current } = await this.#outputs();
        await this.#stack.must(...destroy);
        this.#isDestroyed = true;
        await this.#assertRevoked(key, current);
    }

    /** Revokes what an earlier failure or interruption left in the stack. It may fail, too. The account's clean-up follows. */
    async end(): Promise<void> {
        if (!this.#isDestroyed) {
            await this.#stack.pulumi(destroy);
        }
    }

    /** Runs `pulumi up` with these inputs besides those of all revisions. */
    async #up(key: object = {}, rotating: object = {}): Promise<Outputs> {
        const common = { namePrefix: this.account.runName, keyType: "ed25519", scopes: ["read", "write::trade"] };
        const rotatingArgs = { ...common, rotationDays: 30, overlapDays: 2, ...rotating };
        this.project.write(`
            const key = new Key("bot", ${JSON.stringify({ ...common, ...key })});
            const rotating = new RotatingKey("rotating", ${JSON.stringify(rotatingArgs)});
            const { apiKeyId, privateKey } = key;
            module.exports = { key: { apiKeyId, privateKey }, current: rotating.current, previous: rotating.previous };`);
        this.#isDestroyed = false;
        await this.#stack.must(...up);
        return this.#outputs();
    }

    async #outputs(): Promise<Outputs> {
        return (await this.#stack.outputs()) as unknown as Outputs;
    }

    async #assertSign(...keys: readonly OutputKey[]): Promise<void> {
        for (const key of keys) {
            assert.equal(await this.#verdictOf(key), "accepted", `a request that ${key.apiKeyId} signs`);
        }
    }

    async #assertRevoked(...keys: readonly OutputKey[]): Promise<void> {
        for (const key of keys) {
            // How long a revoked key still signs is a question of the probes.
            const isRevoked = (verdict: KeyVerdict) => verdict === "unknownKey";
            const { result } = await poll(this.account.interruption, () => this.#verdictOf(key), isRevoked);
            assert.equal(result, "unknownKey", `a request that the revoked ${key.apiKeyId} signs`);
        }
    }

    async #verdictOf({ apiKeyId, privateKey }: OutputKey) {
        return verifyKey(this.account.clientOf({ apiKeyId, privateKey: parsePrivateKey(privateKey) }));
    }
}
