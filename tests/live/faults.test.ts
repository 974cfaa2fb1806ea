import type { Emulator, EmulatorOptions } from "kalshi-emulator";
import { parseBaseUrl } from "../../provider/src/kalshi/endpoint";
import { cleanUp, clientOf, emulatorWith } from "../support/harness";
import { startProxy, type ProxyResponse } from "../support/proxy";
import { list } from "./keyProbes";
import { LiveAccount } from "./liveAccount";
import { targetOf } from "./suite";

afterEach(cleanUp);

/** Opens the account of a new emulator behind a proxy that changes its responses. */
async function changedAccount(
    change: (answer: ProxyResponse) => ProxyResponse,
    options: Partial<EmulatorOptions> = {},
): Promise<{ emulator: Emulator; account: LiveAccount }> {
    const emulator = await emulatorWith(options);
    const proxy = await startProxy(emulator);
    const target = { ...targetOf(emulator), endpoint: parseBaseUrl(proxy.baseUrl) };
    const account = await LiveAccount.open(target, new AbortController().signal);
    proxy.change = change;
    return { emulator, account };
}

/** Returns a change of the body of each success. */
const changeBody = (change: (body: string) => string) => (answer: ProxyResponse) =>
    answer.status < 300 ? { ...answer, body: change(answer.body) } : answer;

test.each<[string, (body: string) => string]>([
    ["cut off", (body) => body.slice(0, -2)],
    ["an array", (body) => JSON.stringify((JSON.parse(body) as { api_keys: unknown }).api_keys)],
    ["in another field", (body) => body.replace("api_keys", "keys")],
    ["of objects by id", () => JSON.stringify({ keys: { one: { name: "of somebody else", api_key_id: "a" } } })],
])("the answer to a list that is %s shows no key of the account", async (_what, change) => {
    const { emulator, account } = await changedAccount(changeBody(change));
    await clientOf(emulator).generateApiKey({ name: "of somebody else" });
    const answer = await account.describe(list);
    expect(answer).toMatch(/^200 /);
    expect(answer).not.toContain("somebody");
});

test("the answer of an error contains neither a signature nor an id of the account, and the rest of Kalshi's text", async () => {
    const id = "0a1b2c3d-0000-4000-8000-0123456789ab";
    const signature = Buffer.alloc(64, 7).toString("base64");
    const body = JSON.stringify({
        error: { code: `user_not_found:_${id}`, details: `signature ${signature} is wrong` },
    });
    const { account } = await changedAccount(() => ({ status: 404, body }));
    expect(await account.describe(list)).toBe(
        '404 {"error":{"code":"user_not_found:_<id>","details":"signature […] is wrong"}}',
    );
});
