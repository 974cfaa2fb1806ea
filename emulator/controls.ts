import { z } from "zod";
import { flat } from "./errors";
import { faultSchema, type Held } from "./faults";
import { isControl, refusalOfForeign } from "./loopbackGuard";
import { addPage, securityHeaders } from "./pageFiles";
import { stateOf, type StateSources } from "./state";

/** Adds the page and the emulator's own endpoints: unsigned, not recorded, without a rate limit, and only for this machine. */
export function addControls(sources: StateSources & { readonly held: Held }): void {
    const { app, faults, held, log } = sources;
    app.addHook("onRequest", async (request, reply) => {
        if (isControl(request)) {
            reply.headers(securityHeaders);
            const refusal = refusalOfForeign(request);
            if (refusal !== undefined) {
                throw refusal;
            }
        }
    });
    addPage(app);
    app.get("/_emulator/state", async () => stateOf(sources));
    app.post("/_emulator/faults", async (request, reply) => {
        // A form of another origin can send other content types without the browser asking first.
        if (!isJson(request.headers["content-type"])) {
            throw flat(415, "unsupported_media_type", "a fault needs the content type application/json");
        }
        const parsed = faultSchema.safeParse(parseJson(String(request.body)));
        if (!parsed.success) {
            throw flat(400, "bad_request", z.prettifyError(parsed.error));
        }
        return reply.code(201).send(faults.add(parsed.data));
    });
    app.get("/_emulator/faults", async () => faults.pending());
    app.delete("/_emulator/faults", async (_request, reply) => {
        faults.clear();
        return reply.code(204).send();
    });
    app.delete("/_emulator/faults/:id", async (request, reply) => {
        const { id } = request.params as { id: string };
        if (!faults.remove(Number(id))) {
            throw flat(404, "not_found", "no pending fault has this id");
        }
        return reply.code(204).send();
    });
    app.delete("/_emulator/held", async (_request, reply) => {
        await held.release();
        return reply.code(204).send();
    });
    app.get("/_emulator/requests", async () => log.all());
    app.delete("/_emulator/requests", async (_request, reply) => {
        log.clear();
        return reply.code(204).send();
    });
}

function isJson(contentType: string | undefined): boolean {
    return /^application\/json\s*(;|$)/i.test(contentType ?? "");
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
