import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import { testInFull } from "../support/full";
import {
    accountKeys,
    cleanUp,
    emulatorWith,
    environmentOf,
    forgetRequests,
    requests,
    scratchFolder,
} from "../support/harness";
import { leaks } from "../support/leaks";
import { age, callsOf, withoutTypeChecks } from "../support/project";
import { allOf, generationsIn, type Generation } from "../support/rotatingKeys";

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

/** The stacks of the example on one backend. */
interface Team {
    readonly scratch: string;
    readonly prod: Emulator;
    readonly demo: Emulator;
    /** The stacks of the project accounts. */
    readonly prodAccount: Stack;
    readonly demoAccount: Stack;
    /** A stack of the project bots. */
    readonly bot: Stack;
}

/**
 * Creates the three stacks and their keys. The projects are copies, because the example gives the names of the stacks, and their
 * configuration files would be in the repository.
 */
async function createTeam(): Promise<Team> {
    const scratch = await scratchFolder();
    const example = join(scratch, "examples", "team");
    cpSync(join(root, "examples", "team"), example, { recursive: true });
    symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
    const stackOf = async (project: string, name: string, env: Readonly<Record<string, string>>) =>
        Stack.create({
            project: join(example, project),
            scratch: join(scratch, "pulumi"),
            name,
            env: { ...env, ...withoutTypeChecks },
        });
    const [prod, demo] = [await emulatorWith(), await emulatorWith()];
    const prodAccount = await stackOf("accounts", "prod", environmentOf(prod));
    const demoAccount = await stackOf("accounts", "demo", environmentOf(demo));
    await Promise.all([prodAccount.must(...up), demoAccount.must(...up)]);
    const bot = await stackOf("bots", "market-maker", {});
    await bot.must("config", "set", "scopes", '["read", "write::trade"]');
    await bot.must(...up);
    return { scratch, prod, demo, prodAccount, demoAccount, bot };
}

async function deployerOf(account: Stack): Promise<Generation> {
    const { current } = (await generationsIn(account)).get("deployer") ?? {};
    return current as Generation;
}

/** Returns the ids of the keys that signed the recorded requests, none of which may be refused. */
async function signers(emulator: Emulator): Promise<ReadonlySet<string | null>> {
    const recorded = await requests(emulator);
    expect(recorded.filter(({ status }) => status === null || status >= 400)).toEqual([]);
    return new Set(recorded.map(({ keyId }) => keyId));
}

test("the example team creates, protects, rotates and retains keys in three stacks", async () => {
    const team = await createTeam();
    const { scratch, prod, demo, prodAccount, demoAccount, bot } = team;
    const [first, demoDeployer] = [await deployerOf(prodAccount), await deployerOf(demoAccount)];
    const { prodApiKeyId, demoApiKeyId } = await bot.outputs();
    expect(await accountKeys(prod)).toEqual([first.apiKeyId, prodApiKeyId]);
    expect(await accountKeys(demo)).toEqual([demoDeployer.apiKeyId, demoApiKeyId]);
    // The deployer keys signed the bot's creates.
    expect(await signers(prod)).toContain(first.apiKeyId);
    expect(await signers(demo)).toContain(demoDeployer.apiKeyId);

    const refused = await bot.pulumi(["destroy", "--yes"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toMatch(/RotatingApiKey::prod" cannot be deleted.*protected/s);
    expect(await accountKeys(demo)).toContain(demoApiKeyId);

    // The deployer key rotates. Within its overlap the bot's stack gets the new one.
    await age({ stack: prodAccount, scratch }, 91);
    expect(await callsOf(prod, { stack: prodAccount }, ...up)).toEqual(["POST generate"]);
    const second = await deployerOf(prodAccount);
    const keys = await generationsIn(bot);
    expect(await callsOf(prod, { stack: bot }, ...up)).toEqual([]);
    expect(await generationsIn(bot)).toEqual(keys);
    await age({ stack: prodAccount, scratch }, 7.1);
    expect(await callsOf(prod, { stack: prodAccount }, ...up)).toEqual(["DELETE id"]);

    // Somebody destroys the stack of the account demo. Its deployer key stays valid, so the bot's stack can use it.
    await demoAccount.must("state", "unprotect", "--all", "--yes");
    await demoAccount.must("destroy", "--yes", "--skip-preview");
    expect(await demoAccount.resources()).toEqual([]);
    await Promise.all([prod, demo].map(forgetRequests));
    await bot.must("refresh", "--yes", "--skip-preview");
    expect(await signers(prod)).toEqual(new Set([second.apiKeyId]));
    expect(await signers(demo)).toEqual(new Set([demoDeployer.apiKeyId]));

    // README.md: how to revoke it.
    await demoAccount.must(
        ...["import", "kalshi:index:ApiKey", "former-deployer", demoDeployer.apiKeyId, "--yes", "--skip-preview"],
        ...["--protect=false", "--generate-code=false"],
    );
    expect(await callsOf(demo, { stack: demoAccount }, "destroy", "--yes", "--skip-preview")).toEqual(["DELETE id"]);
    expect(await accountKeys(demo)).toEqual([demoApiKeyId]);

    const botKeys = allOf((await generationsIn(bot)).values());
    const secrets = [first, second, demoDeployer, ...botKeys].map(({ privateKey }) => privateKey);
    expect(secrets).toHaveLength(5);
    expect(leaks(secrets, scratch, new Map([["the refused destroy", refused.stdout + refused.stderr]]))).toEqual([]);
});

testInFull("a bot's stack that missed the overlap of the deployer key works again after pulumi up", async () => {
    const { scratch, prod, prodAccount, bot } = await createTeam();
    const first = await deployerOf(prodAccount);
    await age({ stack: prodAccount, scratch }, 91);
    await prodAccount.must(...up);
    // During the overlap the stack still signs with the old key.
    await forgetRequests(prod);
    await bot.must("refresh", "--yes", "--skip-preview");
    expect(await signers(prod)).toEqual(new Set([first.apiKeyId]));

    await age({ stack: prodAccount, scratch }, 7.1);
    await prodAccount.must(...up);
    const failed = await bot.pulumi(["refresh", "--yes", "--skip-preview"]);
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).toContain("KALSHI_CREDENTIALS_REFUSED");
    const keys = await generationsIn(bot);
    await bot.must(...up);
    expect(await generationsIn(bot)).toEqual(keys);
    await bot.must("state", "unprotect", "--all", "--yes");
    await bot.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(prod)).toEqual([(await deployerOf(prodAccount)).apiKeyId]);
});
