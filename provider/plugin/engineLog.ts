import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "../apiKey/platform";
import { withoutControls } from "../kalshi/text";
import { directly } from "./engineWatch";

const severities: Readonly<Record<Severity, LogSeverity>> = { info: LogSeverity.INFO, warning: LogSeverity.WARNING };

/** Messages to the user, which the engine shows beside the resource that they are about. */
export class EngineLog {
    #client: EngineClient | undefined;

    constructor(address: string | undefined) {
        this.connect(address ?? "");
    }

    connect(address: string): void {
        if (address !== "") {
            this.#client = new EngineClient(address, credentials.createInsecure(), directly);
        }
    }

    /**
     * @param urn the resource that the message is about; empty for the run as a whole
     */
    tell(text: string, severity: Severity, urn: string): void {
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
