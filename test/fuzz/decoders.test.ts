import assert from "node:assert/strict";
import { SeededRandom } from "../simulation/seeded_random.ts";
import { DECODERS, type Decoder } from "./decoders.ts";

/** Variations that each decoder is given. CI tries more. */
const SEEDS = Number(process.env.FUZZ_SEEDS ?? 2_000);

/** Whatever the bytes are, a decoder returns something that its callers can use, or throws the error that they expect. */
describe(`decoders, on ${SEEDS} variations of their corpus each`, function () {
  this.timeout(60_000 + SEEDS * 100);
  for (const decoder of DECODERS) {
    it(`${decoder.name}: its corpus is read`, async () => {
      await decoder.decode(decoder.corpus[0] as Buffer);
    });

    it(`${decoder.name}: only its own error is thrown`, async () => {
      for (let seed = 1; seed <= (decoder.slow ? SEEDS / 10 : SEEDS); seed++) await tryVariation(decoder, seed);
    });
  }
});

async function tryVariation({ corpus, variations, decode, errors }: Decoder, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const [sample, other] = [random.pick(corpus), random.pick(corpus)];
  const bytes = random.pick(variations)(random, sample, other);
  try {
    await decode(bytes);
  } catch (error) {
    if (errors.some((own) => error instanceof own)) return;
    assert.fail(
      `seed ${seed}: ${error instanceof Error ? error.stack : error}\nfor ${JSON.stringify(bytes.toString("latin1"))}`,
    );
  }
}
