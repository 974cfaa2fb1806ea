import { AsyncLocalStorage } from "node:async_hooks";

/** What is being served at the moment, for whatever is done on its behalf, however deep below. */
export interface Call {
    /** The resource that it is about, if it is about one. */
    readonly urn: string;
    /** Ends its waits: when the user interrupts the engine, or when the resource's `customTimeouts` run out. */
    readonly interruption?: AbortSignal;
    /** Whether the engine still waits for the answer: it turns away when it ends. */
    readonly isAwaited: () => boolean;
}

export const calls = new AsyncLocalStorage<Call>();
