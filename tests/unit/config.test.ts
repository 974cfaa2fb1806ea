import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    ConfigError,
    describeTarget,
    readConfig,
    settingsOf,
    unknownOptions,
    type Option,
} from "../../provider/src/config";
import { cleanUp, ownKeyPair, scratchFolder } from "../support/harness";

afterEach(cleanUp);

const pem = ownKeyPair("ed25519").privateKey;
const otherPem = ownKeyPair("rsa").privateKey;
const credentials = { KALSHI_API_KEY_ID: "id", KALSHI_PRIVATE_KEY: pem };

const read = (options: Partial<Record<Option, string>>, env: Record<string, string>) =>
    readConfig({ option: (name) => options[name], env });

function failure(options: Partial<Record<Option, string>>, env: Record<string, string>): ConfigError {
    try {
        read(options, env);
    } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return error as ConfigError;
    }
    throw new Error("nothing was thrown");
}

test("uses prod by default, at the host that Kalshi recommends", () => {
    expect(read({}, credentials).endpoint).toEqual({
        environment: "prod",
        baseUrl: "https://external-api.kalshi.com/trade-api/v2",
    });
});

test("uses demo by the variable and by the option", () => {
    expect(read({}, { ...credentials, KALSHI_ENVIRONMENT: "demo" }).endpoint.environment).toBe("demo");
    expect(read({ environment: "demo" }, credentials).endpoint.environment).toBe("demo");
});

test("lets each set option override its variable, and treats an empty one as not set", () => {
    const config = read(
        { apiKeyId: "other", environment: "demo", baseUrl: "" },
        { ...credentials, KALSHI_ENVIRONMENT: "prod" },
    );
    expect(config.credentials.apiKeyId).toBe("other");
    expect(config.credentials.privateKey.asymmetricKeyType).toBe("ed25519");
    expect(config.endpoint.environment).toBe("demo");
});

test("lets the option privateKeyPath override the variable of a private key", async () => {
    const file = join(await scratchFolder(), "key.pem");
    writeFileSync(file, otherPem);
    expect(read({ privateKeyPath: file }, credentials).credentials.privateKey.asymmetricKeyType).toBe("rsa");
});

test("rejects an environment and a base URL of different account scopes", () => {
    const error = failure(
        { environment: "prod" },
        { ...credentials, KALSHI_BASE_URL: "http://127.0.0.1:1/trade-api/v2" },
    );
    expect(error.option).toBe("baseUrl");
    expect(error.message).toMatch(
        /kalshi:environment .*\bprod\b.*KALSHI_BASE_URL .*\(http:\/\/127\.0\.0\.1:1\/trade-api\/v2\).*KALSHI_ENDPOINT_INVALID/,
    );
});

test("accepts a base URL of the given environment", () => {
    const baseUrl = "https://api.elections.kalshi.com/trade-api/v2";
    expect(read({ environment: "prod", baseUrl }, credentials).endpoint).toEqual({ environment: "prod", baseUrl });
});

test("ignores white space around a value", () => {
    const env = { KALSHI_API_KEY_ID: " id\n", KALSHI_PRIVATE_KEY: `\n${pem}\n`, KALSHI_ENVIRONMENT: "demo " };
    expect(read({}, env)).toMatchObject({ credentials: { apiKeyId: "id" }, endpoint: { environment: "demo" } });
});

describe("reports as one error, with option, variable and file,", () => {
    test.each([
        [
            "no key id",
            {},
            { KALSHI_PRIVATE_KEY: pem },
            "apiKeyId",
            ["KALSHI_PRIVATE_KEY ", "kalshi:apiKeyId", "KALSHI_API_KEY_ID", "KALSHI_CREDENTIALS_MISSING"],
        ],
        [
            "no private key",
            {},
            { KALSHI_API_KEY_ID: "id" },
            "privateKey",
            [
                "KALSHI_API_KEY_ID ",
                "kalshi:privateKeyPath",
                "KALSHI_PRIVATE_KEY_PATH",
                "PEM",
                "KALSHI_CREDENTIALS_MISSING",
            ],
        ],
        [
            "neither",
            {},
            {},
            "apiKeyId",
            ["kalshi:apiKeyId", "kalshi:privateKey ", "KALSHI_PRIVATE_KEY_PATH", "PEM", "KALSHI_CREDENTIALS_MISSING"],
        ],
        [
            "no such file",
            {},
            { KALSHI_API_KEY_ID: "id", KALSHI_PRIVATE_KEY_PATH: "/nowhere/key.pem" },
            "privateKeyPath",
            ["/nowhere/key.pem", "ENOENT", "KALSHI_PRIVATE_KEY_PATH", "KALSHI_CREDENTIALS_INVALID"],
        ],
        [
            "a folder",
            { privateKeyPath: "/" },
            { KALSHI_API_KEY_ID: "id" },
            "privateKeyPath",
            ["EISDIR", "kalshi:privateKeyPath", "KALSHI_CREDENTIALS_INVALID"],
        ],
        [
            "a broken key",
            { privateKey: pem.slice(0, 50) },
            { KALSHI_API_KEY_ID: "id" },
            "privateKey",
            ["kalshi:privateKey:", "KALSHI_CREDENTIALS_INVALID"],
        ],
        [
            "an unknown environment",
            { environment: "staging" },
            credentials,
            "environment",
            ['"staging"', "prod or demo", "KALSHI_ENDPOINT_INVALID"],
        ],
        [
            "plain http",
            { baseUrl: "http://api.elections.kalshi.com/trade-api/v2" },
            credentials,
            "baseUrl",
            ["kalshi:baseUrl", "https://api.elections.kalshi.com/trade-api/v2", "KALSHI_ENDPOINT_INVALID"],
        ],
    ])("%s", (_what, options, env, option, parts) => {
        const error = failure(options, env);
        expect(error.option).toBe(option);
        for (const part of parts) {
            expect(error.message).toContain(part);
        }
        expect(error.message).not.toContain(pem.split("\n")[1]?.slice(0, 20));
    });
});

