// A minimal gRPC server: it has no service and prints its port.
const { Server, ServerCredentials } = require("@grpc/grpc-js");

const server = new Server();
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
        throw error;
    }
    console.log(String(port));
});
