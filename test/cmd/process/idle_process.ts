/** A process that is idle after it made 40 MB of garbage. It tells how much its heap takes, in bytes, every 100 ms. */
import { shrinkIdleHeap } from "../../../cmd/process/idle_heap.ts";

shrinkIdleHeap();
let garbage: object[] | null = Array.from({ length: 300_000 }, (_, i) => ({ i, text: `number ${i}` }));
garbage = null;
setInterval(() => process.send?.({ heap: process.memoryUsage().heapTotal, garbage }), 100);
