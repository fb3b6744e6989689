import { ask, type Work } from "./dialog";
import * as format from "./format";
import { actOnAll, actOnLetters, countAll, type Found, type Outcome, type Verb } from "./dead_letters_api";
import { monitor } from "./monitor";
import type { DeadLetter } from "./types";

// Replay and purge, each after a confirmation that says how many.

const words = {
  replay: { action: "Replay", done: "replayed", means: "They are mapped again and sent after the pending events of the same person." },
  purge: { action: "Purge", done: "purged", means: "They are permanently deleted." },
};

function Result({ verb, outcome }: { verb: Verb; outcome: Outcome }) {
  return (
    <>
      <p>
        {format.counted(outcome.done, "dead letter")} {words[verb].done}
        {outcome.stopped && ", then stopped"}.
      </p>
      {outcome.kept.length > 0 && (
        <>
          <p>{format.count(outcome.kept.length)} still cannot be mapped and are kept:</p>
          <ul class="kept">
            {outcome.kept.slice(0, 20).map(({ letter, message }) => (
              <li key={letter}>
                {letter}: {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface Plan {
  verb: Verb;
  count: number;
  changed: () => void;
  act: (progress: (done: number) => void, signal: AbortSignal) => Promise<Outcome>;
}

function confirm({ verb, count, changed, act }: Plan): void {
  const { action, done, means } = words[verb];
  const many = format.counted(count, "dead letter");
  ask({
    title: `${action} ${many}?`,
    text: count === 1 ? means.replace("They are", "It is") : means,
    action: `${action} ${many}`,
    danger: verb === "purge",
    run: async ({ progress, signal }: Work) => {
      const report = (n: number) => progress(`${format.count(n)} of ${format.count(count)} ${done}`, n / count);
      report(0);
      try {
        return <Result verb={verb} outcome={await act(report, signal)} />;
      } finally {
        changed();
        monitor.poll();
      }
    },
  });
}

export function confirmForLetters(verb: Verb, letters: DeadLetter[], changed: () => void): void {
  confirm({
    verb,
    count: letters.length,
    changed,
    act: (progress, signal) => actOnLetters(verb, letters, progress, signal),
  });
}

// For all that match the filter of `found`, and not a filter that was typed since.
export function confirmForAll(verb: Verb, found: Found, changed: () => void): void {
  const proceed = (count: number) =>
    confirm({
      verb,
      count,
      changed,
      act: (progress, signal) => actOnAll(verb, found, progress, signal),
    });
  if (!found.next) return proceed(found.letters.length);
  ask({
    title: "Count the dead letters?",
    text: "They are counted first. Nothing is changed yet.",
    action: "Count them",
    run: async ({ progress, signal }) => {
      const n = await countAll(found, (counted) => progress(`${format.count(counted)} so far`), signal);
      setTimeout(() => proceed(n));
    },
  });
}
