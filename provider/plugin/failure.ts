import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CheckFailure, ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { withoutSecret, type CheckFailure as Failure } from "../apiKey/check";
import { ApiKeyError } from "../apiKey/explain";
import { ConfigError } from "../config";
import { placeOf } from "./place";

/** A resource that was made, of which something could not be finished: the engine records it all the same. */
export class MadeInPart extends Error {
    constructor(
        readonly id: string,
        readonly properties: Struct,
        readonly inputs: Struct | undefined,
        reason: string,
    ) {
        super(reason);
    }
}

/** Something that was asked for and is not served. */
export class Unimplemented extends Error {}

/** Inputs or options that cannot be right, as the engine is told of them. */
export function checkFailures(failures: readonly Failure[]): CheckFailure[] {
    return failures
        .map(withoutSecret)
        .map(({ property, reason }) => new CheckFailure().setProperty(property).setReason(reason));
}

/**
 * The failure that the engine is told of an error; it shows the text of it to the user. Half a surrogate pair in it, which the JSON
 * of Kalshi's answers may hold, would have the transport end the process.
 */
export function failureOf(error: unknown): Partial<ServiceError> {
    if (error instanceof MadeInPart) {
        return { code: status.UNKNOWN, details: error.message.toWellFormed(), metadata: detailsOf(error) };
    }
    if (error instanceof Unimplemented) {
        return { code: status.UNIMPLEMENTED, details: error.message.toWellFormed() };
    }
    if (error instanceof ApiKeyError || error instanceof ConfigError) {
        return { code: status.UNKNOWN, details: error.message.toWellFormed() };
    }
    return { code: status.INTERNAL, details: unforeseen(error) };
}

function unforeseen(error: unknown): string {
    const { name, frames } = placeOf(error);
    const [place = "an unknown place"] = frames;
    return (
        `The Kalshi provider made a mistake (${name}, ${place.trim()}). Its message may hold secrets, so it is not shown. ` +
        "Please report it; what was done before is in the state."
    );
}

/** gRPC carries structured details of an error in this header, as a `google.rpc.Status`. */
function detailsOf({ id, properties, inputs, message }: MadeInPart): Metadata {
    const failure = new ErrorResourceInitFailed()
        .setId(id)
        .setProperties(properties)
        .setInputs(inputs)
        .setReasonsList([message]);
    const details = new Any();
    details.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const metadata = new Metadata();
    metadata.set(
        "grpc-status-details-bin",
        Buffer.from(
            new Status().setCode(status.UNKNOWN).setMessage(message).setDetailsList([details]).serializeBinary(),
        ),
    );
    return metadata;
}
