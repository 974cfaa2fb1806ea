import type { Costs } from "./costs";
import type { ImportTimes } from "./imports";
import type { SignedCalls } from "./signedCalls/signedCalls";
import type { Starts } from "./startup";

/** All measured values. A part that was not measured is empty. */
export interface Measurements extends Costs {
    readonly starts: readonly Starts[];
    readonly imports: readonly ImportTimes[];
    readonly signedCalls: readonly SignedCalls[];
}

export const nothingMeasured: Measurements = { starts: [], imports: [], signedCalls: [], costs: [], states: [] };

/** The machine and the versions, of which all values depend. */
export interface Machine {
    readonly processor: string;
    readonly cores: number;
    readonly platform: string;
    readonly node: string;
    readonly engine: string;
}

/** The content of the JSON file. */
export interface Report extends Measurements {
    /** The time of the end: ISO 8601, UTC. */
    readonly at: string;
    /** The command that measured the values. */
    readonly command: string;
    readonly machine: Machine;
    readonly rounds: number;
    readonly checkpoints: boolean;
}
