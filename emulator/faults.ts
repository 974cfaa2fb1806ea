import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
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
    /**
     * An error status, a reset connection, no answer ever, a success with half a body, or a late answer; one that is held until
     * `DELETE /_emulator/held`; a connection that ends in the middle of a body, a body that comes byte by byte, one of 64 MB; or a
     * redirect to another origin.
     */
    kind: z.enum(["status", "reset", "hang", "garbage", "slow", "hold", "cut", "drip", "huge", "redirect"]),
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

/** The requests that are struck by `hold`. */
export class Held {
    readonly #events = new EventEmitter().setMaxListeners(0);

    /** Lets go of all that are held now. */
    release(): void {
        this.#events.emit("release");
    }

    async released(): Promise<void> {
        await once(this.#events, "release");
    }
}

/** Carries a fault out. True where the request has had its answer, or will never get one. */
export async function strike(fault: Fault, reply: FastifyReply, successStatus: number, held: Held): Promise<boolean> {
    // A 204 has no body that anything could be wrong with.
    const status = successStatus === 204 ? 200 : successStatus;
    switch (fault.kind) {
        case "slow":
            await sleep(fault.delayMs);
            return false;
        case "hold":
            await held.released();
            return false;
        case "status":
            await reply.code(fault.status).send(statusBody(fault.status));
            return true;
        case "garbage":
            await reply.code(status).type("application/json").send(half);
            return true;
        case "cut":
            reply.hijack();
            reply.raw.writeHead(status, { "content-type": "application/json", "content-length": 1_000 });
            reply.raw.write(half, () => reply.raw.socket?.destroy());
            return true;
        case "drip":
            await reply.code(status).type("application/json").send(Readable.from(drops()));
            return true;
        case "huge":
            await reply.code(status).type("application/json").send(Readable.from(flood()));
            return true;
        case "redirect":
            await reply.redirect("http://127.0.0.1:9/trade-api/v2/elsewhere", 307);
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

const half = '{"api_key_id": "';

/** A body that never ends, for as long as somebody reads it. */
async function* drops(): AsyncGenerator<string> {
    for (;;) {
        yield " ";
        await sleep(20);
    }
}

function* flood(): Generator<Buffer> {
    const megabyte = Buffer.alloc(1024 * 1024, " ");
    for (let i = 0; i < 64; i++) {
        yield megabyte;
    }
}

function statusBody(status: number): unknown {
    return status === 429
        ? { error: "too many requests" }
        : { error: { code: "injected_fault", message: `an injected fault with status ${status}` } };
}
