/** A PEM block, even one that is cut off. */
const pem = /-----BEGIN.*?(?:-----END[^-]*-----|$)/gs;
/** ANSI escape sequences, and all other control and format characters, such as line breaks and directional overrides. */
const unprintable = /(?:(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}])+/gu;
/** A character of base64, also as JSON or a URL escapes it, or an escaped line break. */
const base64 = String.raw`(?:[A-Za-z0-9+/=]|\\{1,4}(?:[/nr]|u002B)|%(?:2[BF]|3D|0[AD]))`;
/** Base64 text at least as long as a line of a key without its PEM header, with the lines that follow. A signature is longer. */
export const longBase64 = new RegExp(`${base64}{48,}(?:\\r?\\n${base64}+)*`, "gi");

/** The most characters of a server's text that an error shows. */
const longestExcerpt = 200;
/** The most characters of one of Kalshi's messages that an error shows. */
const longestMessage = 1_000;

/** Returns text on one line, without characters that would change what a terminal shows. */
export function withoutControls(text: string): string {
    return text.replace(unprintable, " ");
}

/**
 * Returns untrusted text, such as a server's message, in a form that is safe to print: without control characters, and with every PEM
 * block replaced.
 */
export function printable(text: string): string {
    return withoutControls(withoutPem(text));
}

/** Returns text in which every PEM block is replaced. */
export function withoutPem(text: string): string {
    return text.replace(pem, "[PEM]");
}

/** Returns the first 200 printable characters of a header, or of a body that does not have one of Kalshi's shapes. */
export function excerpt(text: string): string {
    return cut(withoutBase64(text).replace(/\s+/g, " "), longestExcerpt);
}

/** Returns the first 1,000 printable characters of one of Kalshi's messages. */
export function shortened(message: string): string {
    return cut(withoutBase64(message), longestMessage);
}

/** Returns a server's text in printable form, without what may be a private key without its PEM header, or a signature. */
function withoutBase64(text: string): string {
    return withoutControls(withoutPem(text).replace(longBase64, "[…]")).trim();
}

function cut(text: string, length: number): string {
    return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Parses JSON. Returns undefined if the text is invalid, and drops the parser's error, because it quotes the text. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
