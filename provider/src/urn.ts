/** The parts of a URN, `urn:pulumi:STACK::PROJECT::TYPES::NAME`. Source: pulumi.com, docs/iac/concepts/resources/names. */
export interface Urn {
    readonly stack: string;
    readonly project: string;
    /** The type token, without those of its parents. */
    readonly type: string;
    /** The resource's name in the program, which may contain `::`. */
    readonly name: string;
}

/** Returns the parts of a URN. A part that the text lacks is empty. */
export function parseUrn(urn: string): Urn {
    const [stack = "", project = "", types = "", ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
    return { stack, project, type: types.split("$").at(-1) ?? "", name: name.join("::") };
}
