import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "../apiKey/platform";
import { withoutControls } from "../kalshi/text";
import { withoutProxy } from "./engineWatch";

const severities: Readonly<Record<Severity, LogSeverity>> = { info: LogSeverity.INFO, warning: LogSeverity.WARNING };

/** Writes log messages to the engine, which shows each beside the resource that it concerns. */
export class EngineLog {
    #client: EngineClient | undefined;

    constructor(address: string | undefined) {
        this.connect(address ?? "");
    }

    connect(address: string): void {
        if (address !== "") {
            this.#client = new EngineClient(address, credentials.createInsecure(), withoutProxy);
        }
    }

    /**
     * Sends a message to the engine. Prints it to standard error if there is no engine or it does not take the message.
     *
     * @param urn the resource that the message concerns; empty for the run as a whole
     */
    write(text: string, severity: Severity, urn: string): void {
        const message = withoutControls(text);
        if (this.#client === undefined) {
            console.error(message);
            return;
        }
        const request = new LogRequest().setMessage(message).setSeverity(severities[severity]).setUrn(urn);
        this.#client.log(request, (error) => {
            if (error !== null) {
                console.error(message);
            }
        });
    }
}
