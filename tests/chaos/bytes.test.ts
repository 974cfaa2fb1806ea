import fc from "fast-check";
import { parsePrivateKey } from "../../provider/src/kalshi/auth";
import { cleanUp, clientOf, onCleanUp, rootKeyPem } from "../support/harness";
import { EmulatorProcess } from "../support/emulatorProcess";
import { extent, report } from "./extent";
import { creations, noise, strangeRequests } from "./requests";
import { good, isSignedAlike, tampered, tampering } from "./tampering";
import { signed, Wire } from "./wire";

afterEach(cleanUp);

const { inputs: numRuns, seed } = extent;

const signer = fc.constantFrom("rsa" as const, "ed25519" as const);
const strike = fc.oneof(
    fc.record({ kind: fc.constant("tampered" as const), request: good, signer, tampering }),
    fc.record({ kind: fc.constant("odd body" as const), request: creations, signer }),
    fc.record({ kind: fc.constant("unsigned" as const), request: strangeRequests }),
    fc.record({ kind: fc.constant("bytes" as const), bytes: noise }),
);
type Strike = typeof strike extends fc.Arbitrary<infer T> ? T : never;

test(`${numRuns} random requests to the emulator: it rejects invalid signatures, and keeps its account and process intact`, async () => {
    const process = await EmulatorProcess.start("--fcm-member");
    const { emulator, stderr } = process;
    const wire = new Wire(emulator.origin);
    onCleanUp(async () => wire.close());
    const client = clientOf(emulator);
    const second = await client.generateApiKey({ name: "second", keyType: "ed25519" });
    const root = { apiKeyId: emulator.rootKeyId, privateKey: rootKeyPem(emulator) };
    const credentials = ({ apiKeyId, privateKey }: typeof root) => ({
        apiKeyId,
        privateKey: parsePrivateKey(privateKey),
    });
    const signers = { rsa: credentials(root), ed25519: credentials(second) };
    const expectIntact = async () => {
        const keys = await client.listApiKeys();
        expect(keys.map(({ apiKeyId }) => apiKeyId)).toEqual([root.apiKeyId, second.apiKeyId]);
    };
    let sent = 0;
    let made = 0;
    const answered = async (strike: Strike) => {
        switch (strike.kind) {
            case "tampered": {
                const original = signed(strike.request, signers[strike.signer]);
                const request = tampered(original, strike.tampering);
                fc.pre(!isSignedAlike(original, request));
                expectRefused((await wire.send(request)).status);
                break;
            }
            case "odd body": {
                const { status, body } = await wire.send(signed(strike.request, signers[strike.signer]));
                expect(status).toBeLessThan(500);
                if (status < 300) {
                    made++;
                    await client.deleteApiKey((JSON.parse(body) as { api_key_id: string }).api_key_id);
                }
                break;
            }
            case "unsigned":
                expectRefused((await wire.send(strike.request)).status);
                break;
            case "bytes":
                for (const [, status] of (await wire.sendBytes(strike.bytes)).matchAll(/^HTTP\/1\.1 (\d+)/gm)) {
                    expectRefused(Number(status));
                }
        }
        if (++sent % 200 === 0) {
            await expectIntact();
        }
    };
    await fc.assert(fc.asyncProperty(strike, answered), { seed, numRuns });
    await expectIntact();
    report(`emulator: ${numRuns} requests with seed ${seed}, ${made} of them made a key`);
    expect(made).toBeGreaterThan(numRuns / 100);
    expect(await process.stop()).toBe(0);
    expect(stderr).toEqual([]);
}, 1_800_000);

function expectRefused(status: number): void {
    expect(status).toBeGreaterThanOrEqual(300);
    expect(status).toBeLessThan(500);
}
