import { z } from "zod";
import { flat, invalid } from "./errors";
import { scopes, type KeyRequest, type KeyType } from "./keys";
import type { EmptyScopes } from "./options";

const broadScopes = ["read", "write"];

// The JSON types of the fields. Kalshi ignores unknown fields.
const common = {
    name: z.string().nullish(),
    scopes: z.array(z.string()).nullish(),
    subaccount: z.number().nullish(),
    fcm_subtrader_id: z.string().nullish(),
};
const generateBody = z.object({ ...common, key_type: z.string().nullish() });
const createBody = z.object({ ...common, public_key: z.string().nullish() });

/** Reads the body of `POST /api_keys/generate`. */
export function readGenerate(contentType: string | undefined, text: unknown, emptyScopes: EmptyScopes) {
    const body = decode(generateBody, contentType, text);
    return { request: keyRequest(body, emptyScopes), keyType: readKeyType(body.key_type ?? "rsa") };
}

/** Reads the body of `POST /api_keys`. */
export function readCreate(contentType: string | undefined, text: unknown, emptyScopes: EmptyScopes) {
    const body = decode(createBody, contentType, text);
    const request = keyRequest(body, emptyScopes);
    if (body.public_key === undefined || body.public_key === null || body.public_key === "") {
        throw invalid("public_key is required");
    }
    return { request, publicKeyPem: body.public_key };
}

function readKeyType(given: string): KeyType {
    if (given !== "rsa" && given !== "ed25519") {
        throw invalid("key_type must be rsa or ed25519");
    }
    return given;
}

function decode<T>(schema: z.ZodType<T>, contentType: string | undefined, text: unknown): T {
    if (typeof text !== "string" || text === "" || !/^application\/json\b/i.test(contentType ?? "")) {
        throw flat(400, "invalid_content_type", "expected a JSON body with content type application/json");
    }
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw flat(400, "bad_request", `cannot decode ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
    }
    return parsed.data;
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw flat(400, "bad_request", "the body is not JSON");
    }
}

/** Checks a new key's fields. Source: OpenAPI 3.34.0. */
function keyRequest(body: z.infer<z.ZodObject<typeof common>>, emptyScopes: EmptyScopes): KeyRequest {
    if (body.name === undefined || body.name === null || body.name === "") {
        throw invalid("name is required");
    }
    const subaccount = body.subaccount ?? undefined;
    const fcmSubtraderId = body.fcm_subtrader_id ?? undefined;
    if (subaccount !== undefined && (!Number.isInteger(subaccount) || subaccount < 0 || subaccount > 63)) {
        throw invalid("subaccount must be from 0 to 63");
    }
    if (subaccount !== undefined && fcmSubtraderId !== undefined) {
        throw invalid("subaccount and fcm_subtrader_id exclude each other");
    }
    if (fcmSubtraderId !== undefined && !/^.+_[A-Za-z0-9]{1,16}$/.test(fcmSubtraderId)) {
        throw invalid("fcm_subtrader_id must be {user_id}_{suffix}");
    }
    return {
        name: body.name,
        scopes: readScopes(body.scopes ?? undefined, emptyScopes),
        subaccount,
        fcm_subtrader_id: fcmSubtraderId,
    };
}

function readScopes(given: readonly string[] | undefined, emptyScopes: EmptyScopes): readonly string[] {
    if (given === undefined || (given.length === 0 && emptyScopes === "default")) {
        return broadScopes;
    }
    if (given.length === 0 && emptyScopes === "refuse") {
        throw invalid("scopes must not be empty");
    }
    const unknown = given.find((scope) => !(scopes as readonly string[]).includes(scope));
    if (unknown !== undefined) {
        throw invalid(`unknown scope ${unknown}`);
    }
    if (given.includes("write") && !given.includes("read")) {
        throw invalid("the write scope needs the read scope");
    }
    return [...new Set(given)];
}
