import { styleText } from "node:util";
import type { ApiKey } from "../kalshi/wire";
import type { Creation } from "./creations";
import type { StackKey } from "./stackKeys";

/** Whether something is as it should be; `info` where there is nothing to judge. */
export type Status = "ok" | "failed" | "info";

/** What was looked at, and what was seen there. */
export interface Check {
    readonly name: string;
    readonly status: Status;
    readonly text: string;
    readonly details?: readonly string[];
}

/** Something that --fix did. */
export interface Action {
    readonly what: "noted" | "cleared" | "revoked" | "forgotten";
    readonly text: string;
}

/** A key of the account that no resource of the stack holds. */
export interface OtherKey extends ApiKey {
    /** Whether it signs the requests. */
    readonly signs: boolean;
}

/** What is told of keys and creations beside the checks, for machines. */
export interface Facts {
    readonly stackKeys: readonly StackKey[];
    readonly otherKeys: readonly OtherKey[];
    readonly creations: readonly Creation[];
}

const marks = {
    ok: styleText("green", "✓"),
    failed: styleText("red", "✗"),
    info: styleText("dim", "•"),
} as const;

/** What the doctor says: line by line as it goes, or all at once as JSON. */
export class Report {
    readonly #checks: Check[] = [];
    readonly #actions: Action[] = [];
    readonly #settled = new Set<Check>();
    #facts: Facts = { stackKeys: [], otherKeys: [], creations: [] };

    /**
     * @param json whether the report is for machines
     */
    constructor(readonly json: boolean) {}

    add(check: Check): void {
        this.#checks.push(check);
        const name = check.name.charAt(0).toUpperCase() + check.name.slice(1);
        this.say(
            `${marks[check.status]} ${name}: ${check.text}`,
            ...(check.details ?? []).map((line) => `    ${line}`),
        );
    }

    know(facts: Facts): void {
        this.#facts = facts;
    }

    done(action: Action): void {
        this.#actions.push(action);
        this.say(`${marks.ok} ${action.text}`);
    }

    /** What --fix has put right of a check's failure is nothing to do any more. */
    settle(check: Check | undefined): void {
        if (check !== undefined) {
            this.#settled.add(check);
        }
    }

    /** Lines for a person. */
    say(...lines: readonly string[]): void {
        if (!this.json) {
            console.log(lines.join("\n"));
        }
    }

    /**
     * Says how it all came out.
     *
     * @returns whether nothing is left to do
     */
    end(): boolean {
        const open = this.#checks.filter((check) => check.status === "failed" && !this.#settled.has(check)).length;
        this.say(
            open === 0 ? "Everything is in order." : `${open} ${open === 1 ? "thing needs" : "things need"} attention.`,
        );
        if (this.json) {
            const checks = this.#checks.map((check) => ({ ...check, fixed: this.#settled.has(check) }));
            const creations = this.#facts.creations.map(forMachines);
            const all = { ok: open === 0, checks, ...this.#facts, creations, actions: this.#actions };
            console.log(JSON.stringify(all, undefined, 2));
        }
        return open === 0;
    }
}

function forMachines({ entries, notes, underWay, verdict, keys, ...rest }: Creation): object {
    const ids = keys.map(({ apiKeyId }) => apiKeyId);
    return {
        ...rest,
        verdict,
        source: notes.length === 0 ? "state" : entries.length === 0 ? "journal" : "both",
        orphans: verdict === "orphaned" ? ids : [],
        candidates: verdict === "orphaned" ? [] : ids,
        processes: underWay.map(({ note: { host, process } }) => ({ host, process })),
    };
}
