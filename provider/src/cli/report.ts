import { styleText } from "node:util";
import { printable, withoutPem } from "../kalshi/text";
import type { ApiKey } from "../apiKey/inputs";
import type { InterruptedCreate } from "./interruptedCreates";
import type { StackKey } from "./accountScope";

/** The result of a check; `info` if it can neither succeed nor fail. */
export type Status = "ok" | "failed" | "info";

/** What was checked, and the result. */
export interface Check {
    readonly name: string;
    readonly status: Status;
    readonly text: string;
    readonly details?: readonly string[];
}

/** Something that --fix did. */
export interface Action {
    readonly what: "recorded" | "cleared" | "revoked" | "removed" | "kept";
    readonly text: string;
}

/** A key of the account that no resource of the stack holds. */
export interface OtherKey extends ApiKey {
    /** Whether it is the signing key. */
    readonly signs: boolean;
}

/** The keys and interrupted creates, which `--json` prints beside the checks. */
export interface Facts {
    readonly stackKeys: readonly StackKey[];
    readonly otherKeys: readonly OtherKey[];
    readonly interruptedCreates: readonly InterruptedCreate[];
}

const marks = {
    ok: styleText("green", "✓"),
    failed: styleText("red", "✗"),
    info: styleText("dim", "•"),
} as const;

/**
 * Prints the checks: line by line as they are made, or all at once as JSON. Names and server texts are untrusted, so every text
 * is made printable first.
 */
export class Report {
    readonly #checks: Check[] = [];
    readonly #actions: Action[] = [];
    readonly #settled = new Set<Check>();
    #facts: Facts = { stackKeys: [], otherKeys: [], interruptedCreates: [] };

    /**
     * @param json whether the report is one JSON object
     */
    constructor(readonly json: boolean) {}

    add(check: Check): void {
        this.#checks.push(check);
        const name = check.name.charAt(0).toUpperCase() + check.name.slice(1);
        this.#print(`${marks[check.status]} ${printable(`${name}: ${check.text}`)}`);
        this.say(...(check.details ?? []).map((line) => `    ${line}`));
    }

    know(facts: Facts): void {
        this.#facts = facts;
    }

    done(action: Action): void {
        this.#actions.push(action);
        this.#print(`${marks.ok} ${printable(action.text)}`);
    }

    /** Marks a failed check as fixed. */
    settle(check: Check | undefined): void {
        if (check !== undefined) {
            this.#settled.add(check);
        }
    }

    /** Prints lines for a person. */
    say(...lines: readonly string[]): void {
        lines.forEach((line) => this.#print(printable(line)));
    }

    #print(line: string): void {
        if (!this.json) {
            console.log(line);
        }
    }

    /**
     * Prints the summary, or the JSON object.
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
            const { stackKeys, otherKeys, interruptedCreates } = this.#facts;
            const facts = {
                stackKeys: stackKeys.map(keyForMachines),
                otherKeys,
                interruptedCreates: interruptedCreates.map(forMachines),
            };
            const all = { ok: open === 0, checks, ...facts, actions: this.#actions };
            console.log(escaped(JSON.stringify(all, withoutKeys, 2)));
        }
        return open === 0;
    }
}

/** For `JSON.stringify`: replaces each PEM block in a text. */
function withoutKeys(_name: string, value: unknown): unknown {
    return typeof value === "string" ? withoutPem(value) : value;
}

/** Escapes the control and formatting characters that JSON leaves as they are, so that the values stay exact. */
function escaped(json: string): string {
    const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return json.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, (character) => character.split("").map(escape).join(""));
}

/** Returns the documented properties of a key. The others are only for the doctor, and grow with every rotation. */
function keyForMachines(key: StackKey): object {
    const { urn, resource, name, uniqueName, apiKeyId, environment, signedBy, status } = key;
    return { urn, resource, name, uniqueName, apiKeyId, environment, signedBy, status };
}

function forMachines(create: InterruptedCreate): object {
    const { name, resources, uniqueName, verdict, pendingCreates, recorded, inFlight } = create;
    const sources: string[] = [];
    if (pendingCreates.length > 0) {
        sources.push("state");
    }
    if (recorded.length > 0) {
        sources.push("journal");
    }
    if (sources.length === 0) {
        sources.push("list");
    }
    const keys = create.keys.map(({ apiKeyId }) => apiKeyId);
    return {
        name,
        resources,
        uniqueName,
        sources,
        verdict,
        orphans: verdict === "orphaned" ? keys : [],
        candidates: verdict === "orphaned" ? [] : keys,
        processes: inFlight.map(({ entry }) => ({ host: entry.process.host, pid: entry.process.pid })),
    };
}
