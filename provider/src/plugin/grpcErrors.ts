import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CheckFailure, ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { engineFailure, type CheckFailure as Failure } from "../apiKey/check";
import { asUserError, UserError } from "../userError";

/** A resource was created, but a later step failed. The engine records the resource in the state with this error. */
export class PartiallyCreated extends Error {
    constructor(
        readonly id: string,
        readonly properties: Struct,
        readonly inputs: Struct | undefined,
        reason: string,
    ) {
        super(reason);
    }
}

/** The provider does not have the method, resource or function that the engine requested. */
export class Unimplemented extends Error {}

/** Encodes invalid inputs or options for the engine. Removes secrets from their texts. */
export function checkFailures(failures: readonly Failure[]): CheckFailure[] {
    return failures
        .map(engineFailure)
        .map(({ property, reason }) => new CheckFailure().setProperty(property).setReason(reason));
}

/**
 * Converts an error to a gRPC failure, whose text the engine shows to the user. The text must be well-formed Unicode: a lone
 * surrogate, which a JSON response may contain, makes grpc-js end the process.
 */
export function failureOf(error: unknown): Partial<ServiceError> {
    if (error instanceof PartiallyCreated) {
        return { code: status.UNKNOWN, details: error.message.toWellFormed(), metadata: detailsOf(error) };
    }
    if (error instanceof Unimplemented) {
        return { code: status.UNIMPLEMENTED, details: error.message.toWellFormed() };
    }
    const code = error instanceof UserError ? status.UNKNOWN : status.INTERNAL;
    return { code, details: asUserError(error).message.toWellFormed() };
}

/** gRPC carries structured details of an error in this header, as a `google.rpc.Status`. */
function detailsOf({ id, properties, inputs, message }: PartiallyCreated): Metadata {
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
