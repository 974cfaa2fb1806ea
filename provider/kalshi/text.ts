/** Returns a text that is safe to print: PEM blocks are replaced by "[PEM]", and control and formatting characters by spaces. */
export function printable(text: string): string {
    return text
        .replace(/-----BEGIN [^-]*-----[\s\S]*?(?:-----END [^-]*-----|$)/g, "[PEM]")
        .replace(/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ");
}
