import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { TokenBucket } from "limiter";
import { z } from "zod";
import type { Account } from "./account";
import { authenticate } from "./auth";
import { addControls } from "./controls";
import {
    ApiError,
    attestationMissing,
    bare,
    flat,
    forbidden,
    invalid,
    notFound,
    plainTexts,
    SignatureError,
    subtraderPending,
    tooManyRequests,
    usageLevelTooLow,
    type SignatureVerdict,
} from "./errors";
import { Faults, Held, inject, type Operation } from "./faults";
import {
    expandScopes,
    includesScope,
    makeKeyPair,
    newKey,
    readPublicKey,
    refusal,
    type KeyRequest,
    type StoredKey,
} from "./keys";
import { isControl } from "./loopbackGuard";
import { usageLevels, type Bucket, type BucketName, type EmulatorOptions } from "./options";
import { RequestLog } from "./record";
import { readCreate, readGenerate } from "./requests";

const { version } = require("kalshi-emulator/package.json") as { version: string };

/** A header of every response, which shows that the response is not from Kalshi. */
const identity = `kalshi-emulator/${version} (not Kalshi)`;
const tokensPerCall = 10;

/** Performs an operation after its request was authorized. */
type Work = (signer: StoredKey, request: FastifyRequest) => Promise<ApiResponse> | ApiResponse;
interface ApiResponse {
    readonly status: number;
    readonly body?: unknown;
}

