import axios, { type AxiosError } from "axios";
import { ApiKeysApi, Configuration } from "kalshi-typescript";
import type { Emulator } from "../../emulator/index";
import { keyFromUp } from "../support/project";
import { cleanUp, emulatorWith, inject, ownKeyPair, rootKeyPem } from "../support/harness";

afterEach(cleanUp);

/** Creates Kalshi's client for a key. Each needs its own axios instance, otherwise all sign with the first key. */
function client(
    emulator: Emulator,
    key = { apiKeyId: emulator.rootKeyId, privateKey: rootKeyPem(emulator) },
): ApiKeysApi {
    const { apiKeyId: apiKey, privateKey: privateKeyPem } = key;
    const configuration = new Configuration({ apiKey, privateKeyPem, basePath: emulator.baseUrl });
    return new ApiKeysApi(configuration, undefined, axios.create());
}

const failure = async (call: Promise<unknown>) => {
    const error = await call.then(
        () => undefined,
        (reason: unknown) => reason as AxiosError,
    );
    return [error?.response?.status, error?.response?.data];
};

test.each([
    ["the root key", async () => undefined],
    ["a key from a stack's output", keyFromUp],
])("kalshi-typescript 3.30.0 makes all four calls with %s", async (_which, keyOf) => {
    const emulator = await emulatorWith({ rootKeyType: "rsa" });
    const kalshi = client(emulator, await keyOf(emulator));
    const held = (await kalshi.getApiKeys()).data.api_keys;
    const generated = await kalshi.generateApiKey({ name: "generated", scopes: ["read", "write"] });
    expect(generated.status).toBe(201);
    const { api_key_id: apiKeyId, private_key: privateKey } = generated.data;
    const own = client(emulator, { apiKeyId, privateKey });
    const pair = ownKeyPair("rsa");
    const created = await own.createApiKey({
        name: "created",
        public_key: pair.publicKey,
        scopes: ["read"],
        subaccount: 5,
    });
    expect(created.status).toBe(201);
    const listed = await own.getApiKeys();
    expect(listed.data.api_keys).toEqual([
        ...held,
        { api_key_id: apiKeyId, name: "generated", scopes: ["read", "write"] },
        { api_key_id: created.data.api_key_id, name: "created", scopes: ["read"], subaccount: 5 },
    ]);
    expect((await kalshi.deleteApiKey(created.data.api_key_id)).status).toBe(204);
    expect((await kalshi.deleteApiKey(apiKeyId)).status).toBe(204);
    expect((await kalshi.getApiKeys()).data.api_keys).toEqual(held);
});

test("kalshi-typescript 3.30.0 receives the errors", async () => {
    const emulator = await emulatorWith({ rootKeyType: "rsa", usageLevel: "advanced" });
    const kalshi = client(emulator);
    const nested = (code: string) => ({ error: expect.objectContaining({ code }) as unknown });
    expect(await failure(kalshi.generateApiKey({ name: "" }))).toEqual([400, nested("invalid_parameters")]);
    expect(await failure(kalshi.generateApiKey({ name: undefined as unknown as string }))).toEqual([
        400,
        nested("invalid_parameters"),
    ]);
    expect(await failure(kalshi.createApiKey({ name: "a", public_key: ownKeyPair("rsa").publicKey }))).toEqual([
        403,
        nested("api_key_creation_requires_premier_api_usage_level"),
    ]);
    expect(await failure(kalshi.deleteApiKey("a/b c"))).toEqual([400, { msg: "invalid API key ID" }]);
    expect(await failure(kalshi.deleteApiKey("0d7d9d5e-6a8f-4c7e-9d8e-111111111111"))).toEqual([
        404,
        nested("not_found"),
    ]);
    const impostor = client(emulator, { apiKeyId: emulator.rootKeyId, privateKey: ownKeyPair("rsa").privateKey });
    expect(await failure(impostor.getApiKeys())).toEqual([401, nested("authentication_error")]);
    for (const operation of ["list", "generate", "create", "delete"] as const) {
        await inject(emulator, { operation, when: "before", kind: "status", status: 500 });
    }
    const injected = [500, nested("injected_fault")];
    expect(await failure(kalshi.getApiKeys())).toEqual(injected);
    expect(await failure(kalshi.generateApiKey({ name: "a" }))).toEqual(injected);
    expect(
        await failure(client(await premier()).createApiKey({ name: "a", public_key: ownKeyPair("rsa").publicKey })),
    ).toEqual(injected);
    expect(await failure(kalshi.deleteApiKey(emulator.rootKeyId))).toEqual(injected);
});

async function premier(): Promise<Emulator> {
    const emulator = await emulatorWith({ rootKeyType: "rsa" });
    await inject(emulator, { operation: "create", when: "before", kind: "status", status: 500 });
    return emulator;
}
