import fc from "fast-check";
import { ownKeyPair } from "../support/harness";
import type { HttpRequest } from "./wire";

export const prefix = "/trade-api/v2";
export const generation = { name: "k", key_type: "ed25519", scopes: ["read"] };
export const registration = { ...generation, public_key: ownKeyPair("ed25519").publicKey, subaccount: 0 };
const headers = [["content-type", "application/json"]] as const;

/** Valid requests. The key to delete does not exist. */
export const good = fc.constantFrom<HttpRequest[]>(
    { method: "GET", path: `${prefix}/api_keys`, headers: [], body: "" },
    { method: "POST", path: `${prefix}/api_keys/generate`, headers, body: JSON.stringify(generation) },
    { method: "POST", path: `${prefix}/api_keys`, headers, body: JSON.stringify(registration) },
    { method: "DELETE", path: `${prefix}/api_keys/7f1c1f0e-5d0b-4b8e-8f5e-222222222222`, headers: [], body: "" },
);

export const methods = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND"] as const;
export const signatureHeaders = ["KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE"] as const;
/** Header values that Node's client sends. */
export const headerText = fc.string({ unit: "grapheme-ascii", maxLength: 400 });

/** Other spellings of a path, some of which lenient servers treat as equal. */
const spellings: Readonly<Record<string, (path: string) => string>> = {
    "a slash behind": (path) => `${path}/`,
    "two slashes": (path) => path.replace("/api_keys", "//api_keys"),
    "a letter encoded": (path) => path.replace("api_keys", "%61pi_keys"),
    "a dot": (path) => path.replace("/api_keys", "/./api_keys"),
    "a way back": (path) => path.replace("/api_keys", "/x/../api_keys"),
    capitals: (path) => path.toUpperCase(),
    "a fragment": (path) => `${path}#x`,
    "a parameter": (path) => `${path};x`,
    "its origin": (path) => `http://127.0.0.1${path}`,
    "another call": (path) => (path.endsWith("/api_keys") ? `${path}/generate` : `${prefix}/api_keys`),
};

/** A change to a signed request. */
export type Tampering =
    | { readonly header: string; readonly how: "dropped" | "emptied" | "doubled" }
    | { readonly header: string; readonly how: "replaced"; readonly by: string }
    | { readonly header: string; readonly how: "changed"; readonly at: number; readonly by: string }
    | { readonly method: string }
    | { readonly spelling: string };

const header = fc.constantFrom(...signatureHeaders);
export const tampering: fc.Arbitrary<Tampering> = fc.oneof(
    fc.record({ header, how: fc.constantFrom("dropped", "emptied", "doubled") }),
    fc.record({ header, how: fc.constant("replaced" as const), by: headerText }),
    fc.record({
        header,
        how: fc.constant("changed" as const),
        at: fc.nat(400),
        by: fc.string({ unit: fc.constantFrom("0", "7", "a", "B", "z", "+", "/", "=", "-", " ", ","), maxLength: 2 }),
    }),
    fc.record({ method: fc.constantFrom(...methods) }),
    fc.record({ spelling: fc.constantFrom(...Object.keys(spellings)) }),
);

export function tampered(request: HttpRequest, tampering: Tampering): HttpRequest {
    if ("method" in tampering) {
        return { ...request, method: tampering.method };
    }
    if ("spelling" in tampering) {
        return { ...request, path: spellings[tampering.spelling]?.(request.path) ?? request.path };
    }
    const become = (value: string): readonly string[] => {
        switch (tampering.how) {
            case "dropped":
                return [];
            case "emptied":
                return [""];
            case "doubled":
                return [value, value];
            case "replaced":
                return [tampering.by];
            case "changed":
                return [changed(value, tampering.at, tampering.by)];
        }
    };
    return {
        ...request,
        headers: request.headers.flatMap(([name, value]) =>
            name === tampering.header ? become(value).map((value) => [name, value] as const) : [[name, value] as const],
        ),
    };
}

/** Returns the text with one character replaced. */
export function changed(text: string, at: number, by: string): string {
    const place = at % text.length;
    return text.slice(0, place) + by + text.slice(place + 1);
}

/** Returns whether two requests have the same signed parts. HTTP ignores white space around a header's value. */
export function isSignedAlike(one: HttpRequest, other: HttpRequest): boolean {
    const claim = ({ method, path, headers }: HttpRequest) =>
        JSON.stringify([method, path, headers.map(([name, value]) => [name, value.trim()])]);
    return claim(one) === claim(other);
}
