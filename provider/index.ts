export { getApiKeys, type GetApiKeysArgs } from "./dynamic/getApiKeys";
export { KalshiApiKey, type KalshiApiKeyAdoption, type KalshiApiKeyArgs } from "./dynamic/KalshiApiKey";
export { RotatingKalshiApiKey, type RotatingKalshiApiKeyArgs } from "./dynamic/RotatingKalshiApiKey";
export type { ApiKey, KeyType, KnownScope, Scope } from "./kalshi/wire";
