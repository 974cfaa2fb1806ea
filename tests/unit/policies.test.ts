import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as sdk from "@pulumi/policy";
import type { ResourceValidationArgs } from "@pulumi/policy";
import { policies as exported } from "kalshi-policies";
import { environmentOf, keyTypes } from "../../policies/key";
import { policies } from "../../policies/policies";
import { readEndpoint, type Option } from "../../provider/src/config";
import { knownScopes } from "../../provider/src/kalshi/types";
import { dynamicType, pluginType, rotatingDynamicType, rotatingPluginType } from "../../provider/src/package";
import { root } from "../../tools/paths";

/** The part of the SDK that its types leave out. */
const { unknownCheckingProxy, UnknownValueError } = sdk as unknown as {
    readonly unknownCheckingProxy: (inputs: object) => object;
    readonly UnknownValueError: new () => Error;
};

/** What the SDK passes for an unknown value. Source: @pulumi/policy 1.21.0, proxy.js. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Declared {
    readonly type?: string;
    readonly protect?: boolean;
    readonly config?: object;
}

/** Returns the names of the policies that a key violates, without their common prefix, and of those that cannot run. */
function violatedBy(inputs: object, { type = pluginType, protect = true, config = {} }: Declared = {}): string[] {
    const violated: string[] = [];
    for (const { name, configSchema, validateResource } of policies) {
        const options = Object.entries(configSchema?.properties ?? {});
        const defaults = Object.fromEntries(options.map(([option, schema]) => [option, schema.default])) as object;
        const args = {
            type,
            name: "bot",
            props: unknownCheckingProxy(inputs),
            opts: { protect },
            getConfig: () => ({ ...defaults, ...config }),
            notApplicable: () => violated.push(`${name} does not apply`),
        } as unknown as ResourceValidationArgs;
        try {
            (validateResource as (args: ResourceValidationArgs, report: () => void) => void)(args, () =>
                violated.push(name.replace("kalshi-", "")),
            );
        } catch (error) {
            expect(error).toBeInstanceOf(UnknownValueError);
            violated.push(`${name.replace("kalshi-", "")} cannot run`);
        }
    }
    return violated;
}

const types = [pluginType, rotatingPluginType, dynamicType, rotatingDynamicType];
const good = { name: "bot-1a2b3c4", scopes: ["read"], keyType: "ed25519" };

describe("the policies", () => {
    test("apply to the provider's resources and to no others", () => {
        expect([...keyTypes].sort()).toEqual([...types].sort());
        for (const type of types) {
            const bareWrite = { ...good, scopes: ["read", "write"], rotationDays: 1 };
            expect(violatedBy(bareWrite, { type })).toEqual(["no-bare-write"]);
            // The inputs of a rotating key contain no name.
            const isRotating = type === rotatingPluginType || type === rotatingDynamicType;
            expect(violatedBy({ ...good, namePrefix: "Bot" }, { type })).toEqual(isRotating ? ["name-pattern"] : []);
        }
        const others = violatedBy({ scopes: ["write"] }, { type: "aws:iam/accessKey:AccessKey" });
        expect(others).toEqual(policies.map(({ name }) => `${name} does not apply`));
    });

    test("do not apply to excepted resources", () => {
        const others = violatedBy({ scopes: ["write"] }, { config: { except: ["other", "bot"] } });
        expect(others).toEqual(policies.map(({ name }) => `${name} does not apply`));
        expect(violatedBy({ ...good, scopes: ["write"] }, { config: { except: ["other"] } })).not.toEqual([]);
    });

    test("know scopes that exist", () => {
        const { default: scopes } =
            policies.flatMap(({ configSchema }) => configSchema?.properties["transferScopes"] ?? [])[0] ?? {};
        expect(knownScopes).toEqual(expect.arrayContaining(scopes as string[]));
    });

    test.each<[string, object, Declared, readonly string[]]>([
        ["a key that only reads", good, {}, []],
        ["a write scope with the longest age", { ...good, scopes: ["write::trade"], rotationDays: 90 }, {}, []],
        [
            "a write scope with a longer age",
            { ...good, scopes: ["write::trade"], rotationDays: 90.1 },
            {},
            ["write-keys-rotate"],
        ],
        ["a write scope without an age", { ...good, scopes: ["write::new"] }, {}, ["write-keys-rotate"]],
        ["a scope that only begins like a write scope", { ...good, scopes: ["writer"] }, {}, []],
        ["transfers with reads", { ...good, scopes: ["read", "write::transfer"], rotationDays: 9 }, {}, []],
        [
            "transfers with another write scope",
            { ...good, scopes: ["write::new", "write::transfer"], rotationDays: 9 },
            {},
            ["transfer-scopes-alone"],
        ],
        ["an explicit name", { ...good, name: "Bot" }, {}, ["name-pattern"]],
        ["a name that contains a match", { ...good, name: "a bot" }, {}, ["name-pattern"]],
        ["a rotating key's prefix", { ...good, namePrefix: "Bot" }, { type: rotatingPluginType }, ["name-pattern"]],
        [
            "the end of a rotating key's names",
            good,
            { type: rotatingPluginType, config: { pattern: "^bot-[0-9a-f]{7}$" } },
            [],
        ],
        ["an adopted key", { scopes: ["read"], adopt: { apiKeyId: "…" } }, { type: dynamicType }, ["no-adopt"]],
        ["an own key", { name: "bot", scopes: ["read"], publicKey: "…" }, {}, []],
        ["an RSA key", { ...good, keyType: "rsa" }, {}, ["ed25519-or-own-key"]],
        ["an unprotected key in production", good, { protect: false }, ["prod-keys-protected"]],
        ["an unprotected key elsewhere", good, { protect: false, config: { environments: ["demo"] } }, []],
    ])("judge %s", (_, inputs, declared, violated) => {
        expect(violatedBy(inputs, declared)).toEqual(violated);
    });

    test("read no more inputs than they need, because an unknown one stops them", () => {
        expect(violatedBy({ ...good, rotationDays: unknown, publicKey: unknown })).toEqual([]);
        expect(violatedBy({ ...good, adopt: unknown, name: "bot" }, { type: dynamicType })).toEqual(["no-adopt"]);
        expect(violatedBy({ ...good, scopes: ["write::trade"], rotationDays: unknown })).toEqual([
            "write-keys-rotate cannot run",
        ]);
    });

    test("accept inputs of any type, because the engine runs them on invalid inputs, too", () => {
        for (const value of ["write", 5, null, { a: 1 }, [5, null], []]) {
            const names = ["name", "namePrefix", "scopes", "keyType", "publicKey", "rotationDays", "adopt"];
            for (const type of types) {
                const violated = violatedBy(Object.fromEntries(names.map((name) => [name, value])), { type });
                expect(violated.filter((policy) => !["no-adopt", "name-pattern"].includes(policy))).toEqual([]);
            }
        }
    });
});

