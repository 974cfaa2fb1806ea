import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, type Answer } from "./answer";
import type { Call, LiveAccount } from "./liveAccount";
import type { Observation } from "./probes";

export const list: Call = { method: "GET", path: "api_keys" };
const isCreated = ({ status }: Answer): boolean => status === 201;

export async function observeList(account: LiveAccount): Promise<Observation[]> {
    // Neither their names nor their ids are in the order of their creation.
    const suffixes = ["b", "c", "a"];
    for (const suffix of suffixes) {
        await account.generate({ name: account.newName(suffix) });
    }
    const { body = {} } = await account.call(list);
    const entries = (body["api_keys"] ?? []) as Readonly<Record<string, unknown>>[];
    const names = (await account.client.listApiKeys()).map(({ name }) => name);
    const own = names.filter((name) => name.startsWith(account.runName)).map((name) => name.at(-1) ?? "");
    const signer = account.target.credentials.apiKeyId;
    const orders: Readonly<Record<string, string>> = {
        "b c a": "oldest first",
        "a c b": "newest first",
        "a b c": "by name",
    };
    return [
        { case: "fields of the body", answer: fieldsOf([body]) },
        { case: "fields of a key", answer: fieldsOf(entries) },
        { case: "region expiry", answer: placeOf("api_key_region_expiration_ts", body, entries) },
        {
            case: "order of three keys",
            answer: orders[own.join(" ")] ?? `another one (${own.length} of 3 keys listed)`,
        },
        {
            case: "contains the signing key",
            answer: entries.some((key) => key["api_key_id"] === signer) ? "yes" : "no",
        },
    ];
}

function fieldsOf(objects: readonly object[]): string {
    return [...new Set(objects.flatMap(Object.keys))].sort().join(", ");
}

function placeOf(field: string, body: object, entries: readonly object[]): string {
    if (field in body) {
        return "beside the keys";
    }
    return entries.some((entry) => field in entry) ? "in the keys" : "absent";
}

export async function observeGenerated(account: LiveAccount): Promise<Observation[]> {
    const observations: Observation[] = [];
    for (const keyType of [undefined, "rsa", "ed25519", "ecdsa"]) {
        const answer = await account.call(account.generateCall({ key_type: keyType }));
        const { private_key: pem } = answer.body ?? {};
        observations.push({
            case: `key_type ${keyType ?? "absent"}`,
            answer:
                typeof pem === "string"
                    ? `201 ${formOf(pem)}; ${fieldsOf([answer.body ?? {}])}`
                    : describe(answer, account.runName),
        });
    }
    return observations;
}

/** Describes a private key's PEM without its content. */
function formOf(pem: string): string {
    const label = /^-----BEGIN ([A-Z ]+)-----/.exec(pem)?.[1] ?? "no PEM";
    return `${label}, ${pem.endsWith("\n") ? "with" : "without"} a final newline`;
}

export async function observeScopes(account: LiveAccount): Promise<Observation[]> {
    const cases = [
        undefined,
        [],
        ["read"],
        ["write"],
        ["read", "write"],
        ["read", "read"],
        ["read", "read::unheard_of"],
        ["write::trade"],
    ];
    const observations: Observation[] = [];
    for (const scopes of cases) {
        const answer = await account.call(account.generateCall({ scopes }));
        observations.push({
            case: scopes === undefined ? "absent" : JSON.stringify(scopes),
            answer: isCreated(answer)
                ? `201, listed as ${await listedScopes(account, answer)}`
                : describe(answer, account.runName),
        });
    }
    return observations;
}

async function listedScopes(account: LiveAccount, created: Answer): Promise<string> {
    const { body = {} } = await account.call(list);
    const keys = (body["api_keys"] ?? []) as Readonly<Record<string, unknown>>[];
    const key = keys.find((one) => one["api_key_id"] === created.body?.["api_key_id"]);
    return key === undefined ? "nothing: the list does not show the key yet" : JSON.stringify(key["scopes"]);
}

export async function observeNames(account: LiveAccount): Promise<Observation[]> {
    const twice = account.newName("twice");
    const name = account.newName("long");
    const cases: [string, string][] = [
        ["empty", ""],
        ["300 characters", name.padEnd(300, "x")],
        ["new", twice],
        ["of an existing key", twice],
    ];
    const observations: Observation[] = [];
    for (const [what, given] of cases) {
        observations.push({ case: what, answer: await account.describe(account.generateCall({ name: given })) });
    }
    return observations;
}

export async function observePublicKeys(account: LiveAccount): Promise<Observation[]> {
    const ed25519 = spki(generateKeyPairSync("ed25519").publicKey);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    const cases: [string, string][] = [
        ["Ed25519", ed25519],
        ["the same public key again", ed25519],
        ["RSA of 2048 bits", spki(rsa)],
        ["RSA of 2048 bits in PKCS#1", rsa.export({ type: "pkcs1", format: "pem" }).toString()],
        ["RSA of 1024 bits", spki(weak)],
        ["not a key", "x"],
    ];
    const observations: Observation[] = [];
    for (const [what, public_key] of cases) {
        const json = { name: account.newName(), public_key };
        observations.push({ case: what, answer: await account.describe({ method: "POST", path: "api_keys", json }) });
    }
    return observations;
}

function spki(key: KeyObject): string {
    return key.export({ type: "spki", format: "pem" }).toString();
}

export async function observeSubaccount(account: LiveAccount): Promise<Observation[]> {
    const answer = await account.call(account.generateCall({ subaccount: 63 }));
    const observations = [{ case: "a key for subaccount 63", answer: describe(answer, account.runName) }];
    if (isCreated(answer)) {
        const signer = account.credentialsIn(answer);
        observations.push({ case: "that key lists the keys", answer: await account.describe({ ...list, signer }) });
    }
    return observations;
}

export async function observeSubtrader(account: LiveAccount): Promise<Observation[]> {
    const call = account.generateCall({ fcm_subtrader_id: "user_A1" });
    return [{ case: "a key for a subtrader", answer: await account.describe(call) }];
}

/** Creates keys until Kalshi refuses, at most so many. */
export async function observeCap(account: LiveAccount, most: number): Promise<Observation[]> {
    for (let count = 0; count < most; count++) {
        const answer = await account.call(account.generateCall());
        if (!isCreated(answer)) {
            return [{ case: "refusal", answer: describe(answer, account.runName), note: `after ${count} more keys` }];
        }
    }
    return [{ case: "refusal", answer: "none", note: `after ${most} more keys` }];
}
