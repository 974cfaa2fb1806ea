import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import { z } from "zod";

export const operations = ["generate", "create", "list", "delete"] as const;
export type Operation = (typeof operations)[number];
export type When = "before" | "after";

/** Checks a {@link Fault}. */
export const faultSchema = z.strictObject({
    operation: z.enum(operations),
    /** Whether it happens before the operation, or between the operation and its response. The kind `late` is always before. */
    when: z.enum(["before", "after"]),
    /**
     * - `status`: responds with another status
     * - `reset`: resets the connection
     * - `hang`: never responds
     * - `garbage`: responds with a success and half a body
     * - `slow`: responds late
     * - `hold`: responds after `DELETE /_emulator/held`
     * - `cut`: closes the connection in the middle of a body
     * - `drip`: sends a body byte by byte, without an end
     * - `huge`: sends a body of 64 MB
     * - `redirect`: redirects to another origin
     * - `late`: responds with a status at once and performs the operation later, like a gateway after its timeout
     */
    kind: z.enum(["status", "reset", "hang", "garbage", "slow", "hold", "cut", "drip", "huge", "redirect", "late"]),
    /** For the kinds `status` and `late`. */
    status: z.int().min(200).max(599).default(500),
    /** For the kinds `status` and `late`, sent unchanged. Default: an error in JSON for an error status, otherwise an empty body. */
    body: z.string().optional(),
    /** The content type of `body`. */
    contentType: z.string().default("application/json"),
    /** Milliseconds. For the kind `slow`: default 100. For the kind `late`: default until `DELETE /_emulator/held`. */
    delayMs: z.int().min(0).max(600_000).optional(),
    /** The number of requests that get this fault. */
    times: z.int().min(1).default(1),
});
/**
 * A fault to inject: the body of `POST /_emulator/faults`.
 *
 * @useDeclaredType
 */
export type Fault = z.infer<typeof faultSchema>;

/** A fault that has not happened as often as it should. */
export type PendingFault = Fault & { readonly id: number };

/** The queue of faults, first in, first out for each operation and `when`. */
export class Faults {
    #pending: PendingFault[] = [];
    #lastId = 0;

    add(fault: Fault): PendingFault {
        const pending = { id: ++this.#lastId, ...fault };
        this.#pending.push(pending);
        return { ...pending };
    }

    pending(): readonly PendingFault[] {
        return this.#pending;
    }

    /** Removes a fault. Returns false if none has the id. */
    remove(id: number): boolean {
        const before = this.#pending.length;
        this.#pending = this.#pending.filter((fault) => fault.id !== id);
        return this.#pending.length < before;
    }

    clear(): void {
        this.#pending = [];
    }

    take(operation: Operation, when: When): Fault | undefined {
        const fault = this.#pending.find((one) => one.operation === operation && phaseOf(one) === when);
        if (fault !== undefined && --fault.times === 0) {
            this.#pending = this.#pending.filter((one) => one !== fault);
        }
        return fault;
    }
}

function phaseOf({ kind, when }: Fault): When {
    return kind === "late" ? "before" : when;
}

/** The requests that `hold` delays, and the operations that `late` postpones. */
export class Held {
    readonly #events = new EventEmitter().setMaxListeners(0);
    readonly #closing = new AbortController();
    readonly #late = new Set<Promise<void>>();

    /** Releases all held requests, and waits until the postponed operations are done. */
    async release(): Promise<void> {
        this.#events.emit("release");
        await Promise.all(this.#late);
    }

    async released(): Promise<void> {
        await once(this.#events, "release");
    }

    /** Postpones an operation until the release, or until the delay is over if there is one. */
    postpone(work: () => unknown, delayMs: number | undefined): void {
        const { signal } = this.#closing;
        const moments: Promise<unknown>[] = [once(this.#events, "release", { signal })];
        if (delayMs !== undefined) {
            moments.push(sleep(delayMs, undefined, { signal }));
        }
        // The response was sent already, so an error of the operation cannot be reported.
        const done = Promise.race(moments)
            .then(work)
            .then(
                () => undefined,
                () => undefined,
            );
        this.#late.add(done);
        void done.then(() => this.#late.delete(done));
    }

    /** Discards postponed operations, and waits for those that have started. */
    async close(): Promise<void> {
        this.#closing.abort();
        await Promise.all(this.#late);
    }
}

/** The request that gets a fault. */
export interface Target {
    readonly reply: FastifyReply;
    /** The status of the response without the fault. */
    readonly successStatus: number;
    readonly held: Held;
    /** Performs the operation. */
    readonly work: () => unknown;
}

/** Injects a fault. Returns true if the request already has its response or will never get one. */
export async function inject(fault: Fault, { reply, successStatus, held, work }: Target): Promise<boolean> {
    // A 204 has no body that could be damaged.
    const status = successStatus === 204 ? 200 : successStatus;
    switch (fault.kind) {
        case "slow":
            await sleep(fault.delayMs ?? 100);
            return false;
        case "hold":
            await held.released();
            return false;
        case "late":
            held.postpone(work, fault.delayMs);
            await sendStatus(fault, reply);
            return true;
        case "status":
            await sendStatus(fault, reply);
            return true;
        case "garbage":
            await reply.code(status).type("application/json").send(halfBody);
            return true;
        case "cut":
            reply.hijack();
            reply.raw.writeHead(status, { "content-type": "application/json", "content-length": 1_000 });
            reply.raw.write(halfBody, () => reply.raw.socket?.destroy());
            return true;
        case "drip":
            await reply.code(status).type("application/json").send(Readable.from(endlessBody()));
            return true;
        case "huge":
            await reply.code(status).type("application/json").send(Readable.from(hugeBody()));
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

const halfBody = '{"api_key_id": "';

/** Yields a body without an end, until the client disconnects. */
async function* endlessBody(): AsyncGenerator<string> {
    for (;;) {
        yield " ";
        await sleep(20);
    }
}

function* hugeBody(): Generator<Buffer> {
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
