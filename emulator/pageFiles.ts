import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FastifyInstance } from "fastify";

const folder = join(dirname(require.resolve("kalshi-emulator/package.json")), "page");

const files = [
    { path: "/", name: "index.html", type: "text/html; charset=utf-8" },
    { path: "/_emulator/page.css", name: "page.css", type: "text/css; charset=utf-8" },
    { path: "/_emulator/page.js", name: "page.js", type: "text/javascript; charset=utf-8" },
    { path: "/_emulator/icon.svg", name: "icon.svg", type: "image/svg+xml" },
];

/** The headers of the page and of every response of the emulator's own endpoints. */
export const securityHeaders = {
    "content-security-policy": [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        // The names of keys may contain HTML. The browser refuses to parse any text as HTML.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
};

/** Adds the page at `/`: static files, which load the state from `/_emulator/state`. */
export function addPage(app: FastifyInstance): void {
    for (const { path, name, type } of files) {
        const content = readFileSync(join(folder, name));
        app.get(path, async (_request, reply) => reply.type(type).send(content));
    }
}
