import assert from "node:assert/strict";
import { addressKey } from "../../../internal/core/access/address_key.ts";

/** IPv4 by address, IPv6 by its first 64 bits. */
describe("address keys", () => {
  const keys: [address: string, key: string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:0001:02::6", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ];
  for (const [address, key] of keys) it(address, () => assert.equal(addressKey(address), key));
});
