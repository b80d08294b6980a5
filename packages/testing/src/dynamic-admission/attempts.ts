import type { Clock, Random } from "@kvop/core";
import { copyJson } from "../schema/json.js";
import type { ApiRequest } from "../api-server/api-request.js";
import { refuse } from "../api-server/refusal.js";
import type { ServerContext } from "../api-server/server-context.js";

/** A write that is disturbed so often by others gives up, as a patch does on the real server. */
const MAX_ATTEMPTS = 50;

/** A question to somebody outside of the process; the answer never rejects. */
export interface Question {
  /** Equal for equal questions. */
  readonly key: string;
  readonly ask: () => Promise<unknown>;
}

/** Thrown where a write needs answers that are still to come. */
export class AnswersPending extends Error {
  constructor(readonly questions: readonly Question[]) {
    super("a write waits for answers from outside");
  }
}

/**
 * The attempts of one write. Writes are synchronous, so that nothing comes between what they read and what they store; one that
 * has to ask outside ends there, is told the answers, and begins anew, on the objects as they are then. What it drew, when it
 * began, and what was answered stays the same for all its attempts.
 */
export class Attempts {
  readonly #answers = new Map<string, unknown>();
  readonly #memory = new Map<string, unknown>();
  #draws = 0;

  /** @throws AnswersPending unless all questions were answered before. */
  answersTo(questions: readonly Question[]): unknown[] {
    const missing = questions.filter(({ key }) => !this.#answers.has(key));
    if (missing.length > 0) throw new AnswersPending(missing);
    return questions.map(({ key }) => this.#answers.get(key));
  }

  /** What is made in the first attempt that comes here counts for all. */
  remember<T>(key: string, make: () => T): T {
    if (!this.#memory.has(key)) this.#memory.set(key, make());
    return this.#memory.get(key) as T;
  }

  begin(): void {
    this.#draws = 0;
  }

  async learn({ questions }: AnswersPending): Promise<void> {
    await Promise.all(
      questions.map(async ({ key, ask }) => void this.#answers.set(key, await ask())),
    );
  }

  /** The context of the attempts: what they draw and when they are stays the same. */
  contextOf(context: ServerContext): ServerContext {
    const draw = <T>(make: () => T): T => this.remember(`draw ${this.#draws++}`, make);
    const { clock, random, services } = context;
    const sameClock: Clock = {
      now: () => this.remember("now", () => clock.now()),
      monotonic: () => clock.monotonic(),
      setTimer: (callback, delayMs, options) => clock.setTimer(callback, delayMs, options),
    };
    const sameRandom: Random = {
      next: () => draw(() => random.next()),
      bytes: (length) => draw(() => random.bytes(length)),
      uuid: () => draw(() => random.uuid()),
    };
    return {
      ...context,
      attempts: this,
      clock: sameClock,
      random: sameRandom,
      services: {
        ...services,
        clusterIp: () => draw(() => services.clusterIp()),
        nodePort: () => draw(() => services.nodePort()),
      },
    };
  }
}

/** Attempts a write until nothing is left to ask. The first attempt is made at once. */
export async function untilAnswered<T>(
  context: ServerContext,
  attempt: (context: ServerContext) => T,
  isAbandoned?: () => boolean,
): Promise<T> {
  const attempts = new Attempts();
  const own = attempts.contextOf(context);
  for (let count = 0; count < MAX_ATTEMPTS; count++) {
    attempts.begin();
    try {
      return attempt(own);
    } catch (error) {
      if (!(error instanceof AnswersPending)) throw error;
      // oxlint-disable-next-line no-await-in-loop
      await attempts.learn(error);
      if (isAbandoned?.() === true) throw refuse.internalError("context canceled");
    }
  }
  throw refuse.internalError("the object changed with every attempt to write it");
}

/** A request that can be attempted more than once: reading it may change its body. */
export function freshRequest(request: ApiRequest): ApiRequest {
  return request.body === undefined ? request : { ...request, body: copyJson(request.body) };
}
