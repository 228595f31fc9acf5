// An import of node:http reads all that it exports, and for these Node loads undici, its client for the web. That takes 12 MB, and no
// program here uses it. So this file must be evaluated before anything imports node:http.
const http = process.getBuiltinModule("node:http");
for (const name of ["WebSocket", "CloseEvent", "MessageEvent"]) Reflect.deleteProperty(http, name);
