import { constants, randomUUID, sign, type SignKeyObjectInput } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "../../provider/src/kalshi/auth";
import { describe, type Answer } from "./answer";
import { list } from "./keyProbes";
import type { Call, LiveAccount } from "./liveAccount";
import { poll } from "./poll";
import type { Observation } from "./probes";

const deleteCall = (id: string): Call => ({ method: "DELETE", path: `api_keys/${id}` });

/** Makes one request for each case, in order. */
async function observeEach(account: LiveAccount, calls: Readonly<Record<string, Call>>): Promise<Observation[]> {
    const observations: Observation[] = [];
    for (const [name, call] of Object.entries(calls)) {
        observations.push({ case: name, answer: await account.describe(call) });
    }
    return observations;
}

export async function observeRevocation(account: LiveAccount): Promise<Observation[]> {
    const [slash, twice] = [await account.generate(), await account.generate()];
    return observeEach(account, {
        "no UUID": deleteCall("not-a-uuid"),
        "a UUID of no key": deleteCall(randomUUID()),
        "a key, with a trailing slash": deleteCall(`${slash.apiKeyId}/`),
        "a key": deleteCall(twice.apiKeyId),
        "the same key again": deleteCall(twice.apiKeyId),
    });
}

export async function observeNarrowKeys(account: LiveAccount): Promise<Observation[]> {
    const reader = await account.generate({ scopes: ["read"] });
    const narrowReader = await account.generate({ scopes: ["read::portfolio_balance"] });
    const narrowWriter = await account.generate({ scopes: ["read", "write::trade"] });
    const generateBy = (signer: Credentials, scopes: readonly string[]) => ({
        ...account.generateCall({ scopes }),
        signer,
    });
    return observeEach(account, {
        "read lists": { ...list, signer: reader },
        "read generates a key": generateBy(reader, ["read"]),
        "read revokes a UUID of no key": { ...deleteCall(randomUUID()), signer: reader },
        "read::portfolio_balance lists": { ...list, signer: narrowReader },
        "write::trade generates a key with its own scopes": generateBy(narrowWriter, ["read", "write::trade"]),
        "write::trade generates a key with write": generateBy(narrowWriter, ["read", "write"]),
        "write::trade revokes a UUID of no key": { ...deleteCall(randomUUID()), signer: narrowWriter },
    });
}

export async function observeSelfRevocation(account: LiveAccount): Promise<Observation[]> {
    const key = await account.generate();
    const signedByKey = await account.describe({ ...deleteCall(key.apiKeyId), signer: key });
    // If the key could not revoke itself, it is revoked now, so that the second answer is about a revoked key.
    const second = await account.call(deleteCall(key.apiKeyId));
    if (second.status !== 204 && second.status !== 404) {
        throw new Error(`Kalshi did not revoke the key of the probe: ${describe(second, account.runName)}`);
    }
    const { result, when, note } = await poll(
        account.interruption,
        () => account.call({ ...list, signer: key }),
        // A gateway's 5xx is not about the key.
        ({ status }) => status >= 400 && status < 500,
    );
    const answer = describe(result, account.runName);
    return [
        { case: "a key revokes itself", answer: signedByKey },
        {
            case: "a revoked key signs",
            answer: { "at once": answer, later: `for a while, then ${answer}`, never: "for 30 s and longer" }[when],
            note,
        },
    ];
}