/** Builds the HTTP server: Kalshi's API key endpoints, the emulator's own endpoints, and the page. */
export function buildServer(account: Account, options: EmulatorOptions): FastifyInstance {
    // `close` must not wait for connections that the fault `hang` keeps open.
    const app = fastify({
        forceCloseConnections: true,
        // The hooks below do not see a request that cannot be routed, for example one whose path cannot be decoded.
        frameworkErrors: (error, _request, reply: FastifyReply) => {
            void reply.header("x-kalshi-emulator", identity).code(400).send(unexpected(error).body);
        },
    });
    const faults = new Faults();
    const held = new Held();
    const log = new RequestLog();
    const records = new WeakMap<FastifyRequest, ReturnType<RequestLog["begin"]>>();
    const { read, write } = usageLevels[options.usageLevel];
    const buckets = { read: makeBucket(read), write: makeBucket(write) };
    const charge = (bucket: BucketName) => {
        if (options.rateLimits && !buckets[bucket].tryRemoveTokens(tokensPerCall)) {
            throw tooManyRequests();
        }
    };

    app.addHook("onClose", () => held.close());
    app.addHook("onRequest", async (request, reply) => {
        reply.header("x-kalshi-emulator", identity).header("date", new Date(options.now()).toUTCString());
        if (!isControl(request)) {
            const keyId = request.headers["kalshi-access-key"];
            const at = new Date(options.now()).toISOString();
            const record = { at, method: request.method, path: request.url, keyId: keyId?.toString() ?? null };
            records.set(request, log.begin(record));
            if (options.retiredHost) {
                return sendText(reply, 401, plainTexts.retiredHost);
            }
        }
    });
    app.addHook("onResponse", async (request, reply) => {
        const record = records.get(request);
        if (record !== undefined) {
            record.status = reply.statusCode;
        }
    });
    // The operations parse the bodies, because Kalshi's errors for invalid bodies have their own format.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
        done(null, body);
    });
    app.setErrorHandler(async (error, _request, reply) => {
        const known = error instanceof ApiError ? error : unexpected(error);
        return reply.code(known.status).send(known.body);
    });
    app.setNotFoundHandler(async (request, reply) => {
        const path = request.url.split("?")[0] ?? "";
        if (path.startsWith("/trade-api/v2/") && path.endsWith("/")) {
            return reply.redirect(path.replace(/\/+$/, ""), 301);
        }
        return sendText(reply, 404, plainTexts.unknownRoute);
    });

    /** Verifies a request's signature, records the result, and returns the signing key. */
    const signerOf = (request: FastifyRequest): StoredKey => {
        const record = (verdict: SignatureVerdict) => {
            const entry = records.get(request);
            if (entry !== undefined) {
                entry.signature = verdict;
            }
        };
        try {
            const signer = authenticate(account, options, request.method, request.raw.url ?? "", request.headers);
            record("valid");
            return signer;
        } catch (error) {
            if (error instanceof SignatureError) {
                record(error.verdict);
            }
            throw error;
        }
    };

    /** Returns the handler of an operation: authenticates, enforces the rate limit, authorizes, and injects faults. */
    const serve = (operation: Operation, successStatus: number, work: Work) => {
        return async (request: FastifyRequest, reply: FastifyReply) => {
            const injectIfDue = async (when: "before" | "after") => {
                const fault = faults.take(operation, when);
                const record = records.get(request);
                if (fault !== undefined && record !== undefined) {
                    record.fault = `${when} ${fault.kind}`;
                }
                const target = { reply, successStatus, held, work: () => work(signer, request) };
                return fault !== undefined && (await inject(fault, target));
            };
            const signer = signerOf(request);
            charge(operation === "list" ? "read" : options.keyWritesBucket);
            const refused = refusal(signer, operation !== "list", options.narrowKeysManage);
            if (refused !== undefined) {
                throw refused;
            }
            if (await injectIfDue("before")) {
                return reply;
            }
            const response = await work(signer, request);
            if (await injectIfDue("after")) {
                return reply;
            }
            return reply.code(response.status).send(response.body);
        };
    };

    app.get(
        "/trade-api/v2/api_keys",
        serve("list", 200, (_signer, request) => list(account, options, request)),
    );
    app.post(
        "/trade-api/v2/api_keys",
        serve("create", 201, async (signer, request) => {
            const { headers, body } = request;
            const { request: wanted, publicKeyPem } = readCreate(headers["content-type"], body, options.emptyScopes);
            assertAllowed(account, options, signer, wanted);
            if (!usageLevels[options.usageLevel].ownPublicKeys) {
                throw usageLevelTooLow();
            }
            const { publicKey, type } = readPublicKey(publicKeyPem);
            const key = newKey(wanted, publicKey, type, options.now());
            await account.add(key);
            return { status: 201, body: { api_key_id: key.api_key_id, warning: options.warning } };
        }),
    );
    app.post(
        "/trade-api/v2/api_keys/generate",
        serve("generate", 201, async (signer, request) => {
            const { headers, body } = request;
            const { request: wanted, keyType } = readGenerate(headers["content-type"], body, options.emptyScopes);
            assertAllowed(account, options, signer, wanted);
            const { publicKey, privateKeyPem } = await makeKeyPair(keyType);
            const key = newKey(wanted, publicKey, keyType, options.now());
            await account.add(key);
            return {
                status: 201,
                body: {
                    api_key_id: key.api_key_id,
                    private_key: privateKeyPem,
                    key_type: keyType,
                    warning: options.warning,
                },
            };
        }),
    );
    app.delete(
        "/trade-api/v2/api_keys/:id",
        serve("delete", 204, async (signer, request) => {
            const { id } = request.params as { id: string };
            if (!z.guid().safeParse(id).success) {
                throw bare(400, "invalid API key ID");
            }
            const key = account.find(id);
            if (key === undefined) {
                throw notFound();
            }
            if (key === signer && !options.selfDelete) {
                throw invalid("an API key cannot delete itself");
            }
            await account.delete(key);
            return { status: 204 };
        }),
    );

    app.get("/trade-api/v2/account/limits", async (request) => {
        signerOf(request);
        charge("read");
        return limitsOf(options);
    });

    addControls({ app, version, account, options, buckets, faults, held, log });
    return app;
}

