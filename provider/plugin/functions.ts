import { InvokeResponse, type InvokeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { z } from "zod";
import type { CheckFailure } from "../apiKey/check";
import { listKeys, lookUpKey } from "../apiKey/lookup";
import type { Platform } from "../apiKey/platform";
import type { RawProperties } from "../apiKey/properties";
import { checkFailures, Unimplemented } from "./failure";
import { fromStruct, openedProperties, toStruct } from "./properties";

export const getApiKeysArgs = z.strictObject({ namePrefix: z.string().optional(), scope: z.string().optional() });
export const getApiKeyArgs = z.strictObject({ apiKeyId: z.string().optional(), name: z.string().optional() });

/** Asks Kalshi, in a preview too: a function is what a program needs to know before it can say what it wants. */
export async function invoke(platform: Platform, request: InvokeRequest): Promise<InvokeResponse> {
    const args = openedProperties(fromStruct(request.getArgs()));
    switch (request.getTok()) {
        case "kalshi:index:getApiKeys":
            return answer(getApiKeysArgs, args, async (args) => ({ apiKeys: await listKeys(platform, args) }));
        case "kalshi:index:getApiKey":
            return answer(getApiKeyArgs, args, async (args) => ({ ...(await lookUpKey(platform, args)) }));
        default:
            throw new Unimplemented(`The Kalshi provider has no function ${request.getTok()}.`);
    }
}

async function answer<T>(
    rules: z.ZodType<T>,
    args: RawProperties,
    ask: (args: T) => Promise<RawProperties>,
): Promise<InvokeResponse> {
    const parsed = rules.safeParse(args);
    return parsed.success
        ? new InvokeResponse().setReturn(toStruct(await ask(parsed.data)))
        : new InvokeResponse().setFailuresList(checkFailures(parsed.error.issues.map(failure)));
}

function failure({ path, message }: z.core.$ZodIssue): CheckFailure {
    return { property: path.join("."), reason: message, sensitive: false };
}
