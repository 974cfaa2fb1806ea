import * as pulumi from "@pulumi/pulumi";

/**
 * Returns a function that does something once in each run of a program. A process may run the programs of several stacks, each several
 * times. Without an engine, there is no run, and the function does nothing.
 */
export function oncePerRun<T extends unknown[]>(action: (...args: T) => void): (...args: T) => void {
    const runs = new WeakSet<pulumi.Resource>();
    return (...args) => {
        const run = pulumi.runtime.getStackResource();
        if (run !== undefined && !runs.has(run)) {
            runs.add(run);
            action(...args);
        }
    };
}
