import { parse, type YAMLParseError } from "yaml";

/**
 * Parses the text of a YAML file. A project's or a stack's file may hold a private key in plaintext, and the parser quotes the file in its
 * errors and warnings. So the warnings are not printed, and the error does not quote the file.
 *
 * @param file the file's name, for the error
 * @throws Error that names the file and the line
 */
export function parseYaml(text: string, file: string): unknown {
    try {
        return parse(text, { logLevel: "error" });
    } catch (error) {
        const { code, linePos } = error as YAMLParseError;
        throw new Error(`${file} is no valid YAML in line ${linePos?.[0].line ?? "?"} (${code})`);
    }
}
