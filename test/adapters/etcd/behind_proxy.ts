import { DroppingProxy } from "./dropping_proxy.ts";
import { EtcdHandles } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

/** One etcd for a suite, and for each of its tests a proxy before it, a prefix and clients of its own. Call inside `describe`. */
export class BehindProxy {
  readonly handles = new EtcdHandles();
  etcd!: EtcdProcess;
  proxy!: DroppingProxy;
  #tests = 0;

  constructor() {
    const set = this;
    before(async function () {
      requireEtcd(this);
      set.etcd = await EtcdProcess.start();
    });
    beforeEach(async () => {
      this.#tests++;
      this.proxy = await DroppingProxy.start(Number(this.etcd.endpoint.split(":")[1]));
    });
    afterEach(async () => {
      await this.handles.closeAll();
      await this.proxy.close();
    });
    after(() => this.etcd?.stop());
  }

  get prefix(): string {
    return `/${this.#tests}/`;
  }
}
