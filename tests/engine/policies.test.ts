import { randomUUID } from "node:crypto";
import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, ownKeyPair } from "../support/harness";
import { pieces } from "../support/leaks";
import { PolicyPack, type Violation } from "../support/policyPack";
import { dynamicProvider, providers } from "../support/project";

afterEach(cleanUp);

const mandatory = [
    "kalshi-write-keys-rotate",
    "kalshi-no-bare-write",
    "kalshi-transfer-scopes-alone",
    "kalshi-prod-keys-protected",
];

/** Returns the violated policies of each resource, sorted. */
function violatedBy(violations: readonly Violation[]): Record<string, string[]> {
    const keys = [...new Set(violations.map(({ key }) => key))].sort();
    const policiesOf = (key: string) => violations.filter((one) => one.key === key).map(({ policy }) => policy);
    return Object.fromEntries(keys.map((key) => [key, policiesOf(key).sort()]));
}

const { publicKey } = ownKeyPair("ed25519");
const { privateKey } = ownKeyPair("rsa");
const good = { scopes: ["read", "write::trade"], keyType: "ed25519" };
const hiddenName = "A Hidden Name";

/** A resource of the program: its class, inputs, options, and the policies that it violates, without the prefix `kalshi-`. */
type Row = readonly [type: "Key" | "RotatingKey", args: object, options: object, violated: readonly string[]];

const isProtected = { protect: true };
const rows: Readonly<Record<string, Row>> = {
    default: ["Key", {}, {}, ["ed25519-or-own-key", "no-bare-write", "prod-keys-protected", "write-keys-rotate"]],
    good: ["Key", { ...good, rotationDays: 90 }, isProtected, []],
    slow: ["Key", { ...good, rotationDays: 90.5 }, isProtected, ["write-keys-rotate"]],
    reader: ["Key", { ...good, scopes: ["read"] }, isProtected, []],
    own: ["Key", { scopes: ["read"], publicKey }, isProtected, []],
    mixed: [
        "Key",
        { ...good, scopes: ["write::trade", "write::transfer"], rotationDays: 1 },
        isProtected,
        ["transfer-scopes-alone"],
    ],
    transfer: ["Key", { ...good, scopes: ["read", "write::transfer"], rotationDays: 1 }, isProtected, []],
    named: ["Key", { ...good, scopes: ["read"], name: "Desk 1" }, isProtected, ["name-pattern"]],
    "rotating-default": [
        "RotatingKey",
        { rotationDays: 91 },
        {},
        ["ed25519-or-own-key", "no-bare-write", "prod-keys-protected", "write-keys-rotate"],
    ],
    "rotating-good": ["RotatingKey", { ...good, rotationDays: 90 }, isProtected, []],
    "rotating-mixed": [
        "RotatingKey",
        { ...good, scopes: ["write::trade", "write::transfer"], rotationDays: 30 },
        isProtected,
        ["transfer-scopes-alone"],
    ],
    "rotating-named": ["RotatingKey", { ...good, namePrefix: "Desk", rotationDays: 30 }, isProtected, ["name-pattern"]],
};

