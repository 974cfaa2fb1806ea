import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { sameId } from "../../provider/src/apiKey/platform";
import { describe, type Answer } from "./answer";
import type { Call, LiveAccount } from "./liveAccount";
import type { Observation } from "./probes";

export const list: Call = { method: "GET", path: "api_keys" };
const isCreated = ({ status }: Answer): boolean => status === 201;

export async function observeList(account: LiveAccount): Promise<Observation[]> {
    // Their names are not in the order of their creation. With fewer keys, the random ids would often be in the order of either.
    const names = ["b", "d", "a", "e", "c"].map((suffix) => account.newName(suffix));
    for (const name of names) {
        const { apiKeyId } = await account.generate({ name });
        await account.untilListed(apiKeyId, true);
    }
    const { body, entries } = await firstPage(account);
    const keys = await account.client.listApiKeys();
    const own = keys.filter(({ name }) => names.includes(name));
    const byId = [...own].sort((one, other) => (one.apiKeyId < other.apiKeyId ? -1 : 1)).map(({ name }) => name);
    const orders = Object.entries({
        "oldest first": names,
        "newest first": [...names].reverse(),
        "by name": [...names].sort(),
        "by id": byId,
    });
    const [order] =
        orders.find(([, ordered]) =>
            isDeepStrictEqual(
                ordered,
                own.map(({ name }) => name),
            ),
        ) ?? [];
    const signer = account.target.credentials.apiKeyId;
    return [
        { case: "fields of the body", answer: fieldsOf([body]) },
        { case: "fields of a key", answer: fieldsOf(entries) },
        { case: "region expiry", answer: placeOf("api_key_region_expiration_ts", body, entries) },
        {
            case: "order of five keys",
            answer: own.length < names.length ? `unknown: ${own.length} keys were listed` : (order ?? "another one"),
        },
        {
            case: "contains the signing key",
            answer: keys.some(({ apiKeyId }) => sameId(apiKeyId, signer)) ? "yes" : "no",
        },
    ];
}

/**
 * Returns the body of the list as Kalshi sent it.
 *
 * @throws Error if the response is no list
 */
async function firstPage(account: LiveAccount) {
    const answer = await account.call(list);
    const { body = {} } = answer;
    const entries = body["api_keys"];
    if (answer.status !== 200 || !Array.isArray(entries)) {
        throw new Error(`Kalshi returned no list: ${describe(answer, account.runName)}`);
    }
    return { body, entries: entries as readonly object[] };
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
    const { result } = await account.untilListed(account.credentialsIn(created).apiKeyId, true);
    return result === undefined ? "nothing: the list does not show the key" : JSON.stringify(result.scopes ?? null);
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