export async function observeSignatures(account: LiveAccount): Promise<Observation[]> {
    const signer = await account.generate({ key_type: "rsa" });
    const signedWith = (options: Omit<SignKeyObjectInput, "key">): Call => ({
        ...list,
        signer,
        headers: (signed) => {
            const { pathname } = new URL(`${account.target.endpoint.baseUrl}/${list.path}`);
            const text = Buffer.from(`${signed["KALSHI-ACCESS-TIMESTAMP"] ?? ""}${list.method}${pathname}`);
            const signature = sign("sha256", text, { key: signer.privateKey, ...options });
            return { ...signed, "KALSHI-ACCESS-SIGNATURE": signature.toString("base64") };
        },
    });
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    let used: Record<string, string> = {};
    return observeEach(account, {
        "RSA-PSS, salt of 32 bytes": signedWith({ padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
        "RSA-PSS, no salt": signedWith({ padding, saltLength: 0 }),
        "RSA-PSS, the longest salt": signedWith({ padding, saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN }),
        "PKCS#1 v1.5": signedWith({ padding: constants.RSA_PKCS1_PADDING }),
        "a new signature": { ...list, headers: (signed) => (used = { ...signed }) },
        "the same signature again": { ...list, headers: () => used },
    });
}

export async function observeTimestamps(account: LiveAccount): Promise<Observation[]> {
    const seconds = [-60, -30, -20, -10, -5, 5, 10, 20, 40, 60];
    // Measures Kalshi's clock, by which the timestamps are computed.
    await account.call(list);
    return observeEach(
        account,
        Object.fromEntries(seconds.map((skew) => [`${skew > 0 ? "+" : ""}${skew} s`, { ...list, skew: skew * 1000 }])),
    );
}

export async function observeMissingHeaders(account: LiveAccount): Promise<Observation[]> {
    const names = ["KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE"];
    const without = (missing: readonly string[]): Call => ({
        ...list,
        headers: (signed) => Object.fromEntries(Object.entries(signed).filter(([name]) => !missing.includes(name))),
    });
    return observeEach(account, {
        ...Object.fromEntries(names.map((name) => [name, without([name])])),
        "all three": without(names),
    });
}

export async function observeLag(account: LiveAccount): Promise<Observation[]> {
    const { apiKeyId } = await account.generate();
    const lags = { "at once": "none", later: "the first list is behind", never: "30 s and longer" };
    const shown = await account.untilListed(apiKeyId, true);
    await account.client.deleteApiKey(apiKeyId);
    const gone = await account.untilListed(apiKeyId, false);
    return [
        { case: "a new key", answer: lags[shown.when], note: shown.note },
        { case: "a revoked key", answer: lags[gone.when], note: gone.note },
    ];
}

export async function observeRoutes(account: LiveAccount): Promise<Observation[]> {
    return observeEach(account, {
        "GET api_keyz": { method: "GET", path: "api_keyz" },
        "GET api_keys/{id}": { method: "GET", path: `api_keys/${account.target.credentials.apiKeyId}` },
        "GET api_keys/": { method: "GET", path: "api_keys/" },
    });
}

/** The largest burst of calls that the suite sends to learn how Kalshi refuses them. */
const largestBurst = 100;
const tokensPerCall = 10;

export async function observeRateLimits(account: LiveAccount): Promise<Observation[]> {
    const { read, write } = account.limits;
    const burst = async (count: number, callOf: () => Call) => {
        const slowest = Math.max(...[read, write].map((bucket) => bucket.bucketCapacity / bucket.refillRate));
        // Both buckets are full after this time.
        await sleep(slowest * 1000, undefined, { signal: account.interruption });
        const start = performance.now();
        const calls = Array.from({ length: count }, () => account.call({ ...callOf(), ignoresRateLimit: true }));
        return { answers: await Promise.all(calls), seconds: (performance.now() - start) / 1000 };
    };
    const refusals = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 429);
    const burstOfDeletes = async () => burst(12, () => deleteCall(randomUUID()));
    let { answers: deletes, seconds } = await burstOfDeletes();
    const tokens = deletes.length * tokensPerCall;
    const [isAboveRead, isAboveWrite] = [tokens > read.bucketCapacity, tokens > write.bucketCapacity];
    // During a slow burst, a bucket is refilled with what the burst exceeds it by.
    const isSlow = () => tokens - write.bucketCapacity <= write.refillRate * seconds;
    const isUndecided = () => !isAboveWrite || isAboveRead || (refusals(deletes).length === 0 && isSlow());
    if (isUndecided()) {
        ({ answers: deletes, seconds } = await burstOfDeletes());
    }
    const bucket = refusals(deletes).length > 0 ? "write" : "read";
    // Calls beyond the capacity and beyond what the bucket is refilled with in half a second.
    const reads = Math.ceil((read.bucketCapacity + read.refillRate / 2) / tokensPerCall);
    const refused =
        refusals(deletes)[0] ??
        (reads > largestBurst ? undefined : refusals((await burst(reads, () => list)).answers)[0]);
    return [
        {
            case: "bucket of DELETE, by 12 at once",
            answer: isUndecided()
                ? "undecided: 12 calls fit into both buckets or into none, or took so long that they do"
                : bucket,
            note: `${refusals(deletes).length} refused in ${Math.round(seconds * 1000)} ms; capacities ${read.bucketCapacity} and ${write.bucketCapacity}`,
        },
        {
            case: "refusal of a signed call",
            answer: refused === undefined ? "none" : describe(refused, account.runName),
            ...(reads > largestBurst && { note: `a burst of ${reads} GETs was not tried` }),
        },
    ];
}
