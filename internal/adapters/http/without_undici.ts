// An import of node:http reads all that it exports, and for these Node loads undici, its client for the web. That takes 12 MB, and no
// program here uses it. So this file must be evaluated before anything imports node:http.
const http = process.getBuiltinModule("node:http");
for (const name of ["WebSocket", "CloseEvent", "MessageEvent"]) Reflect.deleteProperty(http, name);

// koa asks of each body that is an object whether it is a `Response`. For that name Node loads undici, too, and the first such request would
// wait for it 20 ms. To define the property would load it as well.
Reflect.set(globalThis, "Response", class Response {});
