import { Account } from "../../provider/src/cli/account";
import { discardNewKey } from "../../provider/src/cli/newSigningKey";
import { Report } from "../../provider/src/cli/report";
import type { RotationRecord } from "../../provider/src/cli/rotationRecord";
import { readConfig } from "../../provider/src/config";
import { thisProcess } from "../../provider/src/journal/processIdentity";
import { cleanUp, clientOf, emulatorWith, environmentOf, scratchFolder } from "../support/harness";

const { PULUMI_HOME } = process.env;
beforeEach(async () => {
    process.env["PULUMI_HOME"] = await scratchFolder();
    jest.spyOn(console, "log").mockReturnValue();
});
afterEach(async () => {
    await cleanUp();
    jest.restoreAllMocks();
    if (PULUMI_HOME === undefined) {
        delete process.env["PULUMI_HOME"];
    } else {
        process.env["PULUMI_HOME"] = PULUMI_HOME;
    }
});

/** Sets up an interrupted rotation whose new key a list shows only after so many milliseconds. */
async function interrupted(listLag: number, status: RotationRecord["status"], startedAt = new Date().toISOString()) {
    const emulator = await emulatorWith({ listLag });
    const key = { name: "root-0123456", keyType: "ed25519" };
    const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey(key);
    const account = new Account(readConfig({ option: () => undefined, env: environmentOf(emulator) }));
    const record: RotationRecord = {
        environment: emulator.baseUrl,
        oldKey: { apiKeyId: emulator.rootKeyId, name: "root" },
        name: key.name,
        newKey: { apiKeyId, earlierAttemptMayExist: false },
        status,
        startedAt,
        process: thisProcess(),
    };
    const discarding = discardNewKey(record, { account, stack: undefined, report: new Report(false) });
    return { discarding, asNewKey: clientOf(emulator, { retries: 0 }, { apiKeyId, privateKey }) };
}

test("revokes the new key of an interrupted rotation even if a lagging list does not show it", async () => {
    const { discarding, asNewKey } = await interrupted(60_000, "creating");
    await discarding;
    await expect(asNewKey.listApiKeys()).rejects.toThrow(/NOT_FOUND/);
});

test("does not revoke a new key that the user was asked to set, if a lagging list shows it late", async () => {
    const { discarding, asNewKey } = await interrupted(2_500, "awaitingUser");
    await expect(discarding).rejects.toThrow(/KALSHI_ROTATION_CONFLICT/);
    await asNewKey.listApiKeys();
});

test("does not give up a young key that the user was asked to set because no list shows it yet", async () => {
    const { discarding } = await interrupted(60_000, "awaitingUser");
    await expect(discarding).rejects.toThrow(/KALSHI_EXISTENCE_UNKNOWN/);
});

test("gives up an older key that no list shows", async () => {
    const { discarding } = await interrupted(60_000, "awaitingUser", new Date(Date.now() - 300_000).toISOString());
    await discarding;
});
