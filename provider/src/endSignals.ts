import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiKeyError } from "./apiKey/errors";

/**
 * The signals that ask a provider's process to end.
 *
 * The engine ends its providers by SIGINT, on Windows by CTRL_BREAK, which Node calls SIGBREAK. That is a normal end. Other
 * programs send SIGTERM (systemd, Jenkins, `docker stop`) or SIGHUP (a terminal that closes).
 * Source: pulumi/pulumi v3.250.0, sdk/go/common/resource/plugin/plugin.go, ExecPlugin, and sdk/go/common/util/cmdutil/term.go.
 */
const endSignals = ["SIGINT", "SIGBREAK", "SIGTERM", "SIGHUP"] as const;
export type EndSignal = (typeof endSignals)[number];

/** Calls the listener for each end signal. The listener has to end the process, because Node no longer does. */
export function onEndSignal(listener: (signal: EndSignal) => void): void {
    for (const signal of endSignals) {
        process.on(signal, () => listener(signal));
    }
}

/** Returns whether the engine sent the signal. It closes its connection before it sends one. */
export function isFromEngine(signal: EndSignal): boolean {
    return signal === "SIGINT" || signal === "SIGBREAK";
}

/** Returns the exit code of a process that ends because of a signal: 128 and its number, as shells have it. */
export function exitCodeOf(signal: EndSignal): number {
    return isFromEngine(signal) ? 0 : 128 + constants.signals[signal];
}

/** Returns the error for a step that the engine requests after an end signal. */
export function refusalAfter(signal: EndSignal): ApiKeyError {
    return new ApiKeyError(
        "KALSHI_INTERRUPTED",
        `The Kalshi provider starts no new calls, because it received ${signal}. Run the command again.`,
    );
}

/** Milliseconds between two checks of this process's connections. */
const interval = 10;

/**
 * Waits until this process has no TCP connection. The engine then has every response that was sent to it, or has exited. It closes
 * its connection when it no longer needs the provider, and the system closes it if the engine is killed. Only the engine knows that
 * a response has arrived, so no earlier event proves it. A service manager sends SIGKILL after its timeout; by then the calls to
 * Kalshi have finished.
 *
 * Idle connections of HTTP clients do not count, because they do not keep a process alive.
 *
 * @param longest the longest wait in milliseconds; by default there is no limit
 */
export async function untilDisconnected(longest = Infinity): Promise<void> {
    const deadline = performance.now() + longest;
    while (process.getActiveResourcesInfo().includes("TCPSocketWrap") && performance.now() < deadline) {
        await sleep(interval);
    }
}
