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
    /** Whether it strikes before the work is done or between the work and the answer. The kind `late` comes before it. */
    when: z.enum(["before", "after"]),
    /**
     * A status of its own, a reset connection, no answer ever, a success with half a body, or a late answer; one that is held
     * until `DELETE /_emulator/held`; a connection that ends in the middle of a body, a body that comes byte by byte, one of
     * 64 MB; a redirect to another origin; or a status at once while the work is done late, as if a gateway had given up.
     */
    kind: z.enum(["status", "reset", "hang", "garbage", "slow", "hold", "cut", "drip", "huge", "redirect", "late"]),
    /** For the kinds `status` and `late`. */
    status: z.int().min(200).max(599).default(500),
    /** For the kinds `status` and `late`, sent as it is. Default: an error in JSON, and nothing for a success. */
    body: z.string().optional(),
    /** The content type of `body`. */
    contentType: z.string().default("application/json"),
    /** Milliseconds. For the kind `slow`, by default 100; for the kind `late`, by default until the release. */
    delayMs: z.int().min(0).max(600_000).optional(),
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
        const fault = this.#pending.find((one) => one.operation === operation && momentOf(one) === when);
        if (fault !== undefined && --fault.times === 0) {
            this.#pending = this.#pending.filter((one) => one !== fault);
        }
        return fault;
    }
}

function momentOf({ kind, when }: Fault): When {
    return kind === "late" ? "before" : when;
}

/** The requests that are struck by `hold`, and the work that `late` puts off. */
export class Held {
    readonly #events = new EventEmitter().setMaxListeners(0);
    readonly #closing = new AbortController();
    readonly #late = new Set<Promise<void>>();

    /** Lets go of all that are held now, and waits until the work is done that was put off. */
    async release(): Promise<void> {
        this.#events.emit("release");
        await Promise.all(this.#late);
    }

    async released(): Promise<void> {
        await once(this.#events, "release");
    }

    /** Puts work off until the release, or until a time has passed if one is given. */
    putOff(work: () => unknown, delayMs: number | undefined): void {
        const { signal } = this.#closing;
        const moments: Promise<unknown>[] = [once(this.#events, "release", { signal })];
        if (delayMs !== undefined) {
            moments.push(sleep(delayMs, undefined, { signal }));
        }
        // Nobody is left who could be told that the work was refused.
        const done = Promise.race(moments)
            .then(work)
            .then(
                () => undefined,
                () => undefined,
            );
        this.#late.add(done);
        void done.then(() => this.#late.delete(done));
    }

    /** Drops the work that is put off still, and waits for what has begun. */
    async close(): Promise<void> {
        this.#closing.abort();
        await Promise.all(this.#late);
    }
}

/** What a fault strikes. */
export interface Target {
    readonly reply: FastifyReply;
    /** The status that the answer would have. */
    readonly successStatus: number;
    readonly held: Held;
    /** Does what the request asks for. */
    readonly work: () => unknown;
}

/** Carries a fault out. True where the request has had its answer, or will never get one. */
export async function strike(fault: Fault, { reply, successStatus, held, work }: Target): Promise<boolean> {
    // A 204 has no body that anything could be wrong with.
    const status = successStatus === 204 ? 200 : successStatus;
    switch (fault.kind) {
        case "slow":
            await sleep(fault.delayMs ?? 100);
            return false;
        case "hold":
            await held.released();
            return false;
        case "late":
            held.putOff(work, fault.delayMs);
            await sendStatus(fault, reply);
            return true;
        case "status":
            await sendStatus(fault, reply);
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

async function sendStatus(
    { status, body = statusBody(status), contentType }: Fault,
    reply: FastifyReply,
): Promise<void> {
    reply.code(status);
    await (body === "" ? reply.send() : reply.type(contentType).send(body));
}

function statusBody(status: number): string {
    if (status < 400) {
        return "";
    }
    const body =
        status === 429
            ? { error: "too many requests" }
            : { error: { code: "injected_fault", message: `an injected fault with status ${status}` } };
    return JSON.stringify(body);
}
