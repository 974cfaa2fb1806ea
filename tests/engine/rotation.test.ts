import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests, requests } from "../support/harness";
import { providers, type TestProject } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ createProject }) => {
    const up = ["up", "--yes", "--skip-preview"];
    const unchanged = ["preview", "--expect-no-changes"];

    /** Shifts the dates in a stack's state as if so many days had passed since the last `pulumi up`. */
    async function age({ stack, scratch }: TestProject, days: number): Promise<void> {
        const aged = (date: string) => new Date(Date.parse(date) - days * 24 * 60 * 60 * 1000).toISOString();
        const state = await stack.must("stack", "export");
        const older = state.replace(/(?<="(?:createdAt|rotateAt|__checkedAt)": ")[^"]+/g, aged);
        expect(older).not.toBe(state);
        const file = join(scratch, "aged.json");
        writeFileSync(file, older);
        await stack.must("stack", "import", "--file", file);
    }

    test("updates a consumer after the new key is created and before the old one is revoked", async () => {
        const emulator = await emulatorWith();
        // The consumer signs a list request with its key, as a bot would.
        const program = (incident: number) => `
        const { dynamic } = require("@pulumi/pulumi");
        const key = new Key("bot", { keyType: "ed25519", rotationTriggers: { incident: ${incident} } });
        const use = async ({ baseUrl, apiKey, privateKey }) => {
            const { createPrivateKey, sign } = require("node:crypto");
            const now = String(Date.now());
            const signature = sign(null, Buffer.from(now + "GET/trade-api/v2/api_keys"), createPrivateKey(privateKey));
            const headers = { "KALSHI-ACCESS-KEY": apiKey, "KALSHI-ACCESS-TIMESTAMP": now,
                "KALSHI-ACCESS-SIGNATURE": signature.toString("base64") };
            const response = await fetch(baseUrl + "/api_keys", { headers });
            if (response.status !== 200) throw new Error("status " + response.status);
        };
        class Consumer extends dynamic.Resource {}
        new Consumer({
            create: async (inputs) => { await use(inputs); return { id: "consumer", outs: inputs }; },
            update: async (id, olds, news) => { await use(news); return { outs: news }; },
        }, "consumer", { baseUrl: ${JSON.stringify(emulator.baseUrl)}, apiKey: key.apiKeyId, privateKey: key.privateKey });`;
        const project = await createProject(emulator, program(1));
        await project.stack.must(...up);
        const [old] = await accountKeys(emulator);
        project.write(program(2));
        await forgetRequests(emulator);
        await project.stack.must(...up);
        const events = (await requests(emulator)).map(({ method, path, keyId, status }) => [
            method,
            path.split("/").at(-1),
            keyId,
            status,
        ]);
        const [current] = await accountKeys(emulator);
        expect(current).not.toBe(old);
        expect(events).toEqual([
            ["POST", "generate", emulator.rootKeyId, 201],
            ["GET", "api_keys", current, 200],
            ["DELETE", old, emulator.rootKeyId, 204],
        ]);
    });

    test("replaces a key that is due with the reason in the preview, and changes rotationDays in place", async () => {
        const emulator = await emulatorWith();
        const program = (days: number) =>
            `const key = new Key("bot", { keyType: "ed25519", rotationDays: ${days} });
         module.exports = { createdAt: key.createdAt, rotateAt: key.rotateAt, apiKeyId: key.apiKeyId };`;
        const project = await createProject(emulator, program(30));
        await project.stack.must(...up);
        const days = async () => {
            const { createdAt, rotateAt } = await project.stack.outputs();
            return (Date.parse(String(rotateAt)) - Date.parse(String(createdAt))) / (24 * 60 * 60 * 1000);
        };
        expect(await days()).toBe(30);
        await age(project, 29);
        await forgetRequests(emulator);
        await project.stack.must(...unchanged);

        project.write(program(60));
        expect(await project.stack.must("preview")).toMatch(/~ 1 to update/);
        await project.stack.must(...up);
        expect(await days()).toBe(60);
        expect(await calls(emulator)).toEqual([]);

        await age(project, 31);
        await project.stack.must("refresh", "--yes", "--skip-preview", "--expect-no-changes");
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
        await forgetRequests(emulator);
        const preview = await project.stack.must("preview");
        expect(preview).toMatch(/is replaced because it was due for rotation on \d{4}-/);
        expect(preview).toMatch(/1 to replace/);
        expect(await calls(emulator)).toEqual([]);
        await project.stack.must(...up);
        expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
        await project.stack.must(...unchanged);
        expect(await accountKeys(emulator)).toEqual([(await project.stack.outputs())["apiKeyId"]]);
    });
});
