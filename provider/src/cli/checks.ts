import { label } from "../apiKey/errors";
import { type AccountKeys, isSameAccount, type StackKey } from "./accountScope";
import type { ReadableEntry } from "./evidence";
import type { InterruptedCreate, RecordedCreate } from "./interruptedCreates";
import type { Check, OtherKey } from "./report";
import type { RotationRecord } from "./rotationRecord";

const fix = "`npx pulumi-kalshi doctor --fix`";

const secondListAdvice =
    "Kalshi may still complete the request, so its journal entry stays. Two lists without this key, at least five minutes apart, settle " +
    `it: run \`pulumi refresh\` or ${fix} again later`;

/** Reports the keys that the state holds. */
export function stackKeysCheck(keys: readonly StackKey[]): Check {
    const missing = keys.filter(({ status }) => status === "missing");
    const details = keys.map(({ apiKeyId, name = "a secret name", status, environment }) => {
        const key = label({ name, apiKeyId });
        switch (status) {
            case "listed":
                return `✓ ${key}`;
            case "missing":
                return `✗ ${key}: not in the account's list; run \`pulumi refresh\`, then \`pulumi up\``;
            case "other account":
                return `• ${key}: of another account (environment ${environment ?? "unknown"}), not examined`;
        }
    });
    const name = "keys of this stack";
    return missing.length > 0
        ? { name, status: "failed", text: `${missing.length} of ${keys.length} not on the account`, details }
        : { name, status: "ok", text: keys.length === 0 ? "none" : String(keys.length), details };
}

/** Reports the keys that no resource of the stack holds. They may belong to other stacks or other people. */
export function otherKeysCheck(others: readonly OtherKey[]): Check {
    return {
        name: "other keys on the account",
        status: "info",
        text: String(others.length),
        details: others.map((key) => label(key) + (key.signs ? ", the signing key" : "")),
    };
}

/**
 * Reports an interrupted create and what to do about it.
 *
 * @param listed the account's keys, if there is a complete list
 */
export function interruptedCreateCheck(create: InterruptedCreate, listed: AccountKeys | undefined): Check {
    const { verdict, resources, recorded, pendingCreates, inFlight } = create;
    const key = create.name === undefined ? "a key whose name is a secret" : `"${create.name}"`;
    const check = (status: Check["status"], text: string, ...details: string[]): Check => ({
        name: "interrupted create",
        status,
        text: `${key} (resource ${resources.join(", ")}) ${text}`,
        details: [`known from ${sourcesOf(create)}`, ...details],
    });
    const ids = create.keys.map(({ apiKeyId }) => apiKeyId);
    const byHand = [
        ...(pendingCreates.length > 0 ? ["let an interactive `pulumi refresh` clear its pending operation"] : []),
        ...recorded.map(({ file }) => `remove the journal entry ${file}`),
    ].join(" and ");
    switch (verdict) {
        case "orphaned":
            return check(
                "failed",
                "left a key that is in no state",
                ...ids.map((id) => `orphan: ${id}`),
                `${fix} revokes it and clears its records`,
            );
        case "noKey":
            return check("failed", "left no key", `${fix} clears its records`);
        case "candidate":
            return check(
                "failed",
                "may have left a key. Nothing proves that it is this stack's orphan, so none is touched",
                ...ids.map((id) => `candidate: ${id}`),
                ...reasonsOf(create, listed),
                `Nobody has the private key of an orphan: revoke it on Kalshi's web page, then run ${fix}`,
                ...(byHand === "" ? [] : [`If all of them are in use, ${byHand}`]),
            );
        case "delivered":
            return check(
                "failed",
                "has a key that was created, and the state does not hold it",
                ...ids.map((id) => `candidate: ${id}`),
                ...(byHand === "" ? [] : [`If somebody has moved it to another state, ${byHand}`]),
                `If not, nobody has its private key: revoke it on Kalshi's web page, then run ${fix}`,
            );
        case "unsettled":
            return pendingCreates.length > 0
                ? check("failed", "left no key so far", `${fix} clears its pending operation`, secondListAdvice)
                : check("info", "left no key so far", secondListAdvice);
        case "signingKey":
            return check(
                "failed",
                "has the name of the signing key, which is in use, so nothing is touched",
                ...(byHand === "" ? [] : [`If that is intended, ${byHand}`]),
            );
        case "inFlight":
            return check(
                "failed",
                "may still be in flight, so nothing is touched",
                ...inFlight.map(processOf),
                "Run this again once that process has ended. If its `pulumi` is gone, end it",
            );
        case "otherAccount":
            return check(
                "info",
                "belongs to another environment or account, and was not examined",
                ...recorded.map(({ entry }) => `environment ${entry.environment}, signing key ${entry.signedBy}`),
                "Run this with the credentials of that account",
                ...(byHand === "" ? [] : [`If the signing key was revoked and left no key, ${byHand}`]),
            );
        case "secretName":
            return check("failed", "was interrupted", `Look for its key on Kalshi's web page, then ${byHand}`);
        case "unknown":
            return check("failed", "was interrupted. Only a list of the account's keys shows what it left");
    }
}

