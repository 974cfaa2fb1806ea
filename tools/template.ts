/**
 * Returns a template's text with values.
 *
 * @param values the texts that replace `{{name}}`, by name
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
    return Object.entries(values).reduce(
        (done, [name, value]) => done.replaceAll(`{{${name}}}`, () => value),
        template,
    );
}
