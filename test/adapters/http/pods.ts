import { createHash } from "node:crypto";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";

const REGIONS = ["us-east-1", "eu-central-1", "ap-south-1", "us-west-2", "eu-west-1", "sa-east-1", "ap-northeast-1"];

/** Nodes as Kubernetes names them, in seven regions, with numbers of their own: nothing that compresses better than it would. */
export function pods(count: number): NodeRow[] {
  return Array.from({ length: count }, (_, index) => {
    const id = createHash("sha256").update(String(index)).digest("hex");
    const committed = Number.parseInt(id.slice(20, 26), 16);
    return {
      id: id.slice(0, 16),
      name: `visits-7d9f8b6c5-${id.slice(0, 5)}`,
      url: `http://10.1.2.${index % 256}:4000`,
      peerAddress: `10.1.2.${index % 256}:5000`,
      region: REGIONS[index % REGIONS.length] ?? "",
      state: "counting",
      hits: committed + index,
      committed,
      pending: index,
      active: index % 5,
      heardAt: Date.now() - index,
      durable: true,
    };
  });
}
