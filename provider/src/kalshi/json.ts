/** Parses JSON. Returns undefined if the text is invalid, and drops the parser's error, because it quotes the text. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
