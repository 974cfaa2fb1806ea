// Brings the stack up to date, prints a report in JSON to standard output, and ends with an exit code for CI. README.md explains both.
// The program with the keys is index.ts, so that you can also run `pulumi preview` and `pulumi up` by hand.
import { LocalWorkspace, type EngineEvent } from "@pulumi/pulumi/automation";
import { addChanges, keysIn, nextDue, type Changes } from "./keys";

const stackName = process.env["PULUMI_STACK"] ?? "dev";
const exitCodes = { unchanged: 0, changed: 0, failed: 1, drift: 2 };

const changes: Changes = { created: [], revoked: [], revokedOutside: [] };
const errors = new Set<string>();

/** Refreshes and updates the stack, and returns the keys in its state. After a failed update, too. */
async function rotate() {
    const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: __dirname });
    const update = stack.up({
        // Without it, nothing asks Kalshi which keys still exist.
        refresh: true,
        // The refresh signs with the credentials that are configured now, and not with those of the last update.
        runProgram: true,
        color: "never",
        // Standard output is for the report.
        onOutput: (text) => process.stderr.write(text),
        onEvent: (event: EngineEvent) => {
            addChanges(changes, event);
            if (event.diagnosticEvent?.severity === "error") {
                errors.add(event.diagnosticEvent.message.trim());
            }
        },
    });
    // The message of this error repeats the whole output. It is needed only if the engine reported nothing.
    await update.catch((error: unknown) => errors.size === 0 && errors.add(String(error)));
    return keysIn(stack);
}

/** Returns one word for the report. A failure outranks drift, and drift outranks a change. */
function status() {
    if (errors.size > 0) {
        return "failed";
    }
    const { created, revoked, revokedOutside } = changes;
    return revokedOutside.length > 0 ? "drift" : created.length + revoked.length > 0 ? "changed" : "unchanged";
}

async function main(): Promise<void> {
    const keys = await rotate().catch((error: unknown) => void errors.add(String(error)));
    const result = status();
    const next = keys && nextDue(keys);
    const report = { stack: stackName, status: result, errors: [...errors], ...changes, keys, next };
    console.log(JSON.stringify(report, undefined, 2));
    process.exitCode = exitCodes[result];
}

// Ctrl-C also reaches the engine, which ends the steps that have begun and unlocks the stack. The report follows.
process.on("SIGINT", () => undefined);

void main();
