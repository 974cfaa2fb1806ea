import * as pulumi from "@pulumi/pulumi";
import { pluginType, rotatingPluginType, version } from "./package";
import { ApiKey } from "./sdk/ApiKey";
import type { RotatingApiKeyArgs } from "./sdk/args";
import { Provider } from "./sdk/Provider";
import { RotatingApiKey } from "./sdk/RotatingApiKey";

export type {
    ApiKeyArgs,
    ApiKeyGeneration,
    ApiKeyOutputs,
    GetApiKeyArgs,
    GetApiKeyOutputArgs,
    GetApiKeysArgs,
    GetApiKeysOutputArgs,
    ListedApiKey,
    ProviderArgs,
    RotatingApiKeyArgs,
    RotatingApiKeyOutputs,
} from "./sdk/args";
export { KalshiApiKey, type KalshiApiKeyAdoption, type KalshiApiKeyArgs } from "./sdk/KalshiApiKey";
export { RotatingKalshiApiKey } from "./sdk/RotatingKalshiApiKey";
export type { KnownScope } from "./kalshi/types";
export { Environment, KeyType, Scope } from "./sdk/enums";
export { getApiKey, getApiKeyOutput, getApiKeys, getApiKeysOutput, type GetApiKeysResult } from "./sdk/functions";
export { ApiKey, Provider, RotatingApiKey };

// The SDK uses these constructors to create an object for a resource reference, for example from another program's outputs.
pulumi.runtime.registerResourcePackage("kalshi", {
    version,
    constructProvider: (name, _type, urn) => new Provider(name, {}, { urn }),
});
pulumi.runtime.registerResourceModule("kalshi", "index", {
    version,
    construct: (name, type, urn) => {
        switch (type) {
            case pluginType:
                return new ApiKey(name, {}, { urn });
            case rotatingPluginType:
                // A reference has no inputs.
                return new RotatingApiKey(name, {} as RotatingApiKeyArgs, { urn });
            default:
                throw new Error(`The package kalshi has no resource ${type}.`);
        }
    },
});
