export { KalshiApiKey, type KalshiApiKeyAdoption, type KalshiApiKeyArgs } from "./dynamic/KalshiApiKey";
export type { KeyType, KnownScope, Scope } from "./kalshi/wire";
