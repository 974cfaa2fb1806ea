import {
    listedInputs,
    listedKey,
    listedNames,
    sentInputs,
    type ApiKey,
    type ApiKeyInputs,
} from "../../provider/src/apiKey/inputs";

test("sends Kalshi the parameters of its POST, and no other input", () => {
    const sent = { name: "bot-1a2b3c4", scopes: ["read"], keyType: "rsa", subaccount: 3 } as const;
    const kept = { namePrefix: "bot", rotationTriggers: { incident: 1 }, rotationDays: 30, __defaults: ["name"] };
    const inputs: ApiKeyInputs = { ...sent, ...kept };
    expect(sentInputs(inputs)).toEqual({ ...sent, publicKey: undefined, fcmSubtraderId: undefined });
});

test.each<[string, Partial<ApiKey>]>([
    ["a subaccount", { scopes: ["read"], subaccount: 3 }],
    ["an FCM subtrader", { scopes: ["read"], fcmSubtraderId: "user_bot" }],
    ["neither", {}],
])("takes from the list what a key is bound to: %s", (_what, listed) => {
    const absent = Object.fromEntries(listedNames.map((name) => [name, undefined]));
    expect(listedInputs({ apiKeyId: "id", name: "bot", ...listed })).toStrictEqual({
        ...absent,
        name: "bot",
        ...listed,
    });
});

test("reads a listed key, with null as absent and without unknown properties", () => {
    const read = listedKey.parse({ apiKeyId: "id", name: "bot", scopes: null, subaccount: 0, keyType: "rsa" });
    expect(read).toEqual({ apiKeyId: "id", name: "bot", subaccount: 0 });
});

test.each([{ apiKeyId: "" }, { name: null }, { scopes: "read" }, { subaccount: "3" }, { fcmSubtraderId: 3 }])(
    "rejects a listed key with an invalid property: %j",
    (invalid) => {
        expect(listedKey.safeParse({ apiKeyId: "id", name: "bot", ...invalid }).success).toBe(false);
    },
);
