// Prints the milliseconds that the import of a package takes in a program that has imported the SDK.
require("@pulumi/pulumi");
const before = performance.now();
require(process.argv[2]);
console.log(String(performance.now() - before));
