import { InvokeResponse, type InvokeRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { z } from "zod";
import type { CheckFailure } from "../apiKey/check";
import { getApiKeyArgs, getApiKeysArgs, listKeys, lookUpKey } from "../apiKey/lookup";
import type { Platform } from "../apiKey/platform";
import type { RawProperties } from "../apiKey/properties";
import { checkFailures, Unimplemented } from "./grpcErrors";
import { fromStruct, unwrapProperties, toStruct } from "./struct";

/** Runs a function. It calls Kalshi in a preview too, because a program may need the result to declare its resources. */
export async function invoke(platform: Platform, request: InvokeRequest): Promise<InvokeResponse> {
    const args = unwrapProperties(fromStruct(request.getArgs()));
    switch (request.getTok()) {
        case "kalshi:index:getApiKeys":
            return respond(getApiKeysArgs, args, async (args) => ({ apiKeys: await listKeys(platform, args) }));
        case "kalshi:index:getApiKey":
            return respond(getApiKeyArgs, args, async (args) => ({ ...(await lookUpKey(platform, args)) }));
        default:
            throw new Unimplemented(`The Kalshi provider has no function ${request.getTok()}.`);
    }
}

async function respond<T>(
    rules: z.ZodType<T>,
    args: RawProperties,
    call: (args: T) => Promise<RawProperties>,
): Promise<InvokeResponse> {
    const parsed = rules.safeParse(args);
    return parsed.success
        ? new InvokeResponse().setReturn(toStruct(await call(parsed.data)))
        : new InvokeResponse().setFailuresList(checkFailures(parsed.error.issues.map(failure)));
}

function failure({ path, message }: z.core.$ZodIssue): CheckFailure {
    return { property: path.join("."), reason: message, sensitive: false };
}
