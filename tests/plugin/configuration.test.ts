import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { calls, cleanUp, emulatorWith, environmentOf, ownKeyPair, scratchFolder, until } from "../support/harness";
import { Plugin, secret, unknown } from "../support/plugin";

/** A plugin without variables. CheckConfig and DiffConfig change nothing in it, so all tests that do not look at its log share it. */
let plugin: Plugin;
beforeAll(async () => {
    plugin = await Plugin.start({});
});
afterAll(cleanUp);

const { privateKey } = ownKeyPair("ed25519");
const good = { environment: "demo", apiKeyId: "7ab1e452-1645-4ba0-9e85-a31a93a14e29", privateKey };

describe("CheckConfig", () => {
    test("returns valid options unchanged, with the private key as a secret", async () => {
        const { inputs, failures } = await plugin.checkConfig({ ...good, version: "0.1.0" });
        expect(failures).toEqual([]);
        expect(inputs).toEqual({ ...good, version: "0.1.0", privateKey: secret(privateKey) });
    });

    test.each([
        [
            "an unknown environment",
            { environment: "test" },
            "environment",
            /"test".*prod or demo.*KALSHI_ENDPOINT_INVALID/,
        ],
        [
            "http on a public host",
            { baseUrl: "http://kalshi.example/trade-api/v2" },
            "baseUrl",
            /https:\/\/kalshi\.example\/trade-api\/v2.*KALSHI_ENDPOINT_INVALID/,
        ],
        [
            "a doubled path on one of Kalshi's hosts",
            { baseUrl: "https://demo-api.kalshi.co/trade-api/v2/trade-api/v2" },
            "baseUrl",
            / https:\/\/demo-api\.kalshi\.co\/trade-api\/v2 \(KALSHI_ENDPOINT_INVALID\)$/,
        ],
        [
            "one of Kalshi's hosts without the path",
            { baseUrl: "https://demo-api.kalshi.co" },
            "baseUrl",
            / https:\/\/demo-api\.kalshi\.co\/trade-api\/v2 \(KALSHI_ENDPOINT_INVALID\)$/,
        ],
        [
            "a missing key file",
            { privateKeyPath: "/nowhere.pem" },
            "privateKeyPath",
            /\/nowhere.pem.*ENOENT.*KALSHI_CREDENTIALS_INVALID/,
        ],
        ["no key id", { apiKeyId: "" }, "", /kalshi:privateKey .*kalshi:apiKeyId.*KALSHI_CREDENTIALS_MISSING/],
        ["a value that is not a string", { apiKeyId: 7 }, "", /^apiKeyId: must be text/],
        [
            "an unknown option",
            { enviroment: "demo" },
            "",
            /kalshi:enviroment .*kalshi:environment\b.*KALSHI_OPTION_UNKNOWN/,
        ],
    ])("rejects %s, and names a property only if it is set", async (_what, change, property, reason) => {
        const { privateKey, ...rest } = good;
        const key = "privateKeyPath" in change ? {} : { privateKey };
        const environment = "baseUrl" in change ? { environment: undefined } : {};
        const news = Object.entries({ ...rest, ...key, ...environment, ...change });
        const { failures } = await plugin.checkConfig(
            Object.fromEntries(news.filter(([, value]) => value !== undefined)),
        );
        expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) as unknown }]);
    });

    test("rejects a broken private key by property, without its value", async () => {
        const broken = privateKey.replace("MC4", "XX4");
        for (const value of [broken, secret(broken)]) {
            const { failures } = await plugin.checkConfig({ ...good, privateKey: value });
            expect(failures).toEqual([
                { property: "", reason: expect.stringMatching(/^privateKey: .*KALSHI_CREDENTIALS_INVALID/) as unknown },
            ]);
            expect(JSON.stringify(failures)).not.toContain(broken.split("\n")[1]);
        }
        const folder = await scratchFolder();
        const file = join(folder, "broken.pem");
        writeFileSync(file, broken);
        const { privateKey: _, ...rest } = good;
        const { failures } = await plugin.checkConfig({ ...rest, privateKeyPath: file });
        expect(failures).toEqual([
            {
                property: "privateKeyPath",
                reason: expect.stringMatching(new RegExp(`${file}: .*KALSHI_CREDENTIALS_INVALID`)) as unknown,
            },
        ]);
    });

    test.each([
        ["environment", /^environment: .*prod or demo.*KALSHI_ENDPOINT_INVALID/],
        ["apiKeyId", /^apiKeyId: .*KALSHI_CREDENTIALS_INVALID/],
    ])("does not print a private key passed as %s", async (option, reason) => {
        const { failures } = await plugin.checkConfig({ ...good, [option]: privateKey });
        expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) as unknown }]);
        expect(JSON.stringify(failures)).not.toContain(privateKey.split("\n")[1]);
    });

    test("rejects all invalid variables at once, without a property, because the engine has no value of it", async () => {
        const plugin = await Plugin.start({ KALSHI_ENVIRONMENT: "test", KALSHI_PRIVATE_KEY: "no key" });
        const { failures } = await plugin.checkConfig({ apiKeyId: "id" });
        expect(failures).toEqual([
            { property: "", reason: expect.stringMatching(/KALSHI_ENVIRONMENT .*KALSHI_ENDPOINT_INVALID/) as unknown },
            {
                property: "",
                reason: expect.stringMatching(/KALSHI_PRIVATE_KEY: .*KALSHI_CREDENTIALS_INVALID/) as unknown,
            },
        ]);
    });

    test("accepts unknown values", async () => {
        const news = { environment: "demo", apiKeyId: unknown, privateKey: secret(unknown) };
        expect(await plugin.checkConfig(news)).toEqual({ inputs: news, failures: [] });
    });

    test("does not print the value of an unknown option, which may be a private key", async () => {
        const { failures } = await plugin.checkConfig({ ...good, privatKey: privateKey });
        expect(failures).toEqual([
            { property: "", reason: expect.stringMatching(/kalshi:privatKey .*KALSHI_OPTION_UNKNOWN/) as unknown },
        ]);
    });

    test("accepts a project's own options in a project named kalshi, and warns about a likely typo", async () => {
        const plugin = await Plugin.start({});
        const urn = "urn:pulumi:dev::kalshi::pulumi:providers:kalshi::default";
        const { failures } = await plugin.checkConfig({ ...good, bots: "7", enviroment: "demo" }, urn);
        expect(failures).toEqual([]);
        await until(async () => plugin.stderr.some((line) => line.includes("kalshi:enviroment is no option")));
        expect(plugin.stderr.join("\n")).not.toContain("kalshi:bots");
    });

    test.each([
        [{}, good.apiKeyId],
        [{ apiKeyId: unknown }, "not known yet"],
    ])("shows the target and the signing key of %j", async (change, shown) => {
        const plugin = await Plugin.start({});
        await plugin.checkConfig({ ...good, ...change });
        await until(async () => plugin.stderr.length > 0);
        expect(plugin.stderr.join("\n")).toBe(
            `The target is Kalshi demo (https://external-api.demo.kalshi.co/trade-api/v2). The signing key is ${shown}.`,
        );
    });

    test("shows no id that is a secret, and none of a variable instead of one that is not known yet", async () => {
        const plugin = await Plugin.start({ KALSHI_API_KEY_ID: "other" });
        await plugin.checkConfig({ ...good, apiKeyId: secret(good.apiKeyId) });
        await plugin.checkConfig({ ...good, apiKeyId: secret(unknown) });
        // The log may arrive after the response.
        await until(async () => plugin.stderr.length > 1);
        expect(plugin.stderr.map((line) => line.slice(line.indexOf("The signing key")))).toEqual([
            "The signing key is [secret].",
            "The signing key is not known yet.",
        ]);
    });

    test("prints no private key that is passed as another option, even if an option is not known yet", async () => {
        const plugin = await Plugin.start({});
        const mistakes = [
            { apiKeyId: privateKey, privateKey: unknown },
            { apiKeyId: [privateKey] },
            { baseUrl: privateKey, environment: undefined },
            { baseUrl: "https://user:password@kalshi.example/trade-api/v2", environment: undefined },
        ];
        for (const mistake of mistakes) {
            const news = Object.entries({ ...good, ...mistake }).filter(([, value]) => value !== undefined);
            const { failures } = await plugin.checkConfig(Object.fromEntries(news));
            expect(failures.map(({ property }) => property).join()).toBe("");
            expect(JSON.stringify(failures) + plugin.stderr.join()).not.toMatch(
                new RegExp(`${(privateKey.split("\n")[1] ?? "").slice(0, 20)}|user:password`),
            );
        }
    });

    test("has no project's own options in an explicit provider", async () => {
        const urn = "urn:pulumi:dev::kalshi::pulumi:providers:kalshi::mine";
        const { failures } = await plugin.checkConfig({ ...good, bots: "7" }, urn);
        expect(failures).toMatchObject([{ reason: expect.stringContaining("kalshi:bots is no option") as unknown }]);
    });

    test.each([
        ["that is not known yet", { environment: unknown }],
        ["that is invalid, beside an unknown option", { environment: "test", apiKeyId: unknown }],
        ["that is no text, beside an unknown option", { environment: ["demo"], apiKeyId: unknown }],
    ])("shows no target of an environment %s", async (_what, change) => {
        const plugin = await Plugin.start({});
        await plugin.checkConfig({ ...good, ...change });
        expect(plugin.stderr).toEqual([]);
    });
});

