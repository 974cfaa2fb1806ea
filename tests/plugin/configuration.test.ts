import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { calls, cleanUp, emulatorWith, environmentOf, ownKeyPair, scratchFolder } from "../harness";
import { Plugin, secret, unknown } from "./plugin";

afterEach(cleanUp);

const { privateKey } = ownKeyPair("ed25519");
const good = { environment: "demo", apiKeyId: "7ab1e452-1645-4ba0-9e85-a31a93a14e29", privateKey };

describe("CheckConfig", () => {
    test("takes what is right as it is, and makes a secret of the private key", async () => {
        const plugin = await Plugin.start({});
        const { inputs, failures } = await plugin.checkConfig({ ...good, version: "0.1.0" });
        expect(failures).toEqual([]);
        expect(inputs).toEqual({ ...good, version: "0.1.0", privateKey: secret(privateKey) });
    });

    test.each([
        ["an unknown environment", { environment: "test" }, "environment", /"test".*prod or demo/],
        ["http on a public host", { baseUrl: "http://kalshi.example/trade-api/v2" }, "baseUrl", /plain http/],
        [
            "a doubled path on one of Kalshi's hosts",
            { baseUrl: "https://demo-api.kalshi.co/trade-api/v2/trade-api/v2" },
            "baseUrl",
            /at exactly https:\/\/demo-api\.kalshi\.co\/trade-api\/v2/,
        ],
        ["one of Kalshi's hosts without the path", { baseUrl: "https://demo-api.kalshi.co" }, "baseUrl", /at exactly/],
        ["a key file that isn't there", { privateKeyPath: "/nowhere.pem" }, "privateKeyPath", /\/nowhere.pem.*ENOENT/],
        ["no key id", { apiKeyId: "" }, "apiKeyId", /the API key id missing/],
        ["a value that is no text", { apiKeyId: 7 }, "apiKeyId", /must be text/],
    ])("refuses %s, by property", async (_what, slip, property, reason) => {
        const plugin = await Plugin.start({});
        const { privateKey, ...rest } = good;
        const key = "privateKeyPath" in slip ? {} : { privateKey };
        const environment = "baseUrl" in slip ? { environment: undefined } : {};
        const news = Object.entries({ ...rest, ...key, ...environment, ...slip });
        const { failures } = await plugin.checkConfig(
            Object.fromEntries(news.filter(([, value]) => value !== undefined)),
        );
        expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) as unknown }]);
    });

    test("refuses a broken private key, and names its property without having its value printed", async () => {
        const plugin = await Plugin.start({});
        const broken = privateKey.replace("MC4", "XX4");
        for (const value of [broken, secret(broken)]) {
            const { failures } = await plugin.checkConfig({ ...good, privateKey: value });
            expect(failures).toEqual([
                { property: "", reason: expect.stringMatching(/^privateKey: .*not a readable private key/) as unknown },
            ]);
            expect(JSON.stringify(failures)).not.toContain(broken.split("\n")[1]);
        }
        const folder = await scratchFolder();
        const file = join(folder, "broken.pem");
        writeFileSync(file, broken);
        const { privateKey: _, ...rest } = good;
        const { failures } = await plugin.checkConfig({ ...rest, privateKeyPath: file });
        expect(failures).toEqual([
            { property: "privateKeyPath", reason: expect.stringContaining(`${file}: not a readable`) as unknown },
        ]);
    });

    test.each([
        ["environment", /^environment: .*looks like a private key; it must be/],
        ["apiKeyId", /^apiKeyId: .*must be the id of an API key, but looks like its private key/],
    ])("does not quote a private key that stands in the place of %s", async (option, reason) => {
        const plugin = await Plugin.start({});
        const { failures } = await plugin.checkConfig({ ...good, [option]: privateKey });
        expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) as unknown }]);
        expect(JSON.stringify(failures)).not.toContain(privateKey.split("\n")[1]);
    });

    test("refuses what is wrong in a variable too, all of it at once", async () => {
        const plugin = await Plugin.start({ KALSHI_ENVIRONMENT: "test", KALSHI_PRIVATE_KEY: "no key" });
        const { failures } = await plugin.checkConfig({ apiKeyId: "id" });
        expect(failures.map(({ property }) => property)).toEqual(["environment", "privateKey"]);
    });

    test("lets pass what only an update can tell", async () => {
        const plugin = await Plugin.start({});
        const news = { environment: "demo", apiKeyId: unknown, privateKey: secret(unknown) };
        expect(await plugin.checkConfig(news)).toEqual({ inputs: news, failures: [] });
    });

    test("warns of an option that does not exist", async () => {
        const plugin = await Plugin.start({});
        await plugin.checkConfig({ ...good, enviroment: "demo" });
        expect(plugin.stderr.join("\n")).toMatch(
            /kalshi:enviroment is no option of the Kalshi provider; its options are environment, baseUrl/,
        );
    });
});

describe("DiffConfig", () => {
    test.each([
        ["the environment", { ...good, environment: "prod" }, ["environment"], { environment: "UPDATE_REPLACE" }],
        [
            "the environment, taken out",
            { apiKeyId: good.apiKeyId, privateKey },
            ["environment"],
            { environment: "DELETE_REPLACE" },
        ],
        [
            "credentials",
            { ...good, apiKeyId: "other", privateKey: secret("other") },
            [],
            { apiKeyId: "UPDATE", privateKey: "UPDATE" },
        ],
        ["nothing", { ...good, privateKey: secret(privateKey) }, [], {}],
    ])("a change of %s", async (_what, news, replaces, detailed) => {
        const plugin = await Plugin.start({});
        const difference = await plugin.diffConfig(good, news);
        expect(difference).toMatchObject({ replaces, detailed, changes: Object.keys(detailed).length > 0 });
        expect(difference.diffs).toEqual(Object.keys(detailed));
    });

    test("a base URL that leads elsewhere replaces, another name for the same place does not", async () => {
        const plugin = await Plugin.start({});
        const at = (host: string) => ({ baseUrl: `https://${host}/trade-api/v2` });
        const prod = at("external-api.kalshi.com");
        expect((await plugin.diffConfig(prod, at("elsewhere.example"))).replaces).toEqual(["baseUrl"]);
        expect((await plugin.diffConfig(prod, at("api.elections.kalshi.com"))).replaces).toEqual([]);
        expect((await plugin.diffConfig({}, prod)).replaces).toEqual([]);
    });
});

test("DiffConfig answers whatever the options are, since CheckConfig says what is wrong with them", async () => {
    const plugin = await Plugin.start({});
    const noText = { environment: { toString: 1, valueOf: 1 } };
    expect((await plugin.diffConfig(noText, good)).replaces).toEqual(["environment"]);
});

describe("Configure", () => {
    test("unwraps secrets, and its configuration signs", async () => {
        const emulator = await emulatorWith();
        const { KALSHI_PRIVATE_KEY_PATH: path, ...env } = environmentOf(emulator);
        const plugin = await Plugin.start(env);
        expect(await plugin.configure({ privateKeyPath: secret(path) })).toMatchObject({
            acceptsecrets: true,
            supportspreview: true,
            supportsAutonamingConfiguration: true,
        });
        await plugin.invoke("kalshi:index:getApiKeys", {});
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
    });

    test("says what is wrong, as it does for a stack that is destroyed without its variables", async () => {
        const plugin = await Plugin.start({});
        await expect(plugin.configure({})).rejects.toThrow(/no credentials to sign with.*KALSHI_API_KEY_ID/);
        await expect(plugin.create({ name: "n" })).rejects.toThrow(/not configured/);
    });
});
