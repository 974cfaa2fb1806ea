import type { Emulator } from "../../emulator/index";
import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests, requests } from "../support/harness";
import { age, callsOf, providers } from "../support/project";

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

/** Returns a program with a key and a consumer, which signs a list request with the key, as a bot would. */
const program = ({ baseUrl }: Emulator, args: object) => `
    const { dynamic } = require("@pulumi/pulumi");
    const key = new Key("bot", ${JSON.stringify({ keyType: "ed25519", ...args })});
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
    }, "consumer", { baseUrl: ${JSON.stringify(baseUrl)}, apiKey: key.apiKeyId, privateKey: key.privateKey });
    module.exports = { createdAt: key.createdAt, rotateAt: key.rotateAt, apiKeyId: key.apiKeyId };`;

describe.each(providers)("with the $name:", ({ createProject }) => {
    test("changes rotationDays in place, and replaces a key that is due, with the reason and with its consumer", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program(emulator, { rotationDays: 30 }));
        await project.stack.must(...up);
        const days = async () => {
            const { createdAt, rotateAt } = await project.stack.outputs();
            return (Date.parse(String(rotateAt)) - Date.parse(String(createdAt))) / (24 * 60 * 60 * 1000);
        };
        expect(await days()).toBe(30);
        await age(project, 29);
        project.write(program(emulator, { rotationDays: 60 }));
        await forgetRequests(emulator);
        expect(await project.stack.must(...up)).toMatch(/~ 1 updated/);
        expect(await calls(emulator)).toEqual([]);
        expect(await days()).toBe(60);

        // A refresh has the inputs of the last `up`, so it shows no key as due.
        await age(project, 31);
        const refresh = ["refresh", "--yes", "--skip-preview", "--expect-no-changes"];
        expect(await callsOf(emulator, project, ...refresh)).toEqual(["GET api_keys"]);
        const [old] = await accountKeys(emulator);
        await forgetRequests(emulator);
        const printed = await project.stack.must("up", "--yes");
        const preview = printed.slice(0, printed.indexOf("Updating ("));
        expect(preview).toMatch(/is replaced because it was due for rotation on \d{4}-/);
        expect(preview).toMatch(/1 to replace/);
        const events = (await requests(emulator)).map(({ method, path, keyId, status }) => [
            method,
            path.split("/").at(-1),
            keyId,
            status,
        ]);
        const current = (await project.stack.outputs())["apiKeyId"];
        expect(await accountKeys(emulator)).toEqual([current]);
        expect(current).not.toBe(old);
        // The consumer uses the new key before the old one is revoked. The preview makes no API calls.
        expect(events).toEqual([
            ["POST", "generate", emulator.rootKeyId, 201],
            ["GET", "api_keys", current, 200],
            ["DELETE", old, emulator.rootKeyId, 204],
        ]);
    });
});
