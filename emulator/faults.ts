import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import { z } from "zod";

export const operations = ["generate", "create", "list", "delete"] as const;
export type Operation = (typeof operations)[number];
export type When = "before" | "after";

/** A fault to come, as `POST /_emulator/faults` takes it. */
export const faultSchema = z.strictObject({
    operation: z.enum(operations),
    /** Whether it strikes before the work is done or between the work and the answer. */
    when: z.enum(["before", "after"]),
    /** An error status, a reset connection, no answer ever, a success with a body cut short, or a late answer. */
    kind: z.enum(["status", "reset", "hang", "garbage", "slow"]),
    /** For the kind `status`. */
    status: z.int().min(400).max(599).default(500),
    /** For the kind `slow`, milliseconds. */
    delayMs: z.int().min(0).max(600_000).default(100),
    /** How many requests it strikes. */
    times: z.int().min(1).default(1),
});
export type Fault = z.infer<typeof faultSchema>;

/** The faults that are still to come, first in, first out for each operation and moment. */
export class Faults {
    #pending: Fault[] = [];

    add(fault: Fault): void {
        this.#pending.push({ ...fault });
    }

    pending(): readonly Fault[] {
        return this.#pending;
    }

    clear(): void {
        this.#pending = [];
    }

    take(operation: Operation, when: When): Fault | undefined {
        const fault = this.#pending.find((one) => one.operation === operation && one.when === when);
        if (fault !== undefined && --fault.times === 0) {
            this.#pending = this.#pending.filter((one) => one !== fault);
        }
        return fault;
    }
}

/** Carries a fault out. True where the request has had its answer, or will never get one. */
export async function strike(fault: Fault, reply: FastifyReply, successStatus: number): Promise<boolean> {
    switch (fault.kind) {
        case "slow":
            await sleep(fault.delayMs);
            return false;
        case "status":
            await reply.code(fault.status).send(statusBody(fault.status));
            return true;
        case "garbage":
            await reply.code(successStatus).type("application/json").send('{"api_key_id": "');
            return true;
        case "reset":
            reply.hijack();
            reply.raw.socket?.resetAndDestroy();
            return true;
        case "hang":
            reply.hijack();
            return true;
    }
}

function statusBody(status: number): unknown {
    return status === 429
        ? { error: "too many requests" }
        : { error: { code: "injected_fault", message: `an injected fault with status ${status}` } };
}
