import { label } from "../apiKey/explain";
import type { Creation, JournalNote } from "./creations";
import type { Check, OtherKey } from "./report";
import type { StackKey } from "./stackKeys";

const fix = "`npx pulumi-kalshi doctor --fix`";

/** The keys that the state holds. */
export function stackKeysCheck(keys: readonly StackKey[]): Check {
    const missing = keys.filter(({ status }) => status === "missing");
    const details = keys.map(({ apiKeyId, name = "a secret name", status, environment }) => {
        const key = label({ name, apiKeyId });
        switch (status) {
            case "there":
                return `✓ ${key}`;
            case "missing":
                return `✗ ${key}: not in the account's list; run \`pulumi refresh\`, then \`pulumi up\``;
            case "elsewhere":
                return `• ${key}: of another account (environment ${environment ?? "unknown"}), not looked at`;
        }
    });
    const name = "keys of this stack";
    return missing.length > 0
        ? { name, status: "failed", text: `${missing.length} of ${keys.length} not on the account`, details }
        : { name, status: "ok", text: keys.length === 0 ? "none" : String(keys.length), details };
}

/** The keys that no resource of the stack holds: they may be other stacks' or other people's. */
export function otherKeysCheck(others: readonly OtherKey[]): Check {
    return {
        name: "other keys on the account",
        status: "info",
        text: String(others.length),
        details: others.map((key) => label(key) + (key.signs ? ", which signs" : "")),
    };
}

/** A creation that was interrupted, and what to do about it. */
export function creationCheck(creation: Creation): Check {
    const { verdict, resources, notes, entries, underWay } = creation;
    const who = `${creation.name === undefined ? "a key whose name is a secret" : `"${creation.name}"`} (resource ${resources.join(", ")})`;
    const known = [entries.length > 0 ? "the stack's state" : [], notes.length > 0 ? "the journal" : []].flat();
    const check = (status: Check["status"], text: string, ...details: string[]): Check => ({
        name: "interrupted creation",
        status,
        text: `${who} ${text}`,
        details: [`known from ${known.join(" and ")}`, ...details],
    });
    const keys = creation.keys.map(({ apiKeyId }) => apiKeyId);
    const byHand = [
        ...(entries.length > 0 ? ["have an interactive `pulumi refresh` clear its entry in the state"] : []),
        ...notes.map(({ file }) => `remove the note ${file}`),
    ].join(" and ");
    switch (verdict) {
        case "orphaned":
            return check(
                "failed",
                "left a key behind that no state holds",
                ...keys.map((id) => `orphan: ${id}`),
                `${fix} revokes it and clears what remembers it`,
            );
        case "nothing":
            return check("failed", "left no key behind", `${fix} clears what remembers it`);
        case "unproven":
            return check(
                "failed",
                "may have left a key behind; an exact name does not prove whose a key is, so none is touched",
                ...keys.map((id) => `candidate: ${id}`),
                "Nobody has the private key of the one that it left: revoke that one on Kalshi's web page, then run",
                `${fix}. If all of them are in use, ${byHand}`,
            );
        case "handedOver":
            return check(
                "failed",
                "was made, and the state does not hold it (any more)",
                ...keys.map((id) => `candidate: ${id}`),
                `If somebody has taken it out of the state on purpose, ${byHand}`,
                "If not, nobody has its private key: revoke it on Kalshi's web page, then run",
                fix,
            );
        case "signing":
            return check(
                "failed",
                "bears the name of the key that signs, which is in use, so nothing is touched",
                `If that is no mistake, ${byHand}`,
            );
        case "underWay":
            return check(
                "failed",
                "may still be under way, so nothing is touched",
                ...underWay.map(processOf),
                "Run this again once that process has ended; if its `pulumi` is gone, end it",
            );
        case "elsewhere":
            return check(
                "info",
                "is of another environment or account, and was not looked at",
                ...notes.map(({ note }) => `environment ${note.environment}, signed by ${note.signedBy}`),
                "Run this with the credentials of that account",
            );
        case "secret":
            return check("failed", "was interrupted", `Look for its key on Kalshi's web page, then ${byHand}`);
        case "unknown":
            return check("failed", "was interrupted; what it left can only be told by the account's list");
    }
}

function processOf({ note }: JournalNote): string {
    return `process ${note.process} on ${note.host}, since ${note.startedAt}`;
}

/** Creations of other stacks that were interrupted: how many, and where to run the doctor for them. */
export function strangersCheck(notes: readonly JournalNote[]): Check {
    const places = notes.map(({ note }) => `${note.folder}, stack ${note.project}/${note.stack}`);
    return {
        name: "interrupted creations of other stacks",
        status: "info",
        text: `${notes.length}; run this there`,
        details: [...new Set(places)].map((place) => `${place}: ${places.filter((one) => one === place).length}`),
    };
}
