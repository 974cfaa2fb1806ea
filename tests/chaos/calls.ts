import fc from "fast-check";
import type { Plugin, Properties } from "../support/plugin";
import { configNames, damaged, inputNames, outputNames, ownNames, anyProperties, validInputs } from "./arbitraries";

/** A call with properties that the engine would not send. It is plain data, so that a failed test prints it. */
export type Call = { readonly [Name in keyof Requests]: { readonly method: Name } & Requests[Name] }[keyof Requests];
interface Requests {
    checkConfig: { readonly news: Properties };
    diffConfig: { readonly olds: Properties; readonly news: Properties };
    check: { readonly olds: Properties; readonly news: Properties };
    diff: { readonly olds: Properties; readonly news: Properties };
    preview: { readonly inputs: Properties; readonly timeout: number };
    /** After the create, the key is deleted with its state and the changes in `ending`, or it is left. */
    create: { readonly inputs: Properties; readonly timeout: number; readonly ending: Properties | "left" };
    read: { readonly id: string; readonly state: Properties; readonly inputs: Properties };
    update: { readonly olds: Properties; readonly news: Properties; readonly preview: boolean };
    delete: { readonly id: string; readonly state: Properties };
    invoke: { readonly token: string; readonly args: Properties };
    list: { readonly query: Properties; readonly limit: number };
}

const timeout = fc.oneof(fc.constant(0), fc.double({ noNaN: true }), fc.integer());

/**
 * Returns calls of every method that takes properties.
 *
 * @param kept the state of a key that exists
 * @param gone the state of a key that does not exist
 */
export function callsAbout(kept: Properties, gone: Properties): fc.Arbitrary<Call> {
    const mixed = (valid: fc.Arbitrary<Properties>, names: readonly string[]) =>
        fc.oneof(
            { weight: 2, arbitrary: valid },
            { weight: 5, arbitrary: damaged(valid, names) },
            { weight: 1, arbitrary: anyProperties },
        );
    const stateNames = [...inputNames, ...outputNames, ...ownNames];
    const inputs = mixed(validInputs, [...inputNames, ...ownNames]);
    const state = mixed(fc.constantFrom(kept, gone), stateNames);
    const config = mixed(
        fc.record({ environment: fc.constantFrom("prod", "demo"), apiKeyId: fc.uuid() }, { requiredKeys: [] }),
        configNames,
    );
    const args = mixed(
        fc.record(
            { apiKeyId: fc.uuid(), name: fc.string(), namePrefix: fc.string(), scope: fc.constant("read") },
            { requiredKeys: [] },
        ),
        ["apiKeyId", "name", "namePrefix", "scope"],
    );
    const preview = fc.boolean();
    const method = <Name extends keyof Requests>(name: Name) => fc.constant(name);
    const calls: readonly fc.Arbitrary<Call>[] = [
        fc.record({ method: method("checkConfig"), news: config }),
        fc.record({ method: method("diffConfig"), olds: config, news: config }),
        fc.record({ method: method("check"), olds: inputs, news: inputs }),
        fc.record({ method: method("diff"), olds: state, news: inputs }),
        fc.record({ method: method("preview"), inputs, timeout }),
        fc.record({ method: method("read"), id: fc.uuid(), state, inputs }),
        fc.record({ method: method("update"), olds: state, news: inputs, preview }),
        fc.record({ method: method("delete"), id: fc.uuid(), state: mixed(fc.constant(gone), stateNames) }),
        fc.record({
            method: method("invoke"),
            token: fc.constantFrom("kalshi:index:getApiKeys", "kalshi:index:getApiKey", "kalshi:index:toString"),
            args,
        }),
        fc.record({ method: method("list"), query: args, limit: fc.integer() }),
    ];
    return fc.oneof(...calls.map((arbitrary) => ({ weight: 4, arbitrary })), { weight: 1, arbitrary: creation });
}

/** Checked inputs of keys that are generated fast. */
const complete = validInputs.map((inputs) => ({
    name: "bot",
    scopes: ["read"],
    ...inputs,
    ...("publicKey" in inputs ? {} : { keyType: "ed25519" }),
}));
const creation: fc.Arbitrary<Call> = fc.record({
    method: fc.constant("create" as const),
    inputs: fc.oneof(
        complete,
        damaged(complete, ["name", "scopes", "publicKey", "subaccount", "rotationDays", "adopt"]),
    ),
    timeout,
    ending: fc.oneof(
        { weight: 6, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: damaged(fc.constant({}), ["apiKeyId", "environment", "__signedBy", "name"]) },
        { weight: 1, arbitrary: fc.constant("left" as const) },
    ),
});

/**
 * Makes a call to the plugin and returns its response.
 *
 * @param made the ids of the keys of all successful creates without a successful delete; the call updates it
 */
export async function responseTo(plugin: Plugin, call: Call, made: Set<string>): Promise<unknown> {
    switch (call.method) {
        case "checkConfig":
            return plugin.checkConfig(call.news);
        case "diffConfig":
            return plugin.diffConfig(call.olds, call.news);
        case "check":
            return plugin.check(call.news, call.olds);
        case "diff":
            return plugin.diff(call.olds, call.news);
        case "preview":
            return plugin.create(call.inputs, { preview: true, timeout: call.timeout });
        case "create": {
            const { id, properties } = await plugin.create(call.inputs, call);
            made.add(id);
            if (call.ending !== "left") {
                const state = { ...properties, ...call.ending };
                await plugin.delete(id, state);
                made.delete(String(state["apiKeyId"]));
            }
            return id;
        }
        case "read":
            return plugin.read(call.id, call.state, call.inputs);
        case "update":
            return plugin.update(call.olds, call.news, call);
        case "delete":
            return plugin.delete(call.id, call.state);
        case "invoke":
            return plugin.invoke(call.token, call.args);
        case "list":
            return plugin.list(call.query, call.limit);
    }
}