describe("the settings and their sources", () => {
    const settings = (options: Partial<Record<Option, string>>, env: Record<string, string>) =>
        Object.fromEntries(
            settingsOf({ option: (name) => options[name], env }).map(({ option, ...rest }) => [option, rest]),
        );

    test("are returned for each option, without a private key", () => {
        expect(settings({ apiKeyId: "one", environment: " " }, { ...credentials, KALSHI_ENVIRONMENT: "demo" })).toEqual(
            {
                environment: { source: "variable", value: "demo", used: true },
                baseUrl: { source: undefined, value: undefined, used: false },
                apiKeyId: { source: "option", value: "one", used: true },
                privateKey: { source: "variable", value: undefined, used: true },
                privateKeyPath: { source: undefined, value: undefined, used: false },
            },
        );
    });

    test("do not contain a private key passed as another value", () => {
        const misplaced = settings({ privateKeyPath: pem, apiKeyId: otherPem }, {});
        expect(misplaced["privateKeyPath"]).toEqual({ source: "option", value: undefined, used: true });
        expect(misplaced["apiKeyId"]).toEqual({ source: "option", value: undefined, used: true });
    });

    test.each([
        "https://user:secret@api.example.com/trade-api/v2",
        "https://api.example.com?token=secret",
        "https://x#secret",
    ])("do not contain a base URL that may contain a secret (%s)", (baseUrl) => {
        expect(settings({ baseUrl }, {})["baseUrl"]).toEqual({ source: "option", value: undefined, used: true });
    });

    test("mark which of two private keys is used", () => {
        const { privateKey, privateKeyPath } = settings({ privateKeyPath: "key.pem" }, credentials);
        expect(privateKeyPath).toEqual({ source: "option", value: "key.pem", used: true });
        expect(privateKey).toMatchObject({ source: "variable", used: false });
    });
});

test("names only what is missing of the credentials", () => {
    expect(failure({}, { KALSHI_PRIVATE_KEY: pem }).text).not.toMatch(/kalshi:privateKey|PEM/);
    const named = failure({ apiKeyId: "id" }, {}).text.match(/kalshi:apiKeyId|KALSHI_API_KEY_ID/g);
    expect(named).toEqual(["kalshi:apiKeyId"]);
});

describe("unknown options", () => {
    test.each([
        ["enviroment", "environment"],
        ["base_url", "baseUrl"],
        ["privatKey", "privateKey"],
        ["apiKeyID", "apiKeyId"],
        ["privateKeyPth", "privateKeyPath"],
        ["ENVIRONMENT", "environment"],
        ["env", "environment"],
        ["url", "baseUrl"],
        ["region", undefined],
    ])("%s is an error, with the nearest option %s", (name, nearest) => {
        const hint = nearest === undefined ? "" : ` Did you mean kalshi:${nearest}?`;
        const options = "The options are environment, baseUrl, apiKeyId, privateKey, privateKeyPath.";
        const text = `kalshi:${name} is no option of the Kalshi provider.${hint} ${options}`;
        expect(unknownOptions([name, "baseUrl"], "tests")).toEqual([{ name, text, severity: "error" }]);
    });

    test("are not those that the engine uses or adds", () => {
        expect(unknownOptions(["version", "pluginDownloadURL", "__internal"], "tests")).toEqual([]);
    });

    test("are the project's own in a project named kalshi, unless they resemble an option", () => {
        const unknown = unknownOptions(["enviroment", "region"], "kalshi");
        expect(unknown.map(({ name, severity }) => [name, severity])).toEqual([["enviroment", "warning"]]);
    });
});

test.each<[string, Partial<Record<Option, string>>, string | RegExp]>([
    [
        "the default environment",
        {},
        "The target is Kalshi prod (https://external-api.kalshi.com/trade-api/v2). The signing key is id.",
    ],
    [
        "a base URL",
        { baseUrl: "http://127.0.0.1:1/trade-api/v2" },
        "The target is Kalshi http://127.0.0.1:1/trade-api/v2. The signing key is id.",
    ],
    [
        "options that win over variables",
        { environment: "demo", apiKeyId: "other" },
        /^The target is Kalshi demo \(https:.* The signing key is other\.$/,
    ],
    ["a private key as the id", { apiKeyId: pem }, /The signing key is not shown, because it is no id\.$/],
    ["a line of one", { apiKeyId: pem.split("\n")[1] ?? "" }, /The signing key is not shown, because it is no id\.$/],
])("describes the target of %s", (_what, options, expected) => {
    const target = describeTarget({ option: (name) => options[name], env: credentials });
    expect(target).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected);
});
