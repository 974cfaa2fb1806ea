import type { MethodDefinition, ServiceError } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import fc from "fast-check";
import { struct, urn, type Plugin, type Properties } from "../support/plugin";
import { edited } from "./arbitraries";

/** A call of any method of the protocol with bytes that may not be a message. */
export interface RawCall {
    readonly method: string;
    readonly bytes: Uint8Array;
}
const methods = new Map<string, MethodDefinition<unknown, unknown>>(Object.entries(ResourceProviderService));

/**
 * Returns random bytes without two consecutive bytes above 127. Those could encode a length of hundreds of millions,
 * for which the decoder needs seconds before it notices the end of the bytes.
 */
const bytes = (maxLength: number) =>
    fc.uint8Array({ maxLength }).map((bytes) => bytes.map((byte, index) => (index % 2 === 0 ? byte & 0x7f : byte)));
const edit = fc.record({ at: fc.nat(2_000), cut: fc.nat(4), insert: bytes(6) });

/** Returns messages about the key of a state, mostly with changed bytes, sent to their own or to other methods. */
export function rawCallsAbout(state: Properties): fc.Arbitrary<RawCall> {
    const properties = struct(state);
    const messages = [
        new rpc.CheckRequest().setUrn(urn).setNews(properties).setOlds(properties).setName("bot"),
        new rpc.DiffRequest().setUrn(urn).setOlds(properties).setNews(properties),
        new rpc.CreateRequest().setUrn(urn).setProperties(properties),
        new rpc.ReadRequest().setUrn(urn).setProperties(properties).setInputs(properties),
        new rpc.UpdateRequest().setUrn(urn).setOlds(properties).setNews(properties),
        new rpc.DeleteRequest().setUrn(urn).setProperties(properties),
        new rpc.ListRequest().setToken("kalshi:index:ApiKey").setLimit(2),
        new rpc.InvokeRequest().setTok("kalshi:index:getApiKeys").setArgs(struct({ namePrefix: "bot" })),
    ].map((message) => message.serializeBinary());
    const base = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...messages) }, { weight: 1, arbitrary: bytes(100) });
    return fc
        .record({ method: fc.constantFrom(...methods.keys()), base, edits: fc.array(edit, { maxLength: 3 }) })
        .map(({ method, base, edits }) => ({ method, bytes: edits.reduce(edited, base) }));
}

/** Returns whether the bytes are a message of the method. */
export function isReadable({ method, bytes }: RawCall): boolean {
    try {
        methods.get(method)?.requestDeserialize(Buffer.from(bytes));
        return true;
    } catch {
        return false;
    }
}

const pass = (bytes: Uint8Array) => Buffer.from(bytes);

/** Sends the bytes unchanged, and returns those of the response, or of the last one of a stream. */
export async function rawResponseTo(plugin: Plugin, { method, bytes }: RawCall): Promise<Uint8Array> {
    const { path = "", responseStream } = methods.get(method) ?? {};
    if (responseStream !== true) {
        return plugin.call((done: (error: ServiceError | null, answer: Buffer) => void) =>
            plugin.client.makeUnaryRequest(path, pass, pass, bytes, (error, answer = Buffer.alloc(0)) =>
                done(error, answer),
            ),
        );
    }
    let last: Uint8Array = Buffer.alloc(0);
    for await (const answer of plugin.client.makeServerStreamRequest(path, pass, pass, bytes)) {
        last = answer as Uint8Array;
    }
    return last;
}
