import { setImmediate } from "node:timers/promises";
import type { dynamic } from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import type { Emulator } from "kalshi-emulator";
import type { ApiKeyInputs } from "../../provider/src/apiKey/inputs";
import * as host from "../../provider/src/dynamic/host";
import { KalshiClient } from "../../provider/src/kalshi/client";
import {
    calls,
    cleanUp,
    emulatorWith,
    forgetRequests,
    ownKeyPair,
    rootKeyPem,
    scratchFolder,
} from "../support/harness";

afterEach(cleanUp);
afterEach(() => jest.restoreAllMocks());

// The SDK's host loads this module through the shim. No type checks that it has the methods that the host calls.
host satisfies dynamic.ResourceProvider;

const sealed = (value: unknown) => ({ [specialSigKey]: specialSecretSig, value });
const pem = (kind: string) => expect.stringMatching(new RegExp(`^-----BEGIN ${kind}`)) as unknown;

/** Creates the dynamic provider for an emulator, and the checked inputs of a key. */
async function configured(): Promise<{ emulator: Emulator; inputs: ApiKeyInputs; printed: () => string[] }> {
    const emulator = await emulatorWith();
    const printing = jest.spyOn(console, "error").mockImplementation(() => undefined);
    process.env["PULUMI_HOME"] = await scratchFolder();
    const options: Record<string, string> = {
        "kalshi:baseUrl": emulator.baseUrl,
        "kalshi:apiKeyId": emulator.rootKeyId,
        "kalshi:privateKey": rootKeyPem(emulator),
    };
    const get = (key: string) => options[key];
    await host.configure({ config: { get, require: (key) => get(key) ?? "" } });
    const { inputs, failures } = await host.check(
        {},
        { __resourceName: "bot", __stack: "tests/dev", __provider: "text", keyType: "ed25519" },
    );
    expect(failures).toEqual([]);
    return {
        emulator,
        inputs: { ...(inputs as unknown as ApiKeyInputs), ...{ __provider: "text" } },
        printed: () => printing.mock.calls.map(String),
    };
}

test("every method that returns a state wraps the private key and keeps what the next check needs", async () => {
    const { emulator, inputs, printed } = await configured();
    const created = await host.create(inputs);
    const outs = created.outs as Record<string, unknown>;
    expect(outs).toMatchObject({ __defaults: ["name"], __resourceName: "bot", privateKey: sealed(pem("PRIVATE KEY")) });

    // The engine unwraps the secret envelopes, because dynamic providers do not accept secrets.
    const state = { ...outs, privateKey: (outs["privateKey"] as { value: string }).value } as never;
    const read = await host.read(created.id, state);
    expect(read.props).toEqual(outs);
    const { __provider, ...withoutProvider } = inputs as ApiKeyInputs & { __provider: string };
    expect(read.inputs).toEqual(withoutProvider);
    expect((await host.update(created.id, state, inputs)).outs).toEqual({ ...outs, __provider });

    await forgetRequests(emulator);
    expect(
        (await host.check(read.inputs as never, { __resourceName: "bot", __stack: "tests/dev", keyType: "ed25519" }))
            .inputs,
    ).toEqual(withoutProvider);
    expect(await host.diff(created.id, outs, withoutProvider)).toMatchObject({ changes: false, replaces: [] });
    expect(await calls(emulator)).toEqual([]);
    // Once, although there were two checks.
    expect(printed()).toEqual([`The target is Kalshi ${emulator.baseUrl}. The signing key is ${emulator.rootKeyId}.`]);
});

test("reports an incomplete create as a partial failure, with the wrapped private key and the provider", async () => {
    const { inputs } = await configured();
    const made = { apiKeyId: "id", privateKey: "no PEM" };
    jest.spyOn(KalshiClient.prototype, "generateApiKey").mockResolvedValue(made);
    const error = await host.create(inputs).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
        id: "id",
        properties: { ...inputs, apiKeyId: "id", privateKey: sealed("no PEM"), __provider: "text" },
        reasons: [expect.stringMatching(/\(id\).*KALSHI_PRIVATE_KEY_UNREADABLE/)],
    });
    expect(String(error)).not.toContain("no PEM");
});

