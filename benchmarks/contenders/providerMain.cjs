// The least that serves as a provider on the SDK's own `provider.main`, written as its documentation has it.
const { provider } = require("@pulumi/pulumi");

void provider.main({ version: "0.0.1" }, process.argv.slice(2));