function list(account: Account, options: EmulatorOptions, request: FastifyRequest): ApiResponse {
    const { fcm_subtrader_id: wanted, cursor } = request.query as { fcm_subtrader_id?: string; cursor?: string };
    const keys = account.listed().filter((key) => wanted === undefined || key.fcm_subtrader_id === wanted);
    const start = options.ignoreCursor || cursor === undefined ? 0 : startOf(cursor);
    const end = Math.min(start + options.pageSize, keys.length);
    const expiration = { api_key_region_expiration_ts: options.regionExpirationTs };
    const shown = keys.slice(start, end).map(({ api_key_id, name, scopes, subaccount, fcm_subtrader_id }) => ({
        api_key_id,
        name,
        scopes: options.expandScopes ? expandScopes(scopes) : scopes,
        subaccount,
        fcm_subtrader_id,
        ...(options.regionExpirationIn === "keys" ? expiration : {}),
    }));
    const body = { api_keys: shown, ...(options.regionExpirationIn === "list" ? expiration : {}) };
    const hasPages = options.pageSize !== Infinity || options.ignoreCursor;
    const isLast = end === keys.length && !options.ignoreCursor;
    return { status: 200, body: hasPages ? { ...body, cursor: isLast ? "" : cursorOf(end) } : body };
}

/** Encodes the number of keys before a page as its cursor, which is opaque to clients. */
function cursorOf(start: number): string {
    return Buffer.from(String(start)).toString("base64url");
}

function startOf(cursor: string): number {
    const start = Number(Buffer.from(cursor, "base64url").toString());
    if (cursor !== cursorOf(start)) {
        throw bare(400, "invalid cursor");
    }
    return start;
}

/** Returns the account's rate limits. Source: kalshi-typescript 3.30.0; a body recorded from the demo server. */
function limitsOf({ usageLevel }: EmulatorOptions): object {
    const shown = ({ refillRate, capacity }: Bucket) => ({ refill_rate: refillRate, bucket_capacity: capacity });
    const { read, write } = usageLevels[usageLevel];
    return { usage_tier: usageLevel, read: shown(read), write: shown(write), grants: [] };
}

/** Checks the rules for a new key that depend on the account and on the signing key. */
function assertAllowed(account: Account, options: EmulatorOptions, signer: StoredKey, wanted: KeyRequest): void {
    const keys = account.existing();
    if (options.attestationMissing) {
        throw attestationMissing();
    }
    if (wanted.fcm_subtrader_id !== undefined && !options.fcmMember) {
        throw forbidden("fcm_subtrader_id is for FCM members only");
    }
    if (wanted.fcm_subtrader_id !== undefined && options.fcmSubtraderPending) {
        throw subtraderPending();
    }
    if (options.uniqueNames && keys.some((key) => key.name === wanted.name)) {
        throw invalid("an API key of this name exists");
    }
    if (keys.length >= options.maxKeys) {
        throw invalid("the account holds as many API keys as it may");
    }
    const beyond = wanted.scopes.find((scope) => !includesScope(signer.scopes, scope));
    if (beyond !== undefined && !options.scopeEscalation) {
        throw forbidden(`the signing key does not hold the scope ${beyond}`);
    }
}

function makeBucket({ refillRate, capacity }: Bucket): TokenBucket {
    const bucket = new TokenBucket({ bucketSize: capacity, tokensPerInterval: refillRate, interval: "second" });
    // The bucket of an idle account is full.
    bucket.content = capacity;
    return bucket;
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
    return reply.code(status).type("text/plain").send(text);
}

/**
 * Converts an unexpected error to a response. An error of the framework (a body that is too large, a path that cannot be decoded) is a
 * bad request. Any other is a bug of the emulator.
 */
function unexpected(error: unknown): ApiError {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    const message = error instanceof Error ? error.message : String(error);
    return status < 500 ? flat(status, "bad_request", message) : flat(500, "internal_server_error", message);
}
