import * as pulumi from "@pulumi/pulumi";
import { pluginType, version } from "./package";
import { ApiKey } from "./sdk/ApiKey";
import { Provider } from "./sdk/Provider";

export type { ApiKeyArgs, ApiKeyOutputs, GetApiKeyArgs, GetApiKeysArgs, ListedApiKey, ProviderArgs } from "./sdk/args";
export { KalshiApiKey, type KalshiApiKeyAdoption, type KalshiApiKeyArgs } from "./sdk/KalshiApiKey";
export { RotatingKalshiApiKey, type RotatingKalshiApiKeyArgs } from "./sdk/RotatingKalshiApiKey";
export type { KeyType, KnownScope, Scope } from "./kalshi/types";
export { getApiKey, getApiKeyOutput, getApiKeys, getApiKeysOutput, type GetApiKeysResult } from "./sdk/functions";
export { ApiKey, Provider };

// The SDK uses these constructors to create an object for a resource reference, for example from another program's outputs.
pulumi.runtime.registerResourcePackage("kalshi", {
    version,
    constructProvider: (name, _type, urn) => new Provider(name, {}, { urn }),
});
pulumi.runtime.registerResourceModule("kalshi", "index", {
    version,
    construct: (name, type, urn) => {
        if (type !== pluginType) {
            throw new Error(`The package kalshi has no resource ${type}.`);
        }
        return new ApiKey(name, {}, { urn });
    },
});
