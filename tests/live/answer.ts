import { excerpt, longBase64, shortened } from "../../provider/src/kalshi/text";

/** A response, as far as a probe looks at it. */
export interface Answer {
    readonly status: number;
    readonly contentType: string;
    readonly location: string;
    readonly text: string;
    /** The body if it is a JSON object. */
    readonly body: Readonly<Record<string, unknown>> | undefined;
}

// Some of Kalshi's codes contain an id after an underscore, which is no word boundary.
const uuid = /(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/gi;

/**
 * Returns what a response said, in a form that is safe to publish and the same for every account: the status and the body, without
 * private keys, signatures and keys of the account, with `<id>` instead of ids and `<name>` instead of names.
 *
 * @param runName what the names of this run's keys begin with
 */
export function describe(answer: Answer, runName: string): string {
    const { status, location, text, body, contentType } = answer;
    const parts = [String(status)];
    if (location !== "") {
        parts.push(`to ${URL.parse(location, "http://base")?.pathname ?? ""}`);
    }
    const isSuccess = status < 300;
    if (body !== undefined) {
        parts.push(shortened(JSON.stringify(body, isSuccess ? withoutKeys : undefined)));
    } else if (text !== "") {
        // Any part of a success may be a part of the list.
        parts.push(`${contentType.split(";")[0] ?? ""}: ${isSuccess ? "no JSON object" : excerpt(text)}`);
    }
    return parts
        .join(" ")
        .replace(uuid, "<id>")
        .replace(new RegExp(`${runName}[\\w-]*`, "g"), "<name>")
        .replace(longBase64, "[…]");
}

/** For `JSON.stringify`: replaces the private key, the list of all keys of the account, and the name of a key. */
function withoutKeys(field: string, value: unknown): unknown {
    if (field === "private_key") {
        return "<PEM>";
    }
    if (Array.isArray(value)) {
        return "<list>";
    }
    return field === "name" ? "<name>" : value;
}