describe("DiffConfig", () => {
    test.each([
        ["the environment", { ...good, environment: "prod" }, ["environment"], { environment: "UPDATE_REPLACE" }],
        [
            "the environment to the default",
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
    ])("reports a change of %s", async (_what, news, replaces, detailed) => {
        const difference = await plugin.diffConfig(good, news);
        expect(difference).toMatchObject({ replaces, detailed, changes: Object.keys(detailed).length > 0 });
        expect(difference.diffs).toEqual(Object.keys(detailed));
    });

    test("replaces for a base URL of another account scope, but not for another host of the same one", async () => {
        const at = (host: string) => ({ baseUrl: `https://${host}/trade-api/v2` });
        const prod = at("external-api.kalshi.com");
        expect((await plugin.diffConfig(prod, at("elsewhere.example"))).replaces).toEqual(["baseUrl"]);
        expect((await plugin.diffConfig(prod, at("api.elections.kalshi.com"))).replaces).toEqual([]);
        expect((await plugin.diffConfig({}, prod)).replaces).toEqual([]);
    });
});

test("DiffConfig accepts invalid options, because CheckConfig reports them", async () => {
    const notStrings = { environment: { toString: 1, valueOf: 1 } };
    expect((await plugin.diffConfig(notStrings, good)).replaces).toEqual(["environment"]);
});

describe("Configure", () => {
    test("unwraps secrets, and signs with the configured key", async () => {
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

    test("reports missing credentials, for example when a stack is destroyed without its variables", async () => {
        const plugin = await Plugin.start({});
        await expect(plugin.configure({})).rejects.toThrow(/KALSHI_CREDENTIALS_MISSING/);
        await expect(plugin.create({ name: "n" })).rejects.toThrow(/\bConfigure\b.*KALSHI_INTERNAL_ERROR/);
    });
});
