import type { Fault } from "../../emulator/index";

export const operations = ["generate", "create", "list", "delete"] as const;
export type Operation = (typeof operations)[number];
/** Whether the key's name is drawn, which proves whose it is, or the user's own choice. */
export const names = ["drawn", "exact"] as const;
export type Name = (typeof names)[number];

/**
 * What a step comes to:
 * - done: as if nothing had happened;
 * - refused: an error, and nothing has changed;
 * - named: an error that names the keys which nobody can tell whose they are.
 */
export type Outcome = "done" | "refused" | "named";

/** Something that goes wrong. */
export interface Row {
    readonly what: string;
    /** What the emulator is told to do to the operation, in its order. */
    readonly faults: (operation: Operation) => readonly Partial<Fault>[];
    /** Milliseconds that Kalshi's clock is ahead of this machine's. Default: 0. */
    readonly skew?: number;
    readonly outcome: (operation: Operation, name: Name) => Outcome;
    /** What the error says of Kalshi's answer, where there is one. */
    readonly said?: RegExp;
    /** Whether the journal still holds a note of a creation afterwards, since Kalshi may come to it late. */
    readonly mayComeLate?: boolean;
}

const makes = (operation: Operation) => operation === "generate" || operation === "create";
const always = (outcome: Outcome) => () => outcome;
/** A creation whose answer is lost: a drawn name sorts it out; reads and revocations are simply repeated. */
const lost = (operation: Operation, name: Name): Outcome => (makes(operation) && name === "exact" ? "named" : "done");

export const rows: readonly Row[] = [
    {
        what: "refused before",
        faults: () => [{ when: "before", kind: "status", status: 400 }],
        outcome: always("refused"),
        said: /status 400, injected_fault/,
    },
    {
        what: "reset before",
        faults: () => [{ when: "before", kind: "reset" }],
        outcome: (operation, name) => (makes(operation) && name === "exact" ? "refused" : "done"),
        said: /the answer was lost \(no answer .*No key of that name has shown up/s,
    },
    {
        what: "done, answer reset",
        faults: () => [{ when: "after", kind: "reset" }],
        outcome: lost,
        said: /the answer was lost/,
    },
    {
        what: "done, hangs past the timeout",
        faults: () => [{ when: "after", kind: "hang" }],
        outcome: lost,
        said: /no answer in time/,
        mayComeLate: true,
    },
    {
        what: "done, but 500",
        faults: () => [{ when: "after", kind: "status", status: 500 }],
        outcome: lost,
        said: /status 500/,
    },
    {
        what: "done, body cut",
        faults: () => [{ when: "after", kind: "cut" }],
        outcome: lost,
        said: /Content-Length mismatch/,
    },
    {
        what: "done, body not JSON",
        faults: () => [{ when: "after", kind: "garbage" }],
        outcome: lost,
        said: /unreadable/,
    },
    {
        what: "429 once",
        faults: () => [{ when: "before", kind: "status", status: 429 }],
        outcome: always("done"),
    },
    {
        what: "429 ten times",
        faults: () => [{ when: "before", kind: "status", status: 429, times: 10 }],
        outcome: always("refused"),
        said: /status 429, too many requests\. The account's rate limit/,
    },
    { what: "401 for the clock", faults: () => [], skew: 2 * 24 * 60 * 60_000, outcome: always("done") },
    {
        what: "503 for a minute",
        // A creation is asked for again once the list, which waits for Kalshi to come back, shows that there is no key.
        faults: (operation) => [
            { when: "before", kind: "status", status: 503, times: makes(operation) ? 1 : 6 },
            ...(makes(operation)
                ? ([{ operation: "list", when: "before", kind: "status", status: 503, times: 6 }] as const)
                : []),
        ],
        outcome: (operation, name) => (makes(operation) && name === "exact" ? "refused" : "done"),
        said: /status 503.*No key of that name has shown up/s,
    },
    {
        what: "redirect elsewhere",
        faults: () => [{ when: "before", kind: "redirect" }],
        outcome: always("refused"),
        said: /status 307, a redirect to .*, which is not followed/,
    },
    {
        what: "done, slow body",
        faults: () => [{ when: "after", kind: "drip" }],
        outcome: lost,
        said: /no answer in time/,
        mayComeLate: true,
    },
    {
        what: "done, huge body",
        faults: () => [{ when: "after", kind: "huge" }],
        outcome: (operation, name) => (operation === "list" ? "refused" : lost(operation, name)),
        said: /more than 10000000 bytes/,
    },
];
