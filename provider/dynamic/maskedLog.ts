import { log } from "@pulumi/pulumi";

/** A private key in PEM, its line breaks as they are or escaped. */
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs;

/**
 * Takes private keys out of what the SDK logs at the debug level in a program's process.
 *
 * The SDK logs the engine's whole answer to the registration of a resource ("RegisterResource RPC finished"), secrets in
 * clear, and the engine shows such messages with `--debug` and, even without that, with `--json`. Other resources
 * that take a private key as an input are logged in the same way. Source: @pulumi/pulumi 3.270.0, runtime/resource.js.
 *
 * It holds for the program's SDK because the SDK is a peer dependency of this package: there is one copy of it.
 */
function maskPrivateKeys(): void {
    const { debug } = log;
    // The module's own exports are what the SDK calls through; its types say read-only.
    (log as { debug: typeof debug }).debug = (message, ...rest) =>
        debug(message.replace(privateKey, "[secret]"), ...rest);
}

maskPrivateKeys();