describe.each(providers)("the policy pack, with the $name,", ({ name, createProjectWithEnvironment }) => {
    const withAdoption: Readonly<Record<string, Row>> = {
        adopted: [
            "Key",
            { scopes: ["read"], adopt: { apiKeyId: randomUUID(), privateKey } },
            isProtected,
            ["no-adopt"],
        ],
    };
    const declared = { ...rows, ...(name === dynamicProvider.name ? withAdoption : {}) };
    const program = Object.entries(declared)
        .map(
            ([key, [type, args, options]]) =>
                `new ${type}("${key}", ${JSON.stringify(args)}, ${JSON.stringify(options)});`,
        )
        .concat(
            `const { secret } = require("@pulumi/pulumi");`,
            `new Key("hidden", { ...${JSON.stringify(good)}, scopes: secret(["read"]), name: secret("${hiddenName}") }, { protect: true });`,
        )
        .join("\n");

    test("stops a preview at a mandatory violation, and only warns of an advisory one", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProjectWithEnvironment(program, environmentOf(emulator));
        const pack = await PolicyPack.create();
        // By default, only production counts.
        const environments = { "kalshi-prod-keys-protected": { environments: [emulator.baseUrl] } };
        const run = await pack.preview(stack, environments);
        expect(run.code).not.toBe(0);
        const expected = Object.entries(declared).filter(([, [, , , violated]]) => violated.length > 0);
        expect(violatedBy(run.violations)).toEqual({
            ...Object.fromEntries(expected.map(([key, row]) => [key, row[3].map((policy) => `kalshi-${policy}`)])),
            hidden: ["kalshi-name-pattern"],
        });
        for (const { policy, level, key, message } of run.violations) {
            expect([policy, level]).toEqual([policy, mandatory.includes(policy) ? "mandatory" : "advisory"]);
            expect(message).toContain(`"${key}" `);
        }
        // The SDK's debug log, which `--json` includes, shows secrets other than private keys.
        expect(run.violations.map(({ message }) => message).join()).not.toContain(hiddenName);
        expect(pieces(privateKey).filter((piece) => run.output.includes(piece))).toEqual([]);

        // The configuration changes levels and options.
        const relaxed = await pack.preview(stack, {
            all: "advisory",
            "kalshi-write-keys-rotate": { maxDays: 91, except: ["default"] },
            "kalshi-no-bare-write": "disabled",
            "kalshi-transfer-scopes-alone": { transferScopes: ["write::trade", "write::transfer"] },
            "kalshi-name-pattern": { pattern: "^(Desk|default|A Hidden)" },
        });
        expect(relaxed.code).toBe(0);
        expect(violatedBy(relaxed.violations)).toEqual({
            ...(name === dynamicProvider.name ? { adopted: ["kalshi-no-adopt"] } : {}),
            default: ["kalshi-ed25519-or-own-key"],
            good: ["kalshi-name-pattern"],
            slow: ["kalshi-name-pattern"],
            reader: ["kalshi-name-pattern"],
            own: ["kalshi-name-pattern"],
            mixed: ["kalshi-name-pattern"],
            transfer: ["kalshi-name-pattern"],
            "rotating-default": ["kalshi-ed25519-or-own-key", "kalshi-name-pattern"],
            "rotating-good": ["kalshi-name-pattern"],
            "rotating-mixed": ["kalshi-name-pattern"],
        });
        expect(new Set(relaxed.violations.map(({ level }) => level))).toEqual(new Set(["advisory"]));
        expect(await calls(emulator)).toEqual([]);
    });

    test("applies to an unknown input as soon as it is known, before the key is created", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProjectWithEnvironment(
            `const first = new Key("first", { scopes: ["read"], keyType: "ed25519" });
            const known = (value) => first.apiKeyId.apply(() => value);
            new Key("second", { scopes: ["read", known("write")], keyType: known("rsa"), name: known("Desk") });
            new RotatingKey("third", { scopes: known(["read", "write"]), rotationDays: known(91) });`,
            environmentOf(emulator),
        );
        const pack = await PolicyPack.create();
        const preview = await pack.preview(stack);
        expect(preview.violations.filter(({ level }) => level !== "advisory")).toEqual([]);
        expect(violatedBy(preview.violations.filter(({ message }) => message.includes("can't be known")))).toEqual({
            second: [
                "kalshi-ed25519-or-own-key",
                "kalshi-name-pattern",
                "kalshi-no-bare-write",
                "kalshi-transfer-scopes-alone",
                "kalshi-write-keys-rotate",
            ],
            third: ["kalshi-no-bare-write", "kalshi-transfer-scopes-alone", "kalshi-write-keys-rotate"],
        });
        expect(preview.code).toBe(0);

        const up = await pack.up(stack);
        expect(up.code).not.toBe(0);
        expect(up.violations.map(({ policy }) => policy)).toContain("kalshi-no-bare-write");
        expect(await calls(emulator)).toEqual(["POST generate"]);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    test("finds the keys of production by the provider's options and variables", async () => {
        const emulator = await emulatorWith();
        const explicit = `const provider = new kalshi.Provider("other", { environment: "prod" });
            new Key("explicit", ${JSON.stringify(good)}, { provider });`;
        const { KALSHI_BASE_URL: _, ...credentials } = environmentOf(emulator);
        const { stack } = await createProjectWithEnvironment(
            `new Key("bot", ${JSON.stringify(good)}); ${name === dynamicProvider.name ? "" : explicit}`,
            { ...credentials, KALSHI_ENVIRONMENT: "prod" },
        );
        const pack = await PolicyPack.create();
        const inProduction = async () => {
            const run = await pack.preview(stack, {
                all: "disabled",
                "kalshi-prod-keys-protected": { enforcementLevel: "mandatory" },
            });
            expect(run.code === 0).toBe(run.violations.length === 0);
            return run.violations.map(({ key }) => key).sort();
        };
        const others = name === dynamicProvider.name ? [] : ["explicit"];
        expect(await inProduction()).toEqual(["bot", ...others]);
        await stack.must("config", "set", "kalshi:environment", "demo");
        expect(await inProduction()).toEqual(others);
    });
});

test("the engine refuses an invalid configuration of a policy", async () => {
    const { stack } = await dynamicProvider.createProjectWithEnvironment("", {});
    const pack = await PolicyPack.create();
    const { code, output } = await pack.preview(stack, {
        "kalshi-write-keys-rotate": { maxDays: 0 },
        "kalshi-name-pattern": { pattern: "(" },
    });
    expect(code).not.toBe(0);
    expect(output).toContain("maxDays");
    expect(output).toContain("pattern");
});