function sourcesOf({ pendingCreates, recorded }: InterruptedCreate): string {
    const sources: string[] = [];
    if (pendingCreates.length > 0) {
        sources.push("the stack's state");
    }
    if (recorded.length > 0) {
        sources.push("the journal");
    }
    return sources.length > 0
        ? sources.join(" and ")
        : "the account's list: only a resource of the state generates this unique name";
}

/** Returns the reasons why a key is only a candidate. */
function reasonsOf(
    { uniqueName, recorded, pendingCreates }: InterruptedCreate,
    listed: AccountKeys | undefined,
): string[] {
    if (!uniqueName) {
        return ["Its name is explicit, so it does not identify the key's owner"];
    }
    if (recorded.length + pendingCreates.length === 0) {
        return [
            "Another run may be about to save it in the state: wait until no run is left, then run this again first",
        ];
    }
    return recorded.flatMap(({ entry, relation }) => [
        ...(relation === "unproven" ? [`It may belong to another stack: it was recorded by ${stackOf(entry)}`] : []),
        ...(listed !== undefined && !isSameAccount(entry, listed)
            ? [`It may belong to another account: the key that signed its create is not listed (${entry.signedBy})`]
            : []),
    ]);
}

function stackOf({ project, stack, folder, backend }: RecordedCreate["entry"]): string {
    return `stack ${project}/${stack} in ${folder} (backend ${backend ?? "unknown"})`;
}

function processOf({ entry }: RecordedCreate): string {
    return `process ${entry.process.pid} on ${entry.process.host}, since ${entry.startedAt}`;
}

/**
 * Reports a rotation of the provider's credentials that is not finished.
 *
 * @param running whether its process may still be running
 */
export function rotationCheck({ oldKey, startedAt }: RotationRecord, running: boolean): Check {
    const text = `the one of ${startedAt} is not finished, and began with the key ${label(oldKey)}`;
    return {
        name: "rotation of the credentials",
        status: running ? "info" : "failed",
        text,
        details: running ? [] : ["`npx pulumi-kalshi rotate-credentials` continues it"],
    };
}

/** Reports how many creates of other stacks were interrupted, and where to run the doctor for them. */
export function otherStacksCheck(entries: readonly ReadableEntry[]): Check {
    const stacks = entries.map(({ entry }) => `${entry.folder}, stack ${entry.project}/${entry.stack}`);
    return {
        name: "interrupted creates of other stacks",
        status: "info",
        text: `${entries.length}; run this there`,
        details: [...new Set(stacks)].map((stack) => `${stack}: ${stacks.filter((one) => one === stack).length}`),
    };
}

/** Reports journal entries that this version cannot read. They may name orphans, so --fix keeps them. */
export function unknownEntriesCheck(files: readonly string[]): Check {
    return {
        name: "journal",
        status: "failed",
        text: `${files.length} entry file(s) cannot be read: another version or another user wrote them. Run the doctor as that one`,
        details: files,
    };
}

const dayMilliseconds = 24 * 60 * 60_000;

/** The days before the end of a region attestation from which on it is reported. */
const warningDays = 14;

/**
 * Checks until when the account's location attestation allows trading by API.
 *
 * @param expiresAt the list's `api_key_region_expiration_ts`; absent if the account needs no attestation
 * @param now Unix time in milliseconds
 * @returns undefined if there is nothing to report
 */
export function regionExpiryCheck(expiresAt: Date | undefined, now: number): Check | undefined {
    const left = (expiresAt?.getTime() ?? Infinity) - now;
    if (expiresAt === undefined || left > warningDays * dayMilliseconds) {
        return undefined;
    }
    const name = "location attestation";
    const date = expiresAt.toISOString();
    return left <= 0
        ? {
              name,
              status: "failed",
              text: `expired on ${date}: renew it on Kalshi's web page, or the keys cannot trade`,
          }
        : { name, status: "info", text: `expires on ${date}: renew it on Kalshi's web page before that` };
}
