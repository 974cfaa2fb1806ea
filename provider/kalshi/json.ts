/** What a text says as JSON; undefined where it is none. The reason that JSON gives quotes the text, so it is dropped. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
