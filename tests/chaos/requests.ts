import fc from "fast-check";
import { damaged, edited } from "./arbitraries";
import { changed, generation, good, headerText, methods, prefix, registration, signatureHeaders } from "./tampering";
import type { Header, HttpRequest } from "./wire";

const sound = fc.constantFrom<Readonly<Record<string, unknown>>[]>(generation, registration);
const fields = fc.oneof(sound, damaged(sound, Object.keys({ ...registration, fcm_subtrader_id: "" })));
const bodies = fc.oneof(
    { weight: 4, arbitrary: fields.map((fields) => JSON.stringify(fields)) },
    {
        weight: 4,
        arbitrary: fc
            .tuple(fields, fc.nat(), fc.string({ maxLength: 3 }))
            .map(([fields, at, by]) => changed(JSON.stringify(fields), at, by)),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
    { weight: 1, arbitrary: fc.json() },
);
const contentType = fc.oneof(
    { weight: 4, arbitrary: fc.constant("application/json") },
    { weight: 1, arbitrary: fc.constantFrom("APPLICATION/JSON; x", "text/plain", "application/jsonx", ";", "") },
);

/** Calls that create a key, with bodies that may be invalid. */
export const creations: fc.Arbitrary<HttpRequest> = fc.record({
    method: fc.constant("POST"),
    path: fc.constantFrom(`${prefix}/api_keys`, `${prefix}/api_keys/generate`),
    headers: contentType.map((type): Header[] => [["content-type", type]]),
    body: bodies,
});

const segment = fc.oneof(fc.constantFrom("api_keys", "generate", "..", "%2e%2e", "%zz", "?x="), fc.webSegment());
/** Arbitrary calls, without a valid signature. */
export const strangeRequests: fc.Arbitrary<HttpRequest> = fc.record({
    method: fc.constantFrom(...methods),
    path: fc.array(segment, { maxLength: 4 }).map((segments) => [prefix, ...segments].join("/")),
    headers: fc.array(
        fc.tuple(fc.constantFrom("content-type", "expect", "accept", "x", ...signatureHeaders), headerText),
        { maxLength: 4 },
    ),
    body: bodies,
});

const edit = fc.record({ at: fc.nat(1_000), cut: fc.nat(20), insert: fc.uint8Array({ maxLength: 8 }) });
/** Bytes that are not, or almost, an HTTP request. None is signed. */
export const noise: fc.Arbitrary<Uint8Array> = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
        .tuple(fc.oneof(good, strangeRequests), fc.array(edit, { maxLength: 4 }))
        .map(([request, edits]) => edits.reduce(edited, asBytes(request))),
);

function asBytes({ method, path, headers, body }: HttpRequest): Uint8Array {
    const all = [...headers, ["host", "127.0.0.1"], ["content-length", String(Buffer.byteLength(body))]];
    const head = [`${method} ${path} HTTP/1.1`, ...all.map((header) => header.join(": "))];
    return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
