// A minimal provider on the SDK's own `provider.main`, as in its documentation.
const { provider } = require("@pulumi/pulumi");

void provider.main({ version: "0.0.1" }, process.argv.slice(2));
