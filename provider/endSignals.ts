import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiKeyError } from "./apiKey/explain";

/**
 * The signals that ask a provider's process to end.
 *
 * The engine ends its providers by SIGINT, on Windows by CTRL_BREAK, which Node calls SIGBREAK. That is a normal end. Everybody
 * else uses SIGTERM (systemd, Jenkins, `docker stop`) or SIGHUP (a terminal that closes).
 * Source: pulumi/pulumi v3.250.0, sdk/go/common/resource/plugin/plugin.go, ExecPlugin, and sdk/go/common/util/cmdutil/term.go.
 */
const endSignals = ["SIGINT", "SIGBREAK", "SIGTERM", "SIGHUP"] as const;
export type EndSignal = (typeof endSignals)[number];

/** Calls the listener for each signal that asks this process to end. The process no longer ends by itself then. */
export function onEndSignal(listener: (signal: EndSignal) => void): void {
    for (const signal of endSignals) {
        process.on(signal, () => listener(signal));
    }
}

/** Whether the engine itself ends this process. It has closed its connection before. */
export function isFromEngine(signal: EndSignal): boolean {
    return signal === "SIGINT" || signal === "SIGBREAK";
}

/** Returns the exit code of a process that ends because of a signal: 128 and its number, as shells have it. */
export function exitCodeOf(signal: EndSignal): number {
    return isFromEngine(signal) ? 0 : 128 + constants.signals[signal];
}

/** Returns the error for a step that the engine asks for after a signal. */
export function refusalAfter(signal: EndSignal): ApiKeyError {
    return new ApiKeyError(
        `The Kalshi provider starts nothing new, because it was told to end (${signal}). Run it again.`,
    );
}

/** Milliseconds between two looks at the connections of this process. */
const interval = 10;

/**
 * Waits until this process has no TCP connection. The engine then has every response that was sent to it, or is gone: it closes
 * its connection when it needs the provider no more, and the system closes it if the engine is killed. Only the engine knows that
 * a response has arrived, so nothing earlier would prove it. A service manager that runs out of patience sends SIGKILL, and by then
 * everything is finished that was sent to Kalshi.
 *
 * Idle connections of HTTP clients do not count, because they do not keep a process alive.
 *
 * @param longest milliseconds after which it waits no longer; by default there is no limit
 */
export async function untilDisconnected(longest = Infinity): Promise<void> {
    const deadline = performance.now() + longest;
    while (process.getActiveResourcesInfo().includes("TCPSocketWrap") && performance.now() < deadline) {
        await sleep(interval);
    }
}