describe("the environment", () => {
    const prod = "https://external-api.kalshi.com/trade-api/v2";
    test.each<[options: Partial<Record<Option, string>>, env: Record<string, string>]>([
        [{}, {}],
        [{ environment: "demo" }, { KALSHI_ENVIRONMENT: "prod" }],
        [{ environment: "prod" }, { KALSHI_ENVIRONMENT: "demo" }],
        [{ environment: " " }, { KALSHI_ENVIRONMENT: " demo\n" }],
        [{}, { KALSHI_BASE_URL: "https://demo-api.kalshi.co/trade-api/v2/" }],
        [{}, { KALSHI_BASE_URL: "https://external-api.demo.kalshi.co/trade-api/v2" }],
        [{}, { KALSHI_BASE_URL: "https://api.elections.kalshi.com/trade-api/v2" }],
        [{ baseUrl: "https://EXTERNAL-api.kalshi.com/trade-api/v2" }, { KALSHI_ENVIRONMENT: "prod" }],
        [{ baseUrl: "http://127.0.0.1:8277/trade-api/v2//" }, { KALSHI_BASE_URL: prod }],
        [{}, { KALSHI_BASE_URL: "https://kalshi.com.example/trade-api/v2" }],
    ])("of %j and %j is the provider's", (options, env) => {
        const expected = readEndpoint({ option: (name) => options[name], env }).environment;
        expect(environmentOf({ props: options }, env)).toBe(expected);
        // The SDK passes the stack's configuration to the dynamic provider.
        const configuration = Object.fromEntries(
            Object.entries(options).map(([name, value]) => [`kalshi:${name}`, value]),
        );
        expect(environmentOf({ props: configuration }, env)).toBe(expected);
    });

    test("of an invalid URL is the text, so the provider reports it", () => {
        expect(environmentOf({ props: { baseUrl: "kalshi" } }, {})).toBe("kalshi");
    });
});

describe("the package", () => {
    test("exports its policies, for packs of a team", () => {
        expect(exported.map(({ name }) => name)).toEqual(policies.map(({ name }) => name));
    });

    test("describes each policy in its README, with its level and options", () => {
        const lines = readFileSync(join(root, "policies", "README.md"), "utf8").split("\n");
        const rows = lines.map((line) => line.replace(/\s+/g, " "));
        const expected = policies.map(({ name, enforcementLevel = "", configSchema, description }) => {
            const options = Object.entries(configSchema?.properties ?? {}).filter(([option]) => option !== "except");
            const listed = options.map(([option, schema]) => `\`${option}\`: \`${JSON.stringify(schema.default)}\``);
            return `| \`${name}\` | ${enforcementLevel} | ${listed.join(", ")} | ${description} |`.replace(/\s+/g, " ");
        });
        expect(rows).toEqual(expect.arrayContaining(expected));
        expect(rows.filter((row) => row.startsWith("| `kalshi-"))).toHaveLength(expected.length);
    });
});
