import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** Calls whose texts are for people. Tests match what a message is about, not its words. */
const messageCalls = new Set(["tell", "warn", "write", "addIssue"]);

/** Leaves the words of messages as they are: a mutant that changes them alone proves nothing about a test. */
const ignoreMessages = {
    shouldIgnore(path) {
        if (!path.isStringLiteral() && !path.isTemplateLiteral()) {
            return undefined;
        }
        const message = path.findParent(
            (parent) =>
                (parent.isNewExpression() && /Error$/.test(parent.node.callee.name ?? "")) ||
                (parent.isCallExpression() && messageCalls.has(parent.node.callee.property?.name)) ||
                (parent.isObjectProperty() && parent.node.key.name === "said"),
        );
        return message ? "the words of a message" : undefined;
    },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "messages", ignoreMessages)];
