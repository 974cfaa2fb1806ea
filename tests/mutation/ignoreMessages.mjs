import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** Calls whose texts are for people. Tests match the content of a message, not its wording. */
const messageCalls = new Set(["log", "warn", "write", "addIssue"]);

/** Ignores mutants of message texts, because they reveal nothing about the tests. */
const ignoreMessages = {
    shouldIgnore(path) {
        if (!path.isStringLiteral() && !path.isTemplateLiteral()) {
            return undefined;
        }
        const message = path.findParent(
            (parent) =>
                (parent.isNewExpression() && /Error$/.test(parent.node.callee.name ?? "")) ||
                (parent.isCallExpression() && messageCalls.has(parent.node.callee.property?.name)) ||
                (parent.isObjectProperty() && parent.node.key.name === "summary"),
        );
        return message ? "the wording of a message" : undefined;
    },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "messages", ignoreMessages)];
