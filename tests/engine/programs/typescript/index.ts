import { ApiKey, getApiKeyOutput, getApiKeysOutput, Provider, RotatingApiKey } from "pulumi-kalshi";

const { ROOT_URL, ROOT_ID, ROOT_KEY, IMPORT_ID = "" } = process.env;

const account = new Provider("account", { baseUrl: ROOT_URL, apiKeyId: ROOT_ID, privateKey: ROOT_KEY });
const bot = new ApiKey("bot", { scopes: ["read", "write::trade"], keyType: "ed25519" }, { provider: account });
const cached = new RotatingApiKey("cached", { rotationDays: 30, overlapDays: 2, keyType: "ed25519" });
const imported = new ApiKey("imported", { name: "by hand", scopes: ["read"] }, { import: IMPORT_ID });
const listed = getApiKeysOutput({ namePrefix: "bot-" }, { provider: account, dependsOn: [bot] });
const found = getApiKeyOutput({ apiKeyId: bot.apiKeyId }, { provider: account });

export const apiKeyId = bot.apiKeyId;
export const privateKey = bot.privateKey;
export const name = bot.name;
export const currentPrivateKey = cached.current.privateKey;
export const importedId = imported.apiKeyId;
export const listedIds = listed.apiKeys.apply((keys) => keys.map((key) => key.apiKeyId));
export const foundName = found.name;
