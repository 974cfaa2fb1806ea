import { Clock } from "../../provider/src/kalshi/clock";
import { KalshiError } from "../../provider/src/kalshi/errors";
import { accountKeys, calls, cleanUp, clientOf, emulatorWith, forgetRequests } from "../support/harness";

afterEach(cleanUp);

const minute = 60_000;
const day = 24 * 60 * minute;

test.each([
    ["two minutes behind", 2 * minute, /clock is 1[12]\d s behind Kalshi's/],
    ["two minutes ahead", -2 * minute, /clock is 1[12]\d s ahead of Kalshi's/],
    ["a day behind", day, /clock is 86\d{3} s behind Kalshi's/],
    ["a day ahead", -day, /clock is 86\d{3} s ahead of Kalshi's/],
])("a clock that is %s works by Kalshi's, with one warning", async (_how, offset, warning) => {
    const emulator = await emulatorWith({ now: () => Date.now() + offset });
    const warnings: string[] = [];
    const client = clientOf(emulator, { clock: new Clock(Date.now, (message) => warnings.push(message)) });
    const { apiKeyId } = await client.generateApiKey({ name: "bot", keyType: "ed25519" });
    // The rejected attempt created no key.
    expect(await calls(emulator)).toEqual(["POST generate", "POST generate"]);
    await forgetRequests(emulator);
    await client.listApiKeys();
    await client.deleteApiKey(apiKeyId);
    expect(await calls(emulator)).toEqual(["GET api_keys", "DELETE id"]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
});

test("parallel calls all retry with Kalshi's clock, and warn once", async () => {
    const emulator = await emulatorWith({ now: () => Date.now() + day });
    const warnings: string[] = [];
    const client = clientOf(emulator, { clock: new Clock(Date.now, (message) => warnings.push(message)) });
    await Promise.all(["a", "b", "c"].map((name) => client.generateApiKey({ name, keyType: "ed25519" })));
    expect(warnings).toHaveLength(1);
    expect(await accountKeys(emulator)).toHaveLength(3);
});

test("retries only once if the server never accepts the time", async () => {
    let drift = 0;
    // The server's `Date` changes with every response.
    const emulator = await emulatorWith({ now: () => Date.now() + (drift += 10 * minute) });
    const error = await clientOf(emulator)
        .generateApiKey({ name: "bot" })
        .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KalshiError);
    expect(error).toMatchObject({ kind: "unauthorized", mayHaveSucceeded: false });
});

test("uses Kalshi's time from the second refusal of a timestamp on, and not for less than two seconds", () => {
    const warnings: string[] = [];
    const local = Date.parse("2026-11-24T12:00:00Z");
    const clock = new Clock(
        () => local,
        (message) => warnings.push(message),
    );
    clock.resynchronize();
    clock.observe("Tue, 24 Nov 2026 12:00:01 GMT");
    clock.resynchronize();
    expect([clock.offset, clock.appliedOffset, warnings.length]).toEqual([1_500, 0, 0]);
    clock.observe("Tue, 24 Nov 2026 12:01:00 GMT");
    expect(clock.now()).toBe(local);
    clock.resynchronize();
    expect([clock.offset, clock.appliedOffset, clock.now() - local]).toEqual([60_500, 60_500, 60_500]);
    clock.observe("Tue, 24 Nov 2026 12:01:01 GMT");
    clock.resynchronize();
    expect(clock.appliedOffset).toBe(60_500);
    clock.observe("Tue, 24 Nov 2026 12:02:00 GMT");
    clock.resynchronize();
    expect(clock.appliedOffset).toBe(120_500);
    expect(warnings).toHaveLength(1);
});

test("ignores an impossible date", () => {
    const clock = new Clock(
        () => Date.parse("2026-11-24T12:00:00Z"),
        () => undefined,
    );
    clock.observe("Sat, 13 Sep 275760 00:00:00 GMT");
    clock.observe("Thu, 01 Jan 1970 00:00:00 GMT");
    expect(clock.offset).toBeUndefined();
    clock.observe("Tue, 24 Nov 2026 13:00:00 GMT");
    clock.observe("no date");
    expect(new Date(clock.kalshiTime).toISOString()).toBe("2026-11-24T13:00:00.500Z");
});
