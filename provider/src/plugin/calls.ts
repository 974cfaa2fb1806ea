import { AsyncLocalStorage } from "node:async_hooks";

/** The engine's call that is being handled, available to all code that runs for it. */
export interface Call {
    /** The URN of the resource; empty if the call concerns no resource. */
    readonly urn: string;
    /** Cancels the call's waits: when the user interrupts the engine, or when the resource's `customTimeouts` expire. */
    readonly interruption?: AbortSignal;
    /** Returns whether the engine still waits for the response. It does not after it has exited. */
    readonly isEngineConnected: () => boolean;
}

export const calls = new AsyncLocalStorage<Call>();
