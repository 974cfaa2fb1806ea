import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { valid } from "semver";
import { z } from "zod";
import type { Check } from "./check";

/** The Registry's categories. Source: pulumi/registry, tools/resourcedocsgen/pkg/lookup.go. */
const categories = ["cloud", "database", "infrastructure", "monitoring", "network", "utility", "vcs"];

const text = z.string().min(1);

/** The fields that the Registry shows, and those by which the engine and the language hosts find the packages. */
const fields = z.object({
    // The Registry derives the name from the repository's. Source: pulumi/registry, tools/resourcedocsgen/cmd/metadata.go.
    name: z.literal("kalshi"),
    displayName: text,
    version: z.string().refine((version) => valid(version) === version, "is no version"),
    description: text,
    keywords: z
        .array(z.string())
        .refine((keywords) => keywords.includes("kind/native"), "lack kind/native")
        .refine((keywords) => categoriesIn(keywords).length === 1, "lack a category, or have more than one")
        .refine(
            (keywords) => categoriesIn(keywords).every((category) => categories.includes(category)),
            `have another category than ${categories.join(", ")}`,
        ),
    license: text,
    repository: z.string().regex(/^https:\/\/github\.com\/[^/]+\/pulumi-kalshi$/),
    homepage: z.url(),
    logoUrl: z.string().regex(/^https:\/\/raw\.githubusercontent\.com\/[^/]+\/[^/]+\/[^/]+\/.+\.svg$/),
    pluginDownloadURL: z.string().regex(/^github:\/\/api\.github\.com\/[^/]+\/[^/]+$/),
    publisher: text,
    namespace: z.string().regex(/^[a-z0-9-]+$/),
    language: z.object({
        nodejs: z.object({ packageName: text }),
        python: z.object({ packageName: text }),
        go: z.object({ importBasePath: text }),
        csharp: z.object({ rootNamespace: text }),
        java: z.object({ basePackage: text }),
    }),
});

/** Returns a sentence for each field of a schema that is missing or wrong. */
export function schemaProblems(where: string, schema: unknown): string[] {
    const { error } = fields.safeParse(schema);
    return (error?.issues ?? []).map(({ path, message }) => `${where}: ${path.join(".")}: ${message}.`);
}

export const schemaChecks: readonly Check[] = [
    {
        title: "schema.json has all fields",
        findProblems: ({ source }) => schemaProblems("schema.json", readSchema(source)),
    },
    {
        title: "The logo is an SVG",
        findProblems: ({ source }) => {
            const { logoUrl } = readSchema(source);
            const path = new URL(logoUrl ?? "https://missing.invalid/").pathname.split("/").slice(4).join("/");
            const file = join(source, path);
            if (path === "" || !existsSync(file)) {
                return [`schema.json: logoUrl: there is no file ${path}.`];
            }
            try {
                new Resvg(readFileSync(file));
                return [];
            } catch (error) {
                return [`${path} is no SVG: ${(error as Error).message}`];
            }
        },
    },
];

function categoriesIn(keywords: readonly string[]): string[] {
    const prefix = "category/";
    return keywords.filter((keyword) => keyword.startsWith(prefix)).map((keyword) => keyword.slice(prefix.length));
}

function readSchema(source: string): { readonly logoUrl?: string } {
    return JSON.parse(readFileSync(join(source, "schema.json"), "utf8")) as { logoUrl?: string };
}
