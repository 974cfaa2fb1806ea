import { shortened, excerpt } from "../../provider/src/kalshi/text";

/** A response, as far as a probe looks at it. */
export interface Answer {
    readonly status: number;
    readonly contentType: string;
    readonly location: string;
    readonly text: string;
    /** The body if it is a JSON object. */
    readonly body: Readonly<Record<string, unknown>> | undefined;
}

const uuid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;

/**
 * Returns what a response said, in a form that is safe to publish and the same for every account: the status and the body, without
 * private keys and keys of the account, with `<id>` instead of ids and `<name>` instead of names of this run.
 *
 * @param runName what the names of this run's keys begin with
 */
export function describe(answer: Answer, runName: string): string {
    const { status, location, text, body, contentType } = answer;
    const parts = [String(status)];
    if (location !== "") {
        parts.push(`to ${URL.parse(location, "http://base")?.pathname ?? ""}`);
    }
    if (body !== undefined) {
        parts.push(shortened(JSON.stringify(body, withoutKeys)));
    } else if (text !== "") {
        parts.push(`${contentType.split(";")[0] ?? ""}: ${excerpt(text)}`);
    }
    return parts
        .join(" ")
        .replace(uuid, "<id>")
        .replace(new RegExp(`${runName}[\\w-]*`, "g"), "<name>");
}

/** For `JSON.stringify`: replaces the private key, and the list of all keys of the account. */
function withoutKeys(field: string, value: unknown): unknown {
    if (field === "private_key") {
        return "<PEM>";
    }
    return field === "api_keys" ? "<list>" : value;
}