describe("an internal error shows its place and a code, but not its message, which may hold a secret:", () => {
    const secretText = "MC4CAQAwBQYDK2VwBCIEI";
    const failing = () => {
        throw new TypeError(secretText);
    };

    test.each<[string, (inputs: ApiKeyInputs) => Promise<unknown>]>([
        [
            "check",
            () =>
                host.check(
                    {},
                    {
                        __resourceName: "bot",
                        get name() {
                            return failing();
                        },
                    },
                ),
        ],
        [
            "diff",
            () =>
                host.diff(
                    "id",
                    {
                        get name() {
                            return failing();
                        },
                    },
                    {},
                ),
        ],
        ["create", (inputs) => host.create(inputs)],
        [
            "read",
            () =>
                host.read("id", {
                    get apiKeyId() {
                        return failing();
                    },
                } as never),
        ],
        [
            "update",
            (inputs) =>
                host.update(
                    "id",
                    {
                        get createdAt() {
                            return failing();
                        },
                    } as never,
                    inputs,
                ),
        ],
        [
            "delete",
            () =>
                host.delete("id", {
                    get apiKeyId() {
                        return failing();
                    },
                } as never),
        ],
    ])("%s", async (_method, step) => {
        const { inputs } = await configured();
        jest.spyOn(KalshiClient.prototype, "generateApiKey").mockImplementation(failing);
        const error = await step(inputs).catch((reason: unknown) => reason);
        expect(error).toMatchObject({
            code: "KALSHI_INTERNAL_ERROR",
            message: expect.stringMatching(/\(TypeError, at .*KALSHI_INTERNAL_ERROR/) as unknown,
        });
        expect(`${String(error)} ${(error as Error).message}`).not.toContain(secretText);
    });
});

test("returns no id for a key that is gone", async () => {
    const { inputs } = await configured();
    const { id, outs } = await host.create(inputs);
    const state = { ...outs, createdAt: "2026-01-01T00:00:00.000Z" } as never;
    await host.delete(id, state);
    expect(await host.read(id, state)).toEqual({ id: "" });
});

test("prints expected errors once, without a stack trace", async () => {
    await configured();
    const error = await host
        .delete("id", { environment: "prod", name: "n", apiKeyId: "id" } as never)
        .catch((reason: unknown) => reason as Error);
    expect(error?.message).toMatch(/KALSHI_OTHER_ENVIRONMENT/);
    expect(`${String(error)}: ${error?.stack ?? ""}`).not.toMatch(/\.ts|KALSHI_/);
});

test("after SIGTERM completes a create in flight, rejects new calls, then exits", async () => {
    const { inputs } = await configured();
    let respond: (key: { apiKeyId: string; privateKey: string }) => void = () => undefined;
    jest.spyOn(KalshiClient.prototype, "generateApiKey").mockReturnValue(new Promise((resolve) => (respond = resolve)));
    jest.spyOn(process, "getActiveResourcesInfo").mockReturnValue([]);
    const exit = jest.spyOn(process, "exit").mockReturnValue(undefined as never);
    const creation = host.create(inputs);
    process.emit("SIGTERM");
    await expect(host.create(inputs)).rejects.toThrow(/SIGTERM.*KALSHI_INTERRUPTED/);
    await expect(host.read("id", inputs as never)).rejects.toThrow(/SIGTERM.*KALSHI_INTERRUPTED/);
    await expect(host.delete("id", inputs as never)).rejects.toThrow(/SIGTERM.*KALSHI_INTERRUPTED/);
    await setImmediate();
    expect(exit).not.toHaveBeenCalled();
    const { privateKey } = ownKeyPair("ed25519");
    respond({ apiKeyId: "id", privateKey });
    expect((await creation).id).toBe("id");
    await setImmediate();
    expect(exit).toHaveBeenCalledWith(143);
});
