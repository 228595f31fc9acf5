// Runs in a stranger's pod. Tries to connect to each address that it is asked for, and answers which of them accepted.
import { createServer } from "node:http";
import { connect } from "node:net";

/** A packet that a policy drops is never answered. */
const TIMEOUT_MS = 1_500;

createServer(async (request, response) => {
  const addresses = new URL(request.url, "http://stranger").searchParams.getAll("to");
  const accepted = await Promise.all(addresses.map(accepts));
  response.end(JSON.stringify(addresses.filter((_, index) => accepted[index])));
}).listen(8080);

/** `host:port`. */
function accepts(address) {
  const [, host, port] = /^(.+):(\d+)$/.exec(address);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: TIMEOUT_MS });
    const end = (accepted) => {
      socket.destroy();
      resolve(accepted);
    };
    socket
      .once("connect", () => end(true))
      .once("timeout", () => end(false))
      .once("error", () => end(false));
  });
}
