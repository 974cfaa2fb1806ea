import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { mustRun } from "../../tools/processes";
import { pythonWithClient } from "../../tools/python";
import { keyFromUp } from "../support/project";
import { cleanUp, emulatorWith, inject, ownKeyPair, scratchFolder } from "../support/harness";

afterEach(cleanUp);

interface Step {
    readonly step: string;
    readonly ok?: unknown;
    readonly error?: string;
    readonly status?: number;
    readonly body?: string;
}

async function drive(emulator: Emulator, keyId: string, pemFile: string): Promise<Map<string, Step>> {
    const publicKeyFile = join(await scratchFolder(), "public.pem");
    writeFileSync(publicKeyFile, ownKeyPair("rsa").publicKey);
    const script = join(__dirname, "clients.py");
    const output = await mustRun(pythonWithClient(), [script, emulator.baseUrl, keyId, pemFile, publicKeyFile]);
    const steps = output.trim().split("\n");
    return new Map(steps.map((line) => JSON.parse(line) as Step).map((step) => [step.step, step]));
}

// In CI `npm test` fails earlier if there is no Python.
(existsSync(pythonWithClient()) ? describe : describe.skip)("kalshi-python 2.1.4 against the emulator", () => {
    /**
     * Expects the results of all four operations and their errors, on an account with the given keys before and after.
     */
    function assertAllFour(steps: Map<string, Step>, held: readonly string[]): void {
        const step = (name: string) => steps.get(name);
        const id = String(step("generate")?.ok);
        const created = String(step("create")?.ok);
        expect(step("list with the generated key")?.ok).toEqual([...held, id].sort());
        expect(step("list")?.ok).toEqual([...held, id, created].sort());
        expect(step("delete generated")).toEqual({ step: "delete generated", ok: null });
        expect(step("delete created")).toEqual({ step: "delete created", ok: null });
        expect(step("list after")?.ok).toEqual([...held].sort());
        expect(step("delete a key that is not there")).toMatchObject({ error: "NotFoundException", status: 404 });
        expect(step("delete no id")).toMatchObject({ error: "BadRequestException", status: 400 });
        expect(step("create broken")).toMatchObject({ error: "BadRequestException", status: 400 });
        expect(step("generate without a name")).toMatchObject({ error: "BadRequestException", status: 400 });
        expect(step("with a revoked key")).toMatchObject({ error: "UnauthorizedException", status: 401 });
        expect(step("with a revoked key")?.body).toContain("NOT_FOUND");
    }

    test("makes all four calls, and receives their errors", async () => {
        const emulator = await emulatorWith({ rootKeyType: "rsa" });
        const steps = await drive(emulator, emulator.rootKeyId, emulator.rootKeyPath);
        assertAllFour(steps, [emulator.rootKeyId]);
    });

    test("makes all four calls with a key from a stack's output", async () => {
        const emulator = await emulatorWith({ rootKeyType: "rsa" });
        const key = await keyFromUp(emulator);
        const pemFile = join(await scratchFolder(), "key.pem");
        writeFileSync(pemFile, key.privateKey);
        assertAllFour(await drive(emulator, key.apiKeyId, pemFile), [emulator.rootKeyId, key.apiKeyId]);
    });

    test("receives 403 below the usage level Premier, 429 and 500", async () => {
        const emulator = await emulatorWith({ rootKeyType: "rsa", usageLevel: "basic" });
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 500 });
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 429 });
        const steps = await drive(emulator, emulator.rootKeyId, emulator.rootKeyPath);
        expect(steps.get("list with the generated key")).toMatchObject({ error: "ServiceException", status: 500 });
        expect(steps.get("create")).toMatchObject({ error: "ForbiddenException", status: 403 });
        expect(steps.get("create")?.body).toContain("api_key_creation_requires_premier_api_usage_level");
        expect(steps.get("list")).toMatchObject({ error: "ApiException", status: 429 });
    });
});
