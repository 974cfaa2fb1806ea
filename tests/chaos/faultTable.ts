import type { Fault } from "../../emulator/index";

export const operations = ["generate", "create", "list", "delete"] as const;
export type Operation = (typeof operations)[number];
/** Whether the key's name is auto-generated, and so identifies its owner, or explicit. */
export const names = ["auto-generated", "explicit"] as const;
export type Name = (typeof names)[number];

/**
 * The outcome of a command:
 * - done: success, as without the fault;
 * - refused: an error, and nothing has changed;
 * - named: an error that lists the candidate keys.
 */
export type Outcome = "done" | "refused" | "named";

/** A failure, and its expected outcome for each operation. */
export interface Row {
    readonly what: string;
    /** Returns the faults to inject into the operation, in order. */
    readonly faults: (operation: Operation) => readonly Partial<Fault>[];
    /** The milliseconds by which Kalshi's clock is ahead of this machine's. Default: 0. */
    readonly skew?: number;
    readonly outcome: (operation: Operation, name: Name) => Outcome;
    /** Matches the description of Kalshi's response in the error, if there is an error. */
    readonly said?: RegExp;
    /** The code of the error, if it is the same for every operation. A rotation that created a key has its own code. */
    readonly code?: string;
    /** Whether the journal keeps the entry of a create, because no key was found for the lost response. */
    readonly mayComeLate?: boolean;
    /** Whether Kalshi completes the request after the command, so that the doctor has to find the key. */
    readonly isLate?: boolean;
}

export const isCreate = (operation: Operation): boolean => operation === "generate" || operation === "create";
const always = (outcome: Outcome) => () => outcome;
/** A create that succeeded although its response was lost: a unique name resolves it. Lists and deletes are retried. */
const lost = (operation: Operation, name: Name): Outcome =>
    isCreate(operation) && name === "explicit" ? "named" : "done";
/** A create that never reached Kalshi. With an explicit name that remains unknown. Lists and deletes are retried. */
const neverArrived = (operation: Operation, name: Name): Outcome =>
    isCreate(operation) && name === "explicit" ? "refused" : "done";
/** As {@link neverArrived}, but a list or a delete is not retried after this response, which is not Kalshi's. */
const foreign = (operation: Operation, name: Name): Outcome =>
    isCreate(operation) && name === "auto-generated" ? "done" : "refused";

/** A response of a gateway instead of Kalshi, which did not receive the request. */
function gatewayRow(what: string, status: number, contentType: string, body: string, outcome: Row["outcome"]): Row {
    return {
        what,
        faults: () => [{ when: "before", kind: "status", status, contentType, body }],
        outcome,
        said: new RegExp(`status ${status}|unreadable response`),
        mayComeLate: true,
    };
}

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
        outcome: neverArrived,
        said: /\(no response .*KALSHI_CREATE_AMBIGUOUS/s,
        mayComeLate: true,
    },
    {
        what: "done, answer reset",
        faults: () => [{ when: "after", kind: "reset" }],
        outcome: lost,
        said: /KALSHI_CREATE_AMBIGUOUS/,
    },
    {
        what: "done, hangs past the timeout",
        faults: () => [{ when: "after", kind: "hang" }],
        outcome: lost,
        said: /no response in time/,
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
        said: /status 429, too many requests\./,
        code: "KALSHI_RATE_LIMITED",
    },
    { what: "401 for the clock", faults: () => [], skew: 2 * 24 * 60 * 60_000, outcome: always("done") },
    {
        what: "503 for a minute",
        // A create is retried after a list, which itself is retried until Kalshi responds, shows that there is no key.
        faults: (operation) => [
            { when: "before", kind: "status", status: 503, times: isCreate(operation) ? 1 : 6 },
            ...(isCreate(operation)
                ? ([{ operation: "list", when: "before", kind: "status", status: 503, times: 6 }] as const)
                : []),
        ],
        outcome: neverArrived,
        said: /status 503.*KALSHI_CREATE_AMBIGUOUS/s,
        mayComeLate: true,
    },
    {
        what: "redirect elsewhere",
        faults: () => [{ when: "before", kind: "redirect" }],
        outcome: foreign,
        said: /status 307, a redirect to .*, which is not followed/,
        mayComeLate: true,
    },
    {
        what: "done, slow body",
        faults: () => [{ when: "after", kind: "drip" }],
        outcome: lost,
        said: /no response in time/,
    },
    {
        what: "done, huge body",
        faults: () => [{ when: "after", kind: "huge" }],
        outcome: (operation, name) => (operation === "list" ? "refused" : lost(operation, name)),
        said: /more than 10000000 bytes/,
    },
    gatewayRow("HTML 403 of an edge", 403, "text/html", "<html>Access denied</html>", foreign),
    gatewayRow("Kong 404", 404, "application/json", '{"message":"no Route matched with those values"}', foreign),
    gatewayRow("XML 404", 404, "application/xml", "<Error><Code>NoSuchKey</Code></Error>", foreign),
    gatewayRow("200 with HTML", 200, "text/html", "<html>Sign in</html>", (operation, name) =>
        operation === "list" ? "done" : foreign(operation, name),
    ),
    gatewayRow("408", 408, "text/html", "<html>Request timeout</html>", neverArrived),
    gatewayRow("520", 520, "text/plain", "error code: 520", neverArrived),
    {
        what: "502, done late",
        faults: () => [
            { when: "before", kind: "late", status: 502, contentType: "text/html", body: "<html>Bad gateway" },
        ],
        outcome: neverArrived,
        said: /status 502 \(text\/html\)/,
        mayComeLate: true,
        isLate: true,
    },
];
